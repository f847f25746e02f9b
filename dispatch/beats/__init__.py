"""Beats 巡段 through the week: when each should be walked and by which kinds of patrol, who covers it now, which lie uncovered.

The ground of a beat comes with the city's bundle (`dispatch.cities.beats`); the times are the administrator's.
"""
