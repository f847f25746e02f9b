"""What keeps traffic off the roads, or slows it, while the city goes on: floods, cordons, works, jams.

A closure covers an area, roads beneath a line or a point, or single ways. It gives a changed graph for the next search; a place inside it can still be
reached and left, because whoever is called there must get in: a search towards it leaves that closure out.
"""

from uuid import UUID

import msgspec

from geo.extents import Extent


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """Roads that are closed or slow. extent: WGS-84, or None; ways: the map's numbers of single ways; factor: 0 closed, else of the speed.

    profiles: whom it holds; empty: everybody.
    """

    id: UUID
    extent: Extent | None = None
    ways: tuple[int, ...] = ()
    factor: float = 0.0
    profiles: tuple[str, ...] = ()
