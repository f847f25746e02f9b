"""The centre that a file presumes: rooms and jurisdictions out of its station areas, units out of its rows.

The file says for each call which station area it lay in, and nowhere where an area ends. So every place belongs to the
area of the nearest call of the file: polygons that leave no gap, and are called synthetic by name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import shapely
from shapely import MultiPoint, MultiPolygon, Polygon

from dispatch.rooms import Jurisdiction, Room
from dispatch.seeds.city import City, SeedUnit, seeded_id
from geo.areas import Layer
from geo.polygons import polygon_to_geojson
from web.replaying.calls import Call
from web.replaying.column_map import ColumnMap

MARGIN_DEG = 0.02
# Corners are rounded to about a centimetre, the same for both neighbours of a border.
GRID_DEG = 1e-7


def synthetic_city(calls: Sequence[Call], m: ColumnMap) -> City:
    """Reference data for these calls; the same file always gives the same."""
    names = m.city
    root = Room(
        id=seeded_id("room", names.code), code=names.code, name_zh=names.zh, name_en=names.en, tier="city"
    )
    areas = station_areas(calls)
    stations = {
        area: Room(
            id=seeded_id("room", names.code, area),
            code=names.station_code.replace("{area}", area),
            name_zh=names.station_zh.replace("{area}", area),
            name_en=names.station_en.replace("{area}", area),
            tier="station",
            parent_id=root.id,
            neighbours=tuple(seeded_id("room", names.code, other) for other in _touching(area, areas)),
            lon=round(shape.representative_point().x, 6),
            lat=round(shape.representative_point().y, 6),
        )
        for area, shape in areas.items()
    }
    jurisdictions = [
        Jurisdiction(
            id=seeded_id("jurisdiction", names.code, area),
            layer=Layer.POLICE,
            room_id=stations[area].id,
            name=stations[area].name_en,
            geometry=polygon_to_geojson(shape),
        )
        for area, shape in areas.items()
    ]
    return City(
        name_zh=names.zh,
        name_en=names.en,
        zone=m.zone,
        rooms=[root, *stations.values()],
        jurisdictions=jurisdictions,
        call_points=[],
        units=list(_units(calls, m, {area: room.id for area, room in stations.items()} | {"": root.id})),
    )


def station_areas(calls: Sequence[Call]) -> dict[str, MultiPolygon]:
    """The synthetic jurisdiction of each station area, by its name in the file; they cover a box and never overlap.

    Where calls at one place name different areas, the one that is named most often has it.
    """
    named: defaultdict[tuple[float, float], Counter[str]] = defaultdict(Counter)
    for call in calls:
        if call.area:
            named[round(call.lon, 7), round(call.lat, 7)][call.area] += 1
    if not named:
        return {}
    area_at = {place: min(votes, key=lambda area: (-votes[area], area)) for place, votes in named.items()}
    places = sorted(area_at)
    west, south, east, north = MultiPoint(places).bounds
    box = shapely.box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    cells = (
        shapely.get_parts(shapely.voronoi_polygons(MultiPoint(places), extend_to=box))
        if len(places) > 1
        else [box]
    )
    of_area: defaultdict[str, list[Polygon]] = defaultdict(list)
    tree = shapely.STRtree(cells)
    for place in places:
        nearest = int(tree.nearest(shapely.Point(place)))
        of_area[area_at[place]].append(shapely.set_precision(cells[nearest], GRID_DEG))
    clip = shapely.set_precision(box, GRID_DEG)
    return {area: _whole(shapely.union_all(parts), clip) for area, parts in sorted(of_area.items())}


def _whole(union: shapely.Geometry, clip: shapely.Geometry) -> MultiPolygon:
    inside = shapely.intersection(union, clip, grid_size=GRID_DEG)
    return MultiPolygon([part for part in shapely.get_parts(inside) if isinstance(part, Polygon)])


def _touching(area: str, areas: dict[str, MultiPolygon]) -> Iterable[str]:
    return (other for other, shape in areas.items() if other != area and shape.intersects(areas[area]))


def _units(calls: Sequence[Call], m: ColumnMap, room_ids: dict[str, UUID]) -> Iterable[SeedUnit]:
    """Each unit hangs under the station in whose area it was sent to most often."""
    homes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, str] = {}
    for call in calls:
        for job in call.jobs:
            homes[job.unit][call.area] += 1
            kinds.setdefault(job.unit, job.unit_kind)
    for unit in sorted(homes):
        sort = m.unit_kinds.get(kinds[unit], m.other_unit_kind)
        home = min(homes[unit], key=lambda area: (-homes[unit][area], area))
        yield SeedUnit(
            id=seeded_id("unit", m.city.code, unit),
            call_sign=unit,
            kind=sort.kind,
            unit_class=sort.unit_class,
            room_id=room_ids[home],
            skills=sort.skills,
            crew=(f"{unit}-1",),
        )
