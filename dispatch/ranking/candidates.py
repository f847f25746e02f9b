"""Everybody a question is about, with his time, and each of them looked at closely: who he is, what speaks for and against him.

`ranker` chooses among these, `telling` says what is seen of them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dispatch.driving import ByRoad
from dispatch.leanings import Leaning
from dispatch.plain_times import seconds_of
from dispatch.pursuits.meeting import Meeting, Met
from dispatch.ranking.model import Question
from dispatch.ranking.terms import leaning
from dispatch.ranking.weights import score_s
from dispatch.readiness import goes_last, kept_out
from dispatch.response import Suitability, suitable
from geo.coordinates import distance_m
from incidents.types import TypeTree
from units.answers import Around, Fix
from units.live import LiveUnits
from units.model import Unit
from units.posts import AtPost
from units.roll import PROGRESS, Entry, Filter, UnknownHandle

ON_DUTY = frozenset(PROGRESS) - {"off_duty"}


class Candidate(NamedTuple):
    """Somebody with a time; road_m: None where that is told by straight line."""

    handle: int
    eta_s: float
    road_m: float | None
    straight_m: float
    unit: Unit


class Scored(NamedTuple):
    """A candidate with what he is ranked by."""

    of: Candidate
    leaning: Leaning
    score_s: float

    @property
    def place(self) -> tuple[float, float, int]:
        """Of equal scores the quicker goes first, of equal times the lower handle."""
        return self.score_s, self.of.eta_s, self.of.handle


def asked_about(live: LiveUnits, question: Question) -> Around:
    """Everybody whose time counts: all units on duty that these rooms see."""
    return live.around(question.lon, question.lat, Filter(rooms=question.rooms, states=ON_DUTY))


class Candidates:
    """All of one question, quickest first in `order` (rows) as far as everybody is known; beyond_s: nobody unknown is quicker."""

    def __init__(
        self,
        tree: TypeTree,
        live: LiveUnits,
        known: Callable[[UUID], Unit | None],
        question: Question,
        now_ms: int,
        road: ByRoad | Meeting | None,
    ) -> None:
        self.tree, self.live, self.question, self.now_ms = tree, live, question, now_ms
        self._known = known
        self.now = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._met = road if isinstance(road, Meeting) else None
        self.road = road.road if isinstance(road, Meeting) else road
        self._around = self._asked()
        self.commitments = question.commitments.at(question.lon, question.lat)
        self._suits: dict[tuple[str, str, frozenset[str]], Suitability] = {}
        self._together = question.together
        self.eta_s = seconds_of(self._around, self.road) if self._met is None else self._met.rank_s
        order = np.argsort(self.eta_s, kind="stable")  # of equal times the lower handle comes first
        self.order = order[self.eta_s[order] <= self._reached_s()]
        self.knows_all = len(self.order) == len(order)
        self.beyond_s = np.inf if self.knows_all else self._reached_s()

    def of(self, row: int) -> Candidate | None:
        """Who a row is; None for one that is in the registry no more."""
        around, handle = self._around, int(self._around.handles[row])
        try:
            unit = self._known(self.live.entry(handle).unit_id)
        except UnknownHandle:  # struck off while its way was searched
            return None
        if unit is None:
            return None
        goal = self.question.lon, self.question.lat
        straight_m = distance_m(*goal, float(around.lon[row]), float(around.lat[row]))
        road_m = None
        if self.road is not None and np.isfinite(self.road.road_m[row]):
            road_m = float(self.road.road_m[row])
        return Candidate(handle, float(self.eta_s[row]), road_m, straight_m, unit)

    def all(self, rows: NDArray[np.intp] | None = None) -> Iterator[Candidate]:
        """Those of these rows, or of all, quickest first."""
        rows = self.order if rows is None else rows
        return (one for one in map(self.of, rows.tolist()) if one is not None)

    def slower_by_road(self, than_s: float, within_m: float) -> Iterator[Candidate]:
        """Who takes longer by road and is nearer in a straight line, nearest first; of those alone whose way was searched.

        Nobody where all go by straight lines, or towards what moves.
        """
        if self.road is None or self._met is not None:
            return
        rows = np.flatnonzero(np.isfinite(self.road.eta_s) & (self.road.eta_s > than_s))
        metres = self._around.metres_of(rows)
        near = metres < within_m
        rows = rows[near][np.argsort(metres[near], kind="stable")]
        yield from (one for one in self.all(rows) if one.straight_m < within_m)

    def scored(self, one: Candidate) -> Scored:
        """With what he is ranked by."""
        lean = leaning(self.question, one.unit, one.eta_s, self.fix(one.unit), self.now)
        return Scored(one, lean, score_s(lean, self.question.priority))

    def suit(self, unit: Unit) -> Suitability:
        """How he fits what is asked for."""
        key = (unit.kind, unit.unit_class, unit.abilities)
        if key not in self._suits:
            self._suits[key] = suitable(self.tree, self._together, unit)
        return self._suits[key]

    def might_go(self, unit: Unit) -> bool:
        """Whether one may order him for this, whatever he is doing."""
        return (
            unit.ordered_by in self.question.rooms
            and unit.unit_class == "regular"
            and self.kept_by(unit) is None
        )

    def kept_by(self, unit: Unit) -> str | None:
        """How the event is called that keeps him out."""
        held = self.commitments.of(unit.id, self.now)
        return held.name if held is not None and kept_out(held, self.question.priority) else None

    def go_last(self, some: Sequence[Candidate]) -> list[bool]:
        """Whether each is proposed after all others."""
        lost = self.live.lost([one.handle for one in some], self.now_ms)
        return [
            goes_last(one.unit, self.question.priority, self.now, self.post(one.unit), is_lost)
            for one, is_lost in zip(some, lost, strict=True)
        ]

    def is_lost(self, unit: Unit) -> bool:
        """Whether his place is in doubt."""
        return self.live.lost([unit.handle], self.now_ms)[0]

    def never_seen(self, states: frozenset[str]) -> list[tuple[Entry, Unit]]:
        """Units in these states that no fix ever came of."""
        which = Filter(states=states, ordered_by=self.question.rooms, classes=frozenset({"regular"}))
        units = ((entry, self._known(entry.unit_id)) for entry in self.live.never_seen(which))
        return [(entry, unit) for entry, unit in units if unit is not None]

    def state(self, one: Candidate) -> str:
        """What he is doing."""
        return self.live.entry(one.handle).state

    def fix(self, unit: Unit) -> Fix | None:
        """His newest position."""
        return self.live.fix(unit.handle, self.now_ms)

    def post(self, unit: Unit) -> AtPost | None:
        """Where he has to stand now."""
        return self.question.posts.of(unit.id, self.now)

    def met(self, one: Candidate) -> Met | None:
        """How he stands to what moves; None when nothing does."""
        if self._met is None:
            return None
        return self._met.of(int(np.searchsorted(self._around.handles, one.handle)))

    def _asked(self) -> Around:
        if self._met is not None:
            return self._met.around
        return self.road.around if self.road is not None else asked_about(self.live, self.question)

    def _reached_s(self) -> float:
        """Everybody who takes no longer is known."""
        if self._met is not None:
            return self._met.reached_s
        return self.road.reached_s if self.road is not None else np.inf
