"""All that stands in a room and below it when its shift changes: what one statement finds, and whose caller is still to be asked.

Who is asked is decided by the rules of call-backs and an honest lot, not by the database; so these come beside. Both who signs
and who reads look at this one list.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.call_backs.shown import due_in
from dispatch.centre import Centre
from dispatch.handovers import store
from dispatch.handovers.picture import Item
from dispatch.journal import Connection
from dispatch.rules import FOLLOWING

CALL_BACKS_OF = timedelta(days=1)
"""Older ones of closed incidents are the reviewer's, whoever has the shift."""
CALL_BACKS_AT_MOST = 200


async def standing(
    conn: Connection, centre: Centre, room_id: UUID, leaver: str, now: datetime
) -> Sequence[Item]:
    """All that stands in this room and below it, in no order. leaver: whose acknowledged alerts are left out."""
    rooms = centre.reference.rooms.subtree(room_id)
    found = await store.standing(conn, rooms, leaver, now, FOLLOWING)
    kept = await store.kept_up(conn, rooms, rooms.union(centre.reference.rooms.by_id[room_id].lineage))
    due = await due_in(conn, centre, rooms, now - CALL_BACKS_OF, (None, CALL_BACKS_AT_MOST))
    return [*found, *kept, *(
        Item(section="call_back", noun="alarm", id=one.alarm_id, incident_id=one.incident_id, must=why == "again", stamp=why)
        for one, why in due
    )]  # fmt: skip
