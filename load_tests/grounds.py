"""The ground of `load_tests.patrols` as a city in the database: 64 stations on a grid, and as many units as one likes."""

from uuid import UUID

from dispatch import places
from dispatch.acts import Principal
from dispatch.desk import shift
from dispatch.desk.roster_shifts import Carried
from dispatch.rooms import Jurisdiction, Room
from dispatch.runtime.acting import Acting
from dispatch.runtime.followers import Followers
from dispatch.runtime.postgres import Pool
from dispatch.work import Actor, Work, work
from geo.areas import Layer
from load_tests.patrols import EAST, NORTH, SOUTH, WEST, Patrols
from tests.harness import town
from units import commands as uc
from units import store as unit_store

SIDE = 8
AT_ONCE = 2_000
CITY = town.CITY
MIDDLE = ((WEST + EAST) / 2, (SOUTH + NORTH) / 2)


def stations() -> list[Room]:
    """Rooms of the grid, row by row from the south-west, under the city's."""
    return [
        Room(
            id=UUID(int=1_000 + n), code=f"s{n}", name_zh=f"{n}所", name_en=f"Station {n}", tier="station", parent_id=CITY
        )
        for n in range(SIDE * SIDE)
    ]  # fmt: skip


def _beats() -> list[Jurisdiction]:
    wide, high = (EAST - WEST) / SIDE, (NORTH - SOUTH) / SIDE
    return [
        Jurisdiction(
            id=UUID(int=2_000 + n), layer=Layer.POLICE, room_id=room.id, name=room.name_zh,
            geometry=town.box(
                WEST + n % SIDE * wide, SOUTH + n // SIDE * high, WEST + (n % SIDE + 1) * wide, SOUTH + (n // SIDE + 1) * high
            ),
        )
        for n, room in enumerate(stations())
    ]  # fmt: skip


def gateway_of(handle: int, gateways: int) -> str:
    """Whose terminals these are: handles go round the gateways."""
    return f"load{handle % gateways}"


async def found(pool: Pool, units: int, on_duty: int, gateways: int) -> None:
    """Put the city into an empty database: units with handles from 1, the first `on_duty` of them logged on."""
    centre = town.centre_without_data()
    rooms = stations()
    everywhere = frozenset({CITY, *(room.id for room in rooms)})
    admin = Actor(
        principal=Principal(
            id="admin", roles=frozenset({"admin", "dispatcher"}), room_id=CITY, rooms=everywhere
        )
    )
    followers = Followers(pool, centre)
    city = Room(id=CITY, code="city", name_zh="市局", name_en="City", tier="city")
    async with work(pool, centre, admin) as w:
        await places.put_rooms(w, [city, *rooms])
        await places.put_jurisdictions(w, _beats())
    await followers.load()
    acting = Acting(pool, centre, lambda: None)
    handles, squares = range(1, units + 1), Patrols(units).in_grid(SIDE).tolist()
    for start in range(0, units, AT_ONCE):
        some = handles[start : start + AT_ONCE]

        async def enter(w: Work, some: range = some) -> dict[str, object]:
            await shift.register_many(w, [(_id(n), _entry(n, rooms[squares[n - 1]], gateways)) for n in some])
            await unit_store.skip_handles(w.conn)
            crews = {_id(n): Carried(crew=("0110",)) for n in some if n <= on_duty}
            if crews:
                await shift.log_on_many(w, crews)
            return {}

        await acting.act(admin, enter)


def _id(handle: int) -> UUID:
    return UUID(int=1_000_000 + handle)


def _entry(handle: int, room: Room, gateways: int) -> uc.Register:
    return uc.Register(
        handle=handle, call_sign=f"{handle}", kind="car", unit_class="regular", room_id=room.id,
        gateway=gateway_of(handle, gateways),
    )  # fmt: skip
