"""Supervision promise: what a room above demands is answered and signed off or said to be late, and never just lost."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.desk import closing, joining, supervising
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.desk.supervising import Demand
from dispatch.errors import BadClaim, Invalid, NotAllowed, NotFound, NotNow, StillOpen
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.supervision.model import SupervisionOrder
from dispatch.supervision.shown import supervision
from dispatch.verify import verify
from incidents.errors import MergeRefused
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import CITY, NORTH, SOUTH, Town, build

PLANTED = "泄露了的要求"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def now_of(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


async def opened(town: Town, lon: float = 114.02) -> UUID:
    command = ReportAlarm(source="sms", type="500600", place=PlaceIn(lon=lon, lat=22.54))
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def given(
    town: Town, about: UUID | None = None, within: timedelta = timedelta(hours=2), **more: Any
) -> Any:
    demand = Demand(
        to_room_id=more.pop("to", NORTH), text=PLANTED, due_at=await now_of(town) + within, incident_id=about
    )
    return await town.do(town.somebody("leader"), lambda w: supervising.give(w, demand), **more)


async def reviewed(town: Town) -> UUID:
    """An incident that only waits to be closed."""
    id_ = await opened(town)
    boss = town.somebody("dispatcher", "leader", "reviewer")
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    return id_


async def shown(town: Town, order: SupervisionOrder) -> Any:
    async with town.pool.acquire() as conn:
        return (await supervision(conn, town.centre, [order.id]))[0]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval(
            "SELECT count(*) FROM journal WHERE body::text ~ $1 OR coalesce(why, '') ~ $1", PLANTED
        )
    assert found.sound, found.broken
    assert leaked == 0


async def test_it_is_answered_returned_answered_again_and_signed_off(town: Town) -> None:
    above, below = town.somebody("leader"), town.somebody("dispatcher", room=NORTH)
    order = await given(town, await opened(town))
    assert order.state == "given"
    with pytest.raises(NotNow):
        await town.do(above, lambda w: supervising.sign_off(w, order.id))
    await town.do(below, lambda w: supervising.answer(w, order.id, PLANTED))
    back = await town.do(above, lambda w: supervising.return_(w, order.id, "还缺笔录"))
    assert (back.state, back.due_at) == ("returned", order.due_at)
    await town.do(below, lambda w: supervising.answer(w, order.id, "已补"))
    over = await town.do(above, lambda w: supervising.sign_off(w, order.id, "可以"))
    assert [turn.kind for turn in over.turns] == ["answered", "returned", "answered", "signed_off"]
    told = await shown(town, over)
    assert (told.text, [turn.text for turn in told.turns]) == (PLANTED, [PLANTED, "还缺笔录", "已补", "可以"])
    with pytest.raises(NotNow):
        await town.do(below, lambda w: supervising.answer(w, order.id, "再补"))
    with pytest.raises(NotNow):
        await town.do(above, lambda w: supervising.withdraw(w, order.id), reason="算了")
    await sound(town)


async def test_the_same_person_never_answers_and_signs_off(town: Town) -> None:
    boss = town.somebody("leader")
    order = await given(town)
    await town.do(boss, lambda w: supervising.answer(w, order.id, "代答"))
    with pytest.raises(NotAllowed):
        await town.do(boss, lambda w: supervising.sign_off(w, order.id))
    other = town.somebody("leader", name="another leader")
    assert (await town.do(other, lambda w: supervising.sign_off(w, order.id))).state == "signed_off"


async def test_it_goes_downwards_only_and_to_who_sees_the_incident(town: Town) -> None:
    id_, due = await opened(town), await now_of(town) + timedelta(hours=1)
    station = town.somebody("leader", room=NORTH)
    for to in (CITY, SOUTH, NORTH):
        demand = Demand(to_room_id=to, text="答复", due_at=due)
        with pytest.raises((NotAllowed, Invalid)):
            await town.do(station, lambda w, demand=demand: supervising.give(w, demand))  # type: ignore[misc]
    with pytest.raises(Invalid, match="does not see"):
        await given(town, id_, to=SOUTH)
    with pytest.raises(NotFound):
        await given(town, to=UUID(int=98))
    demand = Demand(to_room_id=NORTH, text="答复", due_at=due)
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("dispatcher"), lambda w: supervising.give(w, demand))


@pytest.mark.parametrize("within", [timedelta(0), timedelta(seconds=-5), timedelta(days=91)])
async def test_it_is_due_at_a_time_that_can_be_met(town: Town, within: timedelta) -> None:
    with pytest.raises(Invalid, match="due_at"):
        await given(town, within=within)


async def test_others_do_not_even_learn_of_it(town: Town) -> None:
    order = await given(town)
    with pytest.raises(NotFound):
        await town.do(town.somebody("leader", room=SOUTH), lambda w: supervising.answer(w, order.id, "我答"))
    with pytest.raises(NotAllowed):
        await town.do(
            town.somebody("leader", room=NORTH), lambda w: supervising.withdraw(w, order.id), reason="不答"
        )


async def test_late_answers_are_said_to_be_late_each_once(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    order = await given(town, await opened(town))
    assert (await shown(town, order)).waiting.what == "supervision_due_soon"
    await clock.forward(timedelta(minutes=104))
    await all_due(keeper)
    assert "supervision_due_soon" not in await firings(town)
    await clock.forward(timedelta(minutes=2))
    await all_due(keeper)
    assert [one.rule for one in (await shown(town, order)).alerts] == ["supervision_due_soon"]
    await clock.forward(timedelta(minutes=15))
    await all_due(keeper, keeper)
    told = await shown(town, order)
    assert [one.rule for one in told.alerts] == ["supervision_due_soon", "supervision_overdue"]
    assert told.alerts[1].said["zh"].what == "督办到期，北所未答复"
    assert told.alerts[1].on == "北所"
    assert (await firings(town)).count("supervision_overdue") == 1
    await town.do(town.somebody("dispatcher", room=NORTH), lambda w: supervising.answer(w, order.id, "迟了"))
    told = await shown(town, order)
    assert (told.alerts, told.waiting.what, told.waiting.on) == ((), "supervision_unsigned", "市局")
    await clock.forward(timedelta(minutes=31))
    await all_due(keeper)
    assert [one.rule for one in (await shown(town, order)).alerts] == ["supervision_unsigned"]
    with pytest.raises(Invalid, match="due_at"):
        await town.do(town.somebody("leader"), lambda w: supervising.return_(w, order.id, "不行"))
    again = await now_of(town) + timedelta(hours=1)
    await town.do(town.somebody("leader"), lambda w: supervising.return_(w, order.id, "不行", again))
    told = await shown(town, order)
    assert (told.alerts, told.waiting.what) == ((), "supervision_due_soon")
    await town.do(town.somebody("leader"), lambda w: supervising.withdraw(w, order.id), reason="已面谈")
    assert "supervision_due_soon" not in await rules_of(town, fired=False)
    await sound(town)


async def test_new_rules_hold_for_orders_that_stand(town: Town, keeper: Timekeeper) -> None:
    from tests.integration.test_timers_are_what_a_fold_from_scratch_wants import halved, put_rules

    await given(town)
    before = await due_at(town, "supervision_due_soon")
    await put_rules(town, halved())
    await all_due(keeper)
    assert await due_at(town, "supervision_due_soon") - before == timedelta(seconds=450)
    await sound(town)


async def due_at(town: Town, rule: str) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT due_at FROM timer WHERE rule = $1", rule)
    return at


async def test_an_incident_closes_only_without_it_or_by_a_leader_who_says_why(town: Town) -> None:
    id_ = await reviewed(town)
    order = await given(town, id_)
    closer = town.somebody("dispatcher", room=NORTH)
    with pytest.raises(StillOpen, match="the supervision order to North") as refused:
        await town.do(closer, lambda w: closing.close(w, id_))
    assert refused.value.details["open"][0]["id"] == str(order.id)  # type: ignore[index]
    with pytest.raises(NotAllowed):
        await town.do(closer, lambda w: closing.close(w, id_, despite_open=True), reason="急")
    leader = town.somebody("leader")
    with pytest.raises(Invalid, match="reason"):
        await town.do(leader, lambda w: closing.close(w, id_, despite_open=True))
    closed = await town.do(leader, lambda w: closing.close(w, id_, despite_open=True), reason="另案督办")
    assert closed.state == "closed"
    async with town.pool.acquire() as conn:
        [said] = await conn.fetch(
            "SELECT who, why, body->'despite' FROM journal WHERE fact = 'closed' AND id = $1", id_
        )
    assert tuple(said) == (leader.id, "另案督办", f'["supervision:{order.id}"]')
    assert (await shown(town, order)).state == "given", "the order is not lost"
    await town.do(town.somebody("dispatcher", room=NORTH), lambda w: supervising.answer(w, order.id, "答"))
    await sound(town)


@pytest.mark.parametrize("exit_", ["void", "advised", "transferred"])
async def test_no_other_way_out_leads_around_it(town: Town, exit_: Any) -> None:
    id_ = await opened(town)
    await given(town, id_)
    boss = town.somebody("dispatcher", "leader")
    with pytest.raises(StillOpen):
        await town.do(boss, lambda w: closing.end(w, id_, exit_), reason="误报")
    ended = await town.do(boss, lambda w: closing.end(w, id_, exit_, despite_open=True), reason="误报")
    assert ended.state == exit_


async def test_a_merge_takes_it_along(town: Town) -> None:
    into, id_ = await reviewed(town), await opened(town)
    await given(town, id_)
    boss = town.somebody("dispatcher", "leader", "call_taker")
    await town.do(boss, lambda w: joining.merge(w, id_, into))
    with pytest.raises(StillOpen):
        await town.do(boss, lambda w: closing.close(w, into))
    with pytest.raises((MergeRefused, NotNow)):
        await town.do(boss, lambda w: joining.merge(w, into, id_))
    await sound(town)


async def test_what_is_keyed_in_later_arms_nothing(town: Town, keeper: Timekeeper) -> None:
    await given(town, back_entry=True)
    assert await rules_of(town, fired=False) == set()
    await all_due(keeper)
    assert await firings(town) == []


async def test_a_time_before_it_was_given_is_refused(town: Town) -> None:
    order = await given(town)
    below = town.somebody("dispatcher", room=NORTH)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(BadClaim):
        await town.do(below, lambda w: supervising.answer(w, order.id, "答"), claimed_at=long_ago)
