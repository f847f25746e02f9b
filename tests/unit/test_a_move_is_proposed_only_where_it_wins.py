"""Promise: a proposed move wins what it says, by as much as counting it out; few are proposed, only of who may go, and what is bare is named."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.cover import DEPTH, Cover
from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.demand.model import RES, Demand, Expected, Seen
from dispatch.moves.figures import MINUTES, Ground, UnderWay, in_rings
from dispatch.moves.posts import Post
from dispatch.moves.proposing import BARE_WORTH_S, FAR_S, MOST, NEAR_S, WORTH_S, proposals
from dispatch.moves.shown import said
from geo.cells import cell_at, disk, middle
from units.answers import Around

MIDDLE = (114.0, 22.5)
GROUND = disk(cell_at(*MIDDLE, RES), 3)
WEST, EAST = UUID(int=1), UUID(int=2)
BOTH = frozenset({WEST, EAST})
OWNERS = {cell: WEST if middle(cell)[0] < MIDDLE[0] else EAST for cell in GROUND}
DEMAND = Demand(GROUND, [Seen(GROUND[3], 9, 5), Seen(GROUND[30], 9, 2)], owners=OWNERS)
KINDS = ("car", "motorcycle", "foot")
SPOT = st.tuples(st.integers(-30, 30), st.integers(-30, 30), st.integers(0, 2))
POSTS = tuple(
    Post(UUID(int=100 + n), f"岗{n}", MIDDLE[0] + lon / 1000, MIDDLE[1] + lat / 1000)
    for n, (lon, lat) in enumerate([(-13, 0), (13, 0), (0, 14), (0, -14)])
)


def expected() -> Expected:
    told = DEMAND.at(9)
    assert told is not None
    return told


def look(spots: list[tuple[int, int, int]]) -> CoverSnapshot:
    lon, lat, kind = np.array(spots, np.float64).reshape(-1, 3).T
    units = Around(
        MIDDLE, np.arange(1, len(spots) + 1, dtype=np.uint32) * 10, MIDDLE[0] + lon / 1000, MIDDLE[1] + lat / 1000,
        kind.astype(np.uint16), KINDS,
    )  # fmt: skip
    return CoverSnapshot(units, expected(), DEMAND.owners, None, 0, DEMAND.version)


def owner(post: Post) -> UUID:
    return WEST if post.lon < MIDDLE[0] else EAST


def travel_s(snapshot: CoverSnapshot, row: int, post: Post) -> float:
    return float(snapshot.seconds_to(np.array([row]), np.array([post.lon]), np.array([post.lat]))[0, 0])


def proposed(
    ground: Ground, movable: list[int], drained: frozenset[UUID] = frozenset()
) -> list[tuple[int, UUID, float]]:
    found = proposals(ground, POSTS, movable, drained, [owner(post) for post in POSTS])
    return [(one.unit, one.post.id, one.gain_s) for one in found]


@settings(deadline=None, max_examples=60)
@given(spots=st.lists(SPOT, min_size=1, max_size=DEPTH), held=st.sets(st.integers(0, DEPTH)))
def test_the_gain_is_what_counting_it_out_says(spots: list[tuple[int, int, int]], held: set[int]) -> None:
    snapshot = look(spots)
    ground = Ground(snapshot, BOTH, [])
    movable = [row for row in range(len(spots)) if row not in held]
    found = proposals(ground, POSTS, movable, frozenset(), [owner(post) for post in POSTS])
    assert len(found) <= MOST
    assert len({one.unit for one in found}) == len({one.post for one in found}) == len(found)
    seconds = snapshot.seconds(np.arange(len(spots)))
    for one in found:
        assert one.unit in movable
        assert one.gain_s >= (BARE_WORTH_S if one.freed else WORTH_S)
        assert NEAR_S < one.travel_s <= FAR_S
        before = Cover(seconds, expected().share).expected_s()
        seconds = seconds.copy()
        seconds[one.unit] = snapshot.seconds_from(np.array([one.post.lon]), np.array([one.post.lat]))[0]
        assert before - Cover(seconds, expected().share).expected_s() == pytest.approx(one.gain_s, abs=0.05)


@settings(deadline=None, max_examples=40)
@given(spots=st.lists(SPOT, min_size=1, max_size=5))
def test_no_single_move_would_win_more(spots: list[tuple[int, int, int]]) -> None:
    snapshot = look(spots)
    found = proposed(Ground(snapshot, BOTH, []), list(range(len(spots))))
    seconds = snapshot.seconds(np.arange(len(spots)))
    now = Cover(seconds, expected().share).expected_s()
    best = 0.0
    for row in range(len(spots)):
        for post in POSTS:
            if not NEAR_S < travel_s(snapshot, row, post) <= FAR_S:
                continue
            moved = seconds.copy()
            moved[row] = snapshot.seconds_from(np.array([post.lon]), np.array([post.lat]))[0]
            best = max(best, now - Cover(moved, expected().share).expected_s())
    if best < BARE_WORTH_S - 0.05:
        assert found == []
    elif found or best > WORTH_S + 0.05:
        assert found[0][2] == pytest.approx(best, abs=0.05)


def test_whoever_stands_beside_another_is_moved_to_where_nobody_is() -> None:
    snapshot = look([(-13, 0, 0), (-12, 0, 0), (-13, 1, 0)])
    ground = Ground(snapshot, BOTH, [])
    assert ground.bare(ground.cover.soonest_s()) == [EAST]
    [one, *_] = proposals(ground, POSTS[:2], [0, 1, 2], frozenset({EAST}), [WEST, EAST])
    assert one.post.name == "岗1"
    assert one.backfill, "the east has nobody free"
    assert one.freed == (EAST,)


def test_a_small_gain_is_worth_a_move_only_where_nobody_would_be_near() -> None:
    spots = [(-13, 0, 0), (-12, 0, 0), (-13, 1, 0)]
    [one, *_] = proposals(Ground(look(spots), BOTH, []), POSTS[:2], [0, 1, 2], frozenset(), [WEST, EAST])
    assert BARE_WORTH_S <= one.gain_s < WORTH_S
    assert one.freed
    served = Ground(look([*spots, (9, -9, 0)]), BOTH, [])
    assert served.bare(served.cover.soonest_s()) == []
    for move in proposals(served, POSTS[:2], [0, 1, 2], frozenset(), [WEST, EAST]):
        assert move.gain_s >= WORTH_S


def test_who_is_on_the_way_counts_where_it_is_going_so_that_no_second_is_sent() -> None:
    snapshot = look([(-13, 0, 0), (-12, 0, 0), (-13, 1, 0)])
    under_way = Ground(snapshot, BOTH, [UnderWay(30, POSTS[1].lon, POSTS[1].lat, 9.0)])
    assert under_way.bare(under_way.cover.soonest_s()) == []
    moved = look([(-13, 0, 0), (-12, 0, 0), (13, 0, 0)])
    assert under_way.cover.expected_s() == pytest.approx(Ground(moved, BOTH, []).cover.expected_s(), abs=0.01)


def test_figures_are_of_the_asked_rooms_ground_and_rise_with_the_minutes() -> None:
    snapshot = look([(-13, 0, 0)])
    west, east = (Ground(snapshot, frozenset({room}), []) for room in (WEST, EAST))
    assert west.cover.expected_s() < east.cover.expected_s()
    for ground in (west, east):
        soonest_s = ground.cover.soonest_s()
        shares = ground.within(soonest_s)
        assert list(shares) == sorted(shares)
        rings = in_rings(soonest_s)
        counted = [float(ground.share[rings <= n].sum() / ground.share.sum()) for n in range(len(MINUTES))]
        assert list(shares) == pytest.approx(counted)
    assert not Ground(snapshot, frozenset({UUID(int=9)}), []).is_known


def test_nothing_is_proposed_without_anybody_who_may_go_or_anywhere_to_go() -> None:
    ground = Ground(look([(-13, 0, 0)]), BOTH, [])
    assert proposed(ground, []) == []
    assert proposals(ground, (), [0], frozenset(), []) == []


def test_a_proposal_says_how_long_the_drive_is_and_what_it_wins() -> None:
    names = {"unit": "118", "post": "南门", "room": "南所", "from_room": "北所"}
    move = said("move", 12.4, 275.0, (), names)
    assert move["zh"] == "118 移至南门（车程约5分）：下一警预计早到12秒"
    assert move["en"] == "118 to 南门, a drive of about 5 min: the next call is answered 12 s sooner"
    stand_in = said("backfill", 70.0, 125.0, ("南所",), names)
    assert (
        stand_in["zh"]
        == "南所无车可派：请 118（北所）移至南门顶班（车程约2分），下一警预计早到1分10秒，南所不再空缺"
    )
