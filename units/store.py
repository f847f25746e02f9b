"""Units and their last fixes in PostgreSQL. The registry's truth is here; where units are now lives in LiveUnits.

Locks on units are taken last, after incidents and assignments.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import numpy as np
from numpy.typing import NDArray

from units.frames import Frame
from units.model import Unit

type Connection = asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]

_CHANGING = (
    "call_sign, kind, class, room_id, duty, duty_until, skills, crew, talk_group, gateway, second_gateway, duty_phone, duty_cause, shift_ends_at, "
    "lent_to, lent_until, vehicle, equipment, beat, patrol, shift_id, standby, version"
)
_UNIT = f"id, handle, {_CHANGING}"
_EXCLUDED = ", ".join(f"excluded.{name}" for name in _CHANGING.split(", "))
UNIT_SAVE = f"""
INSERT INTO unit ({_UNIT}) SELECT {_UNIT} FROM jsonb_populate_recordset(NULL::unit, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_CHANGING}) = ({_EXCLUDED})
"""
UNIT_LOCK = "SELECT to_jsonb(u)::text FROM unit u WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
UNIT_READ = "SELECT to_jsonb(u)::text FROM unit u WHERE id = ANY($1::uuid[]) ORDER BY id"
UNIT_BY_HANDLE = "SELECT to_jsonb(u)::text FROM unit u WHERE handle = $1"
UNITS_ALL = "SELECT to_jsonb(u)::text FROM unit u ORDER BY handle"
HANDLES_DRAW = """
SELECT nextval(pg_get_serial_sequence('unit', 'handle')) FROM generate_series(1, $1::integer)
"""
HANDLES_SKIP = """
SELECT setval(pg_get_serial_sequence('unit', 'handle'), greatest(max(handle), 1)) FROM unit
"""
FIXES_KEEP = """
INSERT INTO unit_last_fix (handle, t, received_at, lon, lat, speed, heading, accuracy)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::double precision[], $5::double precision[],
    $6::real[], $7::real[], $8::real[])
ON CONFLICT (handle) DO UPDATE SET (t, received_at, lon, lat, speed, heading, accuracy) =
    (excluded.t, excluded.received_at, excluded.lon, excluded.lat, excluded.speed, excluded.heading, excluded.accuracy)
WHERE (excluded.t, excluded.received_at) > (unit_last_fix.t, unit_last_fix.received_at)
"""
FIX_RECEIVED = """
SELECT f.received_at FROM unit u JOIN unit_last_fix f ON f.handle = u.handle WHERE u.id = $1
"""
FIXES_READ = """
SELECT handle, t, received_at, lon, lat, speed, heading, accuracy FROM unit_last_fix ORDER BY handle
"""

_unit = msgspec.json.Decoder(Unit)


async def lock_units(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Lock these units in order of id and read them; an unknown id is absent."""
    rows = await conn.fetch(UNIT_LOCK, sorted(set(ids)))
    return {u.id: u for u in (_unit.decode(row[0]) for row in rows)}


async def read_units(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """These units, unlocked."""
    rows = await conn.fetch(UNIT_READ, list(ids))
    return {u.id: u for u in (_unit.decode(row[0]) for row in rows)}


async def unit_by_handle(conn: Connection, handle: int) -> Unit | None:
    """The unit a terminal calls itself by."""
    row = await conn.fetchval(UNIT_BY_HANDLE, handle)
    return None if row is None else _unit.decode(row)


async def all_units(conn: Connection) -> list[Unit]:
    """Every unit of the registry, by handle."""
    return [_unit.decode(row[0]) for row in await conn.fetch(UNITS_ALL)]


async def save_units(conn: Connection, units: Sequence[Unit]) -> None:
    """Write their rows, new or changed; a handle never changes."""
    await conn.execute(UNIT_SAVE, msgspec.json.encode(list(units)).decode())


async def draw_handles(conn: Connection, count: int) -> list[int]:
    """`count` handles that were never used before."""
    return [row[0] for row in await conn.fetch(HANDLES_DRAW, count)]


async def skip_handles(conn: Connection) -> None:
    """Draw no handle again that came in with a unit. Call it under a lock of the registry."""
    await conn.execute(HANDLES_SKIP)


async def keep_fixes(conn: Connection, columns: Sequence[Sequence[Any]]) -> None:
    """Upsert last fixes; columns handle, t ms, received_at ms, lon, lat, speed m/s, heading degree, accuracy m.

    Newest (t, received_at) wins, so that replicas may write in any order.
    """
    await conn.execute(FIXES_KEEP, *columns)


async def last_received(conn: Connection, unit_id: UUID) -> int | None:
    """When the last stored fix of a unit was received (ms), None when it never had one."""
    at: int | None = await conn.fetchval(FIX_RECEIVED, unit_id)
    return at


async def last_fixes(conn: Connection) -> list[tuple[Any, ...]]:
    """Every last fix, in the column order of `keep_fixes`."""
    return [tuple(row) for row in await conn.fetch(FIXES_READ)]


def as_columns(frame: Frame, received_at_ms: NDArray[np.int64]) -> list[list[Any]]:
    """Last fixes as the columns of `keep_fixes`; unknown numbers become NULL."""
    exact: list[NDArray[Any]] = [frame.handle, frame.t_ms, received_at_ms, frame.lon, frame.lat]
    loose = [frame.speed_mps, frame.heading_deg, frame.accuracy_m]
    return [column.tolist() for column in exact] + [
        [None if math.isnan(value) else value for value in column.tolist()] for column in loose
    ]


def as_frame(rows: Sequence[tuple[Any, ...]]) -> tuple[Frame, NDArray[np.int64]]:
    """Rows of `last_fixes` as a frame and its times of receipt, ms."""
    handle, t_ms, received, lon, lat, speed, heading, accuracy = zip(*rows, strict=True)
    loose = [np.array(column, np.float32) for column in (speed, heading, accuracy)]  # None becomes NaN
    frame = Frame(
        np.array(handle, np.uint32), np.array(t_ms, np.int64), np.array(lon), np.array(lat),
        loose[0], loose[1], loose[2],
    )  # fmt: skip
    return frame, np.array(received, np.int64)
