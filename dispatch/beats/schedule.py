"""When a beat should be walked: hours of the city's week, by which kinds of patrol, by how many units. Admin data, pure.

The beat plan of the duty level that holds decides over the schedules meanwhile. Whether a beat should be walked just now is
worked out from the hours and the city's clock, never kept.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from dispatch.rules import Phrase
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


class BeatPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How beats 巡段 are walked while a duty level holds: by so many units each; beats: codes of single ones with another number.

    A beat with none is not walked meanwhile. hours: in force instead of the schedule of every beat; none: each keeps its own.
    """

    code: str
    name: Phrase
    units: int = 1
    beats: dict[str, int] = {}
    hours: tuple[BeatHours, ...] = ()

    def wanted(self, beat: str) -> int:
        """How many units go round on a beat, at least."""
        return self.beats.get(beat, self.units)


class Due(NamedTuple):
    """So many units should be there, until then."""

    units: int
    until: datetime


class Schedules:
    """All schedules by beat. zone: of the city, in whose time the hours are said."""

    def __init__(self, schedules: Iterable[BeatSchedule], zone: tzinfo) -> None:
        self.by_code = {one.code: one for one in schedules}
        self._zone = zone

    def due(self, code: str, now: datetime, plan: BeatPlan | None = None) -> Due | None:
        """What should be now; of several hours at once the most units, and the end of the first of those that asks for them.

        plan: that holds. It may ask for more units than the hours do, for none, or for other hours.
        """
        least = 0 if plan is None else plan.wanted(code)
        going = [
            Due(max(hours.units, least), until)
            for hours in self._in_force(code, plan)
            if (until := ends(hours, now, self._zone)) is not None
        ]
        return max(going, key=lambda due: (due.units, due.until), default=None)

    def next_at(self, code: str, now: datetime, plan: BeatPlan | None = None) -> datetime | None:
        """When it should be walked next, within a week."""
        return next_start(self._in_force(code, plan), now, self._zone)

    def _in_force(self, code: str, plan: BeatPlan | None) -> tuple[BeatHours, ...]:
        """The hours that count for a beat: its own, unless the plan has others, or leaves it out."""
        if plan is not None and not plan.wanted(code):
            return ()
        if plan is not None and plan.hours:
            return plan.hours
        schedule = self.by_code.get(code)
        return schedule.hours if schedule is not None else ()
