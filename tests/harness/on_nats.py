"""A client of NATS with patience: the library gives up a connection after two seconds, which a busy machine may need."""

from typing import Any

import nats
from nats.aio.client import Client

from tests.harness.waiting import GUARD_S


async def connected(url: str, **more: Any) -> Client:
    """A connection to close when done. more: as for `nats.connect`."""
    return await nats.connect(url, connect_timeout=GUARD_S, **more)
