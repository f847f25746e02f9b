"""What is written to a client within one turn of the loop leaves at once, in order, and nothing is lost at the end."""

import asyncio
from typing import Any, cast

from web.corked import Corked


class Wire:
    """A transport that remembers each write."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def get_extra_info(self, name: str) -> str:
        return name


def corked() -> tuple[Corked, Wire]:
    wire = Wire()
    return Corked(cast("Any", wire)), wire


async def test_head_and_body_leave_together() -> None:
    line, wire = corked()
    line.write(b"head ")
    line.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head body"]
    line.write(b"next")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"next"]


async def test_what_is_held_leaves_before_the_line_is_closed() -> None:
    line, wire = corked()
    line.write(b"last words")
    line.close()
    assert (wire.sent, wire.closing) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last words"]


async def test_nothing_is_written_to_a_line_that_is_gone() -> None:
    line, wire = corked()
    line.write(b"too late")
    wire.close()
    await asyncio.sleep(0)
    assert wire.sent == []


async def test_everything_else_is_the_transports_own() -> None:
    line, _ = corked()
    assert line.get_extra_info("peername") == "peername"
