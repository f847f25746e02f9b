"""The composition root: every part of one replica, in the order it comes up; leaving undoes them in reverse.

An alarm passes through nothing that was not put together here.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from cryptography.exceptions import InvalidTag

from dispatch import places, timers
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk.completing import complete_rules
from dispatch.plans import store as plan_store
from dispatch.runtime.acting import Acting
from dispatch.runtime.anchoring import Anchoring
from dispatch.runtime.atlases import Atlases
from dispatch.runtime.bus import Bus
from dispatch.runtime.consumer import Consumer
from dispatch.runtime.copies import Copies
from dispatch.runtime.expecting import Expecting
from dispatch.runtime.feeds import Feed
from dispatch.runtime.followers import Followers, unit_state
from dispatch.runtime.heartbeats import Heartbeats
from dispatch.runtime.housekeeping import Housekeeping
from dispatch.runtime.intake import Intake
from dispatch.runtime.joint_offers import JointOffers
from dispatch.runtime.keeping_free import KeepingFree
from dispatch.runtime.lease import Lease
from dispatch.runtime.listening import ALARMS, CALLS_IN, REPLIES_IN, Listening
from dispatch.runtime.mailboxes import Mailboxes
from dispatch.runtime.moves import Moves
from dispatch.runtime.outward import Outward
from dispatch.runtime.positions import Positions, now_ms
from dispatch.runtime.postgres import Pool, engine_pool, request_pool, wait_for_database
from dispatch.runtime.radio import Radio
from dispatch.runtime.rehearsal import Rehearsal
from dispatch.runtime.relay import LEASE_NAME, Frame, Relay
from dispatch.runtime.roads import RoadSearch
from dispatch.runtime.settings import Settings, read_master_key
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.runtime.tracks import Tracks
from dispatch.runtime.trouble import survived
from dispatch.work import Actor, work
from incidents import store as incident_store
from incidents.sealing import Seal
from units.answers import Limits
from units.live import LiveUnits
from units.model import Unit
from units.tracks.recording import Recorder

log = structlog.get_logger(__name__)

LOOP_AGAIN_S = 0.5
STOP_AGAIN_S = 5.0
DAY_MS = 86_400_000
RELEASE = Actor(principal=Principal(id="system:release", roles=frozenset()), via="system")

type Loop = Callable[[], Awaitable[None]]


class Runtime:
    """One replica at work. Doors use `intake` and `acting`; reads use `pool` and `centre`; sockets follow `feed`."""

    def __init__(self, settings: Settings, pool: Pool, engine: Pool, centre: Centre) -> None:
        self.settings = settings
        self.pool = pool
        self.engine = engine
        self.centre = centre
        self.bus = Bus([settings.nats_url], settings.subject_prefix)
        self.lease = Lease(engine, LEASE_NAME, f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}")
        self.relay = Relay(engine, self.lease, self.bus)
        self.feed = Feed(pool, self.bus)
        self.radio = Radio(engine, self.lease, self.bus, self.unseal)
        self.positions = Positions(pool, self.bus, self.lease, centre)
        self.rehearsal = Rehearsal(pool, centre)
        self.followers = Followers(pool, centre, self._unit_changed)
        self.intake = Intake(pool, centre, self.relay.wake)
        self.acting = Acting(pool, centre, self._committed)
        self.joint_offers = JointOffers(pool, self.acting, centre)
        self.moves = Moves(pool, centre)
        self.heartbeats = Heartbeats(pool, self.bus, self.lease, centre, self.relay.wake)
        self.roads = RoadSearch()
        centre.ways = self.roads
        self.atlases = Atlases(settings.city, pool, centre, self.roads)
        self.expecting = Expecting(pool, centre, self.roads)
        self.keeping_free = KeepingFree(engine, self.lease, centre, self._committed)
        self.tracks: Tracks | None = None
        if settings.track_days:
            centre.live.recorder = Recorder(settings.track_days * DAY_MS)
            self.tracks = Tracks(pool, self.lease, centre.live.recorder)
        self._loaded = False

    def _committed(self) -> None:
        self.relay.wake()
        self.radio.wake()

    def ready(self) -> str | None:
        """None when this replica may take work, else one sentence why not yet."""
        if not self._loaded:
            return "The replica is still loading."
        wanted = self.settings.await_fixes
        if wanted and (placed := self.centre.live.placed) < wanted:
            return f"{placed} of {wanted} units have a fix."
        return None

    async def load(self) -> None:
        """Take over the present state: subscribe first, then read, then follow."""
        await self.positions.subscribe()
        await self.feed.start()
        await self.followers.load()
        await self.atlases.load()
        self.feed.subscribe(self.followers.apply)
        self.feed.subscribe(self.atlases.apply)
        self.feed.subscribe(self.heartbeats.follow)
        await self.heartbeats.load()
        await self.positions.load()
        await self.expecting.load()
        self.relay.listeners.append(self.feed.offer)
        self.relay.listeners.append(self._orders_may_wait)
        self._loaded = True

    def _orders_may_wait(self, frame: Frame) -> None:
        """Acts of other replicas have orders too; a new alarm with its incident has none."""
        if any(row.fact not in ("received", "opened") for row in frame.rows):
            self.radio.wake()

    async def unseal(self, narrative_id: UUID) -> str | None:
        """The text of a narrative; None when it was erased or is not ours to open."""
        async with self.pool.acquire() as conn:
            found = await incident_store.read_sealed(conn, narratives=[narrative_id])
        if narrative_id not in found:
            return None
        salt, sealed = found[narrative_id]
        try:
            return self.centre.seal.open(salt, sealed).decode()
        except InvalidTag:
            log.exception("narrative_unreadable", narrative_id=str(narrative_id))
            return None

    async def _unit_changed(self, unit: Unit, state: str) -> None:
        if self.lease.held:
            fix = self.centre.live.fix(unit.handle, now_ms())
            quality = fix.quality if fix else "never"
            await self.bus.publish(f"cad.unit.{unit.handle}.state", unit_state(unit, state, quality))

    def loops(self) -> dict[str, Loop]:
        """What goes on by itself, until cancelled."""
        listening = Listening(self.bus, self.centre, self.intake, self.acting)
        loops: dict[str, Loop] = {
            "bus": self.bus.run,
            "lease": self.lease.run,
            "relay": self.relay.run,
            "feed": self.feed.run,
            "radio": self.radio.run,
            "mailboxes": Mailboxes(self.engine, self.bus).run,
            "copies": Copies(self.engine, self.lease, self.bus).run,
            "atlases": self.atlases.run,
            "expecting": self.expecting.run,
            "ways_between": self.expecting.learn_ways,
            "housekeeping": Housekeeping(
                self.pool,
                self.lease,
                timedelta(days=self.settings.track_days),
                timedelta(days=self.settings.broadcast_days),
            ).run,
            "keeping_free": self.keeping_free.run,
            "positions": self.positions.run,
            "heartbeats": self.heartbeats.run,
            "intake": self.intake.run,
            "outward": Outward(self.engine, self.lease, self.centre, self._committed).run,
            "timers": Timekeeper(self.engine, self.centre, self._committed).run,
            "alarms": Consumer(self.bus, ALARMS, listening.alarm, listening.alarm_refused).run,
            "calls": Consumer(self.bus, CALLS_IN, listening.call).run,
            "replies": Consumer(self.bus, REPLIES_IN, listening.reply).run,
        }
        if self.tracks is not None:
            loops["tracks"] = self.tracks.run
        if self.settings.anchor_file is not None:
            loops["anchoring"] = Anchoring(self.engine, self.lease, self.settings.anchor_file).run
        return loops


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """One replica, ready to serve inside the block. Raises SettingsInvalid or DatabaseUnreachable in one sentence."""
    seal = Seal(read_master_key(settings.master_key_file))
    async with AsyncExitStack() as stack:
        await wait_for_database(settings.database_url)
        pool = await stack.enter_async_context(await request_pool(settings.database_url, settings.pool_size))
        engine = await stack.enter_async_context(
            await engine_pool(settings.database_url, settings.engine_pool_size)
        )
        async with pool.acquire() as conn:
            reference = await places.load(conn)
        live = LiveUnits(Limits(pace=settings.pace))
        centre = Centre(reference, seal, live, ZoneInfo(settings.time_zone))
        await take_in_rules(pool, centre)
        async with pool.acquire() as conn:
            centre.rules = await timers.read_rules(conn)
            centre.plans = await plan_store.read_set(conn)
        runtime = Runtime(settings, pool, engine, centre)
        stack.callback(runtime.roads.close)
        await runtime.load()
        tasks = [asyncio.create_task(_keep(name, loop), name=name) for name, loop in runtime.loops().items()]
        stack.push_async_callback(_stop, tasks)
        yield runtime


async def take_in_rules(pool: Pool, centre: Centre) -> None:
    """Complete the rules of a city that has its own by those this release came with, and say so."""
    async with work(pool, centre, RELEASE) as w:
        came = await complete_rules(w)
    if came.rules:
        log.info("rules_brought_by_release", rules=list(came.rules))
    for id_, fault in came.unusable:
        log.warning("rule_of_release_unusable", rule=id_, fault=fault)


async def _keep(name: str, loop: Loop) -> None:
    """Run a loop for ever: a replica whose relay or funnel has died would look alive and do nothing."""
    while True:
        try:
            await loop()
        except Exception as error:  # noqa: BLE001  # the loop of all loops
            survived(name, error)
        await asyncio.sleep(LOOP_AGAIN_S)


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    running = set(tasks)
    while running:  # who missed it, because something else broke in the same instant, is told again
        for task in reversed(tasks):
            task.cancel()
        _, running = await asyncio.wait(running, timeout=STOP_AGAIN_S)
        if running:
            log.warning("loops_still_running", loops=sorted(task.get_name() for task in running))
    for task, outcome in zip(tasks, await asyncio.gather(*tasks, return_exceptions=True), strict=True):
        if isinstance(outcome, Exception):
            log.error("loop_failed_at_the_end", loop=task.get_name(), exc_info=outcome)
