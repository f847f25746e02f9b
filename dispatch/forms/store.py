"""The versions of all forms in PostgreSQL. Version 0 is shipped and has no row.

A form is filled in without a line and handed in days later, so the version it was filled in by is what counts.
"""

from datetime import datetime
from functools import lru_cache

import msgspec

from dispatch.forms.file import FormFile, FormSet, shipped
from dispatch.journal import Connection

FORMS_READ = "SELECT version, body::text FROM form_set ORDER BY version DESC LIMIT 1"
FORMS_OF = """
SELECT coalesce((SELECT max(version) FROM form_set), 0), (SELECT body::text FROM form_set WHERE version = $1),
    (SELECT recorded_at FROM form_set WHERE version = $1 + 1)
"""
FORMS_LOCK = "LOCK TABLE form_set IN SHARE ROW EXCLUSIVE MODE"
FORMS_ADD = "INSERT INTO form_set (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"


class Version(msgspec.Struct, frozen=True):
    """One version of the forms. newest: of all there are; replaced_at: when the next one took its place, None: it holds."""

    forms: FormSet
    newest: int
    replaced_at: datetime | None


@lru_cache(maxsize=16)
def _decoded(version: int, body: str) -> FormSet:
    return FormSet(version, msgspec.json.decode(body, type=FormFile))


async def newest(conn: Connection) -> FormSet:
    """The forms that hold; the shipped ones while none were put in."""
    row = await conn.fetchrow(FORMS_READ)
    return shipped() if row is None else _decoded(row[0], row[1])


async def version(conn: Connection, number: int) -> Version | None:
    """One version, whether it holds or not; None when there never was one."""
    [(most, body, replaced_at)] = await conn.fetch(FORMS_OF, number)
    if body is None and number != 0:
        return None
    return Version(shipped() if body is None else _decoded(number, body), most, replaced_at)


async def lock(conn: Connection) -> None:
    """Let nobody else change the forms until this act is over."""
    await conn.execute(FORMS_LOCK)


async def add(conn: Connection, forms: FormSet, at: datetime) -> None:
    """Keep a new version."""
    await conn.execute(FORMS_ADD, forms.version, msgspec.json.encode(forms.file).decode(), at)
