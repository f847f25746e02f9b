"""Promise: a crew's link opens its unit and nothing else; a field supervisor moves the own units; a roll-call reaches who is asked."""

import asyncio
import json
from typing import Any

from httpx import AsyncClient

from tests.harness import town
from tests.harness.doors import API, Doors
from tests.harness.street import open_street
from tests.harness.waiting import GUARD_S
from web import auth


async def crew_of(doors: Doors, unit: Any = town.N1, room: Any = town.NORTH) -> AsyncClient:
    async with doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, unit, room)
    visitor = await doors.visitor()
    told = await visitor.get(link)
    assert (told.status_code, told.headers["location"]) == (303, "/unit")
    return visitor


async def test_a_link_of_a_unit_opens_that_unit(doors: Doors) -> None:
    crew = await crew_of(doors)
    session = (await crew.get(f"{API}/session")).json()
    assert (session["unit_id"], session["roles"], session["room_id"]) == (str(town.N1), ["unit"], None)
    token = {"X-CSRF-Token": session["csrf_token"]}
    words = {"text": "到了"}
    own = await crew.post(
        f"{API}/units/{town.N1}/message", json=words, headers=token | {"Idempotency-Key": "1"}
    )
    other = await crew.post(
        f"{API}/units/{town.N2}/message", json=words, headers=token | {"Idempotency-Key": "2"}
    )
    assert (own.status_code, own.json()["direction"], other.status_code) == (201, "from_unit", 404)


async def test_a_crew_reads_the_types_and_no_other_reference_data(doors: Doors) -> None:
    crew = await crew_of(doors)
    assert (await crew.get(f"{API}/admin/types")).json()["types"]
    for name in ("rooms", "call-points", "jurisdictions", "units", "users"):
        assert (await crew.get(f"{API}/admin/{name}")).status_code == 403, name


async def test_a_field_supervisor_moves_units_of_the_own_room_and_no_others(doors: Doors) -> None:
    supervisor = await doors.seat("supervisor", of=town.NORTH)
    first, second = await doors.incident(), await doors.incident(place={"lon": 114.021, "lat": 22.541})
    made = await supervisor.made(
        f"/incidents/{first['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201
    )
    assignment = made["items"][0]["id"]
    assert (await supervisor.made(f"/assignments/{assignment}/recall", {"reason": "就近"}))[
        "state"
    ] == "recalled"
    await supervisor.made(
        f"/incidents/{second['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201
    )
    strange = await supervisor.post(
        f"/incidents/{second['id']}/assignments", {"orders": [{"unit_id": str(town.S1)}]}
    )
    assert (strange.status_code, strange.json()["code"]) == (403, "not_allowed")
    south = await doors.incident(place={"lon": 114.08, "lat": 22.54})
    outside = await supervisor.post(
        f"/incidents/{south['id']}/assignments", {"orders": [{"unit_id": str(town.N2)}]}
    )
    assert outside.status_code in (403, 404)


async def test_a_roll_call_reaches_the_crews_that_are_asked_and_no_others(doors: Doors) -> None:
    supervisor = await doors.seat("supervisor", of=town.NORTH)
    async with open_street(doors) as street:
        seats = [await doors.seat("unit", of=unit, kind="unit") for unit in (town.N1, town.S1)]
        async with street.as_seat(seats[0]) as asked, street.as_seat(seats[1]) as other:
            for socket in (asked, other):
                await socket.send(json.dumps({"subscribe": {}}))
                await until(socket, "snapshot")
            roll = await supervisor.made("/roll-calls", {}, 201)
            event = await until(asked, "event")
            assert (event["noun"], event["id"], event["fact"]) == ("roll_call", roll["id"], "called")
            await seats[0].made(f"/units/{town.N1}/checked")
            answered = await supervisor.get(f"/roll-calls/{roll['id']}")
            assert {u["call_sign"]: u["answered_at"] is not None for u in answered.json()["units"]} == {
                "118": True,
                "119": False,
            }
            await seats[1].made(f"/units/{town.S1}/message", {"text": "x"}, 201)
            assert (await until(other, "event"))["noun"] == "message"


async def until(socket: Any, kind: str) -> dict[str, Any]:
    """The next message of that kind."""
    async with asyncio.timeout(GUARD_S):
        while True:
            text = await socket.recv()
            if isinstance(text, str) and kind in (message := json.loads(text)):
                told: dict[str, Any] = message[kind]
                return told
