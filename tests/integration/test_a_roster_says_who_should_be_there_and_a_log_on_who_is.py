"""Roster promise: it says who should be on duty, a log-on alone who is; absence is told once, and what happened never changes."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch import views
from dispatch.acts import Principal
from dispatch.desk import hearing, rostering, shift
from dispatch.desk.roster_shifts import Carried
from dispatch.errors import Invalid, NotAllowed, NotNow, RosterRefused
from dispatch.folds import FOLDS
from dispatch.response import fits_seat, suitable
from dispatch.rosters.model import ShiftState
from dispatch.rosters.shown import presence
from dispatch.rosters.spans import beats_of
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness import town as t
from tests.harness.carded import requirement
from tests.harness.clock import Clock
from tests.harness.rostered import BEATS, now, put, row, shifts
from tests.harness.timekeeping import all_due
from tests.harness.town import CITY, N1, N2, NORTH, S1, SOUTH, Town
from units import store as unit_store
from units.model import Unit

HOUR = timedelta(hours=1)


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with nobody on duty but the south."""
    built = await t.build(pool, duty=(S1,))
    built.centre.beats = BEATS
    return built


@pytest.fixture
def keeper(town: Town) -> Timekeeper:
    """The engine, turned by hand."""
    return Timekeeper(town.pool, town.centre, lambda: None)


async def wait(clock: Clock, keeper: Timekeeper, minutes: float) -> None:
    await clock.forward(timedelta(minutes=minutes))
    await all_due(keeper)


async def unit(town: Town, id_: Any = N1) -> Unit:
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
        assert found.sound, found.broken
        return (await unit_store.read_units(conn, [id_]))[id_]


async def alerts(town: Town, id_: Any = N1) -> list[tuple[str, Any]]:
    """What is said of a unit: by which rule, to which room."""
    async with town.pool.acquire() as conn:
        [shown] = await views.units(conn, town.centre, [id_])
    return [(alert.rule, alert.room) for alert in shown.alerts]


async def state(town: Town, id_: Any = N1) -> list[ShiftState]:
    return [one.state for one in await shifts(town, id_)]


async def log_on(town: Town, id_: Any = N1, **said: Any) -> Unit:
    how = said.pop("how", {})
    return await town.do(town.unit(id_), lambda w: shift.log_on(w, id_, None, None, Carried(**said)), **how)


async def test_a_log_on_attends_the_shift_and_takes_from_it_what_the_crew_does_not_say(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    begins = await now(town) + HOUR / 2
    told = await put(
        town,
        row(
            "118",
            begins,
            crew=("0110", "0120"),
            vehicle="京A0118警",
            equipment=("持枪", "盾牌"),
            beat="北一巡段",
            patrol="步巡",
        ),
    )
    assert (told.planned, told.withdrawn, told.refused) == (1, 0, ())
    made = await log_on(town, equipment=("喊话器",))
    [held] = await shifts(town, N1)
    assert (made.crew, made.vehicle, made.beat, made.patrol) == (
        ("0110", "0120"),
        "京A0118警",
        "N-01",
        "foot",
    )
    assert made.equipment == ("喊话器",)
    assert (made.shift_id, made.shift_ends_at) == (held.id, held.ends_at)
    assert held.state is ShiftState.ATTENDED
    await wait(clock, keeper, 60)
    assert await alerts(town) == []
    await town.do(town.unit(N1), lambda w: shift.log_off(w, N1))
    off = await unit(town)
    assert (off.vehicle, off.equipment, off.beat, off.patrol, off.shift_id) == (None, (), None, None, None)
    assert await state(town) == [ShiftState.ENDED]


async def test_what_a_crew_takes_along_counts_as_its_ability(town: Town) -> None:
    tree = town.centre.reference.types
    skill = tree.skill_words["持枪"]
    robbery = requirement(tree, "100200", 1)
    bare = await log_on(town, crew=("0110",), equipment=())
    armed = await log_on(town, crew=("0110",), equipment=("持枪",))
    await town.followers.load()
    assert skill in town.centre.live.entry(N1.int).skills
    seats = [seat for seat in robbery.seats if skill in seat.skills]
    assert seats
    assert [any(fits_seat(one, seat) for seat in seats) for one in (bare, armed)] == [False, True]
    assert "has_skills" in [reason.key for reason in suitable(tree, robbery, armed).reasons]


async def test_who_does_not_come_is_told_to_the_room_once_until_somebody_comes_and_missed_at_the_end(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    begins = await now(town) + HOUR
    await put(town, row("118", begins), row("119", begins, hours=2))
    await wait(clock, keeper, 69)
    assert await alerts(town) == []
    await wait(clock, keeper, 2)
    assert await alerts(town) == [("rostered_absent", NORTH)]
    [absent] = await shifts(town, N1)
    seat = town.somebody("leader", room=NORTH)
    await town.do(seat, lambda w: rostering.notice(w, absent.id))
    async with town.pool.acquire() as conn:
        [shown] = await views.units(conn, town.centre, [N1])
        there = await presence(conn, town.centre, seat, None)
    assert shown.alerts[0].noticed_by == (seat.id,)
    assert {one.unit.call_sign for one in there.absent} == {"118", "119"}
    await log_on(town)
    assert await alerts(town) == [], "whoever comes late has come"
    await wait(clock, keeper, 120)
    assert await state(town, N2) == [ShiftState.MISSED]
    assert await alerts(town, N2) == []
    assert (await unit(town)).on_duty


async def test_on_duty_without_a_roster_is_allowed_and_told_where_there_is_one(town: Town) -> None:
    await log_on(town, crew=("0110",))
    seat = town.somebody("leader", room=CITY)
    async with town.pool.acquire() as conn:
        there = await presence(conn, town.centre, seat, None)
        assert there.without == (), "a room without rosters is told nothing"
    await put(town, row("119", await now(town) + HOUR))
    async with town.pool.acquire() as conn:
        there = await presence(conn, town.centre, seat, None)
    assert [one.call_sign for one in there.without] == ["118"], "the south has no roster"
    assert [one.unit.call_sign for one in there.coming] == ["119"]


async def test_a_newer_roster_changes_what_lies_ahead_and_never_what_has_begun(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    first = await now(town) + HOUR
    later = first + 24 * HOUR
    await put(
        town, row("118", first), row("119", first), row("118", later), row("119", later), row("218", later)
    )
    await wait(clock, keeper, 61)
    await log_on(town)
    again = await put(town, row("118", later, crew=("0199",)), row("118", later + 9 * HOUR), replaces="rooms")
    assert (again.planned, again.changed, again.withdrawn) == (1, 1, 1)
    assert await state(town) == [ShiftState.ATTENDED, ShiftState.PLANNED, ShiftState.PLANNED]
    assert await state(town, N2) == [ShiftState.PLANNED, ShiftState.WITHDRAWN], "what has begun stays"
    assert await state(town, S1) == [ShiftState.PLANNED], "another room's roster is its own"
    assert (await shifts(town, N1))[1].crew == ("0199",)
    with pytest.raises(RosterRefused, match="What has happened stays as it is"):
        await put(town, row("118", first, crew=("0200",)))
    with pytest.raises(RosterRefused, match="withdraw it with a reason"):
        await put(town, row("119", first, crew=("0200",)))
    same = await put(town, row("118", first), row("119", first))
    assert (same.planned, same.changed, same.withdrawn, same.kept) == (0, 0, 0, 2)


async def test_a_roster_goes_in_whole_or_not_at_all_and_a_dry_run_says_all_that_is_wrong(town: Town) -> None:
    begins = await now(town) + HOUR
    rows = (
        row("118", begins),
        row("999", begins),
        row("119", begins, beat="西一巡段"),
        row("119", begins - 20 * HOUR),
        row("218", begins, hours=30),
        row("118", begins + HOUR),
        row("219", begins, patrol="骑马"),
    )
    told = await put(town, *rows, dry_run=True)
    assert [fault.row for fault in told.refused] == [2, 3, 4, 5, 6, 7]
    assert told.planned == 2, "and what the others would change"
    assert await shifts(town, N1) == []
    with pytest.raises(RosterRefused, match="6 rows"):
        await put(town, *rows)
    assert await shifts(town, N1) == []


async def test_whoever_is_on_duty_already_is_there_for_the_roster_that_comes_in_later(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    told = await put(town, row("218", await now(town) - HOUR), row("118", await now(town) - HOUR))
    assert told.attended == 1
    assert await state(town, S1) == [ShiftState.ATTENDED]
    assert (await unit(town, S1)).crew == ("0110",)
    await wait(clock, keeper, 9)
    assert await alerts(town) == [], "whom a roster names late has the same ten minutes"
    await wait(clock, keeper, 2)
    assert await alerts(town, S1) == []
    assert await alerts(town) == [("rostered_absent", NORTH)]


async def test_a_car_that_goes_from_hand_to_hand_ends_one_shift_and_begins_the_next(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    begins = await now(town)
    await put(town, row("118", begins, crew=("1",)), row("118", begins + 8 * HOUR, crew=("2",), vehicle="B"))
    await log_on(town)
    await wait(clock, keeper, 7.5 * 60)
    await log_on(town, beat="N-02")
    assert await state(town) == [ShiftState.ATTENDED, ShiftState.PLANNED], "the same people go on"
    await log_on(town, crew=("2",))
    assert await state(town) == [ShiftState.ENDED, ShiftState.ATTENDED]
    after = await unit(town)
    assert (after.crew, after.vehicle, after.shift_ends_at) == (("2",), "B", begins + 16 * HOUR)


async def test_a_log_on_pressed_without_a_line_counts_for_when_it_was_pressed(
    town: Town, clock: Clock
) -> None:
    begins = await now(town)
    await put(town, row("118", begins, hours=2), row("118", begins + 3 * HOUR, hours=2))
    pressed = begins + 1.5 * HOUR
    await clock.forward(2.2 * HOUR)
    await log_on(town, how={"claimed_at": pressed})
    assert await state(town) == [ShiftState.ATTENDED, ShiftState.PLANNED]


async def test_a_terminal_begins_and_ends_a_shift_as_rostered(town: Town) -> None:
    await put(town, row("118", await now(town), crew=("0110",), beat="N-01"))
    gateway = Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim")
    said = hearing.Reply(reply_id="1", act="log_on", at=await now(town))
    await town.do(gateway, lambda w: hearing.hear(w, town.centre.units[N1], said), via="gateway")
    on = await unit(town)
    assert (on.crew, on.beat) == (("0110",), "N-01")
    off = hearing.Reply(reply_id="2", act="log_off", at=await now(town))
    await town.do(gateway, lambda w: hearing.hear(w, on, off), via="gateway")
    assert await state(town) == [ShiftState.ENDED]


async def test_a_leader_rosters_own_units_alone_and_takes_a_shift_out_for_a_reason(town: Town) -> None:
    begins = await now(town) + HOUR
    leader = town.somebody("leader", room=NORTH)
    both = rostering.Roster(rows=[(1, row("118", begins)), (2, row("218", begins))])
    with pytest.raises(RosterRefused, match="218 is not of your rooms"):
        await town.do(leader, lambda w: rostering.put_roster(w, both))
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("dispatcher"), lambda w: rostering.put_roster(w, both))
    own = rostering.Roster(rows=[(1, row("118", begins))])
    await town.do(leader, lambda w: rostering.put_roster(w, own))
    [planned] = await shifts(town, N1)
    with pytest.raises(Invalid, match="why"):
        await town.do(leader, lambda w: rostering.withdraw(w, planned.id))
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("leader", room=SOUTH), lambda w: rostering.withdraw(w, planned.id))
    await town.do(leader, lambda w: rostering.withdraw(w, planned.id), reason="病假")
    assert await state(town) == [ShiftState.WITHDRAWN]
    await town.do(leader, lambda w: rostering.put_roster(w, own))
    await log_on(town)
    held = (await shifts(town, N1))[-1]
    with pytest.raises(NotNow):
        await town.do(leader, lambda w: rostering.withdraw(w, held.id), reason="错")


async def test_a_shifts_end_is_told_before_it_comes(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    await put(town, row("118", await now(town), hours=2))
    await log_on(town)
    await wait(clock, keeper, 99)
    assert await alerts(town) == []
    await wait(clock, keeper, 2)
    assert [rule for rule, _ in await alerts(town)] == ["shift_ends_soon"]


async def test_the_beats_a_unit_had_are_told_from_when_to_when(town: Town, clock: Clock) -> None:
    begins = await now(town)
    await log_on(town, crew=("1",), beat="N-01")
    await clock.forward(HOUR)
    await log_on(town, beat="N-02")
    await clock.forward(HOUR)
    await log_on(town, crew=("1", "2"))
    await clock.forward(HOUR)
    await town.do(town.unit(N1), lambda w: shift.log_off(w, N1))
    await clock.forward(HOUR)
    async with town.pool.acquire() as conn:
        had = await beats_of(conn, N1, begins, await now(town))
        middle = await beats_of(conn, N1, begins + 1.5 * HOUR, begins + 2.5 * HOUR)
    assert [span.code for span in had] == ["N-01", "N-02"]
    assert [round((span.until - span.since) / HOUR, 1) for span in had] == [1, 2]
    assert [(span.code, span.since, span.until) for span in middle] == [
        ("N-02", begins + 1.5 * HOUR, begins + 2.5 * HOUR)
    ]
    assert town.centre.beats.named("N-02") is not None


async def test_a_beat_that_the_city_has_not_is_refused_by_name(town: Town) -> None:
    with pytest.raises(Invalid, match="There is no beat 'X'"):
        await log_on(town, crew=("1",), beat="X")
