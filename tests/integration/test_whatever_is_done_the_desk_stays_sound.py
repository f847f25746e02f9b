"""Random nights on a real database: after every act the tables agree with the product's words, at the end with their facts."""

from collections import Counter

import asyncpg
import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.databases import Databases
from tests.harness.invariants import check_audience, check_ends, check_notes, check_secrets, check_world
from tests.harness.wandering import ACTS, Night

ACTS_A_NIGHT = 600
SEEDS = (110, 119, 120)


@pytest.mark.slow
async def test_nights_of_everybody_doing_anything(databases: Databases) -> None:
    """A failure names the seed, the act and the forty acts before it; the same seed is the same night."""
    done: Counter[str] = Counter()
    for seed in SEEDS:
        async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
            night = Night(await t.build(pool), seed)
            await night.begin()
            await live_through(night)
            await judge_at_dawn(night)
        done.update(night.done)
    assert {name for name, _, _ in ACTS} - done.keys() == set(), "an act never succeeded"


async def live_through(night: Night) -> None:
    for _ in range(ACTS_A_NIGHT):
        before = night.world
        told = await night.act()
        try:
            check_world(night.world, before)
            check_ends(night.world, before, night.excepted)
        except AssertionError as broken:
            lately = "\n".join(night.story[-40:])
            raise AssertionError(f"seed {night.seed}: {told}\n{broken}\n{lately}") from None


async def judge_at_dawn(night: Night) -> None:
    rooms = night.town.centre.reference.rooms
    async with night.town.pool.acquire() as conn:
        await check_audience(conn, night.world, {r.id: r.lineage for r in rooms.by_id.values()})
        await check_notes(conn)
        await check_secrets(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
