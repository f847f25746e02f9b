"""A bundle holds everything and says what it is; the same map gives the same bundle; a bad one leaves a sentence and nothing else."""

import gzip
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
import shapely

from dispatch.seeds.bundling import Commission, build
from dispatch.seeds.reading import read_city
from dispatch.seeds.standing import kept_bay, kept_copy
from geo.atlas import Atlas, find_bundle, read_manifest
from geo.coverage import Covering, survey
from geo.errors import BadArea, BadBundle, BadMap
from geo.polygons import polygon_from_geojson
from tests.harness import bay, cities
from tests.harness.cities import silent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out, _ = cities.bundle(tmp_path_factory.mktemp("city"), "Gridtown")
    return out


def test_a_bundle_says_what_it_is(made: Path) -> None:
    manifest = read_manifest(made)
    assert (manifest.name, manifest.source, manifest.zone, manifest.datum) == (
        "Gridtown", "Gridtown.osm.pbf", "Europe/Berlin", "WGS84",
    )  # fmt: skip
    assert manifest.licence == "© OpenStreetMap contributors"
    assert (manifest.counts["roads"], manifest.counts["vertices"], manifest.counts["rooms"]) == (16, 64, 3)
    assert manifest.bounds == pytest.approx((10.0, 50.0, 10.028, 50.028))
    assert {name.split("/")[0] for name in manifest.files} == {
        "map.osm.pbf", "areas.geojson", "places.msgpack", "ground.json", "roads", "tiles.pmtiles",
    }  # fmt: skip
    assert not any(file.stat().st_mode & 0o222 for file in made.rglob("*") if file.is_file())


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    source = cities.write_map(tmp_path / "map.osm")
    build(Commission(source=source, out=tmp_path / "out"), lambda what, done: told.append((what, done)))
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert told[-1] == ("done", 1.0)


@pytest.mark.parametrize("suffix", ["osm", "osm.gz", "osm.pbf"])
def test_the_same_map_gives_the_same_bundle_in_whatever_format_it_comes(
    made: Path, tmp_path: Path, suffix: str
) -> None:
    source = cities.write_map(tmp_path / f"Gridtown.{suffix}")
    manifest = build(Commission(source=source, out=tmp_path / "out"), silent)
    assert manifest.files == read_manifest(made).files
    if suffix == "osm.pbf":
        assert manifest == read_manifest(made)


def test_its_roads_ground_and_tiles_can_be_used(made: Path) -> None:
    atlas = Atlas(made)
    way = atlas.roads.way((10.0, 50.0), (10.004, 50.004))
    assert len(way.corners) == 3
    assert msgspec.json.decode(atlas.ground)["streets"]
    tiles = atlas.tiles
    assert (tiles.lowest, tiles.highest) == (6, 14)
    assert {"streets", "street_labels", "pois"} <= set(tiles.layers)
    drawn = tiles.get(11, 1080, 694)
    assert drawn is not None
    assert b"residential" in gzip.decompress(tiles.get(14, 8647, 5555) or b"")
    assert [
        tiles.get(*at) for at in ((10, 0, 0), (5, 16, 10), (15, 0, 0), (10, -1, 0), (10, 1 << 10, 0))
    ] == [None] * 5


def test_stations_of_the_map_share_the_city_without_gap_or_overlap(made: Path) -> None:
    city = read_city(made, 0, 0)
    assert [room.code for room in city.rooms] == ["GR", "GR01", "GR02"]
    assert {room.name_en for room in city.rooms[1:]} == set(cities.STATIONS)
    shapes = {one.room_id: polygon_from_geojson(one.geometry) for one in city.jurisdictions}
    assert survey([Covering("police", str(id_), str(id_), shape) for id_, shape in shapes.items()]).seamless
    for room, place in zip(city.rooms[1:], cities.STATIONS.values(), strict=True):
        assert shapes[room.id].contains(shapely.Point(*place))


def test_a_city_without_police_gets_stations_that_say_they_are_invented(tmp_path: Path) -> None:
    areas = tmp_path / "districts.json"
    areas.write_bytes(
        cities.collection(
            cities.square("北", 9.9, 50.014, 10.1, 50.2),
            cities.square("远", 30.0, 50.0, 30.1, 50.1),
            cities.square("南", 9.9, 49.9, 10.1, 50.014),
        )
    )
    divisions = tmp_path / "divisions"
    divisions.mkdir()
    (divisions / "x_areas.csv").write_text("code,name\n1,北区\n2,南区\n", encoding="utf-8")
    (divisions / "x_streets.csv").write_text(
        "code,name,areaCode\n11,河口街道,1\n21,南山街道,2\n", encoding="utf-8"
    )
    out, _ = cities.bundle(tmp_path, name="城", areas=areas, divisions=divisions)
    city = read_city(out, 8, 0)
    names = {room.code: (room.tier, room.name_zh) for room in city.rooms}
    english = {room.code: room.name_en for room in city.rooms}
    assert (english["CH1"], english["CH101"]) == ("Bei District Room", "Hekou Station (synthetic)")
    # Both police stations of the map lie in the southern district; the northern one has none.
    assert names["CH1"] == ("district", "北分局指挥中心")
    assert names["CH101"] == ("station", "河口派出所（合成）")
    assert {names["CH201"][1], names["CH202"][1]} == set(cities.STATIONS)
    shapes = {one.room_id: polygon_from_geojson(one.geometry) for one in city.jurisdictions}
    assert survey([Covering("police", str(id_), str(id_), shape) for id_, shape in shapes.items()]).seamless
    assert {unit.call_sign[:2] for unit in city.units} >= {"河口"}


def test_areas_with_rooms_of_ours_are_taken_as_they_are() -> None:
    bundle = cities.bay_bundle(110)
    assert (bundle / "areas.geojson").read_bytes() == (bay.drawn(110) / "areas.geojson").read_bytes()
    assert read_manifest(bundle).zone == "Asia/Shanghai"
    assert read_manifest(bundle).licence is None


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.osm.pbf", "can't be read"),
        (b"not a map", "words.osm.pbf", "can't be read"),
        (b"<osm version='0.6'><node id='1' lon='", "cut.osm", "can't be read"),
        (b"<osm version='0.6'></osm>", "bare.osm", "no roads"),
        (b"<graphml", "cut.graphml", "can't be read"),
        (b"<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><graph/></graphml>", "bare.graphml", "no roads"),
        (b"a,b", "table.csv", "in no format known here"),
    ],
)  # fmt: skip
def test_a_bad_map_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, content: bytes, name: str, said: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(BadMap, match=said) as refused:
        build(Commission(source=source, out=tmp_path / "out"), silent)
    assert name in str(refused.value)
    assert str(refused.value).count("\n") == 0
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_build_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("dispatch110")
    source = bay.drawn(110) / "map.osm.pbf"
    building = subprocess.Popen(
        [command, "city", "build", source, "--out", tmp_path / "out"], stderr=subprocess.DEVNULL
    )
    while building.poll() is None and not list(tmp_path.glob(".out.*/roads")):
        time.sleep(0.01)
    building.terminate()
    assert building.wait() == 143
    assert list(tmp_path.iterdir()) == []


def test_a_map_that_is_not_there_and_a_bundle_that_is(tmp_path: Path, made: Path) -> None:
    with pytest.raises(BadMap, match=r"There is no map .*nowhere\.osm"):
        build(Commission(source=tmp_path / "nowhere.osm", out=tmp_path / "out"), silent)
    source = cities.write_map(tmp_path / "map.osm")
    with pytest.raises(BadBundle, match="exists already"):
        build(Commission(source=source, out=made), silent)


def test_bad_areas_are_named_and_leave_nothing(tmp_path: Path) -> None:
    source, areas = cities.write_map(tmp_path / "map.osm"), tmp_path / "areas.json"
    areas.write_bytes(b'{"type": "FeatureCollection", "features": []}')
    with pytest.raises(BadArea, match="no features"):
        build(Commission(source=source, out=tmp_path / "out", areas=areas), silent)
    assert {one.name for one in tmp_path.iterdir()} == {"map.osm", "areas.json"}


@pytest.mark.parametrize("name", ["tiles.pmtiles", "roads/lon.npy", "manifest.json", "ground.json"])
def test_a_damaged_bundle_is_noticed_before_it_is_served(made: Path, name: str) -> None:
    if name == "manifest.json":
        copy = made.with_name("renamed")
        shutil.copytree(made, copy)
        file = copy / name
        file.chmod(0o644)
        file.write_text(file.read_text(encoding="utf-8").replace("Gridtown", "Gritdown"), encoding="utf-8")
    else:
        copy = cities.damage(made, name)
    with pytest.raises(BadBundle, match="changed"):
        Atlas(copy)


def test_a_missing_file_or_no_bundle_at_all_is_said(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    (copy / "ground.json").unlink()
    with pytest.raises(BadBundle, match=r"ground\.json is missing"):
        Atlas(copy)
    with pytest.raises(BadBundle, match="not a city's bundle"):
        Atlas(tmp_path)


def test_a_bundle_is_found_by_its_checksum_in_a_folder_of_many(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "one")
    other, manifest = cities.bundle(tmp_path, "other")
    checksum = read_manifest(made).checksum
    assert find_bundle(tmp_path, checksum) == tmp_path / "one"
    assert find_bundle(tmp_path, manifest.checksum) == other
    assert find_bundle(other, checksum) is None
    assert find_bundle(tmp_path / "nowhere", checksum) is None


def test_a_data_directory_keeps_the_city_it_began_with(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "city"
    assert kept_copy(folder, made)
    assert read_manifest(folder) == read_manifest(made)
    newer, manifest = cities.bundle(
        tmp_path, "newer", name="Gridtown", places=({"amenity": "cafe", "name": "New"},)
    )
    assert kept_copy(folder, newer)
    assert Atlas(folder).manifest == manifest
    another, _ = cities.bundle(tmp_path, "Otherton")
    assert not kept_copy(folder, another)
    assert read_manifest(folder) == manifest
    assert kept_bay(folder, 110, silent) == manifest  # whoever starts without naming one goes on with it


def test_what_an_older_program_drew_becomes_a_bundle_of_the_same_city(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(bay.drawn(110), folder)
    manifest = kept_bay(folder, 7, silent)  # the seed of the first start holds, not that of this one
    assert manifest.files == read_manifest(cities.bay_bundle(110)).files
    assert [one.name for one in tmp_path.iterdir()] == ["city"]
