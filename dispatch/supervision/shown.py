"""Supervision orders as the rooms between see them: what is demanded, what was answered, what is waited for, what is late.

Seen by the room that gave one, the room it was given to, and all that have that room below them.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

import msgspec

from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.rules import FOLLOWING, Rule
from dispatch.shown import AlertShown, Now, Opened, TimerRow, Waiting
from dispatch.supervision import store
from dispatch.supervision.model import Cause, SupervisionOrder, SupervisionState, TurnKind
from dispatch.unsealing import open_sealed
from dispatch.waiting import Names, Spoken, alone, between, fallen, next_of, room_said
from incidents import store as incident_store


class SupervisionTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each state was last reached."""

    given: Instant | None = None
    answered: Instant | None = None
    returned: Instant | None = None
    signed_off: Instant | None = None
    withdrawn: Instant | None = None


class TurnShown(msgspec.Struct, frozen=True):
    """One answer, return, sign-off or withdrawal; text null: there was none, or it was erased."""

    kind: TurnKind
    by: str
    at: Instant | None
    text: str | None


class SupervisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A demand of one room on another. incident_id, number: what it is about; alarm_id: whose caller was not satisfied."""

    id: UUID
    version: int
    state: SupervisionState
    cause: Cause
    incident_id: UUID | None
    number: str | None
    alarm_id: UUID | None
    from_room: UUID
    to_room: UUID
    given_by: str
    text: str | None
    due_at: Instant | None
    times: SupervisionTimes
    turns: tuple[TurnShown, ...]
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


class _About(msgspec.Struct, frozen=True):
    """What is read beside the orders: numbers of their incidents, texts, timers, and what fills phrases."""

    numbers: dict[UUID, str]
    opened: Opened
    timers: dict[UUID, list[TimerRow]]
    spoken: Spoken


async def supervision(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[SupervisionShown]:
    """These orders by id, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def supervision_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: store.Narrowed,
    page: tuple[UUID | None, int],
) -> list[SupervisionShown]:
    """Orders of this seat's rooms, the newest first. Raises NotAllowed."""
    authorise(principal, "supervision", "read", ("room",))
    ids = await store.seen(conn, principal.rooms, which, page)
    return sorted(await supervision(conn, centre, ids), key=lambda one: one.id, reverse=True)


async def one_supervision(
    conn: Connection, centre: Centre, principal: Principal, id_: UUID
) -> SupervisionShown:
    """One order. Raises NotFound, also when this seat may not see it, and NotAllowed."""
    authorise(principal, "supervision", "read", ("room",))
    found = await store.read(conn, [id_])
    if not found or not {found[0].from_room_id, found[0].to_room_id} & principal.rooms:
        raise NotFound(f"There is no supervision order {id_}.", noun="supervision")
    return (await _show(conn, centre, found))[0]


async def standing_ids(conn: Connection, principal: Principal, at_most: int) -> Sequence[UUID]:
    """Orders of this seat's rooms that are not over, for the snapshot of the live feed."""
    return await store.seen(conn, principal.rooms, store.Narrowed(open_only=True), (None, at_most))


async def supervision_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    shown = {one.id: one for one in await _show(conn, centre, found)}
    rooms = centre.reference.rooms.by_id
    return {
        one.id: Now(
            one.version, one.seen_by(rooms.get(one.to_room_id)), msgspec.Raw(msgspec.json.encode(shown[one.id]))
        )
        for one in found
    }  # fmt: skip


async def _show(
    conn: Connection, centre: Centre, found: Iterable[SupervisionOrder]
) -> list[SupervisionShown]:
    orders = list(found)
    texts = [o.narrative_id for o in orders]
    texts += [turn.narrative_id for o in orders for turn in o.turns if turn.narrative_id]
    about = {o.incident_id for o in orders if o.incident_id}
    incidents = await incident_store.read_incidents(conn, list(about)) if about else {}
    around = _About(
        {id_: incident.number for id_, incident in incidents.items()},
        await open_sealed(conn, centre, texts, []),
        await timers.of_entities(conn, "supervision", [o.id for o in orders]) if orders else {},
        Spoken(centre.rules, centre.reference, centre.units),
    )
    return [_shown(order, around) for order in orders]


def _shown(o: SupervisionOrder, around: _About) -> SupervisionShown:
    number = around.numbers.get(o.incident_id) if o.incident_id else None
    rows = [row for row in around.timers.get(o.id, ()) if row.kind not in FOLLOWING]
    naming = partial(_names, o, number or "", around.spoken)
    return SupervisionShown(
        id=o.id, version=o.version, state=o.state, cause=o.cause, incident_id=o.incident_id, number=number,
        alarm_id=o.alarm_id, from_room=o.from_room_id, to_room=o.to_room_id, given_by=o.given_by,
        text=around.opened.text(o.narrative_id), due_at=instant(o.due_at),
        times=SupervisionTimes(**{name: instant(at) for name, at in o.times.items()}),
        turns=tuple(
            TurnShown(turn.kind, turn.by, instant(turn.at), around.opened.text(turn.narrative_id)) for turn in o.turns
        ),
        waiting=next_of(rows, around.spoken, naming), alerts=fallen(rows, around.spoken, naming),
    )  # fmt: skip


def _names(order: SupervisionOrder, number: str, spoken: Spoken, row: TimerRow, rule: Rule) -> Names:
    asked, asking = room_said(spoken, order.to_room_id), room_said(spoken, order.from_room_id)
    return between(asked, asking, rule, alone(row, "", number))
