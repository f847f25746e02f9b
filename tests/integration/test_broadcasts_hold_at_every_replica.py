"""Broadcast promise at the doors: sent at one replica it is known at all, told once to each, lamps turn live, and no stranger hears of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import websockets

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.broadcasts import PLATE
from tests.harness.databases import Databases
from tests.harness.doors import Doors, open_doors, open_replica
from tests.harness.nasty import NASTY
from tests.harness.street import open_street
from tests.harness.waiting import until
from tests.integration.test_the_live_feed_over_a_real_socket import hear, subscribe


@pytest.fixture(scope="module")
async def two(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Doors, Doors]]:
    folder = tmp_path_factory.mktemp("two")
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, folder) as here,
            open_replica(url, servers.nats_url, folder) as there,
        ):
            yield here, there
        await remove_streams(servers.nats_url)


def lookout(*rooms: Any, **more: Any) -> dict[str, Any]:
    until_ = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    return {
        "kind": "lookout", "text": "留意白色轿车", "advice": "持械，保持距离", "expires_at": until_,
        "marks": [{"kind": "plate", "text": PLATE}], "audience": {"rooms": [str(room) for room in rooms or (town.NORTH,)]},
    } | more  # fmt: skip


async def test_the_same_key_sends_once_whichever_replica_is_asked(two: tuple[Doors, Doors]) -> None:
    here, there = two
    key, body = str(uuid4()), lookout()
    seats = [await doors.seat("leader") for doors in two]
    seats[1].client.headers["Authorization"] = seats[0].client.headers["Authorization"]
    told = await asyncio.gather(*(seat.post("/broadcasts", body, key=key) for seat in (*seats, *seats)))
    assert [one.status_code for one in told] == [201] * 4, [one.text for one in told]
    [id_] = {one.json()["id"] for one in told}
    async with here.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT handle, count(*) FROM radio_message WHERE about = $1 GROUP BY handle", id_
        )
        assert (await verify(conn, FOLDS)).broken == ()
    assert {(row[0], row[1]) for row in rows} == {(11, 1), (12, 1)}
    assert there.runtime is not here.runtime


async def test_a_report_at_the_other_replica_is_found(two: tuple[Doors, Doors]) -> None:
    here, there = two
    leader = await here.seat("leader")
    b = await leader.made("/broadcasts", lookout(), 201)
    taker = await there.seat("call_taker")

    async def typed() -> list[Any]:
        told = await taker.made("/broadcasts/matches", {"texts": ["车牌 粤ｂ12345"]})
        return [one for one in told["items"] if one["broadcast"]["id"] == b["id"]]

    [match] = await until(typed, bool)
    assert (match["mark"], match["broadcast"]["advice"]) == ("plate", "持械，保持距离")
    incident = await there.incident(text="有辆粤B·12345撞人跑了")

    async def spotted() -> list[Any]:
        return list((await leader.get(f"/broadcasts/{b['id']}")).json()["spottings"])

    [spot] = await until(spotted, bool)
    assert (spot["number"], spot["source"]) == (incident["number"], "alarm")
    linked = await taker.made(f"/broadcasts/{b['id']}/link", {"incident_id": incident["id"]})
    assert [one["source"] for one in linked["spottings"]] == ["alarm", "linked"]
    await leader.made(f"/broadcasts/{b['id']}/cancel", {"text": "已查获"})
    await until(typed, lambda found: not found)


async def test_lamps_turn_live_and_no_stranger_hears_of_it(two: tuple[Doors, Doors]) -> None:
    here, there = two
    leader, north = await here.seat("leader"), await there.seat("dispatcher", of=town.NORTH)
    south = await there.seat("leader", of=town.SOUTH)
    async with open_street(here) as street, contextlib.AsyncExitStack() as stack:
        sockets = {}
        for name, seat, room in (("city", leader, town.CITY), ("south", south, town.SOUTH)):
            headers = {"Authorization": f"Bearer {seat.secret}"}
            url = street.url.replace("http", "ws") + "/api/v1/live"
            sockets[name] = await stack.enter_async_context(
                websockets.connect(url, additional_headers=headers)
            )
            await subscribe(sockets[name], room)
            await hear(sockets[name], "snapshot")
        b = await leader.made("/broadcasts", lookout(kind="call", marks=[], text=NASTY[0], urgent=True), 201)
        assert b["text"] == NASTY[0]
        await north.made(f"/broadcasts/{b['id']}/read")
        while (event := await hear(sockets["city"], "event"))["noun"] != "broadcast_lamp":
            pass
        counts = event["now"]["counts"]
        assert (event["now"]["broadcast_id"], counts["recipients"], counts["read"]) == (b["id"], 3, 1)
        await here.incident(place={"lon": 114.08, "lat": 22.54})
        heard = []
        while (event := await hear(sockets["south"], "event"))["noun"] != "incident":
            heard.append(json.dumps(event))
        assert not any(b["id"] in one for one in heard)
        told = await south.get(f"/broadcasts/{b['id']}")
        assert told.status_code == 404


async def test_what_is_shown_is_what_is_sent_and_who_may_not_is_told_why(two: tuple[Doors, Doors]) -> None:
    here, _ = two
    leader, north = await here.seat("leader"), await here.seat("dispatcher", of=town.NORTH)
    audience = {"rooms": [str(town.CITY)]}
    shown = await leader.made("/broadcasts/recipients", {"audience": audience})
    assert (len(shown["units"]), len(shown["rooms"]), shown["asks"]) == (4, 3, False)
    body = {"kind": "call", "text": "注意", "audience": audience}
    b = await leader.made(
        "/broadcasts", body | {"recipients": {"units": shown["units"][:1], "rooms": []}}, 201
    )
    assert b["counts"] == {"recipients": 1, "delivered": 0, "read": 0}
    asked = await north.made("/broadcasts/recipients", {"audience": audience})
    assert (asked["asks"], asked["scope_room"]) == (True, str(town.CITY))
    proposed = await north.made("/broadcasts", body, 201)
    assert proposed["state"] == "proposed"
    assert (await leader.made(f"/broadcasts/{proposed['id']}/approve"))["state"] == "active"
    taker = await here.seat("call_taker")
    assert (await taker.post("/broadcasts", body)).status_code == 403
    for wrong in (
        body | {"audience": {}},
        body | {"kind": "lookout"},
        body | {"audience": {"areas": [{"lon": 114.0, "lat": 22.5}]}},
        body | {"text": "x" * 2_001},
        body | {"marks": [{"kind": "plate", "text": "粤B12345"}]},
    ):
        told = await leader.post("/broadcasts", wrong)
        assert told.status_code == 400, told.text
        assert told.json()["detail"]


async def test_the_words_reach_the_terminal_and_lie_nowhere_in_the_clear(two: tuple[Doors, Doors]) -> None:
    here, _ = two
    leader = await here.seat("leader")
    b = await leader.made("/broadcasts", lookout(text="某人泄露了的话"), 201)
    async with here.runtime.pool.acquire() as conn:
        row = await conn.fetchrow(
            "SELECT body::text, narrative_id FROM radio_message WHERE about = $1 LIMIT 1", b["id"]
        )
        leaked = await conn.fetchval("SELECT count(*) FROM journal WHERE body::text ~ '泄露|12345'")
        assert row is not None
        assert "泄露" not in row[0]
    line = await here.runtime.unseal(row[1])
    assert line is not None
    assert all(part in line for part in (b["number"], "某人泄露了的话", PLATE, "持械"))
    assert leaked == 0
