"""Does the recommendation save time? The same weeks of calls under five rules of who goes, on two real cities.

Nearest by straight line, nearest by road, ours (what is left bare counts, the urgent take who is under way to less), ours
without the first of these, ours with move-up. Calls are drawn from a real week hour by hour; 20 weeks, paired, with 95 % intervals. How a week is lived:
`load_tests/trials`; that its queues are right is a test against Erlang's formula.
"""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from geo.osm import read_extract
from geo.roads import Roads
from load_tests.lattices import write_lattice
from load_tests.rows import Row, Size
from load_tests.trials.figures import Figures, figures, told
from load_tests.trials.life import Week
from load_tests.trials.model import City, Rule, city_of
from load_tests.trials.rules import OURS, OURS_MOVING, ByRoad, Ours, StraightLine
from load_tests.trials.ways import OnRoads
from load_tests.trials.week import WEEK_S, Seen, draw_week, invented_week, read_week, town_on
from tests.harness.shared_data import MISSING, shared_data_folder

NAME = "saves_time"
PATH = "who should go"
WEEK_FILE = "sf_fire_calls_2017_week1.csv"
RULES: dict[str, Rule] = {
    "nearest by straight line": StraightLine(),
    "nearest by road": ByRoad(),
    "ours without the term cover": Ours(weights={}),
    "ours": OURS,
    "ours with move-up": OURS_MOVING,
}
BESIDE = "nearest by road"
SEEDS, PROCESSES = 20, 2
PLACES, TOWN_SEED = 400, 7


class Ground(NamedTuple):
    """A city to try on: its map, how many patrols are on duty, each with its post; a share of the calls of the week that was seen."""

    name: str
    file: Path
    patrols: int
    load: float = 1.0


class Trial(NamedTuple):
    """One week of one city under all rules, by rule."""

    ground: Ground
    seed: int
    week: Path | None


SHOWN: tuple[tuple[str, str, str, float, bool], ...] = (
    ("p50_s", "response p50", "s", 1.0, False),
    ("p90_s", "response p90", "s", 1.0, False),
    ("within", "within 5 min", "%", 100.0, True),
    ("urgent_p50_s", "P1-P2 response p50", "s", 1.0, False),
    ("urgent_p90_s", "P1-P2 response p90", "s", 1.0, False),
    ("urgent_within", "P1-P2 within 5 min", "%", 100.0, True),
    ("cover", "expected calls near a free unit", "%", 100.0, True),
    ("road_km", "driven in a week", "km", 1.0, False),
    ("moves", "moves in a week", "", 1.0, False),
)
"""Field, what it is, its unit, times what, whether more is better."""
PROMISED = frozenset({"urgent_p50_s", "urgent_p90_s", "urgent_within"})


def run(size: Size) -> list[Row]:
    """The rows of this question."""
    shared = shared_data_folder()
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        if size == "small" or shared is None:
            skipped = (
                []
                if size == "small"
                else [Row(path=PATH, what=f"two real cities skipped: {MISSING}", figure=None)]
            )
            lattice = write_lattice(Path(work) / "lattice.osm.pbf", 60)
            return [*skipped, *_city(Ground("a lattice", lattice, 10, 0.3), 2, None)]
        return [
            row
            for name, file, patrols in (
                ("Baltimore", "baltimore.osm.pbf", 60),
                ("Porto", "porto_portugal.osm.pbf", 110),
            )
            for row in _city(Ground(name, shared / file, patrols), SEEDS, shared / WEEK_FILE)
        ]


def _city(ground: Ground, seeds: int, week: Path | None) -> list[Row]:
    trials = [Trial(ground, seed, week) for seed in range(1, seeds + 1)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        weeks = list(pool.map(_lived, trials))
    return [_row(ground, rule, shown, weeks) for shown in SHOWN for rule in RULES]


def _row(
    ground: Ground, rule: str, shown: tuple[str, str, str, float, bool], weeks: list[dict[str, Figures]]
) -> Row:
    field, what, unit, times, more = shown
    ours = [times * getattr(week[rule], field) for week in weeks]
    theirs = [times * getattr(week[BESIDE], field) for week in weeks]
    value, gained = told(ours), told([a - b for a, b in zip(ours, theirs, strict=True)])
    beside = "" if rule == BESIDE else f", {gained.mean:+.1f} ± {gained.half:.1f} beside {BESIDE}"
    is_promise = rule.startswith("ours") and field in PROMISED
    better = gained.mean - gained.half > 0 if more else gained.mean + gained.half < 0
    return Row(
        path=PATH, what=f"{ground.name}, {len(weeks)} weeks, {rule}: {what} ± {value.half:.1f}{beside}", figure=value.mean,
        unit=unit, target=f"better than {BESIDE}, surely" if is_promise else "", met=better if is_promise else None,
    )  # fmt: skip


def _lived(trial: Trial) -> dict[str, Figures]:
    city = opened(trial.ground.file, trial.ground.patrols)
    calls = draw_week(trial.seed, list(seen_week(trial.week)), city.town, trial.ground.load)
    return {
        name: figures(Week(city, trial.ground.patrols, rule).live(calls, WEEK_S))
        for name, rule in RULES.items()
    }


@cache
def opened(file: Path, posts: int) -> City:
    """A city with as many posts, opened once in a process."""
    roads = Roads.of(read_extract(file))
    town = town_on(roads, TOWN_SEED, PLACES, posts)
    return city_of(OnRoads(roads, town.lon, town.lat), town)


@cache
def seen_week(week: Path | None) -> tuple[Seen, ...]:
    """The calls of a real week where its file is here."""
    return tuple(invented_week(TOWN_SEED, 4_000) if week is None else read_week(week))
