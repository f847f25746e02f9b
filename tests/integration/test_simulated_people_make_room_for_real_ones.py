"""Promise: what a person at the page has touched is left to that person, and simulated callers never mix with real ones."""

from random import Random
from typing import Any

import pytest

from incidents.simulator import MISDIALLED, Callers
from incidents.town import Spot
from incidents.types import shipped_tree
from tests.harness import town
from tests.harness.doors import Doors
from web.aid import Aid
from web.call_takers import alarm
from web.drive import Door
from web.seats import Seats, real_ones
from web.shift import Shift

NIGHT_S = 10_000.0


async def door_of(doors: Doors, *roles: str) -> Door:
    seat = await doors.seat(*roles)
    return Door([seat.client], seat.secret)


@pytest.fixture
async def seats(doors: Doors) -> Seats:
    roles = ("call_taker", "dispatcher", "leader", "reviewer")
    return Seats({role: await door_of(doors, role) for role in roles})


async def touched_by_a_person(doors: Doors, incident: dict[str, Any]) -> None:
    person = await doors.seat("dispatcher", "leader")
    await person.made(f"/incidents/{incident['id']}/notes", {"kind": "scene", "text": "我来处理"}, 201)


async def test_it_is_a_persons_once_a_person_has_acted_on_it(doors: Doors, seats: Seats) -> None:
    incident = await doors.incident()
    assert not await seats.is_a_persons(incident["id"])
    await touched_by_a_person(doors, incident)
    assert await seats.is_a_persons(incident["id"])


async def test_the_shift_settles_what_waits_but_not_what_a_person_has_taken(
    doors: Doors, seats: Seats
) -> None:
    free = await doors.incident(type=MISDIALLED)
    theirs = await doors.incident(type=MISDIALLED, place={"lon": 114.03, "lat": 22.53})
    await touched_by_a_person(doors, theirs)
    now_s = [0.0]
    shift = Shift(seats, shipped_tree(), Random(1), lambda: now_s[0], 1.0)
    for _ in range(3):
        await shift.go_round()
        now_s[0] += NIGHT_S
    leader = await doors.seat("leader")
    after = {one["id"]: (await leader.get(f"/incidents/{one['id']}")).json() for one in (free, theirs)}
    assert after[free["id"]]["state"] == "void"
    assert after[theirs["id"]]["state"] == "received"


async def test_an_officer_in_danger_is_left_to_a_person_for_minutes_and_then_spoken_with(
    doors: Doors, seats: Seats
) -> None:
    leader = await doors.seat("leader")
    pressed = await leader.made(f"/units/{town.N1}/emergency", {}, 201)
    now_s = [0.0]
    aid = Aid(seats, Random(1), lambda: now_s[0], 1.0)

    async def stands() -> bool:
        standing = (await leader.get("/emergencies")).json()["items"]
        return pressed["id"] in [one["id"] for one in standing]

    for now_s[0] in (0.0, 100.0):
        await aid.go_round()
        assert await stands()
    now_s[0] = 300.0
    await aid.go_round()
    assert not await stands()


async def test_open_incidents_that_are_no_exercise_are_real(doors: Doors) -> None:
    door = await door_of(doors, "leader")
    before = set(await real_ones(door))
    real, drill = await doors.incident(), await doors.incident(exercise=True)
    assert set(await real_ones(door)) - before == {real["number"]}
    assert drill["exercise"]


def test_a_drills_callers_mark_every_report() -> None:
    callers = Callers(Random(1), lambda _rng, _kinds: Spot(114.0, 22.5, "和平路1号"), (), 60.0)
    report: Any = next(iter(callers.reports()))
    assert alarm(report, exercise=True)["exercise"] is True
    assert "exercise" not in alarm(report)
