"""Promise: looking back, each moment has the duty level and beat plan that held then, and a beat was to be walked as long as those said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dispatch.beats.schedule import BeatHours, BeatSchedule, Schedules
from dispatch.levels.board import Board
from dispatch.levels.file import shipped
from dispatch.levels.held import board_at, held_between, to_be_walked_s
from dispatch.levels.model import DutyLevel, LevelState
from tests.harness.town import CITY, NORTH

START = datetime(2026, 11, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEVELS = shipped()
BOARD = Board(3, LEVELS)
LINEAGE = (NORTH, CITY)
WORKDAY = BeatSchedule(
    id=UUID(int=1), code="N-01", hours=(BeatHours(days=(1, 2, 3, 4, 5, 6, 7), starts="08:00", ends="20:00"),)
)
SCHEDULES = Schedules([WORKDAY], ZoneInfo("UTC"))


def ordered(room: UUID, level: str, begun: float, over: float | None) -> DutyLevel:
    return DutyLevel(
        id=UUID(int=round(begun * 60) + 1), version=1, room_id=room, level=level,
        state=LevelState.HOLDS if over is None else LevelState.ENDED, ordered_at=START + begun * HOUR, ordered_by="user:1",
        ended_at=None if over is None else START + over * HOUR, cause=None if over is None else "replaced",
    )  # fmt: skip


orders = st.lists(
    st.tuples(st.sampled_from(LINEAGE), st.sampled_from([one.code for one in LEVELS.levels]), st.integers(0, 23), st.integers(1, 9)),
    max_size=6,
).map(lambda some: [ordered(room, level, begun, begun + long) for room, level, begun, long in some])  # fmt: skip


@given(orders)
def test_it_is_told_without_gap_and_each_moment_as_it_was(some: Sequence[DutyLevel]) -> None:
    held = held_between(some, BOARD, LINEAGE, (START, START + 24 * HOUR))
    assert (held[0].since, held[-1].until) == (START, START + 24 * HOUR)
    assert all(one.until == following.since for one, following in pairwise(held))
    assert all(one.level != following.level for one, following in pairwise(held))
    for minutes in range(0, 24 * 60, 30):
        at = START + timedelta(minutes=minutes)
        [then] = [one for one in held if one.since <= at < one.until]
        assert then.level == board_at(some, BOARD, at).holds(LINEAGE)
        assert then.plan == LEVELS.plan_of(then.level)


def test_a_beat_is_to_be_walked_by_its_schedule_or_day_and_night_while_the_gravest_level_holds() -> None:
    span = (START, START + 24 * HOUR)
    everyday = held_between([], BOARD, LINEAGE, span)
    assert to_be_walked_s(SCHEDULES, "N-01", everyday) == 12 * 3600
    assert to_be_walked_s(SCHEDULES, "N-02", everyday) == 0
    night = held_between([ordered(CITY, "level_1", 18, None)], BOARD, LINEAGE, span)
    assert to_be_walked_s(SCHEDULES, "N-01", night) == 16 * 3600
    assert to_be_walked_s(SCHEDULES, "N-02", night) == 6 * 3600
    assert to_be_walked_s(SCHEDULES, "N-01", held_between([], BOARD, LINEAGE, (START, START + HOUR))) == 0
