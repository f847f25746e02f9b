"""Where a unit may be asked to stand by: places that have a name people know, the fixed positions and call points of a city.

A cell of an index is no place to send anybody.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from dispatch.rooms import Reference


class Post(NamedTuple):
    """A known place. lon, lat: WGS-84 degrees."""

    id: UUID
    name: str
    lon: float
    lat: float


def post_of(reference: Reference, id_: UUID) -> Post | None:
    """The place with this id."""
    return next((one for one in posts_of(reference) if one.id == id_), None)


def posts_of(reference: Reference) -> Iterable[Post]:
    """All of them, fixed positions first."""
    yield from (Post(one.id, one.name, one.lon, one.lat) for one in reference.positions)
    yield from (Post(one.id, one.name, one.lon, one.lat) for one in reference.call_points.values())
