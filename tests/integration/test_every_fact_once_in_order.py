"""However acts interleave and whatever happens to relays: every fact is passed on once, in order, and all replicas agree."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from dispatch import journal
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from tests.harness.facts import fact
from tests.harness.replica import Replica, start_replica

INCIDENTS = [UUID(int=n) for n in range(1, 25)]
PATIENCE_S = 60.0


class RolledBack(Exception):
    pass


class Acts:
    """Acts on a few incidents: short ones, long ones that hold their locks, ones that touch two, ones that fail."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.committed: list[tuple[UUID, int]] = []
        self.enough = False

    async def keep_going(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.enough:
            try:
                await self._act(chance, long=seed % 3 == 0)
            except RolledBack:
                pass
            await asyncio.sleep(chance.random() * 0.004)

    async def _act(self, chance: random.Random, long: bool) -> None:
        touched = sorted(chance.sample(INCIDENTS, chance.choice([1, 1, 2])))
        written: list[tuple[UUID, int]] = []
        async with self._pool.acquire() as conn, conn.transaction():
            for id_ in touched:
                await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(id_))
            for id_ in touched:
                last = await conn.fetchval("SELECT max(version) FROM journal WHERE id = $1", id_) or 0
                versions = range(last + 1, last + 1 + chance.randint(1, 4))
                await journal.append(conn, [fact(id_, v, body=f'{{"v": {v}}}') for v in versions])
                written += [(id_, v) for v in versions]
                if long:
                    await asyncio.sleep(chance.random() * 0.3)
            if chance.random() < 0.1:
                raise RolledBack
        self.committed += written


@asynccontextmanager
async def acting(acts: Acts, writers: int) -> AsyncIterator[None]:
    """Never cancelled: an act cut off inside its COMMIT is written without knowing it."""
    tasks = [asyncio.create_task(acts.keep_going(seed)) for seed in range(writers)]
    try:
        yield
    finally:
        acts.enough = True
        await asyncio.gather(*tasks)


async def eventually(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition, with a guard against hanging."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"never happened: {what}")


class Ledger:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def head(self) -> int:
        seq: int = await self._pool.fetchval("SELECT coalesce(max(seq), 0) FROM ledger")
        return seq

    async def term(self) -> int:
        term: int = await self._pool.fetchval("SELECT coalesce(max(term), 0) FROM lease")
        return term

    async def holder(self) -> str:
        name: str = await self._pool.fetchval("SELECT holder FROM lease")
        return name

    async def grows_by(self, facts: int) -> None:
        aim = await self.head() + facts

        async def reached() -> bool:
            return await self.head() >= aim

        await eventually(reached, f"{facts} more facts in the ledger")

    async def changes_hands(self, since_term: int) -> None:
        async def changed() -> bool:
            return await self.term() > since_term

        await eventually(changed, "another replica took the lease")

    async def empties_the_outbox(self) -> None:
        async def empty() -> bool:
            return not await self._pool.fetchval("SELECT EXISTS (SELECT FROM outbox)")

        await eventually(empty, "the outbox was empty")

    async def rows(self) -> list[tuple[int, int, UUID, int]]:
        found = await self._pool.fetch(
            "SELECT l.seq, l.position, j.id, j.version FROM ledger l JOIN journal j USING (position) ORDER BY l.seq"
        )
        return [tuple(row) for row in found]


async def all_heard(replicas: list[Replica], head: int) -> None:
    async def reached() -> bool:
        return all(heard and heard[-1][0] == head for heard in (r.heard() for r in replicas))

    await eventually(reached, f"every replica heard fact {head}")


@pytest.mark.slow
async def test_relays_killed_and_frozen_while_acts_interleave(
    pool: Pool, database_url: str, nats_url: str, tmp_path: Path
) -> None:
    ledger, acts = Ledger(pool), Acts(pool)
    replicas = {
        name: await start_replica(name, database_url, nats_url, tmp_path)
        for name in ("north", "east", "south")
    }
    gone: list[Replica] = []
    try:
        async with acting(acts, writers=9):
            for n, fault in enumerate(["kill", "freeze", "kill", "freeze", "freeze"]):
                await ledger.grows_by(300)
                term, victim = await ledger.term(), replicas.pop(await ledger.holder())
                if fault == "kill":
                    await victim.kill()
                    gone.append(victim)
                    victim = await start_replica(f"spare-{n}", database_url, nats_url, tmp_path)
                else:
                    victim.freeze()
                await ledger.changes_hands(since_term=term)
                await ledger.grows_by(100)
                victim.thaw()
                replicas[victim.name] = victim
        await ledger.empties_the_outbox()
        await all_heard(list(replicas.values()), await ledger.head())
    finally:
        for replica in replicas.values():
            replica.thaw()
            await replica.kill()

    rows = await ledger.rows()
    assert [seq for seq, *_ in rows] == list(range(1, len(rows) + 1))
    assert sorted(acts.committed) == sorted((id_, version) for _, _, id_, version in rows)
    for id_ in INCIDENTS:
        versions = [version for _, _, of, version in rows if of == id_]
        assert versions == sorted(versions), f"incident {id_} is out of order"
    order = {seq: position for seq, position, *_ in rows}
    for replica in [*replicas.values(), *gone]:
        heard = replica.heard()
        first = heard[0][0] if heard else 1
        assert [seq for seq, _ in heard] == list(range(first, first + len(heard))), replica.name
        assert all(order[seq] == position for seq, position in heard), replica.name
    async with pool.acquire() as conn:
        report = await verify(conn)
    assert report.broken == ()
    assert report.facts == len(acts.committed)
