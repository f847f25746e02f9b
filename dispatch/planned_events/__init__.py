"""Planned events 安保任务: an approved operation with times, an area, units of its own at posts, its own board and channel.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/preparing.py`, `holding.py` and
`manning_posts.py` carry out the acts.
"""
