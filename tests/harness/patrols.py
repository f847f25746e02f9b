"""Units, fixes and frames for tests of the live index: small builders, no clock, no chance of their own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import distances_m
from units.frames import Frame
from units.live import LiveUnits
from units.roll import Entry, Filter

NOW_MS = 1_790_000_000_000
ROOMS = tuple(UUID(int=number) for number in range(1, 6))
KINDS = ("car", "motorcycle", "foot")
STATES = ("available", "busy", "on_scene")
SKILLS = (frozenset[str](), frozenset({"dog"}), frozenset({"dog", "water"}))


def entry(handle: int) -> Entry:
    """A unit whose room, kind, state, skills and lending follow from its handle."""
    return Entry(
        handle,
        UUID(int=handle),
        KINDS[handle % 3],
        "auxiliary" if handle % 11 == 0 else "regular",
        ROOMS[handle % 5],
        SKILLS[handle % 7 % 3],
        STATES[handle % 4 % 3],
        lent_to=ROOMS[handle % 3] if handle % 7 == 0 else None,
    )


def index_of(handles: Sequence[int]) -> LiveUnits:
    """A live index in which these units are registered and none has been seen."""
    live = LiveUnits(capacity=4)
    for handle in handles:
        live.register(entry(handle))
    return live


def frame(
    handles: Sequence[int] | NDArray[Any],
    lon: Sequence[float] | NDArray[Any],
    lat: Sequence[float] | NDArray[Any],
    t_ms: int | Sequence[int] = NOW_MS,
    speed_mps: float = 10.0,
) -> Frame:
    """A frame of these fixes with heading 90 and 5 m accuracy. speed_mps: 0 for who is seen at one place again and again, or it is doubted."""
    rows = len(handles)
    return Frame(
        np.array(handles, np.uint32),
        np.broadcast_to(np.array(t_ms, np.int64), (rows,)).copy(),
        np.array(lon, np.float64),
        np.array(lat, np.float64),
        np.full(rows, speed_mps, np.float32),
        np.full(rows, 90.0, np.float32),
        np.full(rows, 5.0, np.float32),
    )


def passes(unit: Entry, which: Filter) -> bool:
    """The filter, said again as plainly as possible."""
    return (
        (which.states is None or unit.state in which.states)
        and (which.kinds is None or unit.kind in which.kinds)
        and (which.classes is None or unit.unit_class in which.classes)
        and which.skills <= unit.skills
        and (which.rooms is None or bool({unit.room_id, unit.lent_to} & which.rooms))
        and (which.ordered_by is None or (unit.lent_to or unit.room_id) in which.ordered_by)
        and unit.handle not in which.exclude
    )


def everybody_by_distance(
    where: dict[int, tuple[float, float]], lon: float, lat: float, which: Filter
) -> list[tuple[int, float]]:
    """Brute force: (handle, geodesic metres) of all units that pass, nearest first, equal ones by handle."""
    handles = [handle for handle in where if passes(entry(handle), which)]
    if not handles:
        return []
    places = np.array([where[handle] for handle in handles])
    metres = distances_m(lon, lat, places[:, 0], places[:, 1])
    return sorted(zip(handles, metres.tolist(), strict=True), key=lambda unit: (unit[1], unit[0]))
