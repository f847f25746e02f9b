"""Pursuits 追堵 as seats see them: the trail with its motion, who could meet it, and the alerts of borders that it crosses.

What moves is `incidents.pursuing`; `dispatch/desk/pursuing.py` carries out the acts.
"""
