"""Where units on duty have been: every accepted fix, packed by unit and minute, for reviews and reports, then forgotten.

`packing` is the format, `recording` gathers fixes beside the hot path, `store` keeps the rows in partitions of a day.
"""
