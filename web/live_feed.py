"""The live feed of one replica at work: ledger rows to the hub, positions each second, heartbeats, and who may stay.

Between the replica's feed and the sockets; the composition root runs it beside the feed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.journal import FeedRow
from dispatch.runtime.feeds import Feed
from dispatch.runtime.trouble import DATABASE_TROUBLE, survived
from units.wire import Sheet
from web.live_follow import Follower
from web.live_hub import Hub
from web.live_messages import CLOSE_REVOKED, HEARTBEAT_S, rfc3339, said
from web.live_passing import LINKS_S, Passing
from web.live_seats import Send
from web.live_session import CLOSE_AWAY, Desk, Receive, Session
from web.live_source import StoredTruth

BATCH_ROWS = 500
WAITING_ROWS_MAX = 10_000
"""Rows kept while entities are being read; beyond that they are read again from PostgreSQL."""
TICK_S = 1.0
SWEEP_S = 2.0
RETRY_S = 0.5

type AskAgain = Callable[[], Awaitable[Principal | None]]
"""Who the client is now; None when its session or key has ended."""


class LiveFeed:
    """Run `run` as a task; hand each accepted socket to `serve`.

    Args:
        pool: for snapshots, backlogs and entities.
        centre: reference data and positions.
        feed: the replica's feed; rows are followed from where it stands now.
        clock: ms since 1970.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Any]", centre: Centre, feed: Feed, clock: Callable[[], int]
    ) -> None:
        self.hub = Hub(feed.seq)
        self._source = StoredTruth(pool, centre)
        self._centre = centre
        self._clock = clock
        self._sessions: dict[Session, AskAgain] = {}
        self.passing = Passing(pool, centre, self.hub, self._sessions.keys, clock)
        self._desk = Desk(
            hub=self.hub,
            follower=Follower(self.hub, self._source, clock),
            rooms=lambda: centre.reference.rooms,
            clock=clock,
            opened=self.passing.wake,
        )
        self._rows: deque[FeedRow] = deque()
        self._arrived = asyncio.Event()
        self._feed = feed

    async def run(self) -> None:
        """Until cancelled; then every socket is told to come again."""
        self.hub.head = max(self.hub.head, self._feed.seq)
        self._feed.subscribe(self._heard)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump())
                tasks.create_task(self._every(TICK_S, self._tick))
                tasks.create_task(self._every(HEARTBEAT_S, self._beat))
                tasks.create_task(self._every(SWEEP_S, self._sweep))
                tasks.create_task(self._every(LINKS_S, self.passing.hear))
                tasks.create_task(self.passing.run())
        finally:
            self._feed.unsubscribe(self._heard)
            self._send_off()

    async def serve(self, principal: Principal, ask_again: AskAgain, receive: Receive, send: Send) -> int:
        """One accepted socket until its end; the code to close it with.

        `ask_again` is asked every two seconds, so that whoever may no longer be here is out within five.
        """
        session = Session(self._desk, principal)
        self._sessions[session] = ask_again
        try:
            return await session.run(receive, send)
        finally:
            del self._sessions[session]
            self.passing.left(session)

    def _heard(self, rows: Sequence[FeedRow]) -> None:
        if len(self._rows) + len(rows) > WAITING_ROWS_MAX:
            self._rows.clear()
        else:
            self._rows.extend(rows)
        self._arrived.set()

    async def _pump(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            try:
                while await self._publish_next():
                    pass
            except Exception as error:  # noqa: BLE001  # whatever one batch does, the feed goes on
                survived("live_pump", error)
                if not isinstance(error, DATABASE_TROUBLE):
                    self._tell_all_anew()
                await asyncio.sleep(RETRY_S)
                self._arrived.set()

    async def _publish_next(self) -> bool:
        """Publish one batch; False when there is nothing left."""
        while self._rows and (self._rows[0].seq or 0) <= self.hub.head:
            self._rows.popleft()
        if not len(self.hub):
            self._skip()
            return False
        rows: Sequence[FeedRow]
        if self._rows and self._rows[0].seq == self.hub.head + 1:
            rows = [self._rows[n] for n in range(min(BATCH_ROWS, len(self._rows)))]
        else:
            rows = await self._source.rows_after(self.hub.head, BATCH_ROWS)
        if rows:
            self.hub.publish(await self._source.changes(rows))
        return bool(rows)

    def _skip(self) -> None:
        """Nobody listens: whoever comes reads the ledger first."""
        if self._rows:
            self.hub.head = max(self.hub.head, self._rows[-1].seq or 0)
            self._rows.clear()

    def _tell_all_anew(self) -> None:
        """A batch that can't be told would stand in the way for good: every seat is sent off to read the picture as it is now."""
        self.hub.head = max(self.hub.head, self._feed.seq)
        self._rows.clear()
        self._send_off()

    def _send_off(self) -> None:
        """Every socket is told to come again."""
        for session in self._sessions:
            session.outbox.close(CLOSE_AWAY)

    @staticmethod
    async def _every(period_s: float, duty: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + period_s, loop.time())
            await asyncio.sleep(due - loop.time())
            try:
                await duty()
            except Exception as error:  # noqa: BLE001  # a periodic duty: one failure never ends the rest
                survived(f"live{duty.__name__}", error)

    async def _tick(self) -> None:
        if len(self.hub):
            now_ms = self._clock()
            live = self._centre.live
            self.hub.tick(Sheet(live.positions(now_ms), now_ms), live.room_codes)

    async def _beat(self) -> None:
        self.hub.beat(said("heartbeat", {"at": rfc3339(self._clock()), "seq": self.hub.head}))

    async def _sweep(self) -> None:
        """Cut who may no longer be here; show anew to who may see other rooms than before."""
        for session, ask_again in list(self._sessions.items()):
            principal = await ask_again()
            if principal is None:
                session.outbox.close(CLOSE_REVOKED)
            else:
                await session.renew(principal)
