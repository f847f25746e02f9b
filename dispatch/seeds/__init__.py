"""Where a centre's first reference data come from: rooms, jurisdictions, units, call points, beats, fixed positions.

`bay` draws an invented city as a map and its areas, `reading` reads those or a real city's. All is put in through the same
functions as an administrator's (`dispatch.places`), so an alarm can't tell a generated city from a real one.
"""
