"""Anchors: heads of the ledger written down outside the database, so that a ledger rewritten from end to end shows.

One line a head: `seq hash time`. The relay's holder appends them; `verify` compares them with the ledger it finds.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec


class Anchor(msgspec.Struct, frozen=True):
    """A head as it was at a time."""

    seq: int
    hash: bytes
    at: datetime


class AnchorsDamaged(Exception):
    """The file of anchors can't be read."""

    code = "anchors_damaged"


def line(anchor: Anchor) -> str:
    """An anchor as its line."""
    return f"{anchor.seq} {anchor.hash.hex()} {anchor.at.isoformat(timespec='milliseconds')}\n"


def read(path: Path) -> Iterator[Anchor]:
    """The anchors of a file, oldest first; a last line cut short by a crash is left out.

    Raises AnchorsDamaged, naming the line.
    """
    with path.open(encoding="ascii", errors="replace") as lines:
        for n, text in enumerate(lines, 1):
            if not text.endswith("\n"):
                return
            try:
                seq, digest, at = text.split()
                yield Anchor(int(seq), bytes.fromhex(digest), datetime.fromisoformat(at))
            except ValueError as error:
                raise AnchorsDamaged(f"Line {n} of {path} is no anchor: {text.strip()[:100]!r}.") from error
