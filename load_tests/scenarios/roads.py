"""Nearest 10 of 20,000 by road, on a real city and on lattices up to 300,000 crossings; rings; building the city itself.

Beside Valhalla's matrix over the 20, 50 and 200 nearest by straight line, asked in turns with ours, and beside straight-line
ranking. Ours is the whole way of a ranking: who is on duty, the search, the first ten. Every tenth answer is held against the
search that looks at everybody. Bundles are built by the command line in a process of its own.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.driving import ByRoad, rings_of
from dispatch.ranking import seconds_of
from geo.closures import Closure
from geo.extents import extent_from_geojson
from geo.roads import Roads
from load_tests.lattices import write_lattice
from load_tests.peers.valhalla import Router, router
from load_tests.rows import Curve, Row, Size, Skipped, grown, spread_of
from tests.harness.shared_data import MISSING, shared_data_folder
from units.answers import Around
from units.frames import Frame
from units.live import LiveUnits
from units.roll import Entry, Filter

NAME = "roads"
PATH = "nearest k by road"
PORTO, PORTO_S = "porto_portugal.osm.pbf", 60.0
SIDES = (138, 195, 275, 389, 550)
CLOSED = 20
K, BEST, PRIORITY = 10, 5, 3  # priority 3: an ordinary car, as Valhalla's
SHORTLISTS = {20: 10.0, 50: None, 200: 100.0}
P99_MS, AGREEMENT, RINGS_S, RING_UNITS = 5.0, 0.9, 1.0, 500
FULL_EVERY, WARM_UP = 10, 5
ROOM = UUID(int=1)

type Place = tuple[float, float]


class Built(msgspec.Struct, frozen=True):
    """What building a bundle took: wall and processor seconds, the most memory of it and of what it starts."""

    folder: Path
    wall_s: float
    cpu_s: float
    peak_mb: float


class Asked(msgspec.Struct, frozen=True):
    """Milliseconds of each question by who was asked, by the clock and of the processor, and who was named first by whom."""

    ms: dict[str, list[float]]
    cpu_ms: dict[str, list[float]]
    firsts: dict[str, list[list[int]]]
    wrong: int
    checked: int

    def ms_at(self, who: str, percentile: float) -> float:
        """A percentile of the time of one of them."""
        return float(np.percentile(self.ms[who], percentile))


def run(size: Size) -> list[Row]:
    """The rows of this path."""
    units, questions = (500, 10) if size == "small" else (20_000, 200)
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        folder = Path(work)
        rows = [] if size == "small" else _real(folder, units, questions)
        sizes: list[tuple[int, float, float, float]] = []
        for side in SIDES[:1] if size == "small" else SIDES:
            source = write_lattice(folder / f"lattice-{side}.osm.pbf", side)
            built = _build(source, folder / f"bundle-{side}")
            title = f"lattice of {side * side:,} crossings"
            rows += _building(title, built, None)
            city = City(title, source, built.folder, units)
            asked, more = city.asked(
                questions, beside_valhalla=side in {SIDES[0], SIDES[-1]} and size == "full"
            )
            rows += more
            sizes.append((side * side, built.cpu_s, built.peak_mb, asked.ms_at("ours", 50)))
        return rows + _growth(sizes)


def _real(folder: Path, units: int, questions: int) -> list[Row]:
    shared = shared_data_folder()
    if shared is None:
        return [Row(path=PATH, what=f"Porto skipped: {MISSING}", figure=None)]
    built = _build(shared / PORTO, folder / "porto")
    city = City("Porto", shared / PORTO, built.folder, units)
    _, rows = city.asked(questions, beside_valhalla=True)
    return [*_building("Porto", built, PORTO_S), *rows, *city.rings()]


def _build(source: Path, out: Path) -> Built:
    command = Path(sys.executable).with_name("dispatch110")
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [command, "city", "build", source, "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Skipped(f"{source.name} could not be built (status {process.returncode})")
    return Built(out, time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _building(title: str, built: Built, most_s: float | None) -> list[Row]:
    return [
        Row(path="a city is built", what=title, figure=built.wall_s, unit="s", target=f"<= {most_s:g}" if most_s else "",
            met=None if most_s is None else built.wall_s <= most_s),
        Row(path="a city is built", what=f"{title}: time of the processor", figure=built.cpu_s, unit="s"),
        Row(path="a city is built", what=f"{title}: most memory", figure=built.peak_mb, unit="MB"),
    ]  # fmt: skip


def _growth(sizes: list[tuple[int, float, float, float]]) -> list[Row]:
    """Exponents over all lattices: 1 is twice as much for twice as many crossings."""
    if len(sizes) < 2:
        return []
    return [
        grown(
            "growth with the graph",
            what,
            Curve(of="crossings", unit=unit, points=[(size, seen[n]) for size, *seen in sizes]),
        )
        for n, (what, unit) in enumerate(
            (("time to build", "s"), ("memory to build", "MB"), ("p50 of a query", "ms"))
        )
    ]


class City:
    """One bundle's roads with units on them, cars all, a sixth of them busy; places scatter 20 m about crossings."""

    def __init__(self, title: str, source: Path, bundle: Path, units: int) -> None:
        self.title, self._source, self._count = title, source, units
        self._chance = np.random.default_rng(110)
        self.roads = Roads.open(bundle / "roads")
        self.roads.prepare()
        self._spots = self._scattered(units)
        self._live = _on_duty(self._spots)

    def _scattered(self, count: int) -> NDArray[np.float64]:
        corners = self.roads.corners
        chosen = corners[self._chance.choice(len(corners), count)]
        return chosen + self._chance.normal(0, 2e-4, (count, 2))

    def goals(self, count: int) -> list[Place]:
        """Places of incidents."""
        return [(float(lon), float(lat)) for lon, lat in self._scattered(count)]

    def asked(self, count: int, *, beside_valhalla: bool) -> tuple[Asked, list[Row]]:
        """Ask so many questions of everybody."""
        goals = self.goals(count)
        for goal in goals[:WARM_UP]:
            self.quickest(goal, K)
        alone = self._in_turns(goals, {"ours": lambda goal: self.quickest(goal, K)})
        rows = self._own(alone)
        if beside_valhalla:
            try:
                with router(self._source, self._spots[:, 0], self._spots[:, 1]) as peer:
                    rows += self._beside(self._in_turns(goals, self._askers(peer)))
            except Skipped as skipped:
                rows.append(Row(path=PATH, what=f"{self.title}: peer skipped: {skipped}", figure=None))
        return alone, rows + self._closed(goals, alone)

    def _askers(self, peer: Router) -> dict[str, Callable[[Place], list[int]]]:
        def of(shortlist: int) -> Callable[[Place], list[int]]:
            return lambda goal: peer.quickest(goal, self._nearest(goal, shortlist), K)

        return {"ours": lambda goal: self.quickest(goal, K)} | {f"Valhalla {n}": of(n) for n in SHORTLISTS}

    def _in_turns(self, goals: list[Place], askers: dict[str, Callable[[Place], list[int]]]) -> Asked:
        ms: dict[str, list[float]] = {who: [] for who in askers}
        cpu_ms: dict[str, list[float]] = {who: [] for who in askers}
        firsts: dict[str, list[list[int]]] = {who: [] for who in (*askers, "straight")}
        wrong, checked = 0, 0
        for n, goal in enumerate(goals):
            for who, ask in askers.items():
                began, began_cpu = time.perf_counter(), time.thread_time()
                firsts[who].append(ask(goal))
                ms[who].append((time.perf_counter() - began) * 1000)
                cpu_ms[who].append((time.thread_time() - began_cpu) * 1000)
            firsts["straight"].append(self._nearest(goal, K).tolist())
            if n % FULL_EVERY == 0:
                checked += 1
                wrong += self.quickest(goal, self._count) != firsts["ours"][-1]
        return Asked(ms, cpu_ms, firsts, wrong, checked)

    def _around(self, goal: Place) -> Around:
        return self._live.around(*goal, Filter(states=frozenset({"available", "busy"})))

    def quickest(self, goal: Place, enough: int = K) -> list[int]:
        """Rows of the first K."""
        around = self._around(goal)
        seconds = seconds_of(around, ByRoad(around).search(self.roads, goal, PRIORITY, enough))
        few = np.argpartition(seconds, K)[: K + 1] if len(seconds) > K else np.arange(len(seconds))
        few.sort()
        return [
            int(row) for row in few[np.argsort(seconds[few], kind="stable")[:K]]
        ]  # by rising handle, as the spots

    def _nearest(self, goal: Place, count: int) -> NDArray[np.intp]:
        metres = self._around(goal).metres  # by rising handle, as the spots are
        near = np.argpartition(metres, count)[:count]
        return near[np.argsort(metres[near], kind="stable")]

    def _own(self, asked: Asked) -> list[Row]:
        p50, p99 = asked.ms_at("ours", 50), asked.ms_at("ours", 99)
        nearest = [row[0] for row in asked.firsts["straight"]]
        first = [row[0] for row in asked.firsts["ours"]]
        other = sum(one != two for one, two in zip(nearest, first, strict=True)) / len(first)
        named = f"{self.title}, {self._count:,} units"
        return [
            Row(path=PATH, what=f"{named}: p50 of a query", figure=p50, unit="ms"),
            Row(path=PATH, what=f"{named}: p99 of a query", figure=p99, unit="ms", target=f"<= {P99_MS:g}", met=p99 <= P99_MS,
                spread=spread_of(ours=asked.ms["ours"])),
            Row(path=PATH, what=f"{named}: p99 of the processor's time", figure=float(np.percentile(asked.cpu_ms["ours"], 99)),
                unit="ms", peer="p50", peer_figure=float(np.median(asked.cpu_ms["ours"]))),
            Row(path=PATH, what=f"{named}: answers unlike the full search, of {asked.checked}", figure=asked.wrong,
                target="0", met=asked.wrong == 0),
            Row(path=PATH, what=f"{named}: the quickest is not the nearest by straight line", figure=100 * other, unit="%"),
        ]  # fmt: skip

    def _beside(self, asked: Asked) -> list[Row]:
        rows, ours = [], asked.firsts["ours"]
        whole = asked.firsts[f"Valhalla {max(SHORTLISTS)}"]
        for n, least in SHORTLISTS.items():
            who = f"Valhalla {n}"
            rows += [self._against(asked, who, n, percentile, least) for percentile in (50, 99)]
            ours_cpu, theirs_cpu = float(np.median(asked.cpu_ms["ours"])), float(np.median(asked.cpu_ms[who]))
            rows.append(Row(
                path=PATH, what=f"{self.title}: processor's p50 beside Valhalla's {n} to 1", figure=ours_cpu, unit="ms", peer=who,
                peer_figure=theirs_cpu, ratio=theirs_cpu / ours_cpu,
            ))  # fmt: skip
            rows.append(self._share(f"best five of {who} are not ours", _differ(ours, asked.firsts[who])))
            if n < max(SHORTLISTS):
                missed = _differ(whole, asked.firsts[who])
                rows.append(self._share(f"best five of {who} are not its own of {max(SHORTLISTS)}", missed))
        shared, straight = _common(ours, whole), _common(asked.firsts["straight"], whole)
        rows.append(Row(
            path=PATH, what=f"{self.title}: of the best ten, shared with Valhalla {max(SHORTLISTS)}", figure=shared,
            target=f">= {AGREEMENT:g}", peer="straight line", peer_figure=straight, met=shared >= AGREEMENT,
        ))  # fmt: skip
        return rows

    def _against(self, asked: Asked, who: str, n: int, percentile: int, least: float | None) -> Row:
        ours, theirs = asked.ms_at("ours", percentile), asked.ms_at(who, percentile)
        promised = least if percentile == 50 else None
        return Row(
            path=PATH, what=f"{self.title}: p{percentile} beside Valhalla's matrix {n} to 1", figure=ours, unit="ms",
            target=f"Valhalla / {promised:g}" if promised else "", peer=who, peer_figure=theirs, ratio=theirs / ours,
            met=None if promised is None else theirs / ours >= promised,
        )  # fmt: skip

    def _share(self, what: str, share: float) -> Row:
        return Row(path=PATH, what=f"{self.title}: {what}", figure=100 * share, unit="%")

    def _closed(self, goals: list[Place], asked: Asked) -> list[Row]:
        """The same while twenty streets are closed somewhere in the city."""
        open_, network = self.roads, self.roads.network
        segments = self._chance.choice(np.flatnonzero(network.ways), CLOSED, replace=False).astype(np.int32)
        middles = np.column_stack(self.roads.snapper.places(segments, np.full(CLOSED, 0.5))).tolist()
        self.roads = open_.closed_by(
            [
                Closure(
                    id=UUID(int=n + 1), extent=extent_from_geojson({"type": "Point", "coordinates": middle})
                )
                for n, middle in enumerate(middles)
            ]
        )
        self.roads.prepare()
        for goal in goals[:WARM_UP]:
            self.quickest(goal, K)
        under = self._in_turns(goals, {"ours": lambda goal: self.quickest(goal, K)})
        self.roads = open_
        return [
            Row(path=PATH, what=f"{self.title}: p{p} with 20 streets closed (peer: with none)", figure=under.ms_at("ours", p),
                unit="ms", peer="open", peer_figure=asked.ms_at("ours", p))
            for p in (50, 99)
        ]  # fmt: skip

    def rings(self) -> list[Row]:
        """1, 3 and 5 minutes around 500 of them."""
        handles = range(1, min(RING_UNITS, self._count) + 1)
        lon, lat = self.roads.corners[0].tolist()
        around = self._live.around(lon, lat, Filter(), only=handles)
        took = []
        for _ in range(6):
            began = time.perf_counter()
            rings_of(self.roads, around, (1.0, 3.0, 5.0))
            took.append(time.perf_counter() - began)
        slowest = max(took[1:])
        return [Row(path="rings", what=f"{self.title}: 1, 3, 5 min of {len(around.handles)} units, the slowest of 5", figure=slowest,
                    unit="s", target=f"<= {RINGS_S:g}", met=slowest <= RINGS_S)]  # fmt: skip


def _differ(some: list[list[int]], others: list[list[int]]) -> float:
    """How often the best five are not the same five."""
    return float(np.mean([set(a[:BEST]) != set(b[:BEST]) for a, b in zip(some, others, strict=True)]))


def _common(some: list[list[int]], others: list[list[int]]) -> float:
    """Which share of the best ten of the others is among these."""
    return float(np.mean([len(set(a) & set(b)) / max(len(b), 1) for a, b in zip(some, others, strict=True)]))


def _on_duty(spots: NDArray[np.float64]) -> LiveUnits:
    count, at = len(spots), 1_790_000_000_000
    live = LiveUnits(capacity=count)
    for handle in range(1, count + 1):
        state = "available" if handle % 6 else "busy"
        live.register(Entry(handle, UUID(int=handle), "car", "regular", ROOM, frozenset(), state))
    unknown = np.full(count, np.nan, np.float32)
    handles, times = np.arange(1, count + 1, dtype=np.uint32), np.full(count, at, np.int64)
    live.apply(Frame(handles, times, spots[:, 0].copy(), spots[:, 1].copy(), unknown, unknown, unknown), at)
    return live
