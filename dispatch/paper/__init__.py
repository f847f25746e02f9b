"""Paper forms: what was written by hand while nothing else worked.

Read from sheets and typed lists with the times that stand on them; `desk.back_entering` makes incidents of them.
"""
