"""The words of a trial: a city with its posts, patrols, what a rule may know and must answer, what comes of a week.

Nothing happens in here; `life` tells the week, `rules` say who goes.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.cover import Floats
from dispatch.ranking import DETOUR, SPEED_MPS
from load_tests.trials.crews import Crew, Noted
from load_tests.trials.ways import Way, Ways
from load_tests.trials.week import Call, Rows, Town, metric, stations_of

type Doing = Literal["free", "under_way", "there"]


class Patrol(msgspec.Struct, eq=False):
    """One unit: where it is, what it does, since when. A way is set while it moves; `turn` makes old plans void.

    last: the way it went last; pressed_s: when its crew last told something, and its position with it.
    """

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
    last: Way | None = None
    pressed_s: float = 0.0
    sent_s: float = 0.0

    def place(self, now_s: float) -> tuple[float, float]:
        """Where it is now: lon, lat."""
        return (self.lon, self.lat) if self.way is None else self._along(self.way, now_s)

    def seen(self, then_s: float) -> tuple[float, float, float]:
        """Where it was since it began its last way, and how fast it went: lon, lat, m/s."""
        if self.last is None:
            return self.lon, self.lat, 0.0
        whole_s = float(self.last.at_s[-1])
        drives = (then_s - self.began_s) / self.luck < whole_s
        return *self._along(self.last, then_s), self.last.road_m / whole_s if drives else 0.0

    def _along(self, way: Way, now_s: float) -> tuple[float, float]:
        gone_s = (now_s - self.began_s) / self.luck
        return float(np.interp(gone_s, way.at_s, way.lon)), float(np.interp(gone_s, way.at_s, way.lat))


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
    noted: Noted


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
    crews: list[Crew] | None = None
    """Of each of the free, where crews are looked at; their places are then as they were last heard."""


class City(NamedTuple):
    """Roads, places, posts; posts_s: from each post to each place, as `plain_s`; stations: of each place."""

    ways: Ways
    town: Town
    posts_s: Floats
    stations: Rows

    def plain_s(self, lon: Floats, lat: Floats) -> Floats:
        """From these spots to all places, seconds: by straight line, a detour and a plain speed, as ranking without roads."""
        around = float(self.town.lat[0])
        x, y = metric(lon, lat, around)
        to_x, to_y = metric(self.town.lon, self.town.lat, around)
        return np.asarray(
            np.sqrt((x[:, None] - to_x) ** 2 + (y[:, None] - to_y) ** 2) * (DETOUR / SPEED_MPS["car"])
        )


def city_of(ways: Ways, town: Town) -> City:
    """A city with how far its posts are from everything."""
    bare = City(ways, town, np.zeros((0, 0)), stations_of(town))
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
