"""Fixed positions 岗, such as a school crossing 护学岗: places where a unit stands at set times of the city's week.

Admin data. Whether a unit is at its post just now is worked out from the times, never kept: ranking and board ask here.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo
from typing import Annotated
from uuid import UUID

import msgspec

Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM on the city's clock")
]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7, description="1 is Monday, 7 is Sunday")]


class Turn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When one unit stands there. An end that is not after its start lies on the next day."""

    unit_id: UUID
    days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=7)]
    starts: Clock
    ends: Clock


class FixedPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is manned at set times. lon, lat: WGS-84 degrees."""

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None = None
    turns: tuple[Turn, ...] = ()
    version: int = 1


class AtPost(msgspec.Struct, frozen=True):
    """A unit's post just now and until when."""

    position: FixedPosition
    until: datetime


class Posts:
    """All fixed positions by unit. zone: of the city, in whose time the turns are said."""

    def __init__(self, positions: Iterable[FixedPosition], zone: tzinfo) -> None:
        self.positions = tuple(positions)
        self._zone = zone
        self._turns: dict[UUID, list[tuple[FixedPosition, Turn]]] = {}
        for position in self.positions:
            for turn in position.turns:
                self._turns.setdefault(turn.unit_id, []).append((position, turn))

    def of(self, unit_id: UUID, now: datetime) -> AtPost | None:
        """Where the unit has to stand now; of several turns at once the one that lasts longest."""
        found = [
            AtPost(position, until)
            for position, turn in self._turns.get(unit_id, ())
            if (until := _ends(turn, now, self._zone)) is not None
        ]
        return max(found, key=lambda post: post.until, default=None)


def _ends(turn: Turn, now: datetime, zone: tzinfo) -> datetime | None:
    """When the turn that goes on now ends; None when none does. Yesterday's may last past midnight."""
    starts, ends = time.fromisoformat(turn.starts), time.fromisoformat(turn.ends)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if day.isoweekday() not in turn.days:
            continue
        begun = datetime.combine(day, starts, zone)
        over = datetime.combine(day if ends > starts else day + timedelta(days=1), ends, zone)
        if (
            begun.timestamp() <= now.timestamp() < over.timestamp()
        ):  # as moments: clocks are put forward and back
            return over
    return None
