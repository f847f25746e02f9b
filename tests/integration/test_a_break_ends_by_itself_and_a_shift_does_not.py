"""What ends by its time: a granted break and a lending do, once; a shift never does, but its room is told."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from dispatch import views
from dispatch.desk import describing, lending, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, UnitUnavailable
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.town import N1, SOUTH, Town
from units import store as unit_store
from units.model import Duty, Unit


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    """The engine, turned by hand."""
    return Timekeeper(town.pool, town.centre, lambda: None)


async def wait(clock: Clock, keeper: Timekeeper, minutes: float) -> None:
    await clock.forward(timedelta(minutes=minutes))
    while await keeper.fire_due():
        pass


async def now(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


async def unit(town: Town, id_: UUID = N1) -> Unit:
    """As it stands, its history proven."""
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
        assert found.sound, found.broken
        return (await unit_store.read_units(conn, [id_]))[id_]


async def facts(town: Town, id_: UUID = N1) -> list[tuple[str, str]]:
    """What happened to it since its log-on, and by which way."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT fact, via FROM journal WHERE id = $1 ORDER BY version OFFSET 2", id_)
    return [(row[0], row[1]) for row in rows]


async def rest(town: Town, minutes: float, **how: object) -> None:
    until = await now(town) + timedelta(minutes=minutes)
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: shift.change_duty(w, N1, Duty.BREAK, until), **how)


async def test_a_break_ends_when_it_was_granted_to_end_and_the_system_says_so(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await rest(town, 20)
    await wait(clock, keeper, 19.9)
    assert (await unit(town)).duty is Duty.BREAK
    await wait(clock, keeper, 0.2)
    await wait(clock, keeper, 5)
    assert (await unit(town)).duty is Duty.AVAILABLE
    assert await facts(town) == [
        ("duty_changed", "console"),
        ("duty_changed", "system"),
        ("rule_fired", "system"),
    ]


async def test_a_break_that_was_ended_or_prolonged_does_not_end_at_its_first_time(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await rest(town, 10)
    await rest(town, 30)
    await wait(clock, keeper, 11)
    assert (await unit(town)).duty is Duty.BREAK
    await town.do(town.unit(N1), lambda w: shift.change_duty(w, N1, Duty.BUSY))
    await wait(clock, keeper, 60)
    assert (await unit(town)).duty is Duty.BUSY


async def test_a_p1_interrupts_a_break_which_then_goes_on_to_its_end(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    boss = town.somebody("dispatcher", "leader")
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    made = await town.report(boss, command)
    await rest(town, 20)
    with pytest.raises(UnitUnavailable, match="only for P1"):
        await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: describing.amend(w, made.incident_id, None, describing.Changes(priority=1)))
    await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    assert (await unit(town)).duty is Duty.BREAK
    await wait(clock, keeper, 21)
    assert (await unit(town)).duty is Duty.AVAILABLE


async def test_a_break_is_never_without_end_nor_granted_afterwards(town: Town) -> None:
    boss = town.somebody("dispatcher")
    told = await town.do(boss, lambda w: shift.change_duty(w, N1, Duty.BREAK))
    assert told.duty_until is not None
    assert timedelta(minutes=29) < told.duty_until - await now(town) <= timedelta(minutes=30)
    for minutes in (-1, 5 * 60):
        with pytest.raises(Invalid, match="within 4 hours"):
            await rest(town, minutes)
    with pytest.raises(Invalid, match="not afterwards"):
        await rest(town, 20, claimed_at=await now(town) - timedelta(minutes=11))


async def test_a_shift_that_is_over_is_told_once_and_nobody_is_logged_off(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    ends_at = await now(town) + timedelta(hours=8)
    await town.do(town.unit(N1), lambda w: shift.log_on(w, N1, ("0110",), ends_at))
    await wait(clock, keeper, 8 * 60 - 21)
    assert ("rule_fired", "system") not in await facts(town)
    await wait(clock, keeper, 20)
    assert (await facts(town)).count(("rule_fired", "system")) == 1, "its relief is asked for beforehand"
    await wait(clock, keeper, 2)
    await wait(clock, keeper, 30)
    assert (await facts(town)).count(("rule_fired", "system")) == 2
    standing = await unit(town)
    assert (standing.duty, standing.shift_ends_at) == (Duty.AVAILABLE, ends_at)
    await town.followers.load()
    async with town.pool.acquire() as conn:
        [board] = await views.units(conn, town.centre, [N1])
    assert (board.over_time, [alert.said["en"].what for alert in board.alerts]) == (
        True,
        ["arrange the relief of 118: its shift runs out", "the shift of 118 is over"],
    )
    assert standing.is_over_time(await now(town))
    await town.do(town.unit(N1), lambda w: shift.log_off(w, N1))
    gone = await unit(town)
    assert (gone.duty, gone.shift_ends_at) == (Duty.OFF_DUTY, None)
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE noun = 'unit'") == 0


async def test_a_shift_that_is_prolonged_ends_later(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    began = await now(town)
    for hours in (8, 10):
        ends_at = began + timedelta(hours=hours)
        await town.do(town.unit(N1), lambda w, at=ends_at: shift.log_on(w, N1, ("0110",), at))  # type: ignore[misc]
    await wait(clock, keeper, 9 * 60)
    assert ("rule_fired", "system") not in await facts(town)
    await town.do(town.unit(N1), lambda w: shift.log_on(w, N1, ("0110", "0120")))
    assert (await unit(town)).shift_ends_at == began + timedelta(hours=10), "another crew, the same end"
    await wait(clock, keeper, 61)
    assert ("rule_fired", "system") in await facts(town)


async def test_a_lending_ends_by_its_time(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    until = await now(town) + timedelta(hours=2)
    await town.do(town.somebody("dispatcher"), lambda w: lending.lend(w, N1, SOUTH, until))
    assert (await unit(town)).lent_to == SOUTH
    await wait(clock, keeper, 121)
    given_back = await unit(town)
    assert (given_back.lent_to, given_back.lent_until) == (None, None)
    assert ("given_back", "system") in await facts(town)
