"""Reference data brought to a running centre through its administrator's doors: what it lacks, beside what it has.

Done once before a replay on somebody else's centre; nothing that stands there is changed or removed.
"""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.rooms import Jurisdiction, Room
from dispatch.seeds.city import City, SeedUnit
from web.drive import Door, Refused
from web.replaying.errors import ReplayRefused

LOG_ONS_AT_ONCE = 16
# Replicas take new reference data over from the feed, and a key's rooms are believed for a second.
TAKEN_OVER_WITHIN_S = 30.0


async def bring(door: Door, city: City) -> dict[str, str]:
    """See that every unit of the city is there and on duty; ids by call sign.

    Raises ReplayRefused when something is missing that this key may not put in.
    """
    standing = {unit["call_sign"]: unit async for unit in door.each("/units")}
    lacking = [unit for unit in city.units if unit.call_sign not in standing]
    if lacking:
        try:
            await _put_in(door, city, lacking)
        except Refused as refusal:
            if refusal.status not in (401, 403):
                raise
            raise ReplayRefused(
                f"This centre lacks {len(lacking)} units of the file, and this key may not put them in; "
                "use a key with the role replayer or admin."
            ) from refusal
        standing = await _seen(door, {unit.call_sign for unit in city.units})
    await _log_on(door, [(unit, standing[unit.call_sign]) for unit in city.units])
    return {unit.call_sign: standing[unit.call_sign]["id"] for unit in city.units}


async def _put_in(door: Door, city: City, lacking: list[SeedUnit]) -> None:
    ids = await _put_rooms(door, city)
    placed = [msgspec.structs.replace(j, room_id=ids[j.room_id]) for j in city.jurisdictions]
    await _put_jurisdictions(door, placed)
    _, etag = await door.get_with_etag("/admin/units")
    entries = [
        {
            "call_sign": unit.call_sign,
            "kind": unit.kind,
            "class": unit.unit_class,
            "room_id": ids[unit.room_id],
            "skills": unit.skills,
            "talk_group": unit.talk_group,
            "gateway": unit.gateway,
        }
        for unit in lacking
    ]
    await door.put("/admin/units", {"items": entries}, etag)


async def _put_rooms(door: Door, city: City) -> dict[UUID, UUID]:
    """Put the rooms under the root that stands there; ids there by ids here."""
    listed, etag = await door.get_with_etag("/admin/rooms")
    standing: list[dict[str, Any]] = listed["items"]
    known = {room["code"]: UUID(room["id"]) for room in standing}
    ids = {room.id: known.get(room.code, room.id) for room in city.rooms}
    root = next((UUID(room["id"]) for room in standing if room["parent_id"] is None), None)
    new = [_room_entry(room, ids, root) for room in city.rooms if room.code not in known]
    if new:
        await door.put("/admin/rooms", {"items": [*map(_as_put, standing), *new]}, etag)
    return ids


def _room_entry(room: Room, ids: dict[UUID, UUID], root: UUID | None) -> dict[str, Any]:
    parent_id = root if room.parent_id is None else ids[room.parent_id]
    return _as_put(
        msgspec.to_builtins(
            msgspec.structs.replace(
                room,
                parent_id=parent_id,
                tier="district" if room.parent_id is None and root is not None else room.tier,
                neighbours=tuple(ids[other] for other in room.neighbours),
            )
        )
    )


async def _put_jurisdictions(door: Door, placed: list[Jurisdiction]) -> None:
    listed, etag = await door.get_with_etag("/admin/jurisdictions")
    standing: list[dict[str, Any]] = listed["items"]
    known = {one["id"] for one in standing}
    new = [msgspec.to_builtins(one) for one in placed if str(one.id) not in known]
    if new:
        await door.put("/admin/jurisdictions", {"items": [_as_put(one) for one in [*standing, *new]]}, etag)


def _as_put(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list as PUT takes it back."""
    return {name: value for name, value in row.items() if name not in ("lineage", "version")}


async def _seen(door: Door, call_signs: set[str]) -> dict[str, dict[str, Any]]:
    """Units by call sign, once the centre and this key's view of it have taken over what was put in."""
    async with asyncio.timeout(TAKEN_OVER_WITHIN_S):
        while True:
            standing = {unit["call_sign"]: unit async for unit in door.each("/units")}
            if standing.keys() >= call_signs:
                return standing
            await asyncio.sleep(0.2)


async def _log_on(door: Door, units: list[tuple[SeedUnit, dict[str, Any]]]) -> None:
    room = asyncio.Semaphore(LOG_ONS_AT_ONCE)

    async def one(unit: SeedUnit, shown: dict[str, Any]) -> None:
        async with room:
            body = {"crew": unit.crew, "via": "replay"}
            await door.post(f"/units/{shown['id']}/log-on", f"log-on:{uuid7()}", body)

    async with asyncio.TaskGroup() as tasks:
        for unit, shown in units:
            if shown["duty"] == "off_duty":
                tasks.create_task(one(unit, shown))
