"""Who is counted in coverage: free, regular, on a road, and where it is believed to be; nobody of another room."""

from uuid import UUID

from dispatch.covering import free_on_roads
from tests.harness import patrols as p
from units.answers import Limits
from units.live import LiveUnits
from units.roll import Entry

HOME, OTHER = p.ROOMS[0], p.ROOMS[1]
LOST_MS = Limits().lost_after_ms


def test_only_who_could_go_by_road_now_is_counted() -> None:
    live = LiveUnits(capacity=8)
    units = [
        ("car", "regular", HOME, "available"),
        ("foot", "regular", HOME, "available"),
        ("drone", "regular", HOME, "available"),
        ("car", "auxiliary", HOME, "available"),
        ("car", "regular", OTHER, "available"),
        ("car", "regular", HOME, "on_scene"),
        ("car", "regular", HOME, "available"),
        ("car", "regular", HOME, "available"),
    ]
    for n, (kind, unit_class, room, state) in enumerate(units, 1):
        live.register(Entry(n, UUID(int=n), kind, unit_class, room, state=state))
    live.apply(p.frame([7], [114.0], [22.6], p.NOW_MS), p.NOW_MS)
    later = p.NOW_MS + LOST_MS + 1
    live.apply(p.frame([1, 2, 3, 4, 5, 6], [114.0] * 6, [22.6] * 6, later), later)
    assert free_on_roads(live, frozenset({HOME}), later) == [1, 2], "7 is lost, 8 was never seen"
