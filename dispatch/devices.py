"""Call points as seats read them: a page of those they own or answer, and what one looks like after a fact.

Places and names come from the replica's reference data, the state of a device from the database, its newest heartbeat from
memory.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from uuid import UUID

import msgspec

from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.journal import Connection
from dispatch.points import CallPointShown, call_point_shown
from dispatch.rooms import CallPoint
from incidents.call_points import store
from incidents.call_points.health import Health


class CallPointFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which call points a list is about; None lets all pass. states: those of devices, and `unheard`."""

    states: list[str] | None = None
    rooms: list[UUID] | None = None


async def call_point_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: CallPointFilter,
    page: tuple[str | None, int],
) -> list[CallPointShown]:
    """Call points by code after `page[0]`, at most `page[1]`."""
    authorise(principal, "reference", "read")
    after, limit = page
    seen = (point for point in _by_code(centre, after) if _is_seen(centre, point, principal, which))
    if which.states is None:
        points = list(islice(seen, limit))
        health = await store.read_health(conn, [point.id for point in points])
    else:
        health = await store.all_health(conn)
        points = list(islice((one for one in seen if _state(health.get(one.id)) in which.states), limit))
    return [_shown(centre, point, health.get(point.id)) for point in points]


def _by_code(centre: Centre, after: str | None) -> list[CallPoint]:
    points = centre.reference.call_points_by_code
    return [points[code] for code in sorted(points) if after is None or code > after]


def _is_seen(centre: Centre, point: CallPoint, principal: Principal, which: CallPointFilter) -> bool:
    reference = centre.reference
    concerned = {reference.owner_of(point), *reference.answering(point)}
    return not concerned.isdisjoint(principal.rooms) and (
        which.rooms is None or not concerned.isdisjoint(which.rooms)
    )


def _state(health: Health | None) -> str:
    return "unheard" if health is None else health.state


def _shown(centre: Centre, point: CallPoint, health: Health | None) -> CallPointShown:
    return call_point_shown(centre.reference, point, health, centre.heard.last(point.id))


async def devices_now(
    conn: Connection, centre: Centre, ids: Sequence[UUID]
) -> Iterable[tuple[CallPointShown, frozenset[UUID]]]:
    """These call points as they are, each with the rooms that may see it: its owner and answerers and those above."""
    reference = centre.reference
    found = []
    for health in (await store.read_health(conn, ids)).values():
        point = reference.call_points.get(health.id)
        if point is not None:
            rooms = {*reference.rooms.by_id[reference.owner_of(point)].lineage, *reference.answering(point)}
            found.append((_shown(centre, point, health), frozenset(rooms)))
    return found
