"""Promise: seats, forms being typed and who has what open are on every screen they concern, on every replica, within moments."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import websockets
from uuid_utils.compat import uuid7
from websockets.asyncio.client import ClientConnection

from tests.harness import town
from tests.harness.doors import Doors, open_replica
from tests.harness.people import Page, enter, log_in, seats
from tests.harness.street import Street, open_street
from tests.harness.waiting import GUARD_S


@pytest.fixture
async def outside(doors: Doors) -> AsyncIterator[Street]:
    async with open_street(doors) as opened:
        yield opened


@pytest.fixture
async def other(doors: Doors, tmp_path: Path) -> AsyncIterator[Street]:
    """Another replica of the same centre."""
    settings = doors.runtime.settings
    (tmp_path / "master.key").write_bytes(settings.master_key_file.read_bytes())
    async with (
        open_replica(settings.database_url, settings.nats_url, tmp_path) as replica,
        open_street(replica) as opened,
    ):
        yield opened


async def person(doors: Doors, *roles: str, **more: Any) -> Page:
    login = f"v{uuid4().hex[:8]}"
    await enter(doors, login, *roles, **more)
    return await log_in(doors, login)


async def hear(socket: ClientConnection, kind: str, fits: Any = lambda _: True) -> Any:
    """The next message of a kind that fits."""
    async with asyncio.timeout(GUARD_S):
        while True:
            message = await socket.recv()
            if isinstance(message, str) and kind in (content := json.loads(message)) and fits(content[kind]):
                return content[kind]


def knock(street: Street, page: Page) -> Any:
    return street.knock({"Cookie": page.cookie}, f"http://{street.host}")


async def follow(socket: ClientConnection, room: object) -> Any:
    await socket.send(json.dumps({"subscribe": {"room": str(room)}}))
    return await hear(socket, "snapshot")


async def test_who_sits_down_is_seen_by_who_was_there(outside: Street) -> None:
    doors, code = outside.doors, f"D{uuid4().hex[:4]}"
    ids = await seats(doors, (code, town.NORTH, "dispatcher"))
    watcher = await doors.seat("dispatcher")
    page = await person(doors, "dispatcher", room=town.NORTH)
    async with outside.as_seat(watcher) as socket:
        snapshot = await follow(socket, town.CITY)
        assert [one["state"] for one in snapshot["seats"] if one["code"] == code] == ["empty"]
        await page.sit(ids[code])
        taken = await hear(socket, "event", lambda e: e["noun"] == "seat" and e["fact"] == "taken")
        assert (taken["now"]["code"], taken["now"]["state"]) == (code, "ready")
        assert taken["now"]["holder_name"]
        await page.made(f"/seats/{ids[code]}/state", {"state": "break"})
        covered = await hear(socket, "event", lambda e: e["noun"] == "seat" and e["fact"] == "covered")
        assert covered["now"]["covered_by"]["because"] == "break"


async def test_a_form_is_seen_while_it_is_typed_on_another_replica_and_gone_when_the_place_moves(
    outside: Street, other: Street
) -> None:
    taker = await person(outside.doors, "call_taker")
    north = await outside.doors.seat("dispatcher", of=town.NORTH)
    async with other.as_seat(north) as socket:
        await follow(socket, town.NORTH)
        path = f"/drafts/{uuid7()}"
        form: dict[str, Any] = {"place": {"lon": 114.02, "lat": 22.54}, "caller": {"number": "13800138000"}}
        assert (await taker.put(path, {"form": form})).status_code == 200
        assert (await taker.put(path, {"form": form | {"text": "有人"}})).status_code == 200
        seen = await hear(socket, "draft", lambda d: d.get("form", {}).get("text") == "有人")
        assert seen["form"]["caller"]["number"] == "138****8000"
        assert seen["id"] == path.rpartition("/")[2]
        moved = form | {"place": {"lon": 114.08, "lat": 22.54}}
        assert (await taker.put(path, {"form": moved})).status_code == 200
        assert await hear(socket, "draft", lambda d: d.get("gone")) == {"id": seen["id"], "gone": True}


async def test_who_looks_at_an_incident_is_shown_to_the_others_until_they_leave(
    outside: Street, other: Street
) -> None:
    doors = outside.doors
    incident = await doors.incident()
    page, watcher = await person(doors, "dispatcher"), await doors.seat("dispatcher")

    def mine(told: Any) -> bool:
        return bool(told["incident_id"] == incident["id"])

    async with other.as_seat(watcher) as eyes:
        await follow(eyes, town.CITY)
        async with knock(outside, page) as socket:
            await follow(socket, town.CITY)
            await socket.send(json.dumps({"open": incident["id"]}))
            [seen] = (await hear(eyes, "presence", mine))["by"]
            assert seen["principal"] == (await page.session())["principal"]
            assert seen["name"]
        assert (await hear(eyes, "presence", mine))["by"] == []
        await watcher.post(f"/incidents/{incident['id']}/open")
        [seen] = (await hear(eyes, "presence", mine))["by"]
        assert seen["principal"] == watcher.principal
    async with outside.as_seat(watcher) as late:
        snapshot = await follow(late, town.CITY)
        assert incident["id"] in [one["incident_id"] for one in snapshot["presence"]]


async def test_nobody_opens_what_they_do_not_see(outside: Street) -> None:
    incident = await outside.doors.incident()
    south = await outside.doors.seat("dispatcher", of=town.SOUTH)
    async with outside.as_seat(south) as socket:
        await follow(socket, town.SOUTH)
        await socket.send(json.dumps({"open": incident["id"]}))
        assert (await hear(socket, "error"))["code"] == "not_found"
    assert (await south.post(f"/incidents/{incident['id']}/open")).status_code == 404


async def test_a_socket_keeps_its_seat_linked_and_a_silent_one_does_not(outside: Street) -> None:
    doors, code = outside.doors, f"D{uuid4().hex[:4]}"
    ids = await seats(doors, (code, town.CITY, "dispatcher"))
    page = await person(doors, "dispatcher")
    await page.sit(ids[code])
    feed = doors.app.state.live_feed
    heard = "SELECT heard_at FROM seat_link WHERE seat_id = $1"
    async with knock(outside, page) as socket, doors.runtime.pool.acquire() as conn:
        await socket.send(json.dumps({"beat": {}}))
        async with asyncio.timeout(GUARD_S):
            while (first := await conn.fetchval(heard, ids[code])) is None:
                await asyncio.sleep(0.05)
        for session in feed._sessions:
            session.beat_ms = (session.beat_ms or 0) - 60_000
        await feed.passing.hear()
        assert await conn.fetchval(heard, ids[code]) == first
        await socket.send(json.dumps({"beat": {}}))
        async with asyncio.timeout(GUARD_S):
            while await conn.fetchval(heard, ids[code]) == first:
                await asyncio.sleep(0.05)


async def test_a_cover_gets_the_queue_onto_its_screen_and_loses_it_again(outside: Street) -> None:
    doors, tag = outside.doors, uuid4().hex[:4]
    ids = await seats(doors, (f"N{tag}", town.NORTH, "combined"), (f"S{tag}", town.SOUTH, "combined"))
    north = await person(doors, "dispatcher", room=town.NORTH)
    south = await person(doors, "dispatcher", room=town.SOUTH)
    await north.sit(ids[f"N{tag}"], cover={"seat_id": ids[f"S{tag}"]})
    await south.sit(ids[f"S{tag}"])
    incident = await doors.incident()
    async with knock(outside, south) as socket:
        snapshot = await follow(socket, town.SOUTH)
        assert incident["id"] not in [one["id"] for one in snapshot["incidents"]]
        await north.made(f"/seats/{ids[f'N{tag}']}/state", {"state": "break"})
        covered = await hear(socket, "event", lambda e: e["fact"] == "covered")
        assert covered["now"]["covered_by"]["seat_id"] == ids[f"S{tag}"]

        def has(picture: Any) -> bool:
            return incident["id"] in [one["id"] for one in picture["incidents"]]

        await hear(socket, "snapshot", has)
        await north.made(f"/seats/{ids[f'N{tag}']}/state", {"state": "ready"})
        await hear(socket, "snapshot", lambda s: not has(s))


async def test_a_closed_account_is_cut_with_4003(outside: Street) -> None:
    doors, login = outside.doors, f"w{uuid4().hex[:8]}"
    row = await enter(doors, login, "dispatcher")
    page = await log_in(doors, login)
    async with knock(outside, page) as socket:
        await follow(socket, town.CITY)
        kept = {name: row[name] for name in ("id", "login", "name", "roles", "room_id")}
        admin = await doors.seat("admin")
        assert (
            await admin.put("/admin/users", {"items": [kept | {"disabled": True}]}, "*")
        ).status_code == 200
        async with asyncio.timeout(GUARD_S):
            with contextlib.suppress(websockets.ConnectionClosedError):
                async for _ in socket:
                    pass
        assert socket.close_code == 4003


async def test_a_crew_follows_its_own_unit(outside: Street) -> None:
    doors = outside.doors
    crew = await person(doors, "unit", room=town.NORTH, unit_id=str(town.N1))
    async with knock(outside, crew) as socket:
        await socket.send(json.dumps({"subscribe": {}}))
        snapshot = await hear(socket, "snapshot")
        assert [unit["call_sign"] for unit in snapshot["units"]] == ["118"]
        assert (snapshot["seats"], snapshot["drafts"]) == ([], [])
        incident, dispatcher = await doors.incident(), await doors.seat("dispatcher")
        order = {"orders": [{"unit_id": str(town.N1)}]}
        made = await dispatcher.made(f"/incidents/{incident['id']}/assignments", order, 201)
        placed = await hear(socket, "event", lambda e: e["fact"] == "placed")
        assert placed["id"] == made["items"][0]["id"]
        await crew.made(f"/assignments/{placed['id']}/accept")
        await hear(socket, "event", lambda e: e["fact"] == "stepped")
        await dispatcher.made(f"/assignments/{placed['id']}/recall")


async def test_a_page_of_another_site_gets_no_socket(outside: Street) -> None:
    page = await person(outside.doors, "dispatcher")
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with outside.knock({"Cookie": page.cookie}, "http://evil.example"):
            pass
    assert refused.value.response.status_code == 403
