"""Simulated callers: who reports what, where and when, in believable words. The first second of every demo incident.

Pure and seeded: the same Random gives the same night. `web.drive` brings these reports in through the public doors; what
they say lies in `data/caller_scripts.json`.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import count
from random import Random

import msgspec

from geo.coordinates import destination
from incidents.model import AlarmSource

PRESS_SHARE = 0.07
WITNESS_SHARE = 0.12
UNTYPED_SHARE = 0.15
_SOURCES: tuple[tuple[AlarmSource, int], ...] = (("call", 86), ("app", 7), ("sms", 4), ("self_service", 3))
_SURNAMES = "陈林黄李王张刘吴周郑梁何谢许罗"
_CALLED = ("先生", "女士")


class Spot(msgspec.Struct, frozen=True):
    """Somewhere something may happen: WGS-84 degrees and the address as a caller says it."""

    lon: float
    lat: float
    address: str


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about one type; `{address}` stands for the place. weight: how often, against the others."""

    type: str
    weight: int
    texts: tuple[str, ...]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated report, `after_s` seconds from the start. type None: the call-taker has not typed it."""

    after_s: float
    source: AlarmSource
    number: str
    name: str
    type: str | None
    text: str
    spot: Spot
    accuracy_m: float


class Press(msgspec.Struct, frozen=True):
    """A call point is pressed, `after_s` seconds from the start."""

    after_s: float
    code: str


type SimulatedReport = Call | Press


@cache
def shipped_scripts() -> tuple[Script, ...]:
    """The scripts that come with the program; every type in them is one of the shipped tree."""
    data = files("incidents").joinpath("data", "caller_scripts.json").read_bytes()
    return msgspec.json.decode(data, type=tuple[Script, ...])


class Callers:
    """A city that keeps reporting.

    Args:
        rng: all chance in here.
        spot: a new place each time it is asked.
        call_points: codes of the one-touch-alarm devices that may be pressed.
        per_hour: happenings an hour; one happening may be reported several times.
    """

    def __init__(
        self, rng: Random, spot: Callable[[Random], Spot], call_points: Sequence[str], per_hour: float
    ) -> None:
        self._rng = rng
        self._spot = spot
        self._call_points = call_points
        self._per_hour = per_hour
        self._scripts = shipped_scripts()

    def reports(self) -> Iterator[SimulatedReport]:
        """Reports without end, in the order of their time."""
        waiting: list[tuple[float, int, SimulatedReport]] = []
        order = count()
        at_s = 0.0
        while True:
            at_s += self._rng.expovariate(self._per_hour / 3600)
            while waiting and waiting[0][0] <= at_s:
                yield heapq.heappop(waiting)[2]
            for report in self._happening(at_s):
                heapq.heappush(waiting, (report.after_s, next(order), report))

    def _happening(self, at_s: float) -> Iterator[SimulatedReport]:
        rng = self._rng
        if self._call_points and rng.random() < PRESS_SHARE:
            code = rng.choice(self._call_points)
            for again in range(rng.choice((1, 1, 2, 3))):
                yield Press(at_s + again * rng.uniform(2, 15), code)
            return
        script = rng.choices(self._scripts, [s.weight for s in self._scripts])[0]
        spot = self._spot(rng)
        yield self._call(at_s, script, spot)
        if rng.random() < WITNESS_SHARE:
            for _ in range(rng.randrange(1, 4)):
                lon, lat = destination(spot.lon, spot.lat, rng.uniform(0, 360), rng.uniform(5, 60))
                seen = Spot(round(lon, 6), round(lat, 6), spot.address)
                yield self._call(at_s + rng.uniform(20, 150), script, seen)

    def _call(self, after_s: float, script: Script, spot: Spot) -> Call:
        rng = self._rng
        sources, weights = zip(*_SOURCES, strict=True)
        return Call(
            after_s=after_s,
            source=rng.choices(sources, weights)[0],
            number=f"1990000{rng.randrange(10_000):04}",
            name=rng.choice(_SURNAMES) + rng.choice(_CALLED),
            type=None if rng.random() < UNTYPED_SHARE else script.type,
            text=rng.choice(script.texts).replace("{address}", spot.address),
            spot=spot,
            accuracy_m=float(rng.choice((10, 15, 30, 50, 120))),
        )
