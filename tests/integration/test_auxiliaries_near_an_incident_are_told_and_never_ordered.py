"""Auxiliary promise: those within a minute's way hear of it once police go there, acknowledge it, once each, and of weapons never."""

from uuid import UUID

import pytest

from dispatch.desk import messaging, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import UnitUnavailable
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.talk import views as talk_views
from dispatch.talk.shown import MessageShown
from tests.harness import patrols as p
from tests.harness import town as t
from tests.harness.rostered import now
from tests.harness.timekeeping import all_due
from tests.harness.town import N1, NORTH, SOUTH, Town
from units import commands as uc

HERE = PlaceIn(lon=114.02, lat=22.54, address="北门广场")
QUIET, ARMED = "200250", "100211"
GUARDS = {
    UUID(int=51): (114.0203, NORTH),
    UUID(int=52): (114.0202, SOUTH),
    UUID(int=53): (114.03, NORTH),
}
"""Two within a minute on foot, one of another room; one too far."""
NEAR = [UUID(int=51), UUID(int=52)]


@pytest.fixture
async def town(pool: Pool) -> Town:
    built = await t.build(pool)
    entries = [
        (id_, uc.Register(handle=id_.int, call_sign=f"保安{id_.int}", kind="foot", unit_class="auxiliary", room_id=room, gateway="sim"))
        for id_, (_, room) in GUARDS.items()
    ]  # fmt: skip
    await built.do(built.somebody("admin"), lambda w: shift.register_many(w, entries))
    for id_ in GUARDS:
        await built.do(built.somebody("dispatcher"), lambda w, id_=id_: shift.log_on(w, id_, ("v1",)))  # type: ignore[misc]
    await built.followers.load()
    return built


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    """The engine, turned by hand."""
    return Timekeeper(town.pool, town.centre, lambda: None)


async def place(town: Town) -> None:
    """Their newest fixes, as of now."""
    at_ms = round((await now(town)).timestamp() * 1000)
    lons = [lon for lon, _ in GUARDS.values()]
    frame = p.frame([id_.int for id_ in GUARDS], lons, [22.54] * len(lons), at_ms)
    town.centre.live.apply(frame, at_ms)


async def ordered(town: Town, keeper: Timekeeper, type_: str, **more: object) -> UUID:
    boss = town.somebody("dispatcher", "leader")
    made = await town.report(boss, ReportAlarm(source="call", type=type_, place=HERE, **more))  # type: ignore[arg-type]
    await all_due(keeper)
    assert made.incident_id is not None
    assert await told(town) == [], "nobody is alone there"
    await place(town)
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    return made.incident_id


async def told(town: Town) -> list[MessageShown]:
    async with town.pool.acquire() as conn:
        ids = [row[0] for row in await conn.fetch("SELECT id FROM unit_message ORDER BY unit_id")]
        found = await talk_views.messages(conn, town.centre, ids)
    return sorted(found, key=lambda one: one.unit_id)


async def test_those_within_a_minute_are_told_once_police_go_and_acknowledge(
    town: Town, keeper: Timekeeper
) -> None:
    await place(town)
    incident_id = await ordered(town, keeper, QUIET)
    said = await told(town)
    assert [one.unit_id for one in said] == NEAR
    assert {one.incident_id for one in said} == {incident_id}
    assert "北门广场" in (said[0].text or "")
    assert "不得单独处置" in (said[0].text or "")
    await town.do(town.unit(NEAR[0]), lambda w: messaging.read_message(w, said[0].id))
    assert [one.read_at is not None for one in await told(town)] == [True, False]
    with pytest.raises(UnitUnavailable, match="notified, not ordered"):
        await town.do(
            town.somebody("dispatcher"), lambda w: ordering.order(w, incident_id, [Order(unit_id=NEAR[0])])
        )


async def test_nobody_is_told_twice_of_one_incident(town: Town, keeper: Timekeeper) -> None:
    await place(town)
    incident_id = await ordered(town, keeper, QUIET)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=t.N2)]))
    await all_due(keeper)
    assert len(await told(town)) == 2


async def test_of_weapons_no_auxiliary_hears(town: Town, keeper: Timekeeper) -> None:
    await place(town)
    await ordered(town, keeper, QUIET, text="有人持刀砍人")
    assert await told(town) == []
