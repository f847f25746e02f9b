"""Seats 席位: who sits where, in which state, and who covers for whom when nobody answers there.

`model` decides, `dispatch/desk/sitting.py` carries out the acts, `dispatch/desk/standing_in.py` moves what may not wait.
"""
