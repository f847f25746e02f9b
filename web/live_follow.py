"""How a seat gets on the feed: a snapshot or the rows it missed, then live, with nothing left out and nothing twice.

The order is the proof. The ledger's head is read before the picture, so the picture is never older than its seq; then rows
after that seq are told, from PostgreSQL until the seat has caught up with the hub, from the hub ever after.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from dispatch.acts import Principal
from dispatch.journal import FeedRow
from web.live_hub import Hub
from web.live_messages import Change, Entity, Key, more, snapshot
from web.live_seats import Seat

RESUME_MAX = 50_000
"""Rows after which a snapshot is cheaper than what was missed."""
PAGE_ROWS = 500
LAG_S = 0.05
PART_UNITS = 1_000
PART_INCIDENTS = 200
"""So many are told at once; reading them holds up whoever acts meanwhile for some 50 ms."""


class Picture(msgspec.Struct, frozen=True):
    """Everything a room has open: lists of entities by name, and the incidents and units among them.

    rest: parts of what is not among them yet, the more pressing first; each of one kind.
    """

    lists: Mapping[str, Sequence[Entity]]
    seen: set[Key]
    rest: Sequence[Sequence[Key]] = ()


class Source(Protocol):
    """Where the truth is read; each answer is as of its own moment, later ones never older than earlier ones."""

    async def head(self) -> int:
        """Seq of the newest row of the ledger."""
        ...

    async def rows_after(self, seq: int, limit: int) -> Sequence[FeedRow]:
        """The next rows of the ledger."""
        ...

    async def changes(self, rows: Sequence[FeedRow]) -> list[Change]:
        """The rows with their entities as they stand now."""
        ...

    async def picture(self, principal: Principal) -> Picture:
        """What the rooms of the principal have open."""
        ...

    async def part(self, keys: Sequence[Key]) -> Mapping[Key, Entity]:
        """These incidents or units as they stand now."""
        ...

    async def in_sight(self, principal: Principal) -> set[Key]:
        """Only the keys of `picture`."""
        ...


class Follower:
    """Brings seats on the feed.

    Args:
        hub: where live changes come from.
        source: where snapshots and missed rows are read.
        clock: ms since 1970, for the time a snapshot carries.
    """

    def __init__(self, hub: Hub, source: Source, clock: Callable[[], int]) -> None:
        self._hub = hub
        self._source = source
        self._clock = clock

    async def follow(self, seat: Seat, after: int | None) -> None:
        """Keep the seat on the feed until cancelled."""
        try:
            while True:
                await self.bring_on(seat, after)
                await seat.doubt.wait()
                self._hub.detach(seat)
                after = None
        finally:
            self._hub.detach(seat)

    async def bring_on(self, seat: Seat, after: int | None) -> None:
        """Tell the seat what it lacks and attach it to the hub.

        Args:
            seat: not yet attached.
            after: the last seq its client has; None, or too long ago, makes it a snapshot.
        """
        if after is None or not await self._resume(seat, after):
            await self._show(seat)
        while not self._hub.attach(seat):
            if not await self._catch_up(seat):
                await asyncio.sleep(LAG_S)  # the hub heard of rows that this connection does not see yet

    async def _show(self, seat: Seat) -> None:
        """Tell the picture; what a large city has beyond the most pressing follows a part at a time: nobody waits for all of it."""
        seq = await self._source.head()
        picture = await self._source.picture(seat.principal)
        seat.begin(seq, picture.seen, certain=True)
        seat.outbox.put(snapshot(seq, self._clock(), seat.room_id, picture.lists, whole=not picture.rest))
        for n, keys in enumerate(picture.rest, 1):
            await seat.outbox.room()
            found = await self._source.part(keys)
            shown = {key: one for key, one in found.items() if one.visible_to(seat.rooms)}
            seat.saw(shown)
            lists = {f"{keys[0][0]}s": list(shown.values())}
            seat.outbox.put(more(seq, lists, whole=n == len(picture.rest)))
        await seat.outbox.room()

    async def _resume(self, seat: Seat, after: int) -> bool:
        head = await self._source.head()
        if not 0 <= after <= head or head - after > RESUME_MAX:
            return False
        seen = set() if seat.sees_everything else await self._source.in_sight(seat.principal)
        seat.begin(after, seen, certain=False)
        return True

    async def _catch_up(self, seat: Seat) -> bool:
        """Tell one page of rows; False when there was none."""
        rows = await self._source.rows_after(seat.cursor, PAGE_ROWS)
        for change in await self._source.changes(rows) if rows else ():
            seat.tell(change)
            await seat.outbox.room()
        if seat.doubt.is_set():
            await self._show(seat)
        return bool(rows)
