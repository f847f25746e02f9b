"""Protocols of terminals: bytes in, a `units.frames.Frame` out. The first thing that happens to a position.

Another protocol is one new file here with two pure functions and nothing else to change:

    def decode(payload: bytes) -> Frame: ...     # every unreadable payload raises FrameError with one clear sentence
    def encode(...) -> bytes: ...                # what a simulator or a test of the protocol sends

A `decode` turns its records into columns of numbers, without judging them, and hands them to `frames.frame_of`, which
converts the datum, drops and names impossible rows and blanks impossible speeds, headings and accuracies. Nobody knows
codecs by heart: `dispatch.runtime.gateway` is started with one and a subject. See `packed.py`, the shortest.
"""
