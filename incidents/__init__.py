"""What happened, where, and how urgent: from the first report to the closed file.

Pure decisions (model, commands, events, lifecycle, types, triage, duplicates, closure) and one store with their SQL.
Incidents know places, never units; bringing the two together is the work of `dispatch`.
"""
