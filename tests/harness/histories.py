"""Simulated nights from a seed: callers, seats, crews and timers on the real desk, and what goes wrong around them.

The bus loses and doubles, lines break in the middle of an act, replicas start anew; at dawn everything is brought to its
end, and judged.

`python -m tests.harness.histories SEED` lives one night again and tells its story; `FIRST END URL...` lives many, on
empty migrated databases, and prints how many lines broke.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import structlog
import uvloop

from dispatch.agencies.model import AgencyRequest
from dispatch.desk import (
    closing,
    describing,
    disputing,
    going,
    joining,
    ordering,
    pursuing,
    reports,
    requesting,
    shift,
    supervising,
)
from dispatch.desk.intake import Reported
from dispatch.disputes.model import Dispute
from dispatch.errors import Unavailable
from dispatch.model import Assignment
from dispatch.runtime.consumer import Message
from dispatch.runtime.trouble import DATABASE_TROUBLE, passes
from dispatch.supervision.model import SupervisionOrder
from dispatch.work import Actor, Work
from incidents.model import ENDED, RESPONDING, Alarm, Incident
from incidents.model import IncidentState as S
from tests.harness.databases import open_databases
from tests.harness.invariants import check_incident, check_orders
from tests.harness.lane import Lane, open_lane
from tests.harness.recommending import recommend
from tests.harness.servers import session_servers
from tests.harness.town import NORTH, SOUTH, UNITS
from tests.harness.wandering import REFUSALS, End, World
from units.simulator import Habits, Radios, Terminal

START = datetime(2016, 12, 31, 15, 30, tzinfo=UTC)
TURNS = 6
DAWN_TURNS = 80
STALE_MS = 300_000
HABITS = Habits(
    scene_s=(60.0, 600.0), order_loss=0.1, reply_loss=0.15, duplicates=0.15, silence=0.1, unable=0.1
)

SEE = """
SELECT (SELECT coalesce(jsonb_agg(i ORDER BY number), '[]') FROM incident i WHERE opened_at >= $1)::text,
       (SELECT coalesce(jsonb_agg(a ORDER BY i.number, u.handle, a.times::text), '[]')
        FROM assignment a JOIN incident i ON i.id = a.incident_id JOIN unit u ON u.id = a.unit_id
        WHERE i.opened_at >= $1)::text,
       (SELECT coalesce(jsonb_agg(a ORDER BY i.number, a.recorded_at), '[]')
        FROM alarm a JOIN incident i ON i.id = a.incident_id WHERE i.opened_at >= $1)::text,
       (SELECT coalesce(jsonb_agg(s ORDER BY i.number, s.id), '[]')
        FROM supervision s JOIN incident i ON i.id = s.incident_id WHERE i.opened_at >= $1)::text,
       (SELECT coalesce(jsonb_agg(r ORDER BY i.number, r.id), '[]')
        FROM agency_request r JOIN incident i ON i.id = r.incident_id WHERE i.opened_at >= $1)::text,
       (SELECT coalesce(jsonb_agg(d ORDER BY i.number, d.id), '[]')
        FROM dispute d JOIN incident i ON i.id = d.incident_id WHERE i.opened_at >= $1)::text
"""
LEFT_OPEN = """
SELECT i.number || ' keeps the timer ' || t.key FROM timer t JOIN incident i ON i.id = t.incident_id
WHERE i.state IN ('closed', 'void', 'advised', 'transferred', 'merged')
"""
OVERDUE = "SELECT key FROM timer WHERE fired_at IS NULL AND due_at <= $1"
TWICE = """
SELECT body::text FROM journal WHERE fact = 'rule_fired' AND recorded_at >= $1 GROUP BY noun, id, body HAVING count(*) > 1
"""

NOTES = "SELECT count(*) FROM note WHERE by = 'boss' AND recorded_at >= $1"

type Do = Callable[[Work], Awaitable[object]]


@dataclass(slots=True)
class Owed:
    """An act of a seat that was not answered yet; it is sent again with the same key."""

    name: str
    actor: Actor
    do: Do


@dataclass(slots=True)
class Ledger:
    """What the outside was promised. accepted: the alarm named in the answer, by key of the report; noted: keys of notes."""

    accepted: dict[str, UUID] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)


class History:
    """One night from its seed. `story` tells what was done, one line an act."""

    def __init__(self, lane: Lane, seed: int) -> None:
        self.lane = lane
        self.seed = seed
        self.rng = Random(seed)
        self.ledger = Ledger()
        self.owed: list[Owed] = []
        self.calls: list[reports.ReportAlarm] = []
        self.reports: dict[str, reports.ReportAlarm] = {}
        self.story: list[str] = []
        self.start = lane.now
        self.boss = lane.town.somebody("dispatcher", "leader", "call_taker", "reviewer", name="boss")
        self.taker = lane.town.somebody("call_taker", name="taker")
        lane.bus.trouble = 0.15
        lane.bus._chance = Random(seed + 1)  # the bus outlives one history, its luck doesn't
        terminals = [
            Terminal(id_.int, kind, 114.02 + 0.001 * (id_.int % 60), 22.54)
            for id_, (_, kind, _) in UNITS.items()
        ]
        self.radios = Radios(terminals, HABITS, Random(seed + 2), now_ms=lane.now_ms, boot=seed)
        self.world = World({}, {}, {})
        lane.hear = self._hear

    async def _hear(self, message: Message) -> None:
        """A terminal gets what was said to it; whether it listens is its own affair."""
        handle = int(message.subject.rpartition(".")[2])
        self.radios.hear(handle, msgspec.json.decode(message.data), self.lane.now_ms)

    async def live(self) -> None:
        """Evening, night and dawn. Raises AssertionError naming seed, promise and story."""
        try:
            for _ in range(TURNS):
                await self._turn()
            await self._dawn()
            await self.lane.catch_up()
            await self._judge()
        except AssertionError as broken:
            told = "\n".join(self.story[-60:])
            raise AssertionError(f"python -m tests.harness.histories {self.seed}: {broken}\n{told}") from None

    async def _turn(self) -> None:
        rng, lane = self.rng, self.lane
        lane.fuse.disarm()
        await lane.later(rng.choice([1, 1, 5, 12, 20, 45, 90, 400]))
        if rng.random() < 0.2:
            lane.fuse.arm(rng.randrange(1, 40), after=rng.random() < 0.5)
        elif rng.random() < 0.15:  # done, and nobody learns it
            lane.fuse.arm(rng.randrange(1, 5), after=True, of="COMMIT")
        if rng.random() < 0.1:
            await self._through("restart", lane.restart)
        await self._through("deliver", lane.deliver)
        await self._see()
        for _ in range(rng.randrange(1, 4)):
            name, make, _ = rng.choices(ACTS, [weight for _, _, weight in ACTS])[0]
            do = make(self)
            if do is not None:
                await self._seat(name, do)
        for command in self.calls:
            await self.report(f"{self.seed}-call-{len(self.reports)}", command)
        self.calls.clear()
        await self._air()

    async def _air(self) -> None:
        """What was written for terminals goes out, crews act, their replies come in, and what is due falls due."""
        lane = self.lane
        await self._through("send_radio", lane.send_radio)
        for reply in self.radios.step(lane.now_ms):
            subject = f"cad.radio.reply.sim.{reply.handle}"
            lane.bus.send(subject, msgspec.json.encode(reply.payload), reply.payload["reply_id"])
        for frame in self.radios.frames(lane.now_ms):
            lane.town.centre.live.apply(frame, lane.now_ms)
        await self._through("deliver", lane.deliver)
        await self._through("timers", lane.ring)
        await self._again()
        await self._through("follow", lane.follow)

    async def _through(self, name: str, do: Callable[[], Awaitable[object]]) -> None:
        """One turn of a loop, which may break and comes round again."""
        try:
            await do()
        except* DATABASE_TROUBLE as broken:
            if not all(passes(e) for e in broken.exceptions):
                raise
            self.story.append(f"{name}: the line broke")

    async def _seat(self, name: str, do: Do) -> None:
        key = f"{self.seed}-{len(self.story)}"
        actor = Actor(principal=self.boss, reason="按规定", route=name, key=key)
        await self._try(Owed(name, actor, do))

    async def _try(self, act: Owed) -> None:
        async def kept(w: Work) -> dict[str, Any]:
            await act.do(w)
            return {"done": act.name}

        try:
            await self.lane.town.acting.act(act.actor, kept)
            said = "done"
            if act.name == "note":
                self.ledger.noted.add(str(act.actor.key))
        except Unavailable:
            self.owed.append(act)
            said = "not answered"
        except REFUSALS as refusal:
            said = f"{type(refusal).__name__}: {refusal}"
        self.story.append(f"{self.lane.now:%H:%M:%S} {act.name} {act.actor.key}: {said}")

    async def _again(self) -> None:
        """Send again what was not answered: acts of seats and reports of callers, under their first keys."""
        owed, self.owed = self.owed, []
        for act in owed:
            await self._try(act)
        for key in sorted(self.ledger.sent - self.ledger.accepted.keys()):
            if key in self.reports:
                await self.report(key, self.reports[key])

    async def report(self, key: str, command: reports.ReportAlarm) -> None:
        """A call-taker's report through the funnel; the answer is a promise."""
        self.ledger.sent.add(key)
        self.reports[key] = command
        actor = Actor(principal=self.taker, route="POST /alarms", key=key)
        try:
            accepted = await self.lane.intake.submit(reports.prepare(self.lane.town.centre, command, actor))
        except Unavailable:
            self.story.append(f"{self.lane.now:%H:%M:%S} report {key}: not answered")
        except REFUSALS as refusal:
            self.ledger.sent.discard(key)
            self.story.append(f"{self.lane.now:%H:%M:%S} report {key}: {refusal}")
        else:
            self._promised(key, accepted.reported)

    def _promised(self, key: str, made: Reported) -> None:
        known = self.ledger.accepted.setdefault(key, made.alarm.id)
        assert known == made.alarm.id, f"report {key} was answered with two alarms"
        self.story.append(f"{self.lane.now:%H:%M:%S} report {key}: {made.number}")

    async def _see(self) -> None:
        try:
            async with self.lane.town.pool.acquire() as conn:
                ((incidents, assignments, alarms, *ends),) = await conn.fetch(SEE, self.start)
            self.world = World(
                {i.id: i for i in msgspec.json.decode(incidents, type=list[Incident])},
                {a.id: a for a in msgspec.json.decode(assignments, type=list[Assignment])},
                {a.id: a for a in msgspec.json.decode(alarms, type=list[Alarm])},
                demands={d.id: d for d in msgspec.json.decode(ends[0], type=list[SupervisionOrder])},
                requests={r.id: r for r in msgspec.json.decode(ends[1], type=list[AgencyRequest])},
                disputes={d.id: d for d in msgspec.json.decode(ends[2], type=list[Dispute])},
            )
        except DATABASE_TROUBLE as broken:
            if not passes(broken):
                raise

    def one(self, *states: S) -> Incident | None:
        """One of this night's incidents in these states."""
        fitting = [i for i in self.world.incidents.values() if i.state in states]
        return self.rng.choice(fitting) if fitting else None

    def orders(self, standing: bool = True) -> list[Assignment]:
        """This night's orders to units."""
        return [a for a in self.world.assignments.values() if a.is_open or not standing]

    async def _dawn(self) -> None:
        """No more trouble: whatever is open is brought to its end by people doing their work."""
        lane = self.lane
        lane.fuse.disarm()
        lane.bus.trouble = 0.0
        open_: list[Incident] = []
        for turn in range(DAWN_TURNS):
            await lane.later(60 if turn < 2 else 301)
            await self._air()
            await self._see()
            open_ = [
                i for i in self.world.incidents.values() if i.state not in ENDED and i.state is not S.MERGED
            ]
            if not open_ and lane.bus.idle and not self.owed:
                return
            for incident in open_:
                await self._settle(incident)
        raise AssertionError(f"{[(i.number, i.state) for i in open_]} can't be brought to an end")

    async def _settle(self, incident: Incident) -> None:
        """The next things a good dispatcher does for it."""
        standing = [a for a in self.world.orders(incident.id) if a.is_open]
        for a in standing:
            if self.lane.now_ms - max(a.times.values()) > STALE_MS:
                await self._seat("relieve", _relieve(a))
        if standing:
            return
        family = {i.id for i in self.world.family(incident.id)}
        owed = [a.id for a in self.world.alarms.values() if a.incident_id in family and a.person_id]
        ends = [_ended(one) for one in self.world.open_ends(incident.id)]

        async def finish(w: Work) -> object:
            if incident.state in RESPONDING:
                await closing.handle(w, incident.id, "handled")
            elif incident.state is S.HANDLED and incident.primary_id is not None:
                await _final(incident.primary_id)(w)
            if incident.state is not S.REVIEWED:
                await closing.review(w, incident.id, accept=True)
            for alarm_id in owed:
                await closing.call_back(w, alarm_id, "satisfied")
            for do in ends:
                await do(w)
            return await closing.close(w, incident.id)

        await self._seat("finish", finish)

    async def _judge(self) -> None:
        """Nothing accepted is lost, nothing is doubled, nothing is left open, and every timer rang once."""
        refused = {key for subject, key, _ in self.lane.bus.put_aside if subject.startswith("cad.alarm.")}
        assert not refused, f"alarms put aside: {refused}"
        alarms = set(self.world.alarms)
        assert set(self.ledger.accepted.values()) <= alarms, "an accepted alarm is lost"
        assert len(alarms) == len(self.ledger.sent), (
            f"{len(self.ledger.sent)} reports became {len(alarms)} alarms"
        )
        for incident in self.world.incidents.values():
            check_incident(self.world, incident)
            assert not self.world.open_ends(incident.id), f"{incident.number} has ended with something open"
        check_orders(self.world)
        assert not self.orders(), "an order stands although every incident has ended"
        async with self.lane.town.pool.acquire() as conn:
            noted = await conn.fetchval(NOTES, self.start)
            assert noted == len(self.ledger.noted), (
                f"{len(self.ledger.noted)} notes were written {noted} times"
            )
            for sql, given in ((LEFT_OPEN, ()), (OVERDUE, (self.lane.now,)), (TWICE, (self.start,))):
                found = [row[0] for row in await conn.fetch(sql, *given)]
                assert found == [], f"timers: {found}"


def _relieve(a: Assignment) -> Do:
    if a.state in ("unable", "expired"):
        return lambda w: going.release(w, a.id)
    if a.state == "on_scene":
        return lambda w: going.step(w, a.id, "clear", "handled")
    return lambda w: going.recall(w, a.id)


def _ended(one: End) -> Do:
    """What ends a demand, a request or a dispute that still stands."""
    if isinstance(one, Dispute):
        return lambda w: disputing.decide(w, one.id, one.other_room_id, "以中线为界")
    if isinstance(one, AgencyRequest):
        return lambda w: requesting.step(w, one.id, "result")
    return lambda w: supervising.withdraw(w, one.id)


def _final(assignment_id: UUID) -> Do:
    form = closing.Form(kind="final", result="handled", people_count=0)
    return lambda w: closing.feed_back(w, assignment_id, form)


def _report(h: History) -> Do | None:
    """Somebody calls a seat; the report goes through the funnel, not through an act."""
    h.calls.append(_command(h))
    return None


def _device(h: History) -> Do | None:
    """A panel or a call point sends an alarm on the bus."""
    key = str(UUID(int=h.rng.getrandbits(128), version=4))
    point = h.rng.choice(["CP-N", "CP-S", None])
    if point is not None:
        subject, body = f"cad.alarm.call_point.{point}", {}
    else:
        subject = "cad.alarm.panel.P1"
        body = {"place": {"lon": 114.03, "lat": 22.53}, "type": "200100", "text": "玻璃破碎"}
    h.ledger.sent.add(key)
    h.lane.bus.send(subject, msgspec.json.encode(body), key)
    return None


def _command(h: History) -> reports.ReportAlarm:
    rng = h.rng
    place = reports.PlaceIn(lon=rng.choice([114.02, 114.049, 114.08]), lat=22.54, address="北门3号")
    caller = reports.CallerIn(number=f"138{rng.randrange(10**8):08d}", name="王先生")
    attach = h.one(S.RECEIVED, S.ON_SCENE) if rng.random() < 0.15 else None
    return reports.ReportAlarm(
        source="call", place=rng.choice([place, place, None]), type=rng.choice(["200100", "300000", None]),
        text=rng.choice(["有人打架", None]), caller=rng.choice([caller, None]),
        attach_to=attach.id if attach else None,
    )  # fmt: skip


def _order(h: History) -> Do | None:
    """The first of what is proposed go, all or none."""
    incident = h.one(S.RECEIVED, S.RECEIVED, S.DISPATCHED, S.ON_SCENE)
    if incident is None:
        return None
    count = h.rng.choice([1, 1, 2])

    async def do(w: Work) -> object:
        shown = await recommend(w, incident.id, units=count, waves=1)
        chosen = [row.unit_id for wave in shown.waves for row in wave][:count]
        if not chosen:
            return None
        return await ordering.order(
            w, incident.id, [ordering.Order(unit_id=id_) for id_ in chosen], recommendation_id=shown.id
        )

    return do


def _grab(h: History) -> Do | None:
    """Another seat orders a unit without looking, or keeps a job for it."""
    incident, unit_id = h.one(S.RECEIVED, S.DISPATCHED, S.HANDLED), h.rng.choice(sorted(UNITS))
    if incident is None:
        return None
    kind: Any = h.rng.choice(["order", "order", "stack"])
    return lambda w: ordering.order(w, incident.id, [ordering.Order(unit_id=unit_id)], kind)


def _leave(h: History) -> Do | None:
    """A unit is called off, or let go that can't."""
    standing = h.orders()
    return _relieve(h.rng.choice(standing)) if standing else None


def _voice(h: History) -> Do | None:
    """A step said by voice and keyed by the seat."""
    standing = h.orders()
    if not standing:
        return None
    a, name = h.rng.choice(standing), h.rng.choice(["accept", "en_route", "on_scene", "clear"])
    return lambda w: going.step(w, a.id, name, "handled" if name == "clear" else None)  # type: ignore[arg-type]


def _note(h: History) -> Do | None:
    incident, urgent = h.one(S.DISPATCHED, S.EN_ROUTE, S.ON_SCENE), h.rng.random() < 0.7
    if incident is None:
        return None
    return lambda w: describing.add_note(w, incident.id, "hazard", "有刀", urgent)


def _move(h: History) -> Do | None:
    incident = h.one(S.RECEIVED, S.DISPATCHED, S.EN_ROUTE)
    place = reports.PlaceIn(lon=h.rng.choice([114.021, 114.079]), lat=22.541)
    changes = describing.Changes(place=place)
    if incident is None:
        return None
    return lambda w: describing.amend(w, incident.id, None, changes)


def _merge(h: History) -> Do | None:
    one, into = h.one(*RESPONDING), h.one(*RESPONDING)
    if one is None or into is None or one.id == into.id:
        return None
    return lambda w: joining.merge(w, one.id, into.id)


def _unmerge(h: History) -> Do | None:
    incident = h.one(S.MERGED)
    return None if incident is None else lambda w: joining.unmerge(w, incident.id)


def _end(h: History) -> Do | None:
    incident = h.one(S.RECEIVED, S.DISPATCHED)
    exit_: Any = h.rng.choice(["void", "advised"])
    return None if incident is None else lambda w: closing.end(w, incident.id, exit_)


def _forward(h: History) -> Do | None:
    """An incident that was handled goes on towards its end; or one that ended is taken up again."""
    incident = h.one(S.HANDLED, S.FED_BACK, S.CLOSED, S.VOID)
    if incident is None:
        return None
    if incident.state is S.HANDLED:
        return _final(incident.primary_id) if incident.primary_id else None
    if incident.state is S.FED_BACK:
        accept = h.rng.random() < 0.7
        return lambda w: closing.review(w, incident.id, accept)
    return lambda w: closing.reopen(w, incident.id, "received")


def _shift(h: History) -> Do | None:
    unit_id = h.rng.choice(sorted(UNITS))
    if h.rng.random() < 0.4:
        return lambda w: shift.log_off(w, unit_id)
    return lambda w: shift.log_on(w, unit_id, ("0110",))


def _dispute(h: History) -> Do | None:
    """Duty is disputed; who stands above both decides it, or the other takes it."""
    standing = [d for d in h.world.disputes.values() if d.is_open]
    if standing and h.rng.random() < 0.6:
        one = h.rng.choice(standing)
        chosen: Do = h.rng.choice(
            [_ended(one), lambda w: disputing.concede(w, one.id), lambda w: disputing.withdraw(w, one.id)]
        )
        return chosen
    incident = h.one(S.RECEIVED, S.DISPATCHED, S.ON_SCENE, S.HANDLED)
    if incident is None:
        return None
    other = SOUTH if incident.room_id == NORTH else NORTH
    return lambda w: disputing.dispute(w, incident.id, "不归我管", other)


def _pursue(h: History) -> Do | None:
    """It was seen, also where another station answers; or it is over."""
    incident = h.one(S.DISPATCHED, S.EN_ROUTE, S.ON_SCENE)
    spot, outcome = h.rng.choice([114.02, 114.049, 114.08]), h.rng.choice(["lost", "caught"])
    if incident is None:
        return None
    if incident.is_moving and h.rng.random() < 0.3:
        return lambda w: pursuing.end(w, incident.id, outcome)  # type: ignore[arg-type]
    return lambda w: pursuing.see(w, incident.id, pursuing.SeenIn(lon=spot, lat=22.54, heading=90.0))


def _ask(h: History) -> Do | None:
    """Another agency is asked, or a room; or one of them says something."""
    incident = h.one(S.RECEIVED, S.DISPATCHED, S.ON_SCENE, S.HANDLED, S.FED_BACK)
    requests = [r for r in h.world.requests.values() if r.is_open]
    demands = [d for d in h.world.demands.values() if d.is_open]
    if requests and h.rng.random() < 0.4:
        request, step = h.rng.choice(requests), h.rng.choice(["taken", "arrived", "result"])
        return lambda w: requesting.step(w, request.id, step)  # type: ignore[arg-type]
    if demands and h.rng.random() < 0.4:
        demand = h.rng.choice(demands)
        return lambda w: supervising.answer(w, demand.id, "已办")
    if incident is None:
        return None
    if h.rng.random() < 0.5:
        return lambda w: requesting.request(w, incident.id, "119")
    until = h.lane.now + timedelta(hours=1)
    wanted = supervising.Demand(
        to_room_id=incident.room_id, text="说明", due_at=until, incident_id=incident.id
    )
    return lambda w: supervising.give(w, wanted)


ACTS: tuple[tuple[str, Callable[[History], Do | None], int], ...] = (
    ("report", _report, 12), ("device", _device, 6), ("order", _order, 14), ("grab", _grab, 5), ("leave", _leave, 3),
    ("voice", _voice, 6), ("note", _note, 7), ("move", _move, 2), ("merge", _merge, 3), ("unmerge", _unmerge, 2),
    ("end", _end, 1), ("forward", _forward, 4), ("shift", _shift, 2),
    ("dispute", _dispute, 3), ("pursue", _pursue, 3), ("ask", _ask, 4),
)  # fmt: skip


async def live_through(url: str, seeds: Iterable[int]) -> int:
    """Live these nights one after another on one database; how many lines broke. Raises AssertionError."""
    async with open_lane(url, START) as lane:
        for seed in seeds:
            await History(lane, seed).live()
        return lane.fuse.burnt


async def _once_more(seed: int) -> None:
    async with (
        session_servers() as servers,
        open_databases(servers.database_url, servers.superuser_url) as databases,
        databases.copy() as url,
        open_lane(url, START) as lane,
    ):
        history = History(lane, seed)
        await history.live()
        sys.stdout.write("\n".join([*history.story, ""]))


async def _many(first: int, end: int, urls: list[str]) -> None:
    nights = [live_through(url, range(first + lane, end, len(urls))) for lane, url in enumerate(urls)]
    sys.stdout.write(f"{sum(await asyncio.gather(*nights))}\n")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    numbers = [int(word) for word in sys.argv[1:3]]
    if len(numbers) == 1:
        uvloop.run(_once_more(numbers[0]))
    else:
        uvloop.run(_many(numbers[0], numbers[1], sys.argv[3:]))
