"""The rules that are tried against each other: nearest by straight line, nearest by road, ours, ours with move-up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from dispatch.cover import BUSY, Cover, Floats
from dispatch.leanings import Leaning
from dispatch.moves.proposing import FAR_S, NEAR_S, WORTH_S
from dispatch.plain_times import speed_of
from dispatch.ranking.weights import WEIGHTS, Weight, score_s
from dispatch.readiness import PREEMPTS, eligible
from load_tests.trials.crews import Crew
from load_tests.trials.model import Now, Patrol
from load_tests.trials.week import Call, metric
from units.answers import Limits
from units.model import SHIFT_ENDING

MPS = speed_of("car")
LIMITS = Limits()
LAST_S = 1e6
"""Who is proposed last comes after everybody else."""


class StraightLine(msgspec.Struct):
    """The nearest as the crow flies."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """By metres."""
        town = now.city.town
        x, y = metric(now.lon, now.lat, float(town.lat[0]))
        to_x, to_y = metric(town.lon[call.place], town.lat[call.place], float(town.lat[0]))
        return _first(np.hypot(x - to_x, y - to_y), number)

    def divert(self, now: Now, call: Call, others: Sequence[Patrol]) -> int | None:  # noqa: ARG002
        """Nobody."""
        return None

    def move(self, now: Now) -> tuple[int, int] | None:  # noqa: ARG002
        """Nobody."""
        return None


class ByRoad(StraightLine):
    """The quickest by road."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """By seconds."""
        return _first(now.city.ways.seconds(now.lon, now.lat, call.place), number)


class Weighed(NamedTuple):
    """The way of each, or that it is out of the question; what its terms lean on."""

    seconds: Floats
    leaning: list[Leaning]


class Ours(ByRoad, kw_only=True):
    """The product: the quickest by road, all terms of its table beside it; the urgent take who is under way to less.

    weights: the table; busy: how likely a free unit soon is not.
    """

    weights: Mapping[str, Weight] = msgspec.field(default_factory=lambda: WEIGHTS)
    busy: float = BUSY
    diverts: bool = True
    moves_from_s: float | None = None
    """The least gain of the next call for which somebody is moved; None: nobody is."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """By score; whoever the product proposes last goes last."""
        return self.chosen(self.weighed(now, call), call, number)

    def weighed(self, now: Now, call: Call) -> "Weighed":
        """What the scores lean on, whatever the table makes of it."""
        seconds = now.city.ways.seconds(now.lon, now.lat, call.place)
        missed_s = np.zeros(len(seconds))
        if "cover" in self.weights and call.priority in self.weights["cover"].at:
            plain_s = now.city.plain_s(now.lon, now.lat)
            missed_s = Cover(plain_s, now.city.town.share, self.busy).missed_s(plain_s)
        if now.crews is None:
            lean = [Leaning(eta_s=0.0, mps=MPS, missed_s=missed) for missed in missed_s.tolist()]
            return Weighed(seconds, lean)
        lean = [_leaning(*one, now, call) for one in zip(now.crews, missed_s.tolist(), strict=True)]
        return Weighed(seconds + _after(now.crews, call), lean)

    def chosen(self, weighed: "Weighed", call: Call, number: int) -> list[int]:
        """By this rule's table."""
        terms = [score_s(one, call.priority, self.weights) for one in weighed.leaning]
        return _first(weighed.seconds + np.array(terms), number)

    def divert(self, now: Now, call: Call, others: Sequence[Patrol]) -> int | None:
        """The quickest of those under way to something that can wait."""
        may = PREEMPTS.get(call.priority, frozenset())
        rows = [n for n, one in enumerate(others) if one.job is not None and one.job.call.priority in may]
        if not (rows and self.diverts):
            return None
        lon, lat = np.array([others[n].place(now.at_s) for n in rows]).T
        seconds = now.city.ways.seconds(lon, lat, call.place)
        best = int(seconds.argmin())
        return rows[best] if np.isfinite(seconds[best]) else None

    def move(self, now: Now) -> tuple[int, int] | None:
        """The one that covers most, if it is worth it: as `dispatch/moves` proposes it, and always done."""
        if self.moves_from_s is None:
            return None
        plain_s = now.city.plain_s(now.lon, now.lat)
        travel_s = plain_s[:, list(now.city.town.posts)]
        may = now.movable[:, None] & (travel_s > NEAR_S) & (travel_s <= FAR_S)
        going = now.standby >= 0
        may[:, now.standby[going]] = False
        plain_s[going] = now.city.posts_s[now.standby[going]]
        move = Cover(plain_s, now.city.town.share, self.busy).best_move(
            plain_s, now.city.posts_s, may, self.moves_from_s
        )
        return None if move is None else (move.unit, move.post)


def _leaning(crew: Crew, missed_s: float, now: Now, call: Call) -> Leaning:
    return Leaning(
        eta_s=0.0, mps=MPS, missed_s=missed_s, neighbour=crew.station != int(now.city.stations[call.place]), busy=crew.errand,
        shift_left_s=round(crew.shift_left_s), fix_age_s=crew.fix_age_s, speed_mps=crew.speed_mps,
    )  # fmt: skip


def _after(crews: Sequence[Crew], call: Call) -> Floats:
    """As `readiness.goes_last`; who is at something else is not free for what can wait."""
    kept = "busy" not in eligible(call.priority)
    return np.array([_after_s(one, call.priority, kept) for one in crews])


def _after_s(crew: Crew, priority: int, kept: bool) -> float:
    if crew.errand and kept:
        return np.inf
    lost = crew.fix_age_s * 1_000 > LIMITS.lost_after_ms
    ending = crew.shift_left_s <= SHIFT_ENDING.total_seconds() and priority > 1
    return LAST_S if lost or ending else 0.0


def _first(cost: Floats, number: int) -> list[int]:
    """The rows of the lowest cost; who can't come at all is not among them."""
    order = np.argsort(cost, kind="stable")[:number]
    return [int(row) for row in order if np.isfinite(cost[row])]


OURS = Ours()
OURS_MOVING = Ours(moves_from_s=WORTH_S)
