"""Standing facts as one replica knows them by heart, found by place or address before anything touches the database.

A tree over all of them (shapely's STRtree) that is built anew when enough has changed; what changed since lies beside it. What
was found near is then measured exactly. Kept true by the feed; whether a fact holds is asked of the clock at each question.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np
import shapely

from dispatch.broadcasts.model import Area
from dispatch.standing_facts.model import Kind, KnownFact, Severity
from geo.coordinates import approx_distance_m, distance_m
from geo.spelling import folded
from incidents.duplicates import OpenIncidents
from incidents.model import Place

LATE_AT_MOST = 256
"""So many changes lie beside the tree before it is built anew."""
UNSURE_AT_MOST_M = 100.0
"""A place that is known to this only warns of what may lie within it; one known worse would warn of a whole quarter."""
_M_A_DEGREE = 111_000.0  # a little less than any degree of latitude has, so that boxes are never too small
_MARGIN = 1.02

type Bounds = tuple[float, float, float, float]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a standing fact as it takes to find it and to say that it is there."""

    id: UUID
    version: int
    kind: Kind
    severity: Severity
    personal: bool
    room_id: UUID
    text_id: UUID
    area: Area
    address: str | None = None
    valid_from: datetime
    until: datetime | None = None
    review_at: datetime | None = None
    doubted: bool = False

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.valid_from <= at and (self.until is None or at < self.until)

    @property
    def known(self) -> KnownFact:
        """As an order keeps it."""
        return KnownFact(self.id, self.version, self.kind, self.severity)


class Found(msgspec.Struct, frozen=True):
    """A standing fact that concerns a place. distance_m: from the point to its area, 0 inside; None: found by the address alone."""

    fact: Held
    distance_m: float | None


class Ground:
    """All facts that stand. Replaced a few at a time by `learn`; one writer, no lock."""

    def __init__(self, facts: Iterable[Held] = ()) -> None:
        self._facts: dict[UUID, Held] = {one.id: one for one in facts}
        self._bounds = {one.id: _bounds(one.area) for one in self._facts.values()}
        self._addresses: dict[str, set[UUID]] = {}
        for one in self._facts.values():
            self._enter_address(one)
        self._build()

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, id_: UUID) -> Held | None:
        """The fact that stands under this id."""
        return self._facts.get(id_)

    def areas_of(self, id_: UUID) -> list[Area]:
        """Where a fact holds, and where it held before it was last changed."""
        known = self._facts.get(id_)
        return [area for area in (known.area if known else None, self._left.get(id_)) if area is not None]

    def learn(self, changed: Iterable[UUID], now_standing: Iterable[Held]) -> None:
        """These have changed; those of them that still stand look like this now. What is known to be newer is left alone."""
        fresh = {one.id: one for one in now_standing}
        for id_ in changed:
            known, one = self._facts.get(id_), fresh.get(id_)
            if known is not None and one is not None and known.version > one.version:
                continue
            if known is not None:
                self._left[id_] = known.area
                self._addresses.get(_key(known.address), set()).discard(id_)
                del self._facts[id_], self._bounds[id_]
            if one is not None:
                self._facts[id_] = one
                self._bounds[id_] = _bounds(one.area)
                self._enter_address(one)
            self._late.add(id_)
        if len(self._late) > LATE_AT_MOST:
            self._build()

    def at(self, place: Place | None, now: datetime) -> list[Found]:
        """The facts that hold at a place, what warns first, then the nearest. A place without a point goes by its address."""
        if place is None or not self._facts:
            return []
        found = (
            []
            if place.lon is None or place.lat is None
            else self._around(place.lon, place.lat, place.accuracy_m)
        )
        if not place.located:
            found = [Found(self._facts[id_], None) for id_ in self._addresses.get(_key(place.address), ())]
        return sorted((one for one in found if one.fact.holds(now)), key=_first)

    def within(self, bounds: Bounds, now: datetime) -> list[Held]:
        """Those that hold and whose surroundings touch a box: west, south, east, north."""
        near = self._near(bounds)
        return sorted((one for one in near if one.holds(now)), key=lambda one: one.id)

    def _around(self, lon: float, lat: float, accuracy_m: float | None) -> list[Found]:
        unsure_m = min(accuracy_m or 0.0, UNSURE_AT_MOST_M)
        near = self._near(_around(lon, lat, unsure_m))
        measured = ((one, away_m(one.area, lon, lat)) for one in near)
        return [Found(one, round(away, 1)) for one, away in measured if away <= unsure_m]

    def _near(self, box: Bounds) -> list[Held]:
        ids = [self._ids[n] for n in self._tree.query(shapely.box(*box)).tolist()]
        near = [self._facts[id_] for id_ in ids if id_ not in self._late]
        late = (id_ for id_ in self._late if id_ in self._facts and _touch(self._bounds[id_], box))
        return near + [self._facts[id_] for id_ in late]

    def _enter_address(self, one: Held) -> None:
        if key := _key(one.address):
            self._addresses.setdefault(key, set()).add(one.id)

    def _build(self) -> None:
        self._ids = list(self._facts)
        boxes = np.array([self._bounds[id_] for id_ in self._ids], dtype=float).reshape(-1, 4)
        self._tree = shapely.STRtree(shapely.box(*boxes.T))
        self._late: set[UUID] = set()
        self._left: dict[UUID, Area] = {}


def away_m(area: Area, lon: float, lat: float) -> float:
    """Metres from a point to the edge of an area; 0 inside."""
    if area.geometry is None:
        return max(0.0, distance_m(area.lon or 0.0, area.lat or 0.0, lon, lat) - (area.radius_m or 0.0))
    # The nearest corner of the edge is sought where a degree is as long both ways.
    wide = math.cos(math.radians(lat))
    flat = shapely.transform(_outline(area), lambda spots: spots * (wide, 1.0))
    here = shapely.Point(lon * wide, lat)
    if flat.intersects(here):
        return 0.0
    edge = shapely.shortest_line(flat, here).coords[0]
    return approx_distance_m(edge[0] / wide, edge[1], lon, lat)


def inside(areas: Iterable[Area], incidents: OpenIncidents) -> list[UUID]:
    """The open incidents that lie in any of these. Only those near are measured, and each outline is read once."""
    found: dict[UUID, None] = {}
    for area in areas:
        if area.geometry is None:
            near = incidents.within(_bounds(area))
            within = [away_m(area, one.lon or 0.0, one.lat or 0.0) == 0.0 for one in near]
        else:
            outline = _outline(area)
            near = incidents.within(outline.bounds)
            within = shapely.intersects_xy(outline, [one.lon for one in near], [one.lat for one in near])
        found |= {one.id: None for one, is_in in zip(near, within, strict=True) if is_in}
    return list(found)


def warnings(found: Sequence[Found]) -> list[Held]:
    """Of these, what is said aloud, each kind once."""
    kinds: dict[Kind, Held] = {}
    for one in found:
        if one.fact.severity == "warns":
            kinds.setdefault(one.fact.kind, one.fact)
    return list(kinds.values())


def _first(one: Found) -> tuple[bool, float, UUID]:
    return one.fact.severity != "warns", one.distance_m or 0.0, one.fact.id


def _key(address: str | None) -> str:
    return folded(address or "")


def _outline(area: Area) -> shapely.Geometry:
    """Its polygon, which was checked when it was put in."""
    return shapely.from_geojson(msgspec.json.encode(area.geometry).decode())


def _bounds(area: Area) -> Bounds:
    if area.geometry is not None:
        west, south, east, north = _outline(area).bounds
        return west, south, east, north
    return _around(area.lon or 0.0, area.lat or 0.0, area.radius_m or 0.0)


def _around(lon: float, lat: float, radius_m: float) -> Bounds:
    """A box around a circle that holds all of it."""
    high = radius_m / _M_A_DEGREE * _MARGIN
    wide = high / max(0.01, math.cos(math.radians(min(90.0, abs(lat) + high))))
    return lon - wide, lat - high, lon + wide, lat + high


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
