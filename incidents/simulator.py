"""Simulated callers: who reports what, where, when and in which words. The first second of every demo incident.

Pure and seeded: the same Random gives the same night. `web.drive` brings these reports in through the public doors; what
they say lies in `data/caller_scripts.json`.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random

import msgspec

from geo.coordinates import destination
from geo.datums import Datum, from_wgs84
from incidents.model import AlarmSource
from incidents.scripts import Script, city_rate, shipped_scripts
from incidents.town import Spot

PRESS_SHARE = 0.07
UNTYPED_SHARE = 0.15
WRONG_PLACE_SHARE = 0.03  # the address is right, the position is that of the network's mast
NO_PLACE_SHARE = 0.04  # the caller cannot say where
HIDDEN_SHARE = 0.02  # asks not to be named or not to be called back
MOST_WITNESSES = 4
SILENT, MISDIALLED, NUISANCE = "999930", "999920", "999910"
NUISANCE_NUMBERS = ("19900009901", "19900009902")
_SOURCES: tuple[tuple[AlarmSource, int], ...] = (("call", 84), ("app", 9), ("sms", 4), ("self_service", 3))
_APP_DATUMS = (Datum.GCJ02, Datum.GCJ02, Datum.BD09, Datum.WGS84)
_SURNAMES = "陈林黄李王张刘吴周郑梁何谢许罗"
_CALLED = ("先生", "女士")
# A first minute that shows what the desk is for: seconds after the start, and the script's type; None is a press.
OPENING: tuple[tuple[float, str | None], ...] = (
    (0.0, "300121"), (4.0, "400111"), (9.0, "200250"), (15.0, None), (21.0, "100122"), (28.0, "300110"),
    (36.0, "500120"), (44.0, "200130"), (52.0, "999920"), (58.0, "201200"),
)  # fmt: skip

type Where = Callable[[Random, Sequence[str]], Spot]
"""A new place of one of these kinds, each time it is asked."""
type HourAt = Callable[[float], int]
"""The local hour so many seconds from the start."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated report, `after_s` seconds from the start. type None: the call-taker has not typed it.

    lon, lat are in `datum`, None when the caller can't say where; wrong: the position is not where the address is.
    """

    after_s: float
    source: AlarmSource
    number: str
    name: str
    language: str = "zh"
    type: str | None
    text: str
    spot: Spot
    lon: float | None
    lat: float | None
    datum: Datum = Datum.WGS84
    accuracy_m: float
    wrong: bool = False
    confidential: bool = False
    do_not_contact: bool = False


class Press(msgspec.Struct, frozen=True):
    """A call point is pressed, `after_s` seconds from the start."""

    after_s: float
    code: str


type SimulatedReport = Call | Press


class Callers:
    """A city that keeps reporting.

    Args:
        rng: all chance in here.
        where: places by kind.
        call_points: codes of the one-touch-alarm devices that may be pressed.
        per_hour: happenings in an average hour; one happening may be reported several times.
        hour_at: local time of day; None: it is always noon.
        opening: whether the first minute shows what there is.
    """

    def __init__(
        self,
        rng: Random,
        where: Where,
        call_points: Sequence[str],
        per_hour: float,
        *,
        hour_at: HourAt | None = None,
        opening: bool = False,
    ) -> None:
        self._rng, self._where, self._call_points, self._per_hour = rng, where, call_points, per_hour
        self._hour_at = hour_at or (lambda _: 12)
        self._opening = OPENING if opening else ()
        self._scripts = shipped_scripts()
        self._by_type = {script.type: script for script in self._scripts}

    def reports(self) -> Iterator[SimulatedReport]:
        """Reports without end, in the order of their time."""
        waiting: list[tuple[float, int, SimulatedReport]] = []
        order = count()

        def put(reports: Iterator[SimulatedReport]) -> None:
            for report in reports:
                heapq.heappush(waiting, (report.after_s, next(order), report))

        for opened_s, type_ in self._opening:
            put(self._presses(opened_s) if type_ is None else self._told(opened_s, self._by_type[type_]))
        at_s = self._opening[-1][0] if self._opening else 0.0
        while True:
            rate = self._per_hour * city_rate(self._hour_at(at_s)) / 3600
            at_s += self._rng.expovariate(rate)
            while waiting and waiting[0][0] <= at_s:
                yield heapq.heappop(waiting)[2]
            put(self._happening(at_s))

    def _happening(self, at_s: float) -> Iterator[SimulatedReport]:
        if self._call_points and self._rng.random() < PRESS_SHARE:
            yield from self._presses(at_s)
            return
        weights = [script.weight_at(self._hour_at(at_s)) for script in self._scripts]
        yield from self._told(at_s, self._rng.choices(self._scripts, weights)[0])

    def _presses(self, at_s: float) -> Iterator[SimulatedReport]:
        if not self._call_points:
            return
        code = self._rng.choice(self._call_points)
        for again in range(self._rng.choice((1, 1, 2, 3))):
            yield Press(at_s + again * self._rng.uniform(2, 15), code)

    def _told(self, at_s: float, script: Script) -> Iterator[SimulatedReport]:
        """One happening by everybody who reports it, each from where he stands and in his own words."""
        rng = self._rng
        spot = self._where(rng, script.at)
        yield self._call(at_s, script, spot, rng.choice(script.texts), lost=True)
        if rng.random() < script.more:
            for n in range(rng.randrange(1, MOST_WITNESSES + 1)):
                lon, lat = destination(spot.lon, spot.lat, rng.uniform(0, 360), rng.uniform(5, 60))
                seen = Spot(round(lon, 6), round(lat, 6), spot.address)
                words = script.others or script.texts
                yield self._call(at_s + rng.uniform(10, 45) * (n + 1), script, seen, words[n % len(words)])

    def _call(self, after_s: float, script: Script, spot: Spot, text: str, *, lost: bool = False) -> Call:
        """One report. lost: this caller may not know where he is, or be somewhere else than the network says."""
        rng = self._rng
        sources, weights = zip(*_SOURCES, strict=True)
        spoken = script.type in (SILENT, MISDIALLED, NUISANCE)
        source: AlarmSource = "call" if spoken else rng.choices(sources, weights)[0]
        datum = rng.choice(_APP_DATUMS) if source == "app" else Datum.WGS84
        drawn, lost = rng.random(), lost and source == "call"
        wrong = lost and not spoken and drawn < WRONG_PLACE_SHARE
        nowhere = script.type in (MISDIALLED, NUISANCE) or (lost and drawn > 1 - NO_PLACE_SHARE)
        lon, lat = spot.lon, spot.lat
        if wrong:
            lon, lat = destination(lon, lat, rng.uniform(0, 360), rng.uniform(700, 2_200))
        lon, lat = from_wgs84(lon, lat, datum)
        return Call(
            after_s=after_s,
            source=source,
            number=rng.choice(NUISANCE_NUMBERS)
            if script.type == NUISANCE
            else f"1990000{rng.randrange(9_000):04}",
            name="" if spoken else rng.choice(_SURNAMES) + rng.choice(_CALLED),
            language="en" if text.isascii() or text.startswith(("H", "E")) else "zh",
            type=None if script.type != SILENT and rng.random() < UNTYPED_SHARE else script.type,
            text=_worded(text, "这附近，我也说不清是哪里" if nowhere else spot.address),
            spot=spot,
            lon=None if nowhere else round(lon, 6),
            lat=None if nowhere else round(lat, 6),
            datum=datum,
            accuracy_m=1_500.0 if wrong else float(rng.choice((10, 15, 30, 50, 120))),
            wrong=wrong,
            confidential=rng.random() < HIDDEN_SHARE,
            do_not_contact=rng.random() < HIDDEN_SHARE,
        )


def _worded(text: str, address: str) -> str:
    """What is said with its place; nobody says 路口路口 or 附近门口."""
    if address.endswith(("路口", "附近", "海边", "中段", "哪里")):
        for end in ("路口", "附近", "门口", "旁边", "边上"):
            text = text.replace("{address}" + end, "{address}")
    return text.replace("{address}", address)
