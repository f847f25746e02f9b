"""Story: a matter was settled too soon for who had called. It does not close past them: it is answered for above, or taken up again."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import places
from dispatch.desk import closing, going, ordering, supervising
from dispatch.desk.closing import Then
from dispatch.desk.intake import Reported
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import NotAllowed, NotNow, StillOpen
from dispatch.rooms import Room
from dispatch.runtime.postgres import Pool
from incidents.errors import NotYetComplete
from tests.harness.clock import Clock
from tests.harness.telling import Night
from tests.harness.timekeeping import firings
from tests.harness.town import CITY, N1, N2, NORTH, ROOMS, Town, build

DISTRICT = UUID(int=9)
CALLED, DRAWN = "200260", "500600"
"""A type whose callers are always called back, and one that closes without: its callers are drawn."""


@pytest.fixture
async def town(pool: Pool) -> Town:
    """A district stands between the city and its northern station."""
    town = await build(pool)
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=CITY
    )
    under = [msgspec.structs.replace(r, parent_id=DISTRICT) if r.id == NORTH else r for r in ROOMS]
    await town.do(town.somebody("admin"), lambda w: places.put_rooms(w, (*under, district)))
    await town.followers.load()
    return town


async def settled(town: Town, made: Reported, unit: UUID) -> None:
    """A unit goes there and settles it; its form is reviewed."""
    id_ = made.incident_id
    station = town.somebody("dispatcher", "leader", room=NORTH)
    [job] = await town.do(station, lambda w: ordering.order(w, id_, [Order(unit_id=unit)]))
    for step in ("accept", "en_route", "on_scene"):
        await town.do(town.unit(unit), lambda w, step=step: going.step(w, job.id, step))  # type: ignore[misc]
    await town.do(town.unit(unit), lambda w: going.step(w, job.id, "clear", "handled"))
    form = closing.Form(kind="final", result="handled", people_count=2)
    await town.do(town.unit(unit), lambda w: closing.feed_back(w, job.id, form))
    reviewer = town.somebody("reviewer", "leader", room=DISTRICT, name="审核")
    await town.do(reviewer, lambda w: closing.review(w, id_, accept=True))


async def begun(town: Town, type_: str) -> Reported:
    command = ReportAlarm(
        source="call", type=type_, text="邻居打人", place=PlaceIn(lon=114.02, lat=22.54, address="北街1号"),
        caller=CallerIn(number="13800001234", name="张三"),
    )  # fmt: skip
    made = await town.report(town.somebody("call_taker"), command)
    await settled(town, made, N1)
    return made


async def asked(town: Town, made: Reported, outcome: Any, text: str | None = None, then: Any = None) -> Any:
    reviewer = town.somebody("reviewer", room=DISTRICT, name="回访员")
    return await town.do(reviewer, lambda w: closing.call_back(w, made.alarm.id, outcome, text, then))


async def test_it_is_answered_for_returned_answered_signed_off_and_only_then_closes(
    town: Town, clock: Clock
) -> None:
    made = await begun(town, CALLED)
    night = Night(town, clock, made.incident_id)
    station = town.somebody("dispatcher", "leader", room=NORTH, name="北所")
    district, city = town.somebody("leader", room=DISTRICT, name="周正"), town.somebody("leader", name="市局")

    async def close() -> Any:
        return await town.do(station, lambda w: closing.close(w, made.incident_id))

    # Nobody has asked the caller: it does not close, nor when nobody answers the telephone.
    with pytest.raises(NotYetComplete):
        await close()
    await asked(town, made, "not_reached")
    with pytest.raises(NotYetComplete):
        await close()
    await night.later(2 * 3600 + 1)
    assert "call_back_again" in await night.heard()

    # The caller is not satisfied: the room above demands an answer of the station, by itself and at once.
    await asked(town, made, "dissatisfied", "来了五分钟就走，人还在楼下骂")
    [demand] = await night.owed()
    assert (demand.from_room_id, demand.to_room_id) == (DISTRICT, NORTH)
    await night.later(1)
    assert (await night.heard())["call_back_bad"] is not None
    with pytest.raises(StillOpen) as refused:
        await close()
    assert "supervision order" in str(refused.value)

    # Nobody answers in time: it is said to both; late, it is answered, and not well enough.
    await night.later(25 * 3600)
    assert "supervision_overdue" in await firings(town)
    await town.do(station, lambda w: supervising.answer(w, demand.id, "已处理完毕"))
    with pytest.raises(NotAllowed):
        await town.do(station, lambda w: supervising.sign_off(w, demand.id))
    async with town.pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now() + interval '2 hours'")
    await town.do(district, lambda w: supervising.return_(w, demand.id, "请当面回访事主", now))
    with pytest.raises(StillOpen):
        await close()
    await town.do(station, lambda w: supervising.answer(w, demand.id, "已登门，双方签了调解书"))
    with pytest.raises(StillOpen):
        await close()
    with pytest.raises(NotAllowed):  # who answers for it never signs it off, whatever their rank
        await town.do(town.somebody("leader", name="北所"), lambda w: supervising.sign_off(w, demand.id))
    await town.do(district, lambda w: supervising.sign_off(w, demand.id, "属实"))
    assert await night.ends() == set()
    assert (await close()).state == "closed"
    with pytest.raises(NotNow):
        await town.do(city, lambda w: supervising.withdraw(w, demand.id), reason="撤")

    # Nothing of it is waited for any more.
    await night.later(7 * 24 * 3600)
    assert await night.owed() == []
    assert "call_back_bad" not in await night.heard()
    await night.is_sound()


async def test_who_is_asked_before_it_is_closed_may_have_it_taken_up_again_as_well(
    town: Town, clock: Clock
) -> None:
    made = await begun(town, CALLED)
    night = Night(town, clock, made.incident_id)
    boss = town.somebody("dispatcher", "leader", room=NORTH)
    assert (await night.row()).state == "reviewed"
    await asked(town, made, "dissatisfied", "他又来砸门了", Then(do="reopen"))
    assert ((await night.row()).state, await night.owed()) == ("received", [])
    await settled(town, made, N2)
    await asked(town, made, "satisfied")
    assert (await town.do(boss, lambda w: closing.close(w, made.incident_id))).state == "closed"
    await night.is_sound()


async def test_it_is_taken_up_again_with_a_new_clock_and_the_same_caller_is_asked_once_more(
    town: Town, clock: Clock
) -> None:
    made = await begun(town, DRAWN)
    night = Night(town, clock, made.incident_id)
    boss = town.somebody("dispatcher", "leader", room=NORTH)
    await town.do(boss, lambda w: closing.close(w, made.incident_id))
    await asked(town, made, "dissatisfied", "他又来砸门了", Then(do="reopen"))
    row = await night.row()
    assert (row.state, await night.owed()) == ("received", [])
    assert (row.times.reviewed, row.times.closed) == (None, None)

    # It sounds again like any that nobody has sent to, and goes its whole way once more.
    await night.later(121)
    assert [rule for rule in await firings(town) if rule.startswith("not_dispatched")]
    with pytest.raises(NotNow):
        await town.do(boss, lambda w: closing.close(w, made.incident_id))
    await settled(town, made, N2)
    with pytest.raises(NotYetComplete):
        await town.do(boss, lambda w: closing.close(w, made.incident_id))
    await asked(town, made, "satisfied")
    assert (await town.do(boss, lambda w: closing.close(w, made.incident_id))).state == "closed"
    told = await night.row()
    assert {one.unit.call_sign for one in told.assignments if one.unit} == {"118", "119"}
    await night.is_sound()
