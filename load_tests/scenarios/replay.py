"""A real week of calls through the public doors: how many times faster than it happened, and whether all of it closed.

The whole command is timed, the centre's start and stop included. Needs the shared data; without them it says so.
"""

import asyncio
import csv
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import msgspec

from load_tests.rows import Row, Size, Skipped
from tests.harness.shared_data import MISSING, shared_data_folder

NAME = "replay"
PATH = "replay"
FILE = "sf_fire_calls_2017_week1.csv"
SMALL_ROWS = 300


class _Said(msgspec.Struct, frozen=True):
    calls: int
    closed: int
    refused: int


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    folder = shared_data_folder()
    if folder is None:
        raise Skipped(MISSING)
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as work:
        source = folder / FILE
        if size == "small":
            source = _head(source, Path(work) / "head.csv")
        real_s = _span_s(source)
        began = time.monotonic()
        said = await _replayed(source, Path(work) / "data")
        took_s = time.monotonic() - began
        disk_kb = sum(file.stat().st_size for file in _tables(Path(work) / "data")) / 1_024
    calls, closed = said.calls, said.closed
    return [
        Row(path=PATH, what="as fast as it goes, start and stop included", figure=real_s / took_s, unit="x real",
            target=">= 600", met=real_s / took_s >= 600),
        Row(path=PATH, what="a call from ring to close, everything on this machine together", figure=1e3 * took_s / calls, unit="ms",
            key="life_ms"),
        Row(path=PATH, what="a call's rows on disk, those of an empty centre included", figure=disk_kb / calls, unit="KB", key="life_kb"),
        Row(path=PATH, what=f"closed of {calls:,} calls", figure=closed, unit="calls", target="all",
            met=closed == calls),
        Row(path=PATH, what="rows refused and listed", figure=said.refused, unit="rows"),
    ]  # fmt: skip


async def _replayed(source: Path, data: Path) -> _Said:
    data.parent.chmod(0o711)  # root's PostgreSQL runs as another user, who must reach its data
    command = Path(sys.executable).with_name("dispatch110")
    process = await asyncio.create_subprocess_exec(
        command, "replay", source, "--json", "--data", data, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the replay ended with status {process.returncode}")
    return msgspec.json.decode(out.splitlines()[-1], type=_Said)


def _tables(data: Path) -> list[Path]:
    """The files of all tables and indexes, without the write-ahead log."""
    return [file for file in data.glob("**/base/*/*") if file.is_file()]


def _head(source: Path, target: Path) -> Path:
    lines = source.read_text("utf-8").splitlines(keepends=True)
    target.write_text("".join(lines[: SMALL_ROWS + 1]), "utf-8")
    return target


def _span_s(source: Path) -> float:
    with source.open(encoding="utf-8") as rows:
        times = [_time(row["Received DtTm"]) for row in csv.DictReader(rows)]
    return (max(times) - min(times)).total_seconds()


def _time(text: str) -> datetime:
    return datetime.strptime(f"{text} +0000", "%m/%d/%Y %I:%M:%S %p %z")
