"""Hand-over of a shift 交接班: what stands when somebody leaves and somebody else arrives, read, and signed by both.

What one is, what may happen to it, what it lists, where it is kept and how it is shown; `dispatch/desk/handing_over.py`
carries out the acts. Seat, queue and command move with the second signature, in the same transaction.
"""
