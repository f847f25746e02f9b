"""Standby promise: coverage is told in figures and names, a proposed move is done by a person, and any order, other duty or its time ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch.acts import Principal
from dispatch.desk.hearing import Reply, hear
from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.work import Actor, Work
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import PATIENCE_S, Doors, Seat, open_doors, open_replica
from tests.harness.patrols import frame
from units import store as unit_store

LAT = 22.54
WHERE = {town.N1.int: 114.010, town.N2.int: 114.012, town.S1.int: 114.013, town.S2.int: 114.014}
"""All four stand in the west of the town: the south, which lies east, has nobody near."""
POST = str(town.POINT_S)
UNSAID = "SELECT kind, body::text FROM radio_message WHERE handle = $1 ORDER BY position DESC LIMIT 1"
FACTS = "SELECT fact, body::text FROM journal WHERE noun = 'unit' AND id = $1 AND fact LIKE '%standby%' ORDER BY version"


class Two:
    """Two replicas of one centre, and its database's clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock) -> None:
        self.here, self.there, self.clock = here, there, clock

    async def facts(self, unit: UUID = town.S1) -> list[str]:
        async with self.here.runtime.pool.acquire() as conn:
            rows = await conn.fetch(FACTS, unit)
        told = [(row["fact"], msgspec.json.decode(row["body"])) for row in rows]
        return [f"{fact}:{body.get('step') or body.get('why') or ''}".rstrip(":") for fact, body in told]


@pytest.fixture
async def two(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Two]:
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path) as here,
            open_replica(url, servers.nats_url, tmp_path) as there,
        ):
            for doors in (here, there):
                doors.runtime.centre.cover.patience_s = 30.0
                await see(doors)
            yield Two(here, there, Clock(url))
        await remove_streams(servers.nats_url)


async def see(doors: Doors) -> None:
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    doors.runtime.centre.live.apply(frame(list(WHERE), list(WHERE.values()), [LAT] * len(WHERE), now), now)


async def ground(seat: Seat) -> Any:
    told = await seat.get("/coverage/now")
    assert told.status_code == 200, told.text
    return told.json()


async def unit(seat: Seat, id_: UUID = town.S1) -> Any:
    return (await seat.get(f"/units/{id_}")).json()


async def sent(two: Two, id_: UUID = town.S1) -> Any:
    seat = await two.here.seat("dispatcher")
    return await seat.made(f"/units/{id_}/standby", {"post_id": POST, "gain_s": 12.5})


async def test_what_is_bare_is_named_and_a_move_says_what_it_wins(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    told = await ground(seat)
    assert told["wait_s"] > 0
    shares = [one["share"] for one in told["within"]]
    assert [one["minutes"] for one in told["within"]] == [1, 3, 5]
    assert shares == sorted(shares)
    assert [one["name"] for one in told["bare"]] == ["南所"]
    assert told == await ground(await two.there.seat("dispatcher")) | {"computed_at": told["computed_at"]}
    move = told["moves"][0]
    assert move["name"] == "南门"
    assert move["gain_s"] >= 5
    assert "下一警预计早到" in move["said"]["zh"]
    assert "（车程约" in move["said"]["zh"]
    assert "南所不再空缺" in move["said"]["zh"]
    assert "cell" not in msgspec.json.encode({key: told[key] for key in ("bare", "moves")}).decode()
    before = told["wait_s"]
    await seat.made(
        f"/units/{move['unit_id']}/standby", {"post_id": move["post_id"], "gain_s": move["gain_s"]}
    )
    after = await later(two, seat)
    assert after["under_way"] == 1
    assert after["wait_s"] < before, "it counts where it is going"
    assert after["bare"] == []
    assert move["unit_id"] not in [one["unit_id"] for one in after["moves"]]


async def later(two: Two, seat: Seat, by: timedelta = timedelta(seconds=16)) -> Any:
    """What is told once the last look is old; units are seen again by then."""
    await two.clock.forward(by)
    for doors in (two.here, two.there):
        await see(doors)
        await doors.runtime.followers.load()
    told = await ground(seat)
    await two.here.runtime.centre.cover.taken()
    return await ground(seat) if told["computed_at"] is None else told


async def test_a_unit_takes_it_is_there_and_every_step_is_a_fact(two: Two) -> None:
    told = await sent(two)
    assert told["state"] == "available", "who stands by is free"
    assert (told["standby"]["name"], told["standby"]["state"]) == ("南门", "sent")
    async with two.here.runtime.pool.acquire() as conn:
        message = await conn.fetchrow(UNSAID, town.S1.int)
    assert message is not None, "its terminal is told"
    said = msgspec.json.decode(message["body"])
    assert message["kind"] == "message"
    assert (said["prompt"], said["about"], said["lon"]) == ("standby", told["standby"]["id"], 114.08)
    crew = await two.there.seat("unit", of=town.S1, kind="unit")
    assert (await crew.made(f"/units/{town.S1}/standby/accept"))["standby"]["state"] == "accepted"
    assert (await crew.made(f"/units/{town.S1}/standby/there"))["standby"]["there_at"]
    assert (await crew.made(f"/units/{town.S1}/standby/accept"))["standby"]["state"] == "there", (
        "no step back"
    )
    assert await two.facts() == ["standby_sent", "standby_stepped:accepted", "standby_stepped:there"]
    other = await two.here.seat("unit", of=town.N1, kind="unit")
    assert (await other.post(f"/units/{town.S1}/standby/accept")).status_code in (403, 404)


async def test_an_order_ends_it(two: Two) -> None:
    await sent(two)
    seat = await two.here.seat("dispatcher")
    incident = await two.here.incident()
    await seat.made(f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(town.S1)}]}, 201)
    assert (await unit(seat))["standby"] is None
    assert await two.facts() == ["standby_sent", "standby_ended:ordered"]


async def test_its_time_and_another_duty_end_it(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    await sent(two)
    await two.clock.forward(timedelta(minutes=46))
    await Timekeeper(two.here.runtime.engine, two.here.runtime.centre, lambda: None).fire_due()
    async with asyncio.timeout(PATIENCE_S):  # the timekeeper of a replica may have it in hand just now
        while (await unit(seat))["standby"] is not None:
            await asyncio.sleep(0.05)
    assert await two.facts() == ["standby_sent", "standby_ended:timed_out"]
    await sent(two, town.S2)
    assert (await seat.made(f"/units/{town.S2}/duty", {"duty": "busy"}))["standby"] is None


async def test_nobody_is_sent_back_and_forth_nor_with_a_job(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    await sent(two)
    assert (await seat.made(f"/units/{town.S1}/standby/call-off"))["standby"] is None
    again = await seat.post(f"/units/{town.S1}/standby", {"post_id": str(town.POINT_N)})
    assert (again.status_code, again.json()["code"]) == (409, "unit_unavailable")
    assert "less than 20 minutes ago" in again.json()["detail"]
    await two.clock.forward(timedelta(minutes=21))
    incident = await two.here.incident()
    await seat.made(f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(town.S1)}]}, 201)
    held = await seat.post(f"/units/{town.S1}/standby", {"post_id": POST})
    assert (held.status_code, held.json()["code"]) == (409, "unit_taken")
    nowhere = await seat.post(f"/units/{town.S2}/standby", {"post_id": str(town.N1)})
    assert nowhere.status_code == 404


async def test_what_a_room_declines_is_kept_away_from_it(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    [move, *_] = (await ground(seat))["moves"]
    await seat.made("/moves/decline", {"unit_id": move["unit_id"], "post_id": move["post_id"]})
    there = await ground(await two.there.seat("dispatcher"))
    assert move["unit_id"] not in [one["unit_id"] for one in there["moves"]], "at every replica"
    after = await later(two, seat, timedelta(minutes=21))
    assert move["unit_id"] in [one["unit_id"] for one in after["moves"]], "for a while"


async def test_a_terminal_answers_by_its_gateway_and_a_late_word_changes_nothing(two: Two) -> None:
    told = await sent(two)
    async with two.here.runtime.pool.acquire() as conn:
        order_id = await conn.fetchval(
            "SELECT order_id FROM radio_message WHERE handle = $1 ORDER BY position DESC LIMIT 1", town.S1.int
        )
        known = (await unit_store.read_units(conn, [town.S1]))[town.S1]
        now = await conn.fetchval("SELECT cad_now()")
    runtime = two.here.runtime
    who = msgspec.structs.replace(runtime_gateway(), gateway=known.gateway)

    async def say(act: Any, n: int) -> None:
        async def do(w: Work) -> dict[str, Any]:
            return dict(await hear(w, known, Reply(reply_id=f"r{n}", act=act, at=now, order_id=order_id)))

        await runtime.acting.act(Actor(principal=who, via="gateway"), do)

    await say("accept", 1)
    await say("on_scene", 2)
    seat = await two.here.seat("dispatcher")
    assert (await unit(seat))["standby"]["state"] == "there"
    await seat.made(f"/units/{town.S1}/standby/call-off")
    await say("accept", 3)
    assert (await unit(seat))["standby"] is None
    assert told["standby"]["id"]
    async with runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


def runtime_gateway() -> Principal:
    return Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim")
