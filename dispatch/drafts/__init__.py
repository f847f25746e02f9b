"""Drafts: forms that a call-taker has begun and not sent, kept at every pause, seen by who will have to answer them.

Who has one is in the journal; what stands in it is sealed beside it and gone once it is sent or discarded.
"""
