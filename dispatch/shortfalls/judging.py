"""When a room is short of free units and when it has recovered, out of one count of all units. Pure.

It falls short as soon as fewer are free than its duty level wants, and has recovered only with one more than that: a room on the
brink is told once, not with every order and every clearing.
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from dispatch.levels.cover import Cover, FreeUnits
from dispatch.rooms import Reference
from dispatch.shortfalls.model import Cause, Shortfall

SPARE = 1
"""So many more than wanted must be free before it is over."""


class Fell(NamedTuple):
    """A room that is short now and was not."""

    room_id: UUID
    level: str
    cover: Cover


class Over(NamedTuple):
    """A shortfall that stands no longer."""

    shortfall: Shortfall
    cause: Cause
    free: int


class Verdict(NamedTuple):
    """What has changed."""

    fell: tuple[Fell, ...]
    over: tuple[Over, ...]

    def __bool__(self) -> bool:
        return bool(self.fell or self.over)


def judged(reference: Reference, free: FreeUnits, standing: Mapping[UUID, Shortfall]) -> Verdict:
    """What begins and what is over. standing: by room, those that stand."""
    return Verdict(
        tuple(
            Fell(id_, reference.level_of(id_).code, cover)
            for id_ in sorted(reference.rooms.by_id)
            if id_ not in standing and (cover := free.of(id_)).short
        ),
        tuple(
            Over(one, cause, free.of(id_).free)
            for id_, one in sorted(standing.items())
            if (cause := _over(free.of(id_))) is not None
        ),
    )


def _over(cover: Cover) -> Cause | None:
    if not cover.wanted:
        return "not_asked"
    return "recovered" if cover.free >= min(cover.wanted + SPARE, cover.on_duty) else None
