"""Silence promise: units on scene are asked whether all is well, the roll is called, any word answers, silence shows."""

from typing import Any
from uuid import UUID

import pytest

from dispatch.acts import Principal
from dispatch.desk import checking, going, messaging, reinforcing
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.talk import store as talk_store
from dispatch.talk.model import Backup
from tests.harness import patrols
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.terminals import assert_sound, order, pass_time, reply, report, standing, told
from tests.harness.town import CITY, N1, N2, NORTH, S1, S2, SOUTH, Town

BOTH = ("status_check", "status_unanswered")


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


async def on_scene(town: Town, boss: Principal, unit: UUID = N1, type_: str = "200100") -> Assignment:
    [a] = await order(town, boss, await report(town, boss, type_), unit)
    return await town.do(town.unit(unit), lambda w: going.step(w, a.id, "on_scene"))


async def prioritised(town: Town, a: Assignment) -> int:
    async with town.pool.acquire() as conn:
        found: int = await conn.fetchval("SELECT priority FROM incident WHERE id = $1", a.incident_id)
    return found


async def test_a_unit_on_scene_is_asked_by_its_terminal_and_any_word_answers(
    town: Town, boss: Principal, clock: Clock, pool: Pool
) -> None:
    a = await on_scene(town, boss)
    assert await prioritised(town, a) != 1
    await pass_time(town, clock, 890)
    assert await told(town, N1, "status_check") == []
    await pass_time(town, clock, 11)
    [asked] = await told(town, N1, "status_check")
    assert (asked["kind"], asked["assignment_id"]) == ("message", a.id)
    assert await standing(town, *BOTH, fired=False) == ["status_unanswered"]
    await reply(town, N1, "message", text="平安")
    assert await standing(town, *BOTH, fired=False) == ["status_check"]  # the next quarter of an hour
    await assert_sound(pool)


async def test_silence_is_an_alert_until_the_unit_is_heard(town: Town, boss: Principal, clock: Clock) -> None:
    await on_scene(town, boss)
    await pass_time(town, clock, 901)
    await pass_time(town, clock, 61)
    assert await standing(town, *BOTH, fired=True) == ["status_unanswered"]
    await town.do(boss, lambda w: checking.check(w, N1), via="voice")
    assert await standing(town, *BOTH, fired=True) == []
    assert await standing(town, *BOTH, fired=False) == ["status_check"]


async def test_life_in_danger_is_asked_about_every_five_minutes(
    town: Town, boss: Principal, clock: Clock
) -> None:
    a = await on_scene(town, boss)
    async with town.pool.acquire() as conn:
        await conn.execute("UPDATE incident SET priority = 1 WHERE id = $1", a.incident_id)
    await town.do(boss, lambda w: checking.check(w, N1))
    await pass_time(town, clock, 301)
    assert len(await told(town, N1, "status_check")) == 1


async def test_an_older_reply_that_comes_late_is_no_answer_but_the_terminals_own_is(
    town: Town, boss: Principal, clock: Clock
) -> None:
    await on_scene(town, boss)
    await pass_time(town, clock, 901)
    await reply(town, N1, "message", text="到了", late_s=300)
    assert await standing(town, *BOTH, fired=False) == ["status_unanswered"]
    [asked] = await told(town, N1, "status_check")
    # Its clock is wrong, its word is not.
    await reply(town, N1, "read", order_id=asked["order_id"], late_s=300)
    assert await standing(town, *BOTH, fired=False) == ["status_check"]


async def test_a_terminal_whose_clock_is_far_behind_is_asked_again_all_the_same(
    town: Town, boss: Principal, clock: Clock
) -> None:
    await on_scene(town, boss)
    await pass_time(town, clock, 120)
    await reply(town, N1, "message", text="到了", late_s=1_200)
    assert await standing(town, *BOTH, fired=False) == ["status_check"]
    await pass_time(town, clock, 901)
    [asked] = await told(town, N1, "status_check")
    await reply(town, N1, "read", order_id=asked["order_id"], late_s=1_200)
    assert await standing(town, *BOTH, fired=False) == ["status_check"]


async def test_a_step_whose_time_cannot_be_is_one_of_now_and_watched(town: Town, boss: Principal) -> None:
    await order(town, boss, await report(town, boss), N1)
    await reply(town, N1, "accept", late_s=1_200)
    assert await standing(town, "not_en_route", fired=False) == ["not_en_route"]


async def test_an_emergency_is_no_answer(town: Town, boss: Principal, clock: Clock) -> None:
    await on_scene(town, boss)
    await pass_time(town, clock, 901)
    await reply(town, N1, "emergency")
    await pass_time(town, clock, 61)
    assert await standing(town, *BOTH, fired=True) == ["status_unanswered"]


async def test_who_has_cleared_is_asked_no_more(town: Town, boss: Principal, clock: Clock) -> None:
    a = await on_scene(town, boss)
    await pass_time(town, clock, 901)
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "clear", "handled"))
    assert await standing(town, *BOTH, fired=False) == []


async def answered(town: Town, id_: UUID) -> dict[UUID, Any]:
    """unit → by which way it answered the roll, None while it is silent."""
    async with town.pool.acquire() as conn:
        return {row[0]: row[6] for row in await talk_store.units_of_call(conn, id_)}


async def test_the_roll_asks_everyone_on_duty_below_a_room_and_any_word_answers(
    town: Town, boss: Principal, pool: Pool
) -> None:
    [a] = await order(town, boss, await report(town, boss), N2)
    call = await town.do(boss, checking.call_roll)
    assert (call.room_id, call.asked) == (CITY, 4)
    [asked] = await told(town, N1, "roll_call")
    await reply(town, N1, "read", order_id=asked["order_id"])
    await reply(town, N2, "accept", assignment_id=a.id)
    await town.do(boss, lambda w: checking.check(w, S1), via="voice")
    await reply(town, S2, "emergency")
    assert await answered(town, call.id) == {N1: "radio", N2: "radio", S1: "voice", S2: None}
    await reply(town, N1, "read", order_id=asked["order_id"])
    await assert_sound(pool)


async def test_a_station_calls_its_own_roll_only(town: Town) -> None:
    station = town.somebody("dispatcher", room=NORTH)
    call = await town.do(station, checking.call_roll)
    assert set(await answered(town, call.id)) == {N1, N2}
    with pytest.raises((NotFound, NotAllowed)):
        await town.do(station, lambda w: checking.call_roll(w, SOUTH))


async def test_a_word_said_before_the_roll_does_not_answer_it(town: Town, boss: Principal) -> None:
    call = await town.do(boss, checking.call_roll)
    await reply(town, N1, "message", text="旧话", late_s=300)
    assert (await answered(town, call.id))[N1] is None


async def test_messages_go_both_ways_and_each_side_sees_that_it_was_read(
    town: Town, boss: Principal, pool: Pool
) -> None:
    out = await town.do(boss, lambda w: messaging.message(w, N1, "回所换车"))
    [said] = await told(town, N1, "message")
    assert (said["about"], said["text"]) == (out.id, None)  # sealed until it is published
    await reply(town, N1, "read", order_id=said["order_id"])
    made = await reply(town, N1, "message", text="收到")
    inward = UUID(str(made["message"]))
    with pytest.raises(NotAllowed):
        await town.do(town.unit(N1), lambda w: messaging.read_message(w, inward))
    await town.do(boss, lambda w: messaging.read_message(w, inward))
    async with pool.acquire() as conn:
        both = await talk_store.read_messages(conn, [out.id, inward])
    assert [(m.direction, m.read_by) for m in both] == [("to_unit", "gateway:sim"), ("from_unit", boss.id)]
    with pytest.raises(Invalid):
        await town.do(boss, lambda w: messaging.message(w, N1, "  "))
    await assert_sound(pool)


async def asked_for(town: Town, unit: UUID, **more: Any) -> Backup:
    return await town.do(town.unit(unit), lambda w: reinforcing.ask_backup(w, unit, **more))


async def backup(pool: Pool, id_: UUID) -> Backup:
    async with pool.acquire() as conn:
        [one] = await talk_store.read_backups(conn, [id_])
    return one


async def test_backup_proposes_the_nearest_and_stands_until_as_many_were_sent(
    town: Town, boss: Principal, pool: Pool
) -> None:
    where = [114.021, 114.03, 114.06], [22.54] * 3
    town.centre.live.apply(patrols.frame([N2.int, S1.int, S2.int], *where, patrols.NOW_MS), patrols.NOW_MS)
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    asked = await asked_for(town, N1, wanted=2, text="人多")
    assert asked.recommendation_id is not None
    async with pool.acquire() as conn:
        shown = await conn.fetchval(
            "SELECT shown->'shown'->'waves'->0 FROM recommendation WHERE id = $1", asked.recommendation_id
        )
    assert [str(N2) in shown, str(S1) in shown] == [True, True]
    await order(town, boss, id_, N2)
    assert ((await backup(pool, asked.id)).sent, (await backup(pool, asked.id)).answered_at) == (1, None)
    await order(town, boss, id_, S1)
    met = await backup(pool, asked.id)
    assert (met.sent, met.answered_by) == (2, boss.id)
    assert [row["text"] for row in await told(town, N1, "message")] == [
        "增援 backup: 119",
        "增援 backup: 218",
    ]
    await assert_sound(pool)


async def test_backup_asked_again_is_one_request_and_a_dispatcher_may_answer_it_otherwise(
    town: Town, boss: Principal, pool: Pool
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    first = await asked_for(town, N1)
    made = await reply(town, N1, "backup", count=3)
    assert (made["backup"], (await backup(pool, first.id)).wanted) == (first.id, 3)
    answered_ = await town.do(boss, lambda w: reinforcing.answer_backup(w, first.id), reason="特警五分钟后到")
    assert answered_.answered_by == boss.id
    assert (await asked_for(town, N1)).id != first.id
    await assert_sound(pool)


async def test_backup_needs_a_job_and_skills_that_exist(town: Town, boss: Principal) -> None:
    with pytest.raises(NotNow, match="no open job"):
        await asked_for(town, N1)
    await order(town, boss, await report(town, boss), N1)
    with pytest.raises(Invalid, match="skill"):
        await asked_for(town, N1, skills=("flying",))
    with pytest.raises(NotFound):
        await town.do(town.unit(N2), lambda w: reinforcing.ask_backup(w, N1))
