"""The telephone: a call from its first ring to its end, as the switchboard tells it, in whatever order that arrives.

A call may become an alarm; one that was given up before anybody spoke is a task until it was rung back.
"""
