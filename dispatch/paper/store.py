"""Which paper forms were keyed in, in PostgreSQL.

A preprinted number is taken once for ever, by the incident that was made of the form.
"""

from datetime import datetime
from uuid import UUID

from dispatch.journal import Connection

FORM_READ = """
SELECT f.incident_id, f.content, i.number, i.state FROM paper_form f JOIN incident i ON i.id = f.incident_id
WHERE f.number = $1
"""
FORM_ADD = """
INSERT INTO paper_form (number, incident_id, content, entered_by, recorded_at) VALUES ($1, $2, $3, $4, $5)
"""


async def read_form(conn: Connection, number: str) -> tuple[UUID, bytes, str, str] | None:
    """(incident, digest of what stood on it, the incident's number and state) of a form that was keyed in."""
    row = await conn.fetchrow(FORM_READ, number)
    return None if row is None else (row[0], row[1], row[2], row[3])


async def add_form(
    conn: Connection, number: str, incident_id: UUID, content: bytes, by: tuple[str, datetime]
) -> None:
    """Take the number; `by`: who and when. Raises asyncpg.UniqueViolationError when another act takes it meanwhile."""
    await conn.execute(FORM_ADD, number, incident_id, content, *by)
