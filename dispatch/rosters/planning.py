"""What a roster means in this city, and what it changes of the shifts that stand. Pure.

It goes in whole or not at all: a row that can't be used is said, and nothing is changed. What has begun stays as it is; of
what lies ahead, in the rooms and the days that the roster speaks of, only what it says remains.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, get_args
from uuid import UUID

import msgspec

from dispatch.cities.beats import Beat
from dispatch.errors import DispatchError, Invalid
from dispatch.rooms import Room
from dispatch.rosters.model import Duty, RosterShift, S
from dispatch.rosters.rows import Fault, Numbered, RosterRow
from dispatch.texts import check_texts
from units.model import Unit, UnitKind

type Replaces = Literal["rooms", "units"]
"""What else of that time a roster takes the place of: all shifts of the rooms it names, or only those of its units."""

LONGEST = timedelta(hours=24)
FURTHEST = timedelta(days=400)
PATROLS: Mapping[str, UnitKind] = {
    "步": "foot", "车": "car", "摩": "motorcycle", "视频": "video", "空": "drone", "水": "boat", "海": "boat", "其他": "other",
}  # fmt: skip
"""As rosters write it, with or without 巡 or 巡逻 behind."""


class City(NamedTuple):
    """What rows may name: units by call sign, handle and id, rooms by code, beats by code and name, words of skills to their codes.

    rooms_of: whose units this person may roster.
    """

    units: Mapping[str, Unit]
    rooms: Mapping[str, Room]
    beats: Mapping[str, Beat]
    skills: Mapping[str, str]
    rooms_of: Collection[UUID]


class Change(msgspec.Struct, frozen=True):
    """What a roster changes; kept: so many shifts that stand as it says; with faults nothing is changed."""

    planned: tuple[Duty, ...] = ()
    changed: tuple[tuple[RosterShift, Duty], ...] = ()
    withdrawn: tuple[RosterShift, ...] = ()
    kept: int = 0
    faults: tuple[Fault, ...] = ()


class Scope(NamedTuple):
    """The rooms and the time a roster speaks of; units: only those, None: all of the rooms."""

    rooms: frozenset[UUID]
    since: datetime
    until: datetime
    units: frozenset[UUID] | None = None


def understood(
    rows: Iterable[Numbered], city: City, now: datetime
) -> tuple[list[tuple[int, Duty]], list[Fault]]:
    """Each row as a duty in this city, and what is wrong with the others."""
    duties: list[tuple[int, Duty]] = []
    faults: list[Fault] = []
    for number, row in rows:
        try:
            duties.append((number, _duty(row, city, now)))
        except DispatchError as wrong:
            field = wrong.details.get("field")
            faults.append(Fault(number, str(wrong), str(field) if field else None))
    return duties, faults + _twice(duties, city)


def scope_of(duties: Sequence[tuple[int, Duty]], replaces: Replaces = "rooms") -> Scope | None:
    """From the first beginning to the last end, in the rooms that are named, or of the units alone."""
    if not duties:
        return None
    return Scope(
        frozenset(duty.room_id for _, duty in duties),
        min(duty.begins_at for _, duty in duties),
        max(duty.ends_at for _, duty in duties),
        frozenset(duty.unit_id for _, duty in duties) if replaces == "units" else None,
    )


def change(
    duties: Sequence[tuple[int, Duty]], standing: Iterable[RosterShift], scope: Scope, now: datetime
) -> Change:
    """What becomes of the shifts that stand. standing: all of the scope, and those of its units beside it."""
    known = {(one.unit_id, one.begins_at): one for one in standing}
    planned: list[Duty] = []
    changed: list[tuple[RosterShift, Duty]] = []
    faults: list[Fault] = []
    kept: set[UUID] = set()
    for number, duty in duties:
        there = known.get((duty.unit_id, duty.begins_at))
        if there is None:
            planned.append(duty)
            continue
        kept.add(there.id)
        if there.duty != duty:
            if there.state is not S.PLANNED or there.has_begun(now):
                faults.append(Fault(number, _begun(there), "begins_at"))
            else:
                changed.append((there, duty))
    withdrawn = tuple(
        one
        for one in known.values()
        if one.state is S.PLANNED and not one.has_begun(now) and one.id not in kept and _inside(one, scope)
    )
    gone = {one.id for one in withdrawn} | {one.id for one, _ in changed}
    staying = [one.duty for one in known.values() if one.id not in gone and one.id not in kept]
    faults += _meeting(duties, staying)
    faults.sort(key=lambda fault: fault.row)
    return Change(tuple(planned), tuple(changed), withdrawn, len(kept) - len(changed), tuple(faults))


def _inside(one: RosterShift, scope: Scope) -> bool:
    meant = one.room_id in scope.rooms if scope.units is None else one.unit_id in scope.units
    return meant and scope.since <= one.begins_at < scope.until


def _begun(there: RosterShift) -> str:
    if there.state is S.PLANNED:
        return "This shift has begun; withdraw it with a reason, or let its unit log on."
    said = {
        S.ATTENDED: "its unit is on duty for it",
        S.ENDED: "its unit has logged off",
        S.MISSED: "nobody came",
    }
    return f"What has happened stays as it is: this shift has begun and {said[there.state]}."


def _duty(row: RosterRow, city: City, now: datetime) -> Duty:
    check_texts(row)
    unit = city.units.get(row.unit.strip())
    if unit is None:
        raise Invalid(f"There is no unit {row.unit!r}.", field="unit")
    room_id = unit.room_id
    if row.room is not None:
        if row.room not in city.rooms:
            raise Invalid(f"There is no room {row.room!r}.", field="room")
        room_id = city.rooms[row.room].id
    if room_id not in city.rooms_of or unit.room_id not in city.rooms_of:
        raise Invalid(f"Unit {unit.call_sign} is not of your rooms.", field="unit")
    _times(row, now)
    return Duty(
        unit_id=unit.id, room_id=room_id, begins_at=row.begins_at, ends_at=row.ends_at, crew=row.crew, vehicle=row.vehicle,
        equipment=coded(row.equipment, city.skills), beat=_beat(row.beat, city), patrol=patrol_of(row.patrol),
    )  # fmt: skip


def _times(row: RosterRow, now: datetime) -> None:
    for field in ("begins_at", "ends_at"):
        if getattr(row, field).tzinfo is None:
            raise Invalid(f"{field} needs a time zone, such as +08:00.", field=field)
    if not row.begins_at < row.ends_at <= row.begins_at + LONGEST:
        raise Invalid("A shift ends after it has begun, within 24 hours.", field="ends_at")
    if row.ends_at <= now:
        raise Invalid(
            "This shift is over already; a roster says only what lies ahead or goes on.", field="ends_at"
        )
    if row.begins_at > now + FURTHEST:
        raise Invalid(f"This shift begins more than {FURTHEST.days} days ahead.", field="begins_at")


def _beat(named: str | None, city: City) -> str | None:
    if named is None:
        return None
    if named not in city.beats:
        raise Invalid(f"There is no beat {named!r}; GET /api/v1/beats lists them.", field="beat")
    return city.beats[named].code


def patrol_of(said: str | None) -> UnitKind | None:
    """The kind of patrol meant. Raises Invalid."""
    if said is None:
        return None
    if said in get_args(UnitKind):
        return said  # type: ignore[return-value]  # one of the literals
    short = said.removesuffix("逻").removesuffix("巡")
    if short not in PATROLS:
        raise Invalid(
            f"{said!r} is no kind of patrol; it is one of {', '.join(get_args(UnitKind))}, or 步巡、车巡、摩巡、视频巡、空巡、水巡.",
            field="patrol",
        )
    return PATROLS[short]


def coded(words: Iterable[str], skills: Mapping[str, str]) -> tuple[str, ...]:
    """Words of equipment, each once; what the type tree knows as a skill, by its code."""
    return tuple(dict.fromkeys(skills.get(word, word) for word in words))


def _twice(duties: Sequence[tuple[int, Duty]], city: City) -> list[Fault]:
    """Rows of one unit that overlap each other."""
    found = []
    signs = {str(unit.id): unit.call_sign for unit in city.units.values()}
    for before, after in pairwise(sorted(duties, key=lambda one: (one[1].unit_id, one[1].begins_at, one[0]))):
        if before[1].unit_id == after[1].unit_id and after[1].begins_at < before[1].ends_at:
            sign = signs[str(after[1].unit_id)]
            found.append(
                Fault(
                    after[0], f"Unit {sign} has a shift in row {before[0]} that is not over yet.", "begins_at"
                )
            )
    return found


def _meeting(duties: Sequence[tuple[int, Duty]], staying: Iterable[Duty]) -> list[Fault]:
    """Rows that overlap a shift which stays as it is."""
    of_unit: dict[UUID, list[Duty]] = {}
    for one in staying:
        of_unit.setdefault(one.unit_id, []).append(one)
    return [
        Fault(
            number, "The unit has another shift at that time, which this roster does not change.", "begins_at"
        )
        for number, duty in duties
        if any(
            one.begins_at < duty.ends_at and duty.begins_at < one.ends_at
            for one in of_unit.get(duty.unit_id, ())
        )
    ]
