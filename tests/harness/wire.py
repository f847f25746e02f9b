"""A wire between a browser and a server, to be cut and mended: bytes pass both ways until somebody cuts it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class Wire:
    """Listens on `port` and passes everything on to the server's port.

    Attributes:
        cuts: how often it was cut.
        joined: connections that were made through it.
    """

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.port = 0
        self.cuts = 0
        self.joined = 0
        self._whole = True
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection breaks at once, and new ones break as soon as they are made."""
        self.cuts += 1
        self._whole = False
        for end in list(self._ends):
            end.transport.abort()

    def hold(self) -> None:
        """Nothing breaks, and nothing arrives any more."""
        self._flowing.clear()

    def mend(self) -> None:
        """Whole again; what was held arrives."""
        self._whole = True
        self._flowing.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        if not self._whole:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:  # the server is down: what a browser sees of that is a broken connection
            writer.transport.abort()
            return
        self.joined += 1
        self._ends |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer))
                both.create_task(self._pass(far_reader, writer))
        finally:
            self._ends -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def open_wire(to_port: int) -> AsyncIterator[Wire]:
    """A whole wire to this port; gone afterwards."""
    wire = Wire(to_port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        wire.mend()
        wire.cut()
        server.close()
