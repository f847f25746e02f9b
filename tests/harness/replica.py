"""A replica's engine as a process of its own, to be killed and frozen: lease, relay, feed, and a file of what it heard.

`python -m tests.harness.replica` with REPLICA_DATABASE_URL, REPLICA_NATS_URL, REPLICA_NAME and REPLICA_HEARD set.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dispatch.journal import FeedRow
from dispatch.runtime.bus import Bus
from dispatch.runtime.feeds import Feed
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import engine_pool
from dispatch.runtime.relay import LEASE_NAME, Relay


@asynccontextmanager
async def running(*runs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """The tasks of a replica inside the test; a task that ends by itself fails the test."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, asyncio.CancelledError), f"a task of the replica ended: {outcome!r}"


class Replica:
    """A replica process as the test sees it.

    Args:
        name: as in the lease's `holder`.
        process: its child.
        heard: the file of rows its feed applied, one `seq position` a line.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, heard: Path) -> None:
        self.name = name
        self.process = process
        self.heard_file = heard

    def heard(self) -> list[tuple[int, int]]:
        """(seq, position) of all rows, in the order applied; a last line cut short by a kill is left out."""
        text = self.heard_file.read_text() if self.heard_file.exists() else ""
        lines = text[: text.rfind("\n") + 1].splitlines()
        return [(int(seq), int(position)) for seq, position in (line.split() for line in lines)]

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def start_replica(name: str, database_url: str, nats_url: str, folder: Path) -> Replica:
    """Start one; it takes part within a second or two."""
    heard = folder / f"{name}.heard"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.harness.replica",
        env={
            **os.environ,
            "REPLICA_DATABASE_URL": database_url,
            "REPLICA_NATS_URL": nats_url,
            "REPLICA_NAME": name,
            "REPLICA_HEARD": str(heard),
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    return Replica(name, process, heard)


async def main() -> None:
    pool = await engine_pool(os.environ["REPLICA_DATABASE_URL"])
    bus = Bus([os.environ["REPLICA_NATS_URL"]])
    lease = Lease(pool, LEASE_NAME, os.environ["REPLICA_NAME"])
    relay = Relay(pool, lease, bus)
    feed = Feed(pool, bus)
    relay.listeners.append(feed.offer)
    with Path(os.environ["REPLICA_HEARD"]).open("a", encoding="ascii", buffering=1) as heard:  # noqa: ASYNC230  # once, at start

        def write(rows: Sequence[FeedRow]) -> None:
            heard.write("".join(f"{row.seq} {row.position}\n" for row in rows))
            heard.flush()

        feed.subscribe(write)
        await feed.start()
        await asyncio.gather(bus.run(), lease.run(), relay.run(), feed.run())


if __name__ == "__main__":
    asyncio.run(main())
