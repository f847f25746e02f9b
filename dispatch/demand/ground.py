"""The ground of a city: the cells in which something may happen, and the room that answers for each.

Made anew when jurisdictions change; a large city takes a moment, for a thread to do. Pure.
"""

from uuid import UUID

from dispatch.demand.model import RES
from geo.areas import Areas, Layer
from geo.cells import cell_at, middle, middles_inside

MOST_CELLS = 60_000
"""More than any city has: then a polygon is no jurisdiction of one, and nothing is expected anywhere."""


def ground_of(areas: Areas) -> dict[int, UUID]:
    """Cell -> the room whose ground its middle is; empty without jurisdictions."""
    if Layer.POLICE not in areas.layers:
        return {}
    found: set[int] = set()
    for area in areas.rooms(Layer.POLICE).values():
        cells = middles_inside(area, RES, MOST_CELLS)
        if cells is None or len(found) + len(cells) > MOST_CELLS:
            return {}
        spot = area.representative_point()
        found |= set(cells) or {cell_at(spot.x, spot.y, RES)}  # smaller than a cell, and ground all the same
    return {cell: areas.owner(*middle(cell), Layer.POLICE).room_id for cell in sorted(found)}
