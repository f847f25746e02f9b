"""Promise: before a report is handed in its form is compared and judged as the report will be, and a person's judgement counts."""

from typing import Any

import pytest

from incidents.duplicates import Candidate
from tests.harness import town
from tests.harness.doors import Doors, Seat

HERE = {"lon": 114.061, "lat": 22.531, "address": "莲花山南门"}


async def alike(seat: Seat, **typed: Any) -> list[dict[str, Any]]:
    told = await seat.get("/incidents/alike", **typed)
    assert told.status_code == 200, told.text
    items: list[dict[str, Any]] = told.json()["items"]
    return items


async def test_what_is_typed_finds_the_same_incidents_as_what_is_handed_in(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    first = await seat.made("/alarms", {"source": "call", "place": HERE, "type": "400111"}, 201)
    (found,) = await alike(seat, lon=HERE["lon"], lat=HERE["lat"], type="400111")
    assert found["incident_id"] == first["incident"]["id"]
    assert found["reasons"][0]["zh"]
    (worded,) = await alike(seat, address=HERE["address"])
    assert worded["incident_id"] == first["incident"]["id"]
    second = await seat.made("/alarms", {"source": "call", "place": HERE, "type": "400111"}, 201)
    assert second["candidates"][0]["incident_id"] == found["incident_id"]
    assert second["candidates"][0]["score"] >= found["score"]


async def test_the_number_of_a_call_is_compared_without_being_sent(doors: Doors) -> None:
    seat = await doors.seat("call_taker")
    number = "13500007711"
    before = await seat.made("/calls", {"act": "answered", "number": number}, 201)
    first = await seat.made("/alarms", {"source": "call", "call_id": before["id"]}, 201)
    again = await seat.made("/calls", {"act": "answered", "number": number}, 201)
    (found,) = await alike(seat, call_id=again["id"])
    assert found["incident_id"] == first["incident"]["id"]
    assert [reason["key"] for reason in found["reasons"]][:1] == ["same_number"]
    assert await alike(seat, call_id="no-such-call") == []


async def test_a_room_compares_with_its_own_incidents_only(doors: Doors) -> None:
    city = await doors.seat("call_taker")
    place = {"lon": 114.02, "lat": 22.54, "address": "北门广场9号"}
    await city.made("/alarms", {"source": "call", "place": place}, 201)
    south = await doors.seat("call_taker", of=town.SOUTH)
    assert await alike(south, lon=place["lon"], lat=place["lat"]) == []
    assert await alike(city, lon=place["lon"], lat=place["lat"])


async def test_answers_and_a_persons_judgement_decide_the_priority(doors: Doors) -> None:
    seat = await doors.seat("call_taker")

    async def priority(**more: Any) -> tuple[int, list[str]]:
        made = await seat.made("/alarms", {"source": "call", "type": "300100", **more}, 201)
        return made["incident"]["priority"], made["incident"]["labels"]

    assert (await priority())[0] == 2
    urgent, labels = await priority(answers={"crash_injured": "yes"})
    assert (urgent, "injured" in labels) == (1, True)
    assert (await priority(answers={"crash_injured": "no"}))[0] == 3
    assert (await priority(answers={"crash_injured": "no"}, priority=2))[0] == 2
    assert (await priority(priority=4))[0] == 4
    wrong = await seat.post("/alarms", {"source": "call", "type": "300100", "answers": {"weapon": "none"}})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_answer")


async def test_a_p1_is_not_taken_lower_without_the_leader(doors: Doors) -> None:
    fire = {"source": "call", "type": "400111", "priority": 3}
    refused = await (await doors.seat("call_taker")).post("/alarms", fire)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    made = await (await doors.seat("leader")).made("/alarms", fire, 201)
    assert made["incident"]["priority"] == 3
    injured = {"source": "call", "type": "300100", "answers": {"crash_injured": "yes"}, "priority": 2}
    assert (await (await doors.seat("call_taker")).post("/alarms", injured)).status_code == 403


async def test_nothing_is_held_while_forms_are_compared(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others of the replica may use a connection at one moment; whoever compares never does."""
    seat, pool, index = (
        await doors.seat("call_taker"),
        doors.runtime.pool,
        doors.runtime.centre.open_incidents,
    )
    held: list[int] = []

    def compared(*_: object) -> list[Candidate]:
        held.append(pool.get_size() - pool.get_idle_size())
        return []

    monkeypatch.setattr(index, "candidates", compared)
    for _ in range(20):
        assert await alike(seat, lon=HERE["lon"], lat=HERE["lat"]) == []
    assert (len(held), min(held)) == (20, 0)
