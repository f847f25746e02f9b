"""Surge 集中警情: many callers report one thing at once, and what the next of them says that nobody has said before.

Between duplicates and the call-takers: five reports within three minutes on one incident pin it on every page, so that
the next caller is attached by one key. Pure; presses of the incident's own call point are one reporter and count once.
"""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

import msgspec

MANY = 5
WITHIN_MS = 180_000
KEPT = 8


class Surge(msgspec.Struct, frozen=True):
    """When the newest reports came (ms since 1970, UTC, oldest first), and the surge they are.

    since: the first report of it, None while there is none; count: its reports so far; counted: incidents of which a rule made it,
    each one of the count already when it is put together with this one.
    """

    recent: tuple[int, ...] = ()
    since: int | None = None
    count: int = 0
    counted: tuple[UUID, ...] = ()


def reported(surge: Surge | None, times: Iterable[int], of: Iterable[UUID] = ()) -> Surge:
    """The same after more reports at these times. of: the incidents they came with."""
    known = surge or Surge()
    added = tuple(times)
    recent = tuple(sorted((*known.recent, *added))[-KEPT:])
    already = len(set(known.counted).intersection(of))
    count = known.count + max(len(added) - already, 0) if known.since is not None else 0
    return msgspec.structs.replace(known, recent=recent, count=count)


def beginning(surge: Surge) -> tuple[int, int] | None:
    """(since, count) of the surge that the recent reports are; None when they are none, or it is one already."""
    if surge.since is not None or not surge.recent:
        return None
    crowd = crowded(surge)
    return (crowd[0], len(crowd)) if len(crowd) >= MANY else None


def crowded(surge: Surge) -> list[int]:
    """The recent reports that came within minutes of the newest, oldest first."""
    return [at for at in surge.recent if surge.recent[-1] - at <= WITHIN_MS]


def says_more(text: str, known: Iterable[str]) -> bool:
    """Whether a text holds anything that none of the known ones holds.

    Only what is contained word for word in one of them counts as said: a digit that differs may be a life.
    """
    said = _bare(text)
    return bool(said) and not any(said in _bare(other) for other in known)


def _bare(text: str) -> str:
    """Letters and digits alone, without width, case and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
