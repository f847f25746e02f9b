"""A dry run beside the engine: what the rules that hold would have fired, and what they did, for every thing there is."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from dispatch.centre import Centre
from dispatch.foreseeing import foreseeable
from dispatch.runtime.rehearsal import Rehearsal
from dispatch.standings import shipped_rules
from tests.harness.town import Town

type Firings = Counter[tuple[str, UUID]]
"""(rule, entity) -> how often."""

FIRED = """
SELECT body->>'rule', coalesce((body->>'entity_id')::uuid, j.id), count(*)
FROM journal j LEFT JOIN incident i ON i.id = j.incident_id
WHERE fact = 'rule_fired' AND NOT coalesce(i.exercise, false) AND body->>'rule' = ANY($1::text[])
    AND NOT EXISTS (SELECT FROM call c WHERE c.id = j.id AND c.exercise)
GROUP BY 1, 2
"""
FORESEEN = foreseeable(shipped_rules())


async def foretold(town: Town) -> Firings:
    """What the shipped rules would have done in the last month."""
    return await foretold_of(town.pool, town.centre)


async def foretold_of(pool: Any, centre: Centre) -> Firings:
    """The same of a replica's."""
    async with pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now()")
    told = await Rehearsal(pool, centre).tell(FORESEEN, now - timedelta(days=31), now)
    return Counter((one.rule, one.entity_id) for some in told for one in some.fired)


async def fired_by_engine(town: Town) -> Firings:
    """What they did."""
    return await fired_by_engine_of(town.pool)


async def fired_by_engine_of(pool: Any) -> Firings:
    """The same of a replica's."""
    async with pool.acquire() as conn:
        rows = await conn.fetch(FIRED, [rule.id for rule in FORESEEN.rules])
    return Counter({(rule, id_): n for rule, id_, n in rows})
