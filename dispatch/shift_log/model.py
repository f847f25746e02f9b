"""An entry of a room's log: written once, by somebody at a seat. Pure.

Its text lies sealed apart; a mistake is put right by another entry that names it.
"""

from datetime import datetime
from uuid import UUID

import msgspec


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; has exactly the columns of its table. corrects: an earlier entry that it puts right."""

    id: UUID
    version: int
    room_id: UUID
    seat_id: UUID | None = None
    by: str
    at: datetime
    narrative_id: UUID
    incident_id: UUID | None = None
    corrects: UUID | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="written"):
    """Somebody wrote into the log of their room."""

    room_id: UUID
    seat_id: UUID | None = None
    by: str
    at: datetime
    narrative_id: UUID
    incident_id: UUID | None = None
    corrects: UUID | None = None


LogFact = Written


def evolve(entry: LogEntry | None, id_: UUID, fact: LogFact) -> LogEntry:
    """The entry; it has one fact and never another."""
    if entry is not None:
        raise ValueError(f"entry {id_} of a log is written twice")
    return LogEntry(id=id_, version=1, **msgspec.structs.asdict(fact))
