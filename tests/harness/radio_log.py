"""What NATS holds for the terminals: every radio message of the stream, in its order."""

from typing import Any

import msgspec
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from tests.harness.waiting import GUARD_S

STREAM = "RADIO"
ORDERS = "cad.radio.order."


class Sent(msgspec.Struct, frozen=True):
    """One message: the handle of its terminal and what it says."""

    handle: int
    said: dict[str, Any]

    @property
    def order_id(self) -> str:
        return str(self.said["order_id"])


async def sent_orders(client: Client) -> list[Sent]:
    """All messages to terminals that NATS has kept."""
    jetstream = client.jetstream(timeout=GUARD_S)
    state = (await jetstream.stream_info(STREAM)).state
    found = []
    for seq in range(max(state.first_seq, 1), state.last_seq + 1):
        try:
            message = await jetstream.get_msg(STREAM, seq)
        except NotFoundError:
            continue
        if message.subject is not None and message.subject.startswith(ORDERS):
            handle = int(message.subject.rpartition(".")[2])
            found.append(Sent(handle, msgspec.json.decode(message.data or b"{}")))
    return found
