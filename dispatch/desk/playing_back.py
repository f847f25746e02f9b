"""Somebody looks at where units were: it says something about people, so that every look stands in the journal.

The look is written before anything of it is told.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.playback.events import LookedAt
from dispatch.work import Work


async def look(w: Work, looked: LookedAt) -> UUID:
    """Write down whose tracks are looked at, of which time, why if it was said. Raises NotAllowed."""
    acts.authorise(w.principal, "unit", "playback", ("room",) if w.principal.rooms else ())
    look_id: UUID = uuid7()
    w.append("track_look", look_id, 1, None, looked)
    return look_id
