"""HTTP routes, one file per trade: they parse, ask `dispatch`, and answer.

The first and the last metre of an act on its way through the house.
"""
