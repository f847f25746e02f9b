"""Timer promise: with three replicas killed and frozen at random, and the database killed, every timer fires, and once.

Replicas are real processes; how late the latest timer was is shown as a figure, no test asserts it.
"""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.harness.centre import Centre, figures, open_centre
from tests.harness.reporters import callers
from web.drive import Door

pytestmark = pytest.mark.slow

RULE = "not_dispatched"
AFTER_S = 1
A_SECOND = 20
KILLS, FREEZES = 6, 6
UNFIRED = """
SELECT FROM incident i WHERE NOT EXISTS (SELECT FROM journal j WHERE j.incident_id = i.id AND j.fact = 'rule_fired') LIMIT 1
"""
FIRED = """
SELECT i.id, count(j.position) FROM incident i LEFT JOIN journal j
    ON j.incident_id = i.id AND j.fact = 'rule_fired' AND j.body->>'rule' = $1
GROUP BY i.id
"""
LATE = """
SELECT count(*), max(late), percentile_cont(0.5) WITHIN GROUP (ORDER BY late) FROM (
    SELECT extract(epoch FROM recorded_at) - (body->>'due_at')::bigint / 1000.0 AS late
    FROM journal WHERE fact = 'rule_fired' AND position > $1) fired
"""
POSITION = "SELECT coalesce(max(position), 0) FROM journal"


@pytest.fixture(scope="module")
async def centre() -> AsyncIterator[Centre]:
    async with open_centre(replicas=3) as opened:
        async with Door.open(opened.server.url, opened.keys["admin"]) as admin:
            file, etag = await admin.get_with_etag("/admin/rules")
            await admin.put(
                "/admin/rules", file | {"rules": [hastened(rule) for rule in file["rules"]]}, etag
            )
        yield opened


def hastened(rule: dict[str, Any]) -> dict[str, Any]:
    return rule | {"after_s": AFTER_S} if rule["id"] == RULE else rule


async def each_fired_once(centre: Centre, since: int, what: str) -> None:
    """Every incident's timer, those entered while something was dead included."""
    await centre.until(lambda: nothing_is_unfired(centre))
    await centre.settled()
    fired = await centre.query(FIRED, RULE)
    assert [row for row in fired if row[1] != 1] == []
    assert (await centre.proof()).broken == ()
    ((count, latest, median),) = await centre.query(LATE, since)
    figures.info("%s: %d timers, median %.3f s late, the latest %.3f s", what, count, median, latest)


async def nothing_is_unfired(centre: Centre) -> bool:
    return not await centre.query(UNFIRED)


async def position(centre: Centre) -> int:
    return int((await centre.query(POSITION))[0][0])


@pytest.mark.shared
async def test_three_replicas_are_killed_and_frozen_at_random(
    centre: Centre, share: Callable[[int], int]
) -> None:
    chance = random.Random(110)
    since = await position(centre)
    kills, freezes = share(KILLS), share(FREEZES)
    blows = ["kill"] * kills + ["freeze"] * freezes
    chance.shuffle(blows)
    async with callers(centre.server.url, centre.keys["call_taker"]) as people, people.reporting(A_SECOND):
        for blow in blows:
            victim = chance.choice("bc")
            await people.more(chance.randint(1, A_SECOND // 2))
            if blow == "kill":
                pid = centre.pid_of(victim)
                await centre.kill(victim)
                await people.more(A_SECOND // 2)
                await centre.back(victim, pid or 0)
            else:
                centre.replicas[victim].freeze()
                await people.more(A_SECOND)
                centre.replicas[victim].thaw()
    await each_fired_once(centre, since, f"{kills} kills, {freezes} freezes")


async def test_the_database_is_killed_under_the_engines(centre: Centre) -> None:
    since = await position(centre)
    async with callers(centre.server.url, centre.keys["call_taker"]) as people, people.reporting(A_SECOND):
        await people.more(A_SECOND)
        pid = centre.pid_of("postgres")
        await centre.kill("postgres")
        await centre.back("postgres", pid or 0)
        await people.more(A_SECOND)
    await each_fired_once(centre, since, "the database killed")
