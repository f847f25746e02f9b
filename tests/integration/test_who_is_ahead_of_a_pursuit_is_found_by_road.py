"""Pursuit promise on real roads, over HTTP: who can be in its way goes first, who only chases is named so, however near they look."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.runtime.embedded import Embedded
from tests.conftest import remove_streams
from tests.harness import chase, town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, open_doors, open_replica

FOUR = 4


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chase.bundle(tmp_path_factory.mktemp("city"))


class Centre:
    """Two replicas of the town, and its clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock) -> None:
        self.here, self.there, self.clock = here, there, clock

    async def begin(self) -> str:
        """A pursuit that is called one, before anybody has seen where it goes."""
        for doors in (self.here, self.there):
            await chase.see(doors)
        incident: str = (await chase.opened(self.here, type="100100"))["id"]
        return incident


@pytest.fixture
async def centre(
    databases: Databases, servers: Embedded, tmp_path: Path, city: Path
) -> AsyncIterator[Centre]:
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path, city) as here,
            open_replica(url, servers.nats_url, tmp_path, city) as there,
        ):
            await chase.divide(here, there)
            yield Centre(here, there, Clock(url))
        await remove_streams(servers.nats_url)


async def proposed(doors: Doors, incident: str) -> dict[str, Any]:
    """Everybody who is proposed by call sign, in their order; by road."""
    seat = await doors.seat("dispatcher")
    told = (await seat.get(f"/incidents/{incident}/recommendation", units=FOUR, waves=1)).json()
    assert told["basis"] == "road"
    return {row["call_sign"]: row for wave in told["waves"] for row in wave}


def keys(row: dict[str, Any]) -> set[str]:
    return {one["key"] for one in row["reasons"] + row["warnings"]} & {"ahead", "catches_up", "chases"}


async def test_who_meets_it_comes_first_and_who_only_looks_near_is_last(centre: Centre) -> None:
    incident = await centre.begin()
    before = await proposed(centre.here, incident)
    assert next(iter(before)) == "118", "of what stands still the nearest is first"
    assert not any(keys(row) for row in before.values())

    boss = await centre.here.seat("dispatcher")
    await boss.made(f"/incidents/{incident}/seen-at", chase.seen(chase.BEGINS))
    rows = await proposed(centre.here, incident)
    assert next(iter(rows)) == "218"
    assert keys(rows["218"]) == {"ahead"}
    said = next(one for one in rows["218"]["reasons"] if one["key"] == "ahead")
    assert said["zh"].startswith("在其前方，")
    assert said["en"].startswith("ahead of it, meets in ")
    assert 30 < rows["218"]["eta_s"] < 80, "sooner than it comes to where 218 stands, 80 s away"
    # Behind it on the avenue; and beside its way, but with no road to it that is not behind.
    assert keys(rows["118"]) == {"chases"}
    assert keys(rows["219"]) == {"chases"}
    assert rows["219"]["warnings"][0]["zh"] == "预测时间内无法截住，只能追赶"
    assert rows["218"]["streets"] == ["滨江大道"], "drawn on the way to where it meets it"
    end = rows["218"]["route"][-1]
    assert chase.BEGINS[0] < end[0] < chase.TOWN.at["E"][0]

    # Only the roads say so: as the crow flies it would wait for it below the avenue.
    await centre.there.runtime.roads.use(None)
    seat = await centre.there.seat("dispatcher")
    told = (await seat.get(f"/incidents/{incident}/recommendation", units=FOUR, waves=1)).json()
    assert told["basis"] == "straight_line"
    assert next(keys(row) for row in told["waves"][0] if row["call_sign"] == "219") == {"ahead"}


async def test_both_replicas_say_the_same_and_the_one_who_is_sent_is_promised_the_meeting(
    centre: Centre,
) -> None:
    incident = await centre.begin()
    boss = await centre.here.seat("dispatcher")
    await boss.made(f"/incidents/{incident}/seen-at", chase.seen(chase.BEGINS))
    one, other = await proposed(centre.here, incident), await proposed(centre.there, incident)
    assert [(sign, keys(row)) for sign, row in one.items()] == [
        (sign, keys(row)) for sign, row in other.items()
    ]
    seat = await centre.there.seat("dispatcher")
    told = (await seat.get(f"/incidents/{incident}/recommendation", units=1, waves=1)).json()
    [[first]] = told["waves"]
    order = {"orders": [{"unit_id": first["unit_id"]}], "recommendation_id": told["id"]}
    [job] = (await seat.made(f"/incidents/{incident}/assignments", order, 201))["items"]
    assert (first["unit_id"], job["promised_at"] is not None) == (str(town.S1), True)


async def test_when_it_turns_round_the_other_is_ahead_of_it(centre: Centre) -> None:
    incident = await centre.begin()
    boss = await centre.here.seat("dispatcher")
    path = f"/incidents/{incident}/seen-at"
    await boss.made(path, chase.seen(chase.BEGINS))
    assert next(iter(await proposed(centre.there, incident))) == "218"
    await centre.clock.forward(timedelta(seconds=20))
    for doors in (centre.here, centre.there):
        await chase.see(doors)
    await boss.made(path, chase.seen(chase.TOWN.between("B", "C"), heading=270.0))
    rows = await proposed(centre.there, incident)
    assert next(iter(rows)) == "118"
    assert keys(rows["118"]) == {"ahead"}
    assert keys(rows["218"]) == {"chases"}


async def test_when_nobody_has_seen_it_for_long_it_is_ranked_to_where_it_was(centre: Centre) -> None:
    incident = await centre.begin()
    boss = await centre.here.seat("dispatcher")
    await boss.made(f"/incidents/{incident}/seen-at", chase.seen(chase.BEGINS))
    await centre.clock.forward(timedelta(seconds=121))
    await chase.see(centre.here)
    rows = await proposed(centre.here, incident)
    assert next(iter(rows)) == "118"
    assert not any(keys(row) for row in rows.values())
