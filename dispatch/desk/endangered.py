"""Officer emergency 紧急求助: it sounds at the unit's room, those above and around it, and stands until a dispatcher resets it.

Works off duty and without a job, and is refused to no device: a press more counts and sounds again. Nothing ends it but
the act of a dispatcher who has spoken with the crew.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings, store
from dispatch.desk import radio
from dispatch.desk.case import Case, by_member
from dispatch.desk.messaging import unit_of
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotNow
from dispatch.firings import RuleFired
from dispatch.rules import Standing
from dispatch.talk import events as te
from dispatch.talk import store as talk_store
from dispatch.talk.model import Emergency, Helper
from dispatch.timers import Timer
from dispatch.work import Work, ms
from geo.areas import Layer
from geo.errors import BadPosition, NoArea
from incidents import store as incident_store
from units import store as unit_store
from units.model import Unit
from units.roll import PROGRESS, Filter, UnknownHandle

HELPERS = 3
AROUND_M = 2_000.0
"""Rooms whose area lies this near to the officer hear it too, whichever room the unit belongs to."""
ON_DUTY = frozenset(PROGRESS) - {"off_duty"}


class Spot(msgspec.Struct, frozen=True):
    """Where the officer was last; lon, lat: WGS-84 degrees, at: when that was measured."""

    lon: float
    lat: float
    at: datetime


async def press(
    w: Work, unit_id: UUID, place: tuple[float, float] | None = None, text: str | None = None
) -> Emergency:
    """The button was pressed. place: lon, lat that came with it. Raises NotFound and NotAllowed only."""
    unit, found = await unit_of(w, unit_id)
    acts.authorise(w.principal, "unit", "emergency", found)
    unit = (await unit_store.lock_units(w.conn, [unit_id])).get(unit_id, unit)
    standing = await talk_store.standing_emergency(w.conn, unit_id)
    id_ = standing.id if standing else uuid7()
    held = await store.holders(w.conn, [unit_id])
    job = held.get(unit_id, {})
    incident_id = job.get("incident_id")
    spot = _spot(w, unit, place)
    near = (spot.lon, spot.lat) if spot else await _scene(w, incident_id)
    fact = te.Pressed(
        unit_id=unit_id, incident_id=incident_id, assignment_id=job.get("assignment_id"), pressed_at=w.now,
        by=w.principal.id, lon=spot.lon if spot else None, lat=spot.lat if spot else None,
        fix_at=spot.at if spot else None, crew=unit.crew, talk_group=unit.talk_group,
        narrative_id=await keep_text(w, incident_id or id_, text) if text and text.strip() else None,
        rooms=_rooms(w, unit, near), nearest=_nearest(w, unit, near) if near else (),
    )  # fmt: skip
    pressed = te.evolve_emergency(standing, id_, fact)
    w.append("emergency", id_, pressed.version, pressed.incident_id, fact)
    await talk_store.save_emergency(w.conn, pressed)
    await _follow(w, pressed)
    await radio.say(
        w,
        unit,
        "message",
        None,
        text="紧急求助已收到 emergency received",
        prompt="emergency_heard",
        about=id_,
    )
    if standing is None:
        await _clear_the_air(w, unit, id_)
    return pressed


async def reset(w: Work, unit_id: UUID, voice_contact: bool, presses: int | None = None) -> Emergency:
    """A dispatcher has spoken with the crew. presses: how many the dispatcher knows of, so that a later one is not lost.

    Raises NotFound, NotAllowed, Invalid, NotNow.
    """
    unit, found = await unit_of(w, unit_id)
    acts.authorise(w.principal, "unit", "reset_emergency", found)
    if not voice_contact:
        raise Invalid(
            f"An emergency is reset only after voice contact: speak with {unit.call_sign}, then send voice_contact true.",
            field="voice_contact",
        )
    await unit_store.lock_units(w.conn, [unit_id])
    standing = await talk_store.standing_emergency(w.conn, unit_id)
    if standing is None:
        raise NotNow(f"No emergency of {unit.call_sign} stands.")
    if presses is not None and presses < standing.presses:
        raise NotNow(
            f"{unit.call_sign} has pressed again, {standing.presses} times now; speak with the crew once more.",
            presses=standing.presses,
        )
    fact = te.Reset(reset_at=w.now, reset_by=w.principal.id)
    over = te.evolve_emergency(standing, standing.id, fact)
    w.append("emergency", over.id, over.version, over.incident_id, fact)
    await talk_store.save_emergency(w.conn, over)
    await _follow(w, over)
    await _free_the_air(w, unit, over)
    return over


async def _follow(w: Work, one: Emergency) -> None:
    """Whatever clock the button has, it is pressed now."""
    w.count_as_of_now()
    if one.incident_id is None:
        w.follow(standings.emergency(one, None))
        return
    incidents = await incident_store.read_incidents(w.conn, [one.incident_id])
    incident = incidents[one.incident_id]
    if incident.merged_into is not None:
        incident = (await incident_store.read_incidents(w.conn, [incident.merged_into]))[incident.merged_into]
    w.follow(standings.emergency(one, incident))


async def follow_emergencies(w: Work, cases: Mapping[UUID, Case]) -> None:
    """Say how the emergencies of these incidents stand; for rules that are newer than they are."""
    of = by_member(cases)
    for one in await talk_store.emergencies_on(w.conn, of):
        if one.incident_id is not None:
            w.follow(standings.emergency(one, of[one.incident_id].incident))


async def fire_on_emergencies(w: Work, timers: Sequence[Timer]) -> None:
    """Tell the firings of rules about officers in danger who have no job."""
    standing = await talk_store.lock_emergencies(w.conn, [timer.entity_id for timer in timers])
    for timer in timers:
        fact = RuleFired(rule=timer.rule, armed_at=ms(timer.armed_at), due_at=ms(timer.due_at))
        one = standing[timer.entity_id] = te.evolve_emergency(
            standing[timer.entity_id], timer.entity_id, fact
        )
        w.append("emergency", one.id, one.version, None, fact)
        await talk_store.save_emergency(w.conn, one)


async def stand_emergencies(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """How those stand that belong to no incident, for rules that have changed."""
    found = (await talk_store.lock_emergencies(w.conn, ids)).values()
    return [standings.emergency(one, None) for one in found if one.incident_id is None]


def _spot(w: Work, unit: Unit, place: tuple[float, float] | None) -> Spot | None:
    """What came with the press, else the last fix; a place that is none is passed over, the press counts all the same."""
    if place is not None and -180 <= place[0] <= 180 and -90 <= place[1] <= 90:
        return Spot(place[0], place[1], w.now)
    try:
        fix = w.centre.live.fix(unit.handle, ms(w.now))
    except UnknownHandle:
        fix = None
    return Spot(fix.lon, fix.lat, datetime.fromtimestamp(fix.t_ms / 1000, UTC)) if fix else None


async def _scene(w: Work, incident_id: UUID | None) -> tuple[float, float] | None:
    """Where its incident is, for want of a fix."""
    if incident_id is None:
        return None
    incident = (await incident_store.read_incidents(w.conn, [incident_id]))[incident_id]
    return None if incident.lon is None or incident.lat is None else (incident.lon, incident.lat)


def _rooms(w: Work, unit: Unit, near: tuple[float, float] | None) -> tuple[UUID, ...]:
    """Its own room and the one it is lent to, all above them, their neighbours, and who answers for the ground it is on."""
    reference = w.centre.reference
    own = [room for id_ in sorted(unit.seen_by) if (room := reference.rooms.by_id.get(id_))]
    rooms = [id_ for room in own for id_ in (*room.lineage, *room.neighbours)]
    if near is not None:
        try:
            around = reference.areas.rooms_within(*near, AROUND_M, Layer.POLICE)
        except (BadPosition, NoArea):
            around = ()
        rooms += [other.room_id for other in around]
    return tuple(dict.fromkeys(rooms))


def _nearest(w: Work, unit: Unit, near: tuple[float, float]) -> tuple[Helper, ...]:
    """The next three on duty, whatever their area or job."""
    others = Filter(states=ON_DUTY, classes=frozenset({"regular"}), exclude=frozenset({unit.handle}))
    helpers = []
    for one in w.centre.live.nearest(*near, HELPERS, others):
        known = w.centre.units.get(one.entry.unit_id)
        if known is not None:
            helpers.append(Helper(known.id, known.call_sign, round(one.distance_m, 1), one.entry.state))
    return tuple(helpers)


async def _clear_the_air(w: Work, unit: Unit, id_: UUID) -> None:
    if unit.talk_group is not None:
        mates = await talk_store.units_on_duty(w.conn, (), unit.talk_group)
        others = [mate for mate in mates if mate.id != unit.id]
        text = f"清频 clear the air: {unit.call_sign} 紧急求助 emergency"
        await radio.say_to_all(w, others, "clear_air", id_, text)


async def _free_the_air(w: Work, unit: Unit, over: Emergency) -> None:
    if over.talk_group is not None:
        mates = await talk_store.units_on_duty(w.conn, (), over.talk_group)
        text = f"解除清频 air is free: {unit.call_sign}"
        await radio.say_to_all(w, mates, "air_free", over.id, text)
