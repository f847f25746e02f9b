"""Facts for tests of the journal: what an act would append, without the rest of the act."""

from datetime import UTC, datetime
from uuid import UUID

from dispatch.journal import JournalRow

NOON = datetime(2017, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)


def fact(
    id_: UUID, version: int, name: str = "noted", body: str = "{}", noun: str = "incident"
) -> JournalRow:
    """A fact of an incident, or of something else that has none."""
    incident_id = id_ if noun == "incident" else None
    return JournalRow(
        noun, id_, version, incident_id, name, "dispatcher:7", "console", None, None, NOON, body
    )
