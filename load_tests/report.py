"""`python -m load_tests.report [--only NAME] [--small] [--profile]`: every scenario, one table, one JSON file, one page with plots.

Misses stay in it. What a scenario can't have (a peer's package, a browser, shared data) is said in its row.
"""

import argparse
import asyncio
import importlib
import inspect
import os
import pkgutil
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from load_tests import capacity, scenarios
from load_tests.page import OUT, Machine, Report, write
from load_tests.profiles import profiles
from load_tests.rows import Row, Size, Skipped

QUIET = 0.5

type Run = Callable[[Size], list[Row] | Awaitable[list[Row]]]


def found_scenarios() -> dict[str, Run]:
    """NAME → run, of every module in `load_tests.scenarios`, by name."""
    modules = (
        importlib.import_module(f"{scenarios.__name__}.{module.name}")
        for module in pkgutil.iter_modules(scenarios.__path__)
    )
    return {
        module.NAME: cast("Run", module.run)
        for module in sorted(modules, key=lambda module: str(module.NAME))
    }


async def measure(run: Run, size: Size) -> list[Row]:
    """The rows of one scenario; a scenario that lacks something says so in a row."""
    try:
        answer = run(size)
        return await answer if inspect.isawaitable(answer) else answer
    except Skipped as skipped:
        return [Row(path="", what=f"skipped: {skipped}", figure=None)]


def table(rows: list[Row]) -> str:
    """The rows as text, in columns as wide as they need to be."""
    heads = ("path", "what", "seen", "target", "peer", "ratio", "verdict")
    cells = [
        (
            row.path,
            row.what,
            "" if row.figure is None else f"{row.figure:,.6g} {row.unit}".strip(),
            row.target,
            f"{row.peer} {row.peer_figure:,.6g}" if row.peer_figure is not None else row.peer,
            f"{row.ratio:.2f} x" if row.ratio is not None else "",
            {True: "met", False: "MISSED", None: ""}[row.met],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [heads, *cells]) for column in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in [heads, *cells]
    ]
    return "\n".join(
        [lines[0].rstrip(), "-" * len(lines[0].rstrip()), *(line.rstrip() for line in lines[1:])]
    )


def main() -> int:
    """Measure, print, write; exit status 1 when a target was missed."""
    known = found_scenarios()
    parser = argparse.ArgumentParser(prog="python -m load_tests.report", description=__doc__)
    parser.add_argument(
        "--only", action="append", metavar="NAME", choices=sorted(known), help="these scenarios"
    )
    parser.add_argument("--small", action="store_true", help="a quick run; its figures mean little")
    parser.add_argument(
        "--profile", action="store_true", help="also look where the three hottest paths spend their time"
    )
    chosen = parser.parse_args()
    size: Size = "small" if chosen.small else "full"
    signal.signal(
        signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT)
    )  # servers and files go in order
    load = os.getloadavg()[0]  # before we add our own
    rows: list[Row] = []
    for name in chosen.only or known:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop that a replica runs on
            rows += runner.run(measure(known[name], size))
    print(table(rows))
    if load > QUIET:
        print(
            f"\nThe machine was busy with other things: load {load:.1f} on {os.cpu_count()} cores before it began."
        )
    OUT.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target = OUT / f"report-{stamp}.json"
    seen = profiles(size, target) if chosen.profile else []
    machine = Machine(os.cpu_count(), platform.python_version(), platform.machine(), load)
    report = Report(stamp, size, machine, rows, seen)
    target.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    print("\nwritten:", *map(_shown, (target, write(report, target), capacity.write(OUT))), sep="\n  ")
    return int(any(row.met is False for row in rows))


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
