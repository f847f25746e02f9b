"""Does each term of the ranking help? The same weeks with all of them and without one, what it is for beside what it costs.

Crews have stations, shifts that end, errands and minutes in which nothing is heard of them (`load_tests/trials/crews.py`), so that
there is something for each term to spare. A term that spares nothing surely is taken out of `dispatch/ranking/weights.py`.
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
from load_tests.trials.crews import crews_of
from load_tests.trials.figures import Figures, figures, told
from load_tests.trials.life import Week
from load_tests.trials.model import Lived
from load_tests.trials.rules import Ours
from load_tests.trials.week import WEEK_S, draw_week
from tests.harness.shared_data import MISSING, shared_data_folder

NAME = "each_term"
PATH = "who should go"
SEEDS = 4


class Paid(NamedTuple):
    """A week: its figures, and what each term is to spare, by its name."""

    figures: Figures
    spared: dict[str, float]


SPARES: dict[str, tuple[str, str, Callable[[Lived, Figures], float]]] = {
    "cover": ("P1-P2 response, mean", "s", lambda _, known: known.urgent_mean_s),
    "neighbour": (
        "routine orders to another station's ground", "%",
        lambda lived, _: 100.0 * lived.noted.abroad / max(lived.noted.routine, 1),
    ),
    "shift": ("work past the end of shifts in a week", "min", lambda lived, _: lived.noted.late_s / 60),
    "busy": ("crews taken from an errand to a P2 in a week", "", lambda lived, _: float(lived.noted.interrupted)),
    "fix": ("response, mean", "s", lambda _, known: known.mean_s),
}  # fmt: skip
"""What each term is there to make less of, its unit, how it is read."""


def run(size: Size) -> list[Row]:
    """Of each term its own purpose, then what it costs."""
    shared = shared_data_folder()
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        if size == "small" or shared is None:
            skipped = [Row(path=PATH, what=f"a real city skipped: {MISSING}", figure=None)]
            lattice = write_lattice(Path(work) / "lattice.osm.pbf", 40)
            rows = _rows(Ground("a lattice", lattice, 10, 0.15), 2, None)
            return rows if size == "small" else [*skipped, *rows]
        return _rows(Ground("Baltimore", shared / "baltimore.osm.pbf", 60), SEEDS, shared / WEEK_FILE)


def _rows(ground: Ground, seeds: int, week: Path | None) -> list[Row]:
    live, numbers = partial(_lived, ground, week), range(1, seeds + 1)
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        every = list(pool.map(partial(live, None), numbers))
        without = {term: list(pool.map(partial(live, term), numbers)) for term in WEIGHTS}
    return [row for term in WEIGHTS for row in _of_term(ground.name, term, every, without[term])]


def _of_term(city: str, term: str, every: list[Paid], without: list[Paid]) -> list[Row]:
    what, unit, _ = SPARES[term]
    pairs = list(zip(every, without, strict=True))
    spared = told([a.spared[term] - b.spared[term] for a, b in pairs])
    price = told([a.figures.mean_s - b.figures.mean_s for a, b in pairs])
    return [
        Row(
            path=PATH, what=f"{city}, {len(pairs)} weeks, with the term {term} and not without: {what} ± {spared.half:.1f}",
            figure=spared.mean, unit=unit, target="surely less", met=spared.mean + spared.half < 0,
        ),
        Row(
            path=PATH, what=f"{city}, {len(pairs)} weeks, with the term {term} and not without: response, mean ± {price.half:.1f}",
            figure=price.mean, unit="s",
        ),
    ]  # fmt: skip


def _lived(ground: Ground, week: Path | None, without: str | None, seed: int) -> Paid:
    city = opened(ground.file, ground.patrols)
    calls = draw_week(seed, list(seen_week(week)), city.town, ground.load)
    rule = Ours(weights={name: weight for name, weight in WEIGHTS.items() if name != without})
    crews = crews_of(ground.patrols, seed, WEEK_S)
    lived = Week(city, ground.patrols, rule, crews=crews).live(calls, WEEK_S)
    known = figures(lived)
    return Paid(known, {term: read(lived, known) for term, (_, _, read) in SPARES.items()})
