"""Stories of callers: reports of one event find its incident, reports of another do not."""

from collections.abc import Iterator
from itertools import count
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import cells
from geo.cells import cell15
from geo.coordinates import destination, distance_m
from incidents import duplicates
from incidents.addresses import address_words
from incidents.duplicates import LEAST_SCORE, Candidate, OpenIncident, OpenIncidents, Report
from incidents.likeness import REACH_M, SENTENCES, agreement, likeness
from incidents.reasons import sentence
from incidents.types import load_tree, shipped_file, shipped_tree

MINUTE = 60_000
NOON = 1_700_000_000_000
SQUARE = (114.0579, 22.5431)
BUILDING_FIRE, FIRE, EXPLOSION, GAS_LEAK = "400110", "400100", "100800", "500510"
FIGHT, BRAWL, THEFT, CRASH, FAMILY_DISPUTE = "200100", "700500", "201000", "300100", "200260"
DOOR_BUTTON = UUID(int=900)


class Town:
    """The open incidents of a small town, told in metres north and east of its square and minutes after noon."""

    def __init__(self) -> None:
        self.index = OpenIncidents(shipped_tree())
        self._ids = (UUID(int=n) for n in count(1))

    def opened(self, report: Report) -> UUID:
        """A report nobody matched: it becomes an incident of its own."""
        incident = OpenIncident(
            id=next(self._ids), number="110-1", opened_ms=report.at_ms, last_alarm_ms=report.at_ms, lon=report.lon,
            lat=report.lat, cell15=report.cell15, type_code=report.type_code, words=set(report.words),
            numbers={report.caller_hmac} if report.caller_hmac else set(), exercise=report.exercise,
            call_points={report.call_point_id} if report.call_point_id else set(),
        )  # fmt: skip
        self.index.add(incident)
        return incident.id

    def best(self, report: Report) -> Candidate | None:
        found = self.index.candidates(report, report.at_ms)
        return found[0] if found else None

    def taken(self, report: Report) -> UUID:
        """What a call-taker does who trusts a clear candidate and nothing less."""
        best = self.best(report)
        if best is None or best.score < 0.4:
            return self.opened(report)
        assert self.index.attach(best.incident_id, report)
        return best.incident_id


def says(
    kind: str | None = None,
    *,
    at: tuple[float, float] | None = None,
    minute: float = 0,
    number: str | None = None,
    address: str | None = None,
    accuracy_m: float = 0.0,
    call_point_id: UUID | None = None,
    exercise: bool = False,
) -> Report:
    """A report; `at`: metres (east, north) of the square."""
    lon, lat, cell = None, None, None
    if at is not None:
        lon, lat = destination(*destination(*SQUARE, 90, at[0]), 0, at[1])
        cell = cells.cell15(lon, lat)
    return Report(
        at_ms=NOON + round(minute * MINUTE),
        lon=lon,
        lat=lat,
        cell15=cell,
        accuracy_m=accuracy_m,
        type_code=kind,
        caller_hmac=number.encode() if number else None,
        call_point_id=call_point_id,
        words=address_words(address),
        exercise=exercise,
    )


@pytest.fixture
def town() -> Town:
    return Town()


def keys(candidate: Candidate | None) -> list[str]:
    assert candidate is not None
    return [reason.key for reason in candidate.reasons]


def test_a_hundred_callers_for_one_fire_find_it(town: Town) -> None:
    chance = Random(110)
    fire = town.opened(says(FIRE, at=(0, 0), number="first"))
    for n in range(100):
        at = (chance.gauss(0, 80), chance.gauss(0, 80))
        kind = chance.choice([FIRE, BUILDING_FIRE, FIRE, EXPLOSION])
        assert town.taken(says(kind, at=at, minute=n / 10, number=f"caller {n}")) == fire
    assert len(town.index) == 1


def test_two_fires_2_km_apart_are_two_incidents(town: Town) -> None:
    town.opened(says(FIRE, at=(0, 0)))
    assert town.best(says(FIRE, at=(2000, 0), minute=1)) is None


def test_callers_of_two_fires_500_m_apart_each_find_their_own(town: Town) -> None:
    here, there = town.opened(says(FIRE, at=(0, 0))), town.opened(says(FIRE, at=(500, 0)))
    assert town.taken(says(FIRE, at=(60, 40), minute=3)) == here
    assert town.taken(says(FIRE, at=(440, -30), minute=3)) == there


def test_the_same_number_5_minutes_later_is_found_without_place_and_type(town: Town) -> None:
    first = town.opened(says(FIGHT, at=(0, 0), number="13800001234"))
    again = town.best(says(number="13800001234", minute=5))
    assert again is not None
    assert (again.incident_id, keys(again)) == (first, ["same_number", "minutes_ago"])
    assert again.score >= 0.6


def test_a_caller_who_asks_after_hours_is_still_found_but_below_a_fresh_one(town: Town) -> None:
    town.opened(says("500110", at=(0, 0), number="mother"))
    late = town.best(says(number="mother", minute=300))
    assert late is not None
    assert 0.2 <= late.score < 0.5


def test_a_pressed_call_point_finds_its_incident_first(town: Town) -> None:
    town.opened(says(at=(5, 0)))
    pressed = town.opened(says(at=(0, 0), call_point_id=DOOR_BUTTON))
    again = town.best(says(at=(0, 0), minute=2, call_point_id=DOOR_BUTTON))
    assert again is not None
    assert again.incident_id == pressed
    assert keys(again)[0] == "same_call_point"
    assert again.score > 0.9


def test_a_theft_beside_a_crash_is_another_matter(town: Town) -> None:
    town.opened(says(CRASH, at=(0, 0)))
    assert town.best(says(THEFT, at=(30, 0), minute=2)) is None


def test_what_one_calls_a_fight_and_another_a_brawl_is_found(town: Town) -> None:
    fight = town.opened(says(FIGHT, at=(0, 0)))
    assert town.taken(says(BRAWL, at=(20, 20), minute=1)) == fight


def test_a_gas_smell_next_to_a_blast_is_found_with_its_reason(town: Town) -> None:
    blast = town.opened(says(EXPLOSION, at=(0, 0)))
    found = town.best(says(GAS_LEAK, at=(50, 0), minute=1))
    assert found is not None
    assert found.incident_id == blast
    assert "alike_type" in keys(found)


def test_quarrels_in_neighbouring_houses_score_below_one_in_the_same_house(town: Town) -> None:
    town.opened(says(FAMILY_DISPUTE, at=(0, 0)))
    same = town.best(says(FAMILY_DISPUTE, at=(5, 0), minute=1))
    next_door = town.best(says(FAMILY_DISPUTE, at=(120, 0), minute=1))
    assert same is not None
    assert same.score > 0.8
    assert next_door is None or next_door.score < 0.3


def test_yesterdays_incident_on_the_spot_is_not_todays(town: Town) -> None:
    town.opened(says(FIGHT, at=(0, 0)))
    assert town.best(says(FIGHT, at=(0, 0), minute=121)) is None


def test_an_incident_still_being_reported_does_not_grow_old(town: Town) -> None:
    fire = town.opened(says(FIRE, at=(0, 0)))
    for minute in range(0, 300, 15):
        assert town.taken(says(FIRE, at=(10, 10), minute=minute)) == fire


def test_without_any_place_the_address_words_find_it(town: Town) -> None:
    fight = town.opened(says(FIGHT, address="深圳市福田区深南大道1001号"))
    found = town.best(says(FIGHT, minute=1, address="深南大道 1001 号门口"))
    assert found is not None
    assert found.incident_id == fight
    assert found.reasons[0].params["words"] == ("1001", "深南大道")
    assert found.score >= 0.5


def test_the_same_district_alone_says_nothing(town: Town) -> None:
    town.opened(says(FIGHT, address="深圳市福田区深南大道1001号"))
    assert town.best(says(FIGHT, minute=1, address="深圳市福田区华强北路1001号")) is None


def test_a_placed_incident_is_found_by_a_caller_who_only_knows_the_street(town: Town) -> None:
    crash = town.opened(says(CRASH, at=(0, 0), address="滨河大道皇岗路口"))
    found = town.best(says(CRASH, minute=2, address="滨河大道"))
    assert found is not None
    assert found.incident_id == crash


def test_a_position_from_a_cell_tower_says_less_than_a_good_one(town: Town) -> None:
    town.opened(says(FIGHT, at=(0, 0)))
    good = town.best(says(FIGHT, at=(10, 0), minute=1))
    rough = town.best(says(FIGHT, at=(10, 0), minute=1, accuracy_m=500.0))
    assert good is not None
    assert rough is None or rough.score < good.score / 2


def test_the_same_caller_far_away_with_something_else_is_shown_low_and_says_why(town: Town) -> None:
    town.opened(says(FIGHT, at=(0, 0), number="guard"))
    found = town.best(says(FIGHT, at=(5000, 0), number="guard", minute=2))
    assert found is not None
    assert found.score < 0.4
    assert {"same_number", "far_apart"} <= set(keys(found))


def test_exercises_and_the_real_thing_never_meet(town: Town) -> None:
    town.opened(says(FIRE, at=(0, 0), number="same", exercise=True))
    assert town.best(says(FIRE, at=(0, 0), number="same", minute=1)) is None
    assert town.best(says(FIRE, at=(0, 0), number="same", minute=1, exercise=True)) is not None


def test_an_incident_that_is_no_longer_open_is_not_found(town: Town) -> None:
    report = says(FIRE, at=(0, 0), number="one", address="人民路1号", call_point_id=DOOR_BUTTON)
    fire = town.opened(report)
    assert town.index.remove(fire)
    assert town.best(report) is None
    assert not town.index.remove(fire)
    assert not town.index.attach(fire, report)
    assert len(town.index) == 0


def test_an_incident_that_moved_is_found_where_it_is_now(town: Town) -> None:
    fire = town.opened(says(FIRE, at=(0, 0)))
    there = says(FIRE, at=(3000, 0))
    town.index.add(
        OpenIncident(id=fire, number="n", opened_ms=NOON, last_alarm_ms=NOON, lon=there.lon, lat=there.lat,
                     cell15=there.cell15, type_code=FIRE)
    )  # fmt: skip
    assert town.best(says(FIRE, at=(0, 0), minute=1)) is None
    assert town.taken(says(FIRE, at=(3010, 0), minute=1)) == fire


def test_what_a_second_caller_adds_is_remembered(town: Town) -> None:
    fight = town.opened(says(FIGHT, at=(0, 0), number="first"))
    town.index.attach(fight, says(FIGHT, number="second", minute=1, address="人民路1号"))
    assert keys(town.best(says(number="second", minute=2)))[0] == "same_number"
    assert "same_words" in keys(town.best(says(minute=2, address="人民路1号")))


def test_a_form_keyed_in_afterwards_is_compared_by_its_own_time(town: Town) -> None:
    now = NOON + 600 * MINUTE
    night = town.opened(says(FIGHT, at=(0, 0), minute=0))
    found = town.index.candidates(says(FIGHT, at=(10, 0), minute=3), now)
    assert [one.incident_id for one in found] == [night]


def test_a_clock_that_runs_ahead_does_not_hide_an_incident(town: Town) -> None:
    fight = town.opened(says(FIGHT, at=(0, 0), minute=0))
    found = town.index.candidates(says(FIGHT, at=(10, 0), minute=100_000), NOON + MINUTE)
    assert [one.incident_id for one in found] == [fight]
    assert found[0].score > 0.8


def test_no_more_are_shown_than_asked_for_best_first(town: Town) -> None:
    for metres in range(0, 200, 10):
        town.opened(says(FIGHT, at=(metres, 0)))
    report = says(FIGHT, at=(0, 0), minute=1)
    shown = town.index.candidates(report, report.at_ms, limit=3)
    assert [one.reasons[0].params["distance_m"] for one in shown] == [0, 10, 20]
    assert [one.score for one in shown] == sorted((one.score for one in shown), reverse=True)


def test_every_reason_is_said_in_both_languages(town: Town) -> None:
    said = {reason.key: reason for candidate in all_kinds_of_candidates(town) for reason in candidate.reasons}
    assert set(said) == set(SENTENCES)
    for reason in said.values():
        zh, en = sentence(reason, SENTENCES, "zh"), sentence(reason, SENTENCES, "en")
        assert zh
        assert en.isascii() or reason.key == "same_words"
        assert "{" not in zh + en


def all_kinds_of_candidates(town: Town) -> Iterator[Candidate]:
    town.opened(says(FIGHT, at=(0, 0), number="n", address="人民路1号", call_point_id=DOOR_BUTTON))
    for kind in (FIGHT, BRAWL, "200400", CRASH, "200700"):
        report = says(kind, at=(10, 0), minute=5, number="n", address="人民路1号", call_point_id=DOOR_BUTTON)
        yield from town.index.candidates(report, report.at_ms)
    for report in (says(FIGHT, at=(10, 0)), says(FIGHT, at=(5000, 0), number="n")):
        yield from town.index.candidates(report, report.at_ms)


@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(0, 360))
def test_the_disk_reaches_as_far_as_places_are_compared(lon: float, lat: float, bearing: float) -> None:
    far_lon, far_lat = destination(lon, lat, bearing, REACH_M)
    disk = cells.disk(cells.cell_at(lon, lat, duplicates.CELL_RES), duplicates.RINGS)
    assert cells.cell_at(far_lon, far_lat, duplicates.CELL_RES) in disk
    assert distance_m(lon, lat, far_lon, far_lat) == pytest.approx(REACH_M)


def test_thousands_of_incidents_on_one_spot_cost_each_caller_the_same(town: Town) -> None:
    chance = Random(7)
    for n in range(3000):
        town.opened(
            says(FIRE, at=(chance.gauss(0, 200), chance.gauss(0, 200)), minute=n / 1000, number=f"n{n}")
        )
        if n % 100 == 0:
            before = town.index.scored
            assert town.best(says(FIRE, at=(0, 0), minute=3, number="n0", address="人民路1号")) is not None
            assert town.index.scored - before <= duplicates.SCORED_AT_MOST


def test_in_a_crowd_the_newest_are_the_ones_compared(town: Town) -> None:
    for n in range(500):
        town.opened(says(FIGHT, at=(n % 25, n // 25), minute=n / 100))
    newest = town.opened(says(FIGHT, at=(30, 30), minute=6))
    report = says(FIGHT, at=(30, 30), minute=6)
    assert town.index.candidates(report, report.at_ms)[0].incident_id == newest


def test_an_incident_told_anew_as_it_is_known_stays_behind_what_came_after_it(town: Town) -> None:
    report = says(FIRE, at=(0, 0), address="南街5号")
    first, second = town.opened(report), town.opened(report)
    town.index.add(
        OpenIncident(
            id=first, number="110-1", opened_ms=report.at_ms, last_alarm_ms=report.at_ms, lon=report.lon,
            lat=report.lat, cell15=report.cell15, type_code=report.type_code, words=set(report.words),
        )
    )  # fmt: skip
    found = town.index.candidates(report, report.at_ms)
    assert [one.incident_id for one in found] == [second, first]


def test_an_old_incident_reported_again_counts_as_new_in_the_crowd(town: Town) -> None:
    old = town.opened(says(FIRE, at=(30, 30)))
    for n in range(200):
        town.opened(says(FIGHT, at=(n % 25, n // 25), minute=1 + n / 100))
    town.index.attach(old, says(FIRE, minute=6))
    assert town.taken(says(FIRE, at=(30, 30), minute=6)) == old


def test_a_nuisance_number_with_hundreds_of_incidents_does_not_crowd_out_the_place(town: Town) -> None:
    for n in range(300):
        town.opened(says(at=(9000 + n, 0), minute=0, number="nuisance"))
    here = town.opened(says(FIGHT, at=(0, 0), minute=1))
    report = says(FIGHT, at=(0, 0), minute=2, number="nuisance")
    assert here in [one.incident_id for one in town.index.candidates(report, report.at_ms)]


def test_a_type_that_left_the_tree_counts_as_not_known(town: Town) -> None:
    town.opened(says("123456", at=(0, 0)))
    assert keys(town.best(says(FIRE, at=(0, 0), minute=1))) == ["distance", "minutes_ago"]


def test_a_new_version_of_the_tree_is_used_from_then_on(town: Town) -> None:
    town.opened(says(FIGHT, at=(0, 0)))
    report = says("200100", at=(0, 0), minute=1)
    assert "same_type" in keys(town.best(report))
    renamed = shipped_file().replace("打架斗殴".encode(), "斗殴打架".encode())
    town.index.use_tree(load_tree(renamed))
    best = town.best(report)
    assert best is not None
    said = [sentence(reason, SENTENCES, "zh") for reason in best.reasons]
    assert "同为斗殴打架" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("深圳市福田区深南大道1001号", {"深南大道", "1001"}),
        ("人民路25号楼 3单元", {"人民路", "25", "3"}),
        ("东海花园二期", {"东海花园", "二期"}),
        ("400 Block of GROVE ST", {"400", "grove"}),
        ("Ｎo. 12 Grove Street", {"12", "grove"}),
        ("", set()),
        (None, set()),
        ("附近", set()),
        ("南山区", set()),
    ],
)
def test_an_address_is_cut_into_words_that_name_places(text: str | None, words: set[str]) -> None:
    assert address_words(text) == words


@given(st.text(max_size=2000))
def test_any_text_may_stand_for_an_address(text: str) -> None:
    assert len(address_words(text)) <= 16


@given(st.data())
def test_what_is_passed_over_as_too_far_would_not_have_counted(data: st.DataObject) -> None:
    tree = shipped_tree()
    codes = st.sampled_from([None, "400110", "400120", "200100", "300100"])
    near = st.floats(-0.012, 0.012)
    report = Report(
        at_ms=10_000, lon=114.0, lat=22.5, cell15=cell15(114.0, 22.5), type_code=data.draw(codes),
        accuracy_m=data.draw(st.sampled_from([0.0, 50.0, 500.0])), words=frozenset({"北门", "广场"}),
    )  # fmt: skip
    index = OpenIncidents(tree)
    lon, lat = 114.0 + data.draw(near), 22.5 + data.draw(near)
    incident = OpenIncident(
        id=UUID(int=1), number="J1", opened_ms=9_000, last_alarm_ms=9_000, lon=lon, lat=lat, cell15=cell15(lon, lat),
        type_code=data.draw(codes), words=data.draw(st.sampled_from([set(), {"北门", "广场"}, {"西路"}])),
    )  # fmt: skip
    index.add(incident)
    found = {c.incident_id for c in index.candidates(report, 10_000)}
    score = likeness(report, incident, agreement(tree, report.type_code, incident.type_code))
    assert (incident.id in found) == (score >= LEAST_SCORE)
