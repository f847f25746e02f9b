"""Who stands where at set times: the fixed positions of a city's areas, manned by the foot patrols of the same room.

A patrol that holds a position begins there; its beat is the streets around.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.seeds.city import SeedUnit, seeded_id
from units.posts import FixedPosition, Turn
from units.weekly import Clock

_DAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When a fixed position is to be held: days as mon-fri, from and to as HH:MM, local time."""

    days: str
    begin: Clock = msgspec.field(name="from")
    end: Clock = msgspec.field(name="to")

    def __post_init__(self) -> None:
        if not set(self.days.split("-")) <= set(_DAYS):
            raise ValueError(f"{self.days!r} are no days; write them as mon-fri")

    @property
    def weekdays(self) -> tuple[int, ...]:
        """1 is Monday."""
        first, _, last = self.days.partition("-")
        return tuple(range(_DAYS[first], _DAYS[last or first] + 1))


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A fixed position 岗 of a room: WGS-84 degrees, and when somebody stands there."""

    room_id: UUID
    name: str
    lon: float
    lat: float
    hours: tuple[Hours, ...] = ()


def manned(posts: Sequence[Post], units: Sequence[SeedUnit]) -> tuple[list[FixedPosition], list[SeedUnit]]:
    """All positions, with turns as far as there are foot patrols, one position each; and the units, those at their posts."""
    free: dict[UUID, list[SeedUnit]] = defaultdict(list)
    for unit in units:
        if unit.kind == "foot" and unit.unit_class == "regular":
            free[unit.room_id].append(unit)
    positions, moved = [], {}
    for number, post in enumerate(posts, start=1):
        waiting = free[post.room_id]
        turns: tuple[Turn, ...] = ()
        if waiting and post.hours:
            unit = waiting.pop(0)
            moved[unit.id] = msgspec.structs.replace(unit, lon=post.lon, lat=post.lat)
            turns = tuple(
                Turn(unit_id=unit.id, days=hours.weekdays, starts=hours.begin, ends=hours.end)
                for hours in post.hours
            )
        code = f"POST-{number:03}"
        positions.append(
            FixedPosition(
                id=seeded_id("fixed position", code), code=code, name=post.name, lon=post.lon, lat=post.lat, turns=turns
            )
        )  # fmt: skip
    return positions, [moved.get(unit.id, unit) for unit in units]
