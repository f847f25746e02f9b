"""Whose caller might be asked how it went, in PostgreSQL: alarms of incidents that are fed back, reviewed or closed.

Those of open incidents whatever their age, those of closed ones while somebody would still remember.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from incidents.model import Unreached

CALL_BACKS_POSSIBLE = """
SELECT json_build_object('alarm_id', a.id, 'incident_id', s.id, 'number', s.number, 'state', s.state, 'room', s.room_id,
    'priority', s.priority, 'type', coalesce(s.type_verified, s.type_reported), 'exercise', s.exercise,
    'again', coalesce(a.called_back->>'then' = 'reopen', false), 'unreached', a.unreached)::text
FROM incident s
JOIN incident o ON o.id = s.id OR o.merged_into = s.id
JOIN alarm a ON a.incident_id = o.id
WHERE s.room_id = ANY($1::uuid[]) AND (s.state IN ('fed_back', 'reviewed') OR (s.state = 'closed' AND s.opened_at > $2))
    AND a.person_id IS NOT NULL AND NOT a.do_not_contact
    AND (a.called_back IS NULL OR a.called_back->>'then' = 'reopen'
        OR (a.called_back->>'outcome' = 'not_reached' AND a.called_back->'ended' IS DISTINCT FROM 'true'::jsonb))
    AND ($3::uuid IS NULL OR a.id < $3)
ORDER BY a.id DESC LIMIT $4
"""


class Possible(msgspec.Struct, frozen=True, kw_only=True):
    """A caller who may be asked. again: was not satisfied before, so that the incident was reopened; unreached: attempts."""

    alarm_id: UUID
    incident_id: UUID
    number: str
    state: str
    room: UUID
    priority: int
    type: str | None
    exercise: bool
    again: bool
    unreached: tuple[Unreached, ...] = ()


async def possible(
    conn: Connection, rooms: list[UUID], since: datetime, page: tuple[UUID | None, int]
) -> list[Possible]:
    """The newest below `page[0]`, at most `page[1]`; closed incidents only when opened after `since`."""
    rows = await conn.fetch(CALL_BACKS_POSSIBLE, rooms, since, *page)
    return [msgspec.json.decode(row[0], type=Possible) for row in rows]
