"""The funnel of alarms: reports of both doors are written many at a time, and answered after their commit.

While one batch is being written the next gathers, so that a single alarm waits for nothing and ten thousand share the
cost of their transactions. A batch that fails is written again one by one: a bad row never spoils its neighbours.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import structlog

from dispatch import store
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.desk.intake import Refusal, Reported, report_many
from dispatch.desk.opening import open_many, opens_for_sure
from dispatch.desk.pressed import is_live, point_of
from dispatch.desk.reports import Report
from dispatch.errors import KeyReused, Unavailable
from dispatch.runtime.acting import COLLIDED, TRIES
from dispatch.runtime.lineup import Lineup
from dispatch.runtime.metrics import ALARMS, INTAKE_BATCH
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import passes
from dispatch.work import Actor, ms, work
from incidents import store as incident_store
from incidents.addresses import address_words
from incidents.duplicates import Candidate, OpenIncident
from incidents.duplicates import Report as Likeness

BATCH_ROWS = 256
FLUSHERS = 2
SYSTEM = Actor(principal=Principal(id="system", roles=frozenset()), via="system")

log = structlog.get_logger(__name__)


class Accepted(msgspec.Struct, frozen=True):
    """What a report became, and which open incidents may be the same."""

    reported: Reported
    candidates: tuple[Candidate, ...] = ()


class _Waiting:
    """A report with the future of its answer."""

    __slots__ = ("answer", "report", "since_s")

    def __init__(self, report: Report) -> None:
        loop = asyncio.get_running_loop()
        self.report = report
        self.since_s = loop.time()
        self.answer: asyncio.Future[Accepted] = loop.create_future()

    def succeed(self, accepted: Accepted) -> None:
        if not self.answer.done():
            self.answer.set_result(accepted)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Intake:
    """The funnel of one replica. `committed` is called after each batch."""

    def __init__(self, pool: Pool, centre: Centre, committed: Callable[[], None]) -> None:
        self._pool = pool
        self._centre = centre
        self._committed = committed
        self._queue: Lineup[_Waiting] = Lineup()
        self._wake = asyncio.Event()

    async def submit(self, report: Report) -> Accepted:
        """Hand in a report and wait until it is committed. Raises what it is refused with, or Unavailable."""
        waiting = _Waiting(report)
        self._queue.append(waiting, report.priority, waiting.since_s)
        self._wake.set()
        return await waiting.answer

    async def run(self) -> None:
        """Write batches until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(FLUSHERS):
                tasks.create_task(self._flush_for_ever())

    async def _flush_for_ever(self) -> None:
        while True:
            batch = self._take()
            if not batch:
                self._wake.clear()
                await self._wake.wait()
                continue
            straight = [waiting for waiting in batch if opens_for_sure(waiting.report)]
            if straight:
                await self._write(straight)
            if len(straight) < len(batch):
                await self._write([waiting for waiting in batch if not opens_for_sure(waiting.report)])

    def _take(self) -> list[_Waiting]:
        """The next reports, the urgent first. Of the presses of one call point that are told later only the first.

        The next of those must find what the first made, and when; presses that come as they happen go together.
        """
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        told: set[tuple[UUID, bool]] = set()
        now_s = asyncio.get_running_loop().time()
        while self._queue and len(batch) < BATCH_ROWS:
            waiting = self._queue.popleft(now_s)
            point = point_of(waiting.report)
            if point is not None and not is_live(waiting.report):
                if point in told:
                    later.append(waiting)
                    continue
                told.add(point)
            batch.append(waiting)
        for waiting in reversed(later):
            self._queue.put_back(waiting, waiting.report.priority, waiting.since_s)
        return batch

    async def _write(self, batch: list[_Waiting]) -> None:
        """Write a batch, or each alone to find the one that spoils it. Whatever happens, everybody is answered."""
        INTAKE_BATCH.observe(len(batch))
        try:
            await self._settle(batch)
        except Exception as error:  # noqa: BLE001  # the funnel's loop: without it no alarm is ever answered again
            if passes(error) and not isinstance(error, asyncpg.PostgresError):
                for waiting in batch:  # the line broke: none of them can do better alone just now
                    waiting.fail(Unavailable())
                return
            if len(batch) > 1:
                log.warning("intake_split", rows=len(batch), error=repr(error))
            for waiting in batch:
                await self._write_alone(waiting)

    async def _write_alone(self, waiting: _Waiting) -> None:
        for attempt in range(TRIES):
            try:
                await self._settle([waiting])
            except COLLIDED:
                await asyncio.sleep(0.01 * 2**attempt)
            except Exception as error:  # noqa: BLE001  # the funnel's loop: whoever waits is told, the next one is written
                waiting.fail(Unavailable() if passes(error) else error)
                return
            else:
                return
        waiting.fail(Unavailable())

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        now, outcomes = await self._put_down([waiting.report for waiting in batch])
        now_ms = ms(now)
        self._committed()
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Reported):
                ALARMS.labels(waiting.report.command.source).inc()
                waiting.succeed(Accepted(outcome, self._compare(waiting.report, outcome, now_ms)))
            elif outcome is None:
                await self._answer_again(waiting)
            else:
                waiting.fail(outcome)

    async def _put_down(
        self, reports: Sequence[Report]
    ) -> tuple[datetime, Sequence[Reported | Refusal | None]]:
        if all(map(opens_for_sure, reports)):
            async with self._pool.acquire() as conn:
                opened = await open_many(conn, self._centre, SYSTEM, reports)
            if opened is not None:
                return opened
        async with work(self._pool, self._centre, SYSTEM) as w:
            return w.now, await report_many(w, reports)

    async def _answer_again(self, waiting: _Waiting) -> None:
        """The key was used before: give what it made the first time."""
        report = waiting.report
        if report.scope is None:
            raise ValueError("a report without a key cannot have been written before")
        async with self._pool.acquire() as conn:
            kept = await store.read_key(conn, report.scope)
            if kept is None:  # the twin was undone after all
                self._queue.append(waiting, report.priority, waiting.since_s)
                self._wake.set()
                return
            if kept[0] != report.actor.body_hash:
                waiting.fail(KeyReused())
                return
            alarm_id = UUID(msgspec.json.decode(kept[1])["alarm"])
            alarm = (await incident_store.read_alarms(conn, [alarm_id]))[alarm_id]
            incident = (await incident_store.read_incidents(conn, [alarm.incident_id]))[alarm.incident_id]
        waiting.succeed(Accepted(Reported(alarm, incident.id, incident.number, incident.room_id)))

    def _compare(self, report: Report, outcome: Reported, now_ms: int) -> tuple[Candidate, ...]:
        """Which open incidents this seat sees may be the same; then remember this one."""
        index, rooms = self._centre.open_incidents, report.actor.principal.rooms
        likeness = self._likeness(msgspec.structs.replace(report, number_hmac=outcome.number_hmac), now_ms)
        if outcome.incident_id != report.incident_id:
            index.attach(outcome.incident_id, likeness)
            return ()
        found = index.candidates(likeness, now_ms) if rooms else []
        seen = tuple(c for c in found if self._centre.incident_rooms.get(c.incident_id) in rooms)
        self._centre.incident_rooms[outcome.incident_id] = outcome.room_id
        index.add(
            OpenIncident(
                id=outcome.incident_id, number=outcome.number or "", opened_ms=likeness.at_ms, last_alarm_ms=now_ms,
                lon=likeness.lon, lat=likeness.lat, cell15=likeness.cell15, type_code=likeness.type_code,
                numbers={likeness.caller_hmac} if likeness.caller_hmac else set(),
                call_points={likeness.call_point_id} if likeness.call_point_id else set(),
                words=set(likeness.words), exercise=likeness.exercise,
            )
        )  # fmt: skip
        return seen

    def _likeness(self, report: Report, now_ms: int) -> Likeness:
        place = report.place
        located = place is not None and report.cell15 is not None
        return Likeness(
            at_ms=now_ms,
            lon=place.lon if place and located else None,
            lat=place.lat if place and located else None,
            cell15=report.cell15,
            accuracy_m=(place.accuracy_m or 0.0) if place else 0.0,
            type_code=report.command.type,
            caller_hmac=report.number_hmac,
            call_point_id=report.call_point.id if report.call_point else None,
            words=address_words(place.address if place else None),
            exercise=report.command.exercise,
        )
