"""Agency requests 联动单: help asked of fire, ambulance, traffic police, utilities and the city's hotline; the incident stays ours.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/requesting.py` carries out the acts.
"""
