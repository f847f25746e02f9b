"""The rules that are tried against each other: nearest by straight line, nearest by road, ours, ours with move-up."""

from collections.abc import Sequence

import msgspec
import numpy as np

from dispatch.cover import BUSY, Cover, Floats
from load_tests.trials.life import Now, Patrol
from load_tests.trials.week import Call, metric

DIVERTS = {1: frozenset({3, 4}), 2: frozenset({4})}
WON_S = 60.0
"""Nobody is taken from another call for less."""


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


class Ours(ByRoad, kw_only=True):
    """The quickest by road, but how much longer the next call would wait counts too; the urgent take who is under way to less.

    weight: how many next calls count beside this one, by its priority; busy: how likely a free unit soon is not.
    """

    weight: dict[int, float]
    busy: float = BUSY
    diverts: bool = True
    moves_from_s: float | None = None
    """The least gain of the next call for which somebody is moved; None: nobody is."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """By seconds and who is missed least."""
        seconds = now.city.ways.seconds(now.lon, now.lat, call.place)
        weight = self.weight.get(call.priority, 0.0)
        if weight:
            plain_s = now.city.plain_s(now.lon, now.lat)
            seconds = seconds + weight * Cover(plain_s, now.city.town.share, self.busy).missed_s(plain_s)
        return _first(seconds, number)

    def divert(self, now: Now, call: Call, others: Sequence[Patrol]) -> int | None:
        """The quickest of those under way to something that can wait."""
        may = DIVERTS.get(call.priority, frozenset())
        rows = [n for n, one in enumerate(others) if one.job is not None and one.job.call.priority in may]
        if not (rows and self.diverts):
            return None
        lon, lat = np.array([others[n].place(now.at_s) for n in rows]).T
        seconds = now.city.ways.seconds(lon, lat, call.place)
        best = int(seconds.argmin())
        return rows[best] if np.isfinite(seconds[best]) else None

    def move(self, now: Now) -> tuple[int, int] | None:
        """The one that covers most, if it is worth it."""
        if self.moves_from_s is None:
            return None
        plain_s = now.city.plain_s(now.lon, now.lat)
        cover = Cover(plain_s, now.city.town.share, self.busy)
        move = cover.best_move(plain_s, now.city.posts_s, now.idle)
        return None if move is None or move.gain_s < self.moves_from_s else (move.unit, move.post)


def _first(cost: Floats, number: int) -> list[int]:
    """The rows of the lowest cost; who can't come at all is not among them."""
    order = np.argsort(cost, kind="stable")[:number]
    return [int(row) for row in order if np.isfinite(cost[row])]


OURS = Ours(weight={3: 10.0, 4: 10.0})
OURS_MOVING = Ours(weight=OURS.weight, moves_from_s=3.0)
