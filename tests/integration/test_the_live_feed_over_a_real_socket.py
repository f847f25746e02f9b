"""The live feed over a real network: who is let in, what two rooms see, how a drop is made good, who is cut."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from dispatch.runtime.positions import now_ms
from tests.harness import patrols, town
from tests.harness.doors import Doors, Seat
from tests.harness.events import held
from tests.harness.street import Street, open_street
from tests.harness.waiting import GUARD_S
from units.wire import decode_positions
from web.live_seats import Outbox


@pytest.fixture
async def outside(doors: Doors) -> AsyncIterator[Street]:
    async with open_street(doors) as opened:
        yield opened


async def hear(socket: ClientConnection, kind: str) -> Any:
    """The next message of a kind; a position frame is `positions`."""
    async with asyncio.timeout(GUARD_S):
        while True:
            message = await socket.recv()
            if isinstance(message, bytes):
                if kind == "positions":
                    return message
                continue
            content = json.loads(message)
            if kind in content:
                return content[kind]


async def close_code(socket: ClientConnection) -> int | None:
    """Read whatever still comes; the code the socket was closed with."""
    async with asyncio.timeout(GUARD_S):
        with contextlib.suppress(websockets.ConnectionClosedError):
            async for _ in socket:
                pass
    return socket.close_code


async def subscribe(socket: ClientConnection, room: object, **more: Any) -> None:
    await socket.send(json.dumps({"subscribe": {"room": str(room)} | more}))


async def events_until(socket: ClientConnection, fact: str, id_: str) -> list[dict[str, Any]]:
    """The events up to this fact about this entity."""
    told = []
    while True:
        event = await hear(socket, "event")
        told.append(event)
        if (event["fact"], event["id"]) == (fact, id_):
            return told


async def test_a_room_is_shown_and_then_told_every_fact_with_what_it_changed(outside: Street) -> None:
    before = await outside.doors.incident()
    dispatcher = await outside.doors.seat("dispatcher")
    async with outside.as_seat(dispatcher) as socket:
        hello = await hear(socket, "hello")
        assert hello["principal"] == dispatcher.principal
        await subscribe(socket, town.CITY)
        snapshot = await hear(socket, "snapshot")
        assert before["id"] in [incident["id"] for incident in snapshot["incidents"]]
        assert {unit["state"] for unit in snapshot["units"]}
        after = await outside.doors.incident()
        told = await events_until(socket, "opened", after["id"])
        assert told[-1]["now"]["number"] == after["number"]
        assert [e["prev"] for e in told] == [snapshot["seq"], *[e["seq"] for e in told[:-1]]]
        assert await hear(socket, "heartbeat")


async def test_the_unit_of_an_order_is_told_along_with_it(outside: Street) -> None:
    incident = await outside.doors.incident()
    dispatcher = await outside.doors.seat("dispatcher")
    unit = (await dispatcher.get("/units", state="available")).json()["items"][0]
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY)
        await hear(socket, "snapshot")
        [order] = (
            await dispatcher.made(
                f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}, 201
            )
        )["items"]
        placed = (await events_until(socket, "placed", order["id"]))[-1]
        [along] = [other for other in placed["also"] if other["noun"] == "unit"]
        assert (along["id"], along["now"]["state"]) == (unit["id"], "ordered")


async def test_two_stations_see_different_things(outside: Street) -> None:
    north = await outside.doors.seat("dispatcher", of=town.NORTH)
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    async with outside.as_seat(north) as northern, outside.as_seat(south) as southern:
        for socket, room in ((northern, town.NORTH), (southern, town.SOUTH)):
            await subscribe(socket, room)
            await hear(socket, "snapshot")
        incident = await outside.doors.incident()
        assert incident["room"] == str(town.NORTH)
        opened = (await events_until(northern, "opened", incident["id"]))[-1]
        assert opened["now"]["id"] == incident["id"]
        async with asyncio.timeout(GUARD_S):
            while True:
                message = json.loads(await southern.recv())
                assert "event" not in message
                if "heartbeat" in message and message["heartbeat"]["seq"] >= opened["seq"]:
                    break
        await subscribe(southern, town.NORTH)
        assert (await hear(southern, "error"))["code"] == "not_found"


async def test_an_event_is_known_to_every_seat_from_its_approval_on(outside: Street) -> None:
    below = await outside.doors.seat("dispatcher", "leader", of=town.NORTH)
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    now = datetime.now(UTC)
    plan = {
        "name": "晚场足球赛", "area": town.box(114.01, 22.53, 114.03, 22.55), "note": "内部",
        "starts_at": (now + timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    async with outside.as_seat(south) as socket, outside.as_seat(below) as own:
        await subscribe(socket, town.SOUTH)
        assert (await hear(socket, "snapshot"))["events"] == []
        await subscribe(own, town.NORTH)
        await hear(own, "snapshot")
        event = await below.made("/events", plan, 201)
        await below.made(f"/events/{event['id']}/submit")
        await events_until(own, "submitted", event["id"])  # told before it is approved, to whom it is told
        await (await outside.doors.seat("leader")).made(f"/events/{event['id']}/approve")
        heard = await events_until(socket, "approved", event["id"])
        told = heard[-1]["now"]
        assert [one["fact"] for one in heard if one["noun"] == "event"] == ["approved"]
        assert (told["state"], told["name"], told["note"]) == ("approved", "晚场足球赛", None)
    async with outside.as_seat(south) as socket:
        await subscribe(socket, town.SOUTH)
        assert [one["id"] for one in (await hear(socket, "snapshot"))["events"]] == [event["id"]]


async def rephased(seat: Seat, path: str, body: Any) -> httpx.Response:
    """Put the phases in as whoever has just read them; rules that fire meanwhile are read as well."""
    while True:
        read = await seat.get(path.removesuffix("/phases"))
        answer = await seat.put(path, body, read.headers["ETag"])
        if answer.status_code != 412:
            return answer


async def test_phases_changed_at_the_door_are_seen_by_every_seat_and_only_by_who_read_the_last(
    outside: Street,
) -> None:
    boss, above = await outside.doors.seat("dispatcher", "leader"), await outside.doors.seat("leader")
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    event = await held(boss, above)
    path, at = f"/events/{event['id']}/phases", datetime.fromisoformat(event["starts_at"])
    body = {
        "phases": [{"name": "散场", "starts_at": event["starts_at"], "ends_at": event["ends_at"]}],
        "reason": "加时",
    }
    async with outside.as_seat(south) as socket:
        await subscribe(socket, town.SOUTH)
        await hear(socket, "snapshot")
        assert (await boss.put(path, body)).status_code == 428
        assert (await boss.put(path, body, '"1"')).status_code == 412
        changed = await rephased(boss, path, body)
        assert changed.status_code == 200, changed.text
        told = (await events_until(socket, "rephased", event["id"]))[-1]["now"]
        assert [one["name"] for one in told["phases"]] == ["散场"]
        assert changed.json()["phases"] == told["phases"]
    log = (await boss.get(f"/events/{event['id']}/log")).json()["items"]
    [row] = [one for one in log if one["fact"] == "rephased"]
    assert (row["reason"], row["phases"][0]["was"]) == ("加时", None)
    early = {"name": "早", "starts_at": (at - timedelta(hours=2)).isoformat(), "ends_at": event["ends_at"]}
    refused = await rephased(boss, path, {"phases": [early]})
    assert (refused.status_code, refused.json()["field"]) == (400, "phases")


async def test_a_lent_unit_comes_to_the_other_rooms_board_and_goes_again(outside: Street) -> None:
    city = await outside.doors.seat("dispatcher")
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    unit = str(town.N2)
    async with outside.as_seat(south) as socket:
        await subscribe(socket, town.SOUTH)
        before = await hear(socket, "snapshot")
        assert unit not in [one["id"] for one in before["units"]]
        await city.made(f"/units/{unit}/lend", {"room_id": str(town.SOUTH), "minutes": 60})
        lent = (await events_until(socket, "lent", unit))[-1]
        assert lent["now"]["lent_to"] == str(town.SOUTH)
        await city.made(f"/units/{unit}/give-back")
        assert (await events_until(socket, "given_back", unit))[-1]["now"] is None


async def test_who_comes_back_after_a_lending_ended_sees_the_unit_no_more(outside: Street) -> None:
    city = await outside.doors.seat("dispatcher")
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    unit = str(town.N2)
    await city.made(f"/units/{unit}/lend", {"room_id": str(town.SOUTH), "minutes": 60})
    async with outside.as_seat(south) as socket:
        await subscribe(socket, town.SOUTH)
        left = await hear(socket, "snapshot")
        assert unit in [one["id"] for one in left["units"]]
    await city.made(f"/units/{unit}/give-back")
    async with outside.as_seat(south) as socket:
        await subscribe(socket, town.SOUTH, after=left["seq"])
        anew = await hear(socket, "snapshot")
        assert unit not in [one["id"] for one in anew["units"]]


async def test_what_was_missed_is_told_once_after_coming_back(outside: Street) -> None:
    dispatcher = await outside.doors.seat("dispatcher")
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY)
        left = (await hear(socket, "snapshot"))["seq"]
    missed = [await outside.doors.incident() for _ in range(3)]
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY, after=left)
        told: list[dict[str, Any]] = []
        while len([e for e in told if e["fact"] == "opened"]) < 3:
            told.append(await hear(socket, "event"))
    assert [e["id"] for e in told if e["fact"] == "opened"] == [incident["id"] for incident in missed]
    assert [e["seq"] for e in told] == list(range(left + 1, left + 1 + len(told)))


async def test_a_call_is_before_its_rooms_from_the_first_ring_to_its_end(outside: Street) -> None:
    north = await outside.doors.seat("call_taker", of=town.NORTH)
    before = await north.made("/calls", {"act": "ringing", "number": "13800138000"}, 201)
    city = await outside.doors.seat("dispatcher")
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    async with outside.as_seat(city) as above, outside.as_seat(south) as beside:
        await subscribe(above, town.CITY)
        [shown] = [call for call in (await hear(above, "snapshot"))["calls"] if call["id"] == before["id"]]
        assert (shown["state"], shown["number"]) == ("ringing", "138****8000")
        await subscribe(beside, town.SOUTH)
        assert (await hear(beside, "snapshot"))["calls"] == []
        await north.made("/calls", {"act": "answered", "call_id": before["id"], "seat": "N1"}, 201)
        told = (await events_until(above, "answered", before["id"]))[-1]
        assert (told["noun"], told["now"]["state"], told["now"]["seat"]) == ("call", "answered", "N1")
        await north.made("/calls", {"act": "released", "call_id": before["id"]}, 201)
        assert (await events_until(above, "released", before["id"]))[-1]["now"]["state"] == "released"
    async with outside.as_seat(city) as above:
        await subscribe(above, town.CITY)
        assert (await hear(above, "snapshot"))["calls"] == []


async def test_positions_come_as_frames_of_the_units_one_may_see(outside: Street) -> None:
    live = outside.doors.runtime.centre.live
    dispatcher = await outside.doors.seat("dispatcher")
    handles = [unit["handle"] for unit in (await dispatcher.get("/units")).json()["items"]]
    there = [114.02] * len(handles), [22.54] * len(handles)
    live.apply(patrols.frame(handles, *there, now_ms()), now_ms())
    north = await outside.doors.seat("dispatcher", of=town.NORTH)
    async with outside.as_seat(north) as socket:
        await subscribe(socket, town.NORTH)
        units = (await hear(socket, "snapshot"))["units"]
        _, rows = decode_positions(await hear(socket, "positions"))
        assert set(rows["handle"].tolist()) == {u["handle"] for u in units} < set(handles)


async def test_a_large_city_comes_in_parts_the_pressing_first_and_each_thing_once(
    outside: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.live_source.PART_UNITS", 2)
    monkeypatch.setattr("web.live_source.PART_INCIDENTS", 1)
    dispatcher = await outside.doors.seat("dispatcher")
    opened = [await outside.doors.incident(priority=priority) for priority in (3, 1, 2)]
    known = {unit["id"] for unit in (await dispatcher.get("/units")).json()["items"]}
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY)
        snapshot = await hear(socket, "snapshot")
        parts = [snapshot]
        while not parts[-1]["whole"]:
            parts.append(await hear(socket, "more"))
        units = [unit["id"] for part in parts for unit in part.get("units", ())]
        incidents = [(one["priority"], one["id"]) for part in parts for one in part.get("incidents", ())]
        assert (len(snapshot["units"]), {part["seq"] for part in parts}) == (2, {snapshot["seq"]})
        assert sorted(units) == sorted(known)
        assert len(snapshot["incidents"]) == 1
        assert [priority for priority, _ in incidents] == sorted(priority for priority, _ in incidents)
        assert {one["id"] for one in opened} <= {id_ for _, id_ in incidents}
        incident = await outside.doors.incident()
        await events_until(socket, "opened", incident["id"])


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_a_cookie_from_another_page_is_refused(outside: Street, origin: str | None) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with outside.knock(await outside.cookie(), origin):
            pass
    assert refusal.value.response.status_code == 403


async def test_a_cookie_from_our_own_page_is_let_in(outside: Street) -> None:
    async with outside.knock(await outside.cookie(), f"http://{outside.host}") as socket:
        assert (await hear(socket, "hello"))["principal"] == "anna"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer cad_wrong"}, {"Cookie": "cad_session=wrong"}]
)
async def test_nobody_is_let_in_without_a_name(outside: Street, headers: dict[str, str]) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with outside.knock(headers, f"http://{outside.host}"):
            pass
    assert refusal.value.response.status_code in (401, 403)


async def test_who_signs_out_or_is_revoked_is_cut_with_4003(outside: Street) -> None:
    async with outside.knock(await outside.cookie(), f"http://{outside.host}") as socket:
        await subscribe(socket, town.CITY)
        await hear(socket, "snapshot")
        async with outside.doors.runtime.pool.acquire() as conn:
            await conn.execute("UPDATE session SET revoked_at = cad_now()")
        assert await close_code(socket) == 4003


async def test_who_does_not_read_is_cut_with_4001(outside: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.live_session.Outbox", lambda: Outbox(pending_max=3))
    dispatcher = await outside.doors.seat("dispatcher")
    async with outside.knock({"Authorization": f"Bearer {dispatcher.secret}"}) as socket:
        await subscribe(socket, town.CITY)
        await hear(socket, "snapshot")
        socket.transport.pause_reading()
        feed = outside.doors.app.state.live_feed
        async with asyncio.timeout(GUARD_S):
            while not any(line.close_code for line in feed.hub.lines) and feed.hub.lines:
                for line in feed.hub.lines:
                    line.put(b'"' + b"x" * 500_000 + b'"')
                await asyncio.sleep(0.001)
        socket.transport.resume_reading()
        assert await close_code(socket) == 4001


async def test_what_cannot_be_told_sends_every_seat_to_read_anew_and_stands_in_nobodys_way(
    outside: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = outside.doors.app.state.live_feed
    told = feed._source.changes
    failed: list[Any] = []

    async def once(rows: Any) -> Any:
        if not failed:
            failed.append(rows)
            raise TypeError("a fact of a kind nobody here knows")
        return await told(rows)

    monkeypatch.setattr(feed._source, "changes", once)
    dispatcher = await outside.doors.seat("dispatcher")
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY)
        await hear(socket, "snapshot")
        unseen = await outside.doors.incident()
        assert await close_code(socket) == 1012
    assert failed
    async with outside.as_seat(dispatcher) as socket:
        await subscribe(socket, town.CITY)
        snapshot = await hear(socket, "snapshot")
        assert unseen["id"] in {one["id"] for one in snapshot["incidents"]}
        fresh = await outside.doors.incident()
        assert await events_until(socket, "opened", fresh["id"])
