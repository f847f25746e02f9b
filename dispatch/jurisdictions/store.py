"""Sets of jurisdictions in PostgreSQL: appended, never changed.

Which one is in force follows from its moment alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from dispatch.journal import Connection
from dispatch.rooms import Jurisdiction

SETS_LOCK = "LOCK TABLE jurisdiction_set IN SHARE ROW EXCLUSIVE MODE"
SETS_STANDING = """
SELECT s.number, s.valid_from, CASE WHEN s.number = ANY($2::integer[]) THEN NULL ELSE s.areas::text END AS areas,
    s.valid_from > coalesce($1, cad_now()) AS planned
FROM jurisdiction_set s
WHERE (s.valid_from > coalesce($1, cad_now()) OR s.number = (
    SELECT f.number FROM jurisdiction_set f WHERE f.valid_from <= coalesce($1, cad_now())
    ORDER BY f.valid_from DESC, f.number DESC LIMIT 1
)) AND NOT EXISTS (
    SELECT FROM jurisdiction_set b WHERE b.valid_from = s.valid_from AND b.number > s.number
)
ORDER BY s.valid_from
"""
SETS_LISTED = """
SELECT s.number, s.valid_from, s.recorded_at, s.put_by, jsonb_array_length(s.areas) AS areas,
    CASE WHEN s.valid_from > cad_now() THEN 'planned'
         WHEN s.number = first_value(s.number) OVER (
             PARTITION BY s.valid_from > cad_now() ORDER BY s.valid_from DESC, s.number DESC) THEN 'in_force'
         ELSE 'over' END AS state,
    EXISTS (SELECT FROM jurisdiction_set b WHERE b.valid_from = s.valid_from AND b.number > s.number) AS replaced
FROM jurisdiction_set s ORDER BY s.valid_from DESC, s.number DESC
"""
SET_NEWEST = "SELECT coalesce(max(number), 0) FROM jurisdiction_set"
SET_ADD = """
INSERT INTO jurisdiction_set (number, valid_from, recorded_at, put_by, areas) VALUES ($1, $2, $3, $4, $5::jsonb)
"""


class AreaSet(msgspec.Struct, frozen=True):
    """The jurisdictions of one set and the moment it takes over; areas None: not read, because the reader has them."""

    number: int
    valid_from: datetime
    areas: tuple[Jurisdiction, ...] | None


class AreaSetListed(msgspec.Struct, frozen=True):
    """A set without its areas. state: `planned`, `in_force`, `over`, or `replaced` by a later one for the same moment."""

    number: int
    valid_from: datetime
    recorded_at: datetime
    put_by: str
    areas: int
    state: str


_areas = msgspec.json.Decoder(tuple[Jurisdiction, ...])


async def lock_sets(conn: Connection) -> None:
    """Let nobody else put in a set until this act is over."""
    await conn.execute(SETS_LOCK)


async def standing_sets(
    conn: Connection, at: datetime | None = None, known: Iterable[int] = ()
) -> tuple[AreaSet | None, list[AreaSet]]:
    """The set in force at a moment (None: now), and those planned after it in order; without areas where `known`."""
    rows = await conn.fetch(SETS_STANDING, at, list(known))
    sets = [
        AreaSet(number, valid_from, None if areas is None else _areas.decode(areas))
        for number, valid_from, areas, _ in rows
    ]
    planned = [one for one, row in zip(sets, rows, strict=True) if row["planned"]]
    return (sets[0] if len(planned) < len(sets) else None), planned


async def listed_sets(conn: Connection) -> list[AreaSetListed]:
    """Every set there ever was, the last to take over first."""
    return [
        AreaSetListed(number, valid_from, recorded_at, put_by, areas, "replaced" if replaced else state)
        for number, valid_from, recorded_at, put_by, areas, state, replaced in await conn.fetch(SETS_LISTED)
    ]


async def newest_number(conn: Connection) -> int:
    """The number of the set put in last; 0 while there is none."""
    number: int = await conn.fetchval(SET_NEWEST)
    return number


async def add_set(
    conn: Connection,
    number: int,
    valid_from: datetime,
    now: datetime,
    put_by: str,
    areas: Sequence[Jurisdiction],
) -> None:
    """Write a set."""
    told = msgspec.json.encode(areas).decode()
    await conn.execute(SET_ADD, number, valid_from, now, put_by, told)
