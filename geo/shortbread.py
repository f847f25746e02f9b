"""The Shortbread schema of vector tiles (shortbread-tiles.org, version 1.0) as tables: which kinds are in which layer from which zoom.

Styles made for it (VersaTiles among them) look for these names. `tiling` reads a map through these tables.
"""

from collections.abc import Mapping

type Zooms = Mapping[str, int]

STREETS: Zooms = {
    "motorway": 6, "trunk": 6, "primary": 8, "secondary": 9, "tertiary": 10, "unclassified": 11, "residential": 11,
    "busway": 12, "bus_guideway": 12, "living_street": 12, "pedestrian": 12, "service": 13, "track": 13, "footway": 13,
    "steps": 13, "path": 13, "cycleway": 13, "bridleway": 13, "road": 12,
}  # fmt: skip
"""Residential streets come a zoom sooner than the schema asks: a dispatcher looks at a district, not at a country."""
STREET_LABELS: Zooms = {
    "motorway": 10, "trunk": 12, "primary": 12, "secondary": 12, "tertiary": 13, "motorway_link": 13, "trunk_link": 13,
    "primary_link": 13, "secondary_link": 13,
}  # fmt: skip
"""All others from 14."""
RAILS: Zooms = {
    "rail": 8, "narrow_gauge": 8, "light_rail": 10, "subway": 10, "tram": 10, "monorail": 10, "funicular": 10,
}  # fmt: skip
RUNWAYS: Zooms = {"runway": 11, "taxiway": 13}
STREET_AREAS: Zooms = {"pedestrian": 14, "service": 14}

WATERS: Mapping[tuple[str, str], tuple[str, int]] = {
    ("natural", "glacier"): ("glacier", 6),
    ("waterway", "riverbank"): ("river", 6),
    ("landuse", "reservoir"): ("reservoir", 6),
    ("landuse", "basin"): ("basin", 6),
    ("waterway", "dock"): ("dock", 10),
    ("waterway", "canal"): ("canal", 10),
    ("natural", "water"): ("water", 6),
}
"""Tag of an area -> its kind and zoom; the first that fits. Of natural=water that is a river see `tiling`."""
WATERWAYS: Zooms = {"river": 9, "canal": 9, "stream": 14, "ditch": 14}
WATERWAY_LABELS: Zooms = {"river": 12, "canal": 12, "stream": 14, "ditch": 14}

LAND: Mapping[str, Mapping[str, tuple[str, int]]] = {
    "landuse": {
        kind: (kind, zoom)
        for zoom, kinds in {
            7: ("forest",),
            10: (
                "residential", "industrial", "commercial", "garages", "retail", "railway", "landfill", "brownfield",
                "greenfield", "farmyard", "farmland",
            ),
            11: (
                "grass", "meadow", "orchard", "vineyard", "allotments", "village_green", "recreation_ground",
                "greenhouse_horticulture", "plant_nursery", "quarry",
            ),
            13: ("cemetery",),
        }.items()
        for kind in kinds
    },
    "natural": {"wood": ("forest", 7), "sand": ("sand", 10), "beach": ("beach", 10)}
    | {kind: (kind, 11) for kind in ("heath", "scrub", "grassland", "bare_rock", "scree", "shingle")},
    "wetland": {kind: (kind, 11) for kind in ("swamp", "bog", "string_bog", "wet_meadow", "marsh")},
    "leisure": {kind: (kind, 11) for kind in ("golf_course", "park", "garden", "playground", "miniature_golf")},
    "amenity": {"grave_yard": ("grave_yard", 13)},
}  # fmt: skip
"""Key -> value -> kind and zoom."""
SITES: Mapping[str, frozenset[str]] = {
    "amenity": frozenset({"university", "hospital", "school", "college", "prison", "parking", "bicycle_parking"}),
    "landuse": frozenset({"construction"}),
    "leisure": frozenset({"sports_centre"}),
    "military": frozenset({"danger_area"}),
}  # fmt: skip

PLACES: Mapping[str, tuple[int, int]] = {
    "city": (6, 100_000), "town": (7, 5_000), "village": (10, 100), "hamlet": (10, 50), "suburb": (10, 1_000),
    "quarter": (10, 500), "neighbourhood": (10, 100), "isolated_dwelling": (10, 5), "farm": (10, 5), "island": (10, 0),
    "locality": (10, 0), "islet": (13, 0), "square": (13, 0),
}  # fmt: skip
"""Kind -> zoom and the population that it is thought to have where the map tells none."""
CAPITALS: Mapping[str, str] = {"yes": "capital", "2": "capital", "4": "state_capital"}
BOUNDARIES: Mapping[str, int] = {"2": 6, "4": 7}
"""admin_level -> zoom."""

STOPS: Mapping[tuple[str, str], tuple[str, int]] = {
    ("railway", "station"): ("station", 11), ("railway", "halt"): ("halt", 13), ("railway", "tram_stop"): ("tram_stop", 14),
    ("highway", "bus_stop"): ("bus_stop", 14), ("amenity", "bus_station"): ("bus_station", 13),
    ("amenity", "ferry_terminal"): ("ferry_terminal", 12), ("aeroway", "aerodrome"): ("aerodrome", 11),
    ("aeroway", "helipad"): ("helipad", 13), ("aerialway", "station"): ("aerialway_station", 13),
}  # fmt: skip
PIERS = frozenset({"pier", "breakwater", "groyne"})
AERIALWAYS = frozenset(
    {"cable_car", "gondola", "goods", "chair_lift", "drag_lift", "t-bar", "j-bar", "platter", "rope_tow"}
)
POI_KEYS = ("amenity", "shop", "tourism", "leisure", "historic", "man_made", "emergency", "office")
DULL_POIS = frozenset({
    "bench", "waste_basket", "parking", "parking_space", "bicycle_parking", "parking_entrance", "hunting_stand",
})  # fmt: skip
"""Not drawn: a city has tens of thousands of them."""
