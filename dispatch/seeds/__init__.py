"""Where a centre's first reference data come from when no city bundle is given: rooms, jurisdictions, units, call points.

Pure: a seed in, structs out. They are put in through the same functions as an administrator's (`dispatch.places`), so an
alarm can't tell a generated city from a real one.
"""
