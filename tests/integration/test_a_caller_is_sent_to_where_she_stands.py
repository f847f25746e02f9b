"""Whatever datum a telephone speaks, its caller is shown, owned and gone to where she stands, not half a kilometre off."""

from pathlib import Path

import numpy as np
import pytest

from dispatch.runtime.positions import now_ms
from geo.coordinates import distance_m
from geo.datums import Datum, from_wgs84, to_wgs84
from geo.graphml import written_of
from tests.harness import patrols, town
from tests.harness.doors import Doors

NEAR_M = 0.5
SHE = (114.0485, 22.5401)
"""In the northern station's area; what a GCJ-02 telephone says lies in the southern one's."""


@pytest.mark.parametrize("datum", Datum)
async def test_a_caller_beside_a_border_is_dispatched_where_she_stands(doors: Doors, datum: Datum) -> None:
    lon, lat = from_wgs84(*SHE, datum)
    if datum in {Datum.GCJ02, Datum.BD09}:
        assert distance_m(lon, lat, *SHE) > 400
        assert lon > 114.05
    at = now_ms()
    live, units = doors.runtime.centre.live, doors.runtime.centre.units
    handles = [units[id_].handle for id_ in (town.N1, town.S1)]
    elsewhere = from_wgs84(*SHE, Datum.GCJ02)  # beside where a shifted position would be shown
    live.apply(patrols.frame(handles, [SHE[0], elsewhere[0]], [SHE[1] + 0.001, elsewhere[1]], at), at)
    incident = await doors.incident(place={"lon": lon, "lat": lat, "datum": datum})
    place = incident["place"]
    assert distance_m(place["lon"], place["lat"], *SHE) < NEAR_M
    assert incident["room"] == str(town.NORTH)
    seat = await doors.seat("dispatcher")
    shown = (await seat.get(f"/incidents/{incident['id']}/recommendation")).json()
    first = shown["waves"][0][0]
    assert first["unit_id"] == str(town.N1)
    assert abs(first["straight_m"] - distance_m(*SHE, SHE[0], SHE[1] + 0.001)) < 1.0
    order = {"orders": [{"unit_id": str(town.N1)}], "recommendation_id": shown["id"]}
    (job,) = (await seat.made(f"/incidents/{incident['id']}/assignments", order, 201))["items"]
    messages = (await seat.get(f"/assignments/{job['id']}/messages")).json()["items"]
    assert messages
    await seat.made(f"/assignments/{job['id']}/recall")
    located = (await seat.get("/locate", lon=lon, lat=lat, datum=datum)).json()
    assert located["rooms"][0]["id"] == str(town.NORTH)


@pytest.mark.real_data
@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_points_on_the_streets_of_futian_go_there_and_back_within_half_a_metre(
    shared_data: Path, datum: Datum
) -> None:
    written, _ = written_of(shared_data / "shenzhen_futian_osmnx.graphml")
    places = [(lon, lat) for _, lon, lat, _ in written.nodes]
    assert len(places) > 10_000
    away_m = []
    for lon, lat in places:
        shifted = from_wgs84(lon, lat, datum)
        assert distance_m(lon, lat, *shifted) > 300
        away_m.append(distance_m(lon, lat, *to_wgs84(*shifted, datum)))
    assert np.max(away_m) < NEAR_M
