"""Timers: how late with three replicas that are killed and frozen, after a crash of the database, and 10,000 due at once.

Replicas are real processes on one machine with the callers; lateness is the journal's own: the firing's recorded time
less the timer's due time. Every run also counts what fired twice or never.
"""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from load_tests.rows import Row, Size
from tests.harness.centre import Centre, open_centre
from tests.harness.reporters import Reporters, callers
from web.drive import Door

NAME = "timers"
PATH = "timers"
RULE = "not_dispatched"
A_SECOND = 25
POSITION = "SELECT coalesce(max(position), 0) FROM journal"
LATE = """
SELECT count(*), coalesce(max(late), 0), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY late), 0),
    coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY late), 0)
FROM (SELECT extract(epoch FROM recorded_at)::float8 - (body->>'due_at')::bigint / 1000.0 AS late
      FROM journal WHERE fact = 'rule_fired' AND position > $1) fired
"""
WRONG = f"""
SELECT count(*) FILTER (WHERE times = 0), count(*) FILTER (WHERE times > 1) FROM (
    SELECT i.id, count(j.position) AS times FROM incident i LEFT JOIN journal j
        ON j.incident_id = i.id AND j.fact = 'rule_fired' AND j.body->>'rule' = '{RULE}'
    GROUP BY i.id) fired
"""
UNLOOKED = "SELECT FROM timer WHERE kind = 'rules:created' LIMIT 1"
UNFIRED = f"SELECT FROM timer WHERE fired_at IS NULL AND rule = '{RULE}' LIMIT 1"
ALL_AT_ONCE = (
    f"UPDATE timer SET due_at = cad_now() + interval '3 seconds' WHERE fired_at IS NULL AND rule = '{RULE}'"
)
TOOK = f"""
SELECT count(*),
    extract(epoch FROM max(recorded_at) - min(to_timestamp((body->>'due_at')::bigint / 1000.0)))::float8
FROM journal WHERE fact = 'rule_fired' AND body->>'rule' = '{RULE}' AND position > $1
"""


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    kills, crashes, due = (2, 1, 500) if size == "small" else (30, 3, 10_000)
    async with open_centre(replicas=3) as centre:
        rows = await _blows(centre, kills)
        rows += await _crashes(centre, crashes)
        rows += await _at_once(centre, due)
        never, twice = (await centre.query(WRONG))[0]
    return [
        *rows,
        Row(path=PATH, what="fired never", figure=never, unit="timers", target="0", met=never == 0),
        Row(path=PATH, what="fired twice", figure=twice, unit="timers", target="0", met=twice == 0),
    ]


async def _blows(centre: Centre, kills: int) -> list[Row]:
    """Two of the replicas are killed or frozen in turn while incidents come in and fall due a second later."""
    chance = random.Random(110)
    async with _calling(centre, after_s=1) as (people, since):
        for blow in range(kills):
            victim = chance.choice("bc")
            await people.more(chance.randint(1, A_SECOND))
            if blow % 2:
                centre.replicas[victim].freeze()
                await people.more(2 * A_SECOND)
                centre.replicas[victim].thaw()
            else:
                pid = centre.pid_of(victim)
                await centre.kill(victim)
                await people.more(A_SECOND)
                await centre.back(victim, pid or 0)
    return await _lateness(centre, since, f"3 replicas, {kills} kills and freezes", 1.0)


async def _crashes(centre: Centre, crashes: int) -> list[Row]:
    async with _calling(centre, after_s=1) as (people, since):
        for _ in range(crashes):
            await people.more(2 * A_SECOND)
            pid = centre.pid_of("postgres")
            await centre.kill("postgres")
            await centre.back("postgres", pid or 0)
            await people.more(4 * A_SECOND)  # each crash for itself
        await people.more(A_SECOND)
    return await _lateness(centre, since, f"{crashes} crashes of the database", 3.0)


async def _at_once(centre: Centre, due: int) -> list[Row]:
    """So many incidents that wait, made due at the same moment."""
    async with _calling(centre, after_s=86_400, a_second=400) as (people, since):
        await people.more(due)
    await centre.until(lambda: _none(centre, UNLOOKED))
    await centre.query(ALL_AT_ONCE)
    began = time.monotonic()
    await centre.until(lambda: _none(centre, UNFIRED))
    seen_s = time.monotonic() - began - 3.0
    count, took_s = (await centre.query(TOOK, since))[0]
    return [
        Row(path=PATH, what=f"{count:,} due at once, by 3 replicas: the last one late by", figure=took_s, unit="s"),
        Row(path=PATH, what="the same, alerts a second", figure=count / max(took_s, seen_s, 0.001), unit="timers/s"),
    ]  # fmt: skip


@asynccontextmanager
async def _calling(
    centre: Centre, after_s: float, a_second: float = A_SECOND
) -> AsyncIterator[tuple[Reporters, int]]:
    """Callers under a rule that falls due so long after each; the journal's position before them."""
    async with Door.open(centre.server.url, centre.keys["admin"]) as admin:
        file, etag = await admin.get_with_etag("/admin/rules")
        rules = [rule | {"after_s": after_s} if rule["id"] == RULE else rule for rule in file["rules"]]
        await admin.put("/admin/rules", file | {"rules": rules}, etag)
    since = (await centre.query(POSITION))[0][0]
    async with callers(centre.server.url, centre.keys["call_taker"]) as people, people.reporting(a_second):
        yield people, since


async def _lateness(centre: Centre, since: int, what: str, target_s: float) -> list[Row]:
    await centre.until(lambda: _none(centre, UNLOOKED))
    await centre.until(lambda: _none(centre, UNFIRED))
    count, latest_s, median_s, p99_s = (await centre.query(LATE, since))[0]
    return [
        Row(path=PATH, what=f"{what}: the latest of {count:,}", figure=latest_s, unit="s late",
            target=f"<= {target_s:g}", met=latest_s <= target_s),
        Row(path=PATH, what=f"{what}: p50 / p99", figure=median_s, unit="s late", peer="p99", peer_figure=p99_s),
    ]  # fmt: skip


async def _none(centre: Centre, sql: str) -> bool:
    return not await centre.query(sql)
