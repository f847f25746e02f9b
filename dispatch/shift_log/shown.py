"""The log of a room as it is read: people's entries and the journal's, told as one, the newest first.

Seen by the room and those above it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch import store as clock
from dispatch.accounts import store as accounts
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import Invalid, NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.shift_log import store
from dispatch.shift_log.model import LogEntry
from dispatch.shift_log.store import Moment
from dispatch.shown import Now
from dispatch.unsealing import open_sealed

TOLD = (
    ("emergency", "pressed"),
    ("emergency", "reset"),
    ("incident", "opened"),
    ("incident", "raised"),
    ("incident", "command_taken"),
    ("incident", "command_handed_back"),
    ("incident", "followed"),
    ("incident", "reopened"),
    ("supervision", "given"),
    ("supervision", "answered"),
    ("supervision", "returned"),
    ("supervision", "signed_off"),
    ("plan", "activated"),
    ("closure", "put_in"),
    ("seat", "covered"),
    ("seat", "returned"),
    ("handover", "signed"),
    ("handover", "abandoned"),
)
"""What the system writes into a log, of its own accord: (noun, fact)."""
USUAL = timedelta(hours=12)


class LogShown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. system: told by the journal as (noun, fact); else written by somebody, text null once erased."""

    id: UUID
    version: int
    system: bool
    at: Instant
    room: UUID | None
    seat_id: UUID | None = None
    by: str
    by_name: str | None = None
    text: str | None = None
    corrects: UUID | None = None
    noun: str = "log_entry"
    fact: str = "written"
    incident_id: UUID | None = None
    number: str | None = None
    priority: int | None = None
    code: str | None = None


async def log(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    room_id: UUID,
    since: datetime | None,
    at_most: int,
) -> list[LogShown]:
    """What a room's log holds since a moment, the last twelve hours if none is given. Raises NotAllowed, NotFound, Invalid."""
    authorise(principal, "log_entry", "read", ("room",))
    if room_id not in principal.rooms:
        raise NotFound("There is no such room at or below yours.", noun="room", field="room")
    now = await clock.now(conn)
    begin = since or now - USUAL
    if begin > now:
        raise Invalid("since lies behind us, not ahead.", field="since")
    written = await store.between(conn, [room_id], (begin, now), at_most)
    told = await store.moments(conn, [room_id], (begin, now), TOLD, at_most)
    shown = [*await _entries(conn, centre, written), *await _moments(conn, told)]
    return sorted(shown, key=lambda one: (one.at, one.id), reverse=True)[:at_most]


async def entries(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[LogShown]:
    """These entries, whoever asks."""
    return await _entries(conn, centre, await store.read(conn, ids))


async def entries_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like and who may see them, for the live feed."""
    found = {one.id: one for one in await store.read(conn, ids)}
    rooms = centre.reference.rooms.by_id
    return {
        one.id: Now(one.version, frozenset(rooms[found[one.id].room_id].lineage), msgspec.Raw(msgspec.json.encode(one)))
        for one in await _entries(conn, centre, found.values())
    }  # fmt: skip


async def _entries(conn: Connection, centre: Centre, found: Iterable[LogEntry]) -> list[LogShown]:
    known = list(found)
    opened = await open_sealed(conn, centre, [one.narrative_id for one in known], [])
    names = await accounts.names_of(conn, {one.by for one in known})
    return [
        LogShown(
            id=one.id, version=one.version, system=False, at=instant(one.at), room=one.room_id, seat_id=one.seat_id, by=one.by,
            by_name=names.get(one.by), text=opened.text(one.narrative_id), corrects=one.corrects, incident_id=one.incident_id,
        )
        for one in known
    ]  # fmt: skip


async def _moments(conn: Connection, told: Iterable[Moment]) -> list[LogShown]:
    known = list(told)
    names = await accounts.names_of(conn, {one.who for one in known})
    return [
        LogShown(
            id=one.id, version=one.position, system=True, at=instant(one.at), room=one.room, by=one.who,
            by_name=names.get(one.who), noun=one.noun, fact=one.fact, incident_id=one.incident_id, number=one.number,
            priority=one.priority, code=one.code,
        )
        for one in known
    ]  # fmt: skip
