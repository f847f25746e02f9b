"""Roads that are closed or slow while the city goes on, as dispatchers put them in: what one is, and where it is kept.

The graph side is `geo/closures.py`; `dispatch/desk/blocking.py` carries out the acts.
"""
