"""`python -m load_tests.soak [PYTEST ARGUMENTS]`: every long run, one table, one JSON file; failures stay in it.

The runs are the tests marked `soak`, and whole those of which `make test` runs a share (`shared`): kills, freezes, damaged requests, simulated nights, long shifts. What they log as
figures (how soon a killed part took work again, how many reports were sent) is kept beside their outcome. `--soak-share
0.02` runs a fiftieth of each, to see that the runs themselves work; the report says so.
"""

import logging
import os
import platform
import sys
import time
from pathlib import Path

import msgspec
import pytest

OUT = Path(__file__).parent / "out"
FIGURES = "tests.figures"


class Outcome(msgspec.Struct):
    """One long run. outcome: passed, failed or skipped; error: its last line; figures: what it logged, in order."""

    name: str
    outcome: str
    seconds: float
    figures: list[str]
    error: str = ""


class Collector(logging.Handler):
    """A pytest plugin that keeps every outcome, and a handler that keeps the figures of the run under way."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.outcomes: list[Outcome] = []
        self._figures: list[str] = []
        self.share = 1.0

    def pytest_configure(self, config: pytest.Config) -> None:
        """How much of each run is run."""
        self.share = config.getoption("--soak-share", 1.0)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one figure, and show that the run lives."""
        said = record.getMessage()
        self._figures.append(said)
        print(f"  {said}", file=sys.stderr, flush=True)

    def pytest_runtest_setup(self) -> None:
        """Another run begins."""
        self._figures = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The run itself, or a preparation that failed."""
        if report.when != "call" and report.passed:
            return
        error = "" if report.passed else (report.longreprtext.splitlines() or [""])[-1]
        name = report.nodeid.rpartition("::")[2]
        self.outcomes.append(
            Outcome(name, report.outcome, round(report.duration, 1), list(self._figures), error)
        )


def main() -> int:
    """Run, print, write; pytest's exit status."""
    collector = Collector()
    logger = logging.getLogger(FIGURES)
    logger.setLevel(logging.INFO)
    logger.addHandler(collector)
    status = pytest.main(
        ["-m", "soak or shared", "-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[collector]
    )
    for one in collector.outcomes:
        print(f"{one.outcome:8} {one.seconds:9,.1f} s  {one.name}  {one.error}")
    OUT.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    target = OUT / f"soak-{stamp}.json"
    whole = {"at": stamp, "on": machine, "share": collector.share, "runs": collector.outcomes}
    target.write_bytes(msgspec.json.format(msgspec.json.encode(whole)))
    print(f"\nwritten to {target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
