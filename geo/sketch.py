"""The ground under the live map: shores, water, green, streets and a few names of a city, small enough to send once.

A plain drawing for consoles that have no tiles. Lines are simplified, and written as whole steps of `unit` degrees from
`origin`, each relative to the one before: [x0, y0, dx1, dy1, ...].
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import shapely
from shapely.ops import polygonize

from geo.osm import Extract, Line, Outline, Place, Road

UNIT_DEG = 1e-5  # about a metre
TOLERANCE_DEG = 2.5e-5
MARGIN_DEG = 0.02
SMALLEST_WATER_DEG2 = 2e-8
# From the widest stroke to the thinnest.
_CLASSES = {
    "motorway": 1, "motorway_link": 2, "trunk": 1, "trunk_link": 2, "primary": 2, "primary_link": 3, "secondary": 3,
    "secondary_link": 4, "tertiary": 4, "tertiary_link": 5, "unclassified": 5, "residential": 5, "road": 5, "living_street": 6,
    "pedestrian": 6,
}  # fmt: skip
_LANDMARKS = frozenset({
    "hospital", "station", "university", "stadium", "ferry_terminal", "square", "mall", "police", "fire_station", "library",
    "bus_station", "townhall", "school", "park", "marketplace", "museum", "aerodrome", "suburb", "quarter", "village",
})  # fmt: skip
_MOST_PLACES = 1_500
MOST_CORNERS = 60_000  # about 300 KB, gzipped

type Steps = list[int]


class SketchStreet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One street. class: 1 (expressway) to 6 (lane)."""

    rank: int = msgspec.field(name="class")
    line: Steps
    name: str | None = None
    bridge: bool = False


class SketchShape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ring of ground or water, or a railway's line."""

    kind: str
    line: Steps
    name: str | None = None


class SketchPlace(msgspec.Struct, frozen=True):
    """A name and where it stands, in steps from the origin."""

    kind: str
    name: str
    at: tuple[int, int]


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing. bounds: west, south, east, north; credit: what must be shown beside it."""

    bounds: tuple[float, float, float, float]
    origin: tuple[float, float]
    unit: float
    credit: str | None
    sea: list[Steps]
    water: list[SketchShape]
    green: list[SketchShape]
    rails: list[SketchShape]
    streets: list[SketchStreet]
    places: list[SketchPlace]


def sketch(extract: Extract) -> Sketch:
    """Draw a map's ground."""
    pen = _Pen(extract.bounds)
    return Sketch(
        bounds=extract.bounds,
        origin=pen.origin,
        unit=UNIT_DEG,
        credit=extract.credit,
        sea=[pen.steps(ring) for ring in sea_of(extract)],
        water=[pen.shape(outline) for outline in extract.waters if _is_visible(outline)],
        green=[pen.shape(outline) for outline in extract.greens if _is_visible(outline)],
        rails=[pen.shape(outline) for outline in extract.rails],
        streets=[pen.street(road) for road in _drawn(extract.roads)],
        places=[pen.place(place) for place in _chosen(extract.places)],
    )


def sea_of(extract: Extract) -> list[Line]:
    """Outlines of the sea within the bounds and a margin: faces to the right of a shore; holes are cut to the border."""
    west, south, east, north = extract.bounds
    box = shapely.box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
    shores = [shapely.LineString(_reaching_out(line, box)) for line in _joined(extract.shores)]
    if not shores:
        return []
    drawn = shapely.union_all([box.exterior, *(shapely.intersection(box, shore) for shore in shores)])
    wet = _right_of(shores)
    faces = [face for face in polygonize(drawn) if _is_wet(face, wet)]
    return [ring for face in faces for ring in _without_holes(face)]


def _joined(shores: Iterable[Line]) -> list[Line]:
    """Shores as long as they go: an extract has them in pieces."""
    starts = {line[0]: line for line in shores}
    ends = {line[-1] for line in starts.values()}
    whole: list[Line] = []
    for first in [line for line in starts.values() if line[0] not in ends] + list(starts.values()):
        if first[0] not in starts:
            continue
        line = starts.pop(first[0])
        while line[-1] in starts:
            line = (*line, *starts.pop(line[-1])[1:])
        whole.append(line)
    return whole


def _reaching_out(line: Line, box: shapely.Polygon) -> Line:
    """A shore that ends within the margin is led on to the box, so that it parts land from sea."""
    if line[0] == line[-1]:
        return line
    return (*_led_on(line[0], box), *line, *_led_on(line[-1], box))


def _led_on(end: tuple[float, float], box: shapely.Polygon) -> Line:
    """Straight to the nearest side of the box."""
    if not shapely.contains_xy(box, *end):
        return ()
    west, south, east, north = box.bounds
    ways = {
        end[0] - west: (west - 1e-6, end[1]), east - end[0]: (east + 1e-6, end[1]),
        end[1] - south: (end[0], south - 1e-6), north - end[1]: (end[0], north + 1e-6),
    }  # fmt: skip
    return (ways[min(ways)],)


def _right_of(shores: Sequence[shapely.LineString]) -> shapely.MultiPoint:
    """Points close by the right side of every shore: they lie in the sea."""
    points = []
    for shore in shores:
        corners = shapely.get_coordinates(shore)
        middles, along = (corners[1:] + corners[:-1]) / 2, corners[1:] - corners[:-1]
        length = np.hypot(along[:, 0], along[:, 1])
        good = length > 0
        right = np.column_stack((along[good, 1], -along[good, 0])) / length[good, None]
        points.append(middles[good] + right * 1e-7)
    return shapely.MultiPoint(np.concatenate(points))


def _is_wet(face: shapely.Polygon, wet: shapely.MultiPoint) -> bool:
    coordinates = shapely.get_coordinates(wet)
    shapely.prepare(face)
    return bool(shapely.contains_xy(face, coordinates[:, 0], coordinates[:, 1]).any())


def _without_holes(face: shapely.Polygon) -> list[Line]:
    """The face in pieces without holes: cut through the middle of each island from top to bottom."""
    if not face.interiors:
        return [tuple(face.exterior.coords)]
    west, south, east, north = face.bounds
    cut = shapely.Polygon(face.interiors[0]).representative_point().x
    halves = (shapely.box(west, south, cut, north), shapely.box(cut, south, east, north))
    return [
        ring
        for half in halves
        for part in shapely.get_parts(face.intersection(half))
        if part.geom_type == "Polygon"
        for ring in _without_holes(part)
    ]


def _drawn(roads: Iterable[Road]) -> list[Road]:
    """The finest streets first, so that wider ones lie on top; of a large city only as fine as the drawing has room for."""
    left = sorted((road for road in roads if road.kind in _CLASSES), key=_rank, reverse=True)
    while left and sum(len(road.line) for road in left) > MOST_CORNERS:
        finest = _rank(left[0])
        left = [road for road in left if _rank(road) < finest]
    return left


def _rank(road: Road) -> int:
    return _CLASSES.get(road.kind, 9)


def _is_visible(outline: Outline) -> bool:
    return bool(shapely.Polygon(outline.ring).area >= SMALLEST_WATER_DEG2)


def _chosen(places: Iterable[Place]) -> list[Place]:
    return [place for place in places if place.name and place.kind in _LANDMARKS][:_MOST_PLACES]


class _Pen:
    """Turns degrees into steps."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        self.origin = (bounds[0], bounds[1])

    def _at(self, lon: float, lat: float) -> tuple[int, int]:
        return round((lon - self.origin[0]) / UNIT_DEG), round((lat - self.origin[1]) / UNIT_DEG)

    def steps(self, line: Line) -> Steps:
        simple = shapely.get_coordinates(shapely.simplify(shapely.LineString(line), TOLERANCE_DEG)).tolist()
        steps: Steps = []
        before = (0, 0)
        for lon, lat in simple:
            here = self._at(lon, lat)
            steps += [here[0] - before[0], here[1] - before[1]]
            before = here
        return steps

    def shape(self, outline: Outline) -> SketchShape:
        return SketchShape(kind=outline.kind, name=outline.name, line=self.steps(outline.ring))

    def street(self, road: Road) -> SketchStreet:
        return SketchStreet(
            rank=_CLASSES[road.kind], name=road.name, line=self.steps(road.line), bridge=road.bridge
        )

    def place(self, place: Place) -> SketchPlace:
        return SketchPlace(place.kind, place.name or "", self._at(place.lon, place.lat))
