"""Supervision orders 督办: a room above demands something of one below, by a time, until it has signed off the answer.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/supervising.py` carries out the acts.
"""
