"""Pursuit promise: whatever order sightings come in, the trail and the place are the same; who can head it off is told exactly."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.pursuits.meeting import AHEAD_S, meeting, places
from geo.coordinates import bearing_deg, distance_m
from incidents import commands as c
from incidents import events as e
from incidents import lifecycle
from incidents.errors import NoPursuit
from incidents.model import Incident, LastSeen, Place
from incidents.sightings.model import Seen, Sighting, evolve
from incidents.sightings.trail import Motion, in_order, jumps, motion
from units.answers import Around

BEGAN = 1_000_000
ROOM, OTHER = UUID(int=1), UUID(int=2)


def seen(
    n: int, at: int, lon: float, lat: float, heading: float | None = None, speed: float | None = None
) -> Sighting:
    told = Seen(
        incident_id=UUID(int=9), at=at, lon=lon, lat=lat, heading=heading, speed=speed, source="call", by="somebody",
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return evolve(None, UUID(int=n), told)


def opened() -> Incident:
    place = Place(lon=114.0, lat=22.5)
    fact = e.Opened(
        number="J1", priority=1, room_id=ROOM, lon=114.0, lat=22.5, place=place, cell15=1, times={"entered": BEGAN},
        opened_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return lifecycle.evolve(None, UUID(int=9), fact)


def told(incident: Incident, *commands: c.Command) -> Incident:
    for command in commands:
        for fact in lifecycle.decide(incident, command):
            incident = lifecycle.evolve(incident, incident.id, fact)
    return incident


def moved(incident: Incident, points: Sequence[Sighting]) -> Incident:
    for one in points:
        place = Place(lon=one.lon, lat=one.lat)
        incident = told(
            incident, c.StartPursuit(one.at), c.Move(place, 1, LastSeen(one.at, one.lon, one.lat))
        )
    return incident


POINTS = st.lists(
    st.tuples(st.integers(BEGAN - 50_000, BEGAN + 600_000), st.floats(113.9, 114.1), st.floats(22.4, 22.6)),
    max_size=8,
)


@given(POINTS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_trail_and_the_same_place(
    given_: list[tuple[int, float, float]], chance: st.DataObject
) -> None:
    points = [seen(n, *one) for n, one in enumerate(given_)]
    mixed = list(points)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = moved(opened(), points), moved(opened(), mixed)
    assert [p.order for p in in_order(points)] == [p.order for p in in_order(mixed)]
    assert (one.lon, one.lat) == (other.lon, other.lat)
    later = [p for p in points if p.at >= BEGAN]
    newest = max(later, key=lambda p: p.order, default=None)
    if newest is not None:
        assert (one.lon, one.lat) == (newest.lon, newest.lat)


def test_what_comes_late_moves_nothing_back() -> None:
    incident = moved(opened(), [seen(1, BEGAN + 60_000, 114.02, 22.5), seen(2, BEGAN + 30_000, 114.01, 22.5)])
    assert incident.lon == 114.02


def test_where_it_was_before_it_was_reported_is_history_only() -> None:
    incident = moved(opened(), [seen(1, BEGAN - 30_000, 113.99, 22.5)])
    assert incident.lon == 114.0
    assert incident.is_moving


def test_a_jump_is_kept_and_named_and_what_follows_is_judged_by_the_last_possible_point() -> None:
    trail = [
        seen(1, 0, 114.0, 22.5),
        seen(2, 10_000, 114.001, 22.5),
        seen(3, 20_000, 114.3, 22.5),  # 30 km in ten seconds
        seen(4, 30_000, 114.003, 22.5),
    ]
    assert jumps(in_order(trail)) == {2}


@pytest.mark.parametrize(
    ("trail", "heading", "speed"),
    [
        ([seen(1, 0, 114.0, 22.5, heading=90.0, speed=20.0)], 90.0, 20.0),
        ([seen(1, 0, 114.0, 22.5, heading=90.0)], 90.0, 14.0),
        ([seen(1, 0, 114.0, 22.5), seen(2, 20_000, 114.0, 22.502)], 0.0, 11.1),
    ],
)
def test_motion_is_as_told_else_from_the_last_two_points(
    trail: list[Sighting], heading: float, speed: float
) -> None:
    found = motion(in_order(trail))
    assert found is not None
    assert found.heading == pytest.approx(heading, abs=0.5)
    assert found.speed == pytest.approx(speed, abs=0.2)


def test_nothing_is_foretold_of_what_stands_or_was_seen_once_without_direction() -> None:
    assert motion([seen(1, 0, 114.0, 22.5)]) is None
    assert motion([seen(1, 0, 114.0, 22.5, heading=10.0, speed=0.0)]) is None
    assert motion([]) is None


@given(st.floats(0, 359), st.floats(2, 60), st.integers(0, 300_000))
def test_it_goes_straight_on_at_its_speed(heading: float, speed: float, after_ms: int) -> None:
    going = Motion(114.0, 22.5, BEGAN, heading, speed)
    there = going.place(BEGAN + after_ms)
    assert distance_m(114.0, 22.5, *there) == pytest.approx(speed * after_ms / 1000, abs=0.5)
    if speed * after_ms > 100_000:
        off = (bearing_deg(114.0, 22.5, *there) - heading + 180) % 360 - 180
        assert abs(off) < 0.5


def around(*spots: tuple[float, float]) -> Around:
    lons, lats = np.array([one[0] for one in spots]), np.array([one[1] for one in spots])
    handles = np.arange(1, len(spots) + 1, dtype=np.uint32)
    return Around(spots[0], handles, lons, lats, np.zeros(len(spots), np.uint16), ("car",))


def test_a_unit_meets_it_where_it_is_there_first() -> None:
    """One stands 2 km ahead of it, one 200 m behind it, as fast as itself: 10 m/s on straight streets."""
    going = Motion(114.0, 22.5, BEGAN, 90.0, 10.0)
    goals = places(going, BEGAN)
    ahead, behind = Motion(114.0, 22.5, BEGAN, 90.0, 10.0).place(BEGAN + 200_000), (113.998, 22.5)
    units = around(ahead, behind)
    seconds = [np.array([distance_m(*goal, *spot) / 10.0 for spot in (ahead, behind)]) for goal in goals]
    met = meeting(units, going, BEGAN, seconds, [np.inf] * len(goals))
    first, second = met.of(0), met.of(1)
    assert first.meets_s == pytest.approx(100.0, abs=1.0)  # they drive towards each other
    assert first.is_ahead
    assert second.meets_s is None
    assert not second.is_ahead
    assert met.rank_s[0] < AHEAD_S[-1] < met.rank_s[1]


def test_a_quicker_unit_behind_catches_up_and_says_so() -> None:
    going = Motion(114.0, 22.5, BEGAN, 90.0, 10.0)
    behind = (113.99, 22.5)
    metres = distance_m(114.0, 22.5, *behind)
    goals = places(going, BEGAN)
    seconds = [np.array([distance_m(*goal, *behind) / 20.0]) for goal in goals]
    met = meeting(around(behind), going, BEGAN, seconds, [np.inf] * len(goals)).of(0)
    assert met.meets_s == pytest.approx(metres / (20.0 - 10.0), abs=1.0)
    assert not met.is_ahead


@given(
    st.lists(st.tuples(st.floats(113.95, 114.1), st.floats(22.45, 22.55)), min_size=1, max_size=6),
    st.floats(3, 30), st.floats(3, 30),
)  # fmt: skip
def test_who_meets_it_is_there_no_later_than_it_is(
    spots: list[tuple[float, float]], own_mps: float, its_mps: float
) -> None:
    going = Motion(114.0, 22.5, BEGAN, 45.0, its_mps)
    goals = places(going, BEGAN)
    seconds = [np.array([distance_m(*goal, *spot) / own_mps for spot in spots]) for goal in goals]
    met = meeting(around(*spots), going, BEGAN, seconds, [np.inf] * len(goals))
    for row, spot in enumerate(spots):
        one = met.of(row)
        if one.meets_s is None:
            assert all(column[row] > at for column, at in zip(seconds, AHEAD_S, strict=True))
        else:
            way_s = distance_m(*going.place(BEGAN + one.meets_s * 1000), *spot) / own_mps
            assert way_s <= one.meets_s + 5.0  # a way is no longer than the even one between two places


def test_only_who_is_known_at_every_place_is_sure() -> None:
    going = Motion(114.0, 22.5, BEGAN, 90.0, 10.0)
    columns = [np.array([10.0]), *(np.array([np.inf]) for _ in AHEAD_S[1:])]
    met = meeting(around((114.0, 22.5)), going, BEGAN, columns, [20.0, 20.0, *([np.inf] * 4)])
    assert met.reached_s == AHEAD_S[0]


def test_rooms_join_and_offers_are_declined_only_in_a_pursuit() -> None:
    still = opened()
    for command in (
        c.JoinPursuit(OTHER, 1), c.DeclineOffer(1), c.EnterArea(OTHER, 1), c.OfferCommand(OTHER, 1),
        c.EndPursuit("lost", 1),
    ):  # fmt: skip
        with pytest.raises(NoPursuit):
            lifecycle.decide(still, command)
    chase = told(still, c.StartPursuit(BEGAN), c.EnterArea(OTHER, BEGAN + 1), c.EnterArea(OTHER, BEGAN + 2))
    assert chase.pursuit is not None
    assert [one.at for one in chase.pursuit.entered] == [BEGAN + 1]
    over = told(chase, c.EndPursuit("caught", BEGAN + 3))
    assert (over.is_moving, over.room_id, over.command_room_id) == (False, ROOM, ROOM)
