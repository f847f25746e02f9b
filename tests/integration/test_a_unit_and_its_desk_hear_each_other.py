"""Doors promise: what a unit says and is told goes through HTTP and the live feed, its own key included, and no further."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from websockets.asyncio.client import ClientConnection

from tests.harness import town
from tests.harness.doors import Doors, Seat
from tests.harness.street import Street, open_street
from tests.harness.town import N1, N2, S1, SOUTH
from tests.harness.waiting import GUARD_S


@pytest.fixture
async def outside(doors: Doors) -> AsyncIterator[Street]:
    async with open_street(doors) as opened:
        yield opened


async def unit_seat(doors: Doors, unit: UUID) -> Seat:
    return await doors.seat("unit", of=unit, kind="unit")


async def hear(socket: ClientConnection, kind: str) -> Any:
    async with asyncio.timeout(GUARD_S):
        while True:
            message = await socket.recv()
            content = {} if isinstance(message, bytes) else json.loads(message)
            if kind in content:
                return content[kind]


async def hear_fact(socket: ClientConnection, noun: str, fact: str, id_: str | None = None) -> dict[str, Any]:
    while True:
        event: dict[str, Any] = await hear(socket, "event")
        if (event["noun"], event["fact"]) == (noun, fact) and id_ in (None, event["id"]):
            return event


async def ordered(doors: Doors, unit: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """A fresh incident with the unit on it, and its assignment."""
    incident = await doors.incident()
    dispatcher = await doors.seat("dispatcher")
    made = await dispatcher.made(
        f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(unit)}]}, 201
    )
    return incident, made["items"][0]


async def test_an_urgent_note_has_a_lamp_for_each_unit_which_the_unit_turns_on(doors: Doors) -> None:
    incident, job = await ordered(doors, N1)
    dispatcher = await doors.seat("dispatcher")
    note = await dispatcher.made(
        f"/incidents/{incident['id']}/notes", {"kind": "hazard", "text": "有刀", "urgent": True}, 201
    )
    assert [(lamp["unit_id"], lamp["read_at"]) for lamp in note["reads"]] == [(str(N1), None)]
    seat = await unit_seat(doors, N1)
    read = await seat.made(f"/notes/{note['id']}/read")
    assert read["reads"][0]["read_at"] is not None
    timeline = (await dispatcher.get(f"/incidents/{incident['id']}/timeline")).json()["items"]
    assert [row["fact"] for row in timeline if row["noun"] == "note_read"] == ["sent", "read"]
    [noted] = [row for row in timeline if row["fact"] == "noted"]
    assert noted["reads"][0]["read_at"] is not None
    assert (await (await unit_seat(doors, N2)).post(f"/notes/{note['id']}/read")).status_code == 404
    await dispatcher.made(f"/assignments/{job['id']}/recall")


async def test_an_emergency_shows_on_unit_incident_and_neighbours_and_is_reset_by_voice(doors: Doors) -> None:
    incident, job = await ordered(doors, N1)
    dispatcher = await doors.seat("dispatcher")
    body = {"lon": 114.0499, "lat": 22.54}
    seat = await unit_seat(doors, N1)
    key = str(uuid4())
    made = await seat.made(f"/units/{N1}/emergency", body, 201, key=key)
    assert await seat.made(f"/units/{N1}/emergency", body, 201, key=key) == made  # the same press once more
    assert (made["presses"], made["fix"]["age_s"], made["call_sign"]) == (1, 0.0, "118")
    south = await doors.seat("dispatcher", of=SOUTH)
    assert made["id"] in [e["id"] for e in (await south.get("/emergencies")).json()["items"]]
    assert (await south.get(f"/units/{N1}")).status_code == 404
    assert (await dispatcher.get(f"/units/{N1}")).json()["emergency_id"] == made["id"]
    shown = (await dispatcher.get(f"/incidents/{incident['id']}")).json()
    assert [e["id"] for e in shown["emergencies"]] == [made["id"]]
    assert (shown["alerts"][0]["rule"], shown["alerts"][0]["on"]) == ("emergency", "118")
    refused = await dispatcher.post(f"/units/{N1}/reset-emergency", {"voice_contact": False})
    assert (refused.status_code, refused.json()["field"]) == (400, "voice_contact")
    assert (await seat.post(f"/units/{N1}/reset-emergency", {"voice_contact": True})).status_code == 403
    over = await dispatcher.made(f"/units/{N1}/reset-emergency", {"voice_contact": True, "presses": 1})
    assert over["reset_at"] is not None
    assert made["id"] not in [e["id"] for e in (await south.get("/emergencies")).json()["items"]]
    assert made["id"] in [
        e["id"] for e in (await south.get("/emergencies", standing="false")).json()["items"]
    ]
    await dispatcher.made(f"/assignments/{job['id']}/recall")


async def test_backup_raises_an_alert_with_whom_to_send_and_goes_when_they_are_sent(doors: Doors) -> None:
    incident, job = await ordered(doors, N1)
    dispatcher = await doors.seat("dispatcher")
    asked = await (await unit_seat(doors, N1)).made(f"/units/{N1}/backup", {"count": 1, "text": "人多"}, 201)
    assert (asked["wanted"], asked["text"], asked["recommendation_id"] is not None) == (1, "人多", True)
    shown = (await dispatcher.get(f"/incidents/{incident['id']}")).json()
    assert [(a["rule"], a["said"]["en"]["what"]) for a in shown["alerts"]] == [
        ("backup", "118 asks for 1 more, 0 sent")
    ]
    timeline = (await dispatcher.get(f"/incidents/{incident['id']}/timeline")).json()["items"]
    assert [(row["fact"], row["text"]) for row in timeline if row["noun"] == "backup"] == [("asked", "人多")]
    orders = {"orders": [{"unit_id": str(S1)}], "recommendation_id": asked["recommendation_id"]}
    more = await dispatcher.made(f"/incidents/{incident['id']}/assignments", orders, 201)
    shown = (await dispatcher.get(f"/incidents/{incident['id']}")).json()
    assert (shown["backups"], shown["alerts"]) == ([], [])
    for one in (job, more["items"][0]):
        await dispatcher.made(f"/assignments/{one['id']}/recall")


async def test_the_roll_is_called_in_one_act_and_shows_who_is_silent(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    call = await dispatcher.made("/roll-calls", {}, 201)
    assert (call["asked"], call["answered"], call["units"]) == (4, 0, None)
    await (await unit_seat(doors, N1)).made(f"/units/{N1}/checked")
    shown = (await dispatcher.get(f"/roll-calls/{call['id']}")).json()
    assert (shown["answered"], [u["call_sign"] for u in shown["units"]]) == (1, ["119", "218", "219", "118"])
    assert call["id"] in [c["id"] for c in (await dispatcher.get("/roll-calls")).json()["items"]]
    assert (
        await (await doors.seat("dispatcher", of=SOUTH)).get(f"/roll-calls/{call['id']}")
    ).status_code == 404


async def test_a_units_own_key_follows_its_own_jobs_notes_and_messages_live(
    outside: Street, doors: Doors
) -> None:
    dispatcher, seat = await doors.seat("dispatcher"), await unit_seat(doors, N2)
    async with outside.as_seat(seat) as socket:
        assert (await hear(socket, "hello"))["unit"] == str(N2)
        await socket.send(json.dumps({"subscribe": {}}))
        snapshot = await hear(socket, "snapshot")
        assert ([u["id"] for u in snapshot["units"]], snapshot["room"]) == ([str(N2)], None)
        other, strange = await ordered(doors, N1)
        incident, job = await ordered(doors, N2)
        placed = await hear_fact(socket, "assignment", "placed")
        assert placed["id"] == job["id"]  # the other unit's order was not told
        assert {also["noun"] for also in placed["also"]} == {"unit"}
        note = {"kind": "hazard", "text": "后门有狗", "urgent": True}
        made = await dispatcher.made(f"/incidents/{incident['id']}/notes", note, 201)
        sent = await hear_fact(socket, "note_read", "sent")
        assert (sent["now"]["note_id"], sent["now"]["read_at"]) == (made["id"], None)
        message = await dispatcher.made(f"/units/{N2}/message", {"text": "回所"}, 201)
        assert (await hear_fact(socket, "message", "sent"))["now"]["text"] == "回所"
        await seat.made(f"/messages/{message['id']}/read")
        assert (await hear_fact(socket, "message", "read"))["now"]["read_by"] == seat.principal
        for one in (strange, job):
            await dispatcher.made(f"/assignments/{one['id']}/recall")
        assert (await hear_fact(socket, "assignment", "ended"))["id"] == job["id"]
        assert other["id"] != incident["id"]


async def test_a_seat_without_a_unit_names_its_room(outside: Street, doors: Doors) -> None:
    async with outside.as_seat(await doors.seat("dispatcher")) as socket:
        await socket.send(json.dumps({"subscribe": {}}))
        assert (await hear(socket, "error"))["code"] == "message_invalid"


async def test_neighbours_hear_of_an_emergency_live_and_that_it_is_over(
    outside: Street, doors: Doors
) -> None:
    dispatcher = await doors.seat("dispatcher")
    async with outside.as_seat(await doors.seat("dispatcher", of=SOUTH)) as socket:
        await socket.send(json.dumps({"subscribe": {"room": str(SOUTH)}}))
        await hear(socket, "snapshot")
        pressed = await (await unit_seat(doors, N2)).made(
            f"/units/{N2}/emergency", {"lon": 114.0499, "lat": 22.54}, 201
        )
        event = await hear_fact(socket, "emergency", "pressed", pressed["id"])
        assert (event["now"]["call_sign"], event["now"]["presses"]) == ("119", 1)
        await dispatcher.made(f"/units/{N2}/reset-emergency", {"voice_contact": True})
        assert (await hear_fact(socket, "emergency", "reset", pressed["id"]))["now"]["reset_at"] is not None


async def test_messages_of_a_unit_are_listed_newest_first_and_only_for_its_rooms(doors: Doors) -> None:
    dispatcher = await doors.seat("dispatcher")
    for text in ("一", "二"):
        await dispatcher.made(f"/units/{S1}/message", {"text": text}, 201)
    said = (await dispatcher.get(f"/units/{S1}/messages")).json()["items"]
    assert [m["text"] for m in said[:2]] == ["二", "一"]
    north = await doors.seat("dispatcher", of=town.NORTH)
    assert (await north.get(f"/units/{S1}/messages")).status_code == 404
    assert (await dispatcher.post(f"/units/{S1}/message", {"text": ""})).status_code == 400
