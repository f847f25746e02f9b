"""One live socket from hello to close: it listens to its client, follows a room, and one writer sends what comes of it.

Knows the network only as two functions, so a test can be the client. The route that opens it is `web.live`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
import structlog

from dispatch.acts import Principal
from dispatch.errors import DispatchError, NotFound
from dispatch.rooms import Rooms
from dispatch.runtime.trouble import DATABASE_TROUBLE
from web.live_follow import Follower
from web.live_hub import Hub
from web.live_messages import (
    HEARTBEAT_S,
    VERSION,
    BadRequest,
    Subscribe,
    View,
    read_request,
    rfc3339,
    said,
)  # fmt: skip
from web.live_seats import Outbox, Seat, Send

CLOSE_GONE = 1000
CLOSE_AWAY = 1012
CLOSE_TRY_AGAIN = 1013
CLOSE_BROKEN = 1011

type Receive = Callable[[], Awaitable[str | bytes | None]]
"""The client's next message; None when it has left."""

log = structlog.get_logger(__name__)


class Desk(msgspec.Struct, frozen=True):
    """What every session on a replica shares. rooms: the tree as it stands now; clock: ms since 1970."""

    hub: Hub
    follower: Follower
    rooms: Callable[[], Rooms]
    clock: Callable[[], int]
    opened: Callable[[], None] = lambda: None
    """Called when somebody opens or leaves an incident."""


class Session:
    """One client. `run` until it leaves or is cut; `outbox.close` cuts it.

    Args:
        desk: the replica's shared parts.
        principal: who sits there.
    """

    def __init__(self, desk: Desk, principal: Principal, outbox: Outbox | None = None) -> None:
        self.principal = principal
        self.outbox = outbox or Outbox()
        self._desk = desk
        self._seat: Seat | None = None
        self._view: View | None = None
        self._following: asyncio.Task[None] | None = None
        self.open_id: UUID | None = None  # the incident that is looked at
        self.beat_ms: int | None = (
            None  # the client's last beat; None: it never sent one, then its line is enough
        )
        self._moving = asyncio.Lock()  # the client and the sweep may both want another room

    async def run(self, receive: Receive, send: Send) -> int:
        """Serve the client; the code to close its socket with."""
        self._desk.hub.lines.add(self.outbox)
        self.outbox.put(said("hello", self._hello()))
        reader = asyncio.create_task(self._read(receive))
        writer = asyncio.create_task(self.outbox.write(send))
        cut = asyncio.create_task(self.outbox.closed())
        try:
            await asyncio.wait((reader, writer, cut), return_when=asyncio.FIRST_COMPLETED)
            return self.outbox.close_code or CLOSE_GONE
        finally:
            self._desk.hub.lines.discard(self.outbox)
            await _ended(reader, writer, cut, self._following)
            self._leave()

    def _hello(self) -> dict[str, object]:
        return {
            "version": VERSION,
            "at": rfc3339(self._desk.clock()),
            "principal": self.principal.id,
            "roles": sorted(self.principal.roles),
            "room": self.principal.room_id,
            "unit": self.principal.unit_id,
            "seat": self.principal.seat_id,
            "heartbeat_s": HEARTBEAT_S,
        }

    async def _read(self, receive: Receive) -> None:
        while (text := await receive()) is not None:
            try:
                await self._obey(text)
            except (BadRequest, DispatchError) as error:
                self.outbox.put(said("error", {"code": error.code, "detail": str(error)}))

    async def _obey(self, text: str | bytes) -> None:
        request = read_request(text)
        if self.beat_ms is not None or request.beat is not None:
            self.beat_ms = self._desk.clock()
        if request.open is not msgspec.UNSET:
            self._look_at(request.open)
        if request.view is not None:
            self._view = request.view
            if self._seat is not None:
                self._seat.view = request.view.bounds
        if request.subscribe is not None:
            await self._subscribe(request.subscribe)

    def _look_at(self, incident_id: UUID | None) -> None:
        if incident_id is not None and (self._seat is None or not self._seat.has(("incident", incident_id))):
            raise NotFound(f"There is no incident {incident_id} in sight of this seat.", noun="incident")
        self.open_id = incident_id
        self._desk.opened()

    async def _subscribe(self, wish: Subscribe) -> None:
        if wish.room is None and self.principal.unit_id is None:
            raise BadRequest("Say which room you want to follow; only a unit's own key may leave it out.")
        rooms = self._desk.rooms()
        mine = self._mine(wish.room, rooms)
        if wish.room is not None and not mine:
            raise NotFound(f"There is no room {wish.room} that this seat may see.", noun="room")
        async with self._moving:
            await self._move(wish, rooms, mine)

    def _mine(self, room_id: UUID | None, rooms: Rooms) -> frozenset[UUID]:
        if room_id is None:
            return frozenset()
        covering = self.principal.covering if room_id == self.principal.room_id else frozenset()
        return rooms.subtree(room_id) & self.principal.rooms | covering

    async def _move(self, wish: Subscribe, rooms: Rooms, mine: frozenset[UUID]) -> None:
        await _ended(self._following)
        self._leave()
        own = self.principal.unit_id if wish.room is None else None
        narrowed = msgspec.structs.replace(self.principal, rooms=mine, unit_id=own)
        everything = wish.room is not None and mine == frozenset(rooms.by_id)
        seat = Seat(wish.room, narrowed, everything, self.outbox)
        seat.view = None if self._view is None else self._view.bounds
        self._seat = seat
        self._following = asyncio.create_task(self._follow(seat, wish.after))

    async def _follow(self, seat: Seat, after: int | None) -> None:
        try:
            await self._desk.follower.follow(seat, after)
        except DispatchError as error:
            self.outbox.put(said("error", {"code": error.code, "detail": str(error)}))
        except DATABASE_TROUBLE as error:
            log.warning("live_interrupted", principal=self.principal.id, error=repr(error))
            self.outbox.close(CLOSE_TRY_AGAIN)
        except Exception:  # this task's own loop: the fault is one client's, and it is told to come again
            log.exception("live_failed", principal=self.principal.id)
            self.outbox.close(CLOSE_BROKEN)

    def _leave(self) -> None:
        if self._seat is not None:
            self._desk.hub.detach(self._seat)
            self._seat = None

    async def renew(self, principal: Principal) -> None:
        """The client may see other rooms than before: it gets its room anew, or is told that it lost it."""
        if principal == self.principal and (self._seat is None or self._is_current(self._seat)):
            return
        self.principal = principal
        if self._seat is None:
            return
        try:
            await self._subscribe(Subscribe(self._seat.room_id))
        except NotFound as error:
            await _ended(self._following)
            self._leave()
            self.outbox.put(said("error", {"code": error.code, "detail": str(error)}))

    def _is_current(self, seat: Seat) -> bool:
        if seat.room_id is None:
            return self.principal.unit_id in seat.rooms
        rooms = self._desk.rooms()
        mine = self._mine(seat.room_id, rooms)
        return mine == seat.rooms and seat.sees_everything == (mine == frozenset(rooms.by_id))


async def _ended(*tasks: asyncio.Task[None] | asyncio.Task[int] | None) -> None:
    """Cancel these tasks and wait until they are over; what one failed of is logged."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.info("live_line_broke", error=repr(outcome))
