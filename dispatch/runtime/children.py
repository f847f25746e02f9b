"""Servers that live exactly as long as the centre: started, watched, started again when they die, stopped in order.

PostgreSQL, nats-server and the `serve` process of a demo are all such children. An alarm is refused for the seconds one is
away and never lost, because whoever sent it has had no answer yet.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from dispatch.runtime.accounts import Account, launch_argv
from dispatch.runtime.errors import ChildFailed
from dispatch.runtime.leftovers import end, recorded_process, write_record

log = structlog.get_logger(__name__)

MAX_FRUITLESS_STARTS = 5  # in a row, none of which became ready
MAX_DEATHS_PER_MINUTE = 30
MAX_LOG_BYTES = 10_000_000
FIRST_LOOK_S = 0.02
LATER_LOOKS_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How to start one child, to know that it serves, and to stop it.

    Args:
        ready: asked again and again while the process lives; true as soon as it serves. None: a tool for `run_to_end`.
        prepare: run before every start (stale files, processes of a killed predecessor).
        stop_signal: asks for an orderly end; also what Linux sends when the parent dies.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    log: Path
    record: Path
    ready: Callable[[], Awaitable[bool]] | None = None
    prepare: Callable[[], Awaitable[None]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within_s: float = 60.0
    stop_within_s: float = 30.0


class Child:
    """One supervised process. Start and stop it from the same event loop, whose thread must outlive it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.on_restart: list[Callable[[str, int], None]] = []  # called with name and new process id
        self.restarts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS_PER_MINUTE)

    @property
    def pid(self) -> int | None:
        """The process id while it runs; None while it is being started again."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it serves.

        Raises:
            ChildFailed: it ended or was not ready in time; the message names the log.
        """
        if (leftover := recorded_process(self.program.record)) is not None:
            await end([leftover], self.program.stop_signal, self.program.stop_within_s)
        self._stopping = False
        try:
            served = await self._launch()
        except BaseException:
            await self._end_process()
            raise
        if not served:
            await self._end_process()
            raise ChildFailed(self._failure("did not start"))
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.program.name}")

    async def run_to_end(self) -> None:
        """Run it once, unwatched (a tool such as initdb), and wait for its end.

        Raises:
            ChildFailed: it ended with an error; the message names the log.
        """
        try:
            status = await (await self._spawn()).wait()
        finally:
            await self._end_process()
        if status:
            raise ChildFailed(self._failure(f"ended with status {status}"))

    async def stop(self) -> None:
        """Ask it to end, insist after a while, and forget it."""
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None
        await self._end_process()

    async def gave_up(self) -> None:
        """Wait until supervision ends: returns after `stop`, raises ChildFailed when the child can't be kept alive."""
        watcher = self._watcher
        if watcher is not None:
            await asyncio.wait([watcher])
            if not watcher.cancelled():
                watcher.result()

    async def _watch(self) -> None:
        while self._process is not None:
            status = await self._process.wait()
            if self._stopping:
                return
            log.warning("child_died", child=self.program.name, pid=self._process.pid, status=status)
            await self._revive()

    async def _revive(self) -> None:
        now = time.monotonic()
        crowded = len(self._deaths) == MAX_DEATHS_PER_MINUTE and now - self._deaths[0] < 60
        self._deaths.append(now)
        if crowded:
            raise ChildFailed(self._failure(f"ended {MAX_DEATHS_PER_MINUTE} times within a minute"))
        for attempt in range(MAX_FRUITLESS_STARTS):
            await asyncio.sleep(min(2.0, 0.25 * attempt))
            if await self._launch():
                self.restarts += 1
                pid = self.pid or 0
                log.warning("child_restarted", child=self.program.name, pid=pid, restarts=self.restarts)
                for callback in self.on_restart:
                    callback(self.program.name, pid)
                return
            await self._end_process()
        raise ChildFailed(self._failure(f"ended and did not start again in {MAX_FRUITLESS_STARTS} attempts"))

    async def _launch(self) -> bool:
        if self.program.prepare is not None:
            await self.program.prepare()
        await self._spawn()
        return await self._becomes_ready()

    async def _spawn(self) -> asyncio.subprocess.Process:
        program = self.program
        if program.log.exists() and program.log.stat().st_size > MAX_LOG_BYTES:
            program.log.replace(program.log.with_name(program.log.name + ".1"))
        descriptor = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # A session of its own: Ctrl-C reaches the centre only, which then stops its children in order.
            self._process = await asyncio.create_subprocess_exec(
                *launch_argv(program.account, program.stop_signal, program.argv),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd=program.cwd,
                env=_loader_paths() | dict(program.environment),
                start_new_session=True,
            )
        finally:
            os.close(descriptor)
        write_record(program.record, self._process.pid, program.argv)
        return self._process

    async def _becomes_ready(self) -> bool:
        deadline = time.monotonic() + self.program.ready_within_s
        pause_s = FIRST_LOOK_S
        while self.pid is not None and time.monotonic() < deadline:
            if self.program.ready is not None and await self.program.ready():
                return self.pid is not None
            await asyncio.sleep(pause_s)
            pause_s = min(LATER_LOOKS_S, pause_s * 1.3)
        return False

    async def _end_process(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.program.stop_signal)
            try:
                async with asyncio.timeout(self.program.stop_within_s):
                    await process.wait()
            except TimeoutError:
                log.warning("child_killed", child=self.program.name, pid=process.pid)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        self._process = None
        self.program.record.unlink(missing_ok=True)

    def _failure(self, what: str) -> str:
        return f"{self.program.name} {what}; the end of {self.program.log} says why: {_last_line(self.program.log)}"


def _loader_paths() -> dict[str, str]:
    """Where this machine's loader finds the libraries of our own interpreter, if it had to be told."""
    names = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
    told = [line.strip() for line in lines if line.strip()]
    return told[-1] if told else "(it says nothing)"
