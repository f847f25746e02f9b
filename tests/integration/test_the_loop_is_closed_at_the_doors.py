"""Closed-loop promise at the doors: demands, requests and complaints over HTTP, heard at once at every replica by who may."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.street import open_street
from tests.harness.waiting import GUARD_S
from tests.integration.test_the_live_feed_over_a_real_socket import hear, subscribe

CALLER = {"number": "13800001234", "name": "张三"}


@pytest.fixture(scope="module")
async def replicas(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Doors, Doors]]:
    """Two replicas of one centre."""
    folder = tmp_path_factory.mktemp("two")
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, folder) as one,
            open_replica(url, servers.nats_url, folder) as other,
        ):
            yield one, other
        await remove_streams(servers.nats_url)


@pytest.fixture
async def doors(replicas: tuple[Doors, Doors]) -> Doors:
    return replicas[0]


def due(hours: float = 2) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def demand(**more: Any) -> dict[str, Any]:
    return {"to_room_id": str(town.NORTH), "text": "说明处置经过", "due_at": due()} | more


async def handled(doors: Doors, **more: Any) -> Any:
    one = await doors.incident(**({"type": "500600", "caller": CALLER} | more))
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    return await boss.made(f"/incidents/{one['id']}/handle", {"result": "handled"})


async def test_a_demand_goes_its_way_between_two_rooms(doors: Doors) -> None:
    above, below = await doors.seat("leader"), await doors.seat("leader", of=town.NORTH)
    one = await doors.incident()
    key = str(uuid4())
    body = demand(incident_id=one["id"])
    given = await above.made("/supervision", body, 201, key=key)
    assert (await above.made("/supervision", body, 201, key=key))["id"] == given["id"]
    assert (given["state"], given["number"], given["from_room"], given["to_room"]) == (
        "given", one["number"], str(town.CITY), str(town.NORTH),
    )  # fmt: skip
    path = f"/supervision/{given['id']}"
    assert given["waiting"]["said"]["zh"]["what"] == "督办待北所答复"
    answered = await below.made(f"{path}/answer", {"text": "已处置"})
    assert answered["turns"][0]["text"] == "已处置"
    back = await above.made(f"{path}/return", {"text": "缺照片", "due_at": due(3)})
    assert back["state"] == "returned"
    await below.made(f"{path}/answer", {"text": "已补照片"})
    over = await above.made(f"{path}/sign-off")
    assert (over["state"], over["waiting"], over["alerts"]) == ("signed_off", None, [])
    told = await below.post(f"{path}/answer", {"text": "再答"})
    assert (told.status_code, told.json()["code"]) == (409, "not_in_this_state")


async def test_a_list_shows_each_room_its_own(doors: Doors) -> None:
    above = await doors.seat("leader")
    given = await above.made("/supervision", demand(), 201)
    for seat, seen in (
        (above, True),
        (await doors.seat("dispatcher", of=town.NORTH), True),
        (await doors.seat("leader", of=town.SOUTH), False),
    ):
        items = (await seat.get("/supervision", state="open")).json()["items"]
        assert (given["id"] in [one["id"] for one in items]) is seen
        assert (await seat.get(f"/supervision/{given['id']}")).status_code == (200 if seen else 404)
    await above.made(f"/supervision/{given['id']}/withdraw", {"reason": "已面谈"})
    assert given["id"] not in [
        one["id"] for one in (await above.get("/supervision", state="open")).json()["items"]
    ]
    assert [one["id"] for one in (await above.get("/supervision", state="withdrawn")).json()["items"]]
    assert (await above.get("/supervision", state="odd")).status_code == 400
    assert (await (await doors.seat("unit", of=town.N1, kind="unit")).get("/supervision")).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (demand(text=""), 400, "text"),
        (demand(due_at="2020-01-01T00:00:00Z"), 400, "due_at"),
        (demand(due_at="2020-01-01T00:00:00"), 400, "due_at"),
        (demand(to_room_id=str(town.CITY)), 400, "to_room_id"),
        (demand(to_room_id=str(uuid4())), 404, "to_room_id"),
        (demand(extra=1), 400, "extra"),
    ],
    ids=["empty", "past", "no zone", "own room", "no room", "unknown field"],
)
async def test_what_is_wrong_is_named(doors: Doors, body: dict[str, Any], status: int, field: str) -> None:
    told = await (await doors.seat("leader")).post("/supervision", body)
    assert (told.status_code, told.json()["field"]) == (status, field)


async def test_a_demand_stands_in_the_way_of_closing_and_the_incident_says_so(doors: Doors) -> None:
    one = await handled(doors, caller=None)
    boss, leader = await doors.seat("dispatcher", "reviewer"), await doors.seat("leader")
    given = await leader.made("/supervision", demand(incident_id=one["id"]), 201)
    await boss.made(f"/incidents/{one['id']}/review", {"accept": True})
    row = (await boss.get(f"/incidents/{one['id']}")).json()
    assert [(end["noun"], end["id"]) for end in row["open_ends"]] == [("supervision", given["id"])]
    assert row["waiting"]["noun"] == "supervision"
    told = await boss.post(f"/incidents/{one['id']}/close")
    assert (told.status_code, told.json()["code"]) == (409, "still_open")
    assert told.json()["open"][0]["said"]["zh"] == "对北所的督办"
    assert (
        await boss.post(f"/incidents/{one['id']}/close", {"despite_open": True, "reason": "急"})
    ).status_code == 403
    closed = await leader.made(
        f"/incidents/{one['id']}/close", {"despite_open": True, "reason": "督办另行跟踪"}
    )
    assert closed["state"] == "closed"


async def test_help_of_an_agency_is_asked_and_told_by_its_own_key(doors: Doors) -> None:
    one = await doors.incident(place={"lon": 114.02, "lat": 22.54, "address": "北街1号"})
    desk, fire = await doors.seat("dispatcher"), await doors.seat("gateway", of="119", kind="gateway")
    path = f"/incidents/{one['id']}/agency-requests"
    asked = await desk.made(path, {"agency": "119", "text": "二楼起火"}, 201)
    assert (asked["state"], asked["text"], asked["name"]["zh"]) == ("sent", "二楼起火", "119消防")
    twice = await desk.post(path, {"agency": "119"})
    assert (twice.status_code, twice.json()["request_id"]) == (409, asked["id"])
    assert (await desk.post(path, {"agency": "999"})).status_code == 400
    step = f"/agency-requests/{asked['id']}"
    assert (await desk.made(f"{step}/chase"))["chased"] == 1
    await fire.made(f"{step}/taken", {"reference": "F-9"})
    await fire.made(f"{step}/arrived")
    over = await fire.made(f"{step}/result", {"text": "明火已灭"})
    assert (over["state"], over["reference"], over["outcome"]) == ("result", "F-9", "明火已灭")
    assert over["times"]["arrived"] is not None
    [listed] = (await desk.get(path)).json()["items"]
    assert listed["id"] == asked["id"]
    facts = [
        (row["noun"], row["fact"], row["text"])
        for row in (await desk.get(f"/incidents/{one['id']}/timeline", limit=500)).json()["items"]
        if row["noun"] == "agency_request"
    ]
    assert facts[0] == ("agency_request", "sent", "二楼起火")
    assert facts[-1] == ("agency_request", "stepped", "明火已灭")

    async def sent() -> bool:
        items = (await desk.get(f"{step}/messages")).json()["items"]
        return [one["kind"] for one in items] == ["request", "chase"] and all(
            one["sent_at"] or one["failure"] for one in items
        )

    async with asyncio.timeout(GUARD_S):
        while not await sent():
            await asyncio.sleep(0.05)


async def test_a_complaint_is_answered_or_the_incident_reopened_in_one_act(doors: Doors) -> None:
    reviewer, leader = await doors.seat("reviewer"), await doors.seat("leader")
    one = await handled(doors)
    alarm = one["alarms"][0]["id"]
    told = await reviewer.made(f"/alarms/{alarm}/call-back", {"outcome": "dissatisfied", "text": "太慢"})
    order = told["called_back"]["supervision_id"]
    assert told["called_back"]["then"] == "supervise"
    given = (await leader.get(f"/supervision/{order}")).json()
    assert (given["cause"], given["text"], given["alarm_id"]) == ("call_back", "太慢", alarm)
    other = await handled(doors)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    await boss.made(f"/incidents/{other['id']}/review", {"accept": True})
    await boss.made(f"/incidents/{other['id']}/close")
    body = {"outcome": "dissatisfied", "then": {"do": "reopen", "to": "received"}}
    await reviewer.made(f"/alarms/{other['alarms'][0]['id']}/call-back", body)
    assert (await boss.get(f"/incidents/{other['id']}")).json()["state"] == "received"


async def test_call_backs_that_are_due_are_listed_for_who_may_make_them(doors: Doors) -> None:
    one = await doors.incident(type="200260", caller=CALLER)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    await boss.made(f"/incidents/{one['id']}/handle", {"result": "handled"})
    alarm = one["alarms"][0]["id"]
    reviewer = await doors.seat("reviewer")
    due_now = {row["id"]: row for row in (await reviewer.get("/call-backs", limit=500)).json()["items"]}
    assert due_now[alarm]["why"]["key"] == "type"
    assert due_now[alarm]["alarm"]["caller"]["number"] == "138****1234"
    await reviewer.made(f"/alarms/{alarm}/call-back", {"outcome": "satisfied"})
    items = (await reviewer.get("/call-backs", limit=500)).json()["items"]
    assert alarm not in {row["id"] for row in items}
    assert (await (await doors.seat("call_taker")).get("/call-backs")).status_code == 403


async def test_who_reviews_is_shown_with_the_reason(doors: Doors) -> None:
    one = await handled(doors, type="100100")
    assert one["state"] == "fed_back"
    assert one["review"]["by"] == "person"
    assert "type" in [why["key"] for why in one["review"]["why"]]


async def noun_of(socket: Any, noun: str) -> Any:
    while True:
        event = await hear(socket, "event")
        if event["noun"] == noun:
            return event


async def test_both_rooms_hear_at_once_at_whichever_replica_and_no_other_does(
    replicas: tuple[Doors, Doors],
) -> None:
    here, there = replicas
    above = await here.seat("leader")
    below = await there.seat("leader", of=town.NORTH)
    beside = await there.seat("leader", of=town.SOUTH)
    async with open_street(there) as street:
        async with street.as_seat(below) as socket, street.as_seat(beside) as deaf:
            await subscribe(socket, town.NORTH)
            await subscribe(deaf, town.SOUTH)
            await hear(socket, "snapshot")
            await hear(deaf, "snapshot")
            given = await above.made("/supervision", demand(text="两所都看"), 201)
            event = await noun_of(socket, "supervision")
            assert (event["id"], event["fact"], event["now"]["text"]) == (given["id"], "given", "两所都看")
            one = await there.incident(place={"lon": 114.08, "lat": 22.54})
            heard = await hear(deaf, "event")  # the first it hears is what comes after
            assert heard["noun"] != "supervision"
            assert one["id"] in {heard["id"], heard["now"].get("incident_id")}
        async with street.as_seat(below) as late:
            await subscribe(late, town.NORTH)
            snapshot = await hear(late, "snapshot")
            assert given["id"] in [one["id"] for one in snapshot["supervision"]]


async def test_two_seats_at_two_replicas_end_an_order_once(replicas: tuple[Doors, Doors]) -> None:
    here, there = replicas
    seats: list[Seat] = [await here.seat("leader"), await there.seat("leader", "reviewer")]
    below = await there.seat("dispatcher", of=town.NORTH)
    for _ in range(5):
        given = await seats[0].made("/supervision", demand(), 201)
        path = f"/supervision/{given['id']}"
        await below.made(f"{path}/answer", {"text": "答"})
        told = await asyncio.gather(
            seats[0].post(f"{path}/sign-off"), seats[1].post(f"{path}/return", {"text": "不行"})
        )
        assert sorted(one.status_code for one in told) == [200, 409], [one.text for one in told]


async def test_closing_and_demanding_at_once_leave_one_truth(replicas: tuple[Doors, Doors]) -> None:
    """Either the demand came first and the incident stays open, or it came to a closed incident."""
    here, there = replicas
    boss, leader = await here.seat("dispatcher", "reviewer"), await there.seat("leader")
    for _ in range(6):
        one = await handled(here, caller=None)
        await boss.made(f"/incidents/{one['id']}/review", {"accept": True})
        closed, given = await asyncio.gather(
            boss.post(f"/incidents/{one['id']}/close"),
            leader.post("/supervision", demand(incident_id=one["id"])),
        )
        assert given.status_code == 201
        rows = (await boss.get(f"/incidents/{one['id']}/timeline", limit=500)).json()["items"]
        order = [row["fact"] for row in rows if row["fact"] in ("closed", "given")]
        assert order == (["closed", "given"] if closed.status_code == 200 else ["given"])


async def test_all_of_it_folds_from_the_journal(doors: Doors) -> None:
    conn = await asyncpg.connect(doors.runtime.settings.database_url)
    try:
        found = await verify(conn, FOLDS)
    finally:
        await conn.close()
    assert found.sound, found.broken


async def test_the_document_names_every_address(doors: Doors) -> None:
    document = (await (await doors.visitor()).get("/schema/openapi.json")).json()
    assert {
        "/api/v1/supervision", "/api/v1/supervision/{supervision_id}/answer",
        "/api/v1/supervision/{supervision_id}/sign-off", "/api/v1/supervision/{supervision_id}/return",
        "/api/v1/supervision/{supervision_id}/withdraw", "/api/v1/incidents/{incident_id}/agency-requests",
        "/api/v1/agency-requests/{request_id}/chase", "/api/v1/call-backs",
    } <= document["paths"].keys()  # fmt: skip
    assert {"SupervisionShown", "AgencyRequestShown", "OpenEnd"} <= {
        name.rpartition(".")[2].rpartition("_")[2] for name in document["components"]["schemas"]
    }
