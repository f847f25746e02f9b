"""Story: the engine dies before every statement it says to the database, and after every commit. What rules do happens once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from dispatch import standings
from dispatch.desk import escalating
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.rules import Rule
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.fragile import Fuse, fragile
from tests.harness.timekeeping import all_due, check_timers, keeper_of
from tests.harness.town import Town, build

pytestmark = pytest.mark.slow

HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")
NOISE = "200420"
DONE = """
SELECT (SELECT count(*) FROM supervision WHERE incident_id = $1) AS demands,
    (SELECT count(*) FROM incident_plan WHERE incident_id = $1 AND state = 'active') AS plans,
    (SELECT count(*) FROM task WHERE incident_id = $1) AS tasks,
    (SELECT count(*) FROM journal WHERE incident_id = $1 AND fact = 'raised') AS raised,
    (SELECT count(*) FROM journal WHERE incident_id = $1 AND fact = 'rule_fired' AND body->>'rule' LIKE 'chain_%') AS fired,
    (SELECT count(DISTINCT body->>'rule') FROM journal WHERE incident_id = $1 AND fact = 'rule_fired'
        AND body->>'rule' LIKE 'chain_%') AS kinds
"""
MOST = 150
"""Statements of the whole chain; were there more, the test would say so."""


def chain() -> list[Rule]:
    """Told, raised, planned, demanded: one after the other, of the same incident."""
    steps: list[dict[str, Any]] = [
        {"effect": "alert", "after_s": 60}, {"effect": "raise_monitor", "after_s": 61, "to": {"above": 1}},
        {"effect": "activate_plan", "after_s": 62, "args": {"plan": "flood"}},
        {"effect": "demand", "after_s": 63, "args": {"due_s": "600"}, "to": {"above": 1}},
    ]  # fmt: skip
    told = {
        "noun": "incident", "states": ["received"], "since": "opened", "when": [{"types": [NOISE]}],
        "what": {"zh": "链", "en": "chain"}, "then": {"zh": "链", "en": "chain"},
    }  # fmt: skip
    return [msgspec.convert(told | step | {"id": f"chain_{step['effect']}"}, Rule) for step in steps]


class Centre:
    """A town whose engine hangs on a fuse; everything else does not."""

    def __init__(self, town: Town, clock: Clock, fuse: Fuse, pool: "asyncpg.Pool[Any]") -> None:
        self.town, self.clock, self.fuse = town, clock, fuse
        self.frail = Timekeeper(pool, town.centre, lambda: None)

    async def incident(self) -> UUID:
        command = ReportAlarm(source="sms", place=HERE, text="噪音", type=NOISE)
        id_ = (await self.town.report(self.town.somebody("call_taker"), command)).incident_id
        await all_due(keeper_of(self.town))
        await self.clock.forward(timedelta(seconds=64))
        return id_

    async def tries(self) -> bool:
        """The frail engine does what is due until it has burnt, or until nothing is left; whether it burnt."""
        burnt = self.fuse.burnt
        while await self._one_round() and self.fuse.burnt == burnt:
            pass
        self.fuse.disarm()
        return self.fuse.burnt > burnt

    async def _one_round(self) -> int:
        try:
            return await self.frail.fire_due()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return 1

    async def done(self, id_: UUID) -> dict[str, int]:
        async with self.town.pool.acquire() as conn:
            row = await conn.fetchrow(DONE, id_)
        assert row is not None
        return dict(row)


@pytest.fixture
async def centre(databases: Databases) -> AsyncIterator[Centre]:
    fuse = Fuse()
    async with (
        databases.copy() as url,
        asyncpg.create_pool(url, min_size=1, max_size=4) as pool,
        asyncpg.create_pool(url, min_size=0, max_size=2, connection_class=fragile(fuse)) as frail,
    ):
        town = await build(pool)
        file = standings.shipped_rules().file
        file = msgspec.structs.replace(file, rules=tuple(chain()), signs=())

        async def put(w: Any) -> None:
            await escalating.put_rules(w, file)

        await town.do(town.somebody("admin"), put)
        await all_due(keeper_of(town))
        yield Centre(town, Clock(url), fuse, frail)


@pytest.mark.parametrize(
    ("of", "after"), [("", False), ("COMMIT", True)], ids=["before", "after it was committed"]
)
async def test_the_chain_survives_death_at_every_statement(centre: Centre, of: str, after: bool) -> None:
    whole = await centre.incident()
    await all_due(keeper_of(centre.town))
    expected = await centre.done(whole)
    assert (expected["demands"], expected["plans"], expected["raised"]) == (1, 1, 1)
    assert expected["fired"] == expected["kinds"] == 4
    statement = 0
    while True:
        statement += 1
        assert statement < MOST, "the chain takes more statements than this test follows"
        id_ = await centre.incident()
        centre.fuse.arm(statement, after, of)
        burnt = await centre.tries()
        await all_due(keeper_of(centre.town))  # another replica goes on
        assert await centre.done(id_) == expected, f"dead at statement {statement}"
        if not burnt:
            break
    assert statement > (3 if of else 20), "the engine has hardly said anything"
    async with centre.town.pool.acquire() as conn:
        await check_timers(conn)
        assert (await verify(conn, FOLDS, ())).sound
