"""Call points: what presses come to on an incident, how one rings until it is answered, whether the device is well.

A press is the shortest way to an alarm: no words, a known place, perhaps a voice over the talk link.
"""
