"""Device protocols, one file each: bytes in, reports out, no I/O.

This is how a fix or a pressed key of a terminal enters the house; `dispatch.runtime.gateway` runs a codec on NATS.
"""
