"""A town small enough to think about: one city room, two stations side by side, four units, two call points.

  +-----------------+-----------------+  22.56
  |  north (N)      |   south (S)     |
  |   N1 car        |   S1 car        |
  |   N2 foot       |   S2 motorcycle |
  +-----------------+-----------------+  22.52
114.00            114.05            114.10
"""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from dispatch import places
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.cities import activating
from dispatch.desk import intake, reports, shift
from dispatch.rooms import CallPoint, Jurisdiction, Room
from dispatch.runtime.acting import Acting
from dispatch.runtime.followers import Followers
from dispatch.runtime.postgres import Pool
from dispatch.seeds.city import City
from dispatch.work import Actor, Work, work
from geo.areas import Layer
from geo.atlas import read_manifest
from incidents.sealing import Seal
from units import commands as uc
from units import store as unit_store
from units.live import LiveUnits
from units.model import UnitKind

CITY, NORTH, SOUTH = UUID(int=1), UUID(int=2), UUID(int=3)
N1, N2, S1, S2 = UUID(int=11), UUID(int=12), UUID(int=21), UUID(int=22)
POINT_N, POINT_S = UUID(int=31), UUID(int=32)
ROOMS = (
    Room(id=CITY, code="city", name_zh="市局", name_en="City", tier="city"),
    Room(id=NORTH, code="north", name_zh="北所", name_en="North", tier="station", parent_id=CITY),
    Room(id=SOUTH, code="south", name_zh="南所", name_en="South", tier="station", parent_id=CITY),
)


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """A GeoJSON rectangle."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


JURISDICTIONS = (
    Jurisdiction(id=UUID(int=41), layer=Layer.POLICE, room_id=NORTH, name="北", geometry=box(114.0, 22.52, 114.05, 22.56)),
    Jurisdiction(id=UUID(int=42), layer=Layer.POLICE, room_id=SOUTH, name="南", geometry=box(114.05, 22.52, 114.1, 22.56)),
)  # fmt: skip
CALL_POINTS = (
    CallPoint(id=POINT_N, code="CP-N", name="北门", lon=114.02, lat=22.54, address="北门广场"),
    CallPoint(id=POINT_S, code="CP-S", name="南门", lon=114.08, lat=22.54, address="南门广场"),
)
UNITS: dict[UUID, tuple[str, UnitKind, UUID]] = {
    N1: ("118", "car", NORTH),
    N2: ("119", "foot", NORTH),
    S1: ("218", "car", SOUTH),
    S2: ("219", "motorcycle", SOUTH),
}


class Town:
    """The town with one replica's Centre; `do` carries out an act as somebody and keeps the replica's knowledge true."""

    def __init__(self, pool: Pool, centre: Centre) -> None:
        self.pool = pool
        self.centre = centre
        self.acting = Acting(pool, centre, lambda: None)
        self.followers = Followers(pool, centre)

    def somebody(self, *roles: str, room: UUID = CITY, name: str | None = None) -> Principal:
        """A principal of a room."""
        return Principal(
            id=name or f"{'+'.join(roles)}@{room.int}", roles=frozenset(roles), room_id=room,
            rooms=self.centre.reference.rooms.subtree(room),
        )  # fmt: skip

    def unit(self, unit_id: UUID) -> Principal:
        """A unit's own terminal."""
        return Principal(id=f"unit:{unit_id.int}", roles=frozenset({"unit"}), unit_id=unit_id)

    async def do[T](self, who: Principal, act: Callable[[Work], Awaitable[T]], **how: Any) -> T:
        """Carry out one act in a transaction of its own."""
        made: list[T] = []

        async def kept(w: Work) -> dict[str, Any]:
            made.append(await act(w))
            return {}

        await self.acting.act(Actor(principal=who, **how), kept)
        return made[-1]

    async def activate(self, bundle: Path) -> None:
        """Serve the geography of this bundle from now on; rooms and jurisdictions stay the town's."""
        manifest = read_manifest(bundle)
        itself = City(
            name_zh="小镇", name_en="Town", zone=manifest.zone, rooms=ROOMS, jurisdictions=JURISDICTIONS,
            call_points=CALL_POINTS, units=(),
        )  # fmt: skip
        who = self.somebody("admin")
        assert await self.do(who, lambda w: activating.activate(w, manifest, itself))

    async def report(self, who: Principal, command: reports.ReportAlarm, **how: Any) -> intake.Reported:
        """Report one alarm; raises what it is refused with."""
        report = reports.prepare(self.centre, command, Actor(principal=who, **how))
        async with work(self.pool, self.centre, report.actor) as w:
            outcome = (await intake.report_many(w, [report]))[0]
        if isinstance(outcome, Exception):
            raise outcome
        assert outcome is not None
        return outcome


def centre_without_data() -> Centre:
    """A Centre before anything was put in."""
    from dispatch.rooms import Reference, Rooms
    from geo.areas import Areas
    from incidents.types import shipped_tree

    nothing = Reference(Rooms([]), Areas([]), {}, {}, shipped_tree())
    return Centre(nothing, Seal(bytes(range(32))), LiveUnits(), ZoneInfo("Asia/Shanghai"))


async def build(pool: Pool, duty: Iterable[UUID] = (N1, N2, S1, S2)) -> Town:
    """Put the town into an empty database; the units in `duty` are logged on."""
    centre = centre_without_data()
    town = Town(pool, centre)
    admin = Principal(
        id="admin", roles=frozenset({"admin"}), room_id=CITY, rooms=frozenset({CITY, NORTH, SOUTH})
    )

    async def put(w: Work) -> None:
        await places.put_rooms(w, ROOMS)
        await places.put_jurisdictions(w, JURISDICTIONS)
        await places.put_call_points(w, CALL_POINTS)

    await town.do(admin, put)
    await town.followers.load()

    async def register(w: Work) -> None:
        entries = [
            (id_, uc.Register(handle=id_.int, call_sign=sign, kind=kind, unit_class="regular", room_id=room, gateway="sim"))
            for id_, (sign, kind, room) in UNITS.items()
        ]  # fmt: skip
        await shift.register_many(w, entries)
        await unit_store.skip_handles(w.conn)

    await town.do(admin, register)
    boss = town.somebody("dispatcher")
    for unit_id in duty:
        await town.do(boss, lambda w, unit_id=unit_id: shift.log_on(w, unit_id, ("0110",)))  # type: ignore[misc]
    await town.followers.load()
    return town


def new_id() -> UUID:
    """A fresh UUIDv7."""
    made: UUID = uuid7()
    return made
