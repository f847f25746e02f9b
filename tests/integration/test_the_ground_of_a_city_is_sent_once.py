"""Promise: the ground under the map is one small document, sent once, and a replica without a map says so."""

import gzip

import msgspec
import pytest

from dispatch.cities.beats import Beat, Beats
from geo.atlas import Atlas
from tests.harness import cities
from tests.harness.doors import API, Doors


@pytest.fixture
def mapped(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Doors:
    monkeypatch.setattr(doors.runtime.atlases, "atlas", Atlas(cities.bay_bundle(110)))
    return doors


async def test_who_reads_reference_data_gets_the_drawing_and_who_has_it_is_told_so(mapped: Doors) -> None:
    seat = await mapped.seat("dispatcher")
    told = await seat.get("/ground")
    assert told.status_code == 200, told.text
    drawing = told.json()
    assert {
        "sea",
        "water",
        "green",
        "rails",
        "streets",
        "places",
        "bounds",
        "origin",
        "unit",
        "credit",
    } == set(drawing)
    assert len(gzip.compress(told.content)) < 300_000
    assert told.headers["content-encoding"] == "gzip"
    assert "max-age" in told.headers["cache-control"]
    again = await seat.client.get(f"{API}/ground", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = await seat.client.get(f"{API}/ground", headers={"Accept-Encoding": "identity"})
    assert plain.json() == drawing


async def test_a_tile_is_sent_packed_and_who_has_it_is_told_so(mapped: Doors) -> None:
    seat = await mapped.seat("dispatcher")
    where = cities.tile_of(12, *cities.middle_of(cities.bay_bundle(110)))
    told = await seat.get("/tiles/{}/{}/{}".format(*where))
    assert told.status_code == 200, told.text
    assert (told.headers["content-encoding"], told.headers["content-type"]) == (
        "gzip",
        "application/vnd.mapbox-vector-tile",
    )
    for layer in (b"streets", b"ocean", b"place_labels", b"water_polygons"):
        assert layer in told.content  # which the client has unpacked
    headers = {"If-None-Match": told.headers["etag"]}
    again = await seat.client.get(f"{API}/tiles/12/0/0", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    sea = await seat.get("/tiles/12/0/0")
    assert (sea.status_code, sea.content) == (204, b"")
    assert (await seat.get("/tiles/12/a/0")).status_code == 404


async def test_whoever_draws_a_map_is_told_what_tiles_there_are_and_whom_to_credit(
    mapped: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = await mapped.seat("dispatcher")
    told = await seat.get("/tiles")
    assert told.status_code == 200, told.text
    tile_set, atlas = told.json(), mapped.runtime.atlases.atlas
    assert atlas is not None
    assert (tile_set["minzoom"], tile_set["maxzoom"]) == (atlas.tiles.lowest, atlas.tiles.highest)
    assert tile_set["bounds"] == list(atlas.manifest.bounds)
    assert tile_set["attribution"] is None  # our own invention
    z, x, y = cities.tile_of(tile_set["maxzoom"], *cities.middle_of(cities.bay_bundle(110)))
    path = tile_set["tiles"][0].replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))
    assert (await seat.client.get(path)).status_code == 200
    headers = {"If-None-Match": told.headers["etag"]}
    again = await seat.client.get(f"{API}/tiles", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    credited = msgspec.structs.replace(
        atlas.manifest, licence="\N{COPYRIGHT SIGN} OpenStreetMap contributors"
    )
    monkeypatch.setattr(atlas, "manifest", credited)
    assert (await seat.get("/tiles")).json()["attribution"] == credited.licence


async def test_beats_are_told_with_their_ground(mapped: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
    monkeypatch.setattr(
        mapped.runtime.atlases._centre, "beats", Beats([(Beat("B1", "一号巡段", "NB"), square)])
    )
    seat = await mapped.seat("dispatcher")
    told = (await seat.get("/admin/beats.geojson")).json()
    assert told["features"] == [
        {
            "type": "Feature",
            "properties": {"code": "B1", "name": "一号巡段", "room": "NB"},
            "geometry": square,
        }
    ]


async def test_a_gateway_has_no_business_with_it(mapped: Doors) -> None:
    seat = await mapped.seat("gateway", of="sim", kind="gateway")
    assert (await seat.get("/ground")).status_code == 403
    assert (await seat.get("/tiles")).status_code == 403
    assert (await seat.get("/admin/beats.geojson")).status_code == 403
    assert (await seat.get("/tiles/12/0/0")).status_code == 403


async def test_a_replica_without_a_map_says_so(doors: Doors) -> None:
    told = await (await doors.seat("dispatcher")).get("/tiles")
    assert (told.status_code, told.content) == (204, b"")
    told = await (await doors.seat("dispatcher")).get("/ground")
    assert (told.status_code, told.content) == (204, b"")
    told = await (await doors.seat("dispatcher")).get("/tiles/12/0/0")
    assert told.status_code == 404
    assert "build a bundle" in told.json()["detail"]
