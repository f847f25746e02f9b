"""Does each term of the ranking help? At the same moments of the same weeks, who is sent with it and who would be without it.

Crews have stations, shifts that end, errands and minutes in which nothing is heard of them (`load_tests/trials/crews.py`), so that
there is something for each term to spare. Cover is for the calls after this one: whole weeks are compared. A term that spares nothing
surely is taken out of `dispatch/ranking/weights.py`.
"""

import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from dispatch.ranking.weights import WEIGHTS
from load_tests.lattices import write_lattice
from load_tests.rows import Row, Size
from load_tests.scenarios.saves_time import PROCESSES, WEEK_FILE, Ground, opened, seen_week
from load_tests.trials.choices import Compared, Decided
from load_tests.trials.crews import crews_of
from load_tests.trials.figures import figures, told
from load_tests.trials.life import Week
from load_tests.trials.rules import Ours
from load_tests.trials.week import WEEK_S, draw_week
from tests.harness.shared_data import MISSING, shared_data_folder

NAME = "each_term"
PATH = "who should go"
SEEDS = 6

SPARES: dict[str, tuple[str, str, Callable[[Decided], float]]] = {
    "neighbour": ("sent to another station's ground", "", lambda one: one.abroad),
    "shift": ("work past the end of shifts", "min", lambda one: one.late_s / 60),
    "busy": ("taken from an errand", "", lambda one: one.interrupted),
}
"""What each term is there to make less of, its unit, how it is read."""


class Asked(NamedTuple):
    """A week: how many calls it had, what each term decided."""

    calls: int
    decided: dict[str, list[Decided]]


def run(size: Size) -> list[Row]:
    """Of each term its own purpose, then what it costs; of cover, what all calls and the urgent ones wait."""
    shared = shared_data_folder()
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        if size == "small" or shared is None:
            skipped = [Row(path=PATH, what=f"a real city skipped: {MISSING}", figure=None)]
            lattice = write_lattice(Path(work) / "lattice.osm.pbf", 40)
            rows = _rows(Ground("a lattice", lattice, 10, 0.15), 2, None)
            return rows if size == "small" else [*skipped, *rows]
        return _rows(Ground("Baltimore", shared / "baltimore.osm.pbf", 60), SEEDS, shared / WEEK_FILE)


def _rows(ground: Ground, seeds: int, week: Path | None) -> list[Row]:
    numbers = range(1, seeds + 1)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        asked = list(pool.map(partial(_asked, ground, week), numbers))
        waited = list(pool.map(partial(_waited, ground, week), numbers))
    return [
        *(row for term in WEIGHTS if term in SPARES for row in _of_term(ground.name, term, asked)),
        *_of_cover(ground.name, waited),
    ]


def _of_term(city: str, term: str, weeks: list[Asked]) -> list[Row]:
    what, unit, read = SPARES[term]
    spared = told([sum(map(read, week.decided[term])) for week in weeks])
    price = told([sum(one.first_s for one in week.decided[term]) / week.calls for week in weeks])
    often = sum(len(week.decided[term]) for week in weeks) / len(weeks)
    begin = f"{city}, {len(weeks)} weeks, term {term}, decides {often:.0f} times a week"
    return [
        Row(
            path=PATH, what=f"{begin}: {what} in a week ± {spared.half:.1f}", figure=spared.mean, unit=unit,
            target="surely less", met=spared.mean + spared.half < 0,
        ),
        Row(path=PATH, what=f"{begin}: the way of who comes first, a call ± {price.half:.2f}", figure=price.mean, unit="s"),
    ]  # fmt: skip


def _of_cover(city: str, waited: list[tuple[float, float]]) -> list[Row]:
    rows = []
    for what, values in zip(("all calls", "P1-P2"), zip(*waited, strict=True), strict=True):
        waits = told(list(values))
        rows.append(
            Row(
                path=PATH,
                what=f"{city}, {len(waited)} weeks with the term cover and without: response of {what}, mean ± {waits.half:.1f}",
                figure=waits.mean,
                unit="s",
                target="surely less",
                met=waits.mean + waits.half < 0,
            )
        )
    return rows


def _asked(ground: Ground, week: Path | None, seed: int) -> Asked:
    """One week, each term asked for at each order."""
    city, terms = opened(ground.file, ground.patrols), [term for term in WEIGHTS if term in SPARES]
    calls = draw_week(seed, list(seen_week(week)), city.town, ground.load)
    rule = Compared(others={term: _without(term) for term in terms}, decided={term: [] for term in terms})
    Week(city, ground.patrols, rule, crews=crews_of(ground.patrols, seed, WEEK_S)).live(calls, WEEK_S)
    return Asked(len(calls), rule.decided)


def _waited(ground: Ground, week: Path | None, seed: int) -> tuple[float, float]:
    """By how much longer calls wait with cover than without, in the mean: all, P1-P2."""
    city = opened(ground.file, ground.patrols)
    calls = draw_week(seed, list(seen_week(week)), city.town, ground.load)
    ours, bare = (
        figures(Week(city, ground.patrols, rule).live(calls, WEEK_S)) for rule in (Ours(), _without("cover"))
    )
    return ours.mean_s - bare.mean_s, ours.urgent_mean_s - bare.urgent_mean_s


def _without(term: str) -> Ours:
    return Ours(weights={name: weight for name, weight in WEIGHTS.items() if name != term})
