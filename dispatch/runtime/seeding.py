"""Putting a city into an empty database: rooms, jurisdictions, call points, units, logged on, and places, in one transaction.

The first act of a demo or a replay with its own database. It takes the same functions as an administrator; a database that
holds a room already is left as it is. A bundle is activated the same way, at any time, under running replicas.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch import places
from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.cities import activating
from dispatch.desk import keeping_facts, shift, watching
from dispatch.gazetteer.store import put_map
from dispatch.runtime.postgres import request_pool
from dispatch.runtime.settings import Settings, read_master_key
from dispatch.seeds.city import City
from dispatch.seeds.knowing import known_places
from dispatch.seeds.looking import cameras_of, watched_at_first
from dispatch.seeds.reading import read_city
from dispatch.seeds.walking import beats_of, carried_by, schedules_of
from dispatch.standing_facts.model import F
from dispatch.work import Actor, Work, work
from geo.atlas import Atlas
from incidents.sealing import Seal
from units import store as unit_store
from units.commands import Register
from units.live import LiveUnits

PRINCIPAL = "system:seed"


async def plant(settings: Settings, city: City) -> bool:
    """Put the city in; False: there was one already, nothing was changed. Whole or not at all."""
    seal = Seal(read_master_key(settings.master_key_file))
    async with _at_work(settings.database_url, city, seal) as w:
        if await places.read_rooms(w.conn):
            return False
        await _put(w, city)
    return True


async def activate(database_url: str, bundle: Path) -> bool:
    """Make a bundle the active one of a database; False: it was. Raises BadBundle or Invalid; then nothing is changed."""
    atlas = Atlas(bundle)
    city = read_city(bundle, 0, 0)
    # Nothing that people say is sealed in this act, so that it needs no master key.
    async with _at_work(database_url, city, Seal(secrets.token_bytes(32))) as w:
        return await activating.activate(w, atlas.manifest, city)


@asynccontextmanager
async def _at_work(database_url: str, city: City, seal: Seal) -> AsyncIterator[Work]:
    pool = await request_pool(database_url, 2)
    try:
        async with pool.acquire() as conn:
            reference = await places.load(conn)
        centre = Centre(reference, seal, LiveUnits(), ZoneInfo(city.zone))
        principal = Principal(
            id=PRINCIPAL,
            roles=frozenset({"admin", "leader"}),
            room_id=city.root.id,
            rooms=frozenset(room.id for room in city.rooms),
        )
        async with work(pool, centre, Actor(principal=principal, via="system")) as w:
            yield w
    finally:
        await pool.close()


async def _put(w: Work, city: City) -> None:
    await places.put_rooms(w, city.rooms)
    await places.put_jurisdictions(w, city.jurisdictions)
    await places.put_call_points(w, city.call_points)
    w.centre.use(await places.load(w.conn))
    handles = await unit_store.draw_handles(w.conn, len(city.units))
    entries = [
        (
            unit.id,
            Register(
                handle=handle, call_sign=unit.call_sign, kind=unit.kind, unit_class=unit.unit_class,
                room_id=unit.room_id, skills=unit.skills, talk_group=unit.talk_group, gateway=unit.gateway,
            ),
        )
        for handle, unit in zip(handles, city.units, strict=True)
    ]  # fmt: skip
    await shift.register_many(w, entries)
    w.centre.beats = beats_of(city)
    await shift.log_on_many(w, carried_by(city))
    await places.put_schedules(w, schedules_of(city))
    await _put_cameras(w, city)
    await places.put_positions(w, city.positions)
    if city.places:
        await put_map(w, city.places)
    await _know_places(w, city)


async def _know_places(w: Work, city: City) -> None:
    """Standing facts; of one a patrol has its doubts, one awaits a leader."""
    writings = known_places(city.places, w.centre.reference.owner, w.now)
    made = [await keeping_facts.write(w, one) for one in writings[:-1]]
    for one in made[:1]:
        await keeping_facts.doubt(w, one.id, "门卫称已变更，请核实 The guard says this has changed")
    for writing in writings[-1:]:
        await keeping_facts.write(w, writing, state=F.PROPOSED)


async def _put_cameras(w: Work, city: City) -> None:
    """Named cameras, and whoever watches some of them."""
    cameras = cameras_of(city)
    await places.put_cameras(w, [camera for there in cameras.values() for camera in there])
    w.centre.use(await places.load(w.conn, w.centre.reference))
    for unit_id, ids in watched_at_first(city, cameras).items():
        await watching.watch(w, unit_id, ids, ())
