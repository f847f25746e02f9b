"""Pursuit promise: the incident goes along with the newest sighting, units and rooms on its way learn of it, duty stays, command is offered."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.acts import Principal
from dispatch.desk import closing, commanding, hearing, ordering, pursuing
from dispatch.desk.hearing import Reply
from dispatch.desk.ordering import Order
from dispatch.desk.pursuing import SeenIn
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import BadClaim, Invalid, NotAllowed, NotFound, NotNow
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.views import incidents
from incidents.errors import NoPursuit
from tests.harness import borderland as b
from tests.harness import patrols
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, keeper_of
from tests.harness.town import CITY, N1, NORTH, S1, SOUTH, Town
from units import store as unit_store


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await b.build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def opened(town: Town, **more: Any) -> UUID:
    lon, lat = b.IN_NORTH
    command = ReportAlarm(
        source="sms", type="200100", place=PlaceIn(lon=lon, lat=lat, address="北街1号"), **more
    )
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def see(
    town: Town, id_: UUID, place: tuple[float, float], who: Principal | None = None, **more: Any
) -> UUID:
    at = more.pop("at", None)
    given_ = SeenIn(lon=place[0], lat=place[1], **more)
    return await town.do(
        who or town.somebody("dispatcher"), lambda w: pursuing.see(w, id_, given_), claimed_at=at
    )


async def shown(town: Town, id_: UUID) -> Any:
    async with town.pool.acquire() as conn:
        return (await incidents(conn, town.centre, [id_]))[0]


async def seen_by(town: Town, id_: UUID) -> set[UUID]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT DISTINCT room_id FROM audience WHERE incident_id = $1", id_)
    return {row[0] for row in rows}


async def now(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        moment: datetime = await conn.fetchval("SELECT cad_now()")
    return moment


async def updates(town: Town) -> list[dict[str, Any]]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT body::text FROM radio_message WHERE kind = 'update' ORDER BY recorded_at, order_id"
        )
    return [msgspec.json.decode(row[0]) for row in rows]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def test_a_pursuit_over_three_stations_keeps_its_duty_and_offers_command_above(
    town: Town, keeper: Timekeeper
) -> None:
    id_ = await opened(town)
    north, south, east = (town.somebody("dispatcher", room=room) for room in (NORTH, SOUTH, b.EAST))
    await town.do(north, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    with pytest.raises(NotFound):  # the south knows nothing of it
        await see(town, id_, b.IN_SOUTH, south)
    await see(town, id_, (114.04, 22.54), heading=90.0, speed=20.0)
    told = await shown(town, id_)
    assert (told.place.lon, told.pursuit.moving, told.pursuit.entered) == (114.04, True, ())

    await see(town, id_, b.IN_SOUTH)
    told = await shown(town, id_)
    assert {SOUTH, b.WEST} <= await seen_by(town, id_)
    assert [one.room for one in told.pursuit.entered] == [SOUTH]
    [asked] = [one for one in told.alerts if one.rule == "pursuit_entered"]
    assert (asked.room, asked.said["zh"].what) == (SOUTH, "追堵进入南所辖区，可加入协同")
    with pytest.raises(NotAllowed):  # seeing is not yet taking part
        await town.do(south, lambda w: ordering.order(w, id_, [Order(unit_id=S1)]))
    await town.do(south, lambda w: pursuing.join(w, id_))
    await town.do(south, lambda w: ordering.order(w, id_, [Order(unit_id=S1)]))
    assert not [one for one in (await shown(town, id_)).alerts if one.rule == "pursuit_entered"]

    await see(town, id_, b.IN_NORTH)  # back home, and south again: no border that was not crossed
    await see(town, id_, b.IN_SOUTH)
    assert (await shown(town, id_)).pursuit.offer is None

    await see(town, id_, b.IN_EAST, east if b.EAST in await seen_by(town, id_) else None)
    told = await shown(town, id_)
    assert [one.room for one in told.pursuit.entered] == [SOUTH, b.EAST]
    assert (told.room, told.command.room) == (NORTH, NORTH), "duty and command stay until somebody takes them"
    [offered] = [one for one in told.alerts if one.rule == "command_offered"]
    assert offered.room == CITY, "the first room above all three"
    await town.do(town.somebody("leader"), lambda w: commanding.take(w, id_))
    told = await shown(town, id_)
    assert (told.room, told.command.room) == (NORTH, CITY)
    assert not [one for one in told.alerts if one.rule == "command_offered"]
    await town.do(town.somebody("leader"), lambda w: pursuing.end(w, id_, "caught"))
    told = await shown(town, id_)
    assert (told.pursuit.moving, told.pursuit.outcome, told.pursuit.motion) == (False, "caught", None)
    assert not [one for one in told.alerts if one.rule == "pursuit_entered"], "it is over for the east too"
    await sound(town)


async def test_command_that_was_declined_is_offered_no_more(town: Town) -> None:
    id_ = await opened(town)
    for place in (b.IN_SOUTH, b.IN_EAST):
        await see(town, id_, place)
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("leader", room=NORTH), lambda w: pursuing.decline(w, id_))
    await town.do(town.somebody("leader"), lambda w: pursuing.decline(w, id_))
    told = await shown(town, id_)
    assert not [one for one in told.alerts if one.rule == "command_offered"]
    assert (told.pursuit.offer.room, told.pursuit.offer.declined_at is not None) == (CITY, True)


async def test_units_on_it_hear_where_it_is_conflated_and_in_order(town: Town, clock: Clock) -> None:
    id_ = await opened(town)
    await clock.stop_at(await now(town))
    await town.do(town.somebody("dispatcher"), lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    for n in range(6):
        await see(town, id_, (114.021 + n / 1000, 22.54), heading=90.0)
        await clock.forward(timedelta(seconds=1))
    told = await updates(town)
    assert len(told) <= 3, "no more than one each few seconds"
    assert told[-1]["lon"] == pytest.approx(114.026)
    assert "向东" in told[-1]["text"]
    assert "east" in told[-1]["text"]


async def test_what_is_claimed_late_fills_the_trail_and_tells_nobody(town: Town) -> None:
    id_ = await opened(town)
    await town.do(town.somebody("dispatcher"), lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    began = await now(town)
    await see(town, id_, (114.04, 22.54), at=began + timedelta(seconds=5))
    before = await updates(town)
    version = (await shown(town, id_)).version
    await see(town, id_, (114.03, 22.54), at=began + timedelta(seconds=1), text="往东跑了")
    told = await shown(town, id_)
    assert (told.place.lon, told.version) == (114.04, version)
    assert [point.lon for point in told.pursuit.trail] == [114.03, 114.04]
    assert told.pursuit.trail[0].text == "往东跑了"
    assert await updates(town) == before
    with pytest.raises(BadClaim):
        await see(town, id_, (114.03, 22.54), at=began + timedelta(minutes=5))
    await sound(town)


async def test_a_jump_is_kept_and_flagged_and_the_newest_place_counts(town: Town) -> None:
    id_ = await opened(town)
    began = await now(town)
    await see(town, id_, (114.02, 22.54), at=began + timedelta(seconds=1))
    await see(town, id_, (114.14, 22.54), at=began + timedelta(seconds=3))
    told = await shown(town, id_)
    assert [point.jump for point in told.pursuit.trail] == [False, True]
    assert told.place.lon == 114.14


async def test_a_crew_says_here_from_its_page_and_by_radio(town: Town) -> None:
    id_ = await opened(town)
    await town.do(town.somebody("dispatcher"), lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    moment = round((await now(town)).timestamp() * 1000)
    town.centre.live.apply(patrols.frame([N1.int], [114.033], [22.541], moment), moment)
    await town.do(town.unit(N1), lambda w: pursuing.see(w, id_, SeenIn(source="unit")))
    told = await shown(town, id_)
    assert (told.place.lon, told.pursuit.trail[-1].unit_id) == (pytest.approx(114.033), N1)
    gateway = Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim")
    async with town.pool.acquire() as conn:
        unit = (await unit_store.read_units(conn, [N1]))[N1]
    reply = Reply(reply_id="r1", act="seen_at", at=await now(town), lon=114.035, lat=22.542, heading=45.0)
    await town.do(gateway, lambda w: hearing.hear(w, unit, reply))
    told = await shown(town, id_)
    assert (told.place.lon, told.pursuit.trail[-1].source) == (114.035, "radio")
    with pytest.raises(NotFound):  # who is not on it says nothing of it
        await see(town, id_, (114.03, 22.54), town.unit(S1))
    with pytest.raises(Invalid):  # and where a desk stands is no place
        await town.do(town.somebody("dispatcher"), lambda w: pursuing.see(w, id_, SeenIn()))


async def test_nobody_has_seen_it_for_a_while_and_the_dispatcher_hears(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    id_ = await opened(town)
    await town.do(town.somebody("dispatcher"), lambda w: pursuing.pursue(w, id_))
    await see(town, id_, (114.03, 22.54))
    await clock.forward(timedelta(seconds=110))
    await see(town, id_, (114.04, 22.54))
    await clock.forward(timedelta(seconds=110))
    await all_due(keeper)
    assert "not_seen" not in [one.rule for one in (await shown(town, id_)).alerts]
    await clock.forward(timedelta(seconds=11))
    await all_due(keeper)
    assert "not_seen" in [one.rule for one in (await shown(town, id_)).alerts]
    await see(town, id_, (114.045, 22.54))
    assert "not_seen" not in [one.rule for one in (await shown(town, id_)).alerts]
    await sound(town)


async def test_words_of_a_report_make_it_a_pursuit_until_it_is_said_to_be_over(town: Town) -> None:
    command = ReportAlarm(
        source="call", type="200100", text="嫌疑人驾车逃窜", place=PlaceIn(lon=114.02, lat=22.54)
    )
    id_ = (await town.report(town.somebody("call_taker"), command)).incident_id
    assert (await shown(town, id_)).pursuit.moving
    await town.do(town.somebody("dispatcher"), lambda w: pursuing.end(w, id_, "lost"))
    assert not (await shown(town, id_)).pursuit.moving
    still = await opened(town)
    with pytest.raises(NoPursuit):
        await town.do(town.somebody("dispatcher"), lambda w: pursuing.end(w, still, "lost"))
    await sound(town)


async def test_what_has_ended_moves_no_more(town: Town) -> None:
    id_ = await opened(town)
    await town.do(town.somebody("leader"), lambda w: closing.end(w, id_, "advised"), reason="误报")
    with pytest.raises(NotNow):
        await see(town, id_, b.IN_SOUTH)


async def test_units_ahead_of_it_are_proposed_first_and_say_when_they_meet_it(town: Town) -> None:
    id_ = await opened(town)
    moment = round((await now(town)).timestamp() * 1000)
    # It drives east at 20 m/s. N1 is 300 m behind it, S1 2.5 km ahead: S1 meets it, N1 only chases.
    town.centre.live.apply(
        patrols.frame([N1.int, S1.int], [114.0171, 114.0445], [22.54, 22.54], moment), moment
    )
    who = town.somebody("dispatcher")

    async def ranked() -> list[dict[str, Any]]:
        asking = await town.do(who, lambda w: ordering.ask(w, id_, units=2, waves=1))
        _, ranking = await ordering.answered(town.centre, asking)
        return msgspec.to_builtins(ranking.waves[0])  # type: ignore[no-any-return]

    assert [row["call_sign"] for row in await ranked()] == ["118", "218"], (
        "of what stands the nearest is first"
    )
    await see(town, id_, (114.02, 22.54), heading=90.0, speed=20.0)
    first, second = await ranked()
    assert (first["call_sign"], second["call_sign"]) == ("218", "118")
    assert first["reasons"][0]["key"] == "ahead"
    assert first["reasons"][0]["zh"].startswith("在其前方，")
    assert next(one["key"] for one in second["warnings"]) == "chases"
    assert first["eta_s"] < 125.0, "sooner than it takes to drive to where it was seen"


SPOTS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from([114.02, 114.03, 114.06, 114.07, 114.12])),
    min_size=1, max_size=5, unique=True,
)  # fmt: skip


@given(SPOTS, st.randoms(use_true_random=False))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_sightings_in_any_order_give_one_trail_one_place_and_one_owner(
    town: Town, spots: list[tuple[int, float]], chance: Any
) -> None:
    ends = []
    for turn in range(2):
        id_ = await opened(town)
        began = await now(town)
        order = list(spots)
        if turn:
            chance.shuffle(order)
        for second, lon in order:
            await see(town, id_, (lon, 22.54), at=began + timedelta(seconds=second))
        told = await shown(town, id_)
        assert (told.room, told.command.room) == (NORTH, NORTH)
        trail = [(point.lon, point.jump) for point in told.pursuit.trail]
        ends.append((told.place.lon, trail, {one.room for one in told.pursuit.entered} - {SOUTH, b.EAST}))
    assert ends[0] == ends[1]
