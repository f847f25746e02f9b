"""A process of the demo: callers, call points and the shift at the desk, all through the public doors.

python -c "from web.traffic import main; main(FILE)"     # FILE as `Traffic` says, until SIGTERM
"""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import shapely
import structlog
from uuid_utils.compat import uuid7

from dispatch.runtime.nats_config import gateway_inbox
from geo.osm import read_extract
from geo.polygons import polygon_from_geojson
from incidents.simulator import Call, Callers, Press, Where
from incidents.telephone.simulator import Switchboard
from incidents.town import Spot, Town
from incidents.types import load_tree
from web.aid import Aid
from web.call_takers import CallTaker
from web.drive import Devices, Door, local_hour
from web.heartbeats import Heartbeats
from web.logs import begin_logging
from web.relief import Relief
from web.seats import Seats
from web.shift import Shift
from web.telephone import Telephone

RETRY_S = 1.0
ANSWERING = tuple(f"接警席{n}" for n in range(1, 9))
FRONT_S = 3.0  # the first report comes this soon, whatever the rate

log = structlog.get_logger(__name__)


class Traffic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to play. nats: without credentials; points, switchboard: gateways of call points and telephone, with nkey seeds.

    keys: by role; map: of the city, None: nobody has drawn one; zone: of its local time.
    ca: file of the centre's own certificate, where it has one.
    """

    url: str
    keys: dict[str, str]
    nats: str
    points: str
    points_nkey_seed: str
    switchboard: str
    switchboard_nkey_seed: str
    chance: int
    speed: float
    per_hour: float
    map: str | None = None
    zone: str = "Asia/Shanghai"
    exercise: bool = False
    ca: str | None = None


class Anywhere:
    """Where something may happen in a city without a map: anywhere in a jurisdiction, each as likely as the next."""

    def __init__(self, geometries: Sequence[Any]) -> None:
        self._areas = [polygon_from_geojson(geometry) for geometry in geometries]

    def spot(self, rng: Random, kinds: Sequence[str]) -> Spot:
        """Somewhere in the city; nobody there knows the streets' names."""
        del kinds
        area = rng.choice(self._areas)
        west, south, east, north = area.bounds
        while True:
            lon, lat = rng.uniform(west, east), rng.uniform(south, north)
            if shapely.contains_xy(area, lon, lat):
                return Spot(round(lon, 6), round(lat, 6), "我手机定位的这个地方")


async def play(traffic: Traffic) -> None:
    """Play until cancelled."""
    loop = asyncio.get_running_loop()
    async with (
        Door.open(traffic.url, traffic.keys["dispatcher"], ca=traffic.ca) as desk,
        Devices.open(traffic.nats, traffic.points_nkey_seed, gateway_inbox(traffic.points)) as devices,
        Devices.open(
            traffic.nats, traffic.switchboard_nkey_seed, gateway_inbox(traffic.switchboard)
        ) as lines,
    ):
        tree = load_tree(msgspec.json.encode(await desk.get("/admin/types")))
        points = [one["code"] for one in (await desk.get("/admin/call-points"))["items"]]
        newest = [one["number"] for one in (await desk.get("/incidents", limit=1))["items"]]
        chance = Random(f"{traffic.chance} {newest}")  # noqa: S311 - simulated; a city that goes on has another night
        seats = Seats({role: desk.with_key(key) for role, key in traffic.keys.items()})
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Shift(seats, tree, chance, loop.time, traffic.speed).work())
            tasks.create_task(Relief(seats, Random(f"relief {chance.random()}"), traffic.speed).work())  # noqa: S311
            tasks.create_task(Aid(seats, Random(f"aid {chance.random()}"), loop.time, traffic.speed).work())  # noqa: S311
            tasks.create_task(Heartbeats(devices, points, Random(traffic.chance)).work())  # noqa: S311 - simulated
            where = await _where(traffic, desk)
            if where is not None:
                callers = Callers(
                    chance, where, points, traffic.per_hour, opening=True,
                    hour_at=lambda after_s: local_hour(traffic.zone, after_s),
                )  # fmt: skip
                board = Switchboard(Random(chance.random()), traffic.switchboard, ANSWERING)  # noqa: S311 - simulated
                async with Telephone.open(
                    lines,
                    board,
                    traffic.speed,
                    Random(chance.random()),  # noqa: S311
                    seats.doors["call_taker"],
                ) as telephone:
                    taker = CallTaker(
                        seats, telephone, Random(chance.random()), traffic.speed, exercise=traffic.exercise  # noqa: S311
                    )  # fmt: skip
                    await _report_all(callers, taker, devices, traffic)


async def _where(traffic: Traffic, desk: Door) -> Where | None:
    """Where callers are; None in a city without a map and without areas."""
    if traffic.map is not None:
        return Town(read_extract(Path(traffic.map))).spot
    areas = [one["geometry"] for one in (await desk.get("/admin/jurisdictions"))["items"]]
    return Anywhere(areas).spot if areas else None


async def _report_all(callers: Callers, taker: CallTaker, devices: Devices, traffic: Traffic) -> None:
    loop = asyncio.get_running_loop()
    started_s: float | None = None
    async with asyncio.TaskGroup() as tasks:
        for report in callers.reports():
            if started_s is None:
                started_s = loop.time() + (FRONT_S - report.after_s) / traffic.speed
            await asyncio.sleep(max(0.0, started_s + report.after_s / traffic.speed - loop.time()))
            if isinstance(report, Call):
                tasks.create_task(taker.take(report))
            else:
                tasks.create_task(_press(report, devices, exercise=traffic.exercise))


async def _press(press: Press, devices: Devices, *, exercise: bool) -> None:
    name, said = str(uuid7()), {"exercise": True} if exercise else {}
    while not await devices.report("call_point", press.code, name, said):  # noqa: ASYNC110 - it is sent anew
        await asyncio.sleep(RETRY_S)


async def _until_told(traffic: Traffic) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await play(traffic)


def main(path: str) -> None:
    """Play the traffic of a file."""
    begin_logging("info")
    asyncio.run(_until_told(msgspec.json.decode(Path(path).read_bytes(), type=Traffic)))
