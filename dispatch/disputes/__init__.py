"""Boundary disputes 管辖争议: which room has duty is disputed, nothing stops, and the first room above both decides.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/disputing.py` carries out the acts.
"""
