"""Call points in PostgreSQL, but for what an administrator says of them: last presses, health, last heartbeats.

A call point is locked before any incident. Exercises have columns of their own, so that a drill never parts a real matter.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from incidents.call_points.health import Beat, Health
from incidents.call_points.heard import Last
from incidents.store import Connection, encode_rows

_HEALTH = "id, state, battery, fault, since, version"
_HEALTH_EXCLUDED = ", ".join(f"excluded.{name}" for name in _HEALTH.split(", "))
HEALTH_LOCK = "SELECT id FROM call_point WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
HEALTH_READ = "SELECT to_jsonb(h)::text FROM call_point_health h WHERE id = ANY($1::uuid[]) ORDER BY id"
HEALTH_ALL = "SELECT to_jsonb(h)::text FROM call_point_health h ORDER BY id"
HEALTH_SAVE = f"""
INSERT INTO call_point_health ({_HEALTH}) SELECT {_HEALTH} FROM jsonb_populate_recordset(NULL::call_point_health, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_HEALTH}) = ({_HEALTH_EXCLUDED})
"""
# Every replica hears every device; who comes a moment later with the same has nothing to add.
SEEN_KEEP = """
INSERT INTO call_point_seen AS s (id, at, received_at, battery, fault)
SELECT t.* FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[])
    AS t(id, at, received_at, battery, fault) JOIN call_point c ON c.id = t.id
ORDER BY t.id
ON CONFLICT (id) DO UPDATE SET (at, received_at, battery, fault) =
    (excluded.at, excluded.received_at, excluded.battery, excluded.fault)
WHERE excluded.received_at > s.received_at + 5000
"""
SEEN_ALL = "SELECT id, at, received_at, battery, fault FROM call_point_seen"

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


_health = msgspec.json.Decoder(Health)


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


async def lock_health(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Health]:
    """Lock these call points and read how their devices are; one never heard is absent."""
    wanted = sorted(set(ids))
    await conn.execute(HEALTH_LOCK, wanted)
    return await read_health(conn, wanted)


async def read_health(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Health]:
    """How these devices are; one never heard is absent."""
    return _by_id(row[0] for row in await conn.fetch(HEALTH_READ, list(ids)))


async def all_health(conn: Connection) -> dict[UUID, Health]:
    """How every device is that was ever heard."""
    return _by_id(row[0] for row in await conn.fetch(HEALTH_ALL))


def _by_id(texts: Iterable[str]) -> dict[UUID, Health]:
    return {health.id: health for health in (_health.decode(text) for text in texts)}


async def save_health(conn: Connection, rows: Sequence[Health]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(HEALTH_SAVE, encode_rows(rows))


async def keep_seen(conn: Connection, seen: dict[UUID, Last]) -> None:
    """Keep the newest heartbeats; an older one never takes the place of a newer, an unknown call point is left out."""
    ids = list(seen)
    beats = [seen[id_].beat for id_ in ids]
    await conn.execute(
        SEEN_KEEP, ids, [beat.at for beat in beats], [seen[id_].received_at for id_ in ids],
        [beat.battery for beat in beats], [beat.fault for beat in beats],
    )  # fmt: skip


async def all_seen(conn: Connection) -> dict[UUID, Last]:
    """The kept heartbeats."""
    rows = await conn.fetch(SEEN_ALL)
    return {id_: Last(Beat(at, battery, fault), received) for id_, at, received, battery, fault in rows}
