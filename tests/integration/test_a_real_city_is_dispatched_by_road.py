"""Five real cities, each from its file as it came: built, activated, manned, and one incident driven to closure by road."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from dispatch.driving import ByRoad
from dispatch.runtime.bootstrap import Runtime, open_runtime
from dispatch.runtime.positions import now_ms
from dispatch.runtime.seeding import activate, plant
from dispatch.runtime.settings import Settings
from dispatch.seeds.bundling import Commission, build
from dispatch.seeds.city import City
from dispatch.seeds.reading import read_city
from tests.harness import patrols
from tests.harness.cities import silent
from tests.harness.doors import PATIENCE_S, Doors, Seat, front_of
from units.roll import Filter

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

UNITS = 40
SHENZHEN = {"areas": "shenzhen_districts_wgs84.json", "divisions": "shenzhen_divisions"}
CITIES: dict[str, tuple[str, dict[str, str], str]] = {
    "baltimore": ("baltimore.osm.pbf", {}, "America/New_York"),
    "monaco": ("monaco.osm.pbf", {}, "Europe/Paris"),
    "porto": ("porto_portugal.osm.pbf", {}, "Europe/Lisbon"),
    "campo grande": ("campo-grande.osm.gz", {}, "America/Campo_Grande"),
    "futian": ("shenzhen_futian_osmnx.graphml", SHENZHEN, "Asia/Shanghai"),
}
FORM = {
    "kind": "final",
    "result": "handled",
    "text": "已处理",
    "people": [{"name": "李四", "number": "13800000000"}],
}


class Served:
    """A real city with its doors open and everybody at their places."""

    def __init__(self, doors: Doors, city: City) -> None:
        self.doors, self.city = doors, city

    async def seat(self, role: str) -> Seat:
        return await self.doors.seat(role, of=self.city.root.id)

    @property
    def runtime(self) -> Runtime:
        return self.doors.runtime

    def somewhere(self, seed: int) -> tuple[float, float]:
        """A place near a street from which one gets anywhere."""
        roads = self.runtime.roads.roads
        assert roads is not None
        lon, lat = roads.corners[Random(seed).randrange(len(roads.corners))].tolist()
        return round(lon + 2e-5, 6), round(lat + 2e-5, 6)


@pytest.fixture(scope="module", params=CITIES)
async def served(
    request: pytest.FixtureRequest,
    shared_data: Path,
    databases: Any,
    servers: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Served]:
    file, more, zone = CITIES[request.param]
    folder = tmp_path_factory.mktemp("real")
    given: dict[str, Any] = {key: shared_data / name for key, name in more.items()}
    out = folder / "bundle"
    manifest = build(Commission(source=shared_data / file, out=out, name=request.param, **given), silent)
    assert (manifest.zone, manifest.licence) == (zone, "© OpenStreetMap contributors")
    key = folder / "master.key"
    key.write_bytes(bytes(range(32)))
    async with databases.copy() as url, AsyncExitStack() as stack:
        settings = Settings(
            database_url=url,
            nats_url=servers.nats_url,
            master_key_file=key,
            city=out,
            pool_size=8,
            engine_pool_size=4,
        )
        city = read_city(out, UNITS, 110)
        assert await plant(settings, city)
        assert await activate(url, out)
        runtime = await stack.enter_async_context(open_runtime(settings))
        runtime.roads.patience_s = PATIENCE_S
        placed = [(unit.id, unit.lon, unit.lat) for unit in city.units if unit.lon is not None]
        handles = [runtime.centre.units[id_].handle for id_, _, _ in placed]
        at = now_ms()
        frame = patrols.frame(handles, [lon for _, lon, _ in placed], [lat for _, _, lat in placed], at)  # type: ignore[misc]
        runtime.centre.live.apply(frame, at)
        with front_of(runtime) as app:
            yield Served(Doors(runtime, app, stack), city)


async def test_stations_share_the_city_and_the_map_is_served(served: Served) -> None:
    seat = await served.seat("dispatcher")
    stations = [room for room in served.city.rooms if room.tier == "station"]
    assert len(stations) >= 3
    assert {one.room_id for one in served.city.jurisdictions} == {room.id for room in stations}
    ground = (await seat.get("/ground")).json()
    assert ground["credit"] == "© OpenStreetMap contributors"
    assert len(ground["streets"]) > 300


async def test_an_incident_is_driven_to_closure_by_road(served: Served) -> None:
    taker, dispatcher, reviewer = (
        await served.seat("call_taker"), await served.seat("dispatcher"), await served.seat("reviewer"),
    )  # fmt: skip
    lon, lat = served.somewhere(5)
    told = await taker.made(
        "/alarms", {"source": "call", "type": "100100", "place": {"lon": lon, "lat": lat}}, 201
    )
    incident = told["incident"]
    path = f"/incidents/{incident['id']}"
    assert incident["room"] in {str(one.room_id) for one in served.city.jurisdictions}
    shown = (await dispatcher.get(f"{path}/recommendation", units=3)).json()
    assert shown["basis"] == "road"
    rows = shown["waves"][0]
    scores = [row["score_s"] for row in rows]
    assert scores == sorted(scores)
    first = rows[0]
    assert first["road_m"] >= first["straight_m"] * 0.99
    assert np.allclose(first["route"][-1], [lon, lat], atol=1e-5)
    order = {"orders": [{"unit_id": first["unit_id"]}], "recommendation_id": shown["id"]}
    (assignment,) = (await dispatcher.made(f"{path}/assignments", order, 201))["items"]
    assert assignment["promised_at"] is not None
    job = f"/assignments/{assignment['id']}"
    unit = await served.doors.seat("unit", of=first["unit_id"], kind="unit")
    for step in ("deliver", "accept", "en-route", "on-scene"):
        await unit.made(f"{job}/{step}")
    await unit.made(f"{job}/clear", {"result": "handled"})
    await unit.made(f"{job}/feedback", FORM)
    await reviewer.made(f"{path}/review", {"accept": True})
    seen = (await dispatcher.get(path)).json()
    await reviewer.made(f"/alarms/{seen['alarms'][0]['id']}/call-back", {"outcome": "satisfied"})
    assert (await reviewer.made(f"{path}/close"))["state"] == "closed"


async def test_every_free_unit_has_its_exact_time(served: Served) -> None:
    """What a search widened only until enough are found says, a search of the whole city says too."""
    roads = served.runtime.roads.roads
    assert roads is not None
    for seed in range(10):
        goal = served.somewhere(seed)
        around = served.runtime.centre.live.around(*goal, Filter())
        some = ByRoad(around).search(roads, goal, 2, 3)
        all_ = ByRoad(around).search(roads, goal, 2, 10**9)
        near = some.eta_s <= some.reached_s
        assert np.allclose(some.eta_s[near], all_.eta_s[near], rtol=0, atol=1e-3)
        assert not (all_.eta_s[~near] <= some.reached_s).any()
        assert np.count_nonzero(~np.isnan(all_.eta_s)) >= 20
