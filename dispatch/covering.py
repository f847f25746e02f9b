"""How far the free units get in so many minutes, and where nobody is in time: rings for a room that watches its ground.

Asked by seats between alarms. By road only, as if called to something urgent, under the closures in force.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.driving import URGENT, Ways, profile_of
from dispatch.errors import Invalid, NoRoads, Unavailable
from dispatch.instants import EPOCH, Instant, instant
from dispatch.planned_events.commitments import NO_COMMITMENTS, Commitments
from dispatch.rooms import Reference
from dispatch.work import ms
from geo.cells import cell_text, middle
from geo.rings import CELL_RES, Rings
from units.live import LiveUnits
from units.roll import Filter

MOST_RINGS = 6
MOST_MINUTES = 60.0
FREE = frozenset({"available"})
REGULAR, AUXILIARY = frozenset({"regular"}), frozenset({"auxiliary"})


class RingShown(msgspec.Struct, frozen=True):
    """The cells that somebody reaches within so many minutes, and not within those of the ring before."""

    minutes: float
    cells: tuple[str, ...]


class CoverageShown(msgspec.Struct, frozen=True, kw_only=True):
    """Rings of H3 cells with roads in them, and the cells of the own ground that nobody reaches in time.

    resolution: of the cells; units: free ones whose place is known and that go by road. auxiliary: the first ring of the free
    auxiliaries, who are counted apart and close no gap; auxiliaries: how many those are.
    """

    computed_at: Instant
    resolution: int
    units: int
    rings: tuple[RingShown, ...]
    auxiliaries: int
    auxiliary: tuple[RingShown, ...]
    gaps: tuple[str, ...]


def asked_minutes(text: str) -> tuple[float, ...]:
    """Rising minutes out of `1,3,5`. Raises Invalid."""
    try:
        minutes = tuple(float(part) for part in text.split(","))
    except ValueError:
        minutes = ()
    rising = sorted(set(minutes))
    if not 0 < len(rising) <= MOST_RINGS or not all(0 < one <= MOST_MINUTES for one in rising):
        raise Invalid(
            f"minutes are up to {MOST_RINGS} numbers up to {MOST_MINUTES:.0f}, such as 1,3,5.",
            field="minutes",
        )
    return tuple(rising)


async def coverage(
    centre: Centre, principal: Principal, minutes: Sequence[float], now: datetime
) -> CoverageShown:
    """The rings of the units that are free now in the rooms a principal sees. Raises NoRoads, NotAllowed, Unavailable."""
    authorise(principal, "unit", "read", ("room",))
    ways = centre.ways
    if ways is None or not ways.are_known:
        raise NoRoads
    ways.turn(now)
    handles = free_on_roads(centre.live, principal.rooms, ms(now), centre.commitments)
    found = await _rings(ways, centre.live, handles, minutes)
    helpers = free_on_roads(centre.live, principal.rooms, ms(now), centre.commitments, AUXILIARY)
    beside = await _rings(ways, centre.live, helpers, minutes[:1]) if helpers else None
    gaps = await asyncio.to_thread(own_ground, centre.reference, found.gaps, principal.rooms)
    return _shown((found, len(handles)), (beside, len(helpers)), gaps, now)


async def _rings(ways: Ways, live: LiveUnits, handles: Sequence[int], minutes: Sequence[float]) -> Rings:
    found = await ways.rings(live.around(0.0, 0.0, Filter(), only=handles), minutes)
    if found is None:
        raise Unavailable("The search for coverage took too long just now; ask again.")
    return found


def free_on_roads(
    live: LiveUnits,
    rooms: frozenset[UUID],
    now_ms: int,
    commitments: Commitments = NO_COMMITMENTS,
    classes: frozenset[str] = REGULAR,
) -> list[int]:
    """The handles of free units of these rooms that go by road, belong to no event and are where they are believed to be."""
    now = EPOCH + timedelta(milliseconds=now_ms)
    which = Filter(states=FREE, rooms=rooms, classes=classes)
    around = live.around(0.0, 0.0, which)
    handles = [
        int(handle)
        for handle, kind in zip(around.handles.tolist(), around.kind.tolist(), strict=True)
        if profile_of(around.kinds[kind], URGENT) is not None
        and not commitments.holds(live.entry(int(handle)).unit_id, now)
    ]
    lost = live.lost(handles, now_ms)
    return [handle for handle, is_lost in zip(handles, lost, strict=True) if not is_lost]


def own_ground(reference: Reference, cells: Iterable[int], rooms: frozenset[UUID]) -> list[int]:
    """Those of these cells whose middle one of the rooms answers for."""
    if reference.rooms.everything <= rooms:
        return list(cells)
    return [cell for cell in cells if reference.owner(*middle(cell)) in rooms]


def _shown(
    found: tuple[Rings, int], beside: tuple[Rings | None, int], gaps: Iterable[int], now: datetime
) -> CoverageShown:
    return CoverageShown(
        computed_at=instant(now), resolution=CELL_RES, units=found[1], rings=_told(found[0]), auxiliaries=beside[1],
        auxiliary=_told(beside[0]) if beside[0] is not None else (),
        gaps=tuple(map(cell_text, gaps)),
    )  # fmt: skip


def _told(found: Rings) -> tuple[RingShown, ...]:
    rings = zip(found.minutes, found.covered, strict=True)
    return tuple(RingShown(minutes, tuple(map(cell_text, cells))) for minutes, cells in rings)
