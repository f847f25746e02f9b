"""What stands beside rules, plans and run cards when people look at them: who put them in, how often rules fired, where plans are active.

Read from the journal and the versions; nothing here is written.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection

VERSIONS = 20
ACTIVE = 500
RULE_VERSIONS = """
SELECT s.version, s.recorded_at, j.who, jsonb_array_length(s.body->'rules'), j.body->'brought'
FROM rule_set s LEFT JOIN journal j ON j.noun = 'rule_set' AND j.id = $1 AND j.version = s.version
ORDER BY s.version DESC LIMIT $2
"""
PLAN_VERSIONS = """
SELECT s.version, s.recorded_at, j.who, jsonb_array_length(s.body->'plans')
FROM plan_set s LEFT JOIN journal j ON j.noun = 'plan_set' AND j.id = $1 AND j.version = s.version
ORDER BY s.version DESC LIMIT $2
"""
CARD_VERSIONS = """
SELECT s.version, s.recorded_at, j.who, jsonb_array_length(s.body->'cards')
FROM card_set s LEFT JOIN journal j ON j.noun = 'card_set' AND j.id = $1 AND j.version = s.version
ORDER BY s.version DESC LIMIT $2
"""
RULES_FIRED = """
SELECT body->>'rule', count(*), max(recorded_at) FROM journal WHERE fact = 'rule_fired' AND recorded_at >= $1 GROUP BY 1
"""
PLANS_ACTIVE = """
SELECT p.code, p.incident_id, i.number, p.activated_at, p.automatic FROM incident_plan p JOIN incident i ON i.id = p.incident_id
WHERE p.state = 'active' AND EXISTS (SELECT FROM audience a WHERE a.incident_id = p.incident_id AND a.room_id = ANY($1::uuid[]))
ORDER BY p.activated_at DESC LIMIT $2
"""


class VersionRow(msgspec.Struct, frozen=True):
    """One version; who None: older than the journal. count: of the rules or plans in it; brought: those a release came with."""

    version: int
    at: datetime
    who: str | None
    count: int
    brought: tuple[str, ...] = ()


class FiredRow(msgspec.Struct, frozen=True):
    """How often a rule fired, and when last."""

    rule: str
    fired: int
    last_at: datetime


class ActiveRow(msgspec.Struct, frozen=True):
    """A plan at work on an incident."""

    code: str
    incident_id: UUID
    number: str
    activated_at: datetime
    automatic: bool


async def rule_versions(conn: Connection, id_: UUID) -> list[VersionRow]:
    """The newest first; id_: under which the journal keeps them."""
    rows = await conn.fetch(RULE_VERSIONS, id_, VERSIONS)
    return [
        VersionRow(row[0], row[1], row[2], row[3], tuple(msgspec.json.decode(row[4] or "[]"))) for row in rows
    ]


async def plan_versions(conn: Connection, id_: UUID) -> list[VersionRow]:
    """The same of plans."""
    return [VersionRow(*row) for row in await conn.fetch(PLAN_VERSIONS, id_, VERSIONS)]


async def card_versions(conn: Connection, id_: UUID) -> list[VersionRow]:
    """The same of run cards."""
    return [VersionRow(*row) for row in await conn.fetch(CARD_VERSIONS, id_, VERSIONS)]


async def rules_fired(conn: Connection, since: datetime) -> dict[str, FiredRow]:
    """By rule, of those that did."""
    return {row[0]: FiredRow(*row) for row in await conn.fetch(RULES_FIRED, since)}


async def plans_active(conn: Connection, rooms: Iterable[UUID]) -> list[ActiveRow]:
    """On incidents that these rooms see, the newest first."""
    return [ActiveRow(*row) for row in await conn.fetch(PLANS_ACTIVE, list(rooms), ACTIVE)]
