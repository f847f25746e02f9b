"""Call-back promise: not reached is no call-back; it is tried again, never closes by itself, and whose number was seen is known."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import views
from dispatch.call_backs.shown import Wanted, call_back_counts, call_back_page
from dispatch.desk import calling_back, closing
from dispatch.desk.closing import Then
from dispatch.desk.intake import Reported
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.verify import verify
from incidents.errors import NotYetComplete
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of
from tests.harness.town import NORTH, SOUTH, Town, build

CALLED, OPTIONAL = "200260", "600200"
BOSS = ("dispatcher", "leader", "reviewer", "call_taker")


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


async def to_call(town: Town, type_: str = CALLED, **caller: Any) -> Reported:
    """Somebody whose matter is handled and reviewed, and who is to be called back."""
    command = ReportAlarm(
        source="call", type=type_, priority=3, place=PlaceIn(lon=114.02, lat=22.54),
        caller=CallerIn(**({"number": "13800001234", "name": "张三"} | caller)),
    )  # fmt: skip
    made = await town.report(town.somebody("call_taker"), command)
    boss = town.somebody(*BOSS)
    await town.do(boss, lambda w: closing.handle(w, made.incident_id, "handled"))
    await town.do(boss, lambda w: closing.review(w, made.incident_id, accept=True))
    return made


async def ring(town: Town, made: Reported, outcome: Any = "not_reached", **more: Any) -> Any:
    how = {"reason": more.pop("reason")} if "reason" in more else {}
    return await town.do(
        town.somebody("reviewer"), lambda w: closing.call_back(w, made.alarm.id, outcome, **more), **how
    )


async def close(town: Town, made: Reported) -> Any:
    return await town.do(town.somebody(*BOSS), lambda w: closing.close(w, made.incident_id))


async def due(town: Town, wanted: Wanted = "due") -> list[Any]:
    async with town.pool.acquire() as conn:
        return await call_back_page(conn, town.centre, town.somebody("reviewer"), (None, 50), wanted)


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def test_not_reached_leaves_the_call_back_due_and_the_incident_open(town: Town, clock: Clock) -> None:
    made = await to_call(town)
    alarm = await ring(town, made, text="占线")
    assert (alarm.called_back, len(alarm.unreached)) == (None, 1)
    with pytest.raises(NotYetComplete, match="call_back"):
        await close(town, made)
    assert await due(town) == [], "not rung again at once"
    [later] = await due(town, "later")
    assert (later.attempts, later.attempts_wanted, later.may_end) == (1, 3, False)
    assert later.alarm.unreached[0].text == "占线"
    async with town.pool.acquire() as conn:
        told = (await views.incidents(conn, town.centre, [made.incident_id]))[0]
        counts = await call_back_counts(conn, town.centre, town.somebody("reviewer"))
    assert (told.times.called_back, told.waiting and told.waiting.what) == (None, "call_back_again")
    assert (counts.due, counts.later) == (0, 1)
    await clock.forward(timedelta(hours=2, seconds=1))
    assert [one.id for one in await due(town)] == [made.alarm.id]
    await ring(town, made, "satisfied")
    assert (await close(town, made)).state == "closed"
    await sound(town)


async def test_whoever_is_to_try_again_is_told_when_it_is_time(town: Town, clock: Clock) -> None:
    made, keeper = await to_call(town), keeper_of(town)
    await ring(town, made)
    await clock.forward(timedelta(hours=2, seconds=1))
    await all_due(keeper, keeper)
    assert (await firings(town)).count("call_back_again") == 1
    async with town.pool.acquire() as conn:
        told = (await views.incidents(conn, town.centre, [made.incident_id]))[0]
    assert [one.rule for one in told.alerts] == ["call_back_again"]
    await ring(town, made, "satisfied")
    async with town.pool.acquire() as conn:
        assert (await views.incidents(conn, town.centre, [made.incident_id]))[0].alerts == ()


async def test_only_after_enough_attempts_does_a_person_end_it_and_says_why(town: Town, clock: Clock) -> None:
    made = await to_call(town)
    for _ in range(5):
        await ring(town, made)
    [later] = await due(town, "later")
    assert later.attempts == 1, "five rings in a minute are one attempt"
    with pytest.raises(NotNow, match="3 times, 2 h apart"):
        await ring(town, made, end=True, reason="打不通")
    for _ in range(2):
        await clock.forward(timedelta(hours=2, seconds=1))
        await ring(town, made)
    assert (await due(town, "later"))[0].may_end
    with pytest.raises(NotYetComplete):
        await close(town, made)  # however often it was tried, it does not end by itself
    with pytest.raises(Invalid, match="reason"):
        await ring(town, made, end=True)
    with pytest.raises(Invalid, match="not reached"):
        await ring(town, made, "satisfied", end=True, reason="打不通")
    alarm = await ring(town, made, end=True, reason="三次均无人接听")
    assert (alarm.called_back.outcome, alarm.called_back.ended) == ("not_reached", True)
    assert await due(town, "all") == []
    assert (await close(town, made)).state == "closed"
    await sound(town)


async def test_the_rule_says_how_often_and_how_far_apart(town: Town, clock: Clock) -> None:
    rules = town.centre.rules
    assert rules.by_id["call_back_again"].args == {"attempts": "3"}
    made = await to_call(town)
    await ring(town, made)
    [one] = await due(town, "later")
    again, tried = (datetime.fromisoformat(at) for at in (one.again_at, one.alarm.unreached[0].at))
    assert again - tried == timedelta(hours=2)


async def test_after_a_reopening_attempts_count_anew(town: Town, clock: Clock) -> None:
    made, boss = await to_call(town, OPTIONAL), town.somebody(*BOSS)
    assert (await close(town, made)).state == "closed"
    await ring(town, made)
    await ring(town, made, "dissatisfied", then=Then(do="reopen"))
    await town.do(boss, lambda w: closing.handle(w, made.incident_id, "handled"))
    await town.do(boss, lambda w: closing.review(w, made.incident_id, accept=True))
    [again] = await due(town)
    assert (again.why.key, again.attempts) == ("again", 0)
    await ring(town, made)
    with pytest.raises(NotYetComplete):
        await close(town, made)
    await sound(town)


async def test_a_number_is_seen_by_whoever_says_why_and_that_is_kept(town: Town) -> None:
    made, reviewer = await to_call(town), town.somebody("reviewer")
    [one] = await due(town)
    assert (one.alarm.caller.number, one.alarm.caller.name) == ("138****1234", "张**")

    async def reveal(who: Any, alarm_id: UUID = made.alarm.id, **how: Any) -> Any:
        await town.do(who, lambda w: calling_back.reveal(w, alarm_id), **how)
        async with town.pool.acquire() as conn:
            return await calling_back.opened(conn, town.centre, alarm_id)

    with pytest.raises(Invalid, match="reason"):
        await reveal(reviewer)
    with pytest.raises(NotAllowed):
        await reveal(town.somebody("call_taker"), reason="好奇")
    with pytest.raises(NotFound):
        await reveal(town.somebody("reviewer", room=SOUTH), reason="好奇")
    seen = await reveal(reviewer, reason="回访")
    assert (seen.number, seen.name) == ("13800001234", "张三")
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT who, why FROM journal WHERE fact = 'revealed'")
    assert [tuple(row) for row in rows] == [("reviewer@1", "回访")]
    await sound(town)


async def test_what_a_caller_asked_for_is_respected(town: Town) -> None:
    silent = await to_call(town, do_not_contact=True)
    assert await due(town, "all") == []
    reviewer = town.somebody("reviewer", room=NORTH)
    with pytest.raises(NotNow, match="asked not to be contacted"):
        await town.do(reviewer, lambda w: calling_back.reveal(w, silent.alarm.id), reason="回访")
    careful = await to_call(town, safe_number="13900005678", confidential=True)
    await town.do(reviewer, lambda w: calling_back.reveal(w, careful.alarm.id), reason="回访")
    async with town.pool.acquire() as conn:
        seen = await calling_back.opened(conn, town.centre, careful.alarm.id)
    assert (seen.number, seen.safe_number, seen.name) == (None, "13900005678", None)
