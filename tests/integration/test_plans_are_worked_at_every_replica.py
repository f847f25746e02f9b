"""Plan promise at the doors: what is pushed, put in or done at one replica stands at all; a cordon is drawn as it was shown."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dispatch.folds import FOLDS
from dispatch.plans.file import shipped
from dispatch.runtime.embedded import Embedded
from dispatch.seeds.bundling import Commission, build
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.cities import silent
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.drawn_town import DrawnTown
from tests.harness.street import open_street
from tests.harness.waiting import until
from tests.integration.test_the_live_feed_over_a_real_socket import hear, subscribe
from units.frames import Frame

GUARD_S = 60
ROWS = ("ABCDE", "FGHIJ", "KLMNO", "PQRST", "UVWXY")
GRID = DrawnTown(
    "\n".join("   ".join(row) for row in ROWS),
    {row: {"name": f"{n}横路"} for n, row in enumerate(ROWS, 1)}
    | {"".join(column): {"name": f"{n}纵路"} for n, column in enumerate(zip(*ROWS, strict=True), 1)},
)
WHERE = {
    town.N1.int: GRID.at["A"],
    town.N2.int: GRID.at["E"],
    town.S1.int: GRID.at["U"],
    town.S2.int: GRID.at["Y"],
}
PURSUIT, ASSAULT = "300300", "200310"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build(Commission(source=GRID.write(folder / "town.osm.pbf"), out=folder / "bundle"), silent)
    return folder / "bundle"


@pytest.fixture(scope="module")
async def two(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory, city: Path
) -> AsyncIterator[tuple[Doors, Doors]]:
    folder = tmp_path_factory.mktemp("two")
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, folder, city) as here,
            open_replica(url, servers.nats_url, folder, city) as there,
        ):
            yield here, there
        await remove_streams(servers.nats_url)


async def see(doors: Doors) -> None:
    """Let the units be where they are, now by the database's clock."""
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    nothing = np.full(len(WHERE), np.nan, np.float32)
    frame = Frame(
        np.array(list(WHERE), np.uint32), np.full(len(WHERE), now, np.int64),
        np.array([lon for lon, _ in WHERE.values()]), np.array([lat for _, lat in WHERE.values()]),
        nothing, nothing, nothing,
    )  # fmt: skip
    doors.runtime.centre.live.apply(frame, now)


async def plans(seat: Seat, incident: dict[str, Any]) -> Any:
    return (await seat.get(f"/incidents/{incident['id']}/plans")).json()


async def opened(doors: Doors, type_: str) -> dict[str, Any]:
    lon, lat = GRID.at["M"]
    return await doors.incident(type=type_, place={"lon": lon, "lat": lat, "address": "中心路口"})


async def active(seat: Seat, incident: dict[str, Any]) -> dict[str, Any]:
    """Wait until the engine has looked at it; its first plan."""
    told = await until(lambda: plans(seat, incident), lambda told: bool(told["plans"]))
    plan: dict[str, Any] = told["plans"][0]
    return plan


async def test_a_pushed_plan_shows_on_the_row_and_is_activated_by_one_key(two: tuple[Doors, Doors]) -> None:
    here, there = two
    seat, elsewhere = await here.seat("dispatcher"), await there.seat("dispatcher")
    incident = await opened(here, PURSUIT)
    plan = await active(elsewhere, incident)
    assert (plan["code"], plan["state"]) == ("pursuit", "proposed")
    row = (await seat.get(f"/incidents/{incident['id']}")).json()["plans"]
    assert [(one["code"], one["state"], one["tasks_total"]) for one in row] == [("pursuit", "proposed", 0)]
    body = {"code": "pursuit"}
    made = await elsewhere.made(f"/incidents/{incident['id']}/plans", body, 201, key="one-key")
    again = await elsewhere.made(f"/incidents/{incident['id']}/plans", body, 201, key="one-key")
    assert (made["state"], again["id"]) == ("active", made["id"] == plan["id"] and plan["id"])
    row = (await seat.get(f"/incidents/{incident['id']}")).json()["plans"]
    assert row[0]["tasks_standing"] == row[0]["tasks_total"] == len(shipped().by_code["pursuit"].steps)
    assert row[0]["due_at"] is not None
    assert (await seat.post(f"/incidents/{incident['id']}/plans", {"code": "nonsense"})).status_code == 404
    reviewer = await here.seat("reviewer")
    assert (await reviewer.post(f"/incidents/{incident['id']}/plans", body)).status_code == 403


async def test_two_who_do_one_task_at_two_replicas_do_it_once(two: tuple[Doors, Doors]) -> None:
    here, there = two
    seat, elsewhere = await here.seat("leader"), await there.seat("leader")
    plan = await active(seat, await opened(here, ASSAULT))
    task = next(one for one in plan["tasks"] if one["key"] == "contact")
    path, body = f"/tasks/{task['id']}", {"state": "done", "text": "民警轻伤"}
    told = await asyncio.gather(*(one.patch(path, body, task["version"]) for one in (seat, elsewhere)))
    assert sorted(one.status_code for one in told) == [200, 412]
    shown = (await seat.get(path)).json()
    assert (shown["state"], shown["text"], shown["reason"]) == ("done", "民警轻伤", None)
    assert (await seat.patch(path, body)).status_code == 428


async def test_a_report_comes_with_its_draft_and_is_signed_with_its_text(two: tuple[Doors, Doors]) -> None:
    here, _ = two
    seat = await here.seat("dispatcher", "leader")
    incident = await opened(here, ASSAULT)
    order = {"orders": [{"unit_id": str(town.N1)}]}
    (job,) = (await seat.made(f"/incidents/{incident['id']}/assignments", order, 201))["items"]
    plan = await active(seat, incident)
    task = next(one for one in plan["tasks"] if one["stage"] == "first")
    shown = (await seat.get(f"/tasks/{task['id']}")).json()
    draft = shown["draft"]
    for said in (incident["number"], "首报", "暴力袭警", "中心路口", "派警118"):
        assert said in draft["zh"], draft["zh"]
    for said in (incident["number"], "First report", "Assault on an officer", "118 ordered"):
        assert said in draft["en"], draft["en"]
    signed = await seat.patch(
        f"/tasks/{task['id']}", {"state": "done", "text": draft["zh"]}, shown["version"]
    )
    assert signed.status_code == 200, signed.text
    assert (signed.json()["text"], signed.json()["draft"]) == (draft["zh"], None)
    await seat.made(f"/assignments/{job['id']}/recall", {"reason": "改派"})


async def test_a_cordon_is_shown_kept_and_drawn_with_a_task_for_each_point(two: tuple[Doors, Doors]) -> None:
    here, there = two
    for doors in two:
        await see(doors)
    seat, elsewhere = await here.seat("dispatcher"), await there.seat("dispatcher")
    incident = await opened(here, PURSUIT)
    path = f"/incidents/{incident['id']}"
    plan = await seat.made(f"{path}/plans", {"code": "pursuit"}, 201)
    told = await seat.get(f"{path}/cordon", minutes=0.6, lead_s=5)
    assert told.status_code == 200, told.text
    cordon = told.json()
    assert [one["n"] for one in cordon["points"]] == list(range(1, len(cordon["points"]) + 1))
    assert all("×" in one["name"] for one in cordon["points"])
    dealt = [one["unit_id"] for one in cordon["points"] if one["unit_id"]]
    assert len(dealt) == len(set(dealt)) > 0
    assert cordon["late"] == sum(not one["in_time"] for one in cordon["points"])
    made = await elsewhere.made(f"{path}/cordon", {"cordon_id": cordon["id"], "points": [1, 2]}, 201)
    assert [one["place"]["name"] for one in made["items"]] == [one["name"] for one in cordon["points"][:2]]
    assert [one["unit_id"] for one in made["items"]] == [one["unit_id"] for one in cordon["points"][:2]]
    tasks = {one["id"]: one for one in (await plans(seat, incident))["plans"][0]["tasks"]}
    asking = next(one for one in tasks.values() if one["kind"] == "cordon")
    assert (asking["state"], asking["by_itself"], asking["plan_id"]) == ("done", True, plan["id"])
    assert {tasks[one["id"]]["parent_id"] for one in made["items"]} == {asking["id"]}
    other = await opened(here, PURSUIT)
    wrong = await seat.post(f"/incidents/{other['id']}/cordon", {"cordon_id": cordon["id"]})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "recommendation_changed")
    assert (await seat.get(f"{path}/cordon", minutes=99)).status_code == 400
    assert (await seat.post(f"{path}/cordon", {"cordon_id": cordon["id"], "points": [77]})).status_code == 400


async def test_plans_that_are_put_in_hold_at_every_replica(two: tuple[Doors, Doors]) -> None:
    here, there = two
    admin, leader = await here.seat("admin"), await there.seat("leader")
    told = await admin.get("/admin/plans")
    file, etag = told.json(), told.headers["etag"]
    assert len(file["plans"]) == 14
    assert (await leader.put("/admin/plans", file, etag)).status_code == 403
    assert (await admin.put("/admin/plans", file)).status_code == 428
    broken = {"plans": [file["plans"][0] | {"steps": [file["plans"][0]["steps"][0] | {"tier": "province"}]}]}
    refused = await admin.put("/admin/plans", broken, etag)
    assert refused.status_code == 400
    assert "step" in refused.json()["detail"]
    assert "province" in refused.json()["detail"]
    fewer = {"plans": [one for one in file["plans"] if one["code"] != "pursuit"]}
    put = await admin.put("/admin/plans", fewer, etag)
    assert put.status_code == 200, put.text
    assert (await admin.put("/admin/plans", fewer, etag)).status_code == 412

    async def known() -> int:
        return there.runtime.centre.plans.version

    await until(known, lambda version: version == int(put.headers["etag"].strip('"')))
    incident = await opened(there, PURSUIT)
    assert (await leader.post(f"/incidents/{incident['id']}/plans", {"code": "pursuit"})).status_code == 404
    assert (await admin.put("/admin/plans", file, put.headers["etag"])).status_code == 200


async def test_seats_hear_of_plans_and_tasks_as_they_happen(two: tuple[Doors, Doors]) -> None:
    here, there = two
    below = await there.seat("dispatcher", of=town.NORTH)
    lon, lat = GRID.at["M"]
    async with open_street(there) as street, street.as_seat(below) as socket:
        await subscribe(socket, town.NORTH)
        await hear(socket, "snapshot")
        incident = await here.incident(type=ASSAULT, place={"lon": lon, "lat": lat})
        told: list[dict[str, Any]] = []
        async with asyncio.timeout(GUARD_S):
            while "contact" not in {one["now"]["key"] for one in told if one["noun"] == "task"}:
                event = await hear(socket, "event")
                if (
                    event["noun"] in ("plan", "task")
                    and (event["now"] or {}).get("incident_id") == incident["id"]
                ):
                    told.append(event)
        plan = next(one for one in told if (one["noun"], one["fact"]) == ("plan", "proposed"))
        assert plan["now"]["code"] == "assault_on_officer"
        rooms = {one["now"]["room"] for one in told if one["noun"] == "task"}
        assert rooms == {incident["room"]}  # never one of the city


async def test_everything_that_was_done_is_proven_by_its_facts(two: tuple[Doors, Doors]) -> None:
    here, _ = two
    async with here.runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
