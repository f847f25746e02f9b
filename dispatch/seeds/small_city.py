"""The small city of a demo without a bundle: about 15 × 12 km, a city room, three districts, fifteen stations.

The same seed gives the same city, unit for unit. The living city on real roads replaces it where a bundle is given.
"""

from collections.abc import Iterable
from random import Random
from uuid import UUID

import msgspec

from dispatch.rooms import CallPoint, Jurisdiction, Room
from dispatch.seeds import names
from dispatch.seeds.city import City, SeedUnit, seeded_id
from dispatch.seeds.lattice import Box, Cell, Lattice
from geo.areas import Layer
from units.model import UnitClass, UnitKind

BOX = Box(113.977, 22.496, 114.123, 22.604)
COLUMNS, ROWS = 5, 3
DISTRICT_OF_COLUMN = (0, 0, 1, 2, 2)
CALL_POINTS_A_STATION = 3
ZONE = "Asia/Shanghai"


class _Sort(msgspec.Struct, frozen=True):
    """One sort of unit: how its call sign begins, what it is, how many in a hundred, its crew and possible skills."""

    sign: str
    kind: UnitKind
    unit_class: UnitClass
    share: int
    crew: int
    always: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


# Every station begins with the patrol car, and a hundred units come out in these shares. Video seats have no position.
_SORTS = (
    _Sort("巡", "car", "regular", 46, 2, ("firearms",), ("first_aid", "shield", "negotiation", "forensics")),
    _Sort("交", "car", "regular", 8, 2, ("traffic",), ("first_aid",)),
    _Sort("铁骑", "motorcycle", "regular", 16, 1, ("traffic",), ("first_aid",)),
    _Sort("步", "foot", "regular", 12, 2, ("mediation",), ("first_aid", "negotiation")),
    _Sort("特", "car", "regular", 4, 4, ("firearms", "shield"), ("bomb", "negotiation")),
    _Sort("带班", "car", "regular", 3, 1, ("supervisor", "firearms"), ("negotiation",)),
    _Sort("船", "boat", "regular", 2, 3, ("water_rescue",), ("first_aid",)),
    _Sort("机", "drone", "regular", 2, 1),
    _Sort("视", "video", "regular", 2, 1),
    _Sort("群防", "foot", "auxiliary", 5, 2, (), ("first_aid", "mediation")),
)
_SOMETIMES = 0.3


def small_city(seed: int, unit_count: int, gateway: str | None = None) -> City:
    """The city of this seed with `unit_count` units, whose terminals hang on `gateway`.

    At least four fifths of the units are positioned; the others are video seats.
    """
    rng = Random(seed)
    cells = Lattice(BOX, COLUMNS, ROWS, rng).cells()
    rooms = _rooms(cells)
    stations = {cell: rooms[-len(cells) + place] for place, cell in enumerate(cells)}
    return City(
        name_zh=names.CITY.zh,
        name_en=names.CITY.en,
        zone=ZONE,
        rooms=rooms,
        jurisdictions=[_jurisdiction(cell, station) for cell, station in stations.items()],
        call_points=list(_call_points(stations, rng)),
        units=list(_units(stations, unit_count, gateway, rng)),
    )


def point_inside(cell: Cell, rng: Random) -> tuple[float, float]:
    """A place in the cell, lon and lat: in one of the triangles between its middle and its border, which it can see."""
    corner = rng.randrange(len(cell.ring) - 1)
    (lon1, lat1), (lon2, lat2) = cell.ring[corner], cell.ring[corner + 1]
    out, across = 0.96 * rng.random() ** 0.5, rng.random()
    return (
        round(cell.middle.lon + out * (lon1 + across * (lon2 - lon1) - cell.middle.lon), 6),
        round(cell.middle.lat + out * (lat1 + across * (lat2 - lat1) - cell.middle.lat), 6),
    )


def address_at(rng: Random) -> str:
    """An address as a caller says it."""
    road, landmark = rng.choice(names.ROADS), rng.choice(names.LANDMARKS)
    return f"{road.zh}{rng.randrange(1, 400)}号{landmark.zh}"


def _rooms(cells: list[Cell]) -> list[Room]:
    city = Room(
        id=seeded_id("room", "RH"), code="RH", tier="city",
        name_zh=f"{names.CITY.zh}公安局指挥中心", name_en=f"{names.CITY.en} Command Centre",
        lon=(BOX.west + BOX.east) / 2, lat=(BOX.south + BOX.north) / 2,
    )  # fmt: skip
    districts = [
        Room(
            id=seeded_id("room", code), code=code, tier="district", parent_id=city.id,
            name_zh=f"{name.zh}分局指挥中心", name_en=f"{name.en} District Room",
        )
        for code, name in zip(("RH1", "RH2", "RH3"), names.DISTRICTS, strict=True)
    ]  # fmt: skip
    stations = [_station(cells, place, districts) for place in range(len(cells))]
    return [city, *districts, *stations]


def _station(cells: list[Cell], place: int, districts: list[Room]) -> Room:
    cell, name = cells[place], names.STATIONS[place]
    district = districts[DISTRICT_OF_COLUMN[cell.column]]
    beside = [
        other for other, c in enumerate(cells)
        if other != place and abs(c.column - cell.column) <= 1 and abs(c.row - cell.row) <= 1
    ]  # fmt: skip
    return Room(
        id=seeded_id("room", _station_code(cells, place)),
        code=_station_code(cells, place),
        tier="station",
        parent_id=district.id,
        name_zh=f"{name.zh}派出所勤务指挥室",
        name_en=f"{name.en} Station",
        neighbours=tuple(seeded_id("room", _station_code(cells, other)) for other in beside),
        lon=round(cell.middle.lon, 6),
        lat=round(cell.middle.lat, 6),
    )


def _station_code(cells: list[Cell], place: int) -> str:
    return f"RH{DISTRICT_OF_COLUMN[cells[place].column] + 1}{place + 1:02}"


def _jurisdiction(cell: Cell, station: Room) -> Jurisdiction:
    return Jurisdiction(
        id=seeded_id("jurisdiction", station.code),
        layer=Layer.POLICE,
        room_id=station.id,
        name=station.name_zh.removesuffix("勤务指挥室") + "辖区",
        geometry={"type": "Polygon", "coordinates": [[list(corner) for corner in cell.ring]]},
    )


def _call_points(stations: dict[Cell, Room], rng: Random) -> Iterable[CallPoint]:
    for cell, station in stations.items():
        for number in range(1, CALL_POINTS_A_STATION + 1):
            lon, lat = point_inside(cell, rng)
            code = f"{station.code}-CP{number}"
            site = rng.choice(names.CALL_POINT_SITES)
            short = station.name_zh.removesuffix("派出所勤务指挥室")
            yield CallPoint(
                id=seeded_id("call point", code), code=code, name=f"{short}{site.zh}一键报警点", lon=lon, lat=lat,
                address=address_at(rng), cameras=(f"{code}-CAM1", f"{code}-CAM2"), talk_link=f"sip:{code.lower()}@talk.invalid",
            )  # fmt: skip


def _units(stations: dict[Cell, Room], count: int, gateway: str | None, rng: Random) -> Iterable[SeedUnit]:
    cells = list(stations)
    numbers: dict[tuple[UUID, str], int] = {}
    for serial, sort in enumerate(_sorts(count), start=1):
        cell = _beat(cells, sort, serial)
        station = stations[cell]
        number = numbers[station.id, sort.sign] = numbers.get((station.id, sort.sign), 0) + 1
        short = station.name_zh.removesuffix("派出所勤务指挥室")
        lon, lat = point_inside(cell, rng)
        positioned = sort.kind != "video"
        more = (skill for skill in sort.sometimes if rng.random() < _SOMETIMES)
        yield SeedUnit(
            id=seeded_id("unit", station.code, sort.sign, str(number)),
            call_sign=f"{short}{sort.sign}{number:02}",
            kind=sort.kind,
            unit_class=sort.unit_class,
            room_id=station.id,
            skills=tuple(sorted({*sort.always, *more})),
            crew=tuple(f"{serial:05}{seat}" for seat in range(1, sort.crew + 1)),
            talk_group=f"{station.code}-1",
            gateway=gateway if positioned else None,
            lon=lon if positioned else None,
            lat=lat if positioned else None,
        )


def _sorts(count: int) -> Iterable[_Sort]:
    """So many sorts that each has come in its share at any time, the commonest first."""
    given = dict.fromkeys(range(len(_SORTS)), 0)
    for done in range(1, count + 1):
        # Whose share is furthest behind is next; ties go to the commoner sort.
        place = max(given, key=lambda p: (_SORTS[p].share * done - 100 * given[p], -p))
        given[place] += 1
        yield _SORTS[place]


def _beat(cells: list[Cell], sort: _Sort, serial: int) -> Cell:
    """Boats lie in the southern row; all others go round the stations."""
    possible = [cell for cell in cells if cell.row == 0] if sort.kind == "boat" else cells
    return possible[(serial - 1) % len(possible)]
