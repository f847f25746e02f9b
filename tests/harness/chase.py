"""A town made for a pursuit: one long avenue through the areas of three stations, and a road beside it that leads nowhere ahead.

        north       |      south      |        east
    1 A---B---C-------D---E---F----------G---H---I---J    avenue, 800 m from letter to letter
      |   |
      K---L---M---P                                       lower road, 400 m south of it, joined to it in the west alone

city -- west district -- north, south
`-- east district -- east
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from dispatch import places
from dispatch.acts import Principal
from dispatch.rooms import Jurisdiction
from dispatch.seeds.bundling import Commission
from dispatch.seeds.bundling import build as build_bundle
from dispatch.work import Actor, Work
from geo.areas import Layer
from tests.harness import town as t
from tests.harness.borderland import EAST, ROOMS, WEST
from tests.harness.cities import silent
from tests.harness.doors import Doors
from tests.harness.drawn_town import DrawnTown, Place
from units.frames import Frame

GUARD_S = 60
STREETS = {
    "ABCDEFGHIJ": {"name": "滨江大道"},
    "KLMP": {"name": "河堤路"},
    "AK": {"name": "一横路"},
    "BL": {"name": "二横路"},
}
TOWN = DrawnTown(
    """
A       B       C       D       E       F       G       H       I       J



K       L       M       P
""",
    STREETS,
)
BEGINS = TOWN.at["B"]
"""Where it is first seen, going east."""
IN_SOUTH, IN_EAST = TOWN.at["E"], TOWN.at["H"]
WHERE: dict[UUID, Place] = {
    t.N1: TOWN.between("A", "B"), t.N2: TOWN.at["A"], t.S1: TOWN.at["D"], t.S2: TOWN.at["P"],
}  # fmt: skip
"""118 is behind it, 218 ahead on the avenue; 219 is close to the avenue ahead, and far from it by road."""


def _area(number: int, room_id: UUID, name: str, west: Place, east: Place) -> Jurisdiction:
    south, north = TOWN.at["K"][1] - 0.01, TOWN.at["A"][1] + 0.01
    box = t.box(west[0], south, east[0], north)
    return Jurisdiction(id=UUID(int=number), layer=Layer.POLICE, room_id=room_id, name=name, geometry=box)


_WEST_END, _EAST_END = (113.99, 0.0), (114.1, 0.0)
AREAS = (
    _area(41, t.NORTH, "北", _WEST_END, TOWN.between("C", "D")),
    _area(42, t.SOUTH, "南", TOWN.between("C", "D"), TOWN.between("F", "G")),
    _area(43, EAST, "东", TOWN.between("F", "G"), _EAST_END),
)


def bundle(folder: Path) -> Path:
    """The roads as a bundle of geography; where it lies."""
    build_bundle(Commission(source=TOWN.write(folder / "town.osm.pbf"), out=folder / "bundle"), silent)
    return folder / "bundle"


async def divide(*replicas: Doors) -> None:
    """Put the rooms and their areas in at the first replica, and wait until each of them knows."""
    here = replicas[0].runtime
    admin = Principal(id="admin", roles=frozenset({"admin"}), room_id=t.CITY, rooms=frozenset({t.CITY}))

    async def put(w: Work) -> dict[str, Any]:
        await places.put_rooms(w, ROOMS)
        await places.put_jurisdictions(w, AREAS)
        return {}

    await here.acting.act(Actor(principal=admin), put)
    async with asyncio.timeout(GUARD_S):
        for doors in replicas:
            while not _is_divided(doors):
                await asyncio.sleep(0.02)


def _is_divided(doors: Doors) -> bool:
    reference = doors.runtime.centre.reference
    return WEST in reference.rooms.by_id and reference.owner(*IN_EAST) == EAST


async def see(doors: Doors) -> None:
    """Let the units be where they are, now by the database's clock."""
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    nothing = np.full(len(WHERE), np.nan, np.float32)
    frame = Frame(
        np.array([id_.int for id_ in WHERE], np.uint32), np.full(len(WHERE), now, np.int64),
        np.array([lon for lon, _ in WHERE.values()]), np.array([lat for _, lat in WHERE.values()]),
        nothing, nothing, nothing,
    )  # fmt: skip
    doors.runtime.centre.live.apply(frame, now)


async def opened(doors: Doors, **more: Any) -> dict[str, Any]:
    """A fresh incident where it begins."""
    lon, lat = BEGINS
    return await doors.incident(place={"lon": lon, "lat": lat, "address": "滨江大道二横路口"}, **more)


def seen(place: Place, **more: Any) -> dict[str, Any]:
    """What is posted of a sighting; it drives east at 72 km/h."""
    return {"lon": place[0], "lat": place[1], "heading": 90.0, "speed": 20.0} | more
