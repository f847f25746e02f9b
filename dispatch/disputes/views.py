"""The read side of disputes: by id for whoever acted, those of an incident, and as they stand for the live feed.

Seen by whoever sees the incident.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import views
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.disputes import store
from dispatch.disputes.model import Dispute
from dispatch.disputes.shown import DisputeShown, areas_at, dispute_shown, texts_of
from dispatch.journal import Connection
from dispatch.shown import Now
from dispatch.unsealing import open_sealed
from incidents import store as incident_store


async def disputes(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[DisputeShown]:
    """These disputes by id, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def disputes_of(
    conn: Connection, centre: Centre, principal: Principal, incident_id: UUID
) -> list[DisputeShown]:
    """Those about an incident and the ones merged into it, in the order they were raised. Raises NotFound, NotAllowed."""
    await views.must_see(conn, principal, incident_id)
    family = [incident_id, *await incident_store.children(conn, [incident_id])]
    return await _show(conn, centre, await store.of_incidents(conn, family))


async def disputes_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    shown = await disputes(conn, centre, ids)
    audience = await dispatch_store.audience_of(conn, {one.incident_id for one in shown})
    return {
        one.id: Now(
            one.version, frozenset(audience.get(one.incident_id, ())), msgspec.Raw(msgspec.json.encode(one))
        )
        for one in shown
    }


async def _show(conn: Connection, centre: Centre, found: Iterable[Dispute]) -> list[DisputeShown]:
    rows = list(found)
    opened = await open_sealed(conn, centre, [id_ for row in rows for id_ in texts_of(row)], [])
    incidents = await incident_store.read_incidents(conn, {row.incident_id for row in rows}) if rows else {}
    at = {id_: areas_at(centre.reference, one.lon, one.lat) for id_, one in incidents.items()}
    return [dispute_shown(row, at.get(row.incident_id, ()), opened.texts) for row in rows]
