"""The rules that are tried against each other: nearest by straight line, nearest by road, ours, ours with move-up."""

from collections.abc import Sequence

import msgspec
import numpy as np

from dispatch.cover import BUSY, Cover, Floats
from dispatch.leanings import Leaning
from dispatch.moves.proposing import FAR_S, NEAR_S, WORTH_S
from dispatch.plain_times import speed_of
from dispatch.ranking.weights import WEIGHTS, score_s
from dispatch.readiness import PREEMPTS
from load_tests.trials.life import Now, Patrol
from load_tests.trials.week import Call, metric


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

    weight: how many next calls count beside this one, by its priority, None: by the product's own table of terms; busy: how likely a
    free unit soon is not.
    """

    weight: dict[int, float] | None = None
    busy: float = BUSY
    diverts: bool = True
    moves_from_s: float | None = None
    """The least gain of the next call for which somebody is moved; None: nobody is."""

    def send(self, now: Now, call: Call, number: int) -> list[int]:
        """By seconds and who is missed least."""
        seconds = now.city.ways.seconds(now.lon, now.lat, call.place)
        if call.priority in WEIGHTS["cover"].at if self.weight is None else self.weight.get(call.priority):
            plain_s = now.city.plain_s(now.lon, now.lat)
            missed_s = Cover(plain_s, now.city.town.share, self.busy).missed_s(plain_s)
            seconds = seconds + self._counted(missed_s, call.priority)
        return _first(seconds, number)

    def _counted(self, missed_s: Floats, priority: int) -> Floats:
        """What is lost with each, in seconds beside its way."""
        if self.weight is not None:
            return self.weight[priority] * missed_s
        lean = [Leaning(eta_s=0.0, mps=speed_of("car"), missed_s=float(one)) for one in missed_s]
        return np.array([score_s(one, priority) for one in lean])

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
        move = Cover(plain_s, now.city.town.share, self.busy).best_move(plain_s, now.city.posts_s, may)
        return None if move is None or move.gain_s < self.moves_from_s else (move.unit, move.post)


def _first(cost: Floats, number: int) -> list[int]:
    """The rows of the lowest cost; who can't come at all is not among them."""
    order = np.argsort(cost, kind="stable")[:number]
    return [int(row) for row in order if np.isfinite(cost[row])]


OURS = Ours()
OURS_MOVING = Ours(moves_from_s=WORTH_S)
