"""Who should go: every unit considered, the lowest score first, in waves, with reasons and why-nots.

The score is the exact time along the roads where they are known (`driving`), else by straight line, which is said, and what else
counts in seconds (`weights`). What moves is met (`pursuits.meeting`): who can be ahead of it comes before who only chases. Who
is to be sent last comes after everybody else, however near.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import numpy as np

from dispatch.cards.helping import Able, what_would_help
from dispatch.driving import ByRoad
from dispatch.leanings import LeanedOn
from dispatch.pursuits.meeting import Meeting
from dispatch.ranking.candidates import Candidate, Candidates, Scored
from dispatch.ranking.model import PassedOver, Question, Ranking, said
from dispatch.ranking.telling import nearer, passed_over, row, told
from dispatch.ranking.waves import in_waves, is_full
from dispatch.ranking.weights import VERSION
from dispatch.readiness import eligible
from dispatch.response import left_open, shortfalls
from incidents.reasons import Reason
from incidents.types import TypeTree
from units.live import LiveUnits
from units.model import Unit

PASSED_AT_MOST = 10
NEARER_AT_MOST = 3
"""So many are named who are nearer in a straight line alone."""
UNDER_WAY = frozenset({"ordered", "delivered", "accepted", "en_route"})
DIVERTED_FROM = 2
"""At this priority or above it somebody may be diverted who is on his way to something less urgent."""
SAVED_S = 60.0
"""Nobody is taken from another call for less."""
DIVERTED_AT_MOST = 3

type Waves = list[list[Scored]]


def rank(  # everything an answer leans on, nothing hidden
    tree: TypeTree,
    live: LiveUnits,
    known: Callable[[UUID], Unit | None],
    question: Question,
    now_ms: int,
    road: ByRoad | Meeting | None = None,
) -> Ranking:
    """The best suitable free units in waves. road: what is known of their ways; without it they go by straight lines.

    A Meeting instead of a way to one place: when they meet what moves.
    """
    among = Candidates(tree, live, known, question, now_ms, road)
    waves, sure = _fill(among)
    chosen = {one.of.unit.id for wave in waves for one in wave}
    first = waves[0] if waves else []
    passed = _passed_over(among, first, chosen)
    if not is_full(question, waves):
        passed += _never_seen(among)
    passed += _nearer(among, first, chosen)
    return Ranking(
        waves=tuple(tuple(row(among, one) for one in wave) for wave in waves),
        passed_over=tuple(passed[:PASSED_AT_MOST]),
        shortfalls=tuple(map(said, _short(among, [one.of.unit for one in first]))),
        sure=sure,
        on=_leaned_on(question),
        under_way=_under_way(among, min((one.of.eta_s for one in first), default=np.inf)),
    )


def _leaned_on(question: Question) -> LeanedOn:
    cover = question.cover
    if cover is None:
        return LeanedOn(weights=VERSION)
    as_of = datetime.fromtimestamp(cover.as_of_ms / 1000, UTC)
    return LeanedOn(
        weights=VERSION, demand=cover.version, cover_as_of=as_of, expected_s=round(cover.expected_s, 1)
    )


def enough_for(question: Question) -> int:
    """How many units are mostly enough to fill the waves with."""
    return 4 * sum(map(question.size, range(question.waves))) + 16


def _fill(among: Candidates) -> tuple[Waves, bool]:
    """The waves, and whether nobody unknown could be in them. Those who go last are proposed, quickest first, when nobody else is left.

    Mostly the few quickest of all are enough: no term is below zero, so that whoever scores less than the next one takes to come is
    in his place.
    """
    question, order = among.question, among.order
    ordinary, last, settled = list[Scored](), list[Scored](), list[Scored]()
    begin, size = 0, enough_for(question)
    while begin < len(order):
        some, later = _parted(among, list(_free(among, begin, begin + size)))
        ordinary = sorted([*ordinary, *some], key=lambda one: one.place)
        last = sorted([*last, *later], key=lambda one: one.place[1:])
        begin, size = begin + size, 4 * size
        next_s = float(among.eta_s[order[begin]]) if begin < len(order) else among.beyond_s
        settled = [one for one in ordinary if one.score_s <= next_s]
        waves = _waves(question, settled)
        if is_full(question, waves):
            return waves, True
    return _waves(question, [*ordinary, *last]), among.knows_all


def _free(among: Candidates, begin: int, end: int) -> Sequence[Candidate]:
    """Those of these who may be ordered now and fit."""
    free = eligible(among.question.priority)
    return [
        one
        for one in among.all(among.order[begin:end])
        if among.state(one) in free and among.might_go(one.unit) and among.suit(one.unit).fits
    ]


def _parted(among: Candidates, some: Sequence[Candidate]) -> tuple[list[Scored], list[Scored]]:
    """Who goes in turn and who goes last."""
    parts: tuple[list[Scored], list[Scored]] = [], []
    for one, is_last in zip(some, among.go_last(some), strict=True):
        parts[is_last].append(among.scored(one))
    return parts


def _waves(question: Question, fitting: Sequence[Scored]) -> Waves:
    return [[fitting[n] for n in wave] for wave in in_waves(question, [one.of.unit for one in fitting])]


def _short(among: Candidates, first: Sequence[Unit]) -> list[Reason]:
    """What the first wave lacks, each followed by what would help."""
    question = among.question
    short = shortfalls(among.tree, question.needed, first, question.card)
    if question.card is None or not short:
        return short
    there = [Able(one.unit, among.state(one), one.eta_s, among.kept_by(one.unit)) for one in among.all()]
    seats = [seat for seat, _ in left_open(question.needed, first)]
    chosen = {unit.id for unit in first}
    return [*short, *what_would_help(seats, there, eligible(question.priority), question.rooms, chosen)]


def _passed_over(among: Candidates, first: Sequence[Scored], chosen: set[UUID]) -> list[PassedOver]:
    """Units quicker than the first wave's slowest that are not proposed, quickest first; without a wave all are."""
    passed: list[PassedOver] = []
    reach_s = max((one.of.eta_s for one in first), default=np.inf)
    last_s = max((one.score_s for one in first), default=np.inf)
    for one in among.all():
        if one.eta_s > reach_s or len(passed) == PASSED_AT_MOST:
            break
        if one.unit.id not in chosen:
            passed.append(passed_over(among, one, last_s))
    return passed


def _nearer(among: Candidates, first: Sequence[Scored], chosen: set[UUID]) -> list[PassedOver]:
    """The nearest of those who stand nearer in a straight line than the first wave's farthest, and take longer than its slowest."""
    if not first:
        return []
    farthest = max((one.of for one in first), key=lambda one: one.straight_m)
    slower = among.slower_by_road(max(one.of.eta_s for one in first), farthest.straight_m)
    others = (one for one in slower if one.unit.id not in chosen)
    return [nearer(among, one, farthest) for one in islice(others, NEARER_AT_MOST)]


def _under_way(among: Candidates, best_s: float) -> tuple[PassedOver, ...]:
    """Who would be there much sooner than the quickest who is free, but is on his way to something else; quickest first."""
    found: list[PassedOver] = []
    if among.question.priority > DIVERTED_FROM:
        return ()
    for one in among.all():
        if one.eta_s + SAVED_S > best_s or len(found) == DIVERTED_AT_MOST:
            break
        state = among.state(one)
        fits = state in UNDER_WAY and among.might_go(one.unit) and among.suit(one.unit).fits
        if fits and not among.is_lost(one.unit):
            found.append(told(one.unit, state, one))
    return tuple(found)


def _never_seen(among: Candidates) -> list[PassedOver]:
    """Units that could go and were never positioned: somebody is short, and they must not be forgotten."""
    return [
        told(unit, entry.state, None, [said(Reason("never_seen"))])
        for entry, unit in among.never_seen(eligible(among.question.priority))
        if among.might_go(unit) and among.suit(unit).fits
    ]
