"""Promise: the reference gateway brings orders to its terminals and their answers back, with its own credentials only."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nkeys
import pytest

from dispatch.runtime.embedded import Embedded
from dispatch.runtime.gateway import Line, Station, run
from tests.harness import town
from tests.harness.doors import Doors
from units.simulator import Habits, Terminal
from web import store

GUARD_S = 60.0
GATEWAY = "sim"
HASTY = Habits(pace=40.0, scene_s=(20.0, 40.0), reply_loss=0.2, duplicates=0.2)
NEAR = {"lon": 114.021, "lat": 22.541}
TERMINALS = [Terminal(11, "car", 114.02, 22.54), Terminal(12, "foot", 114.021, 22.541)]


@pytest.fixture(scope="module")
async def seed(doors: Doors, servers: Embedded) -> str:
    """The nkey seed of the gateway that the town's units hang on."""
    pair = nkeys.from_seed(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    await servers.add_gateway(GATEWAY, pair.public_key.decode())
    async with doors.runtime.pool.acquire() as conn:
        await store.save_gateway(conn, GATEWAY, pair.public_key.decode())
    return str(pair.seed.decode())


def station(servers: Embedded, seed: str, habits: Habits = HASTY, answers: bool = True) -> Station:
    url = f"nats://{servers.nats_url.rpartition('@')[2]}"
    return Station(name=GATEWAY, url=url, nkey_seed=seed, terminals=TERMINALS, habits=habits, answers=answers)


@asynccontextmanager
async def on_air(what: Station) -> AsyncIterator[None]:
    task = asyncio.create_task(run(what))
    try:
        yield
    finally:
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        assert isinstance(outcome, asyncio.CancelledError), repr(outcome)


async def ordered(doors: Doors, unit: object) -> str:
    """A fresh incident nearby with an order for this unit; the incident's id."""
    incident = await doors.incident(place=NEAR, type="300120")
    seat = await doors.seat("dispatcher")
    body = {"orders": [{"unit_id": str(unit)}], "kind": "order"}
    await seat.made(f"/incidents/{incident['id']}/assignments", body, 201)
    return str(incident["id"])


async def reaches(doors: Doors, incident_id: str, *states: str) -> dict[str, Any]:
    """The incident once its only assignment is in one of these states."""
    seat = await doors.seat("dispatcher")
    async with asyncio.timeout(GUARD_S):
        while True:
            shown: dict[str, Any] = (await seat.get(f"/incidents/{incident_id}")).json()
            if shown["assignments"][0]["state"] in states:
                return shown
            await asyncio.sleep(0.05)


async def test_an_order_is_carried_out_step_by_step_although_replies_are_lost_and_doubled(
    doors: Doors, servers: Embedded, seed: str
) -> None:
    async with on_air(station(servers, seed)):
        shown = await reaches(doors, await ordered(doors, town.N1), "cleared")
    times = shown["assignments"][0]["times"]
    steps = [times[step] for step in ("ordered", "delivered", "accepted", "en_route", "on_scene", "cleared")]
    assert None not in steps
    assert steps == sorted(steps)
    assert shown["state"] == "handled"
    seat = await doors.seat("dispatcher")
    facts = (await seat.get(f"/incidents/{shown['id']}/timeline", limit=500)).json()["items"]
    assert {fact["who"] for fact in facts if fact["fact"] == "stepped"} == {f"gateway:{GATEWAY}"}


async def test_an_order_waits_in_the_mailbox_while_the_gateway_is_away(
    doors: Doors, servers: Embedded, seed: str
) -> None:
    async with on_air(station(servers, seed)):
        pass
    incident_id = await ordered(doors, town.N2)
    async with on_air(station(servers, seed)):
        await reaches(doors, incident_id, "accepted", "en_route", "on_scene", "cleared")


async def test_radios_read_what_they_must_and_answer_the_roll(
    doors: Doors, servers: Embedded, seed: str
) -> None:
    seat = await doors.seat("dispatcher")
    long = Habits(pace=40.0, scene_s=(20_000.0, 20_000.0))
    async with on_air(station(servers, seed, long)):
        incident_id = await ordered(doors, town.N1)
        await reaches(doors, incident_id, "on_scene")
        note = {"kind": "hazard", "text": "后门有狗", "urgent": True}
        await seat.made(f"/incidents/{incident_id}/notes", note, 201)
        message = await seat.made(f"/units/{town.N2}/message", {"text": "回所换车"}, 201)
        call = await seat.made("/roll-calls", {}, 201)
        async with asyncio.timeout(GUARD_S):
            while True:
                shown = (await seat.get(f"/incidents/{incident_id}")).json()
                said = (await seat.get(f"/units/{town.N2}/messages")).json()["items"]
                roll = (await seat.get(f"/roll-calls/{call['id']}")).json()
                read = [lamp["read_at"] for lamp in shown["notes"][0]["reads"]]
                if read != [None] and said[0]["read_at"] and roll["answered"] == 2:
                    break
                await asyncio.sleep(0.05)
    assert said[0]["id"] == message["id"]
    answered = {unit["call_sign"] for unit in roll["units"] if unit["via"] == "radio"}
    assert answered == {"118", "119"}
    await seat.made(f"/assignments/{shown['assignments'][0]['id']}/recall")


async def test_a_still_station_says_each_second_where_everybody_stands_and_nothing_else(
    doors: Doors, servers: Embedded, seed: str
) -> None:
    async with on_air(station(servers, seed, answers=False)):
        incident_id = await ordered(doors, town.N1)
        seat = await doors.seat("dispatcher")
        seen: set[str] = set()
        async with asyncio.timeout(GUARD_S):
            while len(seen) < 3:
                fix = (await seat.get(f"/units/{town.N1}")).json()["fix"]
                if fix is not None:
                    assert (fix["lon"], fix["lat"]) == (114.02, 22.54)
                    seen.add(fix["at"])
                await asyncio.sleep(0.1)
        assert (await reaches(doors, incident_id, "ordered"))["state"] == "dispatched"


async def test_a_reply_that_cannot_be_kept_is_said_so(servers: Embedded, seed: str) -> None:
    async with Line.open(station(servers, seed)) as line:
        foreign = Line(line._client, Station(name="other", url="", nkey_seed=""))
        assert not await foreign.reply(11, {"reply_id": "11:1:1", "act": "deliver"})
