"""A week of a city, told in the order it happens: calls come in, somebody goes, is there, is done, goes home.

One rule says who goes; everything else is the same for all rules. Journeys last what the roads say times the luck of their
call, which no rule knows. Nothing is drawn at random in here: the same week under the same rule is the same week again.
"""

import heapq
from collections.abc import Sequence
from itertools import count
from typing import Literal, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.cover import Floats
from dispatch.desk.standing_by import LASTS
from dispatch.moves.proposing import SETTLED
from dispatch.ranking import DETOUR, SPEED_MPS
from load_tests.trials.ways import Way, Ways
from load_tests.trials.week import Call, Town, metric

HANDLING_S = 60.0
"""From the first ring to the order, and the crew in its car: the same for every rule."""
LOOKED_EVERY_S = 300.0
NEAR_S = 240.0
"""Near enough to be there within five minutes of the first ring."""
MOVED_EVERY_S = 120.0
"""A dispatcher is asked to move somebody no more often."""

type Doing = Literal["free", "under_way", "there"]


class Patrol(msgspec.Struct):
    """One unit: where it is, what it does, since when. A way is set while it moves; `turn` makes old plans void."""

    post: int
    lon: float
    lat: float
    doing: Doing = "free"
    way: Way | None = None
    began_s: float = 0.0
    luck: float = 1.0
    job: "Job | None" = None
    standby: int | None = None
    """The post where it stands by instead of its own, or is on its way to."""
    moved_s: float = -np.inf
    turn: int = 0
    road_m: float = 0.0

    def place(self, now_s: float) -> tuple[float, float]:
        """Where it is now: lon, lat."""
        if self.way is None:
            return self.lon, self.lat
        gone_s = (now_s - self.began_s) / self.luck
        at = self.way.at_s
        return float(np.interp(gone_s, at, self.way.lon)), float(np.interp(gone_s, at, self.way.lat))


class Job(msgspec.Struct, eq=False):
    """What is being done about one call. stays_s: of those who still have to be sent."""

    call: Call
    stays_s: list[float]
    there_s: float | None = None


class Answer(NamedTuple):
    """How a call went: its urgency, seconds from the first ring until somebody was there; None: it was lost."""

    priority: int
    response_s: float | None


class Lived(NamedTuple):
    """What came of a week. cover: the mean share of expected calls that somebody free was near enough for."""

    answers: list[Answer]
    cover: float
    road_m: float
    moves: int
    busy: float


class Now(NamedTuple):
    """What a rule may know: the time, the patrols that may be sent and where they are, the city."""

    at_s: float
    free: list[int]
    lon: Floats
    lat: Floats
    city: "City"
    movable: NDArray[np.bool_]
    """Of the free: who stands by nowhere and was not moved lately."""
    standby: NDArray[np.intp]
    """The post where each of them stands by or is about to; -1: nowhere."""


class City(NamedTuple):
    """Roads, places, posts; posts_s: from each post to each place, as `plain_s`."""

    ways: Ways
    town: Town
    posts_s: Floats

    def plain_s(self, lon: Floats, lat: Floats) -> Floats:
        """From these spots to all places, seconds: by straight line, a detour and a plain speed, as ranking without roads."""
        around = float(self.town.lat[0])
        x, y = metric(lon, lat, around)
        to_x, to_y = metric(self.town.lon, self.town.lat, around)
        return np.asarray(np.hypot(x[:, None] - to_x, y[:, None] - to_y) * DETOUR / SPEED_MPS["car"])


def city_of(ways: Ways, town: Town) -> City:
    """A city with how far its posts are from everything."""
    bare = City(ways, town, np.zeros((0, 0)))
    posts = list(town.posts)
    return bare._replace(posts_s=bare.plain_s(town.lon[posts], town.lat[posts]))


class Rule(Protocol):
    """Who goes."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """Rows of the free, at most so many, first who should be primary."""
        ...

    def divert(self, now: Now, call: Call, others: Sequence[Patrol]) -> int | None:
        """Whom of those under way to something else it takes; None: nobody."""
        ...

    def move(self, now: Now) -> tuple[int, int] | None:
        """One of the free (its row) to one post (its number); None: all stay."""
        ...


class Week:
    """One week under one rule. waits: whether calls wait when nobody is free, else they are lost."""

    def __init__(self, city: City, patrols: int, rule: Rule, *, waits: bool = True) -> None:
        self._city, self._rule, self._waits = city, rule, waits
        town, posts = city.town, city.town.posts
        self._patrols = [
            Patrol(
                n % len(posts), float(town.lon[posts[n % len(posts)]]), float(town.lat[posts[n % len(posts)]])
            )
            for n in range(patrols)
        ]
        self._waiting: list[Job] = []
        self._plans: list[tuple[float, int, str, object]] = []
        self._count = count()
        self._answers: list[Answer] = []
        self._looks: list[tuple[float, float]] = []
        self._moved_s = -MOVED_EVERY_S
        self._moves = 0
        self._stays: dict[int, float] = {}

    def live(self, calls: Sequence[Call], until_s: float) -> Lived:
        """All these calls; what has not been answered by then counts as lost."""
        jobs = [Job(call, list(call.stays_s)) for call in calls]
        for job in jobs:
            self._plan(job.call.at_s + HANDLING_S, "ordered", job)
        for look in np.arange(LOOKED_EVERY_S, until_s, LOOKED_EVERY_S).tolist():
            self._plan(look, "looked", None)
        while self._plans:
            now_s, _, what, whom = heapq.heappop(self._plans)
            if isinstance(whom, Job):
                self._ordered(now_s, whom)
            elif isinstance(whom, tuple):
                patrol, turn = whom
                if patrol.turn == turn:
                    getattr(self, f"_{what}")(now_s, patrol)
            else:
                self._look(now_s)
        answers = [
            Answer(job.call.priority, None if job.there_s is None else job.there_s - job.call.at_s)
            for job in jobs
        ]
        free, cover = np.array(self._looks).mean(axis=0) if self._looks else (0.0, 0.0)
        return Lived(
            answers, float(cover), sum(one.road_m for one in self._patrols), self._moves,
            1.0 - float(free) / len(self._patrols),
        )  # fmt: skip

    def _plan(self, at_s: float, what: str, whom: object) -> None:
        heapq.heappush(self._plans, (at_s, next(self._count), what, whom))

    def _now(self, now_s: float) -> Now:
        free = [n for n, one in enumerate(self._patrols) if one.doing == "free"]
        places = [self._patrols[n].place(now_s) for n in free]
        lon, lat = np.array(places).reshape(-1, 2).T
        patrols = [self._patrols[n] for n in free]
        standby = np.array([-1 if one.standby is None else one.standby for one in patrols], np.intp)
        settled = np.array([now_s - one.moved_s >= SETTLED.total_seconds() for one in patrols], np.bool_)
        return Now(now_s, free, lon, lat, self._city, settled & (standby < 0), standby)

    def _ordered(self, now_s: float, job: Job) -> None:
        self._send(now_s, job)
        if (
            job.stays_s
            and job.there_s is None
            and self._waits
            and not any(p.job is job for p in self._patrols)
        ):
            self._divert(now_s, job)
        if job.stays_s and self._waits:
            self._waiting.append(job)
            self._waiting.sort(key=lambda one: (one.call.priority, one.call.at_s))
        self._move_up(now_s)

    def _send(self, now_s: float, job: Job) -> None:
        now = self._now(now_s)
        if not now.free:
            return
        for row in self._rule.send(now, job.call, len(job.stays_s)):
            self._go(now_s, self._patrols[now.free[row]], job)

    def _divert(self, now_s: float, job: Job) -> None:
        others = [one for one in self._patrols if one.doing == "under_way"]
        chosen = self._rule.divert(self._now(now_s), job.call, others)
        if chosen is None:
            return
        patrol = others[chosen]
        given_up, stay = patrol.job, self._stays.pop(id(patrol))
        self._halt(now_s, patrol)
        self._go(now_s, patrol, job)
        if given_up is not None:
            given_up.stays_s.insert(0, stay)
            if given_up not in self._waiting:
                self._ordered(now_s, given_up)

    def _go(self, now_s: float, patrol: Patrol, job: Job) -> None:
        self._halt(now_s, patrol)
        self._stays[id(patrol)] = job.stays_s.pop(0)
        patrol.job, patrol.doing, patrol.luck, patrol.standby = job, "under_way", job.call.luck, None
        self._set_out(now_s, patrol, job.call.place, "arrived")

    def _set_out(self, now_s: float, patrol: Patrol, goal: int, then: str) -> None:
        patrol.way = self._city.ways.way(patrol.lon, patrol.lat, goal)
        patrol.began_s = now_s
        self._plan(now_s + float(patrol.way.at_s[-1]) * patrol.luck, then, (patrol, patrol.turn))

    def _halt(self, now_s: float, patrol: Patrol) -> None:
        """It is where it is; what was planned for it is void."""
        if patrol.way is not None:
            whole = float(patrol.way.at_s[-1]) * patrol.luck
            patrol.road_m += patrol.way.road_m * (
                min((now_s - patrol.began_s) / whole, 1.0) if whole else 1.0
            )
        patrol.lon, patrol.lat = patrol.place(now_s)
        patrol.way = None
        patrol.turn += 1

    def _arrived(self, now_s: float, patrol: Patrol) -> None:
        self._halt(now_s, patrol)
        job = patrol.job
        if job is not None and job.there_s is None:
            job.there_s = now_s
        patrol.doing = "there"
        self._plan(now_s + self._stays.pop(id(patrol)), "done", (patrol, patrol.turn))

    def _done(self, now_s: float, patrol: Patrol) -> None:
        patrol.doing, patrol.job, patrol.luck = "free", None, 1.0
        for job in list(self._waiting):
            self._send(now_s, job)
            if not job.stays_s:
                self._waiting.remove(job)
        if patrol.doing == "free":
            self._return(now_s, patrol)
        self._move_up(now_s)

    def _return(self, now_s: float, patrol: Patrol) -> None:
        self._halt(now_s, patrol)
        post = patrol.post if patrol.standby is None else patrol.standby
        self._set_out(now_s, patrol, self._city.town.posts[post], "parked")

    def _parked(self, now_s: float, patrol: Patrol) -> None:
        self._halt(now_s, patrol)
        if patrol.standby is not None:
            until_s = patrol.moved_s + LASTS.total_seconds()
            self._plan(max(until_s, now_s), "relieved", (patrol, patrol.turn))

    def _relieved(self, now_s: float, patrol: Patrol) -> None:
        patrol.standby = None
        self._return(now_s, patrol)

    def _move_up(self, now_s: float) -> None:
        if self._waiting or now_s - self._moved_s < MOVED_EVERY_S:
            return
        now = self._now(now_s)
        move = self._rule.move(now) if now.free else None
        if move is not None:
            patrol = self._patrols[now.free[move[0]]]
            patrol.standby, patrol.moved_s = move[1], now_s
            self._moved_s, self._moves = now_s, self._moves + 1
            self._return(now_s, patrol)

    def _look(self, now_s: float) -> None:
        now = self._now(now_s)
        near = self._city.plain_s(now.lon, now.lat).min(axis=0, initial=np.inf) <= NEAR_S
        self._looks.append((len(now.free), float(self._city.town.share @ near)))
