"""Promise: what a switchboard tells becomes one call, whatever order it comes in; its alarm has its number, ring and answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from incidents.telephone import simulator
from tests.harness import town
from tests.harness.doors import Doors
from tests.harness.reporters import nats_client
from tests.harness.switchboard import GUARD_S, Switchboard, awaited, call_when, moment
from tests.harness.waiting import sent
from web.drive import Devices
from web.telephone import Telephone

NUMBER = "13800138000"


@pytest.fixture
async def acd(doors: Doors, servers: Embedded) -> AsyncIterator[Switchboard]:
    async with nats_client(servers.nats_url) as client:
        async with asyncio.timeout(GUARD_S):
            await doors.runtime.bus.wait_ready()
        yield Switchboard(client)


def some_call() -> str:
    return f"call-{uuid4()}"


def seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


async def test_a_call_lives_from_its_ring_to_its_release(doors: Doors, acd: Switchboard) -> None:
    seat, id_ = await doors.seat("call_taker"), some_call()
    position = {"lon": 114.03, "lat": 22.53, "accuracy_m": 250.0, "datum": "WGS84"}
    await acd.tell(id_, "ringing", 40, number=NUMBER, position=position)
    ringing = await call_when(seat, id_, lambda call: call["state"] == "ringing")
    assert (ringing["number"], ringing["line"], ringing["acd"]) == ("138****8000", "7", "acd1")
    assert ringing["position"]["accuracy_m"] == 250.0
    for act, ago, more in (
        ("answered", 32, {"seat": "J3", "recording_ref": "rec/1"}),
        ("held", 20, {}),
        ("answered", 15, {"seat": "J4"}),
        ("conferenced", 10, {}),
        ("released", 1, {}),
    ):
        await acd.tell(id_, act, ago, **more)
    over = await call_when(seat, id_, lambda call: call["state"] == "released")
    assert (over["seat"], over["recording_ref"], over["answer_s"]) == (
        "J4",
        "rec/1",
        pytest.approx(8, abs=0.5),
    )
    assert over["times"]["resumed"] > over["times"]["answered"]


async def test_tellings_out_of_order_and_twice_make_the_same_call(doors: Doors, acd: Switchboard) -> None:
    seat, id_ = await doors.seat("call_taker"), some_call()
    msg_id = await acd.tell(id_, "answered", 20, seat="J1")
    await call_when(seat, id_, lambda call: call["state"] == "answered" and call["answer_s"] is None)
    await acd.tell(id_, "answered", 20, msg_id=msg_id, seat="J1")
    await acd.tell(id_, "ringing", 27, number=NUMBER)
    late = await call_when(seat, id_, lambda call: call["answer_s"] is not None)
    assert (late["state"], late["seat"], late["number"]) == ("answered", "J1", "138****8000")
    assert late["answer_s"] == pytest.approx(7, abs=0.5)


async def test_an_alarm_takes_number_ring_and_answer_from_its_call(doors: Doors, acd: Switchboard) -> None:
    seat, id_ = await doors.seat("call_taker"), some_call()
    await acd.tell(id_, "ringing", 30, number=NUMBER)
    await acd.tell(id_, "answered", 22, seat="J1")
    call = await call_when(seat, id_, lambda call: call["state"] == "answered")
    for name in (id_, call["id"]):
        told = await seat.made("/alarms", {"source": "call", "call_id": name, "text": "有人打架"}, 201)
        assert told["alarm"]["call_id"] == name
        assert told["alarm"]["caller"]["number"] == "138****8000"
        times = told["incident"]["times"]
        assert (times["ringing"], times["answered"]) == (call["times"]["ringing"], call["times"]["answered"])
        assert times["entered"] > times["answered"]
    linked = await call_when(seat, id_, lambda call: call["incident_id"] is not None)
    first = (await seat.get("/incidents", q=linked["incident_number"])).json()["items"][0]
    assert [alarm["id"] for alarm in first["alarms"]] == [linked["alarm_id"]]
    by_number = (await seat.get("/incidents", q=NUMBER)).json()["items"]
    assert first["id"] in {incident["id"] for incident in by_number}
    of_it = (await seat.get("/calls", incident=first["id"])).json()["items"]
    assert [call["call_id"] for call in of_it] == [id_]


async def test_a_ring_told_after_the_alarm_still_starts_its_clock(doors: Doors, acd: Switchboard) -> None:
    seat, id_ = await doors.seat("call_taker"), some_call()
    told = await seat.made("/alarms", {"source": "call", "call_id": id_}, 201)
    assert told["incident"]["times"]["answered"] is None
    await acd.tell(id_, "answered", 20)
    await acd.tell(id_, "ringing", 26, number=NUMBER)
    call = await call_when(seat, id_, lambda call: call["answer_s"] is not None)
    assert call["incident_id"] == told["incident"]["id"]
    incident = (await seat.get(f"/incidents/{call['incident_id']}")).json()
    assert incident["times"]["ringing"] == call["times"]["ringing"]
    assert incident["times"]["answered"] == call["times"]["answered"]
    assert incident["version"] > told["incident"]["version"]
    timeline = (await seat.get(f"/incidents/{incident['id']}/timeline")).json()["items"]
    assert ("incident", "call_timed") in {(row["noun"], row["fact"]) for row in timeline}


async def test_earlier_calls_of_the_same_number_are_linked(doors: Doors, acd: Switchboard) -> None:
    seat, first, again = await doors.seat("call_taker"), some_call(), some_call()
    await acd.tell(first, "ringing", 60, number="13700000001")
    before = await call_when(seat, first, lambda call: call["state"] == "ringing")
    await acd.tell(again, "ringing", 5, number="137-0000-0001")
    call = await call_when(seat, again, lambda call: call["state"] == "ringing")
    assert [one["id"] for one in call["earlier"]] == [before["id"]]
    listed = (await seat.get("/calls", number="13700000001")).json()["items"]
    assert [one["call_id"] for one in listed] == [again, first]


async def test_a_call_given_up_is_settled_when_the_caller_is_spoken_with_again(
    doors: Doors, acd: Switchboard
) -> None:
    seat, given_up, again = await doors.seat("call_taker"), some_call(), some_call()
    await acd.tell(given_up, "ringing", 60, number="13700000002")
    await acd.tell(given_up, "abandoned", 50)
    await call_when(seat, given_up, lambda call: call["owes_ring_back"])
    await acd.tell(again, "ringing", 30, number="13700000002")
    await acd.tell(again, "answered", 25)
    settled = await call_when(seat, given_up, lambda call: not call["owes_ring_back"])
    later = await call_when(seat, again, lambda call: call["state"] == "answered")
    assert settled["redialled_by"] == later["id"]


async def test_a_switchboard_named_like_a_room_rings_there_and_is_heard_above_not_beside(
    doors: Doors, servers: Embedded
) -> None:
    id_ = some_call()
    async with nats_client(servers.nats_url) as client:
        await Switchboard(client, "north").tell(id_, "ringing", 3)
    call = await call_when(await doors.seat("call_taker", of=town.NORTH), id_, lambda _: True)
    assert call["room"] == str(town.NORTH)
    assert (await (await doors.seat("dispatcher")).get(f"/calls/{id_}")).status_code == 200
    above = await doors.seat("dispatcher")
    for room, there in ((town.NORTH, True), (town.SOUTH, False)):
        listed = (await above.get("/calls", room=str(room))).json()["items"]
        assert (id_ in {one["call_id"] for one in listed}) is there
    beside = await doors.seat("call_taker", of=town.SOUTH)
    assert (await beside.get(f"/calls/{id_}")).status_code == 404
    assert id_ not in {one["call_id"] for one in (await beside.get("/calls")).json()["items"]}


async def test_a_centre_without_a_switchboard_tells_by_hand(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    rang = await seat.made(
        "/calls", {"act": "ringing", "number": NUMBER, "seat": "J1", "at": moment(12)}, 201
    )
    answered = await seat.made("/calls", {"act": "answered", "call_id": rang["id"], "at": moment(8)}, 201)
    assert (answered["id"], answered["state"]) == (rang["id"], "answered")
    assert answered["answer_s"] == pytest.approx(4, abs=0.5)
    await seat.made("/calls", {"act": "released", "call_id": rang["call_id"]}, 201)
    over = await seat.post("/calls", {"act": "held", "call_id": rang["id"]})
    assert (over.status_code, over.json()["code"]) == (409, "not_in_this_state")
    other = await (await doors.seat("call_taker", of=town.SOUTH)).post(
        "/calls", {"act": "released", "call_id": rang["id"]}
    )
    assert other.status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"act": "sung"}, "act"),
        ({"act": "ringing", "position": {"lon": 114.0}}, "position.lat"),
        (
            {"act": "ringing", "position": {"lon": 114.0, "lat": 22.5, "accuracy_m": -1}},
            "position.accuracy_m",
        ),
        ({"act": "ringing", "call_id": ""}, "call_id"),
    ],
)
async def test_what_a_person_tells_wrongly_is_refused_by_the_field(
    doors: Doors, body: dict[str, Any], field: str
) -> None:
    told = await (await doors.seat("call_taker")).post("/calls", body)
    assert (told.status_code, told.json()["code"]) == (400, "invalid"), told.text
    assert told.json()["field"] == field


@pytest.mark.parametrize(
    "name", ["a%00b", "%ff", "x" * 3_000, "%F0%A0%AE%B7", "00000000-0000-0000-0000-000000000000"]
)
async def test_a_call_nobody_knows_is_not_found_whatever_its_name(doors: Doors, name: str) -> None:
    seat = await doors.seat("call_taker")
    for told in (
        await seat.get(f"/calls/{name}"),
        await seat.post(f"/calls/{name}/ring-back", {"outcome": "busy"}),
    ):
        assert told.status_code in (400, 404), told.text


async def test_a_switchboard_that_errs_loses_a_detail_never_the_call(doors: Doors, acd: Switchboard) -> None:
    seat, id_ = await doors.seat("call_taker"), some_call()
    await acd.tell(id_, "ringing", -3_600, position={"lon": 500.0, "lat": 22.5})
    call = await call_when(seat, id_, lambda _: True)
    assert call["flags"] == ["claim_replaced", "position_refused"]
    assert call["position"] is None
    assert seconds(moment(), call["times"]["ringing"]) < GUARD_S


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"call_id": "x", "act": "ringing"}',
        b'{"call_id": "x", "act": "ringing", "at": "2026-05-01T08:00:00"}',
    ],
)
async def test_what_can_not_be_read_is_put_aside_and_the_next_is_heard(
    doors: Doors, acd: Switchboard, servers: Embedded, data: bytes
) -> None:
    aside: list[bytes] = []
    async with nats_client(servers.nats_url) as client:

        async def put(msg: Any) -> None:
            aside.append(msg.data)

        await client.subscribe("cad.quarantine.acd1", cb=put)
        await sent(client)
        await acd.send(data)
        id_ = some_call()
        await acd.tell(id_, "ringing", 1)
        await call_when(await doors.seat("call_taker"), id_, lambda call: call["state"] == "ringing")

        async def arrived() -> bytes | None:
            return aside[0] if aside else None

        assert await awaited(arrived) == data


async def test_the_figures_say_how_soon_calls_are_answered_and_never_a_mean(doors: Doors) -> None:
    hand = await doors.seat("call_taker", of=town.SOUTH)
    since = moment()
    for waits in (3, 8, 14, 18, 40):
        rang = await hand.made("/calls", {"act": "ringing", "at": moment(100)}, 201)
        await hand.made("/calls", {"act": "answered", "call_id": rang["id"], "at": moment(100 - waits)}, 201)
    for waits in (5, 30):
        rang = await hand.made("/calls", {"act": "ringing", "at": moment(100)}, 201)
        await hand.made("/calls", {"act": "abandoned", "call_id": rang["id"], "at": moment(100 - waits)}, 201)
    told = (await hand.get("/calls/figures", since=since)).json()
    assert (told["calls"], told["abandoned"], told["answer"]["n"]) == (7, 2, 5)
    answer = told["answer"]
    assert [answer[name] for name in ("p50_s", "p90_s", "p95_s")] == pytest.approx([14, 40, 40], abs=0.5)
    within = {one["target_s"]: (one["n"], one["share"]) for one in answer["within"]}
    assert within == {15.0: (3, 0.5), 20.0: (4, 0.6667)}
    empty = (
        await hand.get("/calls/figures", since="2017-01-01T00:00:00Z", until="2017-01-02T00:00:00Z")
    ).json()
    assert empty["answer"] == {
        "n": 0, "p50_s": None, "p90_s": None, "p95_s": None,
        "within": [
            {"target_s": 15.0, "wanted_share": 0.9, "n": 0, "share": None},
            {"target_s": 20.0, "wanted_share": 0.95, "n": 0, "share": None},
        ],
    }  # fmt: skip


async def test_a_simulated_evening_is_answered_and_all_of_its_calls_come_to_an_end(
    doors: Doors, servers: Embedded
) -> None:
    """Through NATS, with tellings late and twice, two hundred times as fast."""
    chance = Random(110)
    board = simulator.Switchboard(chance, "north", ("J1", "J2", "J3"))
    async with (
        nats_client(servers.nats_url) as client,
        Telephone.open(Devices(client), board, 200.0, Random(111)) as telephone,
    ):
        ringing = [telephone.ring(f"1370001{n:04}", exercise=True) for n in range(40)]
        connected = await asyncio.gather(*ringing)
    seat = await doors.seat("call_taker", of=town.NORTH)
    ended: dict[str, str] = {}
    for one in connected:
        call = await call_when(
            seat,
            one.call_id,
            lambda call: call["state"] in {"released", "abandoned"} and call["times"]["ringing"],
        )
        ended[one.call_id] = call["state"]
        assert call["exercise"]
        assert (call["answer_s"] is not None) == one.answered
    assert ended == {one.call_id: "released" if one.answered else "abandoned" for one in connected}
    assert set(ended.values()) == {"released", "abandoned"}
    real = (await seat.get("/calls/figures")).json()
    drill = (await seat.get("/calls/figures", exercise=True)).json()
    assert drill["calls"] == 40
    assert drill["answer"]["n"] + drill["abandoned"] == 40
    assert real["calls"] < 40


async def test_what_was_told_of_calls_still_folds_to_their_rows_and_holds_no_number(doors: Doors) -> None:
    async with doors.runtime.pool.acquire() as conn:
        said = await conn.fetch("SELECT body::text FROM journal WHERE noun = 'call'")
        assert said
        assert not [row[0] for row in said if "13800138000" in row[0] or "1370000000" in row[0]]
    async with doors.runtime.engine.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert [broken for broken in report.broken if "Ledger" not in broken] == []
