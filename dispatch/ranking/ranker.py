"""Who should go: every unit considered, the quickest suitable ones first, in waves, with reasons and why-nots.

By the exact time along the roads where they are known (`driving`). Whoever has none is told by straight line, times a detour
factor over a plain speed by kind, and says so. What moves is met (`pursuits.meeting`): who can be ahead of it comes before who
only chases. Who is to be sent last comes after everybody else, however near.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dispatch.cards.helping import Able, what_would_help
from dispatch.driving import ByRoad, profile_of
from dispatch.pursuits.meeting import Meeting, Met
from dispatch.ranking.model import PassedOver, Question, Ranking, Row, said
from dispatch.ranking.times import seconds_of
from dispatch.ranking.waves import in_waves, is_full
from dispatch.readiness import (
    committed,
    eligible,
    goes_last,
    in_words,
    kept_out,
    lent_away,
    secures_here,
    speaks_against,
    speaks_for,
)
from dispatch.response import Suitability, left_open, shortfalls, suitable
from geo.coordinates import distance_m
from incidents.reasons import Reason
from incidents.types import TypeTree
from units.answers import Around
from units.live import LiveUnits
from units.model import Unit
from units.roll import PROGRESS, Filter, UnknownHandle

PASSED_AT_MOST = 10
ON_DUTY = frozenset(PROGRESS) - {"off_duty"}


def rank(  # everything an answer leans on, nothing hidden
    tree: TypeTree,
    live: LiveUnits,
    known: Callable[[UUID], Unit | None],
    question: Question,
    now_ms: int,
    road: ByRoad | Meeting | None = None,
) -> Ranking:
    """The quickest suitable free units in waves. road: what is known of their ways; without it they go by straight lines.

    A Meeting instead of a way to one place: when they meet what moves.
    """
    return _Ranker(tree, live, known, question, now_ms, road).rank()


class _Candidate(NamedTuple):
    handle: int
    eta_s: float
    road_m: float | None
    straight_m: float
    unit: Unit


def asked_about(live: LiveUnits, question: Question) -> Around:
    """Everybody whose time counts: all units on duty that these rooms see."""
    return live.around(question.lon, question.lat, Filter(rooms=question.rooms, states=ON_DUTY))


def enough_for(question: Question) -> int:
    """How many units are mostly enough to fill the waves with."""
    return 4 * sum(map(question.size, range(question.waves))) + 16


class _Ranker:
    """One question with all that its answer leans on."""

    def __init__(  # as `rank`
        self,
        tree: TypeTree,
        live: LiveUnits,
        known: Callable[[UUID], Unit | None],
        question: Question,
        now_ms: int,
        road: ByRoad | Meeting | None,
    ) -> None:
        self._tree = tree
        self._live = live
        self._known = known
        self._question = question
        self._now_ms = now_ms
        self._now = datetime.fromtimestamp(now_ms / 1000, UTC)
        met = self._met = road if isinstance(road, Meeting) else None
        self._road = road = road.road if isinstance(road, Meeting) else road
        self._around = _units_asked(live, question, road, met)
        self._commitments = question.commitments.at(question.lon, question.lat)
        self._suits: dict[tuple[str, str, tuple[str, ...]], Suitability] = {}
        self._together = question.together
        self._eta_s = seconds_of(self._around, road) if met is None else met.rank_s
        order = np.argsort(self._eta_s, kind="stable")  # of equal times the lower handle comes first
        reached_s = met.reached_s if met is not None else road.reached_s if road is not None else np.inf
        self._order = order[self._eta_s[order] <= reached_s]
        self._knows_all = len(self._order) == len(order)

    def rank(self) -> Ranking:
        waves, full = self._fill()
        first = [one.unit for one in waves[0]] if waves else []
        reach_s = max((one.eta_s for one in waves[0]), default=0.0) if waves else float("inf")
        chosen = {one.unit.id for wave in waves for one in wave}
        passed = self._passed_over(reach_s, chosen)
        if not full:
            passed += self._never_seen()
        return Ranking(
            waves=tuple(tuple(self._row(one) for one in wave) for wave in waves),
            passed_over=tuple(passed[:PASSED_AT_MOST]),
            shortfalls=tuple(map(said, self._short(first))),
            sure=full or self._knows_all,
        )

    def _short(self, first: Sequence[Unit]) -> list[Reason]:
        """What the first wave lacks, each followed by what would help."""
        question = self._question
        short = shortfalls(self._tree, question.needed, first, question.card)
        if question.card is None or not short:
            return short
        there = [
            Able(one.unit, self._live.entry(one.handle).state, one.eta_s)
            for one in map(self._candidate, self._order.tolist())
            if one is not None
        ]
        seats = [seat for seat, _ in left_open(question.needed, first)]
        return [
            *short,
            *what_would_help(
                seats, there, eligible(question.priority), question.rooms, {unit.id for unit in first}
            ),
        ]

    def _fill(self) -> tuple[list[list[_Candidate]], bool]:
        """The waves, and whether they are full. Those who go last are proposed when nobody else is left.

        Mostly the few quickest of all are enough.
        """
        question, ordinary, last = self._question, list[_Candidate](), list[_Candidate]()
        begin, size = 0, enough_for(question)
        while begin < len(self._order):
            some, later = self._parted(self._candidates(self._order[begin : begin + size]))
            ordinary += some
            last += later
            waves = _waves(question, ordinary)
            if is_full(question, waves):
                return waves, True
            begin, size = begin + size, 4 * size
        waves = _waves(question, ordinary + last)
        return waves, is_full(question, waves)

    def _candidates(self, rows: NDArray[np.intp]) -> list[_Candidate]:
        """Those of these rows who may be ordered now."""
        free, question = eligible(self._question.priority), self._question
        return [
            one
            for one in map(self._candidate, rows.tolist())
            if one is not None
            and self._live.entry(one.handle).state in free
            and one.unit.ordered_by in question.rooms
            and one.unit.unit_class == "regular"
            and not kept_out(self._commitments.of(one.unit.id, self._now), question.priority)
        ]

    def _candidate(self, row: int) -> _Candidate | None:
        around, handle = self._around, int(self._around.handles[row])
        try:
            unit = self._known(self._live.entry(handle).unit_id)
        except UnknownHandle:  # struck off while its way was searched
            return None
        if unit is None:
            return None
        goal = self._question.lon, self._question.lat
        straight_m = distance_m(*goal, float(around.lon[row]), float(around.lat[row]))
        road_m = None
        if self._road is not None and np.isfinite(self._road.road_m[row]):
            road_m = float(self._road.road_m[row])
        return _Candidate(handle, float(self._eta_s[row]), road_m, straight_m, unit)

    def _suit(self, unit: Unit) -> Suitability:
        key = (unit.kind, unit.unit_class, unit.skills)
        if key not in self._suits:
            self._suits[key] = suitable(self._tree, self._together, unit)
        return self._suits[key]

    def _parted(self, some: Sequence[_Candidate]) -> tuple[list[_Candidate], list[_Candidate]]:
        """Of those that fit: who goes in turn and who goes last, quickest first both."""
        parts: tuple[list[_Candidate], list[_Candidate]] = [], []
        fitting = [one for one in some if self._suit(one.unit).fits]
        lost = self._live.lost([one.handle for one in fitting], self._now_ms)
        for one, is_lost in zip(fitting, lost, strict=True):
            post = self._question.posts.of(one.unit.id, self._now)
            parts[goes_last(one.unit, self._question.priority, self._now, post, is_lost)].append(one)
        return parts

    def _row(self, one: _Candidate) -> Row:
        unit = one.unit
        entry, fix = self._live.entry(one.handle), self._live.fix(one.handle, self._now_ms)
        far = Reason("nearest", {"distance_m": round(one.straight_m)})
        if one.road_m is not None:
            far = Reason("by_road", {"road_m": round(one.road_m)})
        reasons = [*self._meets(one), far, *self._suit(unit).reasons]
        if unit.room_id == self._question.room_id:
            reasons.append(Reason("own_area"))
        reasons += speaks_for(unit, self._now)
        post = self._question.posts.of(unit.id, self._now)
        held = self._commitments.of(unit.id, self._now)
        reasons += secures_here(held)
        warnings = [
            *self._chases(one),
            *self._straightness(one),
            *committed(held, self._question.zone),
            *speaks_against(unit, self._now, post, fix),
        ]
        return Row(
            unit_id=unit.id, handle=unit.handle, call_sign=unit.call_sign,
            eta_s=round(one.eta_s, 1), road_m=None if one.road_m is None else round(one.road_m, 1),
            straight_m=round(one.straight_m, 1), fix_age_s=round(fix.age_s, 1) if fix else None,
            state=entry.state, skills=unit.skills,
            reasons=tuple(said(r) for r in reasons), warnings=tuple(said(r) for r in warnings),
        )  # fmt: skip

    def _met_by(self, one: _Candidate) -> Met | None:
        if self._met is None:
            return None
        return self._met.of(int(np.searchsorted(self._around.handles, one.handle)))

    def _meets(self, one: _Candidate) -> list[Reason]:
        """When it meets what moves, and whether it stands ahead of it."""
        met = self._met_by(one)
        if met is None or met.meets_s is None:
            return []
        meets = f"{round(met.meets_s) // 60}:{round(met.meets_s) % 60:02d}"
        return [Reason("ahead" if met.is_ahead else "catches_up", {"meets": meets})]

    def _chases(self, one: _Candidate) -> list[Reason]:
        met = self._met_by(one)
        return [Reason("chases")] if met is not None and met.meets_s is None else []

    def _straightness(self, one: _Candidate) -> list[Reason]:
        """What is said of a time that is not by road."""
        if one.road_m is not None:
            return []
        if self._road is None or profile_of(one.unit.kind, self._question.priority) is None:
            return [Reason("straight_line")]
        return [Reason("off_road")]

    def _passed_over(self, reach_s: float, chosen: set[UUID]) -> list[PassedOver]:
        """Quicker units that are not proposed, quickest first."""
        passed: list[PassedOver] = []
        for row in self._order.tolist():
            if self._eta_s[row] > reach_s or len(passed) == PASSED_AT_MOST:
                break
            one = self._candidate(row)
            if one is None or one.unit.id in chosen:
                continue
            state = self._live.entry(one.handle).state
            passed.append(_passed(one.unit, state, one, self._why_nots(one.unit, state)))
        return passed

    def _why_nots(self, unit: Unit, state: str) -> list[Reason]:
        question = self._question
        why_nots = lent_away(unit, question.rooms, question.room_names, self._now)
        if state not in eligible(question.priority):
            why_nots.append(Reason("not_free", dict(in_words(state))))
        held = self._commitments.of(unit.id, self._now)
        if kept_out(held, question.priority):
            why_nots += committed(held, question.zone)
        why_nots += self._suit(unit).why_nots
        post = question.posts.of(unit.id, self._now)
        if not why_nots and goes_last(unit, question.priority, self._now, post, lost=self._is_lost(unit)):
            fix = self._live.fix(unit.handle, self._now_ms)
            why_nots += speaks_against(unit, self._now, post, fix)
        return why_nots

    def _is_lost(self, unit: Unit) -> bool:
        return self._live.lost([unit.handle], self._now_ms)[0]

    def _never_seen(self) -> list[PassedOver]:
        """Units that could go and were never positioned: somebody is short, and they must not be forgotten."""
        question = self._question
        which = Filter(
            states=eligible(question.priority),
            ordered_by=question.rooms,
            classes=frozenset({"regular"}),
        )
        units = [(entry, self._known(entry.unit_id)) for entry in self._live.never_seen(which)]
        return [
            _passed(unit, entry.state, None, [Reason("never_seen")])
            for entry, unit in units
            if unit is not None
            and self._suit(unit).fits
            and not kept_out(self._commitments.of(unit.id, self._now), question.priority)
        ]


def _units_asked(live: LiveUnits, question: Question, road: ByRoad | None, met: Meeting | None) -> Around:
    if met is not None:
        return met.around
    return road.around if road is not None else asked_about(live, question)


def _passed(unit: Unit, state: str, one: _Candidate | None, why_nots: Sequence[Reason]) -> PassedOver:
    return PassedOver(
        unit_id=unit.id,
        call_sign=unit.call_sign,
        straight_m=None if one is None else round(one.straight_m, 1),
        eta_s=None if one is None else round(one.eta_s, 1),
        state=state,
        why_nots=tuple(said(r) for r in why_nots),
    )


def _waves(question: Question, fitting: Sequence[_Candidate]) -> list[list[_Candidate]]:
    return [[fitting[n] for n in wave] for wave in in_waves(question, [one.unit for one in fitting])]
