"""When a beat should be walked: hours of the city's week, by which kinds of patrol, by how many units. Admin data, pure.

Whether it should be just now is worked out from the hours and the city's clock, never kept.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from units.model import UnitKind
from units.weekly import Hours, ends, next_start


class BeatHours(Hours, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when to when on these days so many units. An end that is not after its start lies on the next day."""

    units: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1


class BeatSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule of one beat. code: of the beat; kinds: of patrol that count, none: any."""

    id: UUID
    code: str
    kinds: tuple[UnitKind, ...] = ()
    hours: tuple[BeatHours, ...] = ()
    version: int = 1


class Due(NamedTuple):
    """So many units should be there, until then."""

    units: int
    until: datetime


class Schedules:
    """All schedules by beat. zone: of the city, in whose time the hours are said."""

    def __init__(self, schedules: Iterable[BeatSchedule], zone: tzinfo) -> None:
        self.by_code = {one.code: one for one in schedules}
        self._zone = zone

    def due(self, code: str, now: datetime) -> Due | None:
        """What should be now; of several hours at once the most units, and the end of the first of those that asks for them."""
        schedule = self.by_code.get(code)
        going = [
            Due(hours.units, until)
            for hours in (schedule.hours if schedule else ())
            if (until := ends(hours, now, self._zone)) is not None
        ]
        return max(going, key=lambda due: (due.units, due.until), default=None)

    def next_at(self, code: str, now: datetime) -> datetime | None:
        """When it should be walked next, within a week."""
        schedule = self.by_code.get(code)
        return None if schedule is None else next_start(schedule.hours, now, self._zone)
