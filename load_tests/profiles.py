"""`python -m load_tests.profiles`: where the three hottest paths spend their time, looked at a hundred times a second by py-spy.

Each path runs alone in a process of its own: an alarm's way in, ranking by road, positions to screens. py-spy stands outside and
slows nothing; where it may not look (macOS without root, hardened containers) a sentence says so. `--run NAME` is such a process.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

TOP = 14
RATE = 200
SECONDS = {"small": 3.0, "full": 20.0}
UNITS = {"small": 2_000, "full": 20_000}
READY = "looping"
LEAVE_S = 60.0


class Spot(msgspec.Struct, frozen=True):
    """A function: the share of the time spent in itself, and in it and all it calls."""

    name: str
    own: float
    within: float


class Profile(msgspec.Struct, frozen=True):
    """Of one path: the functions in which most of the time is spent; skipped: why there is none."""

    path: str
    samples: int = 0
    spots: list[Spot] = []
    skipped: str = ""


def alarms_in(_: str, seconds: float) -> None:
    """Alarms of 32 callers through the funnel, authorised, compared, journalled."""
    from load_tests.scenarios.alarms_in import CLIENTS, _drive, _ours, replica

    async def go() -> None:
        async with replica() as (runtime, _):
            await _drive(_ours(runtime, "warm"), 500, CLIENTS)
            ends, n = _begin(seconds), 0
            while time.perf_counter() < ends:
                await _drive(_ours(runtime, f"profile-{n}"), 500, CLIENTS)
                n += 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())


def by_road(size: str, seconds: float) -> None:
    """The quickest ten of everybody, by road."""
    from load_tests.lattices import write_lattice
    from load_tests.scenarios.roads import SIDES, City, _build

    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        source = write_lattice(Path(work) / "lattice.osm.pbf", SIDES[0])
        city = City("profile", source, _build(source, Path(work) / "bundle").folder, UNITS[size])
        goals = city.goals(200)
        ends = _begin(seconds)
        while time.perf_counter() < ends:
            for goal in goals:
                city.quickest(goal)


def positions_out(size: str, seconds: float) -> None:
    """A real replica that takes in everybody's fixes and shows 200 consoles their parts of the map."""
    from load_tests.fleet import fleet
    from load_tests.listening import Looked
    from load_tests.scenarios.consoles import CONSOLES, SPAN, Place
    from load_tests.told import process

    async def go() -> None:
        units, consoles = UNITS[size], CONSOLES["small" if size == "small" else "full"]
        async with fleet(units, units, replicas=1) as city, process("load_tests.listening", Looked) as room:
            await city.report(units)
            place = Place(city, room, units, await city.seq())
            await place.watch(consoles, SPAN, 0.0)
            _begin(seconds, city.centre.server.pid)
            await place.watch(consoles, SPAN, seconds + 2.0)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())


PATHS: dict[str, Callable[[str, float], None]] = {
    "alarms_in": alarms_in,
    "by_road": by_road,
    "positions_out": positions_out,
}


def _begin(seconds: float, pid: int | None = None) -> float:
    """Say that the looking may begin, at which process (None: this one); when to end."""
    print(READY, pid or os.getpid(), flush=True)
    return time.perf_counter() + seconds + 1.0


def profile(name: str, size: str, out: Path) -> Profile:
    """Look at one path; the folded stacks, which speedscope and flame graphs read, go to `out`."""
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if spy is None:
        return Profile(name, skipped="py-spy is not installed (it comes with the packages for development).")
    options = ["--run", name, *(["--small"] if size == "small" else [])]
    running = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "load_tests.profiles", *options], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    try:
        pid = next((line.split()[1] for line in running.stdout or () if line.startswith(READY)), None)
        if pid is None:
            return Profile(name, skipped=f"{name} ended before there was anything to look at.")
        told = _looked_at(spy, pid, SECONDS[size], out)
    finally:
        _wait_for(running)
    if told is not None:
        return Profile(name, skipped=f"py-spy could not look at {name}: {told}")
    return summed(name, out.read_text("utf-8"))


def _looked_at(spy: str, pid: str, seconds: float, out: Path) -> str | None:
    """Look at a process for so long; why it did not work, None when it did."""
    how = ("--rate", str(RATE), "--duration", f"{seconds:.0f}", "--format", "raw", "--nonblocking")
    found = subprocess.run(  # noqa: S603
        [spy, "record", "--pid", pid, *how, "--output", str(out)],
        capture_output=True, text=True, check=False, timeout=seconds + LEAVE_S,
    )  # fmt: skip
    if found.returncode == 0 and out.exists():
        return None
    return (found.stderr.strip().splitlines() or ["it said nothing"])[-1]


def _wait_for(running: "subprocess.Popen[str]") -> None:
    """It ends by itself and clears up behind it."""
    try:
        running.communicate(timeout=LEAVE_S)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def summed(path: str, folded: str) -> Profile:
    """A profile of folded stacks: `outermost;...;innermost count` a line."""
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        names = [_plain(name) for name in stack.split(";")]
        own[names[-1]] += int(count)
        for name in set(names):
            within[name] += int(count)
    total = sum(own.values())
    top = [name for name, _ in own.most_common(TOP)]
    return Profile(path, total, [Spot(name, own[name] / total, within[name] / total) for name in top])


def _plain(name: str) -> str:
    """`function (folder/file.py:12)` without the line and without what lies outside of our own folders or a package's."""
    found = re.fullmatch(r"(.+) \((.+?)(?::\d+)?\)", name)
    if found is None:
        return name
    file = re.sub(r"^.*(?:site-packages|lib/python[\d.]+)/", "", found[2])
    return f"{found[1]} ({file})"


def profiles(size: str, out: Path) -> list[Profile]:
    """All of them; folded stacks beside `out`."""
    return [profile(name, size, out.with_name(f"{out.stem}-{name}.folded")) for name in PATHS]


def main() -> int:
    """Look at all paths and print what was seen, or be one of them."""
    parser = argparse.ArgumentParser(prog="python -m load_tests.profiles", description=__doc__)
    parser.add_argument("--run", choices=sorted(PATHS), help="be this path, for somebody who looks")
    parser.add_argument("--small", action="store_true", help="a quick look")
    chosen = parser.parse_args()
    size = "small" if chosen.small else "full"
    if chosen.run:
        PATHS[chosen.run](size, SECONDS[size])
        return 0
    folder = Path(__file__).parent / "out"
    folder.mkdir(exist_ok=True)
    for one in profiles(size, folder / "profile"):
        print(f"\n{one.path}: {one.skipped or f'{one.samples:,} samples'}")
        for spot in one.spots:
            print(f"{100 * spot.own:6.1f} %  {100 * spot.within:6.1f} %  {spot.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
