"""`python -m load_tests.page [REPORT.json]`: a report as one page of HTML with its table and plots, and each plot as SVG beside it.

Everything is in the file: it opens anywhere and asks no other origin for anything. Without a report the newest one is drawn.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

import msgspec

from load_tests.plots import inlined, plots
from load_tests.profiles import Profile
from load_tests.rows import Row, Size

OUT = Path(__file__).parent / "out"
STYLE = """
:root { color-scheme: light; --ink: #1c2430; --faint: #5b6673; --line: #dde2e8; --bad: #b3261e; --good: #00694c; }
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 2rem auto; max-width: 82rem; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { max-width: 60rem; } .faint { color: var(--faint); }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; font-weight: 600; color: var(--faint); border-bottom: 2px solid var(--line); padding: .3rem .6rem .3rem 0; }
td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.path td { font-weight: 600; padding-top: 1.1rem; border-bottom: 2px solid var(--line); }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(34rem, 1fr)); gap: 1.5rem; }
.plots svg { width: 100%; height: auto; } code { font-size: 12px; }
@media (max-width: 40rem) { .plots { grid-template-columns: 1fr; } body { padding: 0 .75rem; } }
"""


class Machine(msgspec.Struct, frozen=True):
    """What it ran on; load: of the machine before it began."""

    cores: int | None
    python: str
    machine: str
    load: float


class Report(msgspec.Struct, frozen=True):
    """A file of the report."""

    at: str
    size: Size
    on: Machine
    rows: list[Row]
    profiles: list[Profile] = []


def figure(value: float | None, unit: str = "") -> str:
    """A figure as people read it: three digits, or all of a whole number."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.3g}"
    return f"{text} {unit}".strip()


def html(title: str, parts: Iterable[str]) -> str:
    """A whole page of these parts."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head><body>\n' + "\n".join(parts) + "\n</body></html>\n"  # fmt: skip


def table(heads: Sequence[str], lines: Iterable[Sequence[str]], numbers: frozenset[int] = frozenset()) -> str:
    """A table of cells that are HTML already; `numbers` are the columns set to the right."""

    def cells(tag: str, line: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if n in numbers else ''}>{cell}</{tag}>" for n, cell in enumerate(line)
        )

    body = "".join(f"<tr>{cells('td', line)}</tr>" if line[1:] else f'<tr class="path"><td colspan="{len(heads)}">{line[0]}</td></tr>' for line in lines)  # fmt: skip
    return f"<table><thead><tr>{cells('th', heads)}</tr></thead><tbody>{body}</tbody></table>"


def page(report: Report, svgs: dict[str, str]) -> str:
    """The report as HTML."""
    missed = sum(row.met is False for row in report.rows)
    held = sum(row.met is True for row in report.rows)
    on = report.on
    small = (
        " A small run: it shows that everything runs, its figures mean little."
        if report.size == "small"
        else ""
    )
    return html(
        f"Measured {report.at}",
        [
            "<h1>Dispatch 110, measured</h1>",
            f'<p class="faint">{report.at}, {on.cores} cores, {escape(on.machine)}, Python {on.python}, load {on.load:.1f} before it began.{small}</p>',
            f'<p>{held} targets <span class="met">met</span>, {missed} <span class="missed">missed</span>. What was missed stays in the table.</p>',
            '<h2>Plots</h2><div class="plots">', *inlined(svgs.values()), "</div>",
            "<h2>Figures</h2>", _rows(report.rows), *map(_profile, report.profiles),
        ],
    )  # fmt: skip


def _rows(rows: Sequence[Row]) -> str:
    lines: list[list[str]] = []
    for path, some in groupby(rows, lambda row: row.path):
        lines.append([escape(path or "–")])
        lines += [_row(row) for row in some]
    return table(("", "seen", "target", "peer", "", ""), lines, frozenset({1, 3, 4}))


def _row(row: Row) -> list[str]:
    verdict = {True: '<span class="met">met</span>', False: '<span class="missed">missed</span>', None: ""}
    peer = f"{row.peer} {figure(row.peer_figure)}" if row.peer else ""
    ratio = "" if row.ratio is None else f"{row.ratio:,.3g}&nbsp;×"
    return [
        escape(row.what), escape(figure(row.figure, row.unit)), escape(row.target), escape(peer), ratio, verdict[row.met],
    ]  # fmt: skip


def _profile(profile: Profile) -> str:
    told = f"{profile.samples:,} samples"
    if profile.skipped:
        return f"<h2>Where it spends its time: {escape(profile.path)}</h2><p>{escape(profile.skipped)}</p>"
    lines = [
        (f"{100 * spot.own:.1f} %", f"{100 * spot.within:.1f} %", f"<code>{escape(spot.name)}</code>")
        for spot in profile.spots
    ]
    return f"<h2>Where it spends its time: {escape(profile.path)}</h2><p class=faint>{told}</p>" + table(
        ("itself", "with what it calls", ""), lines, frozenset({0, 1})
    )


def newest() -> Path | None:
    """The file of the newest report."""
    return max(OUT.glob("report-*.json"), default=None)


def write(report: Report, beside: Path) -> Path:
    """Draw a report beside its file; the page."""
    svgs = plots(report.rows)
    folder = beside.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name, svg in svgs.items():
        (folder / f"{name}.svg").write_text(svg, "utf-8")
    target = beside.with_suffix(".html")
    target.write_text(page(report, svgs), "utf-8")
    return target


def main() -> int:
    """Draw."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.page", description=__doc__)
    parser.add_argument(
        "report", nargs="?", type=Path, default=newest(), help="a file that make load has written"
    )
    chosen = parser.parse_args()
    if chosen.report is None:
        parser.error(f"there is no report in {OUT}; make load writes one")
    print(write(msgspec.json.decode(chosen.report.read_bytes(), type=Report), chosen.report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
