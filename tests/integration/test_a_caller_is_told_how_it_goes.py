"""Citizen promise: a caller learns that somebody was sent, is on the way and that it is closed; who must not be rung never is."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.bearers import store as outward
from dispatch.bearers.store import BEARERS, TRIES, OutwardMessage
from dispatch.desk import closing, going, joining, ordering
from dispatch.desk.intake import Reported
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import NotFound
from dispatch.model import Assignment
from dispatch.runtime.outward import NotTaken, Outward
from dispatch.runtime.postgres import Pool
from dispatch.views import told_to_caller
from tests.harness.clock import Clock
from tests.harness.town import N1, SOUTH, Town, build
from tests.integration.test_what_goes_outward_arrives_once_or_somebody_is_told import Held, Port

NUMBER, SAFE = "13800001234", "13900005678"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


async def reported(town: Town, caller: CallerIn | None = None, **more: Any) -> Reported:
    given: dict[str, Any] = {"source": "call", "type": "500600", "place": PlaceIn(lon=114.02, lat=22.54)}
    command = ReportAlarm(**(given | {"caller": caller or CallerIn(number=NUMBER, name="张三")} | more))
    return await town.report(town.somebody("call_taker"), command)


async def gone_through(town: Town, made: Reported, **how: Any) -> Assignment:
    """Ordered, on the way, handled, closed."""
    boss, id_ = town.somebody("dispatcher", "leader", "reviewer"), made.incident_id
    [job] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]), **how)
    for name, result in (("accept", None), ("en_route", None), ("on_scene", None), ("clear", "handled")):
        await town.do(boss, lambda w, name=name, result=result: going.step(w, job.id, name, result), **how)  # type: ignore[misc]
    form = closing.Form(kind="final", result="handled", people_count=0)
    await town.do(boss, lambda w: closing.feed_back(w, job.id, form), **how)
    await town.do(boss, lambda w: closing.review(w, id_, accept=True), **how)
    await town.do(boss, lambda w: closing.close(w, id_), **how)
    return job


async def told(town: Town, made: Reported) -> list[outward.Said]:
    async with town.pool.acquire() as conn:
        return await outward.said_to_caller(conn, made.alarm.id)


def outward_of(town: Town, provider: Port) -> Outward:
    return Outward(town.pool, Held(town.pool), town.centre, lambda: None, dict.fromkeys(BEARERS, provider))


async def test_each_caller_is_told_each_once_with_the_number(town: Town) -> None:
    made = await reported(town)
    boss = town.somebody("dispatcher")
    provider = Port()
    out = outward_of(town, provider)
    [job] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    assert await out.hand_over() == 1
    for name in ("accept", "en_route", "on_scene"):
        await town.do(boss, lambda w, name=name: going.step(w, job.id, name))  # type: ignore[misc]
    [taken, coming] = await told(town, made)
    assert (taken.kind, coming.kind, taken.sent_at is not None) == ("taken", "on_the_way", True)
    assert coming.body is not None
    assert coming.body["zh"].endswith("民警正在赶往现场。")
    assert "J" in coming.body["en"]
    assert await out.hand_over() == 1
    assert provider.asked == [NUMBER, NUMBER]


async def test_the_number_lies_nowhere_but_sealed(town: Town, clock: Clock) -> None:
    made = await reported(town)
    await gone_through(town, made)

    def answer(message: OutwardMessage) -> Any:
        return NotTaken(f"no credit for {message.address}")

    out = outward_of(town, Port(answer))
    for _ in range(TRIES + 1):
        await out.hand_over()
        await clock.forward(timedelta(minutes=2))
    assert [one.failure for one in await told(town, made) if one.kind == "closed"] == ["no credit for …"]
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT to_jsonb(o)::text FROM outward_message o")
    assert not [row for row in rows if NUMBER in row[0]]


async def test_a_whole_matter_is_three_messages(town: Town) -> None:
    made = await reported(town)
    await gone_through(town, made)
    provider = Port()
    await outward_of(town, provider).hand_over()
    assert [(one.kind, one.failure) for one in await told(town, made)] == [
        ("taken", "overtaken"),
        ("on_the_way", "overtaken"),
        ("closed", None),
    ]
    assert provider.asked == [NUMBER], "what is over by the time a line is free is not told any more"


@pytest.mark.parametrize(
    "more",
    [
        {"caller": CallerIn(number=NUMBER, do_not_contact=True)},
        {"caller": CallerIn(number=NUMBER, confidential=True)},
        {"caller": CallerIn(name="张三")},
        {"silent": True},
        {"abandoned": True},
        {"source": "agency"},
        {"source": "officer"},
    ],
    ids=["do not contact", "confidential", "no number", "silent", "cut off", "agency", "officer"],
)
async def test_who_must_not_be_rung_is_not(town: Town, more: dict[str, Any]) -> None:
    made = await reported(town, **more)
    await gone_through(town, made)
    assert await told(town, made) == []


async def test_what_is_sensitive_gives_nobody_away(town: Town) -> None:
    types = town.centre.reference.types
    sensitive = next(code for code in types_of(town) if types.get(code).sensitive)
    made = await reported(town, type=sensitive)
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    assert await told(town, made) == []


def types_of(town: Town) -> list[str]:
    found: list[str] = []
    waiting = [kind.code for kind in town.centre.reference.types.children()]
    while waiting:
        code = waiting.pop()
        found.append(code)
        waiting += [kind.code for kind in town.centre.reference.types.children(code)]
    return found


async def test_a_safe_number_is_written_to_instead(town: Town) -> None:
    made = await reported(town, CallerIn(number=NUMBER, safe_number=SAFE))
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    provider = Port()
    assert await outward_of(town, provider).hand_over() == 1
    assert provider.asked == [SAFE]


@pytest.mark.parametrize("how", [{"back_entry": True}, {"via": "replay"}])
async def test_what_is_keyed_in_later_tells_nobody(town: Town, how: dict[str, Any]) -> None:
    made = await reported(town)
    await gone_through(town, made, **how)
    assert await told(town, made) == []


async def test_drills_stay_in_the_house(town: Town) -> None:
    made = await reported(town, exercise=True)
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    provider = Port()
    assert await outward_of(town, provider).hand_over() == 1
    assert provider.asked == []
    assert [one.by for one in await told(town, made)] == ["recorded"]


async def test_everybody_who_called_is_told_whichever_incident_they_came_with(town: Town) -> None:
    one, other = await reported(town), await reported(town, CallerIn(number=SAFE))
    boss = town.somebody("dispatcher", "leader", "call_taker")
    await town.do(boss, lambda w: joining.merge(w, other.incident_id, one.incident_id))
    await town.do(boss, lambda w: ordering.order(w, one.incident_id, [Order(unit_id=N1)]))
    assert [[m.kind for m in await told(town, made)] for made in (one, other)] == [["taken"], ["taken"]]


async def test_only_who_sees_the_incident_reads_what_was_told(town: Town) -> None:
    made = await reported(town)
    async with town.pool.acquire() as conn:
        assert await told_to_caller(conn, town.somebody("call_taker"), made.alarm.id) == []
        with pytest.raises(NotFound):
            await told_to_caller(conn, town.somebody("leader", room=SOUTH), made.alarm.id)
