"""A road closure and its two facts: put in, ended. In force from a moment to a moment, so that it ends by itself.

Every replica holds those that stand and asks here which are in force, before each search along the roads. Pure.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from geo.closures import Closure
from geo.extents import extent_from_geojson

type Kind = Literal["closed", "slowed"]
type State = Literal["planned", "in_force", "over"]


class RoadClosure(msgspec.Struct, frozen=True, kw_only=True):
    """One closure; has exactly the columns of its table.

    factor: of the speed, 0 when closed; geometry: GeoJSON in WGS-84; profiles: whom it holds, empty: everybody; until None:
    until somebody ends it. segments, streets: what it covered when it was put in; None where no roads were known.
    """

    id: UUID
    name: str
    kind: Kind
    factor: float
    geometry: dict[str, Any]
    profiles: tuple[str, ...]
    valid_from: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    by: str
    room_id: UUID
    segments: int | None = None
    streets: tuple[str, ...] = ()
    recorded_at: datetime
    version: int = 1

    def state(self, at: datetime) -> State:
        """What it is at a moment."""
        if self.ended_at is not None or (self.until is not None and self.until <= at):
            return "over"
        return "planned" if at < self.valid_from else "in_force"

    def on_roads(self) -> Closure:
        """The same for the road graph. Raises BadArea."""
        extent = extent_from_geojson(self.geometry)
        return Closure(id=self.id, extent=extent, factor=self.factor, profiles=self.profiles)


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of both facts."""


class PutIn(Fact, frozen=True, kw_only=True, tag="put_in"):
    """The roads are closed or slow, now or from a moment to come."""

    name: str
    kind: Kind
    factor: float
    geometry: dict[str, Any]
    profiles: tuple[str, ...]
    valid_from: datetime
    until: datetime | None
    by: str
    room_id: UUID
    segments: int | None
    streets: tuple[str, ...]
    recorded_at: datetime


class Ended(Fact, frozen=True, kw_only=True, tag="ended"):
    """Somebody ended it before its time, or it had none."""

    at: datetime


ClosureFact = PutIn | Ended


def evolve(closure: RoadClosure | None, id_: UUID, fact: ClosureFact) -> RoadClosure:
    """The closure after one more fact; only `PutIn` may start from None."""
    match fact:
        case PutIn():
            return RoadClosure(id=id_, **msgspec.structs.asdict(fact))
        case Ended():
            if closure is None:
                raise ValueError(f"the history of closure {id_} does not start with its being put in")
            return msgspec.structs.replace(closure, ended_at=fact.at, version=closure.version + 1)
        case _:
            assert_never(fact)


def in_force(closures: Iterable[RoadClosure], at: datetime) -> tuple[RoadClosure, ...]:
    """Those that hold traffic at a moment."""
    return tuple(one for one in closures if one.state(at) == "in_force")
