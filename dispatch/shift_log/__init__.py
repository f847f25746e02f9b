"""The log of a shift 值班日志: what people of a room write into it, and beside it what the journal says happened meanwhile.

Entries are never changed; a mistake is corrected by another entry. `dispatch/desk/logging_shift.py` writes them.
"""
