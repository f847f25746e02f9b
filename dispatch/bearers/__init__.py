"""How a unit is reached beside its radio: what was written to duty phones, and what came of it.

Between the rules that want it said and the port of the runtime that says it.
"""
