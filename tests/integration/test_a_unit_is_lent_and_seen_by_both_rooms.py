"""Lending: one room orders, both see the unit and what it works on, and nobody is surprised when it comes back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import views
from dispatch.acts import Principal
from dispatch.desk import going, lending, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed, NotFound
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.shown import UnitShown
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.town import CITY, N1, N2, NORTH, SOUTH, Town
from units.model import Duty, Unit
from units.roll import Filter


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def north(town: Town) -> Principal:
    return town.somebody("dispatcher", room=NORTH)


@pytest.fixture
def south(town: Town) -> Principal:
    return town.somebody("dispatcher", room=SOUTH)


async def lend(town: Town, who: Principal, unit: UUID = N1, room: UUID = SOUTH, hours: float = 2) -> Unit:
    async def do(w: Any) -> Unit:
        return await lending.lend(w, unit, room, w.now + timedelta(hours=hours))

    lent = await town.do(who, do, reason="跨区支援 help next door")
    await town.followers.load()
    return lent


async def give_back(town: Town, who: Principal) -> Unit:
    back = await town.do(who, lambda w: lending.give_back(w, N1))
    await town.followers.load()
    return back


async def incident(town: Town, lon: float = 114.08) -> UUID:
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=lon, lat=22.54))
    return (await town.report(town.somebody("dispatcher"), command)).incident_id


async def order(town: Town, who: Principal, id_: UUID, unit: UUID = N1) -> Assignment:
    [a] = await town.do(who, lambda w: ordering.order(w, id_, [Order(unit_id=unit)]))
    return a


async def seen(town: Town, who: Principal) -> dict[str, UnitShown]:
    """The units on this seat's board."""
    async with town.pool.acquire() as conn:
        page = await views.unit_page(conn, town.centre, who, views.UnitFilter(), (None, 100))
    return {unit.call_sign: unit for unit in page}


async def sees(town: Town, who: Principal, id_: UUID) -> bool:
    async with town.pool.acquire() as conn:
        return id_ in await views.seen(conn, who, [id_])


async def test_both_rooms_see_it_and_one_orders_it(town: Town, north: Principal, south: Principal) -> None:
    assert "118" not in await seen(town, south)
    await lend(town, north)
    for who in (north, south):
        shown = (await seen(town, who))["118"]
        assert (shown.lent_to, shown.lent_until is not None) == (SOUTH, True)
    here, there = await incident(town, 114.02), await incident(town)
    with pytest.raises(NotAllowed, match="lent to 南所 South"):
        await order(town, north, here)
    with pytest.raises(NotAllowed, match="outside yours"):
        await order(town, south, there, N2)
    a = await order(town, south, there)
    assert a.ordered_by == SOUTH
    assert await sees(town, north, there), "its own room sees what it works on"
    assert not await sees(town, south, here)


async def test_the_room_above_both_may_still_order_it(town: Town, north: Principal) -> None:
    await lend(town, north)
    await order(town, town.somebody("dispatcher"), await incident(town, 114.02))


async def test_lent_on_a_job_the_other_room_sees_that_job(
    town: Town, north: Principal, south: Principal
) -> None:
    here = await incident(town, 114.02)
    await order(town, north, here)
    assert not await sees(town, south, here)
    await lend(town, north)
    assert await sees(town, south, here)


@pytest.mark.parametrize("who", ["north", "south", "city"])
async def test_it_is_given_back_by_either_room_and_its_job_goes_on(
    town: Town, north: Principal, south: Principal, who: str
) -> None:
    await lend(town, north)
    there = await incident(town)
    a = await order(town, south, there)
    await give_back(town, {"north": north, "south": south, "city": town.somebody("dispatcher")}[who])
    assert "118" not in await seen(town, south)
    assert (await seen(town, north))["118"].state == "ordered"
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "on_scene"))
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "clear", "handled"))
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def test_the_room_it_is_lent_to_grants_its_breaks(
    town: Town, north: Principal, south: Principal
) -> None:
    with pytest.raises(NotAllowed):
        await town.do(south, lambda w: shift.change_duty(w, N1, Duty.BREAK))
    await lend(town, north)
    assert (await town.do(south, lambda w: shift.change_duty(w, N1, Duty.BREAK))).duty is Duty.BREAK


async def test_who_may_lend_what_to_whom(town: Town, north: Principal, south: Principal) -> None:
    with pytest.raises(NotAllowed):
        await lend(town, south)
    with pytest.raises(NotAllowed):
        await give_back(town, south)
    with pytest.raises(Invalid, match="orders it anyway"):
        await lend(town, north, room=CITY)
    with pytest.raises(Invalid, match="no room"):
        await lend(town, north, room=UUID(int=98))
    with pytest.raises(NotFound):
        await lend(town, north, unit=UUID(int=404))
    for hours in (-1.0, 24 * 8):
        with pytest.raises(Invalid, match="7 days"):
            await lend(town, north, hours=hours)
    assert (await give_back(town, north)).lent_to is None, "giving back what was not lent changes nothing"


async def test_the_live_index_asks_the_room_that_orders_it_now(town: Town, north: Principal) -> None:
    await lend(town, north)
    entry = town.centre.live.entry(N1.int)
    assert (entry.room_id, entry.lent_to) == (NORTH, SOUTH)
    ordered_by = {
        room: {e.unit_id for e in town.centre.live.never_seen(Filter(ordered_by=frozenset({room})))}
        for room in (NORTH, SOUTH)
    }
    seen_by = {
        room: {e.unit_id for e in town.centre.live.never_seen(Filter(rooms=frozenset({room})))}
        for room in (NORTH, SOUTH)
    }
    assert (N1 in ordered_by[NORTH], N1 in ordered_by[SOUTH]) == (False, True)
    assert (N1 in seen_by[NORTH], N1 in seen_by[SOUTH]) == (True, True)
