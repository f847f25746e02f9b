"""Random nights on a real database: after every act the tables agree with the product's words, at the end with their facts."""

from collections import Counter

import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.invariants import check_audience, check_secrets, check_world
from tests.harness.wandering import ACTS, Night

ACTS_A_NIGHT = 500
SEEDS = (110, 119, 120)
seen: Counter[str] = Counter()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_night_of_everybody_doing_anything(pool: Pool, seed: int) -> None:
    night = Night(await t.build(pool), seed)
    await night.begin()
    for _ in range(ACTS_A_NIGHT):
        before = night.world
        told = await night.act()
        try:
            check_world(night.world, before)
        except AssertionError as broken:
            told_so_far = "\n".join(night.story[-40:])
            raise AssertionError(
                f"seed {seed}, act {len(night.story)}: {told}\n{broken}\n{told_so_far}"
            ) from None
    rooms = night.town.centre.reference.rooms
    async with pool.acquire() as conn:
        await check_audience(conn, night.world, {r.id: r.lineage for r in rooms.by_id.values()})
        await check_secrets(conn)
        found = await verify(conn, FOLDS)
        assert found.sound, found.broken
    seen.update(night.done)


@pytest.mark.slow
def test_the_nights_saw_every_act_done() -> None:
    assert {name for name, _, _ in ACTS} - seen.keys() == set()
