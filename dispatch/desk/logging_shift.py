"""Writing into the log of one's room 值班日志: once, with who and where and when; a mistake is put right by another entry.

The text is sealed; entries about an incident go with its key, so that erasing it erases them too.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, views
from dispatch.desk.sealed import keep_text
from dispatch.errors import Invalid, NotFound
from dispatch.shift_log import store
from dispatch.shift_log.model import LogEntry, Written, evolve
from dispatch.texts import check_texts
from dispatch.work import Work


async def write(
    w: Work, text: str, incident_id: UUID | None = None, corrects: UUID | None = None
) -> LogEntry:
    """One more entry. Raises NotFound, NotAllowed, Invalid."""
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say in text what the log should hold.", field="text")
    if w.principal.room_id is None:
        raise Invalid("Only who works in a room writes its log; this key belongs to no room.")
    acts.authorise(w.principal, "log_entry", "write", {"room"})
    if incident_id is not None:
        await views.must_see(w.conn, w.principal, incident_id)
    if corrects is not None:
        found = await store.read(w.conn, [corrects])
        if not found or found[0].room_id != w.principal.room_id:
            raise NotFound(
                f"There is no entry {corrects} in the log of this room.", noun="log_entry", field="corrects"
            )
    id_: UUID = uuid7()
    fact = Written(
        room_id=w.principal.room_id, seat_id=w.principal.seat_id, by=w.principal.id, at=w.now,
        narrative_id=await keep_text(w, incident_id or id_, text), incident_id=incident_id, corrects=corrects,
    )  # fmt: skip
    entry = evolve(None, id_, fact)
    await store.add(w.conn, entry)
    w.append("log_entry", id_, entry.version, incident_id, fact)
    return entry
