"""Story: a station is asked and does not answer. It goes up step by step, somebody else is sent, and the station must say why."""

import json
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from dispatch import places
from dispatch.desk import closing, commanding, going, noticing, ordering, supervising
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import NotAllowed, StillOpen
from dispatch.rooms import Room
from dispatch.runtime.postgres import Pool
from tests.harness.clock import Clock
from tests.harness.telling import Night
from tests.harness.timekeeping import firings
from tests.harness.town import CITY, N1, N2, NORTH, ROOMS, S1, Town, build
from units.store import as_frame

DISTRICT = UUID(int=9)
HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")


@pytest.fixture
async def town(pool: Pool) -> Town:
    """A district stands between the city and its northern station."""
    town = await build(pool)
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=CITY
    )
    under = [msgspec.structs.replace(r, parent_id=DISTRICT) if r.id == NORTH else r for r in ROOMS]
    await town.do(town.somebody("admin"), lambda w: places.put_rooms(w, (*under, district)))
    await town.followers.load()
    return town


async def test_an_order_nobody_takes_ends_with_somebody_there_and_an_answer(town: Town, clock: Clock) -> None:
    command = ReportAlarm(source="sms", place=HERE, text="有人抢包", type="100300")
    night = Night(town, clock, (await town.report(town.somebody("call_taker"), command)).incident_id)
    district = town.somebody("dispatcher", "leader", room=DISTRICT, name="周正")
    station = town.somebody("dispatcher", "leader", room=NORTH, name="北所")
    city = town.somebody("dispatcher", "leader", name="市局")

    # The district asks its station; nobody there looks.
    [asked] = await town.do(district, lambda w: ordering.order(w, night.incident_id, [Order(room_id=NORTH)]))
    await night.later(31)
    assert (await night.heard())["not_accepted_room"] is None
    await town.do(district, lambda w: noticing.notice(w, night.incident_id))

    # Acknowledged is not answered: the district hears of it as a room, then the city.
    await night.later(150)
    assert (await night.heard())["not_accepted_above"] == DISTRICT
    await night.later(120)
    assert (await night.heard())["not_accepted_top"] == CITY
    waiting = (await night.row()).waiting
    assert waiting is not None

    # The city takes the command, and sends a car from the south.
    await town.do(city, lambda w: commanding.take(w, night.incident_id))
    [job] = await town.do(city, lambda w: ordering.order(w, night.incident_id, [Order(unit_id=S1)]))
    await town.do(town.unit(S1), lambda w: going.step(w, job.id, "accept"))

    # By now the station has to say why, to the room above it; asked once, however often one looks.
    await night.later(1200)
    [demand] = await night.owed()
    assert (demand.from_room_id, demand.to_room_id) == (DISTRICT, NORTH)
    assert demand.given_by == "rule:room_must_answer"

    # A thief is caught; the incident is settled but for the answer.
    await town.do(town.unit(S1), lambda w: going.step(w, job.id, "en_route"))
    await town.do(town.unit(S1), lambda w: going.step(w, job.id, "on_scene"))
    await town.do(town.unit(S1), lambda w: going.step(w, job.id, "clear", "handled"))
    form = closing.Form(kind="final", result="handled", people_count=1)
    await town.do(town.unit(S1), lambda w: closing.feed_back(w, job.id, form))
    await town.do(city, lambda w: going.recall(w, asked.id), reason="已由南所处置")
    await town.do(city, lambda w: closing.review(w, night.incident_id, accept=True))
    with pytest.raises(StillOpen):
        await town.do(city, lambda w: closing.close(w, night.incident_id))

    # Late, it is said to both rooms; answered, it is signed off by somebody else, and now it closes.
    await night.later(3600)
    assert "supervision_overdue" in await firings(town)
    await town.do(station, lambda w: supervising.answer(w, demand.id, "席位无人，已补岗"))
    with pytest.raises(NotAllowed):
        await town.do(station, lambda w: supervising.sign_off(w, demand.id))
    await town.do(district, lambda w: supervising.sign_off(w, demand.id))
    await town.do(city, lambda w: closing.close(w, night.incident_id))
    assert (await night.row()).state == "closed"

    # And nothing of it is told twice, nor waits for anything any more.
    await night.later(7 * 24 * 3600)
    told = [
        rule for rule in await firings(town, upward=True) if rule in ("not_accepted_top", "room_must_answer")
    ]
    assert sorted(told) == ["not_accepted_top", "room_must_answer"]
    await night.is_sound()


async def stands_at(town: Town, unit_id: UUID, lon: float) -> None:
    """A unit is seen there just now."""
    async with town.pool.acquire() as conn:
        at = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    town.centre.live.apply(as_frame([(unit_id.int, at, at, lon, 22.54, None, None, None)])[0], at)


async def proposed(town: Town, incident_id: UUID) -> list[list[UUID]]:
    """Units of the first wave of each proposal that rules have made."""
    sql = """
    SELECT r.shown::text FROM journal j JOIN recommendation r ON r.id = (j.body->>'recommendation_id')::uuid
    WHERE j.fact = 'wave_proposed' AND j.incident_id = $1 ORDER BY j.position
    """
    async with town.pool.acquire() as conn:
        kept = [json.loads(row[0]) for row in await conn.fetch(sql, incident_id)]
    return [[UUID(one["unit_id"]) for one in told["shown"]["waves"][0]] for told in kept]


async def test_an_order_its_unit_does_not_take_walks_to_the_next_unit_the_district_and_the_city(
    town: Town, clock: Clock
) -> None:
    command = ReportAlarm(source="sms", place=HERE, text="有人抢包", type="100200")
    night = Night(town, clock, (await town.report(town.somebody("call_taker"), command)).incident_id)
    station = town.somebody("dispatcher", "leader", room=NORTH)
    [job] = await town.do(station, lambda w: ordering.order(w, night.incident_id, [Order(unit_id=N2)]))

    # A minute: whoever works on it hears. Half a minute more: the next unit is proposed, nobody sent; and the district hears.
    await night.later(61)
    assert (await night.heard())["not_accepted_unit"] is None
    await clock.forward(timedelta(seconds=30))
    await stands_at(town, N1, 114.021)
    await night.later(0)
    [wave] = await proposed(town, night.incident_id)
    assert wave == [N1], "who has not accepted is not the next"
    assert [one.unit_id for one in (await night.row()).assignments] == [N2], (
        "a rule proposes, a person orders"
    )
    heard = await night.heard()
    assert "second_wave" in heard
    assert heard["not_accepted_above"] == DISTRICT

    # Nobody has looked: the city hears, once, however long it lasts.
    await night.later(60)
    assert (await night.heard())["not_accepted_top"] == CITY
    await night.later(600)
    told = [rule for rule in await firings(town, upward=True) if rule.startswith("not_accepted")]
    assert sorted(told) == ["not_accepted_above", "not_accepted_top", "not_accepted_unit"]

    # The station wakes, sends the one that was proposed and takes the first order back: nobody is owed an answer any more.
    [next_job] = await town.do(station, lambda w: ordering.order(w, night.incident_id, [Order(unit_id=N1)]))
    await town.do(town.unit(N1), lambda w: going.step(w, next_job.id, "accept"))
    await town.do(station, lambda w: going.recall(w, job.id), reason="118已接警")
    await night.later(0)
    assert not [rule for rule in await night.heard() if rule.startswith("not_accepted")]
    await night.is_sound()


async def test_acceptance_at_the_last_moment_leaves_nothing_owed(town: Town, clock: Clock) -> None:
    command = ReportAlarm(source="sms", place=HERE, text="有人抢包", type="100300")
    night = Night(town, clock, (await town.report(town.somebody("call_taker"), command)).incident_id)
    district = town.somebody("dispatcher", "leader", room=DISTRICT)
    station = town.somebody("dispatcher", room=NORTH)
    [asked] = await town.do(district, lambda w: ordering.order(w, night.incident_id, [Order(room_id=NORTH)]))
    await night.later(170)
    await town.do(station, lambda w: going.step(w, asked.id, "accept"))
    await town.do(
        station, lambda w: ordering.order(w, night.incident_id, [Order(unit_id=N1, parent_id=asked.id)])
    )
    await night.later(24 * 3600)
    assert await night.owed() == []
    assert "room_must_answer" not in await firings(town, upward=True)
