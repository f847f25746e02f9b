"""Broadcasts 群呼 and be-on-the-lookout 布控/协查: what is said to many at once, who has read it, and whom to look out for.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/broadcasting.py` carries out the acts.
"""
