"""Joint offer promise: what several incidents would get together is shown beside the usual way, the same at every replica; orders stay single acts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.runtime.embedded import Embedded
from dispatch.runtime.positions import now_ms
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.patrols import frame

LAT = 22.54
FIRST, SECOND = 114.020, 114.040
WHERE = {town.N1.int: 114.030, town.S1.int: 114.008}
"""Along one street: 218, the first, 118, the second. Both have 118 nearest; only the first has anybody else near."""
CARS = "200100"


class Two:
    """Two replicas of one centre, and its database's clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock) -> None:
        self.here, self.there, self.clock = here, there, clock

    async def report(self, lon: float, **more: Any) -> dict[str, Any]:
        return await self.here.incident(type=CARS, place={"lon": lon, "lat": LAT}, **more)

    async def both(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return await self.report(FIRST), await self.report(SECOND)


@pytest.fixture
async def two(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Two]:
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path) as here,
            open_replica(url, servers.nats_url, tmp_path) as there,
        ):
            for doors in (here, there):
                await see(doors)
            yield Two(here, there, Clock(url))
        await remove_streams(servers.nats_url)


async def see(doors: Doors) -> None:
    """Let the cars be where they are, now by the database's clock."""
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    fixes = frame(list(WHERE), list(WHERE.values()), [LAT] * len(WHERE), now)
    doors.runtime.centre.live.apply(fixes, now)


async def offered(seat: Seat) -> dict[str, Any] | None:
    told = await seat.get("/recommendation/together")
    assert told.status_code in (200, 204), told.text
    return told.json() if told.status_code == 200 else None


def who(offer: dict[str, Any], way: str) -> dict[str, list[str]]:
    return {call["incident_id"]: [one["call_sign"] for one in call[way]] for call in offer["calls"]}


async def send(seat: Seat, call: dict[str, Any]) -> httpx.Response:
    orders = [{"unit_id": one["unit_id"]} for one in call["offered"]]
    return await seat.post(
        f"/incidents/{call['incident_id']}/assignments",
        {"orders": orders, "recommendation_id": call["recommendation_id"]},
    )


async def test_both_ways_are_told_with_what_is_saved_and_sent_as_they_were_shown(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    first, second = await two.both()
    offer = await offered(seat)
    assert offer is not None
    assert who(offer, "usual") == {first["id"]: ["118"], second["id"]: ["218"]}
    assert who(offer, "offered") == {first["id"]: ["218"], second["id"]: ["118"]}
    sooner = {call["incident_id"]: call["sooner_s"] for call in offer["calls"]}
    assert sooner[first["id"]] < 0 < sooner[second["id"]]
    assert offer["saved_s"] == pytest.approx(sum(sooner.values()), abs=0.2)
    assert offer["said"]["zh"].startswith("联合派警可合计早到")
    assert "sooner in all" in offer["said"]["en"]
    for call in offer["calls"]:
        told = await send(seat, call)
        assert told.status_code == 201, told.text
        assert told.json()["items"][0]["recommendation_id"] == call["recommendation_id"]
    assert await offered(seat) is None, "nobody waits any more"
    [choice] = (await (await two.here.seat("leader")).get(f"/incidents/{first['id']}/course")).json()[
        "choices"
    ]
    assert choice["together"] == {
        "saved_s": offer["saved_s"], "units": ["218"], "others": [second["number"]], "taken": True,
        "said": {key: offer["said"][key] for key in ("key", "zh", "en")},
    }  # fmt: skip


async def test_what_stood_beside_the_usual_way_can_be_looked_back_at(two: Two) -> None:
    seat = await two.here.seat("dispatcher", "leader")
    first, second = await two.both()
    assert await offered(seat) is not None
    usual = (await seat.get(f"/incidents/{first['id']}/recommendation", units=1, waves=1)).json()
    unit = usual["waves"][0][0]
    assert unit["call_sign"] == "118"
    body = {"orders": [{"unit_id": unit["unit_id"]}], "recommendation_id": usual["id"]}
    await seat.made(f"/incidents/{first['id']}/assignments", body, 201)
    [choice] = (await seat.get(f"/incidents/{first['id']}/course")).json()["choices"]
    assert (choice["together"]["taken"], choice["together"]["units"]) == (False, ["218"])
    assert choice["together"]["others"] == [second["number"]]


async def test_two_replicas_give_one_offer_and_each_order_has_one_winner(two: Two) -> None:
    here, there = await two.here.seat("dispatcher"), await two.there.seat("dispatcher")
    await two.both()
    one, other = await asyncio.gather(offered(here), offered(there))
    assert one is not None
    assert one == other, "the same ids, places and times: what was kept first"
    for call in one["calls"]:
        answers = await asyncio.gather(send(here, call), send(there, call))
        assert sorted(told.status_code for told in answers) == [201, 409]
        [lost] = [told.json() for told in answers if told.status_code == 409]
        assert (lost["code"], lost["call_sign"]) == ("unit_taken", call["offered"][0]["call_sign"])


async def test_a_conflict_on_one_stops_no_other(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    first, second = await two.both()
    offer = await offered(seat)
    assert offer is not None
    third = await two.report(114.0)
    await seat.made(f"/incidents/{third['id']}/assignments", {"orders": [{"unit_id": str(town.S1)}]}, 201)
    told = {call["incident_id"]: (await send(seat, call)).status_code for call in offer["calls"]}
    assert told == {first["id"]: 409, second["id"]: 201}


async def test_nobody_most_urgent_is_sent_anybody_later_for_others(two: Two) -> None:
    seat, boss = await two.here.seat("dispatcher"), await two.here.seat("leader")
    first, _ = await two.both()
    changed = await boss.patch(
        f"/incidents/{first['id']}", {"priority": 1, "reason": "test"}, first["version"]
    )
    assert changed.status_code == 200, changed.text
    assert await offered(seat) is None


async def test_only_what_waits_and_can_be_ordered_by_this_seat_is_offered(two: Two) -> None:
    first, second = await two.both()
    assert await offered(await two.here.seat("dispatcher", of=town.SOUTH)) is None, "neither is of the south"
    north = await offered(await two.here.seat("dispatcher", of=town.NORTH))
    assert north is None, "218 is not the north's to send"
    taker = await two.here.seat("call_taker")
    assert (await taker.get("/recommendation/together")).status_code == 403
    seat = await two.here.seat("dispatcher")
    offer = await offered(seat)
    assert offer is not None
    await seat.made(f"/incidents/{first['id']}/assignments", {"orders": [{"room_id": str(town.NORTH)}]}, 201)
    assert await offered(seat) is None, "a room has one of them, and names whom it sends"
    assert second["id"] in who(offer, "offered")


async def test_a_car_whose_place_is_in_doubt_is_part_of_no_offer(two: Two) -> None:
    live, (handle, lon), at_ms = two.here.runtime.centre.live, (town.N1.int, WHERE[town.N1.int]), now_ms()
    for ago_s in (30, 20, 10, 0):  # it says that it drives, and is where it was
        live.apply(frame([handle], [lon], [LAT], at_ms - 1_000 * ago_s), at_ms)
    assert live.lost([handle], at_ms) == [True]
    await two.both()
    assert await offered(await two.here.seat("dispatcher")) is None
    there = await offered(await two.there.seat("dispatcher"))
    assert there is not None, "the other replica has no doubt"


async def test_drills_and_what_was_promised_for_later_compete_with_nothing_real(two: Two) -> None:
    seat = await two.here.seat("dispatcher")
    await two.report(FIRST)
    await two.report(SECOND, exercise=True)
    assert await offered(seat) is None
    later = (await now(two.here)) + timedelta(hours=3)
    await two.report(SECOND, scheduled_for=later.isoformat())
    assert await offered(seat) is None
    await two.report(SECOND)
    assert await offered(seat) is not None


async def test_one_answer_serves_all_seats_of_the_room_for_a_while(two: Two) -> None:
    one, other = await two.here.seat("dispatcher"), await two.here.seat("dispatcher", "leader")
    await two.both()
    offers = [await offered(seat) for seat in (one, other, one)]
    assert offers[0] == offers[1] == offers[2]
    stood = next(iter(two.here.runtime.joint_offers._known.values())).at
    await two.clock.forward(timedelta(seconds=11))
    for doors in (two.here, two.there):
        await see(doors)
    assert (await offered(one) or {})["calls"], "the same two still wait"
    assert next(iter(two.here.runtime.joint_offers._known.values())).at > stood, "reckoned anew"


async def now(doors: Doors) -> Any:
    async with doors.runtime.pool.acquire() as conn:
        return await conn.fetchval("SELECT cad_now()")
