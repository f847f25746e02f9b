"""Ranking promise: beside the way each term counts its seconds, says so in both languages, and never hides anybody; P1 is time alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.demand.model import RES, Demand
from dispatch.leanings import Leaned, Leaning
from dispatch.ranking import Question, Ranking, leaned_of, rank
from dispatch.ranking.weights import WEIGHTS, score_s, terms
from dispatch.response import Requirement
from geo.cells import cell_at, disk, middle
from incidents.types import Seat, shipped_tree
from tests.harness import patrols as p
from units.answers import Around
from units.live import LiveUnits
from units.model import Duty, Unit
from units.roll import Entry, Filter

TREE = shipped_tree()
NOW = datetime.fromtimestamp(p.NOW_MS / 1000, UTC)
HOME, OTHER, CITY = p.ROOMS[:3]
NAMES = {HOME: ("北所", "North"), OTHER: ("南所", "South"), CITY: ("市局", "City")}
PLACE = (114.02, 22.54)
M_PER_LON = 102_800.0
GROUND = disk(cell_at(*PLACE, RES), 3)
DEMAND = Demand(GROUND, [], owners={cell: HOME if middle(cell)[0] < PLACE[0] else OTHER for cell in GROUND})
EXPECTED = DEMAND.at(0)


class Fleet:
    """Cars on a line through the place, seen from it."""

    def __init__(self) -> None:
        self.live = LiveUnits(capacity=4)
        self.units: dict[UUID, Unit] = {}

    def add(
        self,
        n: int,
        metres: float,
        room: UUID = HOME,
        state: str = "available",
        age_s: float = 1.0,
        **more: Any,
    ) -> None:
        duty = Duty(state) if state in {duty.value for duty in Duty} else Duty.AVAILABLE
        unit = Unit(
            id=UUID(int=n), handle=n, call_sign=str(n), kind="car", unit_class="regular", room_id=room, duty=duty,
            version=1, **more,
        )  # fmt: skip
        self.live.register(Entry(n, unit.id, "car", "regular", room, state=state))
        self.units[unit.id] = unit
        heard = round(p.NOW_MS - age_s * 1000)
        self.live.apply(p.frame([n], [PLACE[0] + metres / M_PER_LON], [PLACE[1]], heard), heard)

    def cover(self) -> CoverSnapshot:
        assert EXPECTED is not None
        free: Around = self.live.around(*PLACE, Filter(states=frozenset({"available"})))
        return CoverSnapshot(free, EXPECTED, DEMAND.owners, None, p.NOW_MS, DEMAND.version)

    def rank(
        self,
        priority: int = 3,
        units: int | None = 1,
        waves: int = 1,
        covered: bool = True,
        seats: tuple[Seat, ...] = (),
    ) -> Ranking:
        question = Question(
            lon=PLACE[0], lat=PLACE[1], priority=priority, room_id=HOME, needed=Requirement(seats, auxiliary=False),
            rooms=frozenset({HOME, OTHER, CITY}), units=units, waves=waves, own=frozenset({HOME, CITY}), names=NAMES,
            cover=self.cover() if covered else None,
        )  # fmt: skip
        return rank(TREE, self.live, self.units.get, question, p.NOW_MS)


def signs(ranking: Ranking) -> list[str]:
    return [row.call_sign for wave in ranking.waves for row in wave]


def effects(told: tuple[dict[str, object], ...]) -> dict[object, object]:
    return {one["key"]: one["effect_s"] for one in told if "effect_s" in one}


def test_a_neighbour_a_little_nearer_comes_after_the_own_unit_and_is_told_why_not() -> None:
    fleet = Fleet()
    fleet.add(1, 300, room=OTHER)
    fleet.add(2, 400)
    ranking = fleet.rank(covered=False)
    assert signs(ranking) == ["2"]
    [passed] = ranking.passed_over
    assert effects(passed.why_nots) == {"neighbour_unit": 30.0}
    assert (passed.why_nots[0]["zh"], passed.why_nots[0]["en"]) == ("邻所单位（南所）", "unit of South")
    fleet.add(3, 290, room=CITY)
    assert signs(fleet.rank(covered=False)) == ["3"], "who belongs above is no neighbour"


PAIR = Seat(1, ("car",)), Seat(1, ("car",), ("taser",))


def test_whoever_is_quicker_than_one_with_a_rare_skill_is_told_that_its_seat_is_filled() -> None:
    fleet = Fleet()
    for n in range(1, 9):
        fleet.add(n, 100 * n)
    fleet.add(20, 3_000, skills=("taser",))
    ranking = fleet.rank(units=None, waves=2, covered=False, seats=PAIR)
    assert [[row.call_sign for row in wave] for wave in ranking.waves] == [["1", "20"], ["2", "3"]]
    assert [one.call_sign for one in ranking.passed_over] == ["4", "5", "6", "7", "8"]
    assert {tuple(why["key"] for why in one.why_nots) for one in ranking.passed_over} == {("seat_filled",)}
    [why] = ranking.passed_over[0].why_nots
    assert why["zh"] == "无需再派：其可承担的需求已由排在前面的单位补足"
    assert why["en"] == "not needed: what it could fill is filled by units that come before it"


def test_whoever_lost_its_seat_by_some_seconds_is_told_both() -> None:
    fleet = Fleet()
    fleet.add(1, 300, room=OTHER)
    fleet.add(2, 400)
    fleet.add(20, 3_000, skills=("taser",))
    [passed] = fleet.rank(units=None, covered=False, seats=PAIR).passed_over
    assert [why["key"] for why in passed.why_nots] == ["seat_filled", "neighbour_unit"]


def test_of_equals_the_one_left_out_is_told_why_not() -> None:
    fleet = Fleet()
    fleet.add(1, 300)
    fleet.add(2, 300)
    [passed] = fleet.rank(covered=False).passed_over
    assert [why["key"] for why in passed.why_nots] == ["seat_filled"]


def test_who_would_leave_its_ground_bare_comes_after_one_who_is_not_missed_and_the_ground_is_named() -> None:
    fleet = Fleet()
    fleet.add(1, 700)
    for n in (2, 3, 4):
        fleet.add(n, -900 - n)
    assert signs(fleet.rank(covered=False)) == ["1"]
    ranking = fleet.rank()
    assert signs(ranking) == ["2"]
    [why] = [one for one in ranking.passed_over[0].why_nots if one["key"] == "leaves_bare"]
    assert isinstance(why["effect_s"], float)
    assert str(why["zh"]).startswith("离开后南所空缺，该处下一警多等")
    assert str(why["en"]).startswith("leaves South bare: next call there +")
    assert signs(fleet.rank(priority=1)) == ["1"]
    assert signs(fleet.rank(priority=2)) == ["1"]


def test_an_old_position_is_said_and_costs_nothing() -> None:
    fleet = Fleet()
    fleet.add(1, 500, age_s=100)
    fleet.add(2, 600)
    for priority in (1, 2, 3, 4):
        ranking = fleet.rank(priority, covered=False)
        assert signs(ranking) == ["1"]
        [warning] = [one for one in ranking.waves[0][0].warnings if one["key"] == "stale_fix"]
        assert "effect_s" not in warning


def test_a_busy_unit_counts_later_at_p2_and_a_shift_that_ends_soon_at_p3() -> None:
    fleet = Fleet()
    fleet.add(1, 500, state="busy")
    fleet.add(2, 600, shift_ends_at=NOW + timedelta(minutes=40))
    fleet.add(3, 650)
    assert signs(fleet.rank(1, units=3, covered=False)) == ["1", "2", "3"]
    assert signs(fleet.rank(2, units=3, covered=False)) == ["2", "3", "1"]
    ranking = fleet.rank(3, units=2, covered=False)
    assert signs(ranking) == ["3", "2"]
    assert effects(ranking.waves[0][1].warnings) == {"shift_soon": 30.0}


def test_whoever_is_much_sooner_but_under_way_is_named_apart_and_only_for_the_urgent() -> None:
    fleet = Fleet()
    fleet.add(1, 100, state="en_route")
    fleet.add(2, 150, state="on_scene")
    fleet.add(3, 1_400, state="accepted")
    fleet.add(4, 1_500)
    for priority, wanted in ((1, ["1"]), (2, ["1"]), (3, []), (4, [])):
        ranking = fleet.rank(priority)
        assert [one.call_sign for one in ranking.under_way] == wanted
        assert signs(ranking) == ["4"], "nobody under way is ever among the proposed"


FLEET = st.lists(
    st.tuples(
        st.integers(-3000, 3000), st.sampled_from([HOME, OTHER]), st.sampled_from(["available", "busy", "on_scene"]),
        st.integers(0, 119), st.sampled_from([None, 15, 40, 90]),
    ),
    min_size=1, max_size=25,
)  # fmt: skip
type Said = list[tuple[int, UUID, str, int, int | None]]


def fleet_of(said: Said, order: list[int] | None = None) -> Fleet:
    fleet = Fleet()
    for n in order or range(len(said)):
        metres, room, state, age_s, left = said[n]
        ends_at = None if left is None else NOW + timedelta(minutes=left)
        fleet.add(n + 1, metres, room, state, age_s, shift_ends_at=ends_at)
    return fleet


@settings(max_examples=40, deadline=None)
@given(said=FLEET, priority=st.integers(1, 4), data=st.data())
def test_the_order_in_which_units_are_known_changes_nothing(
    said: Said, priority: int, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(range(len(said))))
    first, second = (fleet.rank(priority, waves=2) for fleet in (fleet_of(said), fleet_of(said, other)))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


@settings(max_examples=40, deadline=None)
@given(said=FLEET, priority=st.integers(1, 4))
def test_nobody_who_may_go_is_hidden_and_scores_rise_before_those_who_go_last(
    said: Said, priority: int
) -> None:
    ranking = fleet_of(said).rank(priority, units=len(said), waves=1)
    may = {"available"} | ({"busy"} if priority <= 2 else set())
    assert sorted(signs(ranking), key=int) == [str(n + 1) for n, one in enumerate(said) if one[2] in may]
    last = {"shift_ending"} if priority > 1 else set[str]()
    inturn = [
        row
        for wave in ranking.waves
        for row in wave
        if not last & {str(warning["key"]) for warning in row.warnings}
    ]
    assert [row.score_s for row in inturn] == sorted(row.score_s for row in inturn)
    for row in inturn:
        assert row.score_s == pytest.approx(row.eta_s + sum(row.terms.values()), abs=0.11)


@settings(max_examples=40, deadline=None)
@given(said=FLEET, priority=st.integers(1, 4), units=st.integers(1, 3))
def test_nobody_is_passed_over_without_a_word(said: Said, priority: int, units: int) -> None:
    ranking = fleet_of(said).rank(priority, units=units)
    assert all(one.why_nots for one in ranking.passed_over)


LEANING = st.builds(
    Leaning, eta_s=st.floats(0, 3000).map(lambda s: round(s, 1)), mps=st.sampled_from([1.5, 9.0, 10.0]),
    missed_s=st.floats(0, 200), neighbour=st.booleans(), shift_left_s=st.none() | st.integers(-5000, 9000), busy=st.booleans(),
    fix_age_s=st.none() | st.floats(0, 300), speed_mps=st.none() | st.floats(0, 40), accuracy_m=st.none() | st.integers(0, 5000),
)  # fmt: skip


@given(lean=LEANING, farther=st.floats(0.1, 1000), priority=st.integers(1, 4))
def test_a_farther_unit_otherwise_equal_never_comes_first(
    lean: Leaning, farther: float, priority: int
) -> None:
    other = msgspec.structs.replace(lean, eta_s=lean.eta_s + farther)
    assert score_s(other, priority) >= score_s(lean, priority)


@given(lean=LEANING)
def test_at_p1_only_time_counts(lean: Leaning) -> None:
    assert terms(lean, 1) == {}
    assert score_s(lean, 1) == round(lean.eta_s, 1)


@given(lean=LEANING, priority=st.integers(1, 4))
def test_no_term_is_below_zero_or_above_its_most(lean: Leaning, priority: int) -> None:
    for name, seconds in terms(lean, priority).items():
        assert 0 < seconds <= WEIGHTS[name].most_s
        assert priority in WEIGHTS[name].at


@settings(max_examples=30, deadline=None)
@given(said=FLEET, priority=st.integers(1, 4))
def test_a_score_is_worked_out_again_from_what_is_kept(said: Said, priority: int) -> None:
    ranking = fleet_of(said).rank(priority, waves=2)
    shown = {"waves": ranking.waves, "coverage": ranking.on}
    kept = msgspec.json.decode(msgspec.json.encode({"priority": priority, "shown": shown}))
    for row in (row for wave in kept["shown"]["waves"] for row in wave):
        leaned = leaned_of(kept, row)
        assert leaned is not None
        again = msgspec.json.decode(msgspec.json.encode(leaned), type=Leaned)
        assert score_s(again.leaning, again.priority) == again.score_s == row["score_s"]
        assert terms(again.leaning, again.priority) == again.terms
        assert again.on.demand == DEMAND.version


def test_what_an_older_version_kept_leans_on_nothing() -> None:
    assert leaned_of({"priority": 3, "shown": {"coverage": None}}, {"unit_id": "x"}) is None
