"""Which cameras stand around a place, the nearest first, and how that is said to whoever is asked to look through them.

Asked when a dispatcher looks for eyes on an incident, and when a video patrol is ordered to look. Pure.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dispatch.cameras.model import Camera
from dispatch.rules import Phrase
from geo.coordinates import distance_m

WITHIN_M = 300
AT_MOST = 8
SAID = 3
"""So many cameras are said in words."""


class Near(NamedTuple):
    """A camera and how far it stands from the place, metres."""

    camera: Camera
    distance_m: float


def around(cameras: Iterable[Camera], lon: float, lat: float, within_m: float = WITHIN_M) -> list[Near]:
    """The nearest cameras of those that stand within so many metres."""
    found = (Near(one, distance_m(lon, lat, one.lon, one.lat)) for one in cameras)
    near = [one for one in found if one.distance_m <= within_m]
    return sorted(near, key=lambda one: (one.distance_m, one.camera.code))[:AT_MOST]


def said(near: list[Near], within_m: float = WITHIN_M) -> Phrase:
    """What a video patrol is asked to look through."""
    if not near:
        return Phrase(zh=f"{within_m:.0f}米内没有摄像机", en=f"no camera within {within_m:.0f} m")
    named = [f"{one.camera.name} {one.distance_m:.0f} m" for one in near[:SAID]]
    return Phrase(zh=f"查看摄像机：{'、'.join(named)}", en=f"look through: {', '.join(named)}")
