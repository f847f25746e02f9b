"""Nothing closes with something open: each part of the house says what of an incident stands, and closing asks them all.

FINDERS is the whole list; a part that may stand in the way enters itself here. A leader may end an incident all the same,
by name and with a reason, which the journal keeps together with what was left open.
"""

from collections.abc import Awaitable, Callable, Sequence

from dispatch.desk import disputed, requesting, supervising
from dispatch.desk.case import Case, authorised
from dispatch.ends import OpenEnd
from dispatch.errors import Invalid, StillOpen
from dispatch.work import Work

type Finder = Callable[[Work, Case], Awaitable[Sequence[OpenEnd]]]
"""What of this incident, and of those merged into it, is still open; called with them locked."""

FINDERS: Sequence[Finder] = (supervising.open_ends, requesting.open_ends, disputed.open_ends)


async def none_open(w: Work, case: Case, despite_open: bool, more: Sequence[Finder] = ()) -> tuple[str, ...]:
    """Pass when nothing is open, or a leader ends it all the same: then what is left open, as the journal names it.

    more: what stands in the way of this end besides. Raises StillOpen naming all of it, Invalid without a reason, NotAllowed to who is no leader.
    """
    found = [end for finder in (*FINDERS, *more) for end in await finder(w, case)]
    if not found:
        return ()
    if not despite_open:
        named = "; ".join(end.said["en"] for end in found)
        raise StillOpen(
            f"Incident {case.incident.number} still has something open: {named}. End that first, or have a leader "
            "end the incident all the same, with the reason.",
            open=[{"noun": end.noun, "id": str(end.id), "said": end.said} for end in found],
        )
    await authorised(w, case, "close_open")
    if not (w.actor.reason or "").strip():
        raise Invalid("To end an incident with something still open, give the reason.", field="reason")
    return tuple(end.key for end in found)
