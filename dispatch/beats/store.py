"""Schedules of beats in PostgreSQL: the whole list in and out.

`dispatch.places` puts them in, with a fact for each that changed, and replicas load them anew by that.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.beats.schedule import BeatSchedule
from dispatch.journal import Connection

SCHEDULES_READ = "SELECT to_jsonb(b)::text FROM beat_schedule b ORDER BY code"
SCHEDULE_SAVE = """
INSERT INTO beat_schedule (id, code, kinds, hours, version)
SELECT id, code, kinds, hours, version FROM jsonb_populate_recordset(NULL::beat_schedule, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (code, kinds, hours, version) =
    (excluded.code, excluded.kinds, excluded.hours, excluded.version)
"""
SCHEDULES_DROP = "DELETE FROM beat_schedule WHERE NOT id = ANY($1::uuid[])"
SCHEDULES_ENDED = """
SELECT id, max(version) FROM journal WHERE noun = 'beat_schedule' AND id = ANY($1::uuid[]) GROUP BY id
"""
SCHEDULES_LOCK = "LOCK TABLE beat_schedule IN SHARE ROW EXCLUSIVE MODE"


async def read(conn: Connection) -> list[BeatSchedule]:
    """Every schedule, by the code of its beat."""
    return [msgspec.json.decode(row[0], type=BeatSchedule) for row in await conn.fetch(SCHEDULES_READ)]


async def last_versions(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of those that were there once; one may come back."""
    return {row[0]: row[1] for row in await conn.fetch(SCHEDULES_ENDED, list(ids))}


async def write(conn: Connection, changed: Sequence[BeatSchedule], standing: Sequence[UUID]) -> None:
    """Write those that changed; those that do not stand any more end."""
    await conn.execute(SCHEDULES_DROP, list(standing))
    await conn.execute(SCHEDULE_SAVE, msgspec.json.encode(list(changed)).decode())
