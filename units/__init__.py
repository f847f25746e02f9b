"""Who can go, and where they are now.

Duty, crew and position of every patrol, from the log-on at the start of a shift to the fix of this second. Units know
places, never incidents; bringing the two together is the work of `dispatch`.
"""
