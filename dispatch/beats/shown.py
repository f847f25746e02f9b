"""Beats as seats see them: whether each should be walked now, who is logged on to it and free, and what that comes to.

Worked out in memory from what every replica knows: units with their beat and state, schedules, and the plan of the duty level that holds.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.beats.schedule import BeatPlan
from dispatch.centre import Centre
from dispatch.cities.beats import Beat
from dispatch.instants import Instant, instant
from dispatch.rooms import Reference
from dispatch.rules import Phrase
from units.model import Unit, UnitKind

State = Literal["covered", "short", "away", "uncovered", "rests"]
"""Enough free units; some, too few; all of its units on a job or a break; nobody logged on to it; not to be walked now."""
FREE = frozenset({"available", "busy"})


class OnBeat(msgspec.Struct, frozen=True, kw_only=True):
    """A unit logged on to a beat. patrol: how it goes round; state: as of units; counts: it is free, and of a kind that is asked for."""

    id: UUID
    call_sign: str
    kind: UnitKind
    patrol: UnitKind | None
    state: str
    vehicle: str | None
    counts: bool


class BeatShown(msgspec.Struct, frozen=True, kw_only=True):
    """A beat now. wanted: so many units should be there until then; kinds: of patrol that count, none: any.

    next_at: when it should be walked next, null while it should, or has no hours. plan: of the duty level in force, by name.
    """

    code: str
    name: str
    room: UUID
    state: State
    wanted: int
    counting: int
    until: Instant | None
    next_at: Instant | None
    kinds: tuple[UnitKind, ...]
    units: tuple[OnBeat, ...]
    plan: Phrase | None


def beats_now(centre: Centre, rooms: Iterable[UUID], now: datetime) -> list[BeatShown]:
    """The beats of these rooms, in the order of the city's file."""
    known, wanted_rooms = centre.reference.rooms.by_code, frozenset(rooms)
    walking: dict[str, list[Unit]] = {}
    for unit in centre.units.values():
        if unit.beat is not None and unit.on_duty:
            walking.setdefault(unit.beat, []).append(unit)
    return [
        _shown(centre, beat, known[beat.room].id, walking.get(beat.code, ()), now)
        for beat, _ in centre.beats.told
        if beat.room in known and known[beat.room].id in wanted_rooms
    ]


def is_walked(centre: Centre, beat: Beat, now: datetime) -> bool:
    """Whether it should be walked now, by its hours and the plan in force."""
    room = centre.reference.rooms.by_code.get(beat.room)
    plan = plan_in(centre.reference, room.id) if room is not None else None
    return centre.schedules.due(beat.code, now, plan) is not None


def _shown(centre: Centre, beat: Beat, room_id: UUID, units: Iterable[Unit], now: datetime) -> BeatShown:
    schedule = centre.schedules.by_code.get(beat.code)
    kinds = schedule.kinds if schedule is not None else ()
    on_it = tuple(_on_beat(centre, unit, kinds) for unit in units)
    plan = plan_in(centre.reference, room_id)
    due = centre.schedules.due(beat.code, now, plan)
    wanted = due.units if due is not None else 0
    counting = sum(one.counts for one in on_it)
    next_at = None if due is not None else centre.schedules.next_at(beat.code, now, plan)
    return BeatShown(
        code=beat.code, name=beat.name, room=room_id, state=state_of(wanted, counting, len(on_it)), wanted=wanted,
        counting=counting, until=instant(due.until) if due else None, next_at=instant(next_at), kinds=kinds, units=on_it,
        plan=plan.name if plan is not None else None,
    )  # fmt: skip


def state_of(wanted: int, counting: int, there: int) -> State:
    """What so many of so many come to; there: all that are logged on to it."""
    if not wanted:
        return "rests"
    if counting >= wanted:
        return "covered"
    if counting:
        return "short"
    return "away" if there else "uncovered"


def plan_in(reference: Reference, room_id: UUID) -> BeatPlan | None:
    """The beat plan in force in a room: that of the duty level which holds there."""
    return reference.board.levels.plan_of(reference.level_of(room_id))


def _on_beat(centre: Centre, unit: Unit, kinds: tuple[UnitKind, ...]) -> OnBeat:
    state = centre.live.entry(unit.handle).state
    fits = not kinds or (unit.patrol or unit.kind) in kinds
    return OnBeat(
        id=unit.id, call_sign=unit.call_sign, kind=unit.kind, patrol=unit.patrol, state=state, vehicle=unit.vehicle,
        counts=fits and state in FREE and unit.unit_class == "regular",
    )  # fmt: skip
