"""Jurisdictions as they are put in: whole numbered sets with the moment they take over, and the report on a file of them.

Which room answers for a place is asked of `geo.areas`; here is decided which areas that is asked of.
"""
