"""Two dispatchers, one unit, the same instant: exactly one wins, and the other learns who has it and since when."""

import asyncio
import re
from datetime import datetime
from uuid import UUID

import pytest

from dispatch import store
from dispatch.desk import going, ordering, shift, viewing
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.errors import NotNow, UnitTaken, UnitUnavailable
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.work import Work
from tests.harness import town as t
from tests.harness.town import N1, N2, S1, S2, UNITS, Town
from units.errors import UnitHasOpenJob

ROUNDS = 125
"""Each races for all four units at once: 500 races."""


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


async def incident(town: Town) -> UUID:
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    return (await town.report(town.somebody("dispatcher"), command)).incident_id


async def take(town: Town, dispatcher: str, incident_id: UUID, *units: UUID) -> list[Assignment] | UnitTaken:
    """Order them; the refusal when another was quicker."""
    who = town.somebody("dispatcher", name=dispatcher)
    orders = [Order(unit_id=unit) for unit in units]
    try:
        return await town.do(who, lambda w: ordering.order(w, incident_id, orders))
    except UnitTaken as taken:
        return taken


async def test_five_hundred_races_have_one_winner_each(town: Town) -> None:
    boss = town.somebody("dispatcher")
    pairs = {unit: (await incident(town), await incident(town)) for unit in UNITS}
    wins = {"left": 0, "right": 0}
    for _ in range(ROUNDS):
        races = [
            take(town, side, pair[side == "right"], unit)
            for unit, pair in pairs.items()
            for side in ("left", "right")
        ]
        outcomes = await asyncio.gather(*races)
        for (unit, pair), (left, right) in zip(
            pairs.items(), zip(outcomes[::2], outcomes[1::2], strict=True), strict=True
        ):
            won, lost = (left, right) if isinstance(left, list) else (right, left)
            assert isinstance(won, list)
            assert isinstance(lost, UnitTaken), "both took it"
            told_who_and_since_when(lost, won[0])
            assert await held_by(town, unit) == won[0].id
            wins["left" if won is left else "right"] += 1
            assert won[0].incident_id in pair
        won_ids = [won[0].id for won in outcomes if isinstance(won, list)]
        recalls = [town.do(boss, lambda w, id_=id_: going.recall(w, id_)) for id_ in won_ids]  # type: ignore[misc]
        await asyncio.gather(*recalls)
    assert sum(wins.values()) == 500
    assert min(wins.values()) > 0, "they never really raced"


def told_who_and_since_when(lost: UnitTaken, won: Assignment) -> None:
    assert lost.details["incident_id"] == str(won.incident_id)
    assert lost.details["assignment_id"] == str(won.id)
    since = datetime.fromisoformat(str(lost.details["since"]))
    assert round(since.timestamp() * 1000) == won.times["ordered"]
    assert re.search(r"^(118|119|218|219) is ordered for incident J\d{6}-\d+ since 20", str(lost))


async def held_by(town: Town, unit: UUID) -> UUID | None:
    async with town.pool.acquire() as conn:
        held = await store.holders(conn, [unit])
    return held[unit]["assignment_id"] if unit in held else None


async def test_crossed_orders_are_all_or_nothing_and_no_deadlock_leaks(town: Town) -> None:
    one, other, boss = await incident(town), await incident(town), town.somebody("dispatcher")
    for _ in range(30):
        outcomes = await asyncio.gather(
            take(town, "left", one, N1, S1, N2, S2), take(town, "right", other, S2, N2, S1, N1)
        )
        [won] = [o for o in outcomes if isinstance(o, list)]
        assert len(won) == 4
        assert {await held_by(town, unit) for unit in UNITS} == {a.id for a in won}
        for a in won:
            await town.do(boss, lambda w, id_=a.id: going.recall(w, id_))  # type: ignore[misc]


async def test_a_unit_that_comes_upon_something_is_not_ordered_away_unseen(town: Town) -> None:
    id_, boss = await incident(town), town.somebody("dispatcher")

    async def come_upon() -> Assignment | UnitTaken:
        async def do(w: Work) -> Assignment:
            command = ReportAlarm(source="officer", place=PlaceIn(lon=114.03, lat=22.54))
            return (await viewing.on_view(w, N1, prepare(w.centre, command, w.actor)))[1]

        try:
            return await town.do(town.unit(N1), do)
        except UnitTaken as taken:
            return taken

    for _ in range(20):
        seen, ordered = await asyncio.gather(come_upon(), take(town, "left", id_, N1))
        assert isinstance(seen, UnitTaken) != isinstance(ordered, UnitTaken)
        held = await held_by(town, N1)
        assert held is not None
        await town.do(boss, lambda w, held=held: going.recall(w, held))  # type: ignore[misc]


async def test_a_unit_never_logs_off_with_a_job_it_was_given_in_that_moment(town: Town) -> None:
    id_, boss = await incident(town), town.somebody("dispatcher")

    async def leave() -> bool:
        try:
            await town.do(boss, lambda w: shift.log_off(w, N1))
        except UnitHasOpenJob:
            return False
        return True

    async def order() -> list[Assignment] | UnitTaken | None:
        try:
            return await take(town, "left", id_, N1)
        except UnitUnavailable:
            return None

    for _ in range(30):
        left, ordered = await asyncio.gather(leave(), order())
        assert left == (ordered is None), "it left with a job, or neither happened"
        if isinstance(ordered, list):
            await town.do(boss, lambda w, id_=ordered[0].id: going.recall(w, id_))  # type: ignore[misc]
        else:
            await town.do(boss, lambda w: shift.log_on(w, N1, ("0110",)))


async def test_one_step_taken_twice_at_once_is_one_step(town: Town) -> None:
    id_ = await incident(town)
    won = await take(town, "left", id_, N1)
    assert isinstance(won, list)
    steps = [town.do(town.unit(N1), lambda w: going.step(w, won[0].id, "accept")) for _ in range(10)]
    versions = {(a.state, a.times["accepted"]) for a in await asyncio.gather(*steps)}
    assert len(versions) == 1
    with pytest.raises(NotNow):
        await town.do(town.somebody("dispatcher"), lambda w: going.release(w, won[0].id))
