"""Coverage of a room in figures, and who might stand by elsewhere so that the next call is reached sooner.

What a seat looks at between alarms: proposed quietly, done only by a person.
"""
