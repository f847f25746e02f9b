"""Rosters under test: rows as people write them for the little town, its beats, and what became of a shift."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dispatch.cities.beats import Beat, Beats
from dispatch.desk import rostering
from dispatch.desk.rostering import Roster, RosterPut
from dispatch.rosters import store
from dispatch.rosters.model import RosterShift
from dispatch.rosters.rows import RosterRow
from tests.harness.town import Town, box

BEATS = Beats(
    [
        (Beat("N-01", "北一巡段", "north"), box(114.0, 22.52, 114.025, 22.56)),
        (Beat("N-02", "北二巡段", "north"), box(114.025, 22.52, 114.05, 22.56)),
        (Beat("S-01", "南一巡段", "south"), box(114.05, 22.52, 114.1, 22.56)),
    ]
)
"""One half of the north each, and the whole south."""


def row(unit: str, begins_at: datetime, hours: float = 8, **more: Any) -> RosterRow:
    """One shift as it is written."""
    return RosterRow(unit=unit, begins_at=begins_at, ends_at=begins_at + timedelta(hours=hours), **more)


async def put(town: Town, *rows: RosterRow, dry_run: bool = False, **more: Any) -> RosterPut:
    """The roster of an administrator."""
    roster = Roster(rows=list(enumerate(rows, start=1)), **more)
    return await town.do(town.somebody("admin"), lambda w: rostering.put_roster(w, roster, dry_run))


async def now(town: Town) -> datetime:
    """The time of the database."""
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


async def shifts(town: Town, unit_id: UUID) -> list[RosterShift]:
    """All shifts of a unit, whatever became of them, by their beginning."""
    async with town.pool.acquire() as conn:
        ids = await conn.fetch("SELECT id FROM roster_shift WHERE unit_id = $1", unit_id)
        found = await store.read(conn, [one[0] for one in ids])
    return sorted(found, key=lambda one: (one.begins_at, one.id))
