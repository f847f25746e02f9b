"""One look at the ground of a seat's rooms: figures, what is bare, who might be moved. The search; the database is not asked.

Between the newest snapshot of the free units (`centre.cover`) and what a seat is shown.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np

from dispatch.centre import Centre
from dispatch.cover import Floats
from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.demand.model import RES
from dispatch.instants import instant
from dispatch.moves.figures import MINUTES, Ground, UnderWay, in_rings
from dispatch.moves.posts import Post, posts_of
from dispatch.moves.proposing import SETTLED, Proposed, proposals
from dispatch.moves.shown import (
    BareShown,
    GroundShown,
    MoveShown,
    ServedShown,
    WithinShown,
    said,
)
from dispatch.plain_times import SPEED_MPS, speed_of
from dispatch.rooms import Reference
from geo.cells import cell_text
from units.model import SHIFT_ENDING, Duty, Unit
from units.posts import Posts
from units.roll import Filter

FREE, AUXILIARY = frozenset({"available"}), frozenset({"auxiliary"})
AT_ONCE = 200
ON_WHEELS = frozenset({"car", "motorcycle"})
"""Only these are moved: whoever goes on foot is no nearer to anything within the hour, boats and drones have their own places."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. rooms: of the seat; unwanted: units not to be moved, for what the database knows of them."""

    rooms: frozenset[UUID]
    now: datetime
    unwanted: frozenset[UUID] = frozenset()


class Places(msgspec.Struct, frozen=True):
    """Where somebody may stand by, and the room of each; worked out once for a city as it is."""

    posts: tuple[Post, ...]
    owners: tuple[UUID | None, ...]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was copied of the live picture in one step, so that a thread may look at it. units: by row of the snapshot."""

    units: dict[int, Unit]
    standing: tuple[Unit, ...]
    posts: tuple[Post, ...]
    owners: tuple[UUID | None, ...]
    manned: Posts
    names: dict[UUID, str]
    auxiliaries: tuple[Floats, Floats]


def places_of(reference: Reference) -> Places:
    """All of a city; a thread may do it."""
    posts = tuple(posts_of(reference))
    return Places(posts, tuple(reference.owner(post.lon, post.lat) for post in posts))


def known_of(centre: Centre, snapshot: CoverSnapshot, look: Look, places: Places) -> Known:
    """What counts of the live picture."""
    units = {}
    for row, handle in enumerate(snapshot.units.handles.tolist()):
        id_ = centre.handles.get(handle)
        unit = centre.units.get(id_) if id_ is not None else None
        if unit is not None and unit.ordered_by in look.rooms:
            units[row] = unit
    helpers = centre.live.around(0.0, 0.0, Filter(states=FREE, classes=AUXILIARY, rooms=look.rooms))
    mine = [n for n, owner in enumerate(places.owners) if owner in look.rooms]
    return Known(
        units=units, standing=tuple(unit for unit in centre.units.values() if unit.standing_by is not None),
        posts=tuple(places.posts[n] for n in mine), owners=tuple(places.owners[n] for n in mine), manned=centre.posts,
        names={room.id: room.name_zh for room in centre.reference.rooms.by_id.values()},
        auxiliaries=(helpers.lon, helpers.lat),
    )  # fmt: skip


def looked(snapshot: CoverSnapshot, known: Known, look: Look) -> GroundShown:
    """The figures and proposals; for a thread to do."""
    taken = [unit.standing_by.post_id for unit in known.standing if unit.standing_by is not None]
    under_way = [
        UnderWay(unit.handle, one.lon, one.lat, speed_of(unit.kind))
        for unit in known.standing
        if (one := unit.standing_by) is not None and one.state != "there"
    ]
    ground = Ground(snapshot, look.rooms, under_way)
    if not ground.is_known:
        return nothing(look.now, len(known.units))
    soonest_s = ground.cover.soonest_s()
    shares = zip(MINUTES, ground.within(soonest_s), strict=True)
    expected = snapshot.expected
    whole = float(expected.share[ground.places].sum())
    return GroundShown(
        computed_at=instant(snapshot.as_of_ms), units=len(known.units), under_way=len(under_way),
        wait_s=round(ground.cover.expected_s(), 1), calls=round(expected.calls * whole, 2),
        within=tuple(WithinShown(minutes, round(share, 3)) for minutes, share in shares),
        auxiliary_within_1=_auxiliaries(ground, known),
        bare=tuple(BareShown(room, known.names.get(room, "")) for room in ground.bare(soonest_s)),
        resolution=RES, served=_served(ground, soonest_s),
        moves=tuple(_move(one, known) for one in _proposals(ground, known, look, taken)),
    )  # fmt: skip


def nothing(now: datetime, units: int) -> GroundShown:
    """Where nothing is known of what to expect."""
    return GroundShown(
        computed_at=instant(now), units=units, under_way=0, wait_s=None, calls=None, within=(), auxiliary_within_1=None, bare=(),
        resolution=RES, served=(), moves=(),
    )  # fmt: skip


def _auxiliaries(ground: Ground, known: Known) -> float:
    lon, lat = known.auxiliaries
    if not len(lon):
        return 0.0
    reached = np.zeros(len(ground.places), np.bool_)
    for begin in range(0, len(lon), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        seconds = ground.snapshot.seconds_from(lon[some], lat[some], SPEED_MPS["foot"])[:, ground.places]
        reached |= (seconds <= 60.0).any(axis=0)
    return round(float(ground.share[reached].sum() / max(ground.share.sum(), 1e-12)), 3)


def _served(ground: Ground, soonest_s: Floats) -> tuple[ServedShown, ...]:
    rings, cells = in_rings(soonest_s), ground.snapshot.expected.cells[ground.places]
    limits: list[int | None] = [*MINUTES, None]
    return tuple(
        ServedShown(minutes, tuple(cell_text(int(cell)) for cell in cells[rings == n]))
        for n, minutes in enumerate(limits)
    )


def _proposals(ground: Ground, known: Known, look: Look, taken: Iterable[UUID]) -> list[Proposed]:
    movable = [row for row, unit in known.units.items() if _may_move(unit, known, look)]
    busy = set(taken)
    free = [n for n, post in enumerate(known.posts) if post.id not in busy]
    manned = {unit.room_id for unit in known.units.values()} | {unit.room_id for unit in known.standing}
    drained = frozenset(owner for owner in known.owners if owner is not None and owner not in manned)
    return proposals(
        ground, [known.posts[n] for n in free], movable, drained, [known.owners[n] for n in free]
    )


def _may_move(unit: Unit, known: Known, look: Look) -> bool:
    """Idle, on wheels, at no fixed position, in no event (that is no free unit), its shift not near the end, and not moved lately."""
    left, last = unit.shift_left(look.now), unit.standby
    return (
        unit.duty is Duty.AVAILABLE
        and unit.kind in ON_WHEELS
        and unit.id not in look.unwanted
        and (left is None or left > 2 * SHIFT_ENDING)
        and (last is None or (not last.stands and look.now - last.sent_at >= SETTLED))
        and known.manned.of(unit.id, look.now) is None
    )


def _move(one: Proposed, known: Known) -> MoveShown:
    unit, post = known.units[one.unit], one.post
    owner = known.owners[known.posts.index(post)]
    names = {
        "unit": unit.call_sign, "post": post.name, "room": known.names.get(owner, "") if owner is not None else "",
        "from_room": known.names.get(unit.room_id, ""),
    }  # fmt: skip
    freed = tuple(known.names.get(room, "") for room in one.freed)
    key = "backfill" if one.backfill and owner != unit.room_id else "move"
    return MoveShown(
        unit_id=unit.id, call_sign=unit.call_sign, post_id=post.id, name=post.name, lon=post.lon, lat=post.lat,
        gain_s=round(one.gain_s, 1), travel_s=round(one.travel_s), said=said(key, one.gain_s, one.travel_s, freed, names),
    )  # fmt: skip
