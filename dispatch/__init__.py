"""Bringing incidents and units together: order, watch, close.

Here every act of a seat, a radio or a rule is authorised, decided, saved and journalled in one transaction.
"""
