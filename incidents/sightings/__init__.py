"""Where a moving incident was seen: points as claimed, their order, what in them cannot be, and where it will be next.

A history that only grows; `incidents.pursuing` is the incident that moves by it.
"""
