"""After-action reviews 复盘: what went well, what did not and why, and what is done about it, followed to its end.

What one is, what may happen to it, where it is kept and how it is shown; `dispatch/desk/looking_back.py` carries out the acts.
"""
