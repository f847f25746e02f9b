"""The read side of words beside orders: as a seat may see them, many at a time, and as they stand now for the live feed.

A message is seen by the unit's rooms, an emergency where it sounds, backup and lamps with their incident.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.shown import Now, TimerRow
from dispatch.talk import store
from dispatch.talk.model import Message
from dispatch.talk.shown import (
    Asked,
    BackupShown,
    EmergencyAlert,
    EmergencyShown,
    MessageShown,
    Named,
    Names,
    RollAnswerShown,
    RollCallShown,
    Texts,
    backup_shown,
    emergency_shown,
    lamp_shown,
    message_shown,
    roll_call_shown,
)
from dispatch.waiting import Spoken, alone, fallen
from incidents import store as incident_store
from units import store as unit_store
from units.model import Unit

AT_MOST = 1_000
UNREAD_FOR = timedelta(days=1)

_encode = msgspec.json.Encoder().encode


async def messages(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[MessageShown]:
    """These messages, by id, whoever asks."""
    return await _show_messages(conn, centre, await store.read_messages(conn, ids))


async def _show_messages(conn: Connection, centre: Centre, found: Sequence[Message]) -> list[MessageShown]:
    names = _names(await unit_store.read_units(conn, {m.unit_id for m in found}))
    texts = await _texts(conn, centre, [m.narrative_id for m in found])
    return [message_shown(m, names, texts) for m in found]


async def message_page(
    conn: Connection, centre: Centre, principal: Principal, unit_id: UUID, page: tuple[UUID | None, int]
) -> list[MessageShown]:
    """What was said between a unit and its dispatchers, newest first. Raises NotFound, NotAllowed."""
    units = await unit_store.read_units(conn, [unit_id])
    own = principal.unit_id == unit_id
    authorise(principal, "unit", "read", ("unit",) if own else ("room",))
    if unit_id not in units or not (own or units[unit_id].seen_by & principal.rooms):
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    return await _show_messages(conn, centre, await store.messages_of(conn, unit_id, *page))


async def emergencies(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[EmergencyShown]:
    """These emergencies, by id, whoever asks."""
    found = await store.read_emergencies(conn, ids)
    names = _names(await unit_store.read_units(conn, {e.unit_id for e in found}))
    texts = await _texts(conn, centre, [e.narrative_id for e in found if e.narrative_id])
    jobless = [e.id for e in found if e.incident_id is None and e.reset_at is None]
    fired = await timers.of_entities(conn, "emergency", jobless) if jobless else {}
    return [
        msgspec.structs.replace(
            emergency_shown(e, names, texts), alerts=_said(centre, names.get(e.unit_id), fired.get(e.id, ()))
        )
        for e in found
    ]


def _said(centre: Centre, unit: Named | None, rows: Iterable[TimerRow]) -> tuple[EmergencyAlert, ...]:
    spoken = Spoken(centre.rules, centre.reference, {})
    told = fallen(rows, spoken, lambda row, _: alone(row, unit.call_sign if unit else ""))
    return tuple(EmergencyAlert(a.rule, a.fired_at, a.said["zh"].what, a.said["en"].what) for a in told)


async def emergency_page(
    conn: Connection, centre: Centre, principal: Principal, standing: bool, page: tuple[UUID | None, int]
) -> list[EmergencyShown]:
    """Emergencies that sound at this seat, or are the unit's own, newest first. standing: only those not reset."""
    authorise(principal, "unit", "read", ("room",) if principal.rooms else ("unit",))
    ids = await store.emergencies_seen(conn, principal.rooms, principal.unit_id, standing, page)
    return sorted(await emergencies(conn, centre, ids), key=lambda e: e.id, reverse=True)


async def standing_emergencies(conn: Connection, principal: Principal) -> list[UUID]:
    """Those that sound at this seat, or are the unit's own."""
    return await store.emergencies_seen(conn, principal.rooms, principal.unit_id, True, (None, AT_MOST))


async def unread_messages(conn: Connection, principal: Principal) -> list[UUID]:
    """What the units of these rooms, or this unit, said or were told in a day and nobody has read."""
    since = await dispatch_store.now(conn) - UNREAD_FOR
    return await store.unread_messages(conn, principal.rooms, principal.unit_id, since)


async def backups(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[BackupShown]:
    """These requests for backup, by id, whoever asks."""
    found = await store.read_backups(conn, ids)
    names = _names(await unit_store.read_units(conn, {b.unit_id for b in found}))
    texts = await _texts(conn, centre, [b.narrative_id for b in found if b.narrative_id])
    return [backup_shown(b, names, texts) for b in found]


async def roll_calls(conn: Connection, _: Centre, ids: Sequence[UUID]) -> list[RollCallShown]:
    """These roll-calls with how many have answered, by id, whoever asks."""
    return [roll_call_shown(call, answered) for call, answered in await store.read_calls(conn, ids)]


async def roll_call_page(
    conn: Connection, centre: Centre, principal: Principal, page: tuple[UUID | None, int]
) -> list[RollCallShown]:
    """Roll-calls of the seat's rooms, newest first."""
    authorise(principal, "roll_call", "read", ("room",))
    ids = await store.calls_of_rooms(conn, principal.rooms, *page)
    return sorted(await roll_calls(conn, centre, ids), key=lambda call: call.id, reverse=True)


async def roll_call(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> RollCallShown:
    """One roll-call with everyone asked, the silent ones first. Raises NotFound, NotAllowed."""
    authorise(principal, "roll_call", "read", ("room",))
    found = await roll_calls(conn, centre, [id_])
    if not found or found[0].room not in principal.rooms:
        raise NotFound(f"There is no roll-call {id_}.", noun="roll_call")
    units = tuple(
        Asked(
            unit_id=row[0], handle=row[1], call_sign=row[2], room=row[3], terminal=row[4],
            answered_at=instant(row[5]), via=row[6],
        )
        for row in await store.units_of_call(conn, id_)
    )  # fmt: skip
    return msgspec.structs.replace(found[0], units=units)


async def _texts(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> Texts:
    if not ids:
        return {}
    sealed = await incident_store.read_sealed(conn, ids, [])
    opened = {id_: centre.seal.open_or_none(salt, body) for id_, (salt, body) in sealed.items()}
    return {id_: plain.decode() for id_, plain in opened.items() if plain is not None}


def _names(units: dict[UUID, Unit]) -> Names:
    return {id_: Named(u.handle, u.call_sign, u.room_id) for id_, u in units.items()}


def _above(centre: Centre, rooms: Iterable[UUID]) -> frozenset[UUID]:
    """These rooms and all above them."""
    by_id = centre.reference.rooms.by_id
    return frozenset(above for id_ in rooms for above in (by_id[id_].lineage if id_ in by_id else (id_,)))


async def _messages_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    found = await store.read_messages(conn, ids)
    units = await unit_store.read_units(conn, {m.unit_id for m in found})
    return {
        m.id: Now(
            m.version,
            _above(centre, units[m.unit_id].seen_by),
            msgspec.Raw(_encode(m)),
            frozenset({m.unit_id}),
        )
        for m in await _show_messages(conn, centre, found)
    }


async def _emergencies_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    return {
        e.id: Now(e.version, frozenset(e.rooms), msgspec.Raw(_encode(e)), frozenset({e.unit_id}))
        for e in await emergencies(conn, centre, ids)
    }


async def _backups_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    shown = await backups(conn, centre, ids)
    audience = await dispatch_store.audience_of(conn, {b.incident_id for b in shown})
    return {
        b.id: Now(
            b.version, frozenset(audience.get(b.incident_id, ())), msgspec.Raw(_encode(b)), frozenset({b.unit_id})
        )
        for b in shown
    }  # fmt: skip


async def _lamps_now(conn: Connection, _: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    found = await store.read_lamps(conn, ids)
    audience = await dispatch_store.audience_of(conn, {incident_id for _, incident_id in found})
    return {
        lamp.id: Now(
            lamp.version, frozenset(audience.get(incident_id, ())), msgspec.Raw(_encode(lamp_shown(lamp))),
            frozenset({lamp.unit_id}),
        )
        for lamp, incident_id in found
    }  # fmt: skip


async def _roll_calls_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    shown = await roll_calls(conn, centre, ids)
    asked = await store.asked_by(conn, [c.id for c in shown])
    return {
        c.id: Now(
            c.version, _above(centre, [c.room]), msgspec.Raw(_encode(c)), frozenset(asked.get(c.id, ()))
        )
        for c in shown
    }


async def _roll_answers_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    now = {}
    for id_, version, roll_call_id, unit_id, call_sign, answered_at, via, room_id in await store.answers_read(
        conn, ids
    ):
        shown = RollAnswerShown(
            id=id_, roll_call_id=roll_call_id, unit_id=unit_id, call_sign=call_sign, answered_at=instant(answered_at),
            via=via, version=version,
        )  # fmt: skip
        now[id_] = Now(version, _above(centre, [room_id]), msgspec.Raw(_encode(shown)), frozenset({unit_id}))
    return now


NOW: dict[str, Callable[[Connection, Centre, Sequence[UUID]], Awaitable[dict[UUID, Now]]]] = {
    "note_read": _lamps_now,
    "message": _messages_now,
    "emergency": _emergencies_now,
    "backup": _backups_now,
    "roll_call": _roll_calls_now,
    "roll_answer": _roll_answers_now,
}
"""How the live feed asks what each of these looks like now."""
