"""A week of a city, told in the order it happens: calls come in, somebody goes, is there, is done, goes home.

One rule says who goes; everything else is the same for all rules. Journeys last what the roads say times the luck of their
call, which no rule knows. Nothing is drawn at random in here: the same week under the same rule is the same week again.
"""

import heapq
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

import numpy as np

from dispatch.desk.standing_by import LASTS
from dispatch.moves.proposing import SETTLED
from load_tests.trials.crews import Crew, Crews, Noted
from load_tests.trials.model import Answer, City, Job, Lived, Now, Patrol, Rule
from load_tests.trials.week import Call

HANDLING_S = 60.0
"""From the first ring to the order, and the crew in its car: the same for every rule."""
LOOKED_EVERY_S = 300.0
NEAR_S = 240.0
"""Near enough to be there within five minutes of the first ring."""
ASKED_EVERY_S = 120.0
"""It is looked no more often whether somebody should move."""


class Week:
    """One week under one rule.

    waits: whether calls wait when nobody is free, else they are lost; crews: what else their lives bring, None: nothing.
    """

    def __init__(
        self, city: City, patrols: int, rule: Rule, *, waits: bool = True, crews: Crews | None = None
    ) -> None:
        self._city, self._rule, self._waits, self._crews = city, rule, waits, crews
        self._noted = Noted()
        town, posts = city.town, city.town.posts
        self._patrols = [
            Patrol(
                n % len(posts), float(town.lon[posts[n % len(posts)]]), float(town.lat[posts[n % len(posts)]])
            )
            for n in range(patrols)
        ]
        self._waiting: list[Job] = []
        self._plans: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = count()
        self._answers: list[Answer] = []
        self._looks: list[tuple[float, float]] = []
        self._asked_s = -ASKED_EVERY_S
        self._moves = 0
        self._stays: dict[int, float] = {}

    def live(self, calls: Sequence[Call], until_s: float) -> Lived:
        """All these calls; what has not been answered by then counts as lost."""
        jobs = [Job(call, list(call.stays_s)) for call in calls]
        for job in jobs:
            self._plan(job.call.at_s + HANDLING_S, partial(self._ordered, job=job))
        for look in np.arange(LOOKED_EVERY_S, until_s, LOOKED_EVERY_S).tolist():
            self._plan(look, self._look)
        for errands in () if self._crews is None else self._crews.errands:
            for end in errands.end_s.tolist():
                self._plan(end, self._serve_waiting)
        while self._plans:
            now_s, _, happens = heapq.heappop(self._plans)
            happens(now_s)
        answers = [
            Answer(job.call.priority, None if job.there_s is None else job.there_s - job.call.at_s)
            for job in jobs
        ]
        free, cover = np.array(self._looks).mean(axis=0) if self._looks else (0.0, 0.0)
        return Lived(
            answers, float(cover), sum(one.road_m for one in self._patrols), self._moves,
            1.0 - float(free) / len(self._patrols), self._noted,
        )  # fmt: skip

    def _plan(self, at_s: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._plans, (at_s, next(self._count), happens))

    def _plan_for(self, patrol: Patrol, at_s: float, happens: Callable[[float, Patrol], None]) -> None:
        turn = patrol.turn

        def unless_void(now_s: float) -> None:
            if patrol.turn == turn:
                happens(now_s, patrol)

        self._plan(at_s, unless_void)

    def _now(self, now_s: float) -> Now:
        free = [n for n, one in enumerate(self._patrols) if one.doing == "free"]
        crews = None if self._crews is None else [self._crew(n, self._crews, now_s) for n in free]
        places = (
            [self._patrols[n].place(now_s) for n in free] if crews is None else [one.place for one in crews]
        )
        lon, lat = np.array(places).reshape(-1, 2).T
        patrols = [self._patrols[n] for n in free]
        standby = np.array([-1 if one.standby is None else one.standby for one in patrols], np.intp)
        settled = np.array([now_s - one.moved_s >= SETTLED.total_seconds() for one in patrols], np.bool_)
        return Now(now_s, free, lon, lat, self._city, settled & (standby < 0), standby, crews)

    def _crew(self, row: int, crews: Crews, now_s: float) -> Crew:
        """As it was last heard."""
        patrol = self._patrols[row]
        heard_s = max(crews.heard_s(row, now_s), patrol.pressed_s)
        lon, lat, speed_mps = patrol.seen(heard_s)
        station = int(self._city.stations[self._city.town.posts[patrol.post]])
        return Crew(
            (lon, lat), station, crews.left_s(row, now_s), crews.errands[row].at(now_s) is not None,
            now_s - heard_s, speed_mps, patrol.place(now_s),
        )  # fmt: skip

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
            if now.crews is not None:
                self._noted.sent(now.crews[row], int(self._city.stations[job.call.place]), job.call.priority)

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
        patrol.sent_s = now_s
        self._set_out(now_s, patrol, job.call.place, self._arrived)

    def _set_out(
        self, now_s: float, patrol: Patrol, goal: int, then: Callable[[float, Patrol], None]
    ) -> None:
        patrol.way = patrol.last = self._city.ways.way(patrol.lon, patrol.lat, goal)
        patrol.began_s = patrol.pressed_s = now_s
        self._plan_for(patrol, now_s + float(patrol.way.at_s[-1]) * patrol.luck, then)

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
        self._plan_for(patrol, now_s + self._stays.pop(id(patrol)), self._done)

    def _done(self, now_s: float, patrol: Patrol) -> None:
        patrol.doing, patrol.job, patrol.luck, patrol.last = "free", None, 1.0, None
        if self._crews is not None:
            left_s = self._crews.left_s(self._patrols.index(patrol), patrol.sent_s)
            self._noted.done(now_s - patrol.sent_s - left_s)
        self._serve_waiting(now_s)
        if patrol.doing == "free":
            self._return(now_s, patrol)
        self._move_up(now_s)

    def _serve_waiting(self, now_s: float) -> None:
        for job in list(self._waiting):
            self._send(now_s, job)
            if not job.stays_s:
                self._waiting.remove(job)

    def _return(self, now_s: float, patrol: Patrol) -> None:
        self._halt(now_s, patrol)
        post = patrol.post if patrol.standby is None else patrol.standby
        self._set_out(now_s, patrol, self._city.town.posts[post], self._parked)

    def _parked(self, now_s: float, patrol: Patrol) -> None:
        self._halt(now_s, patrol)
        if patrol.standby is not None:
            until_s = patrol.moved_s + LASTS.total_seconds()
            self._plan_for(patrol, max(until_s, now_s), self._relieved)

    def _relieved(self, now_s: float, patrol: Patrol) -> None:
        patrol.standby = None
        self._return(now_s, patrol)

    def _move_up(self, now_s: float) -> None:
        if self._waiting or now_s - self._asked_s < ASKED_EVERY_S:
            return
        now, self._asked_s = self._now(now_s), now_s
        move = self._rule.move(now) if now.free else None
        if move is not None:
            patrol = self._patrols[now.free[move[0]]]
            patrol.standby, patrol.moved_s = move[1], now_s
            self._moves += 1
            self._return(now_s, patrol)

    def _look(self, now_s: float) -> None:
        now = self._now(now_s)
        near = self._city.plain_s(now.lon, now.lat).min(axis=0, initial=np.inf) <= NEAR_S
        self._looks.append((len(now.free), float(self._city.town.share @ near)))
