"""Rosters are put in, and what follows: what lies ahead is changed, what has begun never; absence is told, a missed shift ends.

A roster goes in whole or not at all. Whoever is on duty already when the roster that says so comes in is there for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings, timers
from dispatch.acts import Principal
from dispatch.desk import roster_shifts, shift
from dispatch.errors import Invalid, NotFound, RosterRefused
from dispatch.firings import FireRule
from dispatch.rosters import lifecycle, planning, store
from dispatch.rosters.model import RosterShift, S, ShiftFact, ShiftPlanned
from dispatch.rosters.planning import Change, City, Replaces
from dispatch.rosters.rows import MOST_ROWS, Fault, Numbered
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Work, ms
from units import commands as uc
from units import store as unit_store

ActName = Literal["withdraw", "notice"]
SHOWN = 200
"""So many faults are said of one roster."""


class RosterPut(msgspec.Struct, frozen=True, kw_only=True):
    """What a roster changes, or would: shifts that are new, otherwise than before, withdrawn, as they were.

    attended: units on duty already that are there for a shift of it. refused: what is wrong with which row; then nothing
    was changed. since, until: the time it speaks of.
    """

    planned: int
    changed: int
    withdrawn: int
    kept: int
    attended: int
    refused: tuple[Fault, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    dry_run: bool = False


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a roster, and what could not be read of it."""

    rows: Sequence[Numbered]
    unread: Sequence[Fault] = ()
    replaces: Replaces = "rooms"


async def put_roster(w: Work, roster: Roster, dry_run: bool = False) -> RosterPut:
    """Put in a roster whole, or say what is wrong with it. Raises NotAllowed, Invalid, RosterRefused."""
    if not 1 <= len(roster.rows) + len(roster.unread) <= MOST_ROWS:
        raise Invalid(f"A roster has 1 to {MOST_ROWS} rows.", field="rows")
    city = _city(w)
    duties, faults = planning.understood(roster.rows, city, w.now)
    scope = planning.scope_of(duties, roster.replaces)
    found = Change()
    if scope is not None:
        await store.take_turn(w.conn)
        units = {duty.unit_id for _, duty in duties}
        rooms = scope.rooms if scope.units is None else ()
        window = min(scope.since, w.now), scope.until
        found = planning.change(duties, await store.lock_around(w.conn, units, rooms, window), scope, w.now)
    refused = sorted([*roster.unread, *faults, *found.faults], key=lambda fault: fault.row)
    if refused and not dry_run:
        raise RosterRefused(
            f"{len(refused)} rows of this roster can't be used, so nothing was changed. Row {refused[0].row}: {refused[0].said}",
            refused=[msgspec.to_builtins(fault) for fault in refused[:SHOWN]],
        )
    attended = 0
    if not refused and not dry_run:
        attended = await _take_over(w, found)
    return RosterPut(
        planned=len(found.planned), changed=len(found.changed), withdrawn=len(found.withdrawn), kept=found.kept,
        attended=attended, refused=tuple(refused[:SHOWN]), dry_run=dry_run,
        since=scope.since if scope else None, until=scope.until if scope else None,
    )  # fmt: skip


def check_may_plan(principal: Principal) -> bool:
    """Whether any unit may be rostered; otherwise those of the principal's rooms. Raises NotAllowed."""
    if acts.may(principal, "reference", "administer"):
        return True
    acts.authorise(principal, "roster_shift", "plan", {"room"} if principal.rooms else ())
    return False


def _city(w: Work) -> City:
    """What rows may name; whoever administers rosters any unit, a leader those of the rooms below."""
    rooms = w.centre.reference.rooms
    everywhere = check_may_plan(w.principal)
    units = {}
    for unit in w.centre.units.values():
        units[str(unit.handle)] = unit
    for unit in w.centre.units.values():  # a call sign is what people write: it goes before a handle
        units[unit.call_sign] = units[str(unit.id)] = unit
    told = [beat for beat, _ in w.centre.beats.told]
    return City(
        units=units, rooms=rooms.by_code, skills=w.centre.reference.types.skill_words,
        beats={beat.name: beat for beat in told} | {beat.code: beat for beat in told},
        rooms_of=rooms.everything if everywhere else w.principal.rooms,
    )  # fmt: skip


async def _take_over(w: Work, found: Change) -> int:
    """Write what it changes; how many units on duty are there for it."""
    gone = [
        roster_shifts.applied(w, one, _facts(w, one, lifecycle.Withdraw("roster"))) for one in found.withdrawn
    ]
    await store.save(w.conn, gone)
    other = [
        roster_shifts.applied(w, one, _facts(w, one, lifecycle.Change(duty))) for one, duty in found.changed
    ]
    new = [roster_shifts.begun(w, uuid7(), ShiftPlanned(duty=duty)) for duty in found.planned]
    await store.save(w.conn, [*other, *new])
    return await _on_duty_already(w, [one for one in new if one.has_begun(w.now)])


def _facts(w: Work, one: RosterShift, command: lifecycle.Command) -> Sequence[ShiftFact]:
    return lifecycle.decide(one, command, w.now)


async def _on_duty_already(w: Work, begun: Sequence[RosterShift]) -> int:
    """Whoever logged on before the roster came in attends the shift that goes on."""
    shifts = {one.unit_id: one for one in begun}
    units = await unit_store.lock_units(w.conn, shifts) if shifts else {}
    here = [unit for unit in units.values() if unit.on_duty and unit.shift_id is None]
    for unit in here:
        taken = await roster_shifts.tell(w, shifts[unit.id], lifecycle.Attend())
        units[unit.id] = shift.tell(
            w,
            unit,
            uc.LogOn(
                crew=unit.crew, shift_ends_at=unit.shift_ends_at or taken.ends_at, vehicle=unit.vehicle,
                equipment=unit.equipment, beat=unit.beat, patrol=unit.patrol, shift_id=taken.id,
            ),
        )  # fmt: skip
    await unit_store.save_units(w.conn, [units[unit.id] for unit in here])
    return len(here)


async def withdraw(w: Work, shift_id: UUID) -> RosterShift:
    """Take one shift out, for a reason, while nobody has logged on for it. Raises NotFound, NotAllowed, NotNow, Invalid."""
    held = await _opened(w, shift_id, "withdraw")
    if not (w.actor.reason or "").strip():
        raise Invalid("Say in reason why this shift is withdrawn.", field="reason")
    return await roster_shifts.tell(w, held, lifecycle.Withdraw("person"))


async def notice(w: Work, shift_id: UUID) -> RosterShift:
    """Somebody at a seat has seen that nobody came. Raises NotFound, NotAllowed."""
    held = await _opened(w, shift_id, "notice")
    for rule in await timers.notice_of(w.conn, ("roster_shift", shift_id), None, w.principal.id, ms(w.now)):
        held = await roster_shifts.tell(w, held, lifecycle.NoticeAbsence(rule, w.principal.id, ms(w.now)))
    return held


async def _opened(w: Work, shift_id: UUID, act: ActName) -> RosterShift:
    held = (await store.lock(w.conn, [shift_id])).get(shift_id)
    if held is None:
        raise NotFound(f"There is no rostered shift {shift_id}.", noun="roster_shift")
    relations = {"room"} if held.room_id in w.principal.rooms else ()
    acts.authorise(w.principal, "roster_shift", act, relations, held.state)
    return held


async def miss_shift(w: Work, timer: Timer) -> datetime | None:
    """Its end has come and nobody logged on for it; one that was given a later end is looked at then."""
    held = (await store.lock(w.conn, [timer.entity_id])).get(timer.entity_id)
    if held is None or held.state is not S.PLANNED:
        return None
    if held.ends_at > w.now:
        return held.ends_at
    await roster_shifts.tell(w, held, lifecycle.Miss())
    return None


async def fire_on_shifts(w: Work, fired: Sequence[Timer]) -> None:
    """Tell the firings of rules about rostered shifts."""
    found = await store.lock(w.conn, [timer.entity_id for timer in fired])
    for timer in fired:
        command = FireRule(timer.rule, ms(timer.armed_at), ms(timer.due_at))
        found[timer.entity_id] = await roster_shifts.tell(w, found[timer.entity_id], command)


async def stand_shifts(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How rostered shifts stand, for rules that have changed."""
    return [standings.roster_shift(one) for one in (await store.lock(w.conn, ids)).values()]
