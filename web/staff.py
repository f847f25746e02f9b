"""The people and seats of a demo: somebody for every role, with made-up names, and seats in every room.

Entered once into a centre that has none; their one password lies with the keys of the data directory.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from dispatch import places
from dispatch.accounts.model import Account
from dispatch.desk.sitting import SeatEntry
from dispatch.rooms import Room, Rooms
from dispatch.runtime.data_dir import DataDir
from dispatch.runtime.staffing import found
from dispatch.seating.model import Kind
from dispatch.seeds.city import seeded_id
from units import store as unit_store
from units.model import Unit
from web.passwords import Passwords, made_password

PASSWORD_FILE = "people.password"  # noqa: S105 - the name of a file
CITY_SEATS: tuple[tuple[str, Kind, int], ...] = (
    ("J", "call_taker", 6), ("D", "dispatcher", 6), ("L", "leader", 2), ("H", "reviewer", 2),
)  # fmt: skip
OTHER_SEATS: tuple[tuple[str, Kind, int], ...] = (("Z", "combined", 2), ("L", "leader", 1))


class DemoPerson(msgspec.Struct, frozen=True):
    """Somebody of a demo, as demo.json tells it."""

    login: str
    name: str
    roles: tuple[str, ...]
    room: str
    unit: str | None = None
    password: str = ""


async def staff(data: DataDir, database_url: str) -> tuple[list[DemoPerson], bool]:
    """Who may sign in, and whether they were entered just now."""
    connection = await asyncpg.connect(database_url)
    try:
        rooms = (await places.load(connection)).rooms
        units = await unit_store.all_units(connection)
    finally:
        await connection.close()
    people = _people(rooms, units)
    password = _password(data)
    ids = {person.login: seeded_id("account", person.login) for person in people}
    hash_ = await Passwords().hash(password)
    by_sign = {unit.call_sign: unit.id for unit in units}
    accounts = [
        Account(
            id=ids[p.login], login=p.login, name=p.name, roles=p.roles, room_id=rooms.by_code[p.room].id,
            unit_id=by_sign[p.unit] if p.unit else None,
        )
        for p in people
    ]  # fmt: skip
    new = await found(database_url, accounts, dict.fromkeys(ids.values(), hash_), _seats(rooms))
    return [msgspec.structs.replace(person, password=password) for person in people], new


def _password(data: DataDir) -> str:
    path = data.secrets / PASSWORD_FILE
    if not path.exists():
        data.write(path, made_password())
    return path.read_text(encoding="utf-8").strip()


def _people(rooms: Rooms, units: Sequence[Unit]) -> list[DemoPerson]:
    root = rooms.root.code
    station = _station(rooms, units)
    people = [
        DemoPerson("calltaker1", "王宁", ("call_taker",), root),
        DemoPerson("dispatcher1", "陈晨", ("dispatcher",), root),
        DemoPerson("dispatcher2", "林岚", ("call_taker", "dispatcher"), root),
        DemoPerson("leader1", "周正", ("dispatcher", "leader"), root),
        DemoPerson("station1", "何苗", ("call_taker", "dispatcher"), station.code),
        DemoPerson("supervisor1", "孙巡", ("supervisor",), station.code),
        DemoPerson("reviewer1", "吴访", ("reviewer",), root),
        DemoPerson("admin1", "郑管", ("admin",), root),
    ]
    crewed = [unit for unit in units if unit.room_id == station.id]
    if crewed:
        sign = min(crewed, key=lambda unit: unit.handle).call_sign
        people.append(DemoPerson("crew1", "赵行", ("unit",), station.code, sign))
    patrol = min((unit for unit in units if unit.is_video_patrol), key=lambda unit: unit.handle, default=None)
    if patrol is not None:
        room = rooms.by_id[patrol.room_id].code
        people.append(DemoPerson("video1", "钱望", ("unit",), room, patrol.call_sign))
    return people


def _station(rooms: Rooms, units: Sequence[Unit]) -> Room:
    """The first room, as they are listed, that has units of its own; the root where none has."""
    manned = {unit.room_id for unit in units}
    below = [room for room in rooms.by_id.values() if room.id in manned and room.parent_id is not None]
    return min(below, key=lambda room: room.code, default=rooms.root)


def _seats(rooms: Rooms) -> list[SeatEntry]:
    return [
        SeatEntry(id=_seat_id(room, code), code=code, room_id=room.id, kind=kind)
        for room in rooms.by_id.values()
        for prefix, kind, count in (CITY_SEATS if room.parent_id is None else OTHER_SEATS)
        for code in (f"{prefix}-{n:02}" for n in range(1, count + 1))
    ]


def _seat_id(room: Room, code: str) -> UUID:
    return seeded_id("seat", room.code, code)
