"""Head and body of an answer leave together: what is written within one turn of the loop goes out at once.

uvicorn writes an answer in two pieces, and each would wake the client by itself; at a thousand alarms a second that costs
more than making the answers.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Corked:
    """A transport that gathers writes until the loop's next turn; everything else is the transport's own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Send with what else is written in this turn."""
        if not self._held:
            asyncio.get_running_loop().call_soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        """Send what is held."""
        held, self._held = self._held, []
        if held and not self.transport.is_closing():
            self.transport.write(b"".join(held))

    def close(self) -> None:
        """Send what is held, then hang up."""
        self.flush()
        self.transport.close()


class CorkedProtocol(HttpToolsProtocol):
    """HTTP of one connection on a corked transport; a websocket gets the transport itself."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", Corked(cast("asyncio.Transport", transport))))

    def handle_websocket_upgrade(self) -> None:
        corked = cast("Corked", self.transport)
        corked.flush()
        self.transport = corked.transport
        super().handle_websocket_upgrade()
