"""Lookout promise: a plate or name that is looked out for is found in a report, note or form, whatever door it came by; no word is kept."""

from datetime import timedelta

import pytest

from dispatch import store as dispatch_store
from dispatch.acts import Principal
from dispatch.broadcasts import store as broadcast_store
from dispatch.broadcasts.model import Audience, Broadcast, Mark
from dispatch.broadcasts.views import matches
from dispatch.desk import broadcasting, closing, describing, going, messaging, opening, spotting
from dispatch.desk.closing import Form
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, prepare
from dispatch.errors import NotAllowed, NotFound, NotNow
from dispatch.runtime.postgres import Pool
from dispatch.views import timeline
from dispatch.work import Actor
from incidents.sealing import Caller
from tests.harness import town as t
from tests.harness.broadcasts import NAME, PLANTED, everybody, look_out, now_of, said, shown, sound
from tests.harness.clock import Clock
from tests.harness.terminals import GATEWAY, order, pass_time, report
from tests.harness.town import N1, NORTH, S1, SOUTH, Town

HEARD = "我看见粤b-12345往北开"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


def command(text: str | None = HEARD, name: str | None = None, exercise: bool = False) -> ReportAlarm:
    return ReportAlarm(
        source="call", text=text, place=PlaceIn(lon=114.02, lat=22.54), exercise=exercise,
        caller=CallerIn(name=name) if name else None,
    )  # fmt: skip


async def sources(town: Town, b: Broadcast) -> list[tuple[str, str | None]]:
    return [(s.source, s.mark) for s in (await shown(town, b)).spottings]


async def test_a_report_names_it_and_the_sender_is_told(town: Town, boss: Principal) -> None:
    b = await said(town, boss, everybody(), "lookout")
    reported = await town.report(town.somebody("call_taker", room=NORTH), command())
    [spot] = (await shown(town, b)).spottings
    assert (spot.incident_id, spot.number, spot.mark, spot.noticed) == (
        reported.incident_id, reported.number, "plate", False,
    )  # fmt: skip
    async with town.pool.acquire() as conn:
        rows = await timeline(conn, town.centre, boss, reported.incident_id, (0, 100))
    assert [row.fact for row in rows if row.noun == "broadcast"] == ["spotted"]
    await town.do(boss, lambda w: broadcasting.notice(w, b.id))
    assert [spot.noticed for spot in (await shown(town, b)).spottings] == [True]
    await sound(town)


async def test_the_straight_way_of_a_device_misses_none(town: Town, boss: Principal) -> None:
    """What nothing but its key could keep from opening an incident goes the longer way when it names one."""
    b = await said(town, boss, everybody(), "lookout")
    actor = Actor(principal=GATEWAY, route="cad.alarm.call.1", key="1:1:1", via="gateway")
    assert not opening.opens_for_sure(prepare(town.centre, command(), actor))
    assert opening.opens_for_sure(prepare(town.centre, command("粤B99999"), actor))
    await town.report(GATEWAY, command(), route="cad.alarm.call.1", key="1:1:1", via="gateway")
    assert await sources(town, b) == [("alarm", "plate")]
    await sound(town)


async def test_notes_forms_messages_and_callers_names(town: Town, boss: Principal) -> None:
    b = await said(town, boss, everybody(), "lookout")
    incident_id = await report(town, boss)
    [job] = await order(town, boss, incident_id, N1)
    await town.do(town.unit(N1), lambda w: messaging.message(w, N1, f"发现{NAME}"))
    assert await sources(town, b) == [("message", "name")]
    await town.do(boss, lambda w: describing.add_note(w, incident_id, "scene", HEARD, urgent=False))
    await town.do(boss, lambda w: describing.add_note(w, incident_id, "scene", HEARD, urgent=False))
    assert await sources(town, b) == [
        ("message", "name"),
        ("note", "plate"),
    ]  # once for an incident and a mark
    other = await report(town, boss)
    [another] = await order(town, boss, other, S1)
    await town.do(town.unit(S1), lambda w: going.step(w, another.id, "on_scene"))
    form = Form(kind="interim", people=(Caller(name="张 三丰"),), text="盘查一人")
    await town.do(town.unit(S1), lambda w: closing.feed_back(w, another.id, form))
    await town.report(town.somebody("call_taker"), command("有人打架", name=NAME))
    assert await sources(town, b) == [
        ("message", "name"), ("note", "plate"), ("feedback", "name"), ("alarm", "name"),
    ]  # fmt: skip
    assert job.unit_id == N1
    await sound(town)


@pytest.mark.parametrize("ended", ["expired", "cancelled", "superseded"])
async def test_nothing_is_found_of_what_has_ended(
    town: Town, boss: Principal, clock: Clock, ended: str
) -> None:
    b = await said(town, boss, everybody(), "lookout", within=timedelta(minutes=10))
    if ended == "expired":
        await pass_time(town, clock, 601)
    elif ended == "cancelled":
        await town.do(boss, lambda w: broadcasting.cancel(w, b.id, "抓获"))
    else:
        await said(town, boss, everybody(), "lookout", replaces=b.id, marks=(Mark("plate", "粤C00001"),))
    await town.report(boss, command())  # this replica has not heard of it yet
    await look_out(town)
    await town.report(boss, command())
    assert ((await shown(town, b)).state, await sources(town, b)) == (ended, [])
    async with town.pool.acquire() as conn:
        assert await matches(conn, town.centre, boss, [HEARD], exercise=False) == []
        left = await conn.fetchval("SELECT count(*) FROM broadcast_mark WHERE broadcast_id = $1", b.id)
    assert left == 0
    await sound(town)


async def test_a_drill_and_real_life_never_meet(town: Town, boss: Principal) -> None:
    real = await said(town, boss, everybody(), "lookout")
    drill = await said(town, boss, everybody(), "lookout", exercise=True)
    await town.report(boss, command(exercise=True))
    assert [await sources(town, b) for b in (real, drill)] == [[], [("alarm", "plate")]]


async def test_while_typing_only_who_was_addressed_is_shown_it(town: Town, boss: Principal) -> None:
    b = await said(town, boss, Audience(rooms=(NORTH,)), "lookout", advice="持械，保持距离")
    typed = ["有个人", HEARD]
    async with town.pool.acquire() as conn:
        for who in (boss, town.somebody("call_taker", room=NORTH), town.unit(N1)):
            [match] = await matches(conn, town.centre, who, typed, exercise=False)
            assert (match.broadcast.id, match.mark, match.at) == (b.id, "plate", 1)
            assert match.broadcast.advice == "持械，保持距离"
        for stranger in (town.somebody("call_taker", room=SOUTH), town.unit(S1)):
            assert await matches(conn, town.centre, stranger, typed, exercise=False) == []
        assert await matches(conn, town.centre, boss, ["粤B1234", ""], exercise=False) == []
    assert await sources(town, b) == []  # looking leaves nothing


async def test_a_person_links_it_to_an_incident(town: Town, boss: Principal) -> None:
    b = await said(town, boss, Audience(rooms=(NORTH,)), "lookout")
    incident_id = (await town.report(boss, command("白色的车"))).incident_id
    taker = town.somebody("call_taker", room=NORTH)
    for _ in range(2):
        await town.do(taker, lambda w: spotting.link(w, b.id, incident_id))
    assert await sources(town, b) == [("linked", None)]
    for stranger in (town.somebody("call_taker", room=SOUTH), town.somebody("auditor")):
        with pytest.raises((NotFound, NotAllowed)):
            await town.do(stranger, lambda w: spotting.link(w, b.id, incident_id))
    await town.do(boss, lambda w: broadcasting.cancel(w, b.id, "抓获"))
    with pytest.raises(NotNow):
        await town.do(taker, lambda w: spotting.link(w, b.id, incident_id))
    await sound(town)


async def test_a_lookout_is_erased_after_its_end_and_the_history_still_holds(
    town: Town, boss: Principal, clock: Clock
) -> None:
    gone = await said(town, boss, everybody(), "lookout", within=timedelta(minutes=10))
    holds = await said(town, boss, everybody(), "lookout", within=timedelta(days=30))
    await pass_time(town, clock, 601)
    for days, erased in ((1, False), (30, True)):
        await clock.forward(timedelta(days=days) - timedelta(hours=1))
        async with town.pool.acquire() as conn:
            before = await dispatch_store.now(conn) - timedelta(days=29)
            await broadcast_store.erase(conn, before)
        over = await shown(town, gone)
        assert (over.text, over.marks) == ((None, ()) if erased else (PLANTED, over.marks))
    assert (await shown(town, holds)).text == PLANTED
    async with town.pool.acquire() as conn:
        left = await conn.fetchval("SELECT count(*) FROM narrative WHERE key_id = $1", gone.id)
    assert left == 0
    assert (await now_of(town)) > gone.expires_at
    await sound(town)
