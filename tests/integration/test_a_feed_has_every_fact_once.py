"""What a replica's feed hands on is the ledger: dense, in order, once, whatever frames are lost, doubled, late or forged."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest

from dispatch import journal
from dispatch.journal import FeedRow
from dispatch.runtime import relay as relay_module
from dispatch.runtime.bus import Bus
from dispatch.runtime.feeds import Feed
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import LEASE_NAME, Frame, Relay, encoded
from tests.harness.facts import NOON, fact
from tests.harness.on_nats import connected
from tests.harness.own_nats import own_nats
from tests.harness.replica import running

ONE = UUID(int=1)
PATIENCE_S = 60


class Replica:
    """Engine and feed of one replica inside the test, and what its feed has told."""

    def __init__(self, pool: Pool, nats_url: str, name: str = "here") -> None:
        self.pool = pool
        self.bus = Bus([nats_url])
        self.lease = Lease(pool, LEASE_NAME, name)
        self.relay = Relay(pool, self.lease, self.bus)
        self.feed = Feed(pool, self.bus)
        self.told: list[int] = []
        self.feed.subscribe(self._tell)
        self._version = 0

    def _tell(self, rows: Sequence[FeedRow]) -> None:
        self.told += [row.seq or 0 for row in rows]

    async def facts(self, count: int) -> None:
        versions = range(self._version + 1, self._version + 1 + count)
        self._version += count
        async with self.pool.acquire() as conn:
            await journal.append(conn, [fact(ONE, version) for version in versions])

    async def pass_on(self) -> Frame:
        """One batch, kept from the listeners."""
        frames: list[Frame] = []
        self.relay.listeners.append(frames.append)
        if self.lease.term is None:
            await self.lease._step()
        assert self.lease.term is not None
        async with self.pool.acquire() as conn:
            await self.relay.pass_on(conn, self.lease.term)
        self.relay.listeners.remove(frames.append)
        return frames[0]


@pytest.fixture
def replica(pool: Pool, nats_url: str) -> Replica:
    return Replica(pool, nats_url)


async def heard(feed: Feed, seq: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await feed.wait_for(seq)


async def test_lost_doubled_late_and_old_frames_make_no_difference(replica: Replica) -> None:
    await replica.feed.start()
    frames = []
    for _ in range(6):
        await replica.facts(3)
        frames.append(await replica.pass_on())
    first, second, lost, fourth, fifth, _last_lost = frames
    deposed = Frame(0, 19, [row.at(n) for n, row in enumerate(fifth.rows, 19)])
    for frame in (first, first, second, fourth, second, fifth, deposed):
        replica.feed.offer(frame)
    async with running(replica.feed.run()):
        await heard(replica.feed, 18)
    assert replica.told == list(range(1, 19))
    assert lost.seq_first == 7
    assert replica.feed.seq == 18


async def test_frames_of_rows_that_are_nowhere_are_not_believed(replica: Replica) -> None:
    await replica.feed.start()
    await replica.facts(2)
    real = await replica.pass_on()
    replica.feed.offer(Frame(1, 100, [row.at(n) for n, row in enumerate(real.rows, 100)]))
    async with running(replica.feed.run()):
        await heard(replica.feed, 2)
    assert replica.told == [1, 2]


async def test_a_feed_starts_at_the_head_or_where_it_is_told(replica: Replica, pool: Pool) -> None:
    await replica.facts(10)
    await replica.pass_on()
    assert await replica.feed.start() == 10
    behind = Feed(pool, replica.bus)
    told: list[int] = []
    behind.subscribe(lambda rows: told.extend(row.seq or 0 for row in rows))
    assert await behind.start(4) == 4
    async with running(behind.run()):
        await heard(behind, 10)
    assert told == [5, 6, 7, 8, 9, 10]


async def test_two_replicas_hear_the_same_over_nats(pool: Pool, nats_url: str) -> None:
    here, there = Replica(pool, nats_url, "here"), Replica(pool, nats_url, "there")
    await here.feed.start()
    await there.feed.start()
    runs = [here.bus.run(), there.bus.run(), here.lease.run(), here.relay.run(), there.relay.run()]
    async with running(*runs, here.feed.run(), there.feed.run()):
        async with asyncio.timeout(PATIENCE_S):
            await here.bus.wait_ready()
            await there.bus.wait_ready()
        for n in range(20):
            await here.facts(7)
            (here, there)[n % 2].relay.wake()
        await heard(here.feed, 140)
        await heard(there.feed, 140)
    assert here.told == there.told == list(range(1, 141))


async def test_replicas_converge_while_nats_is_away_and_when_it_is_back(pool: Pool, tmp_path: Path) -> None:
    async with own_nats(tmp_path) as server:
        here, there = Replica(pool, server.url, "here"), Replica(pool, server.url, "there")
        await here.feed.start()
        await there.feed.start()
        here.relay.listeners.append(here.feed.offer)
        runs = [here.bus.run(), there.bus.run(), here.lease.run(), here.relay.run()]
        async with running(*runs, here.feed.run(), there.feed.run()):
            await here.facts(5)  # NATS has never been there
            await heard(there.feed, 5)
            await server.start()
            async with asyncio.timeout(PATIENCE_S):
                await here.bus.wait_ready()
                await there.bus.wait_ready()
            await here.facts(5)
            await heard(there.feed, 10)
            await server.kill()
            await here.facts(5)
            await heard(here.feed, 15)
            await heard(there.feed, 15)
    assert here.told == there.told == list(range(1, 16))


async def test_a_broken_frame_or_subscriber_stops_nobody(replica: Replica, nats_url: str) -> None:
    def broken(rows: Sequence[FeedRow]) -> None:
        raise ValueError("this subscriber is broken")

    later: list[int] = []
    replica.feed.subscribe(broken)
    replica.feed.subscribe(lambda rows: later.extend(row.seq or 0 for row in rows))
    await replica.feed.start()
    async with running(replica.bus.run(), replica.feed.run()):
        async with asyncio.timeout(PATIENCE_S):
            await replica.bus.wait_ready()
        stranger = await connected(nats_url)
        for junk in (b"", b"\xc1", msgspec.msgpack.encode({"term": 1}), msgspec.msgpack.encode([1, 2, 3])):
            await stranger.publish("cad.feed", junk)
        await stranger.close()
        await replica.facts(4)
        await replica.pass_on()
        await heard(replica.feed, 4)
    assert replica.told == later == [1, 2, 3, 4]


async def test_what_could_not_be_taken_while_the_database_was_away_is_told_again_first(
    replica: Replica,
) -> None:
    taken: list[int] = []
    away = iter([True, True, False, True, False])

    async def reads(rows: Sequence[FeedRow]) -> None:
        if next(away, False):
            raise asyncpg.ConnectionDoesNotExistError("the server went away in the middle")
        taken.extend(row.seq or 0 for row in rows)

    replica.feed.subscribe(reads)
    await replica.feed.start()
    async with running(replica.bus.run(), replica.feed.run()):
        async with asyncio.timeout(PATIENCE_S):
            await replica.bus.wait_ready()
        for _ in range(2):
            await replica.facts(2)
            await replica.pass_on()
        await heard(replica.feed, 4)
    assert taken == [1, 2, 3, 4]


def test_a_frame_too_large_for_one_message_is_sent_as_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "FRAME_BYTES", 1000)
    rows = [
        FeedRow(n, n, "incident", ONE, n, ONE, "noted", "x", "console", None, None, NOON, "{}" + " " * n * 10)
        for n in range(1, 51)
    ]
    frames = [msgspec.msgpack.decode(data, type=Frame) for data in encoded(Frame(3, 1, rows))]
    assert len(frames) > 10
    assert [row for frame in frames for row in frame.rows] == rows
    assert all(frame.seq_first == frame.rows[0].seq and frame.term == 3 for frame in frames)
