"""The registry of units at the door: who may be ordered, as a whole list in and out.

A unit keeps its handle for ever; shift, duty and crew are no reference data and stay as they are.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, put
from litestar.params import JSONBody
from uuid_utils.compat import uuid7

from dispatch.acts import authorise
from dispatch.desk import shift
from dispatch.errors import Invalid
from dispatch.work import Work
from units import store as unit_store
from units.commands import Register
from units.model import Unit
from web.acting import Asked, perform, runtime_of, version_read
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE, begin, etag, no_twins, unchanged
from web.schemas import Items, Put, UnitEntry


@get("/admin/units", opt=READ, tags=TAGS)
async def read_units(request: Asked) -> Response[Items[UnitEntry]]:
    """Every unit of the registry, by handle."""
    authorise(request.user, "reference", "read")
    return await _listed(request)


async def _listed(request: Asked) -> Response[Items[UnitEntry]]:
    async with runtime_of(request).pool.acquire() as conn:
        units = await unit_store.all_units(conn)
    return Response(Items([_entry(unit) for unit in units]), headers={"ETag": f'"{etag(units)}"'})


def _entry(unit: Unit) -> UnitEntry:
    return UnitEntry(
        id=unit.id,
        handle=unit.handle,
        call_sign=unit.call_sign,
        kind=unit.kind,
        unit_class=unit.unit_class,
        room_id=unit.room_id,
        skills=unit.skills,
        talk_group=unit.talk_group,
        gateway=unit.gateway,
        second_gateway=unit.second_gateway,
        duty_phone=unit.duty_phone,
        version=unit.version,
    )


@put("/admin/units", opt=WRITE, tags=TAGS, request_max_body_size=LIST_BYTES)
async def put_units(request: Asked, data: JSONBody[Put[UnitEntry]]) -> Response[Items[UnitEntry]]:
    """Enter units, new or changed; those left out stay."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "units")
        standing = await unit_store.all_units(w.conn)
        unchanged("units", read, standing)
        await shift.register_many(w, await _entries(w, data.items, standing))
        await unit_store.skip_handles(w.conn)
        return {}

    await perform(request, data, do)
    return await _listed(request)


async def _entries(
    w: Work, items: Sequence[UnitEntry], standing: Sequence[Unit]
) -> list[tuple[UUID, Register]]:
    """Ids and handles for those who have none. Raises Invalid for a twin or a handle that would change hands."""
    by_sign = {unit.call_sign: unit for unit in standing}
    by_id = {unit.id: unit for unit in standing}
    known = [by_id.get(row.id) if row.id else by_sign.get(row.call_sign) for row in items]
    lacking = sum(1 for row, unit in zip(items, known, strict=True) if unit is None and row.handle is None)
    named = {row.handle for row in items if row.handle is not None}
    drawn = await unit_store.draw_handles(w.conn, lacking + len(named)) if lacking else ()
    fresh = iter(handle for handle in drawn if handle not in named)
    entries = []
    for row, unit in zip(items, known, strict=True):
        handle = unit.handle if unit else row.handle or next(fresh)
        if row.handle is not None and row.handle != handle:
            raise Invalid(
                f"The handle of {row.call_sign} is {handle} for ever; it can't become {row.handle}.",
                field="handle",
            )
        entries.append((unit.id if unit else row.id or uuid7(), _register(row, handle)))
    _check_twins(entries, standing)
    return entries


def _check_twins(entries: Sequence[tuple[UUID, Register]], standing: Sequence[Unit]) -> None:
    no_twins([id_ for id_, _ in entries], "unit")
    ids = {id_ for id_, _ in entries}
    others = [unit for unit in standing if unit.id not in ids]
    no_twins([*(r.call_sign for _, r in entries), *(unit.call_sign for unit in others)], "call sign")
    no_twins([*(r.handle for _, r in entries), *(unit.handle for unit in others)], "handle")


def _register(row: UnitEntry, handle: int) -> Register:
    return Register(
        handle=handle,
        call_sign=row.call_sign,
        kind=row.kind,
        unit_class=row.unit_class,
        room_id=row.room_id,
        skills=row.skills,
        talk_group=row.talk_group,
        gateway=row.gateway,
        second_gateway=row.second_gateway,
        duty_phone=row.duty_phone,
    )


HANDLERS = (read_units, put_units)
