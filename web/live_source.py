"""Where the live feed reads: the ledger and what its entities look like now, from PostgreSQL by way of the views.

One facing of `dispatch.views` for the hub: rows become changes, each entity read and encoded once for all sockets.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dispatch import journal, telephone, views
from dispatch.acts import Principal, may
from dispatch.after_action.store import late_ids as late_reviews
from dispatch.after_action.views import actions_now, reviews_now
from dispatch.agencies.views import requests_now
from dispatch.broadcasts.store import lamps_of_unit
from dispatch.broadcasts.views import broadcasts_now, lamps_now
from dispatch.broadcasts.views import standing_ids as broadcast_ids
from dispatch.cameras.shown import cameras_now
from dispatch.centre import Centre
from dispatch.disputes.views import disputes_now
from dispatch.drafts.shown import drafts_now, drafts_seen
from dispatch.handovers.shown import handovers_now
from dispatch.handovers.shown import standing_ids as handover_ids
from dispatch.journal import Connection, FeedRow
from dispatch.levels.shown import levels_now
from dispatch.planned_events import views as event_views
from dispatch.planned_events.views import events_now
from dispatch.plans.views import plans_now, tasks_now
from dispatch.pursuits.views import sightings_now
from dispatch.rosters.shown import shifts_now
from dispatch.seating.shown import seats_now, seats_seen
from dispatch.shift_log.shown import entries_now
from dispatch.shortfalls.shown import shortfalls_now
from dispatch.shortfalls.store import standing_ids as shortfall_ids
from dispatch.shown import Now
from dispatch.standing_facts.ground import inside
from dispatch.supervision.shown import standing_ids, supervision_now
from dispatch.talk import views as talk_views
from web.live_follow import PART_INCIDENTS, PART_UNITS, Picture
from web.live_messages import Change, Entity, Key
from web.live_passing import presence_of

LOADS_AT_ONCE = 4
"""Snapshots and backlogs read at the same time: when all consoles come back at once, acts still get connections."""
REFERENCE = frozenset(
    {
        "city",
        "closure",
        "jurisdiction",
        "call_point",
        "camera",
        "card_set",
        "fixed_position",
        "beat_schedule",
        "level_set",
        "nuisance_number",
        "plan_set",
        "form_set",
        "type_tree",
        "rule_set",
        "standing_fact",
    }
)
"""Nouns everybody sees, told by id and version only: who draws them reads them again."""


OTHERS = {
    "seat": seats_now, "draft": drafts_now, "supervision": supervision_now, "agency_request": requests_now, "plan": plans_now,
    "task": tasks_now, "handover": handovers_now, "log_entry": entries_now, "event": events_now,
    "broadcast": broadcasts_now, "broadcast_lamp": lamps_now,
    "after_action_review": reviews_now, "review_action": actions_now,
    "dispute": disputes_now, "sighting": sightings_now,
    "duty_level": levels_now, "roster_shift": shifts_now, "shortfall": shortfalls_now, "camera_watch": cameras_now,
}  # fmt: skip
"""How each of these looks now. Plans and tasks are in no snapshot: their incident tells of them, and has them read; what duty
levels hold is asked for (`GET /duty-level`), and again at each of their facts; rostered shifts likewise (`GET /rosters`), and
cameras (`GET /cameras`)."""

_OF_UNITS = frozenset({"assignment", "emergency", "roster_shift"})
_LISTED = {
    "emergencies": "emergency", "supervision": "supervision", "events": "event", "broadcasts": "broadcast",
    "broadcast_lamps": "broadcast_lamp", "after_action_reviews": "after_action_review", "review_actions": "review_action",
}  # fmt: skip
"""Lists of the snapshot whose names are not their nouns with an s."""


class _Merged(msgspec.Struct, frozen=True):
    merged_into: UUID | None


class _OfBroadcast(msgspec.Struct, frozen=True):
    broadcast_id: UUID


_of_broadcast = msgspec.json.Decoder(_OfBroadcast)
_merged = msgspec.json.Decoder(_Merged)


class StoredTruth:
    """The `Source` of a replica."""

    def __init__(self, pool: "asyncpg.Pool[Any]", centre: Centre) -> None:
        self._pool = pool
        self._centre = centre
        self._loads = asyncio.Semaphore(LOADS_AT_ONCE)

    async def head(self) -> int:
        """Seq of the newest row of the ledger."""
        async with self._pool.acquire() as conn:
            return (await journal.head(conn)).seq

    async def rows_after(self, seq: int, limit: int) -> Sequence[FeedRow]:
        """The next rows of the ledger."""
        async with self._loads, self._pool.acquire() as conn:
            return await journal.ledger_after(conn, seq, limit)

    async def changes(self, rows: Sequence[FeedRow]) -> list[Change]:
        """The rows with their entities as they stand now.

        A fact about an alarm, an order or a form carries the incident it belongs to, unless a later row of the batch is
        about that incident anyway; a fact about an order, an emergency or a rostered shift carries its unit, a standing fact of
        a place the open incidents there.
        """
        async with self._pool.acquire() as conn:
            found = _Found(conn, self._centre)
            await found.read([(row.noun, row.id) for row in rows])
            await found.read([("incident", row.incident_id) for row in rows if row.incident_id])
            await found.read([("incident", into) for into in found.survivors()])
            await found.read([("unit", unit) for row in rows for unit in found.units_of(row)])
            await found.read([("broadcast", id_) for row in rows if (id_ := found.told_late(row))])
            await found.read([("incident", id_) for row in rows for id_ in found.inside(row)])
        last = {row.id: n for n, row in enumerate(rows) if row.noun == "incident"}
        return [
            _change(row, found, last.get(row.incident_id or row.id, -1) > n) for n, row in enumerate(rows)
        ]

    async def picture(self, principal: Principal) -> Picture:
        """The most pressing open incidents, the first units and calls of the principal's rooms; officers in danger, supervision orders, planned events, unread messages, what is late of reviews."""
        async with self._loads, self._pool.acquire() as conn:
            ids = await self._open_incidents(conn, principal)
            units = await views.unit_ids(conn, principal)
            if len(ids) > PART_INCIDENTS:
                ids = await views.pressing_first(conn, ids)
            found = _Found(conn, self._centre)
            await found.read([("incident", id_) for id_ in ids[:PART_INCIDENTS]])
            await found.read([("unit", id_) for id_ in units[:PART_UNITS]])
            await found.read([("call", id_) for id_ in await telephone.open_ids(conn, principal)])
            await found.read(
                [("emergency", id_) for id_ in await talk_views.standing_emergencies(conn, principal)]
            )
            await found.read([("message", id_) for id_ in await talk_views.unread_messages(conn, principal)])
            if may(principal, "seat", "read"):
                seats = await seats_seen(conn, self._centre, principal)
                await found.read([("seat", id_) for id_ in seats])
            if may(principal, "draft", "read", ("room",)):
                await found.read([("draft", id_) for id_ in await drafts_seen(conn, principal)])
            await _asked_of_rooms(conn, principal, found)
            if may(principal, "event", "read", {"sees", "unit"}):
                held = await event_views.standing_ids(conn, principal, views.ALL)
                await found.read([("event", id_) for id_ in held])
            await _said_to(conn, principal, found)
            await _looked_back_on(conn, principal, found)
            present = await presence_of(conn, set(ids)) if principal.rooms else []
        lists = {
            f"{noun}s": found.of(noun)
            for noun in ("incident", "unit", "call", "message", "seat", "draft", "handover", "shortfall")
        }
        lists["presence"] = present
        lists |= {name: found.of(noun) for name, noun in _LISTED.items()}
        rest = [
            *_parts("incident", ids[PART_INCIDENTS:], PART_INCIDENTS), *_parts("unit", units[PART_UNITS:], PART_UNITS),
        ]  # fmt: skip
        return Picture(lists, found.keys(), rest)

    async def part(self, keys: Sequence[Key]) -> Mapping[Key, Entity]:
        """These incidents or units as they stand now."""
        async with self._loads, self._pool.acquire() as conn:
            found = _Found(conn, self._centre)
            await found.read(keys)
        return {key: one for key in keys if (one := found.get(key)) is not None}

    async def in_sight(self, principal: Principal) -> set[Key]:
        """The keys of `picture`."""
        async with self._loads, self._pool.acquire() as conn:
            incidents: list[Key] = [("incident", id_) for id_ in await self._open_incidents(conn, principal)]
            units: list[Key] = [("unit", id_) for id_ in await views.unit_ids(conn, principal)]
            drafts: list[Key] = [("draft", id_) for id_ in await drafts_seen(conn, principal)]
        return {*incidents, *units, *drafts}

    async def _open_incidents(self, conn: Connection, principal: Principal) -> list[UUID]:
        which = views.IncidentFilter(open_only=True)
        return await views.incident_ids(conn, self._centre, principal, which, (None, views.ALL))


def _parts(noun: str, ids: Sequence[UUID], size: int) -> list[list[Key]]:
    return [[(noun, id_) for id_ in ids[start : start + size]] for start in range(0, len(ids), size)]


async def _asked_of_rooms(conn: Connection, principal: Principal, found: "_Found") -> None:
    """Supervision orders, hand-overs and shortfalls that stand for this seat's rooms."""
    if may(principal, "supervision", "read", ("room",)):
        demands = await standing_ids(conn, principal, views.ALL)
        await found.read([("supervision", id_) for id_ in demands])
    if may(principal, "handover", "read", ("room",)):
        handed = await handover_ids(conn, principal, views.ALL)
        await found.read([("handover", id_) for id_ in handed])
    if may(principal, "shortfall", "read", ("room",)):
        short = await shortfall_ids(conn, principal.rooms, views.ALL)
        await found.read([("shortfall", id_) for id_ in short])


async def _said_to(conn: Connection, principal: Principal, found: "_Found") -> None:
    """Broadcasts that stand for this seat or unit; of a unit also its lamps, so that it knows what it has read."""
    if may(principal, "broadcast", "read", ("room", "unit")):
        said = await broadcast_ids(conn, principal, views.ALL)
        await found.read([("broadcast", id_) for id_ in said])
    if principal.unit_id is not None and not principal.rooms:
        lamps = await lamps_of_unit(conn, principal.unit_id)
        await found.read([("broadcast_lamp", id_) for id_ in lamps])


async def _looked_back_on(conn: Connection, principal: Principal, found: "_Found") -> None:
    """Reviews and actions that are late: the others wait on their page and need not be known at every seat."""
    if may(principal, "after_action_review", "read", ("room",)):
        reviews, actions = await late_reviews(conn, principal.rooms)
        await found.read([("after_action_review", id_) for id_ in reviews])
        await found.read([("review_action", id_) for id_ in actions])


class _Found:
    """Entities read so far on one connection, each once."""

    def __init__(self, conn: Connection, centre: Centre) -> None:
        self._conn = conn
        self._centre = centre
        self._now: dict[Key, Now | None] = {}
        self._entities: dict[Key, Entity] = {}
        self._inside: dict[UUID, list[UUID]] = {}

    async def read(self, keys: Sequence[Key]) -> None:
        """Read what is not yet known."""
        wanted: dict[str, list[UUID]] = {}
        for noun, id_ in keys:
            if (noun, id_) not in self._now:
                self._now[(noun, id_)] = None
                wanted.setdefault(noun, []).append(id_)
        for noun, ids in wanted.items():
            for id_, now in (await self._as_they_are(noun, ids)).items():
                self._now[(noun, id_)] = now
                self._entities[(noun, id_)] = Entity(now.version, bytes(now.entity), now.rooms | now.units)

    async def _as_they_are(self, noun: str, ids: Sequence[UUID]) -> Mapping[UUID, Now]:
        if noun in talk_views.NOW:
            return await talk_views.NOW[noun](self._conn, self._centre, ids)
        if noun in OTHERS:
            return await OTHERS[noun](self._conn, self._centre, ids)
        return await views.entities_now(self._conn, self._centre, noun, ids)

    def survivors(self) -> set[UUID]:
        """The incidents into which those read so far were merged."""
        read = (entity for (noun, _), entity in self._entities.items() if noun == "incident")
        return {into for entity in read if (into := _merged.decode(entity.json).merged_into)}

    def survivor_of(self, id_: UUID) -> UUID:
        """The incident itself, or the one it was merged into."""
        entity = self._entities.get(("incident", id_))
        return (_merged.decode(entity.json).merged_into if entity else None) or id_

    def units_of(self, row: FeedRow) -> frozenset[UUID]:
        """The unit of an order or a rostered shift, or the one in danger."""
        now = self._now.get((row.noun, row.id))
        return now.units if row.noun in _OF_UNITS and now is not None else frozenset()

    def told_late(self, row: FeedRow) -> UUID | None:
        """The broadcast that has come to one more recipient."""
        entity = self._entities.get((row.noun, row.id))
        late = row.noun == "broadcast_lamp" and row.fact == "added" and entity is not None
        return _of_broadcast.decode(entity.json).broadcast_id if late and entity is not None else None

    def inside(self, row: FeedRow) -> list[UUID]:
        """Open incidents where a standing fact holds, or held before; of what was only opened or proposed none."""
        if row.noun != "standing_fact" or row.fact == "revealed":
            return []
        if row.id not in self._inside:
            areas = self._centre.ground.areas_of(row.id)
            self._inside[row.id] = inside(areas, self._centre.open_incidents)
        return self._inside[row.id]

    def get(self, key: Key) -> Entity | None:
        """The entity, None when there is none."""
        return self._entities.get(key)

    def of(self, noun: str) -> list[Entity]:
        """All of one kind."""
        return [entity for (kind, _), entity in self._entities.items() if kind == noun]

    def keys(self) -> set[Key]:
        """Of all entities."""
        return set(self._entities)


def _change(row: FeedRow, found: _Found, told_later: bool) -> Change:
    if row.noun in REFERENCE:
        text = msgspec.json.encode({"id": row.id, "version": row.version})
        there: list[Key] = [("incident", id_) for id_ in found.inside(row)]
        return Change(row, Entity(row.version, text, None), {key: found.get(key) for key in there})
    also: list[Key] = [("unit", unit) for unit in found.units_of(row)]
    late = found.told_late(row)
    if late is not None:
        also.append(("broadcast", late))
    if row.incident_id is not None and not told_later:
        survivor = found.survivor_of(row.incident_id)
        also += [("incident", id_) for id_ in {row.incident_id: None, survivor: None}]
    own = (row.noun, row.id)
    return Change(row, found.get(own), {key: found.get(key) for key in also if key != own})
