"""Dispute promise: while rooms dispute whose it is, the ordered unit goes, one room has duty, and the room above both decides in time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.acts import Principal
from dispatch.desk import closing, describing, disputing, giving_duty, going, joining, ordering
from dispatch.desk.describing import Changes
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.disputes import events as e
from dispatch.disputes import lifecycle as life
from dispatch.disputes.model import D, Dispute, Ground
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow, StillOpen
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.views import incidents
from tests.harness import borderland as b
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import CITY, N1, NORTH, SOUTH, Town

PLANTED = "事主王某在桥南侧"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await b.build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def opened(town: Town, **more: Any) -> UUID:
    lon, lat = b.IN_NORTH
    command = ReportAlarm(
        source="sms", type="200100", place=PlaceIn(lon=lon, lat=lat, address="界河桥"), **more
    )
    return (await town.report(town.somebody("call_taker"), command)).incident_id


def seat(town: Town, room: UUID, *roles: str) -> Principal:
    return town.somebody(*(roles or ("dispatcher",)), room=room)


async def disputed(
    town: Town, id_: UUID, by: UUID = NORTH, other: UUID = SOUTH, text: str = PLANTED
) -> Dispute:
    return await town.do(seat(town, by), lambda w: disputing.dispute(w, id_, text, other))


async def shown(town: Town, id_: UUID) -> Any:
    async with town.pool.acquire() as conn:
        return (await incidents(conn, town.centre, [id_]))[0]


async def seen_by(town: Town, id_: UUID) -> set[UUID]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT DISTINCT room_id FROM audience WHERE incident_id = $1", id_)
    return {row[0] for row in rows}


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval(
            "SELECT count(*) FROM (SELECT body::text AS t FROM journal UNION ALL SELECT to_jsonb(d)::text FROM dispute d) x "
            "WHERE t ~ '王某'"
        )
    assert found.sound, found.broken
    assert leaked == 0, "somebody's words lie open"


async def test_the_unit_goes_while_two_stations_dispute_and_their_district_decides(town: Town) -> None:
    id_ = await opened(town)
    north, south, west = seat(town, NORTH), seat(town, SOUTH), seat(town, b.WEST)
    [order] = await town.do(north, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    raised = await disputed(town, id_)
    assert raised.judge_room_id == b.WEST
    assert {SOUTH, b.WEST, CITY} <= await seen_by(town, id_)
    # Nothing stops: the unit goes, the room that disputes answers.
    await town.do(town.unit(N1), lambda w: going.step(w, order.id, "accept"))
    await town.do(town.unit(N1), lambda w: going.step(w, order.id, "en_route"))
    told = await shown(town, id_)
    assert (told.state, told.room, told.command.room) == ("en_route", NORTH, NORTH)
    assert "管辖争议" in [end.said["zh"] for end in told.open_ends]
    stated = await town.do(south, lambda w: disputing.state(w, raised.id, "桥北侧是北所"))
    assert [one.room_id for one in stated.statements] == [NORTH, SOUTH]
    [one] = (await shown(town, id_)).disputes
    assert [said.text for said in one.statements] == [PLANTED, "桥北侧是北所"]
    assert [(area.layer, area.room) for area in one.areas] == [("police", NORTH)]
    decided = await town.do(west, lambda w: disputing.decide(w, raised.id, SOUTH, "以桥中线为界"))
    assert (decided.state, decided.owner_room_id) == ("decided", SOUTH)
    told = await shown(town, id_)
    assert (told.room, told.command.room, told.state) == (SOUTH, SOUTH, "en_route")
    assert NORTH in await seen_by(town, id_)
    assert told.disputes[0].reason == "以桥中线为界"
    assert "dispute" not in [end.noun for end in told.open_ends]
    await sound(town)


async def test_who_decides_hears_at_once_is_chased_and_then_the_room_above_hears(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    id_ = await opened(town, priority=1)
    await disputed(town, id_)
    await all_due(keeper)
    told = await shown(town, id_)
    [alert] = [one for one in told.alerts if one.noun == "dispute"]
    assert (alert.room, alert.said["zh"].what) == (b.WEST, "北所提出管辖争议，请西分局裁决")
    clock_rules = [rule for rule in await firings(town, upward=True) if rule.startswith("dispute")]
    assert clock_rules == ["dispute_raised"]
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    await clock.forward(timedelta(seconds=60))
    await all_due(keeper)
    told = await shown(town, id_)
    spoken_to = {one.rule: (one.room, one.said["zh"].what) for one in told.alerts if one.noun == "dispute"}
    assert spoken_to["dispute_undecided"] == (b.WEST, "等西分局裁决管辖争议")
    assert spoken_to["dispute_undecided_above"] == (CITY, "西分局未裁决管辖争议，请市局督促")
    await sound(town)


async def test_the_row_says_who_decides_until_when_and_what_then(town: Town, keeper: Timekeeper) -> None:
    id_ = await opened(town, priority=1)
    await town.do(seat(town, NORTH), lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    async with town.pool.acquire() as conn:
        await conn.execute("DELETE FROM timer WHERE noun <> 'dispute'")
    await disputed(town, id_)
    waiting = (await shown(town, id_)).waiting
    assert waiting is not None
    said = waiting.said["zh"]
    assert (waiting.what, said.on, said.then) == ("dispute_undecided", "西分局", "60秒未裁决，催办西分局")


async def test_a_decision_gives_duty_to_either_to_a_third_or_to_who_decides(town: Town) -> None:
    west = seat(town, b.WEST)
    for owner in (NORTH, SOUTH, b.WEST):
        id_ = await opened(town)
        raised = await disputed(town, id_)
        await town.do(west, lambda w, r=raised, o=owner: disputing.decide(w, r.id, o, "按职责"))  # type: ignore[misc]
        assert (await shown(town, id_)).room == owner
    id_ = await opened(town)
    raised = await disputed(town, id_)
    with pytest.raises(Invalid):
        await town.do(west, lambda w: disputing.decide(w, raised.id, b.EAST, "不在其下"))
    wide = await opened(town)
    far = await disputed(town, wide, NORTH, b.EAST)
    assert far.judge_room_id == CITY
    await town.do(seat(town, CITY), lambda w: disputing.decide(w, far.id, SOUTH, "南所最近"))
    assert (await shown(town, wide)).room == SOUTH
    await sound(town)


async def test_only_the_room_above_both_decides(town: Town) -> None:
    id_ = await opened(town)
    raised = await disputed(town, id_)
    for room in (NORTH, SOUTH):
        with pytest.raises(NotAllowed):
            await town.do(seat(town, room), lambda w: disputing.decide(w, raised.id, SOUTH, "我们定"))
    with pytest.raises(NotFound):
        await town.do(seat(town, b.EAST), lambda w: disputing.decide(w, raised.id, SOUTH, "我们定"))
    with pytest.raises(NotAllowed):  # who disputes it does not concede it either
        await town.do(seat(town, NORTH), lambda w: disputing.concede(w, raised.id))
    with pytest.raises(NotAllowed):
        await town.do(seat(town, SOUTH), lambda w: disputing.withdraw(w, raised.id))


async def test_a_concession_hands_over_and_a_withdrawal_leaves_duty(town: Town) -> None:
    id_ = await opened(town)
    raised = await disputed(town, id_)
    await town.do(seat(town, SOUTH), lambda w: disputing.concede(w, raised.id))
    assert (await shown(town, id_)).room == SOUTH
    back = await disputed(town, id_, SOUTH, NORTH)
    await town.do(seat(town, SOUTH), lambda w: disputing.withdraw(w, back.id))
    told = await shown(town, id_)
    assert (told.room, [one.state for one in told.disputes]) == (SOUTH, ["conceded", "withdrawn"])
    with pytest.raises(NotNow):
        await town.do(seat(town, b.WEST), lambda w: disputing.decide(w, back.id, NORTH, "晚了"))
    assert not {rule for rule in await rules_of(town, fired=False, upward=True) if rule.startswith("dispute")}
    await sound(town)


async def test_what_was_decided_goes_up_or_needs_new_facts(town: Town) -> None:
    id_ = await opened(town)
    raised = await disputed(town, id_)
    await town.do(seat(town, b.WEST), lambda w: disputing.decide(w, raised.id, SOUTH, "以桥中线为界"))
    south, north = seat(town, SOUTH), seat(town, NORTH)
    with pytest.raises(NotNow, match="decided"):
        await town.do(south, lambda w: giving_duty.hand_over(w, id_, NORTH))
    again = await disputed(town, id_, SOUTH, NORTH)
    assert again.judge_room_id == CITY, "on the same facts only a room above the last judge"
    await town.do(seat(town, CITY), lambda w: disputing.decide(w, again.id, SOUTH, "维持"))
    with pytest.raises(NotNow, match="no room stands above"):
        await disputed(town, id_, SOUTH, NORTH)
    moved = Changes(place=PlaceIn(lon=b.IN_NORTH[0] + 0.001, lat=b.IN_NORTH[1]))
    await town.do(south, lambda w: describing.amend(w, id_, None, moved))
    anew = await disputed(town, id_, SOUTH, NORTH)
    assert anew.judge_room_id == b.WEST, "new facts: the first room above both again"
    await town.do(north, lambda w: disputing.concede(w, anew.id))
    assert (await shown(town, id_)).room == NORTH
    await sound(town)


async def test_duty_is_not_passed_on_while_it_is_disputed_and_nobody_disputes_twice(town: Town) -> None:
    id_ = await opened(town)
    await disputed(town, id_)
    with pytest.raises(NotNow):
        await town.do(seat(town, NORTH), lambda w: giving_duty.hand_over(w, id_, SOUTH))
    with pytest.raises(NotNow):
        await disputed(town, id_)
    with pytest.raises(NotFound):  # who neither has duty nor was offered it does not even see it
        await disputed(town, await opened(town), SOUTH, NORTH)
    with pytest.raises(NotNow, match="stands above both"):
        await disputed(town, await opened(town), NORTH, CITY)
    with pytest.raises(Invalid):
        await disputed(town, await opened(town), NORTH, NORTH)
    with pytest.raises(Invalid):
        await disputed(town, await opened(town), text="  ")


async def test_nothing_ends_while_its_duty_is_disputed(town: Town) -> None:
    id_ = await opened(town)
    raised = await disputed(town, id_)
    boss = seat(town, CITY, "leader")
    with pytest.raises(StillOpen) as refused:
        await town.do(boss, lambda w: closing.end(w, id_, "advised"), reason="电话处理")
    assert "dispute about duty" in str(refused.value)
    await town.do(boss, lambda w: closing.end(w, id_, "advised", None, despite_open=True), reason="电话处理")
    await sound(town)  # nobody is chased for it any more
    await town.do(boss, lambda w: closing.reopen(w, id_, "received"), reason="再次报警")
    await sound(town)
    await town.do(seat(town, SOUTH), lambda w: disputing.concede(w, raised.id))
    assert (await shown(town, id_)).room == SOUTH
    await sound(town)


async def test_a_dispute_follows_its_incident_into_the_one_it_is_merged_with(town: Town) -> None:
    one, other = await opened(town), await opened(town)
    raised = await disputed(town, one)
    boss = seat(town, CITY)
    await town.do(boss, lambda w: joining.merge(w, one, other))
    told = await shown(town, other)
    assert [end.noun for end in told.open_ends] == ["dispute"]
    await town.do(seat(town, b.WEST), lambda w: disputing.decide(w, raised.id, SOUTH, "合并后由南所"))
    assert (await shown(town, other)).room == SOUTH
    await sound(town)


@st.composite
def trees(draw: st.DrawFn) -> list[tuple[UUID, ...]]:
    """Lineages of a random tree of rooms."""
    lines: list[tuple[UUID, ...]] = [(UUID(int=1),)]
    for n in range(2, draw(st.integers(3, 14))):
        lines.append((UUID(int=n), *draw(st.sampled_from(lines))))
    return lines


@given(trees(), st.data())
def test_the_judge_is_the_nearest_room_above_both_and_never_a_party(
    lines: list[tuple[UUID, ...]], data: st.DataObject
) -> None:
    one, other = data.draw(st.sampled_from(lines)), data.draw(st.sampled_from(lines))
    judge = life.judge_of(one, other)
    above = [room for room in one[1:] if room in other[1:]]
    if judge is None:
        assert not [room for room in above if room not in (one[0], other[0])]
        return
    assert judge in above
    assert judge not in (one[0], other[0])
    higher = life.judge_of(one, other, next(line for line in lines if line[0] == judge))
    assert higher is None or one.index(higher) > one.index(judge)


ROOMS3 = st.sampled_from([NORTH, SOUTH, b.WEST])


@given(
    st.lists(st.one_of(
        st.builds(life.State, ROOMS3, st.just("x"), st.integers(0, 9), st.just(UUID(int=7))),
        st.builds(life.Decide, ROOMS3, st.just("x"), st.integers(0, 9), st.just(UUID(int=7)), st.just(Ground(1, None))),
        st.builds(life.Concede, st.just("x"), st.integers(0, 9)),
        st.builds(life.Withdraw, st.just("x"), st.integers(0, 9)),
    ), max_size=8)
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_dispute_ends_once_and_exactly_one_room_has_duty_at_any_time(commands: list[life.Command]) -> None:
    raised = e.Raised(
        incident_id=UUID(int=1), by_room_id=NORTH, other_room_id=SOUTH, judge_room_id=b.WEST, by="x", at=0,
        narrative_id=UUID(int=2),
    )  # fmt: skip
    dispute, owner, endings = life.evolve(None, UUID(int=3), raised), NORTH, 0
    for command in commands:
        was_open = dispute.is_open
        try:
            fact = life.decide(dispute, command)
        except NotNow:
            assert not was_open
            continue
        assert was_open
        dispute = life.evolve(dispute, dispute.id, fact)
        owner = dispute.owner_room_id or owner
        endings += not dispute.is_open
        assert owner in (NORTH, SOUTH, b.WEST)
        assert (dispute.owner_room_id is not None) == (dispute.state in (D.DECIDED, D.CONCEDED))
    assert endings <= 1
