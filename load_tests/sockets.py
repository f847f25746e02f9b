"""A console's line as cheap as it gets: WebSocket by hand on a bare transport, so that hundreds of them cost little.

Just what a browser does here: ask, be told, answer pings. Frames are looked at where they lie; nothing is kept of a position
frame but its moment and its count.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Iterator
from typing import cast

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_SHORT, _LONG = struct.Struct(">H"), struct.Struct(">Q")
HEAD_END = b"\r\n\r\n"
SEEN_BYTES = 512

type Seen = Callable[[int, bytes, int], None]
"""Told of a message: its opcode, its first SEEN_BYTES bytes, its whole length."""


class Frames:
    """Messages of a server out of a stream of bytes, however it is cut. Servers send no fragments here and no masks."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes, int]]:
        """(opcode, first bytes, length) of every message that is complete now."""
        self._held += data
        while (found := self._measured()) is not None:
            start, length = found
            if len(self._held) < start + length:
                return
            opcode = self._held[0] & 15
            head = bytes(self._held[start : start + min(length, SEEN_BYTES)])
            del self._held[: start + length]
            yield opcode, head, length

    def _measured(self) -> tuple[int, int] | None:
        """Where the payload of the first message begins and how long it is; None: that is not known yet."""
        held = self._held
        if len(held) < 2:
            return None
        length = held[1] & 127
        if length < 126:
            return 2, length
        size, layout = (2, _SHORT) if length == 126 else (8, _LONG)
        return (2 + size, layout.unpack_from(held, 2)[0]) if len(held) >= 2 + size else None


def frame(opcode: int, payload: bytes) -> bytes:
    """A message of a client; masked with zeros, which the standard allows and leaves the payload as it is."""
    length = len(payload)
    if length < 126:
        head = bytes((128 | opcode, 128 | length))
    elif length < 65_536:
        head = bytes((128 | opcode, 254)) + _SHORT.pack(length)
    else:
        head = bytes((128 | opcode, 255)) + _LONG.pack(length)
    return head + bytes(4) + payload


class Line(asyncio.Protocol):
    """One socket.

    Args:
        host: with port.
        key: of whoever sits there.
        first: what it says once the line stands.
        seen: told of every text and position frame.
    """

    def __init__(self, host: str, key: str, first: tuple[bytes, ...], seen: Seen) -> None:
        self.stands = asyncio.get_running_loop().create_future()
        self.cut = False
        self._host, self._key, self._first, self._seen = host, key, first, seen
        self._head: bytearray | None = bytearray()
        self._frames = Frames()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast("asyncio.Transport", transport)
        token = base64.b64encode(os.urandom(16)).decode()
        self._line.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Authorization: Bearer {self._key}\r\nSec-WebSocket-Key: {token}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += data
            head, end, rest = bytes(self._head).partition(HEAD_END)
            if not end:
                return
            self._head = None
            self._greeted(head)
            data = rest
        for opcode, start, length in self._frames.feed(data):
            if opcode == PING:
                self._line.write(frame(PONG, start))
            elif opcode in (TEXT, BINARY):
                self._seen(opcode, start, length)

    def _greeted(self, head: bytes) -> None:
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            self.stands.set_exception(ConnectionError(head.decode(errors="replace")[:200]))
            return
        for message in self._first:
            self.say(message)
        self.stands.set_result(None)

    def say(self, message: bytes) -> None:
        """Send a text."""
        self._line.write(frame(TEXT, message))

    def stop_reading(self) -> None:
        """From now on a console that hangs."""
        self._line.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut = True
        if not self.stands.done():
            self.stands.set_exception(exc or ConnectionError("the line ended before it stood"))

    def close(self) -> None:
        """Hang up."""
        self._line.abort()
