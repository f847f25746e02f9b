"""Closing promise: routine forms are accepted by rule, the rest is looked at, the sample is honest, and no complaint is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import views
from dispatch.call_backs.shown import call_back_page
from dispatch.desk import closing, commanding, going, ordering, supervising
from dispatch.desk.closing import Then
from dispatch.desk.intake import Reported
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import Invalid, StillOpen
from dispatch.folds import FOLDS
from dispatch.review import SAMPLE_SHARE
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.supervision import store as supervision_store
from dispatch.supervision.model import SupervisionOrder
from dispatch.verify import verify
from incidents.errors import NotYetComplete
from incidents.sealing import Seal
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of
from tests.harness.town import CITY, N1, NORTH, Town, build, new_id

ROUTINE, BY_PERSON, NEEDS_PEOPLE, CALLED = "600200", "950100", "200260", "200260"
BOSS = ("dispatcher", "leader", "reviewer", "call_taker")


@pytest.fixture
async def town(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Town:
    draw(monkeypatch, None)
    return await build(pool)


def draw(monkeypatch: pytest.MonkeyPatch, chosen: UUID | None) -> None:
    """Let the lot fall on this one and no other."""

    def lot(_: Seal, id_: UUID) -> float:
        return 0.0 if id_ == chosen else 0.5

    monkeypatch.setattr(Seal, "lot", lot)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def reported(town: Town, type_: str = ROUTINE, priority: int = 3) -> Reported:
    command = ReportAlarm(
        source="call", type=type_, priority=priority, place=PlaceIn(lon=114.02, lat=22.54),
        caller=CallerIn(number="13800001234", name="张三"),
    )  # fmt: skip
    return await town.report(town.somebody("call_taker"), command)


async def fed_back(town: Town, type_: str = ROUTINE, priority: int = 3, **form: Any) -> Reported:
    """A unit went, and its final form is in."""
    boss = town.somebody(*BOSS)
    made = await reported(town, type_, priority)
    [job] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    for name, result in (("accept", None), ("on_scene", None), ("clear", "handled")):
        await town.do(boss, lambda w, name=name, result=result: going.step(w, job.id, name, result))  # type: ignore[misc]
    said: dict[str, Any] = {"kind": "final", "result": "handled", "people_count": 0, "text": "已恢复供电"}
    given = closing.Form(**(said | form))
    await town.do(town.unit(N1), lambda w: closing.feed_back(w, job.id, given))
    return made


async def shown(town: Town, id_: UUID) -> Any:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [id_]))[0]


async def reviews(town: Town, id_: UUID) -> list[tuple[str, Any, Any]]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT who, body->'by_rule', body->'why' FROM journal WHERE fact = 'reviewed' AND id = $1", id_
        )
    return [tuple(row) for row in rows]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def demands(town: Town, id_: UUID) -> list[SupervisionOrder]:
    async with town.pool.acquire() as conn:
        return await supervision_store.open_of(conn, [id_])


async def test_complete_routine_forms_are_accepted_by_rule(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    made = await fed_back(town)
    told = await shown(town, made.incident_id)
    assert (told.review.by, told.review.why, told.waiting.what) == ("rule", (), "not_reviewed")
    await clock.forward(timedelta(seconds=299))
    await all_due(keeper)
    assert (await shown(town, made.incident_id)).state == "fed_back", "there is time to read and return it"
    await clock.forward(timedelta(seconds=2))
    await all_due(keeper, keeper)
    told = await shown(town, made.incident_id)
    assert (told.state, told.review, told.alerts) == ("reviewed", None, ())
    assert [form.state for form in told.assignments[0].feedback] == ["accepted"]
    assert await reviews(town, made.incident_id) == [("system:rules", "true", "[]")]
    boss = town.somebody(*BOSS)
    await town.do(
        boss, lambda w: closing.review(w, made.incident_id, accept=True)
    )  # somebody comes late: no harm
    assert (await town.do(boss, lambda w: closing.close(w, made.incident_id))).state == "closed"
    await sound(town)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({"priority": 2}, ["priority"]),
        ({"type_": BY_PERSON}, ["type"]),
        ({"type_": NEEDS_PEOPLE, "people_count": None}, ["incomplete"]),
    ],
    ids=["urgent", "type", "incomplete"],
)
async def test_a_person_looks_at_the_rest_and_is_told(
    town: Town, keeper: Timekeeper, clock: Clock, case: dict[str, Any], why: list[str]
) -> None:
    made = await fed_back(town, **case)
    assert [one.key for one in (await shown(town, made.incident_id)).review.why] == why
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper)
    told = await shown(town, made.incident_id)
    assert told.state == "fed_back"
    assert [one.said["zh"].what for one in told.alerts] == ["等北所审核反馈"]
    await town.do(town.somebody("reviewer"), lambda w: closing.review(w, made.incident_id, accept=True))
    [(who, by_rule, kept)] = await reviews(town, made.incident_id)
    assert (who, by_rule) == ("reviewer@1", "false")
    assert all(f'"{key}"' in kept for key in why)
    await sound(town)


async def test_what_was_sent_back_or_is_watched_from_above_is_read_by_a_person(town: Town) -> None:
    boss = town.somebody(*BOSS)
    made = await fed_back(town)
    id_ = made.incident_id
    back = await town.do(boss, lambda w: closing.review(w, id_, accept=False))
    assert back.primary_id is not None
    form = closing.Form(kind="final", result="handled", people_count=0, text="已恢复供电")
    await town.do(town.unit(N1), lambda w: closing.feed_back(w, back.primary_id, form))  # type: ignore[arg-type]
    assert [one.key for one in (await shown(town, id_)).review.why] == ["returned"]
    other = (await fed_back(town)).incident_id
    await town.do(boss, lambda w: commanding.follow(w, other))
    assert [one.key for one in (await shown(town, other)).review.why] == ["followed"]


async def test_some_routine_ones_are_drawn_and_read_all_the_same(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await fed_back(town)
    job = (await shown(town, made.incident_id)).primary_id
    draw(monkeypatch, job)
    assert [one.key for one in (await shown(town, made.incident_id)).review.why] == ["sample"]
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper)
    assert (await shown(town, made.incident_id)).state == "fed_back"


def test_the_lot_is_fair_and_nobody_without_the_key_foresees_it() -> None:
    one, other = Seal(bytes(range(32))), Seal(bytes(32))
    ids = [new_id() for _ in range(20_000)]
    drawn = [id_ for id_ in ids if one.lot(id_) < SAMPLE_SHARE]
    assert abs(len(drawn) / len(ids) - SAMPLE_SHARE) < 0.006, "within five standard deviations"
    assert all(0.0 <= one.lot(id_) < 1.0 for id_ in ids[:100])
    assert [one.lot(id_) for id_ in ids[:50]] == [one.lot(id_) for id_ in ids[:50]]
    both = [id_ for id_ in drawn if other.lot(id_) < SAMPLE_SHARE]
    assert len(both) < len(drawn) / 4, "another key draws others"


async def test_what_is_keyed_in_later_is_not_accepted_behind_anyones_back(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    boss = town.somebody(*BOSS)
    made = await reported(town)
    await town.do(boss, lambda w: closing.handle(w, made.incident_id, "handled"), back_entry=True)
    await clock.forward(timedelta(hours=1))
    await all_due(keeper)
    assert (await shown(town, made.incident_id)).state == "fed_back"


async def test_a_caller_who_was_not_satisfied_leads_to_an_order_to_the_owning_room(town: Town) -> None:
    made = await fed_back(town, CALLED)
    reviewer = town.somebody("reviewer")
    alarm = await town.do(
        reviewer, lambda w: closing.call_back(w, made.alarm.id, "dissatisfied", "处置太慢，泄露")
    )
    [order] = await demands(town, made.incident_id)
    assert (order.from_room_id, order.to_room_id, order.cause) == (CITY, NORTH, "call_back")
    assert order.due_at.timestamp() * 1000 - order.times["given"] == pytest.approx(86_400_000, abs=5)
    assert alarm.called_back is not None
    assert (alarm.called_back.then, alarm.called_back.supervision_id) == ("supervise", order.id)
    again = await town.do(reviewer, lambda w: closing.call_back(w, made.alarm.id, "dissatisfied"))
    assert again.called_back is not None
    assert again.called_back.supervision_id == order.id
    boss = town.somebody(*BOSS)
    await town.do(boss, lambda w: closing.review(w, made.incident_id, accept=True))
    with pytest.raises(StillOpen):
        await town.do(boss, lambda w: closing.close(w, made.incident_id))
    below = town.somebody("leader", room=NORTH)
    await town.do(below, lambda w: supervising.answer(w, order.id, "已道歉"))
    await town.do(town.somebody("leader"), lambda w: supervising.sign_off(w, order.id))
    assert (await town.do(boss, lambda w: closing.close(w, made.incident_id))).state == "closed"
    await sound(town)


async def test_a_station_that_calls_back_is_answered_for_to_the_room_above(town: Town) -> None:
    made = await fed_back(town, CALLED)
    own = town.somebody("reviewer", room=NORTH)
    await town.do(own, lambda w: closing.call_back(w, made.alarm.id, "dissatisfied"))
    [order] = await demands(town, made.incident_id)
    assert (order.from_room_id, order.to_room_id) == (CITY, NORTH)


async def test_or_the_incident_is_taken_up_again_and_the_caller_asked_once_more(town: Town) -> None:
    made = await fed_back(town, ROUTINE)
    boss, id_ = town.somebody(*BOSS), made.incident_id
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    await town.do(boss, lambda w: closing.close(w, id_))
    reviewer = town.somebody("reviewer")
    await town.do(
        reviewer, lambda w: closing.call_back(w, made.alarm.id, "dissatisfied", "还在漏水", Then(do="reopen"))
    )
    assert (await shown(town, id_)).state == "received"
    assert await demands(town, id_) == []
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    with pytest.raises(NotYetComplete, match="call_back"):
        await town.do(boss, lambda w: closing.close(w, id_))
    async with town.pool.acquire() as conn:
        due = await call_back_page(conn, town.centre, reviewer, (None, 10))
    assert [(one.id, one.why.key) for one in due] == [(made.alarm.id, "again")]
    await town.do(reviewer, lambda w: closing.call_back(w, made.alarm.id, "satisfied"))
    assert (await town.do(boss, lambda w: closing.close(w, id_))).state == "closed"
    await sound(town)


async def test_a_satisfied_caller_leads_to_nothing(town: Town) -> None:
    made = await fed_back(town, CALLED)
    reviewer = town.somebody("reviewer")
    with pytest.raises(Invalid, match="dissatisfied"):
        await town.do(reviewer, lambda w: closing.call_back(w, made.alarm.id, "satisfied", None, Then()))
    await town.do(reviewer, lambda w: closing.call_back(w, made.alarm.id, "satisfied"))
    assert await demands(town, made.incident_id) == []


async def test_a_replayed_complaint_opens_nothing(town: Town) -> None:
    made = await fed_back(town, CALLED)
    boss = town.somebody(*BOSS)
    await town.do(boss, lambda w: closing.call_back(w, made.alarm.id, "dissatisfied"), via="replay")
    assert await demands(town, made.incident_id) == []


async def test_whom_to_call_back_follows_the_type_and_the_lot(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_type, drawn, spared = await fed_back(town, CALLED), await fed_back(town), await fed_back(town)
    draw(monkeypatch, drawn.alarm.id)
    reviewer = town.somebody("reviewer")

    async def due(who: Any = reviewer, page: Any = (None, 10)) -> list[tuple[UUID, str]]:
        async with town.pool.acquire() as conn:
            return [(one.id, one.why.key) for one in await call_back_page(conn, town.centre, who, page)]

    assert await due() == [(drawn.alarm.id, "sample"), (by_type.alarm.id, "type")]
    assert await due(page=(None, 1)) == [(drawn.alarm.id, "sample")]
    assert await due(page=(drawn.alarm.id, 10)) == [(by_type.alarm.id, "type")]
    assert await due(town.somebody("reviewer", room=UUID(int=3))) == []
    await town.do(reviewer, lambda w: closing.call_back(w, by_type.alarm.id, "not_reached"))
    assert await due() == [(drawn.alarm.id, "sample")]
    assert spared.alarm.id not in {id_ for id_, _ in await due()}


async def test_the_rule_fires_once_for_each_incident(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    for _ in range(3):
        await fed_back(town)
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper, keeper_of(town))
    assert (await firings(town)).count("not_reviewed") == 3
    await sound(town)
