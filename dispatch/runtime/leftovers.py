"""Finding and ending what a killed centre left running, and nothing else.

A child is recorded when it starts: process id, start time, command. After kill -9 of the parent the next start reads the
record and ends that process only if all three still fit, before it touches the data the process may still write.
"""

import asyncio
import contextlib
import signal
from pathlib import Path

import msgspec
import psutil
import structlog

log = structlog.get_logger(__name__)

# The wall clock may have been set since; the command, which names the data directory, tells processes apart.
START_TOLERANCE_S = 5.0


class Record(msgspec.Struct, frozen=True):
    """A child as it was started."""

    pid: int
    started: float
    argv: list[str]


def write_record(path: Path, pid: int, argv: tuple[str, ...]) -> None:
    """Remember a child that becomes `argv`."""
    with contextlib.suppress(psutil.Error):  # it ended at once: there is nothing to remember
        record = Record(pid, psutil.Process(pid).create_time(), list(argv))
        path.write_bytes(msgspec.json.encode(record))


def recorded_process(path: Path) -> psutil.Process | None:
    """The recorded process if it still runs and is the same one."""
    try:
        record = msgspec.json.decode(path.read_bytes(), type=Record)
        process = psutil.Process(record.pid)
        same_start = abs(process.create_time() - record.started) <= START_TOLERANCE_S
        # Before exec the command is still the launcher's, which ends with the program's.
        same_command = bool(record.argv) and process.cmdline()[-len(record.argv) :] == record.argv
        return process if same_start and same_command and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, msgspec.MsgspecError, psutil.Error):
        return None


def processes_in(program: str, folder: Path) -> list[psutil.Process]:
    """Every process called `program` that works in `folder` (PostgreSQL's processes work in their cluster)."""
    found = []
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            if process.info["name"] == program and Path(process.cwd()) == folder:
                found.append(process)
    return found


async def end(processes: list[psutil.Process], gently: signal.Signals, patience_s: float) -> None:
    """End processes, gently first, then for good; returns when none is left."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            log.warning("ending_leftover", pid=process.pid, program=process.name())
            process.send_signal(gently)
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, patience_s)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await asyncio.to_thread(psutil.wait_procs, alive, patience_s)
