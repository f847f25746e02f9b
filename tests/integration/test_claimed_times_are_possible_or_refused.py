"""A claimed time that cannot be is refused from a person; from a device it is kept, flagged and replaced by ours."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.acts import Principal
from dispatch.desk import closing, going, joining, ordering, viewing
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm, TimesIn, prepare
from dispatch.errors import BadClaim, Invalid
from dispatch.runtime.postgres import Pool
from dispatch.work import Work, ms
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.town import N1, S1, Town
from tests.harness.wandering import see

NOON = datetime.fromisoformat("2017-01-01T12:00:00+08:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def town(pool: Pool, clock: Clock) -> Town:
    """The town at noon, its clock standing still."""
    built = await t.build(pool)
    await clock.stop_at(NOON)
    return built


def call(**more: Any) -> ReportAlarm:
    """A brawl in the north, reported by telephone."""
    return ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54), **more)


def terminal(town: Town) -> Principal:
    return town.unit(N1)


async def ordered(town: Town, **how: Any) -> UUID:
    boss = town.somebody("dispatcher")
    made = await town.report(boss, call(), **how)
    [a] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]), **how)
    return a.id


async def claimed_in_journal(town: Town, noun: str, fact: str) -> list[datetime]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT claimed_at FROM journal WHERE noun = $1 AND fact = $2", noun, fact)
    return [row[0] for row in rows]


@pytest.mark.parametrize("ahead_s", [11, 3600, 86_400 * 365])
async def test_a_person_does_not_report_from_the_future(town: Town, ahead_s: int) -> None:
    with pytest.raises(BadClaim, match="lies in the future"):
        await town.report(town.somebody("call_taker"), call(), claimed_at=NOON + timedelta(seconds=ahead_s))


async def test_ten_seconds_ahead_are_a_clock_that_runs_fast(town: Town) -> None:
    made = await town.report(town.somebody("call_taker"), call(), claimed_at=NOON + timedelta(seconds=10))
    assert made.opened is not None
    assert made.opened.times["ringing"] == ms(NOON + timedelta(seconds=10))


async def test_a_device_from_the_future_is_believed_in_all_but_its_clock(town: Town) -> None:
    gate = town.somebody("gateway")
    press = ReportAlarm(source="call_point", call_point_id="CP-N")
    made = await town.report(gate, press, claimed_at=NOON + 60 * MINUTE)
    assert made.opened is not None
    assert made.opened.times["ringing"] == ms(NOON)
    assert made.alarm.claimed_at == NOON + 60 * MINUTE
    assert made.alarm.flags == ("claim_replaced",)
    assert made.opened.times["entered"] == ms(NOON)


async def test_a_step_is_not_taken_before_the_one_it_follows(town: Town) -> None:
    boss = town.somebody("dispatcher")
    a = await ordered(town)
    with pytest.raises(BadClaim, match="before the step it follows"):
        await town.do(boss, lambda w: going.step(w, a, "accept"), claimed_at=NOON - MINUTE)
    stepped = await town.do(terminal(town), lambda w: going.step(w, a, "accept"), claimed_at=NOON - MINUTE)
    assert stepped.times["accepted"] == ms(NOON)
    assert stepped.flags == ("claim_replaced",)
    assert NOON - MINUTE in await claimed_in_journal(town, "assignment", "stepped")


async def test_after_a_fast_clock_the_next_step_still_follows(town: Town) -> None:
    """On scene was claimed 8 s ahead; cleared a second later by our clock, it is not cleared before it arrived."""
    a, boss = await ordered(town), town.somebody("dispatcher")
    ahead = NOON + timedelta(seconds=8)
    await town.do(boss, lambda w: going.step(w, a, "on_scene"), claimed_at=ahead)
    cleared = await town.do(boss, lambda w: going.step(w, a, "clear", "handled"))
    assert cleared.times["cleared"] == cleared.times["on_scene"] == ms(ahead)


async def test_an_order_is_not_given_before_the_first_ring(town: Town) -> None:
    boss = town.somebody("dispatcher")
    made = await town.report(boss, call())
    with pytest.raises(BadClaim):
        await town.do(
            boss,
            lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]),
            claimed_at=NOON - MINUTE,
        )
    replayer = Principal(
        id="replay", roles=frozenset({"replayer"}), room_id=t.CITY, rooms=boss.rooms
    )  # fmt: skip
    [a] = await town.do(
        replayer, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]), claimed_at=NOON - MINUTE
    )
    assert (a.times["ordered"], a.flags) == (ms(NOON), ("claim_replaced",))


async def test_closing_goes_forward_too(town: Town) -> None:
    boss = town.somebody("dispatcher", "leader", "reviewer")
    made = await town.report(boss, call())
    id_ = made.incident_id
    before = NOON - MINUTE
    with pytest.raises(BadClaim):
        await town.do(boss, lambda w: closing.handle(w, id_, "handled"), claimed_at=before)
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))
    with pytest.raises(BadClaim):
        await town.do(boss, lambda w: closing.review(w, id_, accept=True), claimed_at=before)
    with pytest.raises(BadClaim):
        await town.do(boss, lambda w: closing.call_back(w, made.alarm.id, "satisfied"), claimed_at=before)
    with pytest.raises(BadClaim):
        await town.do(boss, lambda w: closing.end(w, id_, "void"), claimed_at=before, reason="误报")


async def test_an_officer_was_not_on_scene_before_it_rang(town: Town) -> None:
    boss, officer = town.somebody("dispatcher"), town.somebody("supervisor")
    made = await town.report(boss, call())

    async def come_upon(w: Work) -> object:
        command = ReportAlarm(source="officer", attach_to=made.incident_id)
        return await viewing.on_view(w, S1, prepare(w.centre, command, w.actor))

    with pytest.raises(BadClaim):
        await town.do(officer, come_upon, claimed_at=NOON - MINUTE)


async def test_a_back_entry_keeps_its_true_times(town: Town) -> None:
    """A paper form of an hour ago: it rang then and was entered then; ours is kept beside it."""
    taker = town.somebody("call_taker")
    made = await town.report(taker, call(), claimed_at=NOON - 60 * MINUTE, back_entry=True)
    assert made.opened is not None
    assert made.opened.times == {"ringing": ms(NOON - 60 * MINUTE), "entered": ms(NOON - 60 * MINUTE)}
    assert (made.alarm.claimed_at, made.alarm.recorded_at) == (NOON - 60 * MINUTE, NOON)


async def test_a_fresh_report_was_entered_now(town: Town) -> None:
    rang = TimesIn(ringing=NOON - timedelta(seconds=40), answered=NOON - timedelta(seconds=30))
    made = await town.report(town.somebody("call_taker"), call(times=rang))
    assert made.opened is not None
    assert made.opened.times == {
        "ringing": ms(NOON) - 40_000, "answered": ms(NOON) - 30_000, "entered": ms(NOON),
    }  # fmt: skip


IMPOSSIBLE = [
    TimesIn(ringing=NOON + MINUTE),
    TimesIn(ringing=NOON - MINUTE, answered=NOON - 2 * MINUTE),
    TimesIn(answered=NOON - MINUTE, entered=NOON + MINUTE),
]


@pytest.mark.parametrize("times", IMPOSSIBLE, ids=["ahead", "answered before it rang", "entered ahead"])
async def test_times_from_elsewhere_are_judged_like_any_claim(town: Town, times: TimesIn) -> None:
    with pytest.raises(BadClaim, match="times"):
        await town.report(town.somebody("call_taker"), call(times=times))
    made = await town.report(town.somebody("gateway"), call(times=times))
    assert made.opened is not None
    assert any(flag.endswith("_replaced") for flag in made.alarm.flags)
    line = [made.opened.times[n] for n in ("ringing", "answered", "entered") if n in made.opened.times]
    assert line == sorted(line)
    assert max(line) <= ms(NOON)


async def test_a_time_without_a_zone_is_refused_by_its_name(town: Town) -> None:
    naive = datetime(2017, 1, 1, 12, 0, 0)  # noqa: DTZ001 - this is the point
    with pytest.raises(Invalid, match="scheduled_for needs a time zone"):
        await town.report(town.somebody("call_taker"), call(scheduled_for=naive))
    with pytest.raises(Invalid, match=r"times\.ringing needs a time zone"):
        await town.report(town.somebody("call_taker"), call(times=TimesIn(ringing=naive)))


async def test_a_detached_alarm_takes_its_believed_time_along(town: Town) -> None:
    gate, boss = town.somebody("gateway"), town.somebody("dispatcher")
    press = ReportAlarm(source="call_point", call_point_id="CP-N")
    first = await town.report(gate, press)
    wrong = await town.report(gate, press, claimed_at=NOON + 60 * MINUTE)
    assert wrong.incident_id == first.incident_id
    own = await town.do(boss, lambda w: joining.detach(w, first.incident_id, wrong.alarm.id))
    assert own.times == {"ringing": ms(NOON), "entered": ms(NOON)}
    async with town.pool.acquire() as conn:
        assert len((await see(conn)).incidents) == 2


async def test_the_claim_is_kept_in_the_journal_beside_ours(town: Town) -> None:
    await town.report(town.somebody("call_taker"), call(), claimed_at=NOON - MINUTE)
    assert await claimed_in_journal(town, "alarm", "received") == [NOON - MINUTE]
