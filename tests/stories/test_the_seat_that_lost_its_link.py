"""Story: a dispatcher's line dies in the middle of an incident. Twenty seconds later somebody else answers, commands, and gives it back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.manned import Room
from tests.harness.people import Page, seats

GUARD_S = 60


@pytest.fixture
async def room(doors: Doors) -> AsyncIterator[Room]:
    """One combined seat in each station, a dispatcher and a leader of the city; each station is named to cover the other."""
    tag = uuid4().hex[:4]
    wanted = [
        (f"N{tag}", town.NORTH, "combined"), (f"S{tag}", town.SOUTH, "combined"), (f"D{tag}", town.CITY, "dispatcher"),
    ]  # fmt: skip
    ids = await seats(doors, *wanted)
    own = {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)}
    opened = Room(doors, Clock(doors.runtime.settings.database_url), own)
    yield opened
    for page in opened.pages:
        await page.delete("/session")


async def told(page: Any, incident: dict[str, Any]) -> Any:
    return (await page.get(f"/incidents/{incident['id']}")).json()


async def learns(room: Room, page: Page) -> None:
    """The replica learns by the feed for whom this seat answers; meanwhile it goes on being heard."""
    async with asyncio.timeout(GUARD_S):
        while (await page.session())["covering"] != [str(town.NORTH)]:
            await room.hear("S", "D")
            await asyncio.sleep(0.05)


async def test_the_queue_and_the_command_of_a_silent_seat_go_to_who_is_named_and_come_back(
    room: Room,
) -> None:
    north = await room.sit("N", "dispatcher", "leader", room=town.NORTH)
    south = await room.sit("S", "dispatcher", "leader", room=town.SOUTH)
    await room.sit("D", "dispatcher", "leader")
    await north.made(f"/seats/{room.ids['N']}/cover", {"seat_id": room.ids["S"]})

    # The north is at work on one; the south does not know of it.
    first = await room.doors.incident(text="有人落水")
    order = {"orders": [{"unit_id": str(town.N1)}]}
    [job] = (await north.made(f"/incidents/{first['id']}/assignments", order, 201))["items"]
    assert (await south.get(f"/incidents/{first['id']}")).status_code == 404

    # Its line dies. For twenty seconds it may come back; then it is covered, once, and both are told so in the journal.
    await room.hear("N", "S", "D")
    await room.forward(8)
    await room.hear("S", "D")
    assert (await room.seat("N"))["state"] == "ready"
    await room.forward(13)
    await room.hear("S", "D")
    lost = await room.seat("N")
    assert (lost["state"], lost["covered_by"]["seat_id"]) == ("away", room.ids["S"])
    assert lost["covered_by"]["because"] == "no_link"
    assert (await room.facts("N"))[-2:] == ["link_lost", "covered"]

    # What came before and what comes now is the south's to work on, as whoever covers.
    second = await room.doors.incident(text="电线冒火花")
    await room.hear("S", "D")
    assert second["room"] == str(town.NORTH), "duty does not move with the seat"
    await learns(room, south)
    for one in (first, second):
        assert (await told(south, one))["room"] == str(town.NORTH)
    await south.made(f"/assignments/{job['id']}/recall", {"reason": "改派"})
    made = await south.made(
        f"/incidents/{second['id']}/assignments", {"orders": [{"unit_id": str(town.N2)}]}, 201
    )
    await south.made(f"/incidents/{first['id']}/assignments", order, 201)
    assert [one["state"] for one in made["items"]] == ["ordered"]

    # The cover goes home too: somebody above answers, and nobody's queue lies about.
    await south.made(f"/seats/{room.ids['S']}/leave")
    further = await room.seat("N")
    assert further["covered_by"] is not None
    assert UUID(further["covered_by"]["room_id"] or str(town.CITY)) == town.CITY

    # The line is back. It is given back when the person says so, and what was done meanwhile stands there.
    await room.hear("N", "D")
    assert (await room.seat("N"))["covered_by"] is not None, "not behind anybody's back"
    back = await north.made(f"/seats/{room.ids['N']}/state", {"state": "ready"})
    assert (back["state"], back["covered_by"]) == ("ready", None)
    for one, sign in ((first, "118"), (second, "119")):
        standing = [
            order["unit"]["call_sign"]
            for order in (await told(north, one))["assignments"]
            if order["state"] == "ordered"
        ]
        assert standing == [sign]
    async with room.doors.runtime.pool.acquire() as conn:
        found = await verify(conn, FOLDS, ())
    assert found.sound, found.broken
