"""Playback: where units of a room were over a span of time, how far they drove, where they stood, how long in which beat.

Read from tracks that are kept for so many days; units off duty are never shown, and every look is a fact of the journal.
"""
