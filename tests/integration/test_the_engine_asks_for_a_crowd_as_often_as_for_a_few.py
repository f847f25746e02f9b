"""Promise of a flood: what new incidents need of the engine is asked for all of a batch at once, so that a crowd is never waited for."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from tests.harness.fragile import Fuse, fragile
from tests.harness.timekeeping import all_due
from tests.harness.town import Town, build

NOISE = "200420"
MANY = 1_000_000


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
def counter() -> Fuse:
    """A fuse that never burns, and counts."""
    return Fuse()


@pytest.fixture
async def keeper(town: Town, database_url: str, counter: Fuse) -> AsyncIterator[Timekeeper]:
    async with asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=2,
        server_settings={"timezone": "UTC"},
        connection_class=fragile(counter),
    ) as counted:
        yield Timekeeper(counted, town.centre, lambda: None)


async def reported(town: Town, many: int, apart: float) -> None:
    for n in range(many):
        place = PlaceIn(lon=114.02 + n * apart, lat=22.54, address=f"北街{n}号")
        command = ReportAlarm(source="sms", place=place, text="help", type=NOISE)
        await town.report(town.somebody("call_taker"), command)


async def asked(keeper: Timekeeper, counter: Fuse) -> int:
    """How many statements it takes until nothing is due any more."""
    counter.arm(MANY, after=False)
    await all_due(keeper)
    assert counter.left is not None
    return MANY - counter.left


@pytest.mark.parametrize("apart", [0.0, 0.002])
async def test_twenty_cost_as_many_statements_as_five(
    town: Town, keeper: Timekeeper, counter: Fuse, apart: float
) -> None:
    """In one place, where nearly all have the labels of a crowd and stand beside its surge; and where each stands alone."""
    await reported(town, 5, apart=0.0)
    await all_due(keeper)
    await reported(town, 5, apart)
    few = await asked(keeper, counter)
    await reported(town, 20, apart)
    assert await asked(keeper, counter) == few
