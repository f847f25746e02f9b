"""Heartbeats of call points, `cad.call_point.<device>.heartbeat`: heard by every replica, kept in memory, judged by one.

What a device says becomes a fact only when it changes, in batches, by the lease's holder; when it was last heard is stored
each ten seconds. Silence is noticed by a rule (`dispatch.desk.devices`), and only while this replica could have heard.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import batched
from uuid import UUID

import msgspec
import structlog

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk import devices
from dispatch.errors import DispatchError
from dispatch.journal import FeedRow
from dispatch.runtime.acting import COLLIDED
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import HEARTBEATS
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived
from dispatch.subjects import Heartbeat
from dispatch.work import Actor, check_moment, ms, work
from incidents.call_points import store
from incidents.call_points.health import Beat, Health, heard

SUBJECT = "cad.call_point.*.heartbeat"
JUDGE_S = 1.0
KEEP_S = 10.0
BATCH = 500
STRANGERS_MAX = 10_000
FAULT_LENGTH = 200
SYSTEM = Actor(principal=Principal(id="system:heartbeats", roles=frozenset()), via="system")

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


def read(data: bytes) -> Beat:
    """A heartbeat as a device sends it. Raises ValueError with a sentence that names what is wrong."""
    try:
        said = msgspec.json.decode(data, type=Heartbeat)
        check_moment(said.at, "at")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, DispatchError) as error:
        raise ValueError(f"The heartbeat can't be read: {error}") from error
    if said.battery is not None and not (math.isfinite(said.battery) and 0 <= said.battery <= 100):
        raise ValueError("The heartbeat can't be read: battery is per cent from 0 to 100.")
    fault = ("fault" if said.fault else None) if isinstance(said.fault, bool) else said.fault
    if fault is not None and "\0" in fault:
        raise ValueError("The heartbeat can't be read: fault contains a NUL character.")
    battery = None if said.battery is None else round(said.battery)
    return Beat(ms(said.at), battery, (fault or "").strip()[:FAULT_LENGTH] or None)


class Heartbeats:
    """The ear of one replica.

    Args:
        pool: for what is kept.
        bus: where devices are heard.
        lease: the relay's; its holder writes down what changes.
        centre: call points by code, and `centre.heard`.
        committed: called after each commit.
    """

    def __init__(
        self, pool: Pool, bus: Bus, lease: Lease, centre: Centre, committed: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._bus = bus
        self._lease = lease
        self._centre = centre
        self._committed = committed
        self._health: dict[UUID, Health] = {}
        self._doubtful: set[UUID] = set()
        self._strangers: set[str] = set()
        self._kept_ms = 0

    async def load(self) -> None:
        """Hear every device from now on, and take over what was known of them. Then feed it with `follow`."""
        await self._bus.subscribe(SUBJECT, self.received)
        self._bus.watch(self._listen)
        async with self._pool.acquire() as conn:
            self._centre.heard.load(await store.all_seen(conn))
            self._health = await store.all_health(conn)
        self._listen()

    def _listen(self) -> None:
        self._centre.heard.listen(now_ms(), self._bus.ready)

    async def follow(self, rows: Sequence[FeedRow]) -> None:
        """Learn what was written of devices, here or elsewhere; what was heard since is judged again."""
        ids = {row.id for row in rows if row.noun == "call_point_health"}
        if ids:
            async with self._pool.acquire() as conn:
                self._health |= await store.read_health(conn, ids)
            self._doubtful |= ids

    async def received(self, subject: str, data: bytes) -> None:
        """One heartbeat."""
        device = subject.split(".")[2]
        point = self._centre.reference.call_points_by_code.get(device)
        if point is None:
            HEARTBEATS.labels("unknown").inc()
            await self._stranger(subject, device, data)
            return
        try:
            beat = read(data)
        except ValueError as wrong:
            HEARTBEATS.labels("unreadable").inc()
            await self._bus.quarantine(subject, data, str(wrong))
            return
        HEARTBEATS.labels("heard").inc()
        self._centre.heard.take(point.id, beat, now_ms())

    async def _stranger(self, subject: str, device: str, data: bytes) -> None:
        """A device nobody has entered: put aside once, not each minute."""
        if device not in self._strangers and len(self._strangers) < STRANGERS_MAX:
            self._strangers.add(device)
            reason = f"There is no call point {device[:80]}; put it in by PUT /api/v1/admin/call-points."
            await self._bus.quarantine(subject, data, reason)

    async def run(self) -> None:
        """Judge and keep, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._judge_for_ever())
            tasks.create_task(self._keep_for_ever())

    async def _judge_for_ever(self) -> None:
        while True:
            await asyncio.sleep(JUDGE_S)
            self._listen()
            try:
                await self.judge()
            except Exception as error:  # noqa: BLE001  # a task loop: what is not written is judged again
                survived("heartbeats", error)

    async def _keep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            try:
                await self.keep()
            except Exception as error:  # noqa: BLE001  # a task loop: what is not stored is stored the next time
                survived("heartbeats", error)

    async def judge(self) -> int:
        """Write down which devices are otherwise than they were; how many."""
        self._doubtful |= self._centre.heard.fresh()
        if not self._lease.held:
            return 0
        doubtful, self._doubtful = self._doubtful, set()
        news = sorted(id_ for id_ in doubtful if self._is_news(id_))
        written = 0
        for some in batched(news, BATCH):
            try:
                written += await self._write(some)
            except COLLIDED as error:
                log.info("heartbeats_again", error=repr(error))
                self._doubtful |= set(some)
            except Exception:
                self._doubtful |= set(news)
                raise
        return written

    def _is_news(self, id_: UUID) -> bool:
        last = self._centre.heard.last(id_)
        if last is None or id_ not in self._centre.reference.call_points:
            return False
        known = self._health.get(id_)
        if known is not None and known.state == "silent" and last.received_at <= ms(known.since):
            return False
        return heard(known, last.beat, _ANY_TIME) is not None

    async def _write(self, ids: Iterable[UUID]) -> int:
        lasts = {id_: last for id_ in ids if (last := self._centre.heard.last(id_)) is not None}
        async with work(self._pool, self._centre, SYSTEM) as w:
            changed = await devices.hear(w, lasts)
        self._committed()
        self._health |= {health.id: health for health in changed}
        return len(changed)

    async def keep(self) -> None:
        """Store when devices were last heard, those heard since the last time."""
        began = now_ms()
        seen = self._centre.heard.since(self._centre.reference.call_points, self._kept_ms)
        for some in batched(sorted(seen), BATCH):
            async with self._pool.acquire() as conn:
                await store.keep_seen(conn, {id_: seen[id_] for id_ in some})
        self._kept_ms = began - 1
