"""Promise: a map's streets, crossings, house numbers, places and call points are each listed once, where they are.

         5 (B)
         |
1 --2----3----4 (A, its two halves)    21--22 (A again, far away)
         |
         6    and 7--8, the other carriageway of A, 30 m south, crossing B at 9
"""

from pathlib import Path

from geo.gazetteer import Entry, entries
from geo.osm import Written, read_extract, write_extract

NODES = {
    1: (10.0, 50.0), 2: (10.005, 50.0), 3: (10.01, 50.0), 4: (10.02, 50.0), 5: (10.01, 50.01), 6: (10.01, 49.99),
    7: (10.0, 49.9997), 8: (10.02, 49.9997), 9: (10.01, 49.9997), 21: (10.2, 50.0), 22: (10.21, 50.0),
}  # fmt: skip


def listed(folder: Path) -> list[Entry]:
    nodes: list[tuple[int, float, float, dict[str, str]]] = [(id_, *at, {}) for id_, at in NODES.items()]
    house = {"addr:street": "和平路", "addr:housenumber": "12号"}
    nodes += [
        (31, 10.004, 50.0001, house),
        (32, 10.00401, 50.0001, house),
        (33, 10.2, 50.0001, {"addr:street": "Mill Lane", "addr:housenumber": "7a"}),
        (
            34,
            10.011,
            50.001,
            {"amenity": "school", "name": "第一小学", "name:en": "First School", "ref": "S1"},
        ),
        (35, 10.011, 50.002, {"emergency": "phone", "ref": "CP-1"}),
    ]
    a, b = (
        {"highway": "primary", "name": "和平路", "name:en": "Peace Road"},
        {"highway": "residential", "name": "北街"},
    )
    ways = [
        (1, [1, 2, 3], a), (2, [3, 4], a), (3, [7, 9, 8], a | {"oneway": "yes"}), (4, [5, 3, 9, 6], b), (5, [21, 22], a),
        (6, [31, 32, 33], {"highway": "service"}),
    ]  # fmt: skip
    path = folder / "map.osm"
    write_extract(path, Written(nodes, ways))
    return entries(read_extract(path))


def of(found: list[Entry], kind: str) -> list[Entry]:
    return [entry for entry in found if entry.kind == kind]


def test_each_stretch_of_a_street_stands_once_on_itself(tmp_path: Path) -> None:
    streets = of(listed(tmp_path), "street")
    assert [street.name for street in streets] == ["北街", "和平路", "和平路", "Mill Lane"]
    assert streets[1].alt == ("Peace Road",)
    assert (streets[1].keys, streets[1].initials) == ("|hepinglu|peace road|", "hpl")
    assert 10.005 < streets[1].lon < 10.015
    assert min(abs(streets[1].lat - lat) for lat in (50.0, 49.9997)) < 1e-6
    assert 10.2 < streets[2].lon < 10.21


def test_two_carriageways_cross_a_street_once(tmp_path: Path) -> None:
    (crossing,) = of(listed(tmp_path), "crossing")
    assert crossing.name == "北街/和平路"
    assert abs(crossing.lat - 49.99985) < 1e-9


def test_a_house_stands_once_whatever_tells_its_number(tmp_path: Path) -> None:
    houses = of(listed(tmp_path), "house_number")
    assert [(house.name, house.street, house.number) for house in houses] == [
        ("和平路12号", "和平路", "12"),
        ("7A Mill Lane", "Mill Lane", "7A"),
    ]


def test_places_and_call_points_bring_their_codes(tmp_path: Path) -> None:
    found = listed(tmp_path)
    (school,), (point,) = of(found, "place"), of(found, "call_point")
    assert (school.code, school.alt, school.initials) == ("S1", ("First School",), "dyxx")
    assert (point.code, point.name) == ("CP-1", "CP-1")
