"""What one replica knows by heart, kept true by the feed: reference data, units and their jobs, open incidents.

Everything is loaded once at the start and again, a batch at a time, for whatever the feed names. What is read may be
newer than the fact that caused the reading, never older, so every replica ends with the same.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch import places, store, timers
from dispatch.broadcasts import store as broadcast_store
from dispatch.broadcasts.lookouts import Lookouts
from dispatch.centre import Centre
from dispatch.closures import store as closure_store
from dispatch.journal import Connection, FeedRow
from dispatch.planned_events import store as event_store
from dispatch.planned_events.commitments import Commitments
from dispatch.plans import store as plan_store
from dispatch.runtime.postgres import Pool
from dispatch.standing_facts import store as fact_store
from dispatch.standing_facts.ground import Ground
from dispatch.subjects import UnitState
from incidents import store as incident_store
from incidents.addresses import address_words
from incidents.duplicates import OpenIncident
from incidents.model import RESPONDING, Alarm, Incident
from incidents.telephone import store as call_store
from units import store as unit_store
from units.model import Unit
from units.roll import Entry

REFERENCE = frozenset(
    {
        "room",
        "jurisdiction",
        "call_point",
        "camera",
        "fixed_position",
        "beat_schedule",
        "type_tree",
        "card_set",
        "level_set",
        "duty_level",
    }
)

ANCHOR_ACCURACY_M = 100.0
UNSURE_PLACES = frozenset({None, "unit", "phone", "network"})
"""Sources of places that say nothing of a unit's datum: the unit's own position, or a guess of the network."""

type UnitChanged = Callable[[Unit, str], Awaitable[None]]
"""Told of a unit and what it is doing now: its duty or the state of its open assignment."""


class Followers:
    """Keeps one replica's Centre true. `unit_changed` hears of changes only, not of the first loading."""

    def __init__(self, pool: Pool, centre: Centre, unit_changed: UnitChanged | None = None) -> None:
        self._pool = pool
        self._centre = centre
        self._unit_changed = unit_changed
        self._one_reads = asyncio.Lock()
        self._held: Mapping[str, Callable[[Connection], Awaitable[None]]] = {
            "closure": self.hold_traffic, "event": self.commit_units, "broadcast": self.look_out,
        }  # fmt: skip

    async def load(self) -> None:
        """Read everything. Call after the feed has its starting point."""
        async with self._pool.acquire() as conn:
            self._centre.use(await places.load(conn))
            self._centre.nuisance = await call_store.nuisance_digests(conn)
            self._centre.turn(await store.now(conn))
            await self.hold_traffic(conn)
            await self.commit_units(conn)
            await self.look_out(conn)
            self._centre.ground = Ground(await fact_store.held(conn))
            jobs = await store.open_unit_jobs(conn)
            states = {unit_id: state for unit_id, _, state, _ in jobs}
            for unit in await unit_store.all_units(conn):
                self._enter(unit, states.get(unit.id, unit.duty.value))
            await self._load_incidents(conn, await incident_store.open_ids(conn))

    async def apply(self, rows: Sequence[FeedRow]) -> None:
        """Follow consecutive facts; what only this replica's own new alarms tell asks the database nothing."""
        nouns = {row.noun for row in rows}
        changed = {row.incident_id for row in rows if self._is_news(row) and row.incident_id}
        if not changed and nouns <= {"alarm", "incident"}:
            return
        async with self._pool.acquire() as conn:
            if "rule_set" in nouns:
                self._centre.rules = await timers.read_rules(conn)
            if "plan_set" in nouns:
                self._centre.plans = await plan_store.read_set(conn)
            if nouns & REFERENCE:
                self._centre.use(await places.load(conn, self._centre.reference))
            if "nuisance_number" in nouns:
                self._centre.nuisance = await call_store.nuisance_digests(conn)
            for noun, know_anew in self._held.items():
                if noun in nouns:
                    await know_anew(conn)
            await self.know_facts(conn, {row.id for row in rows if row.noun == "standing_fact"})
            if nouns & {"unit", "assignment"}:
                await self._follow_units(conn, rows)
            if changed:
                await self._load_incidents(conn, changed)

    async def hold_traffic(self, conn: Connection) -> None:
        """Search under the road closures that stand, from now on. What was read later is never replaced by what was read before."""
        ways = self._centre.ways
        if ways is not None:
            async with self._one_reads:
                await ways.hold(await closure_store.standing(conn))

    async def commit_units(self, conn: Connection) -> None:
        """Know which units belong to running events, from now on; never by what was read before."""
        async with self._one_reads:
            self._centre.commitments = Commitments(await event_store.running(conn))

    async def look_out(self, conn: Connection) -> None:
        """Find the marks of the lookouts that hold, from now on."""
        async with self._one_reads:
            self._centre.lookouts = Lookouts(self._centre.seal, await broadcast_store.sought(conn))

    async def know_facts(self, conn: Connection, ids: Collection[UUID]) -> None:
        """Know these standing facts as they are now."""
        if not ids:
            return
        async with self._one_reads:
            self._centre.ground.learn(ids, await fact_store.held(conn, list(ids)))

    def _is_news(self, row: FeedRow) -> bool:
        """Whether a fact may change what duplicates are sought in; what this replica opened itself is known."""
        if row.noun == "incident":
            known = row.id in self._centre.open_incidents
            return not (known and row.fact in {"opened", "rule_fired", "rules_changed"})
        return False

    async def _follow_units(self, conn: Connection, rows: Sequence[FeedRow]) -> None:
        ids = {row.id for row in rows if row.noun == "unit"}
        touched = [row.id for row in rows if row.noun == "assignment"]
        assignments = await store.read_assignments(conn, touched) if touched else {}
        ids |= {a.unit_id for a in assignments.values() if a.unit_id}
        units = await unit_store.read_units(conn, ids)
        held = await store.holders(conn, ids)
        for unit in units.values():
            state = held[unit.id]["state"] if unit.id in held else unit.duty.value
            if not self._enter(unit, state):
                continue
            if state == "on_scene":
                await self._anchor(conn, unit, held[unit.id]["incident_id"])
            if self._unit_changed is not None:
                await self._unit_changed(unit, state)

    async def _anchor(self, conn: Connection, unit: Unit, incident_id: UUID) -> None:
        """The unit has just reached a scene: where that is known otherwise than by a unit, it tells the unit's datum."""
        place = (await incident_store.read_incidents(conn, [incident_id]))[incident_id].place
        if place is None or place.lon is None or place.lat is None or place.source in UNSURE_PLACES:
            return
        if (place.accuracy_m or 0.0) <= ANCHOR_ACCURACY_M:
            self._centre.live.anchor(unit.handle, place.lon, place.lat)

    def _enter(self, unit: Unit, state: str) -> bool:
        """Put a unit on the roll as it is now; whether that changed anything."""
        live = self._centre.live
        known = self._centre.units.get(unit.id)
        entry = Entry(
            handle=unit.handle, unit_id=unit.id, kind=unit.kind, unit_class=unit.unit_class, room_id=unit.room_id,
            skills=unit.abilities, state=state, gateway=unit.gateway, lent_to=unit.lent_to,
            shift_ends_ms=math.ceil(unit.shift_ends_at.timestamp() * 1000) if unit.shift_ends_at else None,
        )  # fmt: skip
        if known == unit and live.entry(unit.handle) == entry:
            return False
        self._centre.units[unit.id] = unit
        self._centre.handles[unit.handle] = unit.id
        live.register(entry)
        return True

    async def _load_incidents(self, conn: Connection, ids: Iterable[UUID]) -> None:
        wanted = list(ids)
        incidents = await incident_store.read_incidents(conn, wanted)
        responding = [i.id for i in incidents.values() if i.state in RESPONDING]
        alarms = await incident_store.alarms_of(conn, responding) if responding else []
        numbers = await incident_store.numbers_of(conn, responding) if responding else {}
        by_incident: dict[UUID, list[Alarm]] = {}
        for alarm in alarms:
            by_incident.setdefault(alarm.incident_id, []).append(alarm)
        for incident in incidents.values():
            if incident.state in RESPONDING:
                self._centre.incident_rooms[incident.id] = incident.room_id
                of_it = by_incident.get(incident.id, [])
                self._centre.open_incidents.add(_summary(incident, of_it, numbers.get(incident.id, set())))
            else:
                self._centre.incident_rooms.pop(incident.id, None)
                self._centre.open_incidents.remove(incident.id)


def _summary(incident: Incident, alarms: Sequence[Alarm], numbers: set[bytes]) -> OpenIncident:
    words: set[str] = set()
    for place in [incident.place, *(alarm.place for alarm in alarms)]:
        words |= address_words(place.address if place else None)
    recorded = [alarm.recorded_at for alarm in alarms] or [incident.opened_at]
    return OpenIncident(
        id=incident.id,
        number=incident.number,
        opened_ms=round(min(recorded).timestamp() * 1000),
        last_alarm_ms=round(max(recorded).timestamp() * 1000),
        lon=incident.lon,
        lat=incident.lat,
        cell15=incident.cell15,
        type_code=incident.type_verified or incident.type_reported,
        numbers=numbers,
        call_points={alarm.call_point_id for alarm in alarms if alarm.call_point_id},
        words=words,
        alarms=max(len(alarms), 1),
        exercise=incident.exercise,
    )


def unit_state(unit: Unit, progress: str, quality: str) -> bytes:
    """The message on `cad.unit.<unit>.state`."""
    return msgspec.json.encode(UnitState(unit.duty, progress, quality, unit.version))
