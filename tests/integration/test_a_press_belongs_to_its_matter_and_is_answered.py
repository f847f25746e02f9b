"""Call point promise: a press joins while its matter is alive, rings until somebody answers, and is never left to nobody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import places, store, views
from dispatch.acts import Principal
from dispatch.desk import closing, going, joining, ordering, picking_up
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.ordering import Order
from dispatch.desk.reports import ReportAlarm, prepare
from dispatch.errors import NotAllowed, NotFound
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.work import Actor, Work, work
from incidents import store as incident_store
from incidents.errors import AlreadyAnswered, NothingRings
from incidents.model import Incident
from incidents.model import IncidentState as S
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.town import CITY, N1, NORTH, POINT_N, Town

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def town(pool: Pool) -> AsyncIterator[Town]:
    """The town with all units on duty; whatever is done, the journal folds to the tables."""
    built = await t.build(pool)
    yield built
    async with pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert not [broken for broken in report.broken if "outbox" not in broken]


@pytest.fixture
def device(town: Town) -> Principal:
    """The call point's own device."""
    return Principal(id="device:call_point.CP-N", roles=frozenset({"gateway"}), gateway="CP-N")


@pytest.fixture
def taker(town: Town) -> Principal:
    return town.somebody("call_taker")


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader", "call_taker")


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def press(town: Town, device: Principal, exercise: bool = False, **how: Any) -> Reported:
    command = ReportAlarm(source="call_point", call_point_id="CP-N", exercise=exercise)
    return await town.report(device, command, **{"via": "gateway", **how})


async def incident(town: Town, id_: UUID) -> Incident:
    async with town.pool.acquire() as conn:
        return (await incident_store.read_incidents(conn, [id_]))[id_]


async def pass_seconds(clock: Clock, keeper: Timekeeper, seconds: float) -> None:
    await clock.forward(timedelta(seconds=seconds))
    await all_due(keeper)


async def said_to_units(town: Town) -> list[dict[str, Any]]:
    """Every update written for terminals, with what is still to be sent."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT n, (body->>'presses')::int AS presses, published_at, due_at FROM radio_message "
            "WHERE kind = 'update' ORDER BY position"
        )
    return [dict(row) for row in rows]


async def publish_all(town: Town) -> None:
    """Whatever waits is on its way."""
    async with town.pool.acquire() as conn:
        await conn.execute("UPDATE radio_message SET published_at = cad_now() WHERE published_at IS NULL")


# What a press belongs to


async def test_presses_count_on_one_incident_until_it_is_handled(
    town: Town, device: Principal, boss: Principal
) -> None:
    first = await press(town, device)
    for _ in range(3):
        assert (await press(town, device)).incident_id == first.incident_id
    pressed = await incident(town, first.incident_id)
    assert pressed.press is not None
    assert pressed.press.count == 4
    assert "repeated" in pressed.labels
    await town.do(boss, lambda w: closing.handle(w, first.incident_id, "handled"))
    later = await press(town, device)
    assert later.incident_id != first.incident_id
    assert (await incident(town, later.incident_id)).follows == first.incident_id


async def test_ten_minutes_count_from_the_last_press(town: Town, device: Principal, clock: Clock) -> None:
    first = await press(town, device)
    for _ in range(3):
        await clock.forward(9 * MINUTE)
        assert (await press(town, device)).incident_id == first.incident_id
    await clock.forward(10 * MINUTE + timedelta(seconds=1))
    later = await press(town, device)
    assert later.incident_id != first.incident_id
    assert (await incident(town, later.incident_id)).follows == first.incident_id


async def test_a_press_goes_where_its_matter_was_merged(
    town: Town, device: Principal, boss: Principal
) -> None:
    first = await press(town, device)
    fire = await town.report(boss, ReportAlarm(source="call", text="着火"))
    await town.do(boss, lambda w: joining.merge(w, first.incident_id, fire.incident_id))
    assert (await press(town, device)).incident_id == fire.incident_id
    survivor = await incident(town, fire.incident_id)
    assert survivor.press is not None
    assert survivor.press.count == 1


async def test_a_drill_never_parts_a_real_matter(town: Town, device: Principal) -> None:
    real = await press(town, device)
    drill = await press(town, device, exercise=True)
    assert drill.incident_id != real.incident_id
    assert (await press(town, device)).incident_id == real.incident_id
    assert (await press(town, device, exercise=True)).incident_id == drill.incident_id


async def test_what_is_told_later_belongs_to_its_own_time(town: Town, device: Principal) -> None:
    """A replay of a whole day arrives within a second; its presses lie as far apart as they did."""
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    morning = await press(town, device, via="replay", claimed_at=now - 60 * MINUTE)
    again = await press(town, device, via="replay", claimed_at=now - 55 * MINUTE)
    noon = await press(town, device, via="replay", claimed_at=now - 30 * MINUTE)
    assert again.incident_id == morning.incident_id
    assert noon.incident_id != morning.incident_id


async def test_a_device_with_a_dead_clock_is_still_one_matter(town: Town, device: Principal) -> None:
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    first = await press(town, device, claimed_at=now - 600 * MINUTE)
    assert (await press(town, device)).incident_id == first.incident_id
    assert (await press(town, device, claimed_at=now - 300 * MINUTE)).incident_id == first.incident_id


# Where it rings


async def test_it_rings_in_the_station_then_above_then_nobody_answered(
    town: Town, device: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    await all_due(keeper)
    rings = [(await incident(town, made.incident_id)).press]
    for _ in range(2):
        await pass_seconds(clock, keeper, 11)
        rings.append((await incident(town, made.incident_id)).press)
    assert [p.ring and (p.ring.room_id, p.ring.tier) for p in rings if p] == [(NORTH, 0), (CITY, 1), None]
    left = await incident(town, made.incident_id)
    assert left.press is not None
    assert left.press.state == "unanswered"
    assert left.priority == 2
    assert {"unverified", "unanswered"} <= set(left.labels)
    async with town.pool.acquire() as conn:
        kept = await store.read_recommendation(
            conn, left.press.recommendation_id or made.incident_id, left.opened_at - MINUTE
        )
        alerts = await conn.fetch("SELECT rule FROM timer WHERE fired_at IS NOT NULL AND rule LIKE 'press%'")
    assert kept is not None
    assert kept[0] == made.incident_id
    assert [row[0] for row in alerts] == ["press_unverified"]


async def test_the_press_of_a_device_with_a_dead_clock_rings_and_rolls_over_too(
    town: Town, device: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    made = await press(town, device, claimed_at=now - 600 * MINUTE)
    await all_due(keeper)
    rings = []
    for _ in range(3):
        rings.append((await incident(town, made.incident_id)).press)
        await pass_seconds(clock, keeper, 11)
    assert [p.ring and p.ring.room_id for p in rings if p] == [NORTH, CITY, None]


async def test_a_press_rolls_over_whatever_is_written_together_with_it(
    town: Town, device: Principal, taker: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    await all_due(keeper)
    for _ in range(2):
        await pass_seconds(clock, keeper, 11)
    async with work(town.pool, town.centre, Actor(principal=device, via="gateway")) as w:
        again = ReportAlarm(source="call_point", call_point_id="CP-N")
        long_past = Actor(principal=taker, claimed_at=w.now - 60 * MINUTE)
        both = [
            prepare(town.centre, again, Actor(principal=device, via="gateway")),
            prepare(town.centre, ReportAlarm(source="sms"), long_past),
        ]
        assert [type(one) for one in await report_many(w, both)] == [Reported, Reported]
    rings = []
    for _ in range(3):
        rings.append((await incident(town, made.incident_id)).press)
        await pass_seconds(clock, keeper, 11)
    assert [p.ring and p.ring.room_id for p in rings if p] == [NORTH, CITY, None]


async def test_its_row_says_where_it_rings_and_what_happens_then(
    town: Town, device: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    await all_due(keeper)
    said = []
    for _ in range(3):
        async with town.pool.acquire() as conn:
            (shown,) = await views.incidents(conn, town.centre, [made.incident_id])
        said.append((shown.waiting and shown.waiting.what, shown.waiting and shown.waiting.on))
        await pass_seconds(clock, keeper, 11)
    assert said == [("press_unanswered", "北所"), ("press_unanswered", "市局"), ("not_dispatched", "北所")]


async def test_a_call_point_may_ring_in_a_room_of_its_own(town: Town, device: Principal) -> None:
    point = town.centre.reference.call_points[POINT_N]

    async def put(w: Work) -> None:
        await places.put_call_points(w, [msgspec.structs.replace(point, answering_room_id=CITY)])

    await town.do(town.somebody("admin"), put)
    await town.followers.load()
    made = await press(town, device)
    pressed = await incident(town, made.incident_id)
    assert pressed.press is not None
    assert pressed.press.ring is not None
    assert pressed.press.ring.room_id == CITY


async def test_an_answer_stops_the_ringing_and_verifies(
    town: Town, device: Principal, taker: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    assert "unverified" in (await incident(town, made.incident_id)).labels
    heard = await town.do(taker, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))
    assert "unverified" not in heard.labels
    assert heard.times["answered"] >= heard.times["ringing"]
    await pass_seconds(clock, keeper, 60)
    after = await incident(town, made.incident_id)
    assert after.press is not None
    assert after.press.state == "answered"
    assert "unanswered" not in after.labels


async def test_silence_on_the_line_verifies_nothing(town: Town, device: Principal, taker: Principal) -> None:
    made = await press(town, device)
    heard = await town.do(taker, lambda w: picking_up.answer(w, made.alarm.id, "silent"))
    assert {"unverified", "silent"} <= set(heard.labels)


async def test_one_answers_and_the_other_learns_who(town: Town, device: Principal, taker: Principal) -> None:
    made = await press(town, device)
    await town.do(taker, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))
    other = town.somebody("call_taker", name="bo")
    with pytest.raises(AlreadyAnswered, match=taker.id):
        await town.do(other, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))


async def test_it_can_be_answered_after_all_rooms_let_it_pass(
    town: Town, device: Principal, taker: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    await all_due(keeper)
    await pass_seconds(clock, keeper, 11)
    await pass_seconds(clock, keeper, 11)
    heard = await town.do(taker, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))
    assert not {"unverified", "unanswered"} & set(heard.labels)


async def test_who_presses_again_after_the_talk_rings_again(
    town: Town, device: Principal, taker: Principal, clock: Clock
) -> None:
    made = await press(town, device)
    await town.do(taker, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))
    await press(town, device)
    talking = await incident(town, made.incident_id)
    await clock.forward(2 * MINUTE)
    await press(town, device)
    anew = await incident(town, made.incident_id)
    assert talking.press is not None
    assert anew.press is not None
    assert (talking.press.state, anew.press.state, anew.press.count) == ("answered", "ringing", 3)


async def test_a_press_of_a_matter_on_scene_waits_for_nobody(
    town: Town, device: Principal, boss: Principal, clock: Clock, keeper: Timekeeper
) -> None:
    made = await press(town, device)
    (job,) = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: going.step(w, job.id, "on_scene", None))
    await pass_seconds(clock, keeper, 60)
    assert (await incident(town, made.incident_id)).state is S.ON_SCENE
    assert "unanswered" not in (await incident(town, made.incident_id)).labels


async def test_only_a_seat_that_sees_it_answers(town: Town, device: Principal) -> None:
    made = await press(town, device)
    stranger = town.somebody("call_taker", room=t.SOUTH)
    with pytest.raises(NotFound):
        await town.do(stranger, lambda w: picking_up.answer(w, made.alarm.id, "spoken"))
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("reviewer"), lambda w: picking_up.answer(w, made.alarm.id, "spoken"))


async def test_a_telephone_call_has_no_talk_link(town: Town, taker: Principal) -> None:
    call = await town.report(taker, ReportAlarm(source="call", text="x"))
    with pytest.raises(NothingRings):
        await town.do(taker, lambda w: picking_up.answer(w, call.alarm.id, "spoken"))


async def test_a_past_press_rings_nowhere(town: Town, boss: Principal) -> None:
    """Keyed in after the outage: nobody stands at the button any more."""
    async with town.pool.acquire() as conn:
        now = await store.now(conn)
    command = ReportAlarm(source="call_point", call_point_id="CP-N")
    made = await town.report(boss, command, claimed_at=now - 90 * MINUTE, back_entry=True)
    pressed = await incident(town, made.incident_id)
    assert pressed.press is not None
    assert pressed.press.ring is None


# What the units hear


async def test_units_hear_of_presses_without_a_storm(town: Town, device: Principal, boss: Principal) -> None:
    made = await press(town, device)
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await press(town, device)
    await publish_all(town)
    for _ in range(20):
        await press(town, device)
    at_once, later = await said_to_units(town)
    assert (at_once["presses"], later["presses"]) == (2, 22)
    assert later["n"] > at_once["n"]
    assert later["due_at"] - at_once["due_at"] == timedelta(seconds=5)


async def test_what_waits_while_nats_is_away_is_one_update(
    town: Town, device: Principal, boss: Principal, clock: Clock
) -> None:
    made = await press(town, device)
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    for _ in range(5):
        await press(town, device)
        await clock.forward(timedelta(seconds=20))
    waiting = [one for one in await said_to_units(town) if one["published_at"] is None]
    assert [one["presses"] for one in waiting] == [6]


async def test_an_immediate_word_takes_the_place_of_a_paced_one(
    town: Town, device: Principal, boss: Principal
) -> None:
    made = await press(town, device)
    (job,) = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await press(town, device)
    await publish_all(town)
    await press(town, device)
    await town.do(boss, lambda w: going.recall(w, job.id))
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT kind FROM radio_message WHERE published_at IS NULL")
    assert [row["kind"] for row in rows] == ["recall"]
