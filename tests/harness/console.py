"""A console on the live feed: it replaces what it is told by version, as the contract has it, and resumes when it is cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.harness.centre import GUARD_S

AGAIN_S = 0.05


class Console:
    """What is on the screen of one seat over a room.

    Attributes:
        entities: (noun, id) -> the entity as it was told last.
        seq: of the last event or snapshot.
        gaps: events whose `prev` was not the last one told: something was lost.
        closed: close codes, in order.
    """

    def __init__(self, url: str, headers: dict[str, str], room: UUID) -> None:
        self.entities: dict[tuple[str, str], dict[str, Any]] = {}
        self.seq: int | None = None
        self.gaps: list[tuple[int, int]] = []
        self.events = 0
        self.closed: list[int | None] = []
        self._url = url
        self._headers = headers
        self._room = room
        self._heard = asyncio.Event()

    async def run(self) -> None:
        """Follow, and resume after every cut, until cancelled."""
        while True:
            with contextlib.suppress(OSError, TimeoutError, InvalidHandshake):
                async with connect(
                    self._url, additional_headers=self._headers, compression=None, max_size=None
                ) as socket:
                    await self._follow(socket)
            await asyncio.sleep(AGAIN_S)

    async def _follow(self, socket: ClientConnection) -> None:
        wish = {"room": self._room} | ({} if self.seq is None else {"after": self.seq})
        await socket.send(msgspec.json.encode({"subscribe": wish}).decode())
        try:
            async for message in socket:
                if isinstance(message, str):
                    self._apply(msgspec.json.decode(message))
        finally:
            self.closed.append(socket.close_code)

    def _apply(self, message: dict[str, Any]) -> None:
        ((kind, said),) = message.items()
        if kind == "snapshot":
            self.seq = said["seq"]
            self.entities = {
                (noun, one["id"]): one for noun in ("incident", "unit") for one in said[f"{noun}s"]
            }
        elif kind == "event":
            if said["prev"] != self.seq:
                self.gaps.append((said["prev"], said["seq"]))
            self.seq = said["seq"]
            self.events += 1
            for told in (said, *said.get("also", ())):
                self._replace(told)
        self._heard.set()

    def _replace(self, told: dict[str, Any]) -> None:
        key, now = (told["noun"], told["id"]), told["now"]
        if now is None:
            self.entities.pop(key, None)
        elif now["version"] >= self.entities.get(key, now)["version"]:
            self.entities[key] = now

    def of(self, noun: str) -> dict[str, dict[str, Any]]:
        """What it shows of one kind, by id."""
        return {id_: entity for (kind, id_), entity in self.entities.items() if kind == noun}

    async def reaches(self, seq: int) -> None:
        """Wait until it has been told everything up to `seq`."""
        await self.until(lambda: (self.seq or 0) >= seq)

    async def shows(self, noun: str, id_: str) -> dict[str, Any]:
        """Wait until this is on the screen."""
        await self.until(lambda: (noun, id_) in self.entities)
        return self.entities[noun, id_]

    async def until(self, holds: Any) -> None:
        """Look again after every message until it holds."""
        async with asyncio.timeout(GUARD_S):
            while not holds():
                self._heard.clear()
                await self._heard.wait()


@asynccontextmanager
async def console(url: str, api_key: str, room: UUID) -> AsyncIterator[Console]:
    """A console that has its first picture."""
    seat = Console(url, {"Authorization": f"Bearer {api_key}"}, room)
    running = asyncio.create_task(seat.run())
    try:
        await seat.until(lambda: seat.seq is not None)
        yield seat
    finally:
        running.cancel()
        outcome = (await asyncio.gather(running, return_exceptions=True))[0]
        assert isinstance(outcome, asyncio.CancelledError | ConnectionClosed), repr(outcome)
