"""Border promise at the doors: disputes and pursuits are one at all replicas, and where only one may, exactly one of two at once does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import chase, town
from tests.harness.borderland import EAST, WEST
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.street import open_street
from tests.harness.timekeeping import check_timers
from tests.integration.test_the_live_feed_over_a_real_socket import hear, subscribe

GUARD_S = 60
TURNS = 6
Two = tuple[Doors, Doors]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chase.bundle(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
async def two(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory, city: Path
) -> AsyncIterator[Two]:
    folder = tmp_path_factory.mktemp("two")
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, folder, city) as here,
            open_replica(url, servers.nats_url, folder, city) as there,
        ):
            await chase.divide(here, there)
            yield here, there
        await remove_streams(servers.nats_url)


async def shown(seat: Seat, incident: dict[str, Any]) -> Any:
    return (await seat.get(f"/incidents/{incident['id']}")).json()


async def disputed(doors: Doors, incident: dict[str, Any]) -> dict[str, Any]:
    north = await doors.seat("dispatcher", of=town.NORTH)
    body = {"text": "现场在南所", "other_room_id": str(town.SOUTH)}
    made: dict[str, Any] = await north.made(f"/incidents/{incident['id']}/disputes", body, 201)
    return made


def codes(told: list[httpx.Response]) -> list[int]:
    return sorted(one.status_code for one in told)


async def test_of_two_who_dispute_at_two_replicas_one_does_and_the_other_is_led_to_it(two: Two) -> None:
    here, there = two
    for _ in range(TURNS):
        incident = await chase.opened(here)
        north = [await doors.seat("dispatcher", of=town.NORTH) for doors in two]
        body = {"text": "现场在南所", "other_room_id": str(town.SOUTH)}
        told = await asyncio.gather(
            *(one.post(f"/incidents/{incident['id']}/disputes", body) for one in north)
        )
        assert codes(told) == [201, 409]
        made, refused = sorted(told, key=lambda one: one.status_code)
        assert refused.json()["dispute_id"] == made.json()["id"]
        assert len((await shown(north[1], incident))["disputes"]) == 1
        again = await (await there.seat("dispatcher", of=town.NORTH)).made(
            f"/disputes/{made.json()['id']}/withdraw"
        )
        assert again["state"] == "withdrawn"


async def test_ruled_conceded_and_withdrawn_at_once_it_ends_once_and_one_room_has_duty(two: Two) -> None:
    here, there = two
    for turn in range(TURNS):
        incident = await chase.opened(here)
        raised = await disputed(there, incident)
        path = f"/disputes/{raised['id']}"
        west = await (here, there)[turn % 2].seat("dispatcher", of=WEST)
        south = await (there, here)[turn % 2].seat("dispatcher", of=town.SOUTH)
        north = await there.seat("dispatcher", of=town.NORTH)
        told = await asyncio.gather(
            west.post(f"{path}/decide", {"room_id": str(WEST), "text": "分局直接处置"}),
            south.post(f"{path}/concede"),
            north.post(f"{path}/withdraw"),
            south.post(f"{path}/state", {"text": "我所无警力"}),
        )
        ends = told[:3]
        assert codes(list(ends)) == [200, 409, 409], [one.text for one in ends]
        [ended] = [one.json() for one in ends if one.status_code == 200]
        wanted = {"decided": str(WEST), "conceded": str(town.SOUTH), "withdrawn": str(town.NORTH)}[
            ended["state"]
        ]
        for doors in two:
            seen = await shown(await doors.seat("leader"), incident)
            assert (seen["room"], seen["command"]["room"]) == (wanted, wanted)
            assert [one["state"] for one in seen["disputes"]] == [ended["state"]]
            assert "dispute" not in [end["noun"] for end in seen["open_ends"]]


async def test_duty_is_handed_over_or_disputed_never_both_unseen(two: Two) -> None:
    """A hand-over that came first leaves nothing to dispute with the north; a dispute that came first holds it."""
    here, there = two
    for _ in range(TURNS):
        incident = await chase.opened(here)
        north, other = (
            await here.seat("dispatcher", of=town.NORTH),
            await there.seat("dispatcher", of=town.NORTH),
        )
        body = {"text": "应归东所", "other_room_id": str(EAST)}
        given, raised = await asyncio.gather(
            north.post(f"/incidents/{incident['id']}/hand-over", {"room_id": str(town.SOUTH)}),
            other.post(f"/incidents/{incident['id']}/disputes", body),
        )
        seen = await shown(await there.seat("leader"), incident)
        if given.status_code == 200:
            assert seen["room"] == str(town.SOUTH)
            assert raised.status_code in {403, 404}, raised.text
        else:
            assert (given.status_code, raised.status_code) == (409, 201), (given.text, raised.text)
            assert seen["room"] == str(town.NORTH)


async def test_the_other_room_hears_of_it_at_its_own_replica_and_a_stranger_does_not(two: Two) -> None:
    here, there = two
    south, east = await there.seat("leader", of=town.SOUTH), await there.seat("leader", of=EAST)
    incident = await chase.opened(here)
    async with open_street(there) as street, street.as_seat(south) as socket, street.as_seat(east) as deaf:
        for one, room in ((socket, town.SOUTH), (deaf, EAST)):
            await subscribe(one, room)
            await hear(one, "snapshot")
        raised = await disputed(here, incident)
        async with asyncio.timeout(GUARD_S):
            while (event := await hear(socket, "event"))["noun"] != "dispute":
                pass
        assert (event["id"], event["fact"]) == (raised["id"], "raised")
        assert event["now"]["statements"][0]["text"] == "现场在南所"
        lon, lat = chase.IN_EAST
        mark = await here.incident(place={"lon": lon, "lat": lat})
        first = await hear(deaf, "event")
        assert mark["id"] in {first["id"], (first["now"] or {}).get("incident_id")}, (
            "the east hears of its own alone"
        )


async def test_sightings_from_everywhere_at_once_are_one_trail_and_one_place_at_both(two: Two) -> None:
    here, _ = two
    incident = await chase.opened(here)
    path = f"/incidents/{incident['id']}/seen-at"
    seats = [await doors.seat("dispatcher") for doors in two]
    spots = [chase.TOWN.between("B", "J", n / 20) for n in range(20)]
    told = await asyncio.gather(*(seats[n % 2].post(path, chase.seen(spot)) for n, spot in enumerate(spots)))
    assert codes(list(told)) == [200] * len(spots)
    one, other = [await shown(seat, incident) for seat in seats]
    assert one["pursuit"] == other["pursuit"]
    assert one["pursuit"]["trail_total"] == len(spots)
    newest = max(one["pursuit"]["trail"], key=lambda point: (point["at"], point["lon"], point["lat"]))
    assert (one["place"]["lon"], one["place"]["lat"]) == (newest["lon"], newest["lat"])
    assert one["room"] == str(town.NORTH), "duty stays where it was"
    rooms = [entered["room"] for entered in one["pursuit"]["entered"]]
    assert len(rooms) == len(set(rooms)), "an area is entered once"


async def chased(doors: Doors) -> dict[str, Any]:
    """A pursuit over two borders; command is offered to the city."""
    incident = await chase.opened(doors)
    boss = await doors.seat("dispatcher")
    for place in (chase.BEGINS, chase.IN_SOUTH, chase.IN_EAST):
        await boss.made(f"/incidents/{incident['id']}/seen-at", chase.seen(place))
    return incident


async def test_command_that_is_taken_and_declined_at_once_is_one_of_both(two: Two) -> None:
    here, _ = two
    for turn in range(TURNS):
        incident = await chased(here)
        path = f"/incidents/{incident['id']}"
        takes, declines = [await doors.seat("leader") for doors in (two if turn % 2 else two[::-1])]
        assert (await shown(takes, incident))["pursuit"]["offer"]["room"] == str(town.CITY)
        taken, declined = await asyncio.gather(
            takes.post(f"{path}/take"), declines.post(f"{path}/pursuit/decline")
        )
        assert taken.status_code == 200, taken.text
        seen = await shown(declines, incident)
        assert seen["command"]["room"] == str(town.CITY)
        assert seen["room"] == str(town.NORTH)
        assert "command_offered" not in [alert["rule"] for alert in seen["alerts"]]
        assert declined.status_code in {200, 409}


async def test_a_room_that_joins_twice_and_a_pursuit_that_ends_twice_do_so_once(two: Two) -> None:
    here, _ = two
    incident = await chased(here)
    path = f"/incidents/{incident['id']}"
    east = [await doors.seat("dispatcher", of=EAST) for doors in two]
    told = await asyncio.gather(*(one.post(f"{path}/pursuit/join") for one in east))
    assert codes(list(told)) == [200, 200]
    boss = [await doors.seat("leader") for doors in two]
    await asyncio.gather(
        boss[0].post(f"{path}/pursuit/end", {"outcome": "caught"}),
        boss[1].post(f"{path}/pursuit/end", {"outcome": "lost"}),
    )
    seen = [await shown(one, incident) for one in boss]
    assert seen[0]["pursuit"] == seen[1]["pursuit"]
    assert seen[0]["pursuit"]["outcome"] in {"caught", "lost"}
    rows = (await boss[0].get(f"{path}/timeline", limit=500)).json()["items"]
    facts = [row["fact"] for row in rows]
    assert facts.count("pursuit_ended") == 1
    assert facts.count("pursuit_joined") == 1


async def test_all_of_it_is_proven_by_its_facts(two: Two) -> None:
    here, _ = two
    async with here.runtime.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
