"""One measured line of a report: what was seen, beside what was promised."""

from typing import Literal

import msgspec

Size = Literal["small", "full"]  # small: does it run; full: the figures that count


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A figure. `target` is the promise in words; `met` None says that there was nothing to compare with.

    `peer` is the same figure of the named other way of doing it, in the same run on the same data; `ratio` is how many
    times better ours is.
    """

    path: str  # the hot path of the design
    what: str
    figure: float | None  # None: nothing was measured, `what` says why
    unit: str = ""
    target: str = ""
    peer: str = ""
    peer_figure: float | None = None
    ratio: float | None = None
    met: bool | None = None


class Skipped(Exception):
    """A peer or a file is not here; the sentence says how to get it."""
