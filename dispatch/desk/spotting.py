"""A mark of a lookout stands in what was reported, noted, fed back or said: whoever sent the lookout is told, whatever door it came by.

The incident and the lookout get one fact between them; nothing of a text without a mark is kept.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, views
from dispatch.broadcasts import lifecycle as life
from dispatch.broadcasts import store
from dispatch.broadcasts.lookouts import Found
from dispatch.broadcasts.model import Broadcast, Source, Spotting
from dispatch.broadcasts.views import may_see
from dispatch.desk import broadcasting
from dispatch.errors import NotFound
from dispatch.work import Work, ms


def search(w: Work, incident_id: UUID, source: Source, texts: Iterable[str | None], exercise: bool) -> None:
    """Look for marks in what has just been written of an incident; what is found is told at the end of the act."""
    lookouts = w.centre.lookouts
    if lookouts:
        found = {one: None for text in texts if text for one in lookouts.find(text, exercise)}
        tell(w, incident_id, source, list(found))


def tell(w: Work, incident_id: UUID, source: Source, found: Sequence[Found]) -> None:
    """Have it told at the end of the act, as whoever acts now: broadcasts are locked after everything else."""
    actor = w.actor

    async def later() -> None:
        w.actor = actor
        await _spotted(w, incident_id, source, found)

    if found:
        w.at_end(("spotted", incident_id, source, tuple(found)), later)


async def _spotted(w: Work, incident_id: UUID, source: Source, found: Sequence[Found]) -> None:
    """These marks stand in it: told of every lookout that still holds."""
    standing = await store.lock(w.conn, {one.broadcast_id for one in found}) if found else {}
    for one in found:
        b = standing.get(one.broadcast_id)
        if b is not None and b.is_active(w.now):
            spotting = Spotting(uuid7(), incident_id, source, one.mark, ms(w.now))
            standing[b.id] = await broadcasting.apply(w, b, life.Spot(spotting))


async def link(w: Work, id_: UUID, incident_id: UUID) -> Broadcast:
    """A person says that an incident is about what is looked out for. Raises NotFound, NotAllowed, NotNow."""
    await views.must_see(w.conn, w.principal, incident_id)
    b = (await store.lock(w.conn, [id_])).get(id_)
    if b is None or not await may_see(w.conn, w.centre, w.principal, b):
        raise NotFound(f"There is no broadcast {id_}.", noun="broadcast")
    acts.authorise(w.principal, "broadcast", "link", ("sees",), b.state)
    return await broadcasting.apply(
        w, b, life.Spot(Spotting(uuid7(), incident_id, "linked", None, ms(w.now)))
    )
