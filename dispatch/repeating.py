"""Repeats in the same place, told again: which incidents of a time a sign would have given its label.

For dry runs of rules whose sign is new. Pure; the engine asks the database instead (`dispatch.desk.looking_around`).
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.signs import Repeats, Sign
from geo import cells
from incidents.store import Placed

type Group = Callable[[str | None], str | None]
"""The group of a type, level 1 of the tree."""


def repeated(signs: Iterable[Sign], placed: Sequence[Placed], group: Group) -> dict[UUID, tuple[str, ...]]:
    """Incident -> the labels that these signs would have given it. placed: by their time, long enough back to count all."""
    found: dict[UUID, tuple[str, ...]] = {}
    for sign in signs:
        for id_ in _of(sign.repeats, placed, group) if sign.repeats is not None else ():
            found[id_] = (*found.get(id_, ()), sign.label)
    return found


def _of(repeats: Repeats, placed: Sequence[Placed], group: Group) -> Iterable[UUID]:
    """Those that were at least the so-many-th."""
    there: dict[int, list[tuple[datetime, str | None]]] = {}
    for one in placed:
        own = group(one.type)
        middle = cells.parent(one.cell15, repeats.resolution)
        since = one.opened_at - timedelta(seconds=repeats.within_s)
        count = 1
        for cell in cells.disk(middle, repeats.rings):
            before = there.get(cell, ())
            some = before[bisect_right(before, since, key=lambda seen: seen[0]) :]
            count += sum(not repeats.same_group or (own is not None and of == own) for _, of in some)
        there.setdefault(middle, []).append((one.opened_at, own))
        if count >= repeats.count:
            yield one.id
