"""Reference data in PostgreSQL: rooms, jurisdictions, call points, fixed positions, type trees; a fact for each change.

Administrators and the seeding of a city come through the same functions; replicas load anew when a fact says so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.beats import store as beat_store
from dispatch.beats.schedule import BeatSchedule
from dispatch.cameras import store as camera_store
from dispatch.cameras.model import Camera
from dispatch.cards import store as card_store
from dispatch.errors import Invalid
from dispatch.gazetteer.store import follow_call_points
from dispatch.journal import Connection
from dispatch.jurisdictions import store as sets
from dispatch.levels import store as level_store
from dispatch.rooms import (
    CallPoint,
    Jurisdiction,
    PlannedAreas,
    Reference,
    Room,
    Rooms,
    with_lineage,
)
from dispatch.work import Work
from geo.areas import Area, Areas
from incidents.types import TypeTree, load_tree, shipped_file, shipped_tree
from units.posts import FixedPosition

ROOMS_READ = """
SELECT to_jsonb(r)::text FROM room r ORDER BY cardinality(lineage), code
"""
ROOM_SAVE = """
INSERT INTO room (id, code, name_zh, name_en, tier, parent_id, lineage, neighbours, lon, lat, version)
SELECT id, code, name_zh, name_en, tier, parent_id, lineage, neighbours, lon, lat, version
FROM jsonb_populate_recordset(NULL::room, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (code, name_zh, name_en, tier, parent_id, lineage, neighbours, lon, lat, version) =
    (excluded.code, excluded.name_zh, excluded.name_en, excluded.tier, excluded.parent_id, excluded.lineage,
     excluded.neighbours, excluded.lon, excluded.lat, excluded.version)
"""
JURISDICTION_SAVE = """
INSERT INTO jurisdiction (id, layer, room_id, name, geometry, version)
SELECT id, layer, room_id, name, geometry, version FROM jsonb_populate_recordset(NULL::jurisdiction, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (layer, room_id, name, geometry, version) =
    (excluded.layer, excluded.room_id, excluded.name, excluded.geometry, excluded.version)
"""
JURISDICTIONS_DROP = "DELETE FROM jurisdiction WHERE NOT id = ANY($1::uuid[])"
CALL_POINTS_READ = """
SELECT to_jsonb(c)::text FROM (
    SELECT id, code, name, lon, lat, address, cameras, talk_link, camera_links, answering_room_id, silent_after_s, version
    FROM call_point ORDER BY code
) c
"""
CALL_POINT_SAVE = """
INSERT INTO call_point (id, code, name, lon, lat, address, cameras, talk_link, camera_links, answering_room_id,
    silent_after_s, version)
SELECT id, code, name, lon, lat, address, cameras, talk_link, camera_links, answering_room_id, silent_after_s, version
FROM jsonb_populate_recordset(NULL::call_point, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (code, name, lon, lat, address, cameras, talk_link, camera_links, answering_room_id,
    silent_after_s, version) =
    (excluded.code, excluded.name, excluded.lon, excluded.lat, excluded.address, excluded.cameras,
     excluded.talk_link, excluded.camera_links, excluded.answering_room_id, excluded.silent_after_s, excluded.version)
"""
POSITIONS_READ = "SELECT to_jsonb(p)::text FROM fixed_position p ORDER BY code"
POSITION_SAVE = """
INSERT INTO fixed_position (id, code, name, lon, lat, address, turns, version)
SELECT id, code, name, lon, lat, address, turns, version FROM jsonb_populate_recordset(NULL::fixed_position, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (code, name, lon, lat, address, turns, version) =
    (excluded.code, excluded.name, excluded.lon, excluded.lat, excluded.address, excluded.turns, excluded.version)
"""
POSITIONS_DROP = "DELETE FROM fixed_position WHERE NOT id = ANY($1::uuid[])"
POSITIONS_ENDED = """
SELECT id, max(version) FROM journal WHERE noun = 'fixed_position' AND id = ANY($1::uuid[]) GROUP BY id
"""
POSITIONS_LOCK = "LOCK TABLE fixed_position IN SHARE ROW EXCLUSIVE MODE"
POSITIONS_UNITS = "SELECT id FROM unit WHERE id = ANY($1::uuid[])"
ROOMS_LOCK = "LOCK TABLE room IN SHARE ROW EXCLUSIVE MODE"
CALL_POINTS_LOCK = "LOCK TABLE call_point IN SHARE ROW EXCLUSIVE MODE"
UNITS_LOCK = "LOCK TABLE unit IN SHARE ROW EXCLUSIVE MODE"
SEATS_LOCK = "LOCK TABLE seat IN SHARE ROW EXCLUSIVE MODE"
TYPES_LOCK = "LOCK TABLE type_tree IN SHARE ROW EXCLUSIVE MODE"
TYPES_READ = "SELECT version, body::text FROM type_tree ORDER BY version DESC LIMIT 1"
TYPES_ADD = "INSERT INTO type_tree (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"


AREA_SETS = UUID(int=110)
"""Under this id the journal keeps what became of jurisdictions: a version for each set."""


class PutIn(msgspec.Struct, frozen=True, tag_field="fact", tag="put_in"):
    """A set of jurisdictions that takes over at `valid_from`; version: its number."""

    version: int
    valid_from: datetime


class Changed(msgspec.Struct, frozen=True, tag_field="fact", tag="changed"):
    """A piece of reference data is new or different; its row holds what."""

    version: int


async def read_rooms(conn: Connection) -> list[Room]:
    """Every room, the root first."""
    return [msgspec.json.decode(row[0], type=Room) for row in await conn.fetch(ROOMS_READ)]


async def read_jurisdictions(conn: Connection, at: datetime | None = None) -> list[Jurisdiction]:
    """The jurisdictions in force at a moment (None: now), by layer and name."""
    in_force, _ = await sets.standing_sets(conn, at)
    return [] if in_force is None else list(in_force.areas or ())


async def read_call_points(conn: Connection) -> list[CallPoint]:
    """Every call point, by code."""
    return [msgspec.json.decode(row[0], type=CallPoint) for row in await conn.fetch(CALL_POINTS_READ)]


async def read_positions(conn: Connection) -> list[FixedPosition]:
    """Every fixed position, by code."""
    return [msgspec.json.decode(row[0], type=FixedPosition) for row in await conn.fetch(POSITIONS_READ)]


async def read_types(conn: Connection) -> tuple[int, TypeTree]:
    """The newest type tree with its number; (0, the shipped one) while none was put in."""
    row = await conn.fetchrow(TYPES_READ)
    return (0, shipped_tree()) if row is None else (row[0], load_tree(row[1].encode()))


async def read_type_file(conn: Connection) -> tuple[int, bytes]:
    """The newest type tree's file with its number; (0, the shipped one) while none was put in."""
    row = await conn.fetchrow(TYPES_READ)
    return (0, shipped_file()) if row is None else (row[0], row[1].encode())


async def lock(conn: Connection, what: str) -> None:
    """Let nobody else change a list until this act is over; what: a key of `_LOCKS`."""
    await conn.execute(_LOCKS[what])


_LOCKS = {
    "rooms": ROOMS_LOCK,
    "jurisdictions": sets.SETS_LOCK,
    "call-points": CALL_POINTS_LOCK,
    "cameras": camera_store.CAMERAS_LOCK,
    "fixed-positions": POSITIONS_LOCK,
    "beat-schedules": beat_store.SCHEDULES_LOCK,
    "units": UNITS_LOCK,
    "types": TYPES_LOCK,
    "seats": SEATS_LOCK,
}


async def load(conn: Connection, before: Reference | None = None) -> Reference:
    """All reference data as replicas keep it. Sets of jurisdictions never change: those of `before` are used again."""
    rooms = Rooms(await read_rooms(conn))
    call_points = await read_call_points(conn)
    cameras = await camera_store.read_cameras(conn)
    _, types = await read_types(conn)
    known = {} if before is None else {one.number: one.areas for one in before.planned}
    if before is not None and before.areas_number is not None:
        known[before.areas_number] = before.areas
    in_force, planned = await sets.standing_sets(conn, None, known)

    def drawn(one: sets.AreaSet) -> Areas:
        return known[one.number] if one.areas is None else _areas(one.areas)

    return Reference(
        rooms=rooms,
        areas=_areas(()) if in_force is None else drawn(in_force),
        areas_number=None if in_force is None else in_force.number,
        planned=tuple(PlannedAreas(one.number, one.valid_from, drawn(one)) for one in planned),
        call_points={point.id: point for point in call_points},
        call_points_by_code={point.code: point for point in call_points},
        types=types,
        positions=tuple(await read_positions(conn)),
        schedules=tuple(await beat_store.read(conn)),
        cards=await card_store.read_set(conn, types),
        board=await level_store.read_board(conn),
        cameras={camera.id: camera for camera in cameras},
        cameras_by_code={camera.code: camera for camera in cameras},
    )


def _areas(jurisdictions: Iterable[Jurisdiction]) -> Areas:
    return Areas([Area.from_geojson(j.room_id, j.layer, j.geometry) for j in jurisdictions])


def _fresh[T: (Room, CallPoint, Jurisdiction, FixedPosition, BeatSchedule, Camera)](
    new: Sequence[T], old: Sequence[T]
) -> list[T]:
    """Those that differ from what stands, each with the next version."""
    known = {row.id: row for row in old}
    fresh: list[T] = []
    for row in new:
        before = known.get(row.id)
        if before is None:
            fresh.append(msgspec.structs.replace(row, version=1))
        elif msgspec.structs.replace(row, version=before.version) != before:
            fresh.append(msgspec.structs.replace(row, version=before.version + 1))
    return fresh


async def put_rooms(w: Work, rooms: Sequence[Room]) -> list[Room]:
    """Put in the whole tree of rooms; a room that stands is changed, none is ever removed. Raises Invalid."""
    standing = await read_rooms(w.conn)
    missing = {room.id for room in standing} - {room.id for room in rooms}
    if missing:
        codes = ", ".join(room.code for room in standing if room.id in missing)
        raise Invalid(f"Rooms cannot be removed, only renamed; the list lacks {codes}.", field="items")
    fresh: list[Room] = _fresh(with_lineage(rooms), standing)
    top_down: list[Room] = sorted(fresh, key=lambda room: len(room.lineage))
    await w.conn.execute(ROOM_SAVE, _rows(top_down))
    _note(w, "room", fresh)
    return await read_rooms(w.conn)


async def put_jurisdictions(
    w: Work, jurisdictions: Sequence[Jurisdiction], valid_from: datetime | None = None
) -> list[Jurisdiction]:
    """Put in all jurisdictions at once, as the next set: from now on, or from a moment to come; those not named end then.

    What is put in for now leaves alone what is planned. The set in force when this act is over. Raises Invalid or
    geo.errors.BadArea.
    """
    rooms = {room.id for room in await read_rooms(w.conn)}
    for one in jurisdictions:
        if one.room_id not in rooms:
            raise Invalid(f"Jurisdiction {one.name} names a room that does not exist.", field="room_id")
    if valid_from is not None and valid_from <= w.now:
        raise Invalid(
            "Jurisdictions take over at a moment to come; leave valid_from out to let them do so now.",
            field="valid_from",
        )
    _areas(jurisdictions)
    await sets.lock_sets(w.conn)
    standing = await read_jurisdictions(w.conn, w.now)
    rows = _renewed(jurisdictions, standing)
    if valid_from is None and rows == standing:
        return standing
    number = await sets.newest_number(w.conn) + 1
    await sets.add_set(w.conn, number, valid_from or w.now, w.now, w.principal.id, rows)
    w.append("jurisdiction", AREA_SETS, number, None, PutIn(version=number, valid_from=valid_from or w.now))
    if valid_from is not None:
        return standing
    await w.conn.execute(JURISDICTIONS_DROP, [one.id for one in rows])
    await w.conn.execute(JURISDICTION_SAVE, _rows(rows))
    return rows


def _renewed(new: Sequence[Jurisdiction], old: Sequence[Jurisdiction]) -> list[Jurisdiction]:
    """All of them in the order they are shown, each with the version it has by what stood."""
    fresh = {row.id: row for row in _fresh(new, old)}
    known = {row.id: row for row in old}
    rows = [fresh.get(row.id) or known[row.id] for row in new]
    return sorted(rows, key=lambda row: (row.layer, row.name, row.id))


async def put_call_points(w: Work, call_points: Sequence[CallPoint]) -> list[CallPoint]:
    """Put in call points, new or changed; those that are not named stay. Raises Invalid."""
    codes: dict[str, UUID] = {}
    for point in call_points:
        if codes.setdefault(point.code, point.id) != point.id:
            raise Invalid(f"The call point code {point.code} is given twice.", field="code")
    rooms = {room.id for room in await read_rooms(w.conn)}
    for point in call_points:
        if point.answering_room_id is not None and point.answering_room_id not in rooms:
            raise Invalid(
                f"Call point {point.code} is answered by a room that does not exist.",
                field="answering_room_id",
            )
    fresh = _fresh(call_points, await read_call_points(w.conn))
    await w.conn.execute(CALL_POINT_SAVE, _rows(fresh))
    _note(w, "call_point", fresh)
    now = await read_call_points(w.conn)
    if fresh:
        await follow_call_points(w, now)
    return now


async def put_cameras(w: Work, cameras: Sequence[Camera]) -> list[Camera]:
    """Put in cameras, new or changed; those that are not named stay. Raises Invalid."""
    standing = await camera_store.read_cameras(w.conn)
    codes = {camera.code: camera.id for camera in standing}
    for camera in cameras:
        if codes.setdefault(camera.code, camera.id) != camera.id:
            raise Invalid(f"The camera code {camera.code} is given twice.", field="code")
        if camera.beat is not None and w.centre.beats.of_code(camera.beat) is None:
            raise Invalid(f"There is no beat {camera.beat!r}; GET /api/v1/beats lists them.", field="beat")
    fresh = _fresh(cameras, standing)
    await camera_store.save_cameras(w.conn, fresh)
    _note(w, "camera", fresh)
    return await camera_store.read_cameras(w.conn)


async def put_positions(w: Work, positions: Sequence[FixedPosition]) -> list[FixedPosition]:
    """Put in all fixed positions with their turns at once; those that are not named end. Raises Invalid."""
    codes: dict[str, UUID] = {}
    for one in positions:
        if codes.setdefault(one.code, one.id) != one.id:
            raise Invalid(f"The code {one.code} of a fixed position is given twice.", field="code")
    named = {turn.unit_id for one in positions for turn in one.turns}
    known = {row[0] for row in await w.conn.fetch(POSITIONS_UNITS, list(named))}
    if unknown := sorted(named - known):
        raise Invalid(f"There is no unit {unknown[0]} to stand at a fixed position.", field="unit_id")
    standing = await read_positions(w.conn)
    fresh = _fresh(positions, standing)
    new = {one.id for one in fresh} - {one.id for one in standing}
    ended_at = {row[0]: row[1] for row in await w.conn.fetch(POSITIONS_ENDED, list(new))}  # one may come back
    fresh = [msgspec.structs.replace(o, version=ended_at.get(o.id, o.version - 1) + 1) for o in fresh]
    await w.conn.execute(POSITIONS_DROP, [one.id for one in positions])
    await w.conn.execute(POSITION_SAVE, _rows(fresh))
    gone = {one.id for one in standing} - {one.id for one in positions}
    ended = [msgspec.structs.replace(o, version=o.version + 1) for o in standing if o.id in gone]
    _note(w, "fixed_position", [*fresh, *ended])
    return await read_positions(w.conn)


async def put_schedules(w: Work, schedules: Sequence[BeatSchedule]) -> list[BeatSchedule]:
    """Put in the schedules of all beats at once; those that are not named end. Raises Invalid."""
    codes: dict[str, UUID] = {}
    for one in schedules:
        if codes.setdefault(one.code, one.id) != one.id:
            raise Invalid(f"Beat {one.code} is given twice.", field="code")
        if w.centre.beats.of_code(one.code) is None:
            raise Invalid(f"There is no beat {one.code!r}; GET /api/v1/beats lists them.", field="code")
    standing = await beat_store.read(w.conn)
    fresh = _fresh(schedules, standing)
    new = {one.id for one in fresh} - {one.id for one in standing}
    ended_at = await beat_store.last_versions(w.conn, list(new))
    fresh = [msgspec.structs.replace(o, version=ended_at.get(o.id, o.version - 1) + 1) for o in fresh]
    gone = {one.id for one in standing} - {one.id for one in schedules}
    ended = [msgspec.structs.replace(o, version=o.version + 1) for o in standing if o.id in gone]
    await beat_store.write(w.conn, fresh, [one.id for one in schedules])
    _note(w, "beat_schedule", [*fresh, *ended])
    return await beat_store.read(w.conn)


async def put_types(w: Work, file: bytes) -> tuple[int, TypeTree]:
    """Put in a type tree as the next version. Raises incidents.type_file.TypeTreeRefused naming every fault."""
    tree = load_tree(file)
    number, _ = await read_types(w.conn)
    await w.conn.execute(TYPES_ADD, number + 1, file.decode(), w.now)
    w.append("type_tree", UUID(int=110), number + 1, None, Changed(version=number + 1))
    return number + 1, tree


def _rows(structs: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(list(structs)).decode()


def _note(w: Work, noun: str, rows: Sequence[Any]) -> None:
    for row in rows:
        w.append(noun, row.id, row.version, None, Changed(version=row.version))
