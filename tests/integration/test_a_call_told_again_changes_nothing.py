"""Promise: a telling that comes again, after a kill between commit and acknowledgement or by two replicas at once, counts once."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest

from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import KeyReused
from dispatch.folds import FOLDS
from dispatch.runtime.consumer import Message, Poison
from dispatch.runtime.listening import Listening
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from incidents.telephone.model import Call
from tests.harness import town as t
from tests.harness.town import NORTH, SOUTH, Town

ACTS = ("ringing", "answered", "held", "answered", "conferenced", "transferred", "released")
SEE = "SELECT to_jsonb(c)::text FROM call c ORDER BY reference, nth"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
async def replicas(town: Town) -> list[Listening]:
    """Two replicas' ears; what they hear arrives by hand."""
    nobody: Any = cast("Any", None)
    return [Listening(nobody, town.centre, nobody, town.acting) for _ in range(2)]


def telling(call_id: str, act: str, n: int, began: datetime, **more: Any) -> Message:
    body = {
        "call_id": call_id,
        "act": act,
        "at": (began + timedelta(seconds=n)).isoformat(timespec="milliseconds"),
    }
    return Message("cad.call.acd1.7", msgspec.json.encode(body | more), f"acd1:{call_id}:{n}", 1)


async def calls(town: Town) -> list[Call]:
    async with town.pool.acquire() as conn:
        return [msgspec.json.decode(row[0], type=Call) for row in await conn.fetch(SEE)]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.broken == ()


async def test_every_telling_may_come_again_in_any_order_by_any_replica(
    town: Town, replicas: list[Listening]
) -> None:
    chance, began = random.Random(110), datetime.now(UTC) - timedelta(minutes=2)
    told = [
        telling(f"c-{call}", act, n, began, number=f"1370000{call:04}")
        for call in range(6)
        for n, act in enumerate(ACTS)
    ]
    arriving = told + told + chance.sample(told, len(told) // 2)
    chance.shuffle(arriving)
    await asyncio.gather(*(chance.choice(replicas).call(message) for message in arriving))
    found = await calls(town)
    assert len(found) == 6
    for call in found:
        assert (call.state, call.answer_ms, call.nth) == ("released", 1_000, 1)
        times = {name: at - call.times["ringing"] for name, at in call.times.items()}
        assert times == {
            "ringing": 0, "answered": 1_000, "held": 2_000, "resumed": 3_000, "conferenced": 4_000,
            "transferred": 5_000, "released": 6_000,
        }  # fmt: skip
    async with town.pool.acquire() as conn:
        people = await conn.fetchval("SELECT count(*) FROM person")
    assert people == 6, "each number lies sealed once"
    await sound(town)


async def test_a_call_of_a_first_ring_that_reaches_two_replicas_at_once_is_one(
    town: Town, replicas: list[Listening]
) -> None:
    began = datetime.now(UTC)
    first = [telling("c-1", act, n, began) for n, act in enumerate(ACTS)]
    await asyncio.gather(*(replicas[n % 2].call(message) for n, message in enumerate(first)))
    assert [call.state for call in await calls(town)] == ["released"]
    await sound(town)


async def test_one_id_for_two_tellings_is_put_aside(town: Town, replicas: list[Listening]) -> None:
    began = datetime.now(UTC)
    one, other = telling("c-1", "ringing", 0, began), telling("c-1", "answered", 1, began)
    await replicas[0].call(one)
    with pytest.raises((Poison, KeyReused)):
        await replicas[1].call(msgspec.structs.replace(other, msg_id=one.msg_id))
    assert [call.state for call in await calls(town)] == ["ringing"]


async def test_an_alarm_and_the_tellings_of_its_call_may_cross(town: Town, replicas: list[Listening]) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    for number in range(8):
        command = ReportAlarm(source="call", call_id=f"x-{number}", place=PlaceIn(lon=114.02, lat=22.54))
        tellings = [telling(f"x-{number}", act, n, began) for n, act in enumerate(ACTS)]
        await asyncio.gather(
            town.report(town.somebody("call_taker"), command),
            *(replicas[n % 2].call(message) for n, message in enumerate(tellings)),
        )
        await replicas[0].call(telling(f"x-{number}", "released", 9, began))
    found = await calls(town)
    assert all(call.alarm_id for call in found)
    async with town.pool.acquire() as conn:
        incidents = await conn.fetch(
            "SELECT i.times FROM incident i JOIN alarm a ON a.incident_id = i.id JOIN call c ON c.alarm_id = a.id"
        )
    times = [msgspec.json.decode(row[0]) for row in incidents]
    assert {one["answered"] - one["ringing"] for one in times} == {1_000}
    await sound(town)


async def test_two_rooms_may_call_their_calls_by_one_name(town: Town, replicas: list[Listening]) -> None:
    began = datetime.now(UTC) - timedelta(seconds=30)
    for acd, number in (("north", "13700000001"), ("south", "13700000002")):
        message = telling("1", "ringing", 0, began, number=number)
        await replicas[0].call(
            msgspec.structs.replace(message, subject=f"cad.call.{acd}.7", msg_id=f"{acd}:1:1")
        )
    assert {call.room_id for call in await calls(town)} == {NORTH, SOUTH}
    for room in (SOUTH, NORTH):
        made = await town.report(
            town.somebody("call_taker", room=room), ReportAlarm(source="call", call_id="1")
        )
        [own] = [call for call in await calls(town) if call.alarm_id == made.alarm.id]
        assert own.room_id == room
    [norths] = [call for call in await calls(town) if call.room_id == NORTH]
    unseen = await town.report(
        town.somebody("call_taker", room=SOUTH), ReportAlarm(source="call", call_id=str(norths.id))
    )
    assert unseen.alarm.person_id is None, "a call of another room brings no number along"


async def test_a_switchboard_that_counts_anew_rings_anew(town: Town, replicas: list[Listening]) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=2)
    for n, act in enumerate(("ringing", "answered", "released")):
        await replicas[0].call(telling("1", act, n, yesterday))
    again = telling("1", "ringing", 50, datetime.now(UTC) - timedelta(minutes=1))
    await replicas[0].call(again)
    assert [(call.nth, call.state) for call in await calls(town)] == [(1, "released"), (2, "ringing")]


async def test_whoever_dials_again_and_again_makes_nobody_wait(town: Town, replicas: list[Listening]) -> None:
    """Forty calls of one number at once, each given up or answered: all are written, none waits for another."""
    chance, began = random.Random(7), datetime.now(UTC) - timedelta(minutes=5)
    told = []
    for n in range(40):
        last = "abandoned" if n % 3 else "answered"
        told += [
            telling(f"c-{n:02}", act, at, began + timedelta(seconds=n), number="13700000000")
            for at, act in enumerate(("ringing", last))
        ]
    chance.shuffle(told)
    await asyncio.gather(*(chance.choice(replicas).call(message) for message in told))
    found = await calls(town)
    assert [call.state for call in found] == ["abandoned" if n % 3 else "answered" for n in range(40)]
    await replicas[0].call(telling("c-99", "answered", 99, began, number="13700000000"))
    owing = [call.reference for call in await calls(town) if call.owes_ring_back]
    assert owing == [], "they were spoken with in the end"
    await sound(town)
