"""Who of a seeded city walks which beat, with which vehicle, and when beats should be walked: so that a demo begins as a day goes on.

Beats of a room are given to its patrols in turn; where there are more beats than patrols, some lie uncovered, as they do.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from dispatch.beats.schedule import BeatHours, BeatSchedule
from dispatch.cities.beats import Beat, Beats
from dispatch.desk.roster_shifts import Carried
from dispatch.seeds.city import City, SeedUnit, seeded_id

_PATROLS = frozenset({"car", "motorcycle", "foot"})
_ALL_DAY = BeatHours(days=(1, 2, 3, 4, 5, 6, 7), starts="00:00", ends="00:00")


def beats_of(city: City) -> Beats:
    """The beats of a city as replicas know them."""
    codes = {room.id: room.code for room in city.rooms}
    return Beats((Beat(one.code, one.name, codes[one.room_id]), one.geometry) for one in city.beats)


def schedules_of(city: City) -> list[BeatSchedule]:
    """Every beat is to be walked at any hour."""
    return [
        BeatSchedule(id=seeded_id("beat schedule", one.code), code=one.code, hours=(_ALL_DAY,))
        for one in city.beats
    ]


def carried_by(city: City) -> dict[UUID, Carried]:
    """What each unit says at its first log-on."""
    waiting: dict[UUID, list[str]] = defaultdict(list)
    for one in city.beats:
        waiting[one.room_id].append(one.code)
    plates = _plates(city.units)
    found = {}
    for unit in city.units:
        patrols = unit.kind in _PATROLS and unit.unit_class == "regular"
        beat = waiting[unit.room_id].pop(0) if patrols and waiting[unit.room_id] else None
        found[unit.id] = Carried(crew=unit.crew, vehicle=plates.get(unit.id), beat=beat)
    return found


def _plates(units: Iterable[SeedUnit]) -> dict[UUID, str]:
    """Invented plates of a province that there is not."""
    driven = [unit for unit in units if unit.kind in {"car", "motorcycle"}]
    return {unit.id: f"湾A{number:04}警" for number, unit in enumerate(driven, start=1)}
