"""A night of everybody doing anything: random acts of the whole desk by random people of the small town, from one seed.

Each act is either done or refused by name; `tests.harness.invariants` judges what the tables say after it.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from dispatch.acts import Principal
from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.agencies.model import Agency, AgencyRequest
from dispatch.broadcasts.model import Broadcast
from dispatch.desk import (
    answering,
    checking,
    closing,
    commanding,
    describing,
    disputing,
    endangered,
    giving_duty,
    going,
    hearing,
    intake,
    joining,
    lending,
    messaging,
    ordering,
    planning,
    pursuing,
    reinforcing,
    reports,
    requesting,
    ringing_back,
    shift,
    supervising,
    tasking,
    viewing,
)
from dispatch.disputes.model import Dispute
from dispatch.errors import DispatchError
from dispatch.model import Assignment
from dispatch.plans.file import shipped
from dispatch.plans.model import IncidentPlan, Task
from dispatch.supervision.model import SupervisionOrder
from dispatch.work import Work
from geo.errors import GeoError
from incidents.errors import IncidentError
from incidents.model import SETTLING, Alarm, ExternalRef, Incident, PursuitOutcome, RaiseMode
from incidents.model import IncidentState as S
from incidents.sealing import Caller
from tests.harness import aftermath, recommending
from tests.harness.town import CITY, N1, N2, NORTH, POINT_N, POINT_S, S1, S2, SOUTH, Town
from units.errors import UnitError
from units.model import Duty

REFUSALS = (DispatchError, IncidentError, UnitError, GeoError)
UNITS = (N1, N2, S1, S2)
TYPES = ("200100", "300000", "500810", "200310", None)
PLANTED = "泄露"
"""Stands in every name and text of a person; must never be seen outside the sealed rows."""

OWN_CLOCK = """
CREATE TABLE night (at timestamptz);
INSERT INTO night VALUES ('2016-12-31T15:30:00Z');
CREATE OR REPLACE FUNCTION cad_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT at FROM night'
"""
LATER = "UPDATE night SET at = at + make_interval(secs => $1) RETURNING at"
SEE_INCIDENTS = "SELECT to_jsonb(i)::text FROM incident i ORDER BY id"
SEE_ASSIGNMENTS = "SELECT to_jsonb(a)::text FROM assignment a ORDER BY id"
SEE_DEMANDS = "SELECT to_jsonb(s)::text FROM supervision s ORDER BY id"
SEE_REQUESTS = "SELECT to_jsonb(r)::text FROM agency_request r ORDER BY id"
SEE_DISPUTES = "SELECT to_jsonb(d)::text FROM dispute d ORDER BY id"
SEE_REVIEWS = "SELECT to_jsonb(r)::text FROM after_action_review r ORDER BY id"
SEE_ACTIONS = "SELECT to_jsonb(a)::text FROM review_action a ORDER BY id"
SEE_BROADCASTS = "SELECT to_jsonb(b)::text FROM broadcast b ORDER BY id"
SEE_ALARMS = "SELECT to_jsonb(a)::text FROM alarm a ORDER BY id"
SEE_PLANS = "SELECT to_jsonb(p)::text FROM incident_plan p ORDER BY id"
SEE_TASKS = "SELECT to_jsonb(t)::text FROM task t ORDER BY id"


type End = SupervisionOrder | AgencyRequest | Dispute


class World(msgspec.Struct):
    """Everything as it stands, by id: incidents with all that hangs on them, what was looked back on, what was said to many."""

    incidents: dict[UUID, Incident]
    assignments: dict[UUID, Assignment]
    alarms: dict[UUID, Alarm]
    plans: dict[UUID, IncidentPlan] = {}
    tasks: dict[UUID, Task] = {}
    demands: dict[UUID, SupervisionOrder] = msgspec.field(default_factory=dict)
    requests: dict[UUID, AgencyRequest] = msgspec.field(default_factory=dict)
    disputes: dict[UUID, Dispute] = msgspec.field(default_factory=dict)
    reviews: dict[UUID, AfterActionReview] = msgspec.field(default_factory=dict)
    actions: dict[UUID, ReviewAction] = msgspec.field(default_factory=dict)
    broadcasts: dict[UUID, Broadcast] = msgspec.field(default_factory=dict)

    def family(self, incident_id: UUID) -> list[Incident]:
        """The incident and those merged into it."""
        return [i for i in self.incidents.values() if incident_id in (i.id, i.merged_into)]

    def orders(self, incident_id: UUID) -> list[Assignment]:
        """The assignments of its family."""
        ids = {i.id for i in self.family(incident_id)}
        return [a for a in self.assignments.values() if a.incident_id in ids]

    def open_ends(self, incident_id: UUID) -> list[End]:
        """What of its family must be ended before it closes."""
        ids = {i.id for i in self.family(incident_id)}
        ends: list[End] = [*self.demands.values(), *self.requests.values(), *self.disputes.values()]
        return [one for one in ends if one.is_open and one.incident_id in ids]


async def see(conn: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]") -> World:
    """The tables as they stand."""

    async def rows[T](sql: str, type_: type[T]) -> dict[UUID, T]:
        found = [msgspec.json.decode(row[0], type=type_) for row in await conn.fetch(sql)]
        return {getattr(one, "id"): one for one in found}  # noqa: B009 - every noun has it; T can't say so

    return World(
        await rows(SEE_INCIDENTS, Incident),
        await rows(SEE_ASSIGNMENTS, Assignment),
        await rows(SEE_ALARMS, Alarm),
        await rows(SEE_PLANS, IncidentPlan),
        await rows(SEE_TASKS, Task),
        await rows(SEE_DEMANDS, SupervisionOrder),
        await rows(SEE_REQUESTS, AgencyRequest),
        await rows(SEE_DISPUTES, Dispute),
        await rows(SEE_REVIEWS, AfterActionReview),
        await rows(SEE_ACTIONS, ReviewAction),
        await rows(SEE_BROADCASTS, Broadcast),
    )


class Night:
    """Wanders through the desk. `story` is what was done so far, one line an act; `done` counts successes by act."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.seed = seed
        self.rng = random.Random(seed)
        self.world = World({}, {}, {})
        self.now = datetime(2017, 1, 1, tzinfo=UTC)
        self.story: list[str] = []
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.excepted = False  # whether a leader was to end something open in the last act
        seats = [
            ("call_taker",),
            ("dispatcher",),
            ("leader",),
            ("reviewer",),
            ("dispatcher", "leader", "reviewer"),
        ]
        self.people = [
            town.somebody(*seat, room=room) for seat in seats for room in (CITY, CITY, NORTH, SOUTH)
        ]
        self.people += [town.somebody("dispatcher", "leader", "call_taker", "reviewer", name="boss")] * 100
        self.people += [town.unit(id_) for id_ in UNITS] * 2
        self.people += [Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim")] * 3
        self.people += [Principal(id="stranger", roles=frozenset({"dispatcher"}), room_id=UUID(int=99))]

    async def begin(self) -> None:
        """Take the city's clock into the hand, so that the same seed is the same night."""
        async with self.town.pool.acquire() as conn:
            await conn.execute(OWN_CLOCK)

    async def act(self) -> str:
        """One more act, seconds or minutes later; its name and outcome."""
        async with self.town.pool.acquire() as conn:
            self.now = await conn.fetchval(LATER, self.rng.choice([1, 1, 5, 20, 60]))
        name, make = self.rng.choices(
            [(n, m) for n, m, _ in ACTS], weights=[weight for _, _, weight in ACTS]
        )[0]
        who = self.rng.choice(self.people)
        self.excepted = False
        told = await self._try(name, who, make(self, who))
        async with self.town.pool.acquire() as conn:
            self.world = await see(conn)
        return told

    async def _try(self, name: str, who: Principal, do: "Do | None") -> str:
        if do is None:
            return name
        how: dict[str, Any] = {"reason": self.rng.choice(["按规定", "按规定", None])}
        shift_s = self.rng.choice([None] * 8 + [-300, -20, -1, 5, 3600])
        if shift_s is not None:
            how["claimed_at"] = self.now + timedelta(seconds=shift_s)
        try:
            outcome = await self.town.do(who, do, **how)
        except REFUSALS as refusal:
            self.refused[type(refusal).__name__] += 1
            said = f"{type(refusal).__name__}: {refusal}"
        else:
            assert name == "report" or who.id != "stranger", f"a stranger may {name}"
            self.done[name] += 1
            said = f"done: {shown(outcome)}"
        self.story.append(f"{name} by {who.id} claim {shift_s}: {said}")
        return self.story[-1]

    def some[T](self, things: "dict[UUID, T] | list[T]") -> T | None:
        """One at random, the newest most often."""
        found = list(things.values()) if isinstance(things, dict) else things
        if not found:
            return None
        return self.rng.choice(found[-6:] if self.rng.random() < 0.7 else found)

    def incident(self, *states: S) -> UUID:
        """An incident, mostly in one of these states; now and then one that does not exist."""
        if self.rng.random() < 0.02:
            return UUID(int=404)
        fitting = [i for i in self.world.incidents.values() if i.state in states]
        chosen = (
            self.some(fitting) if fitting and self.rng.random() < 0.85 else self.some(self.world.incidents)
        )
        return chosen.id if chosen else UUID(int=404)

    def assignment(self, open_only: bool = True) -> Assignment | None:
        """An assignment, mostly an open one."""
        standing = [a for a in self.world.assignments.values() if a.is_open]
        if open_only and standing and self.rng.random() < 0.9:
            return self.some(standing)
        return self.some(self.world.assignments)

    def text(self) -> str:
        """Somebody's words, which must never leak."""
        return f"{PLANTED}{self.rng.randrange(10**6)} \u202e右至左 \u200b𠮷"

    def caller(self) -> Caller:
        """Somebody's name and number."""
        return Caller(
            name=f"{PLANTED}{self.rng.randrange(10**6)}", number=f"138{self.rng.randrange(10**8):08d}"
        )

    def call_id(self) -> str:
        """A switchboard's name for a call; there are few, so that they meet."""
        return f"c-{self.rng.randrange(20)}"

    def command(self, **more: Any) -> reports.ReportAlarm:
        """A report of any source."""
        lon = self.rng.choice([114.02, 114.08, 114.0499, 114.05])
        place = self.rng.choice([None, reports.PlaceIn(lon=lon, lat=22.54, address="北门3号")])
        caller = self.caller()
        given: dict[str, Any] = {
            "source": self.rng.choice(["call", "app", "sms", "paper", "agency"]),
            "place": place,
            "type": self.rng.choice(TYPES),
            "text": self.rng.choice([None, self.text()]),
            "exercise": self.rng.random() < 0.05,
            "call_id": self.rng.choice([None, None, self.call_id()]),
            "silent": self.rng.random() < 0.1,
            "caller": self.rng.choice(
                [
                    None,
                    reports.CallerIn(
                        number=caller.number, name=caller.name, do_not_contact=self.rng.random() < 0.5
                    ),
                ]
            ),
        }
        return reports.ReportAlarm(**(given | more))


def shown(outcome: object) -> str:
    """An entity in a few words."""
    parts = outcome if isinstance(outcome, list | tuple) else [outcome]
    return ", ".join(
        f"{type(one).__name__} {str(getattr(one, 'id', one))[-6:]} {getattr(one, 'state', '')}"
        for one in parts
    )


type Do = Callable[[Work], Awaitable[object]]


def report(night: Night, who: Principal) -> Do:
    """Several reports in one batch, some of which are no good."""
    rng = night.rng
    commands = [night.command() for _ in range(rng.randrange(1, 3))]
    if rng.random() < 0.3:
        commands.append(night.command(attach_to=night.incident(S.RECEIVED, S.ON_SCENE)))
    if rng.random() < 0.3:
        commands.append(
            reports.ReportAlarm(source="call_point", call_point_id=str(rng.choice([POINT_N, POINT_S])))
        )

    async def do(w: Work) -> object:
        made = []
        for outcome in await intake.report_many(
            w, [reports.prepare(w.centre, one, w.actor) for one in commands]
        ):
            if isinstance(outcome, intake.Reported):
                made.append(outcome.alarm)
            else:
                assert isinstance(outcome, REFUSALS), outcome
        return made

    return do


def attach(night: Night, who: Principal) -> Do:
    alarm = night.some(night.world.alarms)
    id_ = alarm.id if alarm else UUID(int=404)
    to = night.incident(S.RECEIVED, S.DISPATCHED, S.ON_SCENE)
    return lambda w: joining.attach(w, to, id_)


def detach(night: Night, who: Principal) -> Do:
    alarm = night.some(night.world.alarms)
    if alarm is None:
        return lambda w: joining.detach(w, UUID(int=404), UUID(int=404))
    from_ = alarm.incident_id if night.rng.random() < 0.8 else night.incident(S.RECEIVED)
    return lambda w: joining.detach(w, from_, alarm.id)


def merge(night: Night, who: Principal) -> Do:
    one, into = (
        night.incident(S.RECEIVED, S.DISPATCHED, S.ON_SCENE, S.HANDLED, S.FED_BACK) for _ in range(2)
    )
    return lambda w: joining.merge(w, one, into)


def unmerge(night: Night, who: Principal) -> Do:
    id_ = night.incident(S.MERGED)
    return lambda w: joining.unmerge(w, id_)


def order(night: Night, who: Principal) -> Do:
    rng = night.rng
    held = {a.unit_id for a in night.world.assignments.values() if a.is_open}
    free = [u for u in UNITS if u not in held] if rng.random() < 0.9 else list(UNITS)
    orders = [ordering.Order(unit_id=u) for u in rng.sample(free, min(len(free), rng.choice([1, 1, 2])))]
    if rng.random() < 0.15:
        orders = [ordering.Order(room_id=rng.choice([NORTH, SOUTH]), unit_id=rng.choice([None, *free]))]
    to_rooms = [a for a in night.world.assignments.values() if a.room_id and a.is_open]
    id_ = night.incident(S.RECEIVED, S.DISPATCHED, S.HANDLED, S.REVIEWED)
    parent = night.some(to_rooms)
    if parent is not None and free and rng.random() < 0.3:
        orders, id_ = [ordering.Order(unit_id=rng.choice(free), parent_id=parent.id)], parent.incident_id
    if rng.random() < 0.15:
        return lambda w: ordering.order(w, id_, [ordering.Order(unit_id=rng.choice(UNITS))], "stack")
    return lambda w: ordering.order(w, id_, orders)


def send_kept(night: Night, who: Principal) -> Do | None:
    """Order a unit whose job was kept for later."""
    kept = night.some([a for a in night.world.assignments.values() if a.state == "stacked"])
    if kept is None:
        return None
    target = night.world.incidents[kept.incident_id]
    return lambda w: ordering.order(
        w, target.merged_into or target.id, [ordering.Order(unit_id=kept.unit_id)]
    )


def step(night: Night, who: Principal) -> Do | None:
    a = night.assignment()
    if a is None:
        return None
    names: list[Any] = ["deliver", "accept", "en_route", "on_scene", "clear"]
    at = {"ordered": 0, "delivered": 1, "accepted": 2, "en_route": 3, "on_scene": 4}.get(a.state, 1)
    name = night.rng.choice(names[at : at + 2] if night.rng.random() < 0.8 else names)
    result = night.rng.choice(["handled", "handled", None]) if name == "clear" else None
    return lambda w: going.step(w, a.id, name, result)


def leave(night: Night, who: Principal) -> Do | None:
    a = night.assignment()
    if a is None:
        return None
    way = night.rng.choice(
        [going.release, going.recall] if a.state in ("unable", "expired") else [going.unable, going.recall]
    )
    return lambda w: way(w, a.id)


def feed_back(night: Night, who: Principal) -> Do | None:
    cleared = [a for a in night.world.assignments.values() if a.state == "cleared"]
    a = night.some(cleared) if night.rng.random() < 0.8 else night.assignment(open_only=False)
    if a is None:
        return None
    rng = night.rng
    form = closing.Form(
        kind=rng.choice(["final", "final", "interim"]), result=rng.choice(["handled", "handled", None]),
        type_verified=rng.choice([None, "200100"]), text=rng.choice([None, night.text()]),
        people=rng.choice([(), (night.caller(),)]), people_count=rng.choice([None, 3, -1]),
    )  # fmt: skip
    return lambda w: closing.feed_back(w, a.id, form)


def review(night: Night, who: Principal) -> Do:
    id_, accept = night.incident(S.FED_BACK, S.REVIEWED), night.rng.random() < 0.6
    of = night.some(night.world.orders(id_))
    which = of.id if of and night.rng.random() < 0.5 else None
    return lambda w: closing.review(w, id_, accept, which)


def call_back(night: Night, who: Principal) -> Do | None:
    alarm = night.some(night.world.alarms)
    text, rng = night.rng.choice([None, night.text()]), night.rng
    outcome: Any = rng.choice(["satisfied", "satisfied", "not_reached", "dissatisfied", "dissatisfied"])
    then = (
        rng.choice([None, closing.Then(), closing.Then(do="reopen")]) if outcome == "dissatisfied" else None
    )
    return None if alarm is None else lambda w: closing.call_back(w, alarm.id, outcome, text, then)


def settle(night: Night, who: Principal) -> Do | None:
    """Whatever an incident that was handled needs next until it is closed."""
    incident = night.some([i for i in night.world.incidents.values() if i.state in SETTLING])
    if incident is None:
        return None
    if incident.state is S.HANDLED:
        form = closing.Form(kind="final", result="handled", people_count=0)
        primary = incident.primary_id
        if primary is None:
            return lambda w: closing.handle(w, incident.id, "handled")
        return lambda w: closing.feed_back(w, primary, form)
    if incident.state is S.FED_BACK:
        return lambda w: closing.review(w, incident.id, accept=True)
    ids = {i.id for i in night.world.family(incident.id)}
    owed = [
        a for a in night.world.alarms.values() if a.incident_id in ids and a.person_id and not a.called_back
    ]
    if owed:
        return lambda w: closing.call_back(w, owed[0].id, "satisfied", night.text())
    standing = night.world.open_ends(incident.id)
    if standing and night.rng.random() < 0.8:
        return further(night, standing[0])
    return lambda w: closing.close(w, incident.id)


def further(night: Night, one: End) -> Do:
    """What a demand, a request or a dispute needs next until it is over."""
    text = night.text()
    if isinstance(one, Dispute):
        room = night.rng.choice([NORTH, SOUTH])
        return lambda w: disputing.decide(w, one.id, room, text)
    if isinstance(one, AgencyRequest):
        return lambda w: requesting.step(w, one.id, "result", text)
    if one.state == "answered":
        return lambda w: supervising.sign_off(w, one.id)
    return lambda w: supervising.answer(w, one.id, text)


def close(night: Night, who: Principal) -> Do:
    id_, despite = night.incident(S.REVIEWED), night.rng.random() < 0.2
    night.excepted = despite
    return lambda w: closing.close(w, id_, despite)


def demand(night: Night, who: Principal) -> Do:
    """Something is demanded of a room, or happens to what was."""
    rng, text = night.rng, night.text()
    one = night.some([d for d in night.world.demands.values() if d.is_open])
    if one is None or rng.random() < 0.3:
        about = rng.choice([None, night.incident(S.RECEIVED, S.HANDLED, S.FED_BACK, S.CLOSED)])
        due = night.now + timedelta(seconds=rng.choice([-5, 60, 900, 7200, 10**7]))
        asked = supervising.Demand(
            to_room_id=rng.choice([NORTH, SOUTH, CITY, UUID(int=98)]),
            text=text,
            due_at=due,
            incident_id=about,
        )
        return lambda w: supervising.give(w, asked)
    later = rng.choice([None, night.now + timedelta(hours=1)])
    chosen: Do = rng.choice(
        [
            lambda w: supervising.answer(w, one.id, text),
            lambda w: supervising.sign_off(w, one.id, text),
            lambda w: supervising.return_(w, one.id, text, later),
            lambda w: supervising.withdraw(w, one.id),
            further(night, one),
        ]
    )
    return chosen


def agency(night: Night, who: Principal) -> Do:
    """Another agency is asked for help, or does something."""
    rng, text = night.rng, night.text()
    one = night.some([r for r in night.world.requests.values() if r.is_open or rng.random() < 0.1])
    if one is None or rng.random() < 0.4:
        which: Agency = rng.choice(["119", "120", "other"])
        id_ = night.incident(S.RECEIVED, S.ON_SCENE, S.HANDLED)
        name = rng.choice(["红十字会", None]) if which == "other" else None
        return lambda w: requesting.request(w, id_, which, text, name)
    name_: requesting.StepName = rng.choice(["taken", "arrived", "result", "decline"])
    chosen: Do = rng.choice(
        [
            lambda w: requesting.step(w, one.id, name_, text, "F-1"),
            lambda w: requesting.chase(w, one.id),
            lambda w: requesting.withdraw(w, one.id),
        ]
    )
    return chosen


def border(night: Night, who: Principal) -> Do:
    """Duty is disputed, or an incident moves over borders."""
    rng, text = night.rng, night.text()
    one = night.some([d for d in night.world.disputes.values() if d.is_open or rng.random() < 0.1])
    id_ = night.incident(S.RECEIVED, S.ON_SCENE, S.HANDLED)
    room = rng.choice([NORTH, SOUTH, CITY, UUID(int=98)])
    if one is not None and rng.random() < 0.5:
        said: Do = rng.choice(
            [
                lambda w: disputing.state(w, one.id, text),
                lambda w: disputing.decide(w, one.id, room, text),
                lambda w: disputing.concede(w, one.id),
                lambda w: disputing.withdraw(w, one.id),
            ]
        )
        return said
    outcome: PursuitOutcome = rng.choice(["stopped", "lost", "caught"])
    seen = pursuing.SeenIn(
        lon=rng.choice([114.02, 114.06, 114.09, 400.0]),
        lat=22.54,
        heading=rng.choice([None, 90.0]),
        text=text,
    )
    chosen: Do = rng.choice(
        [
            lambda w: disputing.dispute(w, id_, text, room),
            lambda w: pursuing.see(w, id_, seen),
            lambda w: pursuing.see(w, id_, seen),
            lambda w: pursuing.pursue(w, id_),
            lambda w: pursuing.end(w, id_, outcome),
            lambda w: pursuing.join(w, id_),
            lambda w: pursuing.decline(w, id_),
        ]
    )
    return chosen


def reopen(night: Night, who: Principal) -> Do:
    id_ = night.incident(S.CLOSED, S.VOID, S.ADVISED, S.TRANSFERRED)
    to: Any = night.rng.choice(["received", "handled"])
    return lambda w: closing.reopen(w, id_, to)


def end(night: Night, who: Principal) -> Do:
    id_ = night.incident(S.RECEIVED, S.DISPATCHED)
    exit_: Any = night.rng.choice(["void", "advised", "transferred"])
    reference = ExternalRef("119", "F-1") if exit_ == "transferred" else None
    night.excepted = despite = night.rng.random() < 0.2
    return lambda w: closing.end(w, id_, exit_, reference, despite)


def handle(night: Night, who: Principal) -> Do:
    id_, result = night.incident(S.RECEIVED, S.HANDLED), night.rng.choice(["handled", "mediated", "nonsense"])
    return lambda w: closing.handle(w, id_, result)


def hand_over(night: Night, who: Principal) -> Do:
    id_, room = night.incident(S.RECEIVED, S.DISPATCHED), night.rng.choice([NORTH, SOUTH, CITY, UUID(int=98)])
    return lambda w: giving_duty.hand_over(w, id_, room)


def command(night: Night, who: Principal) -> Do:
    id_, rng = night.incident(S.RECEIVED, S.DISPATCHED, S.HANDLED), night.rng
    room = rng.choice([SOUTH, CITY, UUID(int=98)])
    mode: RaiseMode = rng.choice(["monitor", "share", "take"])
    chosen: Do = rng.choice(
        [
            lambda w: commanding.raise_to(w, id_, room, mode),
            lambda w: commanding.take(w, id_),
            lambda w: commanding.hand_back(w, id_),
            lambda w: commanding.follow(w, id_),
            lambda w: commanding.check_in(w, id_, "看过"),
            lambda w: commanding.let_go(w, id_),
        ]
    )
    return chosen


def amend(night: Night, who: Principal) -> Do:
    id_, rng = night.incident(S.RECEIVED, S.DISPATCHED, S.ON_SCENE), night.rng
    one = night.some(night.world.orders(id_))
    given: list[dict[str, Any]] = [
        {"type": rng.choice(["200100", "000000"])},
        {"priority": rng.choice([1, 2, 3, 4, 5])},
        {"place": reports.PlaceIn(lon=rng.choice([114.02, 114.08, 200.0]), lat=22.54)},
        {"place": reports.PlaceIn(address="地铁站C口")},
        {"labels": ("持刀",)},
        {"primary_id": one.id if one else UUID(int=404)},
    ]
    return lambda w: describing.amend(w, id_, None, describing.Changes(**rng.choice(given)))


def note(night: Night, who: Principal) -> Do:
    id_, text, urgent = night.incident(S.ON_SCENE, S.DISPATCHED), night.text(), night.rng.random() < 0.5
    return lambda w: describing.add_note(w, id_, "scene", text, urgent)


def recommend(night: Night, who: Principal) -> Do:
    id_ = night.incident(S.RECEIVED)
    return lambda w: recommending.recommend(w, id_)


def come_upon(night: Night, who: Principal) -> Do:
    unit_id = who.unit_id or night.rng.choice(UNITS)
    join = night.incident(S.RECEIVED, S.HANDLED, S.FED_BACK) if night.rng.random() < 0.4 else None
    command = night.command(source="officer", attach_to=join)

    async def do(w: Work) -> object:
        return await viewing.on_view(w, unit_id, reports.prepare(w.centre, command, w.actor))

    return do


def radio(night: Night, who: Principal) -> Do:
    """A reply of a terminal through its gateway."""
    rng = night.rng
    handle = rng.choice(UNITS).int
    act: Any = rng.choice(
        ["deliver", "read", "accept", "unable", "clear", "message", "emergency", "backup", "on_scene"]
    )

    async def do(w: Work) -> object:
        unit = await hearing.unit_of(w, handle)
        assert unit is not None
        reply = hearing.Reply(reply_id="r", act=act, at=w.now, text=night.text(), result="handled")
        return await hearing.hear(w, unit, reply)

    return do


def words(night: Night, who: Principal) -> Do:
    """What units and desks say to each other beside orders."""
    unit_id, text = night.rng.choice(UNITS), night.text()
    said: tuple[Do, ...] = (
        lambda w: messaging.message(w, unit_id, text),
        lambda w: endangered.press(w, unit_id, None, text),
        lambda w: endangered.reset(w, unit_id, voice_contact=True),
        lambda w: reinforcing.ask_backup(w, unit_id, 2, (), text),
        lambda w: checking.check(w, unit_id),
        checking.call_roll,
    )
    return night.rng.choice(said)


def duty(night: Night, who: Principal) -> Do:
    unit_id, rng = night.rng.choice(UNITS), night.rng
    choice = rng.randrange(4)
    if choice == 0:
        by = rng.choice([None, None, *UNITS])
        return lambda w: shift.log_off(w, unit_id, by)
    if choice == 1:
        return lambda w: shift.log_on(w, unit_id, ("0110", str(rng.randrange(9))))
    wanted = rng.choice(
        [Duty.AVAILABLE, Duty.AVAILABLE, Duty.BUSY, Duty.BREAK, Duty.OUT_OF_SERVICE, Duty.OFF_DUTY]
    )
    return lambda w: shift.change_duty(w, unit_id, wanted)


def take_away(night: Night, who: Principal) -> Do | None:
    """Order units that have another job, for whatever is more urgent."""
    held = night.some([a for a in night.world.assignments.values() if a.is_open and a.unit_id])
    urgent = [i for i in night.world.incidents.values() if i.priority == 1]
    target = night.some(urgent) if night.rng.random() < 0.8 else None
    if held is None:
        return None
    id_ = target.id if target else night.incident(S.RECEIVED)
    orders = [ordering.Order(unit_id=u) for u in {held.unit_id, *night.rng.sample(UNITS, 1)}]
    return lambda w: ordering.order(w, id_, orders, preempt=True)


def lend(night: Night, who: Principal) -> Do:
    unit_id, room, rng = night.rng.choice(UNITS), night.rng.choice([NORTH, SOUTH, CITY]), night.rng
    if rng.random() < 0.5:
        return lambda w: lending.give_back(w, unit_id)
    hours = rng.choice([1, 2, 24 * 30])
    return lambda w: lending.lend(w, unit_id, room, w.now + timedelta(hours=hours))


def telephone(night: Night, who: Principal) -> Do | None:
    """Something is told of a call, or a caller is rung back."""
    rng = night.rng
    outcome: Any = rng.choice(["spoken", "needs_help", "no_answer", "no_number"])
    alarm, text = night.some(night.world.alarms), rng.choice([None, night.text()])
    if alarm is not None and rng.random() < 0.4:
        return lambda w: ringing_back.ring_back(w, alarm.id, outcome, text)
    act: Any = rng.choice(["ringing", "answered", "held", "transferred", "released", "abandoned"])
    said = answering.Said(
        acd=rng.choice(["city", "north"]), line="7", reference=night.call_id(), act=act,
        number=rng.choice([None, night.caller().number]), exercise=rng.random() < 0.05,
    )  # fmt: skip
    return lambda w: answering.hear(w, said)


def plan(night: Night, who: Principal) -> Do:
    """A plan is activated, mostly, or one that stands is refused or ended."""
    rng = night.rng
    row = night.some(night.world.plans)
    if row is not None and rng.random() < 0.3:
        act = rng.choice([planning.dismiss, planning.end])
        return lambda w: act(w, row.incident_id, row.id)
    id_, code = night.incident(S.RECEIVED, S.DISPATCHED, S.ON_SCENE), rng.choice(shipped().plans).code
    return lambda w: planning.activate(w, id_, code)


def task(night: Night, who: Principal) -> Do | None:
    """A task is done, left undone, opened again, taken or put off."""
    rng = night.rng
    standing = [one for one in night.world.tasks.values() if one.stands]
    one = rng.choice(standing) if standing and rng.random() < 0.9 else night.some(night.world.tasks)
    if one is None:
        return None
    state = rng.choice(["done", "done", "done", "not_applicable", "open"])
    said = tasking.Said(
        state=state, text=rng.choice([night.text(), night.text(), None]) if state == "done" else None,
        form={field.key: night.text() for field in one.step.form} if state == "done" and rng.random() < 0.9 else {},
    )  # fmt: skip
    if rng.random() < 0.1:
        said = tasking.Said(
            taken=rng.random() < 0.5, due_at=night.now + timedelta(hours=rng.choice([-1, 1, 2]))
        )
    return lambda w: tasking.change(w, one.id, None, said)


def clear_up(night: Night, who: Principal) -> Do | None:
    """Somebody closes although tasks stand."""
    incident = night.some([i for i in night.world.incidents.values() if i.state is S.REVIEWED])
    if incident is None:
        return None
    night.excepted = True
    return lambda w: closing.close(w, incident.id, despite_open=True)


type Make = Callable[[Night, Principal], Do | None]
ACTS: tuple[tuple[str, Make, int], ...] = (
    ("report", report, 10), ("attach", attach, 4), ("detach", detach, 7), ("merge", merge, 6), ("unmerge", unmerge, 6),
    ("order", order, 16), ("send_kept", send_kept, 5), ("step", step, 30), ("leave", leave, 6),
    ("feed_back", feed_back, 10), ("review", review, 8), ("call_back", call_back, 8), ("close", close, 5), ("settle", settle, 14),
    ("reopen", reopen, 4), ("end", end, 3), ("handle", handle, 4), ("hand_over", hand_over, 3), ("command", command, 4), ("amend", amend, 6),
    ("note", note, 3), ("recommend", recommend, 1), ("on_view", come_upon, 5), ("radio", radio, 6), ("duty", duty, 6),
    ("plan", plan, 3), ("task", task, 16), ("clear_up", clear_up, 4),
    ("words", words, 6), ("take_away", take_away, 9), ("lend", lend, 3),
    ("telephone", telephone, 8), ("demand", demand, 7), ("agency", agency, 7),
    ("border", border, 8), ("broadcast", aftermath.broadcast, 6), ("look_back", aftermath.look_back, 6),
)  # fmt: skip
