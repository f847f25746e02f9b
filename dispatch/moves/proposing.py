"""Which unit might stand by where, so that the next call is answered sooner: two proposals at most, the best ones. Pure.

The least missed units are tried at the places where one more would win most (`cover.Cover.best_move`). Moving costs fuel and calm,
so that nothing is proposed below WORTH_S (less where ground is bare or a room drained), and nobody is sent back and forth.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np

from dispatch.cover import Cover, Floats
from dispatch.moves.figures import Ground
from dispatch.moves.posts import Post

WORTH_S = 10.0
"""By so much sooner the next call of the ground must be answered, in the mean over where it may come.

What moves win is about in proportion to how many there are, and so are their kilometres (`load_tests/scenarios/saves_time.py`): at 5 s
there are twice as many, one every half an hour in a city of 60 patrols.
"""
BARE_WORTH_S = 5.0
"""The same for a move after which bare ground is served, or a room with nobody left has somebody again."""
MOST = 2
SETTLED = timedelta(minutes=20)
"""So long a unit that was moved is not moved again, and what a room declined is not proposed to it again."""
UNITS_TRIED, POSTS_TRIED = 40, 30
"""So many of the least missed units at so many of the places that win most: the best is among them but for a second or two."""
NEAR_S = 120.0
"""Who is at most so far from a place stands there already."""
FAR_S = 1200.0
"""Who would be longer under way is not moved: by then the ground looks otherwise."""


class Proposed(NamedTuple):
    """unit: its row in the snapshot; freed: rooms whose ground is bare now and not after; backfill: for a room that has nobody free left."""

    unit: int
    post: Post
    gain_s: float
    travel_s: float
    freed: tuple[UUID, ...]
    backfill: bool


def proposals(
    ground: Ground,
    posts: Sequence[Post],
    movable: Sequence[int],
    drained: frozenset[UUID],
    owners: Sequence[UUID | None],
) -> list[Proposed]:
    """The best moves, the second reckoned with the first made.

    movable: rows of the snapshot; drained: rooms with nobody free but somebody at work; owners: the room of each post.
    """
    found: list[Proposed] = []
    if not (ground.is_known and posts and movable):
        return found
    lon, lat = np.array([(one.lon, one.lat) for one in posts]).T
    from_posts, cover = ground.seconds_from(lon, lat), ground.cover
    rows = np.array(movable, np.intp)
    missed = cover.missed_s(ground.seconds(rows))
    rows = rows[np.argsort(missed, kind="stable")[:UNITS_TRIED]]
    from_units = ground.seconds(rows)
    travel_s = ground.snapshot.seconds_to(rows, lon, lat)
    free, free_posts = (travel_s > NEAR_S) & (travel_s <= FAR_S), np.ones(len(posts), np.bool_)
    while len(found) < MOST:
        won = np.where(free_posts, cover.won_s(from_posts), -np.inf)
        tried = [n for n in np.argsort(-won, kind="stable")[:POSTS_TRIED].tolist() if free_posts[n]]
        best = cover.best_move(from_units, from_posts[tried], free[:, tried], BARE_WORTH_S) if tried else None
        if best is None:
            break
        unit, post = best.unit, tried[best.post]
        moved = _moved(cover, from_units[unit], from_posts[post])
        before, after = ground.bare(cover.soonest_s()), ground.bare(moved.soonest_s())
        freed, backfill = tuple(room for room in before if room not in after), owners[post] in drained
        if best.gain_s < WORTH_S and not (freed or backfill):
            break
        free[unit] = free_posts[post] = False
        found.append(
            Proposed(int(rows[unit]), posts[post], best.gain_s, float(travel_s[unit, post]), freed, backfill)
        )
        cover = moved
    return found


def _moved(cover: Cover, here: Floats, there: Floats) -> Cover:
    """How it is once that unit is there."""
    return cover.without(here).joined(there[None, :])
