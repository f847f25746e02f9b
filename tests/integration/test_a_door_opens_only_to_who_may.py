"""Promise: deny by default; each seat sees and does what its roles and rooms allow, and a revoked key is out at once."""

import asyncio
from uuid import uuid4

import pytest

from tests.harness import town
from tests.harness.doors import API, Doors
from tests.harness.waiting import GUARD_S
from web import auth, store


async def test_without_a_key_nothing_is_said(doors: Doors) -> None:
    visitor = await doors.visitor()
    told = await visitor.get(f"{API}/incidents")
    assert told.status_code == 401
    assert told.headers["www-authenticate"] == "Bearer"
    assert told.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic YTpi", "Bearer " + "x" * 5000])
async def test_a_wrong_key_is_no_key(doors: Doors, header: str) -> None:
    visitor = await doors.visitor({"Authorization": header})
    assert (await visitor.get(f"{API}/units")).status_code == 401


async def test_only_a_digest_of_the_key_is_kept(doors: Doors) -> None:
    seat = await doors.seat("leader")
    async with doors.runtime.pool.acquire() as conn:
        kept = await conn.fetch("SELECT to_jsonb(k)::text FROM api_key k")
    assert kept
    assert not [row for row in kept if seat.secret in row[0]]


async def test_a_revoked_key_is_out_within_seconds(doors: Doors) -> None:
    async with doors.runtime.pool.acquire() as conn:
        issued = await auth.issue_key(conn, "short", ["dispatcher"], town.CITY)
    visitor = await doors.visitor({"Authorization": f"Bearer {issued.secret}"})
    assert (await visitor.get(f"{API}/units")).status_code == 200
    async with doors.runtime.pool.acquire() as conn:
        assert await store.revoke_key(conn, issued.id)
    async with asyncio.timeout(GUARD_S):
        while (await visitor.get(f"{API}/units")).status_code != 401:
            await asyncio.sleep(0.1)


async def test_a_renewed_key_is_the_same_principal(doors: Doors) -> None:
    async with doors.runtime.pool.acquire() as conn:
        first = await auth.issue_key(conn, "renewed", ["dispatcher"], town.CITY)
        second = await auth.issue_key(conn, "renewed", ["dispatcher"], town.CITY, id_=first.id)
    old = await doors.visitor({"Authorization": f"Bearer {first.secret}"})
    new = await doors.visitor({"Authorization": f"Bearer {second.secret}"})
    assert (await old.get(f"{API}/session")).status_code == 401
    assert (await new.get(f"{API}/session")).json()["principal"] == f"key:{first.id}"


async def test_a_role_that_never_may_is_told_so(doors: Doors) -> None:
    incident = await doors.incident()
    reviewer = await doors.seat("reviewer")
    told = await reviewer.post(
        f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}
    )
    assert (told.status_code, told.json()["code"]) == (403, "not_allowed")


async def test_a_gateway_reports_but_reads_nothing(doors: Doors) -> None:
    gateway = await doors.seat("gateway", of="sim", kind="gateway")
    told = await gateway.made("/alarms", {"source": "panel", "place": {"lon": 114.01, "lat": 22.53}}, 201)
    assert told["candidates"] == []
    assert (await gateway.get("/incidents")).status_code == 403
    assert (await gateway.get(f"/incidents/{told['incident']['id']}")).status_code == 403


async def test_another_rooms_incident_is_not_there(doors: Doors) -> None:
    incident = await doors.incident()
    south = await doors.seat("dispatcher", of=town.SOUTH)
    north = await doors.seat("dispatcher", of=town.NORTH)
    assert (await north.get(f"/incidents/{incident['id']}")).status_code == 200
    assert (await south.get(f"/incidents/{incident['id']}")).status_code == 404
    assert (await south.get(f"/incidents/{incident['id']}/timeline")).status_code == 404
    assert (await south.post(f"/incidents/{incident['id']}/close")).status_code == 404
    listed = (await south.get("/incidents", limit=500)).json()["items"]
    assert incident["id"] not in [one["id"] for one in listed]


async def test_a_room_sees_units_of_its_own_and_below(doors: Doors) -> None:
    city, north = await doors.seat("dispatcher"), await doors.seat("dispatcher", of=town.NORTH)
    assert {u["call_sign"] for u in (await city.get("/units")).json()["items"]} == {
        "118",
        "119",
        "218",
        "219",
    }
    assert {u["call_sign"] for u in (await north.get("/units")).json()["items"]} == {"118", "119"}
    assert (await north.get(f"/units/{town.S1}")).status_code == 404


async def test_a_unit_sees_itself_and_what_it_was_ordered_to(doors: Doors) -> None:
    ordered, other = await doors.incident(), await doors.incident()
    dispatcher, unit = await doors.seat("dispatcher"), await doors.seat("unit", of=town.N2, kind="unit")
    order = {"orders": [{"unit_id": str(town.N2)}]}
    made = await dispatcher.made(f"/incidents/{ordered['id']}/assignments", order, 201)
    assert [i["id"] for i in (await unit.get("/incidents")).json()["items"]] == [ordered["id"]]
    assert (await unit.get(f"/incidents/{other['id']}")).status_code == 404
    assert [u["call_sign"] for u in (await unit.get("/units")).json()["items"]] == ["119"]
    assignment = made["items"][0]["id"]
    assert (await unit.get(f"/assignments/{assignment}")).json()["state"] == "ordered"
    stranger = await doors.seat("unit", of=town.S2, kind="unit")
    assert (await stranger.post(f"/assignments/{assignment}/accept")).status_code == 404
    assert (await stranger.get(f"/assignments/{assignment}")).status_code == 404
    await dispatcher.made(f"/assignments/{assignment}/recall")


async def test_what_is_not_there_is_not_found(doors: Doors) -> None:
    seat = await doors.seat("leader")
    for path in ("incidents", "units", "assignments"):
        told = await seat.get(f"/{path}/{uuid4()}")
        assert (told.status_code, told.json()["code"]) == (404, "not_found"), path
        assert (await seat.get(f"/{path}/not-an-id")).status_code == 404
    assert (await seat.post(f"/incidents/{uuid4()}/nothing")).status_code == 404
    assert (await seat.post("/healthz")).status_code == 404
