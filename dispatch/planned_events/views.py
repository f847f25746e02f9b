"""The read side of planned events: lists and the feed without sealed words, one with all of them, its log.

Every seat sees an event from its approval on; what is said in it is for the rooms that own, command or approve it, and
a unit's task for that unit.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch import timers, views
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.planned_events import store
from dispatch.planned_events.conflicts import SENTENCES, conflicts
from dispatch.planned_events.lifecycle import REPHASED
from dispatch.planned_events.model import PhaseChange, PlannedEvent, Post, S
from dispatch.planned_events.relations import relations
from dispatch.planned_events.shown import (
    ConflictShown,
    EventLogRow,
    EventShown,
    InsideShown,
    Texts,
    change_shown,
    event_shown,
)
from dispatch.rules import FOLLOWING, Rule
from dispatch.shown import Now, TimerRow
from dispatch.unsealing import open_sealed
from dispatch.waiting import Names, Spoken, alone, between, fallen, next_of, room_said
from incidents import store as incident_store
from incidents.reasons import sentence
from units.roll import PROGRESS, UnknownHandle

CONCERNED = frozenset({"room", "commands", "ordering"})
"""Who reads what is said in one."""
ON_JOB = frozenset(PROGRESS) - {"available", "busy", "break", "out_of_service", "off_duty"}


async def events(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[EventShown]:
    """These by id, without sealed words, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def event_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: store.Narrowed,
    page: tuple[UUID | None, int],
) -> list[EventShown]:
    """Those this seat may see, or this unit has a post in, the newest first. Raises NotAllowed."""
    authorise(principal, "event", "read", {"sees", "unit"})
    ids = await store.seen(conn, principal.rooms, principal.unit_id, which, page)
    return sorted(await events(conn, centre, ids), key=lambda one: one.id, reverse=True)


async def standing_ids(conn: Connection, principal: Principal, at_most: int) -> Sequence[UUID]:
    """Events that are not over, for the snapshot of the live feed."""
    which = store.Narrowed(open_only=True)
    return await store.seen(conn, principal.rooms, principal.unit_id, which, (None, at_most))


async def events_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    shown = {one.id: one for one in await _show(conn, centre, found)}
    rooms = centre.reference.rooms
    return {
        one.id: Now(
            one.version, one.seen_by(rooms), msgspec.Raw(msgspec.json.encode(shown[one.id])),
            one.units if one.is_public else frozenset(),
        )
        for one in found
    }  # fmt: skip


async def one_event(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> EventShown:
    """One with all that this seat may read of it. Raises NotFound, also when it may not see it, and NotAllowed."""
    event, found = await _seen(conn, centre, principal, id_)
    sealed = [event.note_id, event.contact_id, event.summary_id, *(post.task_id for post in event.posts)]
    if not found & CONCERNED:
        own = [post.task_id for post in event.posts if post.unit_id == principal.unit_id]
        sealed = [event.contact_id, *own] if "unit" in found else []
    opened = await open_sealed(conn, centre, [one for one in sealed if one], [])
    [shown] = await _show(conn, centre, [event], opened.texts)
    posts = await _with_conflicts(conn, centre, event, shown)
    inside = await _with_incidents(conn, principal, shown.incidents)
    return msgspec.structs.replace(shown, posts=posts, incidents=inside)


async def log_page(
    conn: Connection, centre: Centre, principal: Principal, id_: UUID, page: tuple[int | None, int]
) -> list[EventLogRow]:
    """What has happened to one and what was written, the newest first. Raises NotFound, NotAllowed."""
    _, found = await _seen(conn, centre, principal, id_)
    if not found & CONCERNED:
        raise NotFound(f"The log of planned event {id_} is read by its own rooms.", noun="event")
    rows = await store.log_of(conn, id_, *page)
    bodies: list[dict[str, Any]] = [msgspec.json.decode(row.body) for row in rows]
    sealed = [UUID(body["narrative_id"]) for body in bodies if body.get("narrative_id")]
    texts = (await open_sealed(conn, centre, sealed, [])).texts
    names = {post.id: post for event in await store.read(conn, [id_]) for post in event.posts}
    return [_log_row(row, body, texts, names) for row, body in zip(rows, bodies, strict=True)]


def _log_row(row: store.LogRow, body: dict[str, Any], texts: Texts, posts: dict[UUID, Post]) -> EventLogRow:
    post = posts.get(UUID(body["post_id"])) if "post_id" in body else None
    said = UUID(body["narrative_id"]) if body.get("narrative_id") else None
    also = {name: body.get(name) for name in ("kind", "units", "incident_id", "ends_at")}
    if row.fact != "logged":
        also["kind"] = None
    if row.fact != "extended":
        also["ends_at"] = None
    changes = msgspec.convert(
        body.get("changes", ()) if row.fact == "rephased" else (), tuple[PhaseChange, ...]
    )
    followed = [post for one in body.get("posts", ()) if (post := posts.get(UUID(one["post_id"])))]
    told = msgspec.convert(
        {
            "n": row.version, "fact": row.fact, "at": instant(body.get("at") or row.recorded_at), "by": row.who,
            "via": row.via, "reason": row.why, "text": texts.get(said) if said else None,
            "post": post.name if post else None, "unit_id": post.unit_id if post else None, **also,
        },
        EventLogRow,
    )  # fmt: skip
    return msgspec.structs.replace(
        told, phases=tuple(change_shown(one) for one in changes), posts=tuple(one.name for one in followed)
    )


async def _seen(
    conn: Connection, centre: Centre, principal: Principal, id_: UUID
) -> tuple[PlannedEvent, set[str]]:
    event = next(iter(await store.read(conn, [id_])), None)
    found = set() if event is None else relations(principal, centre.reference.rooms, event)
    if event is None or not found:
        raise NotFound(f"There is no planned event {id_}.", noun="event")
    authorise(principal, "event", "read", found)
    return event, found


async def _show(
    conn: Connection, centre: Centre, found: Iterable[PlannedEvent], texts: Texts | None = None
) -> list[EventShown]:
    planned = list(found)
    rows = await timers.of_entities(conn, "event", [p.id for p in planned]) if planned else {}
    spoken = Spoken(centre.rules, centre.reference, centre.units)
    return [_shown(p, rows.get(p.id, ()), spoken, texts) for p in planned]


def _shown(p: PlannedEvent, rows: Iterable[TimerRow], spoken: Spoken, texts: Texts | None) -> EventShown:
    ours = [row for row in rows if row.kind not in FOLLOWING]

    def naming(row: TimerRow, rule: Rule) -> Names:
        return _names(p, spoken, row, rule)

    told = [row for row in ours if (rule := spoken.rules.by_id.get(row.rule)) and rule.effect == "alert"]
    alerts = fallen(told, spoken, naming, lambda _row, rule: _concerned(p, spoken, rule))
    signs = {id_: unit.call_sign for id_ in p.units if (unit := spoken.units.get(id_))}
    return event_shown(p, next_of(ours, spoken, naming), alerts, texts, signs)


def _concerned(p: PlannedEvent, spoken: Spoken, rule: Rule) -> UUID:
    """Whom its alerts are for: who approves it, later who commands it, but for what is other than was approved."""
    owner = spoken.reference.rooms.by_id.get(p.room_id)
    above = (owner.parent_id or owner.id) if owner is not None else p.room_id
    return above if p.state is S.SUBMITTED or rule.since == REPHASED else p.command_room_id


def _names(p: PlannedEvent, spoken: Spoken, row: TimerRow, rule: Rule) -> Names:
    """The event by its name; the room is the one that approves it, later the one that commands it."""
    called = room_said(spoken, _concerned(p, spoken, rule))
    return between(dict.fromkeys(("zh", "en"), p.name), called, rule, alone(row, p.name))


async def _with_conflicts(
    conn: Connection, centre: Centre, event: PlannedEvent, shown: EventShown
) -> tuple[Any, ...]:
    if event.state not in (S.DRAFT, S.SUBMITTED, S.RETURNED, S.APPROVED, S.RUNNING):
        return shown.posts
    others = await store.of_units(conn, event.units)
    now = centre.local(await clock.now(conn))
    rooms = {room.id: room.name_zh for room in centre.reference.rooms.by_id.values()}
    told = []
    for post, as_shown in zip(event.posts, shown.posts, strict=True):
        said: Sequence[ConflictShown] = ()
        if post.stands:
            unit = centre.units.get(post.unit_id)
            found = conflicts(post, unit, _doing(centre, post.unit_id), others, (now, rooms))
            said = [
                ConflictShown(key=one.key, params=dict(one.params), zh=sentence(one, SENTENCES, "zh"), en=sentence(one, SENTENCES, "en"))
                for one in found
            ]  # fmt: skip
        told.append(msgspec.structs.replace(as_shown, conflicts=tuple(said)))
    return tuple(told)


def _doing(centre: Centre, unit_id: UUID) -> str | None:
    unit = centre.units.get(unit_id)
    if unit is None:
        return None
    try:
        state = centre.live.entry(unit.handle).state
    except UnknownHandle:
        return None
    return state if state in ON_JOB else None


async def _with_incidents(
    conn: Connection, principal: Principal, inside: Sequence[InsideShown]
) -> tuple[InsideShown, ...]:
    seen = await views.seen(conn, principal, [one.id for one in inside]) if inside else set()
    found = await incident_store.read_incidents(conn, seen) if seen else {}
    return tuple(
        one
        if (i := found.get(one.id)) is None
        else msgspec.structs.replace(
            one,
            number=i.number,
            state=i.state.value,
            priority=i.priority,
            type=i.type_verified or i.type_reported,
        )
        for one in inside
    )
