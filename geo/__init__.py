"""Where things are and how long it takes to get there.

The lowest floor of the house: coordinates, datums, cells, areas. It knows nothing of alarms, units or networks, so that
every later step in the life of an alarm can ask it the same question and get the same answer.
"""
