"""Timer promise: whatever is done in whatever order, exactly those timers stand that the rows ask for, none fires twice."""

from typing import Any

import asyncpg
import msgspec
import pytest

from dispatch.desk import escalating
from dispatch.folds import FOLDS
from dispatch.rules import RuleFile
from dispatch.standings import shipped_rules
from dispatch.verify import verify
from dispatch.work import Work
from tests.harness import town as t
from tests.harness.databases import Databases
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of
from tests.harness.wandering import Night

ACTS_A_NIGHT = 90


@pytest.mark.parametrize("seed", [7, 70])
async def test_a_night_of_anything_with_the_rules_at_work(databases: Databases, seed: int) -> None:
    """The engine runs now and then, and halfway an administrator halves every time and drops a rule."""
    async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        night = Night(await t.build(pool), seed)
        await night.begin()
        keeper = keeper_of(night.town)
        for n in range(ACTS_A_NIGHT):
            if n == ACTS_A_NIGHT // 2:
                await put_rules(night.town, halved())
                await all_due(keeper)
            await night.act()
            if night.rng.random() < 0.5:
                await all_due(keeper)
            if n % 6 == 0:
                await judge(night)
        await all_due(keeper, keeper)
        await judge(night)
        assert await firings(night.town), "nothing ever fell due"
        async with pool.acquire() as conn:
            found = await verify(conn, FOLDS)
        assert found.sound, found.broken


async def judge(night: Night) -> None:
    async with night.town.pool.acquire() as conn:
        try:
            await check_timers(conn)
        except AssertionError as broken:
            lately = "\n".join(night.story[-20:])
            raise AssertionError(f"seed {night.seed}: {broken}\n{lately}") from None


def halved() -> RuleFile:
    """Every rule with half its time, and none about acceptance."""
    shipped = shipped_rules().file
    rules = [rule for rule in shipped.rules if rule.id != "not_accepted_unit"]
    quicker = tuple(msgspec.structs.replace(rule, after_s=half(rule.after_s)) for rule in rules)
    return msgspec.structs.replace(shipped, rules=quicker)


def half(after_s: Any) -> Any:
    return {k: v / 2 for k, v in after_s.items()} if isinstance(after_s, dict) else after_s / 2


async def put_rules(town: t.Town, file: RuleFile) -> None:
    admin = town.somebody("admin")

    async def put(w: Work) -> None:
        await escalating.put_rules(w, file)

    await town.do(admin, put)
