"""Whoever should rather not go is proposed last, in words, and never left out: end of shift, posts, lost fixes, lent units."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.ranking import Held, Question, Ranking, rank, with_jobs
from geo.coordinates import distance_m
from incidents.types import shipped_tree
from tests.harness import patrols as p
from tests.harness.carded import requirement
from units.live import LiveUnits
from units.model import Duty, Unit
from units.posts import FixedPosition, Posts, Turn
from units.roll import Entry

TREE = shipped_tree()
NOW = datetime.fromtimestamp(p.NOW_MS / 1000, UTC)
HOME, OTHER = p.ROOMS[:2]
PLACE = (114.02, 22.54)
BRAWL = "200100"


class Fleet:
    """Units at distances from one place, most of them a few metres apart in a row to the east."""

    def __init__(self) -> None:
        self.live = LiveUnits(capacity=4)
        self.units: dict[UUID, Unit] = {}

    def add(
        self, n: int, metres: float | None, heard_s_ago: float = 1.0, state: str = "available", **more: Any
    ) -> UUID:
        """A car `n` so far to the east; None: never seen."""
        duty = Duty(state) if state in {duty.value for duty in Duty} else Duty.AVAILABLE
        given: dict[str, Any] = {"duty": duty, "room_id": HOME} | more
        unit = Unit(
            id=UUID(int=n), handle=n, call_sign=f"{n}", kind="car", unit_class="regular", version=1, **given
        )
        ends_at = unit.shift_ends_at
        entry = Entry(
            n, unit.id, "car", "regular", unit.room_id, state=state, lent_to=unit.lent_to,
            shift_ends_ms=math.ceil(ends_at.timestamp() * 1000) if ends_at else None,
        )  # fmt: skip
        self.live.register(entry)
        self.units[unit.id] = unit
        if metres is not None:
            heard = round(p.NOW_MS - heard_s_ago * 1000)
            self.live.apply(p.frame([n], [PLACE[0] + metres / 102_800], [PLACE[1]], heard), heard)
        return unit.id

    def rank(
        self, priority: int = 3, posts: Posts | None = None, rooms: frozenset[UUID] = frozenset({HOME})
    ) -> Ranking:
        """The two best for a brawl there."""
        question = Question(
            lon=PLACE[0], lat=PLACE[1], priority=priority, room_id=HOME, needed=requirement(TREE, BRAWL, priority),
            rooms=rooms, units=1, waves=2, posts=posts or Posts((), UTC), room_names={OTHER: "南所"},
        )  # fmt: skip
        return rank(TREE, self.live, self.units.get, question, p.NOW_MS)


def order(ranking: Ranking) -> list[str]:
    return [row.call_sign for wave in ranking.waves for row in wave]


def warnings(ranking: Ranking, sign: str) -> list[object]:
    [row] = [row for wave in ranking.waves for row in wave if row.call_sign == sign]
    return [warning["key"] for warning in row.warnings]


def why_nots(ranking: Ranking, sign: str) -> list[object]:
    [passed] = [passed for passed in ranking.passed_over if passed.call_sign == sign]
    return [why["key"] for why in passed.why_nots]


def test_in_the_last_twenty_minutes_a_unit_goes_last_but_for_a_p1() -> None:
    fleet = Fleet()
    fleet.add(1, 100, shift_ends_at=NOW + timedelta(minutes=20))
    fleet.add(2, 900, shift_ends_at=NOW + timedelta(minutes=20, milliseconds=1))
    fleet.add(3, 1900)
    assert order(fleet.rank(priority=2)) == ["2", "3"]
    assert why_nots(fleet.rank(priority=2), "1") == ["shift_ending"]
    assert order(fleet.rank(priority=1))[0] == "1"
    assert "shift_ending" in warnings(fleet.rank(priority=1), "1")


def test_past_its_shift_a_unit_goes_last_and_the_row_says_for_how_long() -> None:
    fleet = Fleet()
    fleet.add(1, 100, shift_ends_at=NOW - timedelta(minutes=12))
    fleet.add(2, 900)
    ranking = fleet.rank()
    assert order(ranking) == ["2", "1"]
    [said] = [w for w in ranking.waves[1][0].warnings if w["key"] == "over_time"]
    assert (said["params"], said["zh"]) == ({"minutes": 12}, "已超时12分钟未下班")


def test_a_unit_at_its_post_is_proposed_with_a_warning_for_p1_and_p2_and_last_otherwise() -> None:
    fleet = Fleet()
    unit = fleet.add(1, 100)
    fleet.add(2, 900)
    turn = Turn(unit_id=unit, days=(1, 2, 3, 4, 5, 6, 7), starts="00:00", ends="00:00")
    post = FixedPosition(id=UUID(int=9), code="G", name="实验小学护学岗", lon=114.0, lat=22.5, turns=(turn,))
    posts = Posts([post], ZoneInfo("Asia/Shanghai"))
    for priority, first in ((1, "1"), (2, "1"), (3, "2"), (4, "2")):
        ranking = fleet.rank(priority, posts)
        assert order(ranking)[0] == first
        assert "at_post" in warnings(ranking, "1")


def test_whoever_is_lost_is_last_with_the_age_of_its_fix() -> None:
    fleet = Fleet()
    fleet.add(1, 100, heard_s_ago=121)
    fleet.add(2, 900)
    ranking = fleet.rank(priority=1)
    assert order(ranking) == ["2", "1"]
    assert warnings(ranking, "1") == ["lost_fix", "straight_line"], "the gravest first"


def test_when_nobody_else_is_left_the_last_are_proposed_nearest_first() -> None:
    fleet = Fleet()
    fleet.add(1, 300, heard_s_ago=500)
    fleet.add(2, 200, shift_ends_at=NOW)
    assert order(fleet.rank()) == ["2", "1"]


def test_a_unit_never_positioned_is_named_when_somebody_is_short() -> None:
    fleet = Fleet()
    fleet.add(1, 100)
    fleet.add(7, None)
    assert why_nots(fleet.rank(), "7") == ["never_seen"]
    assert fleet.rank().passed_over[-1].straight_m is None
    fleet.add(2, 200)
    assert [passed.call_sign for passed in fleet.rank().passed_over] == []


def test_a_lent_unit_is_proposed_where_it_is_lent_to_and_explained_at_home() -> None:
    fleet = Fleet()
    fleet.add(1, 100, lent_to=OTHER, lent_until=NOW + timedelta(minutes=45))
    fleet.add(2, 900)
    fleet.add(3, 950)
    at_home, there = fleet.rank(), fleet.rank(rooms=frozenset({OTHER}))
    assert order(at_home) == ["2", "3"]
    assert why_nots(at_home, "1") == ["lent_away"]
    assert at_home.passed_over[0].why_nots[0]["zh"] == "已借调至南所，还有45分钟"
    assert order(there) == ["1"]
    assert "lent_here" in [reason["key"] for reason in there.waves[0][0].reasons]


def test_who_has_a_less_urgent_job_is_named_with_it_and_with_who_may_take_it() -> None:
    fleet = Fleet()
    busy = {n: fleet.add(n, 10 * n, state="en_route") for n in (1, 2, 3)}
    fleet.add(4, 900)
    jobs = {
        busy[1]: Held("J1", 4, "en_route"),
        busy[2]: Held("J2", 2, "en_route"),
        busy[3]: Held("J3", 1, "en_route"),
    }
    told = with_jobs(fleet.rank(priority=1), 1, jobs)
    assert why_nots(told, "1") == ["held_by", "may_preempt"]
    assert why_nots(told, "2") == ["held_by", "may_preempt_leader"]
    assert why_nots(told, "3") == ["held_by"]


UNITS = st.lists(
    st.tuples(st.integers(1, 4000), st.booleans(), st.booleans(), st.sampled_from(["available", "busy", "on_scene", "off_duty"])),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(UNITS, st.integers(1, 4))
def test_the_ranking_is_that_of_looking_at_everybody(
    fleet_said: list[tuple[int, bool, bool, str]], priority: int
) -> None:
    fleet = Fleet()
    for n, (metres, ending, lost, state) in enumerate(fleet_said, 1):
        ends_at = NOW + timedelta(minutes=5) if ending else None
        fleet.add(n, metres, heard_s_ago=500 if lost else 1, state=state, shift_ends_at=ends_at)

    def last(n: int) -> bool:
        _, ending, lost, _ = fleet_said[n - 1]
        return lost or (ending and priority > 1)

    def far(n: int) -> float:
        fix = fleet.live.fix(n, p.NOW_MS)
        assert fix is not None
        return distance_m(*PLACE, fix.lon, fix.lat)

    may = {"available"} | ({"busy"} if priority <= 2 else set())
    free = [n for n, (_, _, _, state) in enumerate(fleet_said, 1) if state in may]
    wanted = sorted(free, key=lambda n: (last(n), round(far(n), 3), n))
    proposed = 2 * max(requirement(TREE, BRAWL, priority).count, 1)
    assert order(fleet.rank(priority)) == [str(n) for n in wanted[:proposed]]
