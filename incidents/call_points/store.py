"""What presses leave behind at their call point, in PostgreSQL: the matter they belong to, and when the last one came.

A call point is locked before any incident. Exercises have columns of their own, so that a drill never parts a real matter.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from incidents.store import Connection

PRESSED_LOCK = """
SELECT id, incident_id, pressed_at, drill_incident_id, drill_pressed_at
FROM call_point WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""
# What is keyed in later never takes the place of a newer press.
PRESSED_KEEP = """
UPDATE call_point SET incident_id = $2, pressed_at = $3 WHERE id = $1 AND (pressed_at IS NULL OR pressed_at <= $3)
"""
DRILL_KEEP = """
UPDATE call_point SET drill_incident_id = $2, drill_pressed_at = $3
WHERE id = $1 AND (drill_pressed_at IS NULL OR drill_pressed_at <= $3)
"""


class Pressed(NamedTuple):
    """A press that counts: in which incident, when, and whether it was an exercise."""

    call_point_id: UUID
    incident_id: UUID
    at: datetime
    exercise: bool


async def lock_pressed(conn: Connection, ids: Iterable[UUID]) -> dict[tuple[UUID, bool], Pressed]:
    """Lock these call points; their last presses, real and in an exercise, as far as there were any."""
    found = {}
    for id_, real, real_at, drill, drill_at in await conn.fetch(PRESSED_LOCK, sorted(set(ids))):
        for incident_id, at, exercise in ((real, real_at, False), (drill, drill_at, True)):
            if incident_id is not None:
                found[id_, exercise] = Pressed(id_, incident_id, at, exercise)
    return found


async def keep_pressed(conn: Connection, presses: Sequence[Pressed]) -> None:
    """Remember the last presses."""
    for statement, exercise in ((PRESSED_KEEP, False), (DRILL_KEEP, True)):
        rows = [press[:3] for press in presses if press.exercise is exercise]
        if rows:
            await conn.executemany(statement, rows)
