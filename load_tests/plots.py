"""What can be drawn of a report: growth, latencies, ours beside peers. Each plot is an SVG that needs nothing from elsewhere.

Colours are told apart by people who see few of them, and every line also has a mark of its own.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from load_tests.rows import PERCENTILES, Row, exponent

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#444444")
MARKS = "osD^vPX"
INK, FAINT = "#1c2430", "#8a94a3"
LATENCY = {"us": 1e-3, "ms": 1.0, "s": 1e3}
"""Units of time, in milliseconds."""
LEAST_MS = 0.01  # drawn for what was there at once, or before the clock was looked at

mpl.rcParams.update(
    {
        "svg.fonttype": "none", "svg.hashsalt": "dispatch110", "font.family": "sans-serif", "font.size": 9,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": FAINT, "axes.labelcolor": INK,
        "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titleweight": "bold", "text.color": INK,
        "xtick.color": INK, "ytick.color": INK, "axes.grid": True, "grid.color": "#dde2e8", "grid.linewidth": 0.6,
        "legend.frameon": False, "legend.fontsize": 8, "figure.facecolor": "none", "axes.facecolor": "none",
    }
)  # fmt: skip


def plots(rows: Sequence[Row]) -> dict[str, str]:
    """File name without ending → SVG, in the order of the report."""
    return {**_growths(rows), **_latencies(rows), **_peers(rows)}


def _growths(rows: Sequence[Row]) -> dict[str, str]:
    """One plot for each thing that grows: double logarithmic, a line for each job with its exponent."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.curve is not None:
            found[f"{row.curve.of}, {row.curve.unit}"].append(row)
    return {_name("growth", title): _growth(some) for title, some in found.items()}


def _growth(rows: Sequence[Row]) -> str:
    figure, axes = _sheet(len(rows))
    for n, row in enumerate(rows):
        assert row.curve is not None
        sizes, seen = zip(*row.curve.points, strict=True)
        label = f"{row.what.rpartition(', ')[0] or row.what}: power {exponent(row.curve.points):.2f}"
        axes.plot(sizes, seen, color=COLOURS[n % 7], marker=MARKS[n % 7], markersize=4, label=_short(label))
    curve = rows[0].curve
    assert curve is not None
    axes.set(xscale="log", yscale="log", xlabel=curve.of, ylabel=curve.unit)
    axes.set_title(f"Growth with the {curve.of}")
    ticks = sorted({size for row in rows if row.curve for size, _ in row.curve.points})
    axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    axes.minorticks_off()
    return _drawn(figure, axes)


def _latencies(rows: Sequence[Row]) -> dict[str, str]:
    """One plot a path: how long the quickest so many percent took; the last percents are what counts, so they get the room."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.spread and row.unit in LATENCY:
            found[row.path].append(row)
    return {_name("latency", path): _latency(path, some) for path, some in found.items()}


def _latency(path: str, rows: Sequence[Row]) -> str:
    lines = [(row, who, seen) for row in rows for who, seen in (row.spread or {}).items()]
    figure, axes = _sheet(len(lines))
    places = range(len(PERCENTILES))
    for n, (row, who, seen) in enumerate(lines):
        scale = LATENCY[row.unit]
        told = f"{row.what} – {who}" if len(row.spread or {}) > 1 else row.what
        axes.plot(
            places, [max(value * scale, LEAST_MS) for value in seen], color=COLOURS[n % 7], marker=MARKS[n % 7], markersize=3,
            label=_short(told),
        )  # fmt: skip
    axes.set(yscale="log", xlabel="percentile", ylabel="ms")
    axes.set_xticks(list(places), [f"{percentile:g}" for percentile in PERCENTILES])
    axes.set_title(f"How long it takes: {path}")
    return _drawn(figure, axes)


def _peers(rows: Sequence[Row]) -> dict[str, str]:
    """One plot a path: how many times better than the peer, one being alike."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.ratio is not None and row.ratio > 0:
            found[row.path].append(row)
    return {_name("peers", path): _beside(path, some) for path, some in found.items()}


def _beside(path: str, rows: Sequence[Row]) -> str:
    figure = Figure(figsize=(8, 0.9 + 0.26 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    places = [len(rows) - n for n in range(len(rows))]
    ratios = [row.ratio or 1.0 for row in rows]
    colours = [COLOURS[1] if row.met is False else COLOURS[0] if ratio >= 1 else COLOURS[6] for row, ratio in zip(rows, ratios, strict=True)]  # fmt: skip
    axes.hlines(places, 1.0, ratios, color=colours, linewidth=5)
    for place, ratio in zip(places, ratios, strict=True):
        side = "left" if ratio >= 1 else "right"
        axes.annotate(
            f"{ratio:,.3g}×", (ratio, place), (5 if ratio >= 1 else -5, 0), textcoords="offset points", va="center",
            ha=side, fontsize=8,
        )  # fmt: skip
    axes.axvline(1.0, color=INK, linewidth=0.8)
    axes.set(xscale="log", xlabel="times better than the peer (1: alike)")
    axes.set_yticks(places, [_short(f"{row.what} | {row.peer}", 76) for row in rows], fontsize=8)
    axes.set_xlim(min(0.5, 0.5 * min(ratios)), max(2.0, 2.5 * max(ratios)))
    axes.grid(visible=False, axis="y")
    axes.set_title(f"Beside others: {path}")
    return _svg(figure)


def _sheet(lines: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 3.2 + 0.18 * lines), layout="constrained")
    return figure, figure.add_subplot()


def _drawn(figure: Figure, axes: Axes) -> str:
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), borderaxespad=0.0)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _name(*words: str) -> str:
    return "-".join(re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in words)


def inlined(svgs: Iterable[str]) -> list[str]:
    """The same for one page of HTML: without a prologue, and with names that don't meet those of another drawing."""
    return [_own_names(svg[svg.index("<svg") :], f"d{n}-") for n, svg in enumerate(svgs)]


def _own_names(svg: str, prefix: str) -> str:
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}', svg)
    return re.sub(r"url\(#", f"url(#{prefix}", svg)
