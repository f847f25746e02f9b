"""`python -m load_tests.capacity [--units N] [--calls M] [--consoles C]`: what a city needs, reckoned from what was measured.

Reads the newest full reports of `make load`, prints the need and writes load_tests/out/capacity.html with the formulae. What no
report holds is taken from `ASSUMED` and marked. `need` is the whole model, plain arithmetic.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import msgspec

from load_tests.page import OUT, Report, figure, html, table

HZ = 1.0  # fixes a second of a unit on duty
HELD = (
    0.6  # of a core: what a replica may be loaded with at the peak, so that it takes over for another at once
)
SPARE = 1  # replicas more than the load needs, in each part: one may die, one is being replaced
LEAST = 2
PEAK_HOUR = 0.10  # of the day's calls lie in the busiest hour
PEAK_MINUTE = 3.0  # times as many a second in its worst minute
PROGRAM = 0.5  # of what a call costs is spent in replicas, the rest in PostgreSQL
ON_DUTY = 0.6  # of the units at the peak, as a mean over the day: only those are tracked
FIX_BYTES = 34.0  # a packed fix with its share of the frame's head
MOST_PARTS = 64
ONE_PRIMARY = 16.0  # cores of PostgreSQL on one machine; past it organisations are parted
ONE_BROKER = 4.0  # cores of one nats-server; past it a cluster carries the city's parts

ASSUMED = {
    "fix_us": 8.0, "base_mb": 220.0, "unit_kb": 4.0, "console_core": 0.0002, "console_mb": 0.5, "console_kb_s": 15.0,
    "life_core_ms": 190.0, "life_kb": 60.0, "track_bytes": 5.0, "nats_us": 2.0,
}  # fmt: skip
"""From earlier runs, for what no report holds; each on the careful side."""

CITIES = {
    "a county town": (500, 800, 30),
    "a city": (3_000, 8_000, 150),
    "a metropolis": (20_000, 60_000, 600),
    "beyond": (100_000, 250_000, 2_000),
}
"""units at the peak, calls a day, consoles."""

FORMULAE = (
    ("calls in the worst second", "calls a day × PEAK_HOUR / 3,600 × PEAK_MINUTE"),
    ("fixes, each replica of a part", "units / parts × HZ × fix_us"),
    ("the rest, shared by all replicas", "consoles × console_core + calls in the worst second × life_core_ms × PROGRAM"),
    ("replicas", "parts × max(LEAST, ⌈rest / parts / (HELD − fixes)⌉ + SPARE), for the number of parts (1 to 64) that needs fewest"),
    ("cores of PostgreSQL", "calls in the worst second × life_core_ms × (1 − PROGRAM)"),
    ("cores of NATS", "units × HZ × nats_us × replicas / parts"),
    ("memory of a replica", "base_mb + units / parts × unit_kb + consoles / replicas × console_mb"),
    ("disk a day", "units × HZ × 86,400 × ON_DUTY × track_bytes + calls a day × life_kb"),
    ("network to a replica", "units / parts × HZ × FIX_BYTES"),
    ("network to consoles", "consoles × console_kb_s"),
)  # fmt: skip


class City(msgspec.Struct, frozen=True):
    """A city at its peak."""

    units: int
    calls_day: int
    consoles: int


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What things cost. us, ms: of one core; core: share of a core."""

    fix_us: float
    base_mb: float
    unit_kb: float
    console_core: float
    console_mb: float
    console_kb_s: float
    life_core_ms: float
    life_kb: float
    track_bytes: float
    nats_us: float


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What a city needs; parts: pieces of the map, by H3 parent cell, each with replicas that hear only its fixes."""

    parts: int
    replicas: int
    replica_cores: float
    cores: float
    postgres_cores: float
    nats_cores: float
    replica_mb: float
    disk_gb_day: float
    replica_mbit_s: float
    consoles_mbit_s: float


def need(city: City, costs: Costs) -> Need:
    """The model. Raises ValueError for a city that even MOST_PARTS pieces can't hold."""
    calls_s = city.calls_day * PEAK_HOUR / 3_600 * PEAK_MINUTE
    life = calls_s * costs.life_core_ms / 1e3
    fixes = city.units * HZ * costs.fix_us / 1e6
    rest = city.consoles * costs.console_core + life * PROGRAM
    found = [(n * some, n) for n in range(1, MOST_PARTS + 1) if (some := _of_a_part(fixes / n, rest / n))]
    if not found:
        raise ValueError(f"{city.units:,} units are more than {MOST_PARTS} parts of a city can hold")
    replicas, parts = min(found)
    own = fixes / parts + rest / replicas
    return Need(
        parts=parts, replicas=replicas, replica_cores=own, cores=own * replicas, postgres_cores=life * (1 - PROGRAM),
        nats_cores=city.units * HZ * costs.nats_us / 1e6 * replicas / parts,
        replica_mb=costs.base_mb + city.units / parts * costs.unit_kb / 1_024 + city.consoles / replicas * costs.console_mb,
        disk_gb_day=(city.units * HZ * 86_400 * ON_DUTY * costs.track_bytes + city.calls_day * costs.life_kb * 1_024) / 1e9,
        replica_mbit_s=city.units / parts * HZ * FIX_BYTES * 8 / 1e6, consoles_mbit_s=city.consoles * costs.console_kb_s * 8 / 1e3,
    )  # fmt: skip


def _of_a_part(fixes: float, rest: float) -> int:
    """Replicas of one part; 0: it is too large for any."""
    if fixes >= HELD:
        return 0
    return max(LEAST, math.ceil(rest / (HELD - fixes)) + SPARE)


def advice(found: Need) -> list[str]:
    """How NATS and PostgreSQL are spread, as far as this city has to."""
    told = [
        (
            "Replicas are stateless: each keeps its own live index and any console may sit at any of them. One more is one more "
            "process with the same settings."
        )
    ]
    if found.parts > 1:
        told.append(
            f"One replica can't hear all fixes, and to part a city is not built: gateways would add the H3 parent cell to their "
            f"subjects, and the replicas of each of the {found.parts} parts would subscribe to those of their part and its border."
        )
    if found.nats_cores > ONE_BROKER or found.parts > 1:
        told.append(
            "NATS: a cluster of three, streams with three copies; fixes need no stream and go straight through."
        )
    else:
        told.append("NATS: one server carries it; three in a cluster so that one may die.")
    if found.postgres_cores > ONE_PRIMARY:
        told.append(
            "PostgreSQL: more than one primary can do, and to spread it is not built: Citus would distribute tables by "
            "organisation; timer, outbox and ledger would stay local to the coordinator, whose relay alone writes the chain."
        )
    else:
        told.append(
            "PostgreSQL: one primary with a synchronous standby; reads of lists may go to the standby."
        )
    return told


class Known(msgspec.Struct, frozen=True):
    """Costs, and where each comes from (the time of a report, or nothing: assumed)."""

    costs: Costs
    source: Mapping[str, str]


def known(reports: Sequence[Report]) -> Known:
    """What these reports say, the first one first; the rest is assumed."""
    seen: dict[str, tuple[float, str]] = {}
    for report in reports:
        cores = report.on.cores or 1
        rows = {row.key: row.figure for row in report.rows if row.key and row.figure is not None}
        for name, value in _costs_in(rows, cores).items():
            if value > 0:
                seen.setdefault(name, (value, report.at))
    costs = msgspec.convert({**ASSUMED, **{name: value for name, (value, _) in seen.items()}}, Costs)
    return Known(costs, {name: at for name, (_, at) in seen.items()})


def _costs_in(rows: Mapping[str, float], cores: int) -> dict[str, float]:
    """The costs that follow from the figures of one report."""
    found: dict[str, float] = {}
    if units := rows.get("steady_units"):
        found["fix_us"] = rows["steady_cpu_replica a"] / 100 / (units * HZ) * 1e6
        found["nats_us"] = rows["steady_cpu_nats"] / 100 / (units * HZ) * 1e6 / 2  # two replicas heard them
        found["unit_kb"] = rows["unit_memory_kb"]
        found["base_mb"] = rows["steady_memory_mb"] - units * rows["unit_memory_kb"] / 1_024
    if consoles := rows.get("consoles_count"):
        found["console_core"] = rows["consoles_share"] / 100 / consoles
        found["console_mb"] = rows["console_memory_mb"]
        found["console_kb_s"] = rows["console_kb_s"]
    if "life_ms" in rows:
        found["life_core_ms"] = rows["life_ms"] * cores
    found |= {name: rows[name] for name in ("life_kb", "track_bytes") if name in rows}
    return found


def reports_in(folder: Path) -> list[Report]:
    """All full reports, the newest first."""
    files = sorted(folder.glob("report-*.json"), reverse=True)
    read = (msgspec.json.decode(file.read_bytes(), type=Report) for file in files)
    return [report for report in read if report.size == "full"]


LINES = (
    ("parts of the city", "parts", ""), ("replicas", "replicas", ""), ("each at the peak", "replica_cores", "of a core"),
    ("all replicas at the peak", "cores", "cores"), ("PostgreSQL at the peak", "postgres_cores", "cores"),
    ("NATS", "nats_cores", "cores"), ("memory of a replica", "replica_mb", "MB"), ("disk", "disk_gb_day", "GB a day"),
    ("network to a replica", "replica_mbit_s", "Mbit/s"), ("network to all consoles", "consoles_mbit_s", "Mbit/s"),
)  # fmt: skip


def text(city: City, found: Need) -> str:
    """The need as a person reads it."""
    head = f"{city.units:,} units, {city.calls_day:,} calls a day, {city.consoles:,} consoles"
    lines = [f"  {what:26} {figure(getattr(found, name), unit)}" for what, name, unit in LINES]
    return "\n".join([head, *lines, *(f"  {one}" for one in advice(found))])


def page(cities: Mapping[str, City], by: Known) -> str:
    """The need of each city beside the others, what it rests on, and how it is reckoned."""
    needs = {name: need(city, by.costs) for name, city in cities.items()}
    columns = frozenset(range(1, len(cities) + 1))
    given = [(what, *(f"{getattr(city, name):,}" for city in cities.values())) for what, name in
             (("units at the peak", "units"), ("calls a day", "calls_day"), ("consoles", "consoles"))]  # fmt: skip
    lines = [
        (what, *(figure(getattr(one, name), unit) for one in needs.values())) for what, name, unit in LINES
    ]
    costs = [
        (name, figure(value), by.source.get(name, "assumed: no report holds it"))
        for name, value in msgspec.structs.asdict(by.costs).items()
    ]
    told: dict[str, list[str]] = {}
    for name, found in needs.items():
        for one in advice(found):
            told.setdefault(one, []).append(name)
    return html(
        "Capacity",
        [
            "<h1>What a city needs</h1>",
            ("<p>Reckoned from what was measured on the machine of the reports named below; ratios carry over to another one, "
            "absolute figures do not. A model, not a promise: measure the real thing before it is relied upon.</p>"),
            table(("", *map(escape, cities)), [*given, *lines], columns),
            "<h2>How it is spread</h2>", *(
                f"<p><b>{escape(', '.join(names))}:</b> {escape(one)}</p>" for one, names in told.items()
            ),
            "<h2>What things cost</h2>", table(("", "", "measured"), costs, frozenset({1})),
            "<h2>How it is reckoned</h2>", table(("", ""), [(escape(a), f"<code>{escape(b)}</code>") for a, b in FORMULAE]),
            (f"<p>HZ {HZ:g}, HELD {HELD:g}, SPARE {SPARE}, LEAST {LEAST}, PEAK_HOUR {PEAK_HOUR:g}, PEAK_MINUTE {PEAK_MINUTE:g}, "
            f"PROGRAM {PROGRAM:g}, ON_DUTY {ON_DUTY:g}, FIX_BYTES {FIX_BYTES:g}.</p>"),
        ],
    )  # fmt: skip


def write(folder: Path, city: City | None = None) -> Path:
    """The page from the newest reports in `folder`; it lies there too."""
    cities = {name: City(*some) for name, some in CITIES.items()}
    if city is not None:
        cities = {"this city": city, **cities}
    target = folder / "capacity.html"
    target.write_text(page(cities, known(reports_in(folder))), "utf-8")
    return target


def main() -> int:
    """Print and write."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.capacity", description=__doc__)
    units, calls, consoles = CITIES["a metropolis"]
    parser.add_argument("--units", type=int, default=units, help="on duty at the peak")
    parser.add_argument("--calls", type=int, default=calls, help="a day")
    parser.add_argument("--consoles", type=int, default=consoles, help="open at the same time")
    chosen = parser.parse_args()
    city = City(chosen.units, chosen.calls, chosen.consoles)
    OUT.mkdir(exist_ok=True)
    by = known(reports_in(OUT))
    print(text(city, need(city, by.costs)))
    assumed = sorted(set(ASSUMED) - set(by.source))
    if assumed:
        print(f"  Assumed, because no full report holds it: {', '.join(assumed)}; make load measures it.")
    print(f"\n{write(OUT, city)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
