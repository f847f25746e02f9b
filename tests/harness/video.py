"""Video patrols in the little town: two of them in the north, one in the south, and four named cameras.

NEAR and MARKET stand in the north close to where its incidents are, FAR in the north's corner, SOUTHERN in the south.
"""

from typing import Any
from uuid import UUID

from dispatch import places
from dispatch.cameras.model import Camera
from dispatch.cameras.shown import CameraNow, camera_list
from dispatch.desk import shift
from dispatch.desk.roster_shifts import Carried
from dispatch.work import Work
from tests.harness.doors import Doors
from tests.harness.town import NORTH, SOUTH, Town
from units import commands as uc
from units.model import Unit

V1, V2, V3 = UUID(int=51), UUID(int=52), UUID(int=53)
NEAR, MARKET, FAR, SOUTHERN = (UUID(int=n) for n in range(61, 65))
PATROLS = {V1: ("视01", NORTH), V2: ("视02", NORTH), V3: ("视03", SOUTH)}
CAMERAS = (
    Camera(id=NEAR, code="SP-1", name="北门东侧", lon=114.021, lat=22.54, priority=1, link="https://video.example/1"),
    Camera(id=MARKET, code="SP-2", name="菜市场", lon=114.022, lat=22.54, beat="N-01"),
    Camera(id=FAR, code="SP-3", name="北山路口", lon=114.045, lat=22.555, priority=3, beat="N-01"),
    Camera(id=SOUTHERN, code="SP-4", name="南门西侧", lon=114.08, lat=22.54, priority=1),
)  # fmt: skip


async def equip(town: Town, *on_duty: UUID) -> None:
    """Put the patrols and cameras into the town; those in `on_duty` are logged on. The beats must be known before."""
    admin = town.somebody("admin")

    async def put(w: Work) -> None:
        entries = [
            (id_, uc.Register(handle=id_.int, call_sign=sign, kind="video", unit_class="regular", room_id=room, gateway="sim"))
            for id_, (sign, room) in PATROLS.items()
        ]  # fmt: skip
        await shift.register_many(w, entries)
        await places.put_cameras(w, CAMERAS)

    await town.do(admin, put)
    await town.followers.load()
    for id_ in on_duty:
        await log_on(town, id_)


async def log_on(town: Town, id_: UUID, **said: Any) -> Unit:
    """A patrol begins its shift, or goes on with something else."""
    made = await town.do(town.unit(id_), lambda w: shift.log_on(w, id_, ("0110",), None, Carried(**said)))
    await town.followers.load()
    return made


async def seen(town: Town, who: Any, room: UUID | None = None) -> dict[UUID, CameraNow]:
    """The cameras as somebody sees them, in the order of the list."""
    async with town.pool.acquire() as conn:
        return {one.id: one for one in await camera_list(conn, town.centre, who, room)}


async def put_at_doors(doors: Doors, *on_duty: UUID) -> None:
    """The same through the administrator's doors."""
    admin = await doors.seat("admin")
    units = [
        {"id": str(id_), "call_sign": sign, "kind": "video", "class": "regular", "room_id": str(room)}
        for id_, (sign, room) in PATROLS.items()
    ]
    standing = await admin.get("/admin/units")
    items = [*standing.json()["items"], *units]
    put = await admin.put("/admin/units", {"items": items}, standing.headers["etag"])
    assert put.status_code == 200, put.text
    rows = [
        {"id": str(c.id), "code": c.code, "name": c.name, "lon": c.lon, "lat": c.lat, "link": c.link, "priority": c.priority}
        for c in CAMERAS
    ]  # fmt: skip
    read = await admin.get("/admin/cameras")
    put = await admin.put("/admin/cameras", {"items": rows}, read.headers["etag"])
    assert put.status_code == 200, put.text
    for id_ in on_duty:
        patrol = await doors.seat("unit", of=id_, kind="unit")
        await patrol.made(f"/units/{id_}/log-on", {"crew": ["0110"]})
