"""A beat counts as covered by free patrols of the right kind that are logged on to it, at the hours in which it should be walked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dispatch.beats.schedule import BeatHours, BeatPlan, BeatSchedule, Schedules
from dispatch.beats.shown import BeatShown, State, beats_now, state_of
from dispatch.levels.board import EVERYDAY, Board
from dispatch.levels.file import Level, LevelSet, shipped
from dispatch.rooms import Reference, Rooms, with_lineage
from dispatch.rules import Phrase
from geo.areas import Areas
from incidents.types import shipped_tree
from tests.harness.rostered import BEATS
from tests.harness.town import CITY, NORTH, ROOMS, centre_without_data
from units.model import Duty, Unit
from units.roll import Entry

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE).astimezone(UTC)
DAY = BeatHours(days=(1, 2, 3, 4, 5), starts="08:00", ends="20:00")


def unit(number: int, **more: Any) -> Unit:
    said: dict[str, Any] = {
        "id": UUID(int=number), "handle": number, "call_sign": str(number), "kind": "car", "unit_class": "regular", "room_id": NORTH,
        "duty": Duty.AVAILABLE, "beat": "N-01", "version": 1,
    }  # fmt: skip
    return Unit(**said | more)


def shown(
    units: Sequence[tuple[Unit, str]],
    *schedules: BeatSchedule,
    at: datetime = MONDAY_NOON,
    plan: BeatPlan | None = None,
) -> BeatShown:
    """plan: of a duty level that was ordered for the whole city."""
    centre = centre_without_data()
    rooms = Rooms(with_lineage(ROOMS))
    board = EVERYDAY
    if plan is not None:
        levels = (shipped().everyday, Level(code="high", name=plan.name, beats=plan.code))
        board = Board(1, LevelSet(1, levels, (*shipped().beat_plans, plan)), {CITY: "high"})
    centre.use(Reference(rooms, Areas([]), {}, {}, shipped_tree(), schedules=schedules, board=board))
    centre.beats = BEATS
    for one, state in units:
        centre.units[one.id] = one
        centre.live.register(
            Entry(
                handle=one.handle, unit_id=one.id, kind=one.kind, unit_class=one.unit_class, room_id=one.room_id,
                skills=frozenset(), state=state, gateway=None, lent_to=None, shift_ends_ms=None,
            )
        )  # fmt: skip
    return next(beat for beat in beats_now(centre, rooms.subtree(CITY), at) if beat.code == "N-01")


def plan(**more: Any) -> BeatPlan:
    return BeatPlan(code="mine", name=Phrase("我的", "mine"), **more)


def schedule(**more: Any) -> BeatSchedule:
    return BeatSchedule(id=UUID(int=90), code="N-01", **{"hours": (DAY,)} | more)


def test_a_free_patrol_on_it_covers_a_beat_that_should_be_walked() -> None:
    found = shown([(unit(1), "available")], schedule())
    assert (found.state, found.wanted, found.counting) == ("covered", 1, 1)
    assert found.until is not None


@pytest.mark.parametrize(
    ("units", "state"),
    [
        ([], "uncovered"),
        ([(unit(1), "en_route")], "away"),
        ([(unit(1, duty=Duty.BREAK), "break")], "away"),
        ([(unit(1, beat="N-02"), "available")], "uncovered"),
        ([(unit(1, duty=Duty.OFF_DUTY), "off_duty")], "uncovered"),
        ([(unit(1, unit_class="auxiliary"), "available")], "away"),
    ],
)
def test_who_is_away_elsewhere_or_no_patrol_covers_nothing(
    units: list[tuple[Unit, str]], state: State
) -> None:
    assert shown(units, schedule()).state == state


def test_only_the_kinds_of_patrol_that_are_asked_for_count_as_it_goes_round_today() -> None:
    on_foot = schedule(kinds=("foot",))
    assert shown([(unit(1), "available")], on_foot).state == "away"
    assert shown([(unit(1, patrol="foot"), "available")], on_foot).state == "covered"


def test_outside_its_hours_a_beat_rests_and_says_when_it_is_walked_next() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=ZONE).astimezone(UTC)
    found = shown([], schedule(), at=sunday)
    assert (found.state, found.wanted, found.next_at) == ("rests", 0, "2026-11-23T00:00:00.000Z")
    assert shown([]).next_at is None, "one without a schedule is asked of nobody"


def test_the_plan_of_the_duty_level_asks_for_more_while_it_should_be_walked() -> None:
    both = schedule(hours=(msgspec.structs.replace(DAY, units=2),))
    assert shown([(unit(1), "available")], both).state == "short"
    plan = shipped().plan_of(shipped().everyday)
    assert plan is not None
    assert shown([], schedule()).wanted == plan.wanted("N-01")


def test_a_plan_with_hours_of_its_own_is_in_force_whatever_the_schedule_says() -> None:
    night = plan(hours=(BeatHours(days=(1,), starts="11:00", ends="13:00"),), units=2)
    found = shown([(unit(1), "available")], plan=night)
    assert (found.state, found.wanted, found.plan) == ("short", 2, night.name), (
        "a beat without a schedule as well"
    )
    assert found.until == "2026-11-23T05:00:00.000Z"
    later = plan(hours=(BeatHours(days=(1,), starts="20:00", ends="02:00"),))
    resting = shown([], schedule(), plan=later)
    assert (resting.state, resting.next_at) == ("rests", "2026-11-23T12:00:00.000Z")


def test_a_beat_that_the_plan_leaves_out_rests_while_it_holds() -> None:
    out = shown([], schedule(), plan=plan(beats={"N-01": 0}))
    assert (out.state, out.wanted, out.next_at) == ("rests", 0, None)
    assert shown([], schedule(), plan=plan(beats={"N-02": 0})).state == "uncovered"


def test_a_plan_asks_for_more_than_the_schedule_never_for_less() -> None:
    assert shown([], schedule(), plan=plan(units=3)).wanted == 3
    three = schedule(hours=(msgspec.structs.replace(DAY, units=3),))
    assert shown([], three, plan=plan(units=2)).wanted == 3


def test_the_gravest_level_walks_every_beat_day_and_night() -> None:
    level = shipped().levels[-1]
    found = shipped().plan_of(level)
    assert found is not None
    for hour in (0, 3, 12, 23):
        at = datetime(2026, 11, 22, hour, 30, tzinfo=ZONE).astimezone(UTC)
        assert shown([], schedule(), at=at, plan=found).wanted == 2


@pytest.mark.parametrize(("wanted", "counting", "there"), [(0, 0, 0), (0, 3, 3)])
def test_what_is_not_asked_for_is_never_uncovered(wanted: int, counting: int, there: int) -> None:
    assert state_of(wanted, counting, there) == "rests"


def test_hours_over_midnight_belong_to_the_day_on_which_they_began() -> None:
    night = BeatSchedule(
        id=UUID(int=1), code="N-01", hours=(BeatHours(days=(5,), starts="22:00", ends="04:00", units=3),)
    )
    schedules = Schedules([night], ZONE)
    saturday = datetime(2026, 11, 28, 3, 59, tzinfo=ZONE)
    due = schedules.due("N-01", saturday)
    assert due is not None
    assert (due.units, due.until) == (3, datetime(2026, 11, 28, 4, tzinfo=ZONE))
    assert schedules.due("N-01", datetime(2026, 11, 28, 4, tzinfo=ZONE)) is None
    assert schedules.next_at("N-01", saturday) == datetime(2026, 12, 4, 22, tzinfo=ZONE)
