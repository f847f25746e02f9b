"""Jurisdictions made from a file cover everything around its calls once, and are named synthetic."""

from pathlib import Path
from random import Random

import pytest
import shapely

from dispatch.rooms import Rooms, with_lineage
from geo.areas import Area, Areas, Layer
from tests.harness.replay_town import row, town_calls, town_map
from web.replaying.calls import Call
from web.replaying.synthetic_city import station_areas, synthetic_city

TIMES = "12:00:00 12:01:00 - - - 12:30:00"


def scattered(folder: Path, count: int) -> list[Call]:
    rng = Random(9)
    rows = []
    for number in range(count):
        x, y = rng.uniform(-74.05, -73.95), rng.uniform(40.65, 40.75)
        rows.append(
            row(
                str(number),
                f"V{number % 9}",
                TIMES,
                area="ABCD"[(x > -74) + 2 * (y > 40.7)],
                place=f"{x},{y}",
            )
        )
    return town_calls(folder, *rows)


def test_the_areas_cover_their_box_exactly_once(tmp_path: Path) -> None:
    shapes = list(station_areas(scattered(tmp_path, 300)).values())
    union = shapely.union_all(shapes)
    assert len(shapes) == 4
    assert union.equals(shapely.box(*union.bounds))
    assert sum(shape.area for shape in shapes) == pytest.approx(union.area, rel=1e-12)


def test_every_call_lies_in_the_area_its_row_names_and_every_place_in_one(tmp_path: Path) -> None:
    calls = scattered(tmp_path, 300)
    city = synthetic_city(calls, town_map())
    areas = Areas(Area.from_geojson(j.room_id, j.layer, j.geometry) for j in city.jurisdictions)
    code = {room.id: room.code for room in city.rooms}
    assert all(code[areas.owner(c.lon, c.lat, Layer.POLICE).room_id] == f"TN-{c.area}" for c in calls)
    west, south, east, north = shapely.union_all(list(areas.rooms(Layer.POLICE).values())).bounds
    rng = Random(2)
    for _ in range(500):
        owner = areas.owner(rng.uniform(west, east), rng.uniform(south, north), Layer.POLICE)
        assert owner.how in ("inside", "border")


def test_where_one_place_names_two_areas_the_commoner_has_it(tmp_path: Path) -> None:
    rows = [row(str(n), f"V{n}", TIMES, area=area) for n, area in enumerate("BAA")]
    assert list(station_areas(town_calls(tmp_path, *rows))) == ["A"]


def test_a_file_without_areas_has_one_room(tmp_path: Path) -> None:
    city = synthetic_city(town_calls(tmp_path, row("1", "V1", TIMES, area="")), town_map())
    assert [room.code for room in city.rooms] == ["TN"]
    assert not city.jurisdictions
    assert [unit.room_id for unit in city.units] == [city.root.id]


def test_rooms_are_a_tree_named_synthetic_and_units_hang_where_they_went_most(tmp_path: Path) -> None:
    city = synthetic_city(
        town_calls(
            tmp_path,
            row("1", "M1", TIMES, area="A"),
            row("2", "M1", TIMES.replace("12:", "14:"), area="B", place="-74.02,40.72"),
            row("3", "M1", TIMES.replace("12:", "15:"), area="B", place="-74.02,40.72"),
            row("3", "V1", TIMES.replace("12:", "15:"), area="B", place="-74.02,40.72"),
        ),
        town_map(),
    )
    rooms = Rooms(with_lineage(city.rooms))
    station = rooms.by_code["TN-B"]
    assert station.name_en == "Town station B (synthetic)"
    assert station.neighbours == (rooms.by_code["TN-A"].id,)
    units = {unit.call_sign: unit for unit in city.units}
    assert units["M1"].room_id == station.id
    assert (units["M1"].kind, units["M1"].skills) == ("motorcycle", ("first_aid",))
    assert (units["V1"].kind, units["V1"].skills) == ("car", ())
