"""Who should go: every unit considered, the nearest suitable ones first, in waves, with reasons and why-nots.

Straight-line distances for now, and every row says so; the seconds are distance times a detour factor over a plain
speed by kind, good for order of magnitude only. Who is to be sent last comes after everybody else, however near.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import msgspec

from dispatch.readiness import SENTENCES as READY_SENTENCES
from dispatch.readiness import eligible, goes_last, held_elsewhere, lent_away, speaks_against, speaks_for
from dispatch.response import SENTENCES as CARD_SENTENCES
from dispatch.response import Requirement, Suitability, compose, shortfalls, suitable
from geo.coordinates import distance_m
from incidents.reasons import Catalogue, Reason, sentence
from incidents.types import TypeTree
from units.answers import Near
from units.live import LiveUnits
from units.model import SHIFT_ENDING, Unit
from units.posts import Posts
from units.roll import PROGRESS, Filter, UnknownHandle

# Mean ratio of road to straight distance in cities is 1.3 to 1.4 (Ballou, Rahardja, Sakai 2002, Transp. Res. A 36).
DETOUR = 1.35
SPEED_MPS = {
    "car": 9.0,
    "motorcycle": 10.0,
    "foot": 1.5,
    "boat": 8.0,
    "drone": 15.0,
    "video": 9.0,
    "other": 6.0,
}
PASSED_AT_MOST = 10
ON_DUTY = frozenset(PROGRESS) - {"off_duty"}
NO_POSTS = Posts((), UTC)

SENTENCES: Catalogue = {
    **CARD_SENTENCES,
    **READY_SENTENCES,
    "nearest": ("直线{distance_m}米", "{distance_m} m straight line"),
    "own_area": ("本辖区", "own jurisdiction"),
    "straight_line": ("按直线估算，非道路时间", "estimated by straight line, not by road"),
    "no_place": ("警情尚无位置，无法排序", "the incident has no place yet, nothing can be ranked"),
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One recommended unit as it is shown. Distances in metres, times in seconds; road_m null without roads."""

    unit_id: UUID
    handle: int
    call_sign: str
    eta_s: float
    road_m: float | None
    straight_m: float
    fix_age_s: float | None
    state: str
    skills: tuple[str, ...]
    reasons: tuple[dict[str, object], ...]
    warnings: tuple[dict[str, object], ...]


class PassedOver(msgspec.Struct, frozen=True, kw_only=True):
    """A nearer unit that is not proposed, and why not; straight_m is null for one that was never seen."""

    unit_id: UUID
    call_sign: str
    straight_m: float | None
    state: str
    why_nots: tuple[dict[str, object], ...]


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown: waves of units, nearer ones passed over, what is missing."""

    waves: tuple[tuple[Row, ...], ...]
    passed_over: tuple[PassedOver, ...]
    shortfalls: tuple[dict[str, object], ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """For whom to rank: the incident's point, priority and room, the run card, which rooms' units may be ordered.

    posts: who has to stand where; room_names: how rooms are called.
    """

    lon: float
    lat: float
    priority: int
    room_id: UUID
    needed: Requirement
    rooms: frozenset[UUID]
    units: int | None = None
    waves: int = 2
    posts: Posts = NO_POSTS
    room_names: Mapping[UUID, str] = {}


class Held(msgspec.Struct, frozen=True):
    """The job that a unit has: its incident's number and priority, the state of the order."""

    number: str
    priority: int
    state: str


def said(reason: Reason) -> dict[str, object]:
    """A reason with its key, parameters and both sentences."""
    return {
        "key": reason.key, "params": reason.params,
        "zh": sentence(reason, SENTENCES, "zh"), "en": sentence(reason, SENTENCES, "en"),
    }  # fmt: skip


def rank(
    tree: TypeTree, live: LiveUnits, known: Callable[[UUID], Unit | None], question: Question, now_ms: int
) -> Ranking:
    """The nearest suitable free units in waves. Looks as far as it must until the waves are full or no unit is left."""
    return _Ranker(tree, live, known, question, now_ms).rank()


def with_jobs(ranking: Ranking, priority: int, held: Mapping[UUID, Held]) -> Ranking:
    """The same, saying of those who are not free which job they have and whether they may be taken from it."""

    def told(passed: PassedOver) -> PassedOver:
        job = held.get(passed.unit_id)
        if job is None:
            return passed
        others = tuple(one for one in passed.why_nots if one["key"] != "not_free")
        said_of_it = held_elsewhere(priority, job.number, job.priority, job.state)
        return msgspec.structs.replace(passed, why_nots=(*map(said, said_of_it), *others))

    return msgspec.structs.replace(ranking, passed_over=tuple(told(passed) for passed in ranking.passed_over))


class _Candidate(NamedTuple):
    near: Near
    unit: Unit


def seconds_for(straight_m: float, unit: Unit) -> float:
    """How long a unit takes over a distance on the map."""
    return straight_m * DETOUR / SPEED_MPS[unit.kind]


def arrival_s(live: LiveUnits, unit: Unit, lon: float, lat: float, now_ms: int) -> float | None:
    """In how many seconds a unit will be at a place; None while nobody knows well where it is."""
    try:
        fix = live.fix(unit.handle, now_ms)
    except UnknownHandle:
        return None
    if fix is None or fix.quality not in ("good", "poor"):
        return None
    return seconds_for(distance_m(fix.lon, fix.lat, lon, lat), unit)


class _Ranker:
    """One question with all that its answer leans on."""

    def __init__(
        self,
        tree: TypeTree,
        live: LiveUnits,
        known: Callable[[UUID], Unit | None],
        question: Question,
        now_ms: int,
    ) -> None:
        self._tree = tree
        self._live = live
        self._known = known
        self._question = question
        self._now_ms = now_ms
        self._now = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._suits: dict[tuple[str, str, tuple[str, ...]], Suitability] = {}

    def rank(self) -> Ranking:
        question = self._question
        waves, full = self._fill()
        first = [one.unit for one in waves[0]] if waves else []
        reach = max((one.near.distance_m for one in waves[0]), default=0.0) if waves else float("inf")
        chosen = {one.unit.id for wave in waves for one in wave}
        passed = self._passed_over(reach, chosen)
        if not full:
            passed += self._never_seen()
        return Ranking(
            waves=tuple(tuple(self._row(one) for one in wave) for wave in waves),
            passed_over=tuple(passed[:PASSED_AT_MOST]),
            shortfalls=tuple(said(reason) for reason in shortfalls(self._tree, question.needed, first)),
        )

    def _fill(self) -> tuple[list[list[_Candidate]], bool]:
        """The waves, and whether they are full. Those who go last are looked at when nobody else is left.

        Mostly the few nearest of all are enough. If not, those who may go in their turn are looked for among all units at
        once, and only when there are no more of them the nearest of the rest.
        """
        question = self._question
        free = Filter(
            states=eligible(question.priority),
            ordered_by=question.rooms,
            classes=frozenset({"regular"}),
        )
        k = 4 * max(question.needed.count, question.units or 0, 1) * question.waves + 16
        ordinary, _ = self._parted(self._live.nearest(question.lon, question.lat, k, free))
        waves = _waves(question, ordinary)
        while not _full(question, waves):
            near = self._sure(k, free)
            ordinary, _ = self._parted(near)
            waves = _waves(question, ordinary)
            if len(near) < k:
                return self._fill_up(ordinary, k, free)
            k *= 4
        return waves, True

    def _sure(self, k: int, free: Filter) -> list[Near]:
        question = self._question
        lasting = self._now_ms + SHIFT_ENDING / timedelta(milliseconds=1) if question.priority > 1 else -1
        return self._live.nearest_sure(question.lon, question.lat, k, free, self._now_ms, round(lasting))

    def _fill_up(
        self, ordinary: list[_Candidate], k: int, free: Filter
    ) -> tuple[list[list[_Candidate]], bool]:
        """All who go in their turn are known and too few: the nearest of those who go last come after them."""
        question = self._question
        while True:
            near = self._live.nearest(question.lon, question.lat, k, free)
            _, last = self._parted(near)
            waves = _waves(question, ordinary + last)
            if _full(question, waves) or len(near) < k:
                return waves, _full(question, waves)
            k *= 4

    def _candidates(self, near: Sequence[Near]) -> list[_Candidate]:
        return [_Candidate(n, unit) for n in near if (unit := self._known(n.entry.unit_id)) is not None]

    def _suit(self, unit: Unit) -> Suitability:
        key = (unit.kind, unit.unit_class, unit.skills)
        if key not in self._suits:
            self._suits[key] = suitable(self._tree, self._question.needed, unit)
        return self._suits[key]

    def _parted(self, near: Sequence[Near]) -> tuple[list[_Candidate], list[_Candidate]]:
        """Of those that fit: who goes in turn and who goes last, nearest first both."""
        parts: tuple[list[_Candidate], list[_Candidate]] = [], []
        fitting = [one for one in self._candidates(near) if self._suit(one.unit).fits]
        lost = self._live.lost([one.near.entry.handle for one in fitting], self._now_ms)
        for one, is_lost in zip(fitting, lost, strict=True):
            post = self._question.posts.of(one.unit.id, self._now)
            parts[goes_last(one.unit, self._question.priority, self._now, post, is_lost)].append(one)
        return parts

    def _row(self, one: _Candidate) -> Row:
        near, unit = one
        fix = self._live.fix(near.entry.handle, self._now_ms)
        reasons = [Reason("nearest", {"distance_m": round(near.distance_m)}), *self._suit(unit).reasons]
        if unit.room_id == self._question.room_id:
            reasons.append(Reason("own_area"))
        reasons += speaks_for(unit, self._now)
        post = self._question.posts.of(unit.id, self._now)
        warnings = [Reason("straight_line"), *speaks_against(unit, self._now, post, fix)]
        return Row(
            unit_id=unit.id, handle=unit.handle, call_sign=unit.call_sign,
            eta_s=round(seconds_for(near.distance_m, unit), 1), road_m=None,
            straight_m=round(near.distance_m, 1), fix_age_s=round(fix.age_s, 1) if fix else None,
            state=near.entry.state, skills=unit.skills,
            reasons=tuple(said(r) for r in reasons), warnings=tuple(said(r) for r in warnings),
        )  # fmt: skip

    def _passed_over(self, reach_m: float, chosen: set[UUID]) -> list[PassedOver]:
        """Nearer units that are not proposed, nearest first."""
        question = self._question
        which = Filter(rooms=question.rooms, states=ON_DUTY)
        near = self._live.nearest(question.lon, question.lat, PASSED_AT_MOST + len(chosen), which)
        passed = []
        for one in self._candidates(near):
            if one.unit.id in chosen or one.near.distance_m > reach_m:
                continue
            why_nots = self._why_nots(one.unit, one.near.entry.state)
            passed.append(_passed(one.unit, one.near.entry.state, one.near.distance_m, why_nots))
        return passed

    def _why_nots(self, unit: Unit, state: str) -> list[Reason]:
        question = self._question
        why_nots = lent_away(unit, question.rooms, question.room_names, self._now)
        if state not in eligible(question.priority):
            why_nots.append(Reason("not_free", {"state": state}))
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
            if unit is not None and self._suit(unit).fits
        ]


def _passed(unit: Unit, state: str, straight_m: float | None, why_nots: Sequence[Reason]) -> PassedOver:
    return PassedOver(
        unit_id=unit.id,
        call_sign=unit.call_sign,
        straight_m=None if straight_m is None else round(straight_m, 1),
        state=state,
        why_nots=tuple(said(r) for r in why_nots),
    )


def _full(question: Question, waves: list[list[_Candidate]]) -> bool:
    return len(waves) >= question.waves and all(len(w) >= (question.needed.count or 1) for w in waves)


def _waves(question: Question, fitting: list[_Candidate]) -> list[list[_Candidate]]:
    """Wave by wave the units that fill the run card best; what `units` asks beyond it is the next in order."""
    left, waves = list(fitting), []
    for _ in range(question.waves):
        chosen = set(compose(question.needed, [one.unit for one in left]) if question.needed.seats else ())
        size = question.units or question.needed.count or 1
        others = (i for i in range(len(left)) if i not in chosen)
        picked = chosen | set(islice(others, max(size - len(chosen), 0)))
        if not picked:
            break
        waves.append([left[i] for i in sorted(picked)])
        left = [one for i, one in enumerate(left) if i not in picked]
    return waves
