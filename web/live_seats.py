"""One socket's side of the live feed: what it may see, what it was told last, and what waits to be sent.

A seat's events are never dropped: when they pile up the seat is cut with 4001 and resumes. Positions are the other way
round: only the newest frame waits, an unsent older one gives way to it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from dispatch.acts import Principal, may
from web.live_messages import CLOSE_SLOW, Bounds, Change, Entity, Key

PENDING_MAX = 5_000
PENDING_BYTES_MAX = 8 * 2**20
PACED_MAX = 256
REMEMBERED = frozenset({"incident", "unit", "draft"})
MAY_HIDE = {
    "incident": frozenset(
        {"handed_over", "amended", "reopened", "merged", "unmerged", "separated", "surge_ended"}
    ),
    "unit": frozenset({"lent", "given_back", "registered"}),
    "draft": frozenset({"moved"}),
}
"""Facts after which a room that saw it may see it no longer."""

type Send = Callable[[bytes, bool], Awaitable[None]]
"""(message, whether it is binary)."""


class Outbox:
    """Messages waiting for one socket, sent in order by one writer.

    Args:
        pending_max, bytes_max: more than this means that the client is too slow.
    """

    def __init__(self, pending_max: int = PENDING_MAX, bytes_max: int = PENDING_BYTES_MAX) -> None:
        self.close_code: int | None = None
        self._pending_max = pending_max
        self._bytes_max = bytes_max
        self._texts: deque[bytes] = deque()
        self._bytes = 0
        self._frame: bytes | None = None
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._cut = asyncio.Event()

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, text: bytes) -> None:
        """Queue a message, or cut the line as too slow; a large single message never does that by itself."""
        if self._texts and (
            len(self._texts) >= self._pending_max or self._bytes + len(text) > self._bytes_max
        ):
            self.close(CLOSE_SLOW)
            return
        self._texts.append(text)
        self._bytes += len(text)
        self._wake.set()

    def put_frame(self, frame: bytes) -> None:
        """Queue positions in place of those not yet sent."""
        self._frame = frame
        self._wake.set()

    async def room(self) -> None:
        """Wait until little is pending, so that a long backlog is read at the pace of its reader."""
        while len(self._texts) > PACED_MAX or self._bytes > self._bytes_max // 2:
            self._room.clear()
            await self._room.wait()

    def close(self, code: int) -> None:
        """End the line with this code as soon as the writer can; the first code counts."""
        if self.close_code is None:
            self.close_code = code
            self._cut.set()

    async def closed(self) -> int:
        """Wait for `close`; its code."""
        await self._cut.wait()
        return self.close_code or 0

    async def write(self, send: Send) -> None:
        """Send whatever comes, events before positions, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._texts:
                text = self._texts.popleft()
                self._bytes -= len(text)
                self._room.set()
                await send(text, False)
            frame, self._frame = self._frame, None
            if frame is not None:
                await send(frame, True)


class Seat:
    """One socket that follows a room, or a unit. Plain: no network, no clock.

    Args:
        room_id: the room it subscribed to; None: what concerns the principal's own unit.
        principal: who sits there, its rooms narrowed to that room and those below it.
        everything: these are all rooms there are, so nothing ever leaves its sight.
        outbox: where its messages go.
    """

    def __init__(self, room_id: UUID | None, principal: Principal, everything: bool, outbox: Outbox) -> None:
        self.room_id = room_id
        self.principal = principal
        own = frozenset({principal.unit_id}) if principal.unit_id and room_id is None else None
        self.rooms = own or principal.rooms  # ids of rooms and of units never meet
        self.outbox = outbox
        self.cursor = 0  # every row up to here was told, or is none of its business
        self.sent = 0  # seq of the last event or snapshot that was sent
        self.doubt = asyncio.Event()  # something may have left its sight unnoticed: it needs the picture anew
        self._certain = False  # whether what is remembered is what the client has
        self.view: tuple[Bounds, ...] | None = None  # whose positions it wants; None: everywhere
        self._seen: set[Key] | None = None if everything else set()
        self._blind = frozenset(
            noun for noun in ("draft", "seat") if not may(principal, noun, "read", ("room",))
        )

    @property
    def sees_everything(self) -> bool:
        """Whether nothing can ever leave its sight."""
        return self._seen is None

    def has(self, key: Key) -> bool:
        """Whether this is on its screen."""
        return self._seen is None or key in self._seen

    def whisper(self, key: Key, entity: Entity, said: bytes, gone: bytes) -> None:
        """Tell what is in no ledger: `said` to who may see the entity, `gone` to who could until now."""
        if key[0] in self._blind:
            return
        if entity.visible_to(self.rooms):
            self.outbox.put(said)
            if self._seen is not None:
                self._seen.add(key)
        elif self._seen is not None and key in self._seen:
            self.outbox.put(gone)
            self._seen.discard(key)

    def begin(self, seq: int, seen: set[Key], *, certain: bool) -> None:
        """The client now has everything up to `seq`; `seen`: the incidents and units it has on its screen.

        Not `certain`: it comes back after a gap, and nobody remembers exactly what it had.
        """
        self.cursor = self.sent = seq
        self._certain = certain
        self.doubt.clear()
        if self._seen is not None:
            self._seen = seen

    def saw(self, keys: Iterable[Key]) -> None:
        """These too are on its screen now."""
        if self._seen is not None:
            self._seen.update(keys)

    def tell(self, change: Change) -> None:
        """Send the event if this seat may see the entity, or could until now; every row must pass here, in order.

        In doubt nothing more is told: the client must not come to believe that it has followed past that row.
        """
        if change.seq <= self.cursor or self.doubt.is_set():
            return
        if change.key[0] in self._blind:
            self.cursor = change.seq
            return
        if self._seen is None:
            about = change.whole
        elif self._may_have_lost(change, self._seen):
            self.doubt.set()
            return
        else:
            about = self._about(change, self._seen)
        self.cursor = change.seq
        if about:
            self.outbox.put(change.event(self.sent, about))
            self.sent = change.seq

    def _about(self, change: Change, seen: set[Key]) -> tuple[tuple[Key, bool], ...]:
        """Which entities to tell, each with whether it is shown or gone; remembers what is on the screen then."""
        shown, hidden = change.split(self.rooms)
        gone = {key for key in hidden if key in seen or (key == change.key and change.incident in seen)}
        seen.difference_update(gone)
        seen.update(key for key in shown if key[0] in REMEMBERED)
        return tuple((key, key not in gone) for key in change.entities if key in gone or key in shown)

    def _may_have_lost(self, change: Change, seen: set[Key]) -> bool:
        """Whether the fact may have taken from the screen something that nobody remembers being there."""
        if self._certain or change.first or change.fact not in MAY_HIDE.get(change.key[0], ()):
            return False
        return change.key not in seen and not (change.entity and change.entity.visible_to(self.rooms))
