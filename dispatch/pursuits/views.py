"""The read side of sightings: by id for whoever told one, all of an incident page by page, and as they are for the live feed.

Seen by whoever sees the incident.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import views
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.journal import Connection
from dispatch.pursuits.shown import SightingShown, trail_shown
from dispatch.shown import Now
from dispatch.unsealing import open_sealed
from incidents import store as incident_store
from incidents.sightings import store
from incidents.sightings.model import Sighting


async def sighting_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    incident_id: UUID,
    page: tuple[UUID | None, int],
) -> list[SightingShown]:
    """Points of an incident and of those merged into it, in the order they were told. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    return await _show(conn, centre, await store.page(conn, family, *page))


async def sightings_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these are and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    audience = await dispatch_store.audience_of(conn, {one.incident_id for one in found})
    shown = {one.id: one for one in await _show(conn, centre, found)}
    return {
        one.id: Now(
            one.version,
            frozenset(audience.get(one.incident_id, ())),
            msgspec.Raw(msgspec.json.encode(shown[one.id])),
        )
        for one in found
    }


async def _show(conn: Connection, centre: Centre, found: Sequence[Sighting]) -> list[SightingShown]:
    """Told one by one, without judging jumps: those are told by the trail of the incident."""
    opened = await open_sealed(conn, centre, [one.narrative_id for one in found if one.narrative_id], [])
    return [shown for one in found for shown in trail_shown([one], opened.texts)]
