"""The read side of requests to agencies: by id for whoever acted, those of an incident, and as they stand for the live feed.

Seen by whoever sees the incident.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import views
from dispatch.acts import Principal
from dispatch.agencies import store
from dispatch.agencies.model import AgencyRequest
from dispatch.agencies.shown import AgencyRequestShown, agency_request_shown
from dispatch.bearers import store as outward
from dispatch.bearers.store import Said
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.journal import Connection
from dispatch.shown import Now
from dispatch.unsealing import open_sealed
from incidents import store as incident_store


async def requests(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[AgencyRequestShown]:
    """These requests by id, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def requests_of(
    conn: Connection, centre: Centre, principal: Principal, incident_id: UUID
) -> list[AgencyRequestShown]:
    """Those of an incident and of the ones merged into it, in the order of their sending. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    return await _show(conn, centre, await store.of_incidents(conn, family))


async def told_to(conn: Connection, principal: Principal, request_id: UUID) -> list[Said]:
    """All that was told to the agency about a request. Raises NotFound, NotAllowed."""
    found = await store.read(conn, [request_id])
    if not found:
        raise NotFound(f"There is no request {request_id}.", noun="agency_request")
    await views.must_see(conn, principal, found[0].incident_id)
    return await outward.said_of_request(conn, request_id)


async def requests_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    shown = await requests(conn, centre, ids)
    audience = await dispatch_store.audience_of(conn, {one.incident_id for one in shown})
    return {
        one.id: Now(
            one.version, frozenset(audience.get(one.incident_id, ())), msgspec.Raw(msgspec.json.encode(one))
        )
        for one in shown
    }


async def _show(conn: Connection, centre: Centre, found: Iterable[AgencyRequest]) -> list[AgencyRequestShown]:
    rows = list(found)
    texts = [id_ for r in rows for id_ in (r.narrative_id, r.outcome_id) if id_]
    opened = await open_sealed(conn, centre, texts, [])
    return [agency_request_shown(r, opened.texts) for r in rows]
