"""Promise: somebody always answers; a seat signed off, on a break or out of touch is covered, once, and gets its own back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from dispatch.desk import sitting
from dispatch.desk.sitting import TakeSeat
from dispatch.folds import FOLDS
from dispatch.rules import Rules
from dispatch.verify import verify
from dispatch.work import Actor, Work
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.manned import FACTS, Room
from tests.harness.people import seats
from web import auth


@pytest.fixture(scope="module")
def town_clock(doors: Doors) -> Clock:
    """One for all tests here: time never goes back."""
    return Clock(doors.runtime.settings.database_url)


@pytest.fixture
async def room(doors: Doors, town_clock: Clock) -> AsyncIterator[Room]:
    """Fresh seats: two dispatchers and a call-taker of the city, one combined seat in each station."""
    tag = uuid4().hex[:4]
    kinds = {"D-1": "dispatcher", "D-2": "dispatcher", "J-1": "call_taker", "J-2": "call_taker"}
    wanted = [(f"{code}{tag}", town.CITY, kind) for code, kind in kinds.items()]
    wanted += [(f"N-1{tag}", town.NORTH, "combined"), (f"S-1{tag}", town.SOUTH, "combined")]
    ids = await seats(doors, *wanted)
    own = {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)}
    opened = Room(doors, town_clock, own)
    yield opened
    for page in opened.pages:
        await page.delete("/session")


async def test_a_page_that_is_not_heard_for_twenty_seconds_is_covered_once(room: Room) -> None:
    await room.sit("D-1", "dispatcher")
    await room.sit("D-2", "dispatcher")
    await room.forward(15)
    await room.hear("D-1", "D-2")
    await room.forward(15)
    assert (await room.seat("D-1"))["state"] == "ready"
    await room.hear("D-2")
    await room.forward(10)
    lost = await room.seat("D-1")
    assert lost["state"] == "away"
    assert lost["covered_by"]["because"] == "no_link"
    assert lost["covered_by"]["seat_id"] == room.ids["D-2"]
    assert not lost["linked"]
    assert (await room.seat("D-2"))["state"] == "ready"
    await room.hear("D-2")
    await room.forward(5)
    assert await room.facts("D-1") == ["established", "taken", "link_lost", "covered"]


async def test_while_nobody_could_hear_nobody_is_called_silent(room: Room) -> None:
    """The database was away for a minute, or the only replica: no page is to blame, each gets its twenty seconds."""
    await room.sit("D-1", "dispatcher")
    await room.clock.forward(timedelta(seconds=60))
    await room.listening(0)
    await room.fire()
    assert (await room.seat("D-1"))["state"] == "ready"
    await room.forward(21)
    assert (await room.seat("D-1"))["state"] == "away"


async def test_who_comes_back_gets_it_back_on_request(room: Room) -> None:
    page = await room.sit("D-1", "dispatcher")
    await room.sit("D-2", "dispatcher")
    await room.forward(21)
    await room.hear("D-1")
    assert (await room.seat("D-1"))["covered_by"] is not None
    back = await page.made(f"/seats/{room.ids['D-1']}/state", {"state": "ready"})
    assert (back["state"], back["covered_by"]) == ("ready", None)
    assert (await room.facts("D-1"))[-2:] == ["state_changed", "returned"]


async def test_a_break_gives_the_queue_to_who_is_named(room: Room) -> None:
    page = await room.sit("D-1", "dispatcher")
    await room.sit("D-2", "dispatcher")
    station = await room.sit("N-1", "dispatcher", room=town.NORTH)
    named = await page.made(f"/seats/{room.ids['D-1']}/cover", {"seat_id": room.ids["D-2"]})
    assert named["cover"] == {"seat_id": room.ids["D-2"], "room_id": None}
    resting = await page.made(f"/seats/{room.ids['D-1']}/state", {"state": "break"})
    assert resting["covered_by"]["because"] == "break"
    assert resting["covered_by"]["seat_id"] == room.ids["D-2"]
    off = await station.made(f"/seats/{room.ids['N-1']}/leave")
    assert (off["state"], off["covered_by"]["because"]) == ("empty", "signed_off")
    assert off["covered_by"]["room_id"] == str(town.CITY)


async def test_the_station_beside_can_command_while_it_covers_and_not_after(room: Room) -> None:
    """Two stations know nothing of each other's incidents; the cover does, as long as it covers."""
    north = await room.sit("N-1", "dispatcher", room=town.NORTH)
    south = await room.sit("S-1", "dispatcher", room=town.SOUTH)
    incident = await room.doors.incident()
    assert incident["room"] == str(town.NORTH)
    assert (await south.get(f"/incidents/{incident['id']}")).status_code == 404
    await north.made(f"/seats/{room.ids['N-1']}/cover", {"seat_id": room.ids["S-1"]})
    await north.made(f"/seats/{room.ids['N-1']}/state", {"state": "break"})
    session = await south.session()
    assert session["covering"] == [str(town.NORTH)]
    assert (await south.get(f"/incidents/{incident['id']}")).status_code == 200
    order = {"orders": [{"unit_id": str(town.N2)}]}
    made = await south.made(f"/incidents/{incident['id']}/assignments", order, 201)
    await south.made(f"/assignments/{made['items'][0]['id']}/recall")
    await north.made(f"/seats/{room.ids['N-1']}/state", {"state": "ready"})
    assert (await south.session())["covering"] == []
    assert (await south.get(f"/incidents/{incident['id']}")).status_code == 404


async def test_when_the_cover_goes_too_the_next_one_covers(room: Room) -> None:
    one, two = await room.sit("D-1", "dispatcher"), await room.sit("D-2", "dispatcher")
    station = await room.sit("N-1", "dispatcher", room=town.NORTH)
    await one.made(f"/seats/{room.ids['D-1']}/state", {"state": "break"})
    assert (await room.seat("D-1"))["covered_by"]["seat_id"] == room.ids["D-2"]
    await two.made(f"/seats/{room.ids['D-2']}/leave")
    moved = (await room.seat("D-1"))["covered_by"]
    assert (moved["because"], moved["room_id"]) == ("cover_gone", str(town.CITY))
    del station


async def test_two_people_never_sit_at_one_seat(room: Room) -> None:
    people = [await room.person("dispatcher") for _ in range(4)]
    told = await asyncio.gather(*(one.post("/seats", {"seat_id": room.ids["D-1"]}) for one in people))
    assert sorted(one.status_code for one in told) == [201, 409, 409, 409]
    [won] = [one.json() for one in told if one.status_code == 201]
    for refused in (one.json() for one in told if one.status_code == 409):
        assert refused["code"] == "seat_taken"
        assert (refused["holder"], refused["since"], refused["dead"]) == (won["holder"], won["since"], False)
        assert won["holder_name"] in refused["detail"]
        assert refused["holder_name"] == won["holder_name"]


async def test_a_dead_session_is_relieved_openly(room: Room) -> None:
    first = await room.sit("D-1", "dispatcher")
    holder = (await first.session())["principal"]
    second = await room.person("dispatcher")
    wish = {"seat_id": room.ids["D-1"], "take_over": True}
    assert (await second.post("/seats", wish)).json()["dead"] is False
    await room.forward(21)
    refused = (await second.post("/seats", {"seat_id": room.ids["D-1"]})).json()
    assert (refused["code"], refused["dead"]) == ("seat_taken", True)
    taken = await second.made("/seats", wish, 201)
    assert (taken["state"], taken["covered_by"]) == ("ready", None)
    assert (await first.session())["seat"] is None
    assert (await first.post(f"/seats/{room.ids['D-1']}/state", {"state": "break"})).status_code == 403
    async with room.doors.runtime.pool.acquire() as conn:
        body = (await conn.fetch(FACTS, UUID(room.ids["D-1"])))[-2]
    assert (body["fact"], holder in body["body"]) == ("taken", True)


async def test_ones_own_seat_is_there_after_a_new_sign_in(room: Room) -> None:
    await room.sit("D-1", "dispatcher")
    again = await room.again(room.login)
    assert (await again.sit(room.ids["D-1"]))["state"] == "ready"
    assert (await again.session())["seat"]["code"].startswith("D-1")


async def test_a_seat_says_what_one_may_do_there(room: Room) -> None:
    page = await room.person("call_taker", "dispatcher", "leader")
    await page.sit(room.ids["D-1"], roles=["dispatcher"])
    session = await page.session()
    assert session["roles"] == ["dispatcher"]
    assert session["allowed_roles"] == ["call_taker", "dispatcher", "leader"]
    wrong = await page.post("/seats", {"seat_id": room.ids["J-1"], "roles": ["dispatcher"]})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_allowed")
    both = await page.sit(room.ids["N-1"], roles=["call_taker", "dispatcher"])
    assert both["roles"] == ["call_taker", "dispatcher"]
    session = await page.session()
    assert (session["room_id"], session["rooms"]) == (str(town.NORTH), [str(town.NORTH)])
    assert (await room.seat("D-1"))["state"] == "empty"
    assert room.ids["D-1"] in [one["id"] for one in (await page.get("/seats", free=1)).json()["items"]]


async def test_signing_out_signs_the_seat_off(room: Room) -> None:
    page = await room.sit("D-1", "dispatcher")
    await room.sit("D-2", "dispatcher")
    assert (await page.delete("/session")).status_code == 204
    seat = await room.seat("D-1")
    assert (seat["state"], seat["covered_by"]["because"]) == ("empty", "signed_off")
    assert seat["covered_by"]["seat_id"] == room.ids["D-2"]


async def test_a_seat_is_covered_from_its_room_above_or_beside(room: Room) -> None:
    page = await room.sit("N-1", "dispatcher", room=town.NORTH)
    cover = f"/seats/{room.ids['N-1']}/cover"
    for fits in ({"room_id": str(town.CITY)}, {"seat_id": room.ids["S-1"]}, {"seat_id": room.ids["D-1"]}, {}):
        assert (await page.post(cover, fits)).status_code == 200, fits
    city = await room.sit("D-1", "dispatcher")
    below = await city.post(f"/seats/{room.ids['D-1']}/cover", {"seat_id": room.ids["N-1"]})
    assert (below.status_code, below.json()["field"]) == (400, "cover")
    itself = await page.post(cover, {"seat_id": room.ids["N-1"]})
    assert (itself.status_code, itself.json()["field"]) == (400, "cover")


async def test_a_program_takes_no_seat_and_nobody_takes_one_elsewhere(room: Room) -> None:
    told = await (await room.doors.seat("dispatcher")).post("/seats", {"seat_id": room.ids["D-1"]})
    assert told.status_code == 400
    station = await room.sit("N-1", "dispatcher", room=town.NORTH)
    assert (await station.post("/seats", {"seat_id": room.ids["S-1"]})).status_code == 404


async def test_seats_are_told_in_the_journal_whole(room: Room) -> None:
    await room.sit("D-1", "dispatcher")
    await room.forward(25)
    async with room.doors.runtime.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.sound, report.broken


async def test_after_an_outage_nobody_who_sits_there_is_taken_for_dead(room: Room) -> None:
    """The server was away for a minute: whoever is back at once has the whole limit of the rule to be heard again."""
    await room.sit("D-1", "dispatcher")
    second = await room.person("dispatcher")
    await room.hear("D-1")
    await room.clock.forward(timedelta(seconds=60))
    await room.listening(0)
    assert (await room.seat("D-1"))["linked"]
    told = (await second.post("/seats", {"seat_id": room.ids["D-1"], "take_over": True})).json()
    assert (told["code"], told["dead"]) == ("seat_taken", False)
    free = (await second.get("/seats", free=1)).json()["items"]
    assert room.ids["D-1"] not in [one["id"] for one in free]
    await room.clock.forward(timedelta(seconds=21))
    await room.listening(21)
    assert not (await room.seat("D-1"))["linked"]


async def test_how_long_a_page_may_be_silent_is_said_by_the_rule_alone(room: Room) -> None:
    await room.sit("D-1", "dispatcher")
    second = await room.person("dispatcher")
    centre = room.doors.runtime.centre
    shipped = centre.rules
    longer = [
        msgspec.structs.replace(rule, after_s=90.0) if rule.noun == "seat" else rule for rule in shipped.rules
    ]
    centre.rules = Rules(shipped.version, tuple(longer))
    try:
        await room.clock.forward(timedelta(seconds=60))
        await room.listening()
        assert (await room.seat("D-1"))["linked"]
        assert not (await second.post("/seats", {"seat_id": room.ids["D-1"]})).json()["dead"]
    finally:
        centre.rules = shipped
    assert not (await room.seat("D-1"))["linked"]


async def test_who_moves_to_the_seat_beside_covers_for_the_one_they_left(room: Room) -> None:
    page = await room.sit("D-1", "dispatcher")
    await page.sit(room.ids["D-2"])
    left = await room.seat("D-1")
    assert (left["state"], left["covered_by"]["seat_id"]) == ("empty", room.ids["D-2"])
    await page.sit(room.ids["D-1"])
    assert (await room.seat("D-1"))["covered_by"] is None
    assert (await room.seat("D-2"))["covered_by"]["seat_id"] == room.ids["D-1"]


async def test_who_was_relieved_elsewhere_a_moment_ago_changes_nothing_there(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica has given the seat away; this one still believes for a second that its holder sits there."""
    monkeypatch.setattr(auth, "BELIEVED_S", 3600.0)
    first = await room.sit("D-1", "dispatcher")
    second = await room.person("dispatcher")
    await room.forward(21)
    keeper: auth.Doorkeeper = room.doors.app.state.doorkeeper
    visitor = await keeper.by_session(second.client.cookies[auth.COOKIE])
    assert visitor is not None
    assert (await first.session())["seat_id"] == room.ids["D-1"]
    wanted = TakeSeat(seat_id=UUID(room.ids["D-1"]), take_over=True)

    async def taken(w: Work) -> dict[str, Any]:
        return {"seat": (await sitting.take(w, visitor.session_id, wanted)).id}

    await room.doors.runtime.acting.act(Actor(principal=visitor.principal), taken)
    path = f"/seats/{room.ids['D-1']}"
    for act, body in (("state", {"state": "break"}), ("cover", {"seat_id": room.ids["D-2"]}), ("leave", {})):
        assert (await first.post(f"{path}/{act}", body)).status_code == 403, act
    assert (await first.delete("/session")).status_code == 204
    seat = await room.seat("D-1")
    assert (seat["state"], seat["holder"], seat["cover"]) == ("ready", visitor.principal.id, None)


async def test_signing_out_leaves_the_seat_that_was_taken_elsewhere_a_moment_ago(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "BELIEVED_S", 3600.0)
    page = await room.sit("D-1", "dispatcher")
    keeper: auth.Doorkeeper = room.doors.app.state.doorkeeper
    visitor = await keeper.by_session(page.client.cookies[auth.COOKIE])
    assert visitor is not None

    async def moved(w: Work) -> dict[str, Any]:
        wanted = TakeSeat(seat_id=UUID(room.ids["D-2"]))
        return {"seat": (await sitting.take(w, visitor.session_id, wanted)).id}

    await room.doors.runtime.acting.act(Actor(principal=visitor.principal), moved)
    assert (await page.delete("/session")).status_code == 204
    assert (await room.seat("D-2"))["state"] == "empty"


async def test_who_is_named_to_cover_must_be_able_to(room: Room) -> None:
    page = await room.sit("D-1", "dispatcher")
    cover = f"/seats/{room.ids['D-1']}/cover"
    taker = await page.post(cover, {"seat_id": room.ids["J-1"]})
    assert (taker.status_code, taker.json()["field"]) == (400, "cover")
    assert "dispatcher" in taker.json()["detail"]
    assert (await page.post(cover, {"seat_id": room.ids["D-2"]})).status_code == 200
    station = await room.sit("N-1", "call_taker", room=town.NORTH)
    assert (
        await station.post(f"/seats/{room.ids['N-1']}/cover", {"seat_id": room.ids["S-1"]})
    ).status_code == 200
    await room.sit("S-1", "dispatcher", room=town.SOUTH)
    busy = await station.post(f"/seats/{room.ids['N-1']}/cover", {"seat_id": room.ids["S-1"]})
    assert (busy.status_code, busy.json()["field"]) == (400, "cover")
    admin = await room.doors.seat("admin")
    items = (await admin.get("/admin/seats")).json()["items"]
    assert (await admin.put("/admin/seats", {"items": items}, "*")).status_code == 200
    wrong = [one | {"cover": {"seat_id": room.ids["J-1"]}} for one in items if one["id"] == room.ids["D-1"]]
    told = await admin.put("/admin/seats", {"items": wrong}, "*")
    assert (told.status_code, told.json()["field"]) == (400, "cover")


async def test_who_takes_other_roles_gives_up_what_they_covered(room: Room) -> None:
    one = await room.sit("N-1", "dispatcher", room=town.NORTH)
    await one.made(f"/seats/{room.ids['N-1']}/cover", {"seat_id": room.ids["S-1"]})
    other = await room.person("dispatcher", "call_taker", room=town.SOUTH)
    await other.sit(room.ids["S-1"], roles=["dispatcher"])
    await one.made(f"/seats/{room.ids['N-1']}/state", {"state": "break"})
    assert (await room.seat("N-1"))["covered_by"]["seat_id"] == room.ids["S-1"]
    await other.sit(room.ids["S-1"], roles=["call_taker"])
    moved = (await room.seat("N-1"))["covered_by"]
    assert (moved["because"], moved["room_id"]) == ("cover_gone", str(town.CITY))
