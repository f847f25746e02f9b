"""Row promise: every incident says what it waits for, on whom, until when and what then; what fell due stands as an alert."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat, open_doors
from tests.harness.street import open_street
from tests.harness.waiting import GUARD_S
from tests.integration.test_the_live_feed_over_a_real_socket import hear, subscribe


@pytest.fixture
async def doors(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Doors]:
    """Of a town of this test's own, whose clock it may move."""
    async with open_doors(database_url, nats_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def dispatcher(doors: Doors) -> Seat:
    return await doors.seat("dispatcher")


async def when(read: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """The answer as soon as it holds."""
    async with asyncio.timeout(GUARD_S):
        while not holds(told := await read()):
            await asyncio.sleep(0.05)
    return told


async def row(seat: Seat, id_: str) -> Any:
    return (await seat.get(f"/incidents/{id_}")).json()


async def order(seat: Seat, id_: str) -> Any:
    body = {"orders": [{"unit_id": str(town.N1)}]}
    return (await seat.made(f"/incidents/{id_}/assignments", body, 201))["items"][0]


async def test_a_new_row_waits_for_its_room_from_the_first_answer_on(doors: Doors, dispatcher: Seat) -> None:
    opened = await doors.incident(type="100200")
    later = await row(dispatcher, opened["id"])
    for told in (opened["waiting"], later["waiting"]):
        assert (told["what"], told["on"], told["then"]) == ("not_dispatched", "北所", "alert")
        assert told["said"]["zh"]["what"] == "等北所派警"
        assert told["said"]["en"]["what"] == "North to send somebody"
    assert opened["waiting"]["until"] == later["waiting"]["until"]
    until = datetime.fromisoformat(later["waiting"]["until"])
    assert until - datetime.fromisoformat(later["opened_at"]) == timedelta(seconds=60)
    assert later["alerts"] == []


async def test_what_is_keyed_in_later_waits_for_nothing(doors: Doors, dispatcher: Seat) -> None:
    opened = await doors.incident(back_entry=True)
    assert opened["waiting"] is None
    assert (await row(dispatcher, opened["id"]))["waiting"] is None


async def test_each_step_changes_what_is_waited_for(doors: Doors, dispatcher: Seat) -> None:
    id_ = (await doors.incident())["id"]
    job = await order(dispatcher, id_)
    assert (await row(dispatcher, id_))["waiting"]["then"] == "second_bearer"
    for step, awaited in (
        ("deliver", "not_accepted_unit"),
        ("accept", "not_en_route"),
        ("en-route", "not_arrived"),
    ):
        await dispatcher.made(f"/assignments/{job['id']}/{step}")
        waiting = (await row(dispatcher, id_))["waiting"]
        assert (waiting["what"], waiting["on"], waiting["id"]) == (awaited, "118", job["id"])


async def test_what_fell_due_is_an_alert_with_a_line_ready_to_be_spoken(
    doors: Doors, dispatcher: Seat, clock: Clock
) -> None:
    id_ = (await doors.incident(place={"lon": 114.02, "lat": 22.54, "address": "北街1号"}))["id"]
    job = await order(dispatcher, id_)
    await clock.forward(timedelta(seconds=61))

    def told(one: Any) -> bool:
        return len(one["alerts"]) == 4

    seen = await when(lambda: row(dispatcher, id_), told)
    alerts = {alert["rule"]: alert for alert in seen["alerts"]}
    assert alerts.keys() == {"second_bearer", "sms_or_phone", "voice_prompt", "not_accepted_unit"}
    say = alerts["voice_prompt"]["said"]["zh"]["say"]
    assert say.startswith("118，118，市局呼叫：")
    assert "北街1号" in say
    assert seen["number"] in say
    assert alerts["not_accepted_unit"]["on"] == "118"
    await dispatcher.made(f"/assignments/{job['id']}/accept")
    assert (await row(dispatcher, id_))["alerts"] == []


async def test_every_seat_hears_at_once_what_is_waited_for_now(
    doors: Doors, dispatcher: Seat, clock: Clock
) -> None:
    async with open_street(doors) as street:
        id_ = (await doors.incident())["id"]
        job = await order(dispatcher, id_)
        async with street.as_seat(dispatcher) as socket:
            await subscribe(socket, town.CITY)
            await hear(socket, "snapshot")
            await dispatcher.made(f"/assignments/{job['id']}/deliver")
            seen = await told_of(socket, id_)
            while (
                seen["waiting"]["what"] == "second_bearer"
            ):  # what was done before it listened may still come
                seen = await told_of(socket, id_)
            assert seen["waiting"]["what"] == "not_accepted_unit"
            await clock.forward(timedelta(seconds=61))
            seen = await told_of(socket, id_, fact="rule_fired")
            while not seen["alerts"]:  # the unit was chased first, which is no seat's alert
                seen = await told_of(socket, id_, fact="rule_fired")
            assert [alert["rule"] for alert in seen["alerts"]] == ["not_accepted_unit"]


async def told_of(socket: Any, id_: str, fact: str | None = None) -> Any:
    """The incident as the next event (with that fact) tells it."""
    while True:
        event = await hear(socket, "event")
        about = [event, *event.get("also", [])]
        told = [one["now"] for one in about if one["id"] == id_ and one["noun"] == "incident"]
        if told and fact in (None, event["fact"]):
            return told[0]


def as_file(read: Any) -> dict[str, Any]:
    """Rules and the signs they go by, as they are put in."""
    return {"rules": read["rules"], "signs": read["signs"]}


async def test_other_rules_hold_at_once_for_what_is_open(doors: Doors, dispatcher: Seat) -> None:
    id_ = (await doors.incident(type="100200"))["id"]
    before = await row(dispatcher, id_)
    admin = await doors.seat("admin")
    read = await admin.get("/admin/rules")
    file = read.json()
    for rule in file["rules"]:
        if rule["since"] == "unassigned":
            rule["after_s"] = 600
    put = await admin.put("/admin/rules", as_file(file), etag=read.headers["etag"])
    assert put.status_code == 200, put.text
    assert put.headers["etag"] != read.headers["etag"]

    def moved(one: Any) -> bool:
        return bool(one["waiting"]["until"] != before["waiting"]["until"])

    seen = await when(lambda: row(dispatcher, id_), moved)
    until = datetime.fromisoformat(seen["waiting"]["until"])
    assert until - datetime.fromisoformat(before["waiting"]["until"]) == timedelta(seconds=540)


async def test_rules_are_put_back_only_as_they_were_read_and_only_whole(
    doors: Doors, dispatcher: Seat
) -> None:
    admin = await doors.seat("admin")
    read = await admin.get("/admin/rules")
    file = as_file(read.json())
    assert (await admin.put("/admin/rules", file)).status_code == 428
    assert (await admin.put("/admin/rules", file, etag='"99"')).status_code == 412
    assert (await dispatcher.put("/admin/rules", file, etag='"0"')).status_code == 403
    broken = file | {"rules": [*file["rules"], file["rules"][0] | {"id": "mine", "effect": "explode"}]}
    refused = await admin.put("/admin/rules", broken, etag=read.headers["etag"])
    assert refused.status_code == 400
    assert "the effect 'explode'" in refused.json()["detail"]
    assert (await admin.get("/admin/rules")).headers["etag"] == read.headers["etag"]


async def test_all_that_was_said_of_an_order_can_be_read(
    doors: Doors, dispatcher: Seat, clock: Clock
) -> None:
    admin = await doors.seat("admin")
    units = await admin.get("/admin/units")
    entries = [unit | {"duty_phone": "95110"} for unit in units.json()["items"] if unit["id"] == str(town.N1)]
    assert (
        await admin.put("/admin/units", {"items": entries}, etag=units.headers["etag"])
    ).status_code == 200
    job = await order(dispatcher, (await doors.incident())["id"])
    await clock.forward(timedelta(seconds=31))

    async def said() -> Any:
        return (await dispatcher.get(f"/assignments/{job['id']}/messages")).json()["items"]

    def handed_over(items: Any) -> bool:
        return any(one["bearer"] == "sms" and one["sent_at"] for one in items)

    told = await when(said, handed_over)
    sms = next(one for one in told if one["bearer"] == "sms")
    assert sms["by"] == "recorded"
    assert "J" in sms["body"]["en"]
