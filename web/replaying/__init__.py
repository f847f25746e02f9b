"""A real file of calls turned into acts: columns by a map, rows into calls, calls into what is done when.

All of it is pure; `web.replay` drives the acts through the public doors, from the first ring of a call to its closing.
"""
