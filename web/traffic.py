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
from dispatch.seeds.small_city import address_at
from geo.polygons import polygon_from_geojson
from incidents.simulator import Call, Callers, Press, SimulatedReport, Spot
from incidents.types import load_tree
from web.drive import Devices, Door, Refused, Unreachable
from web.logs import begin_logging
from web.shift import Shift

RETRY_S = 1.0
SURELY_THE_SAME = 0.7  # a call-taker attaches such a report with one key
FRONT_S = 5.0  # the first report comes this soon, whatever the rate

log = structlog.get_logger(__name__)


class Traffic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to play. nats: without credentials; points: the gateway that carries call points, with its nkey's seed."""

    url: str
    call_taker_key: str
    dispatcher_key: str
    nats: str
    points: str
    points_nkey_seed: str
    chance: int
    speed: float
    per_hour: float


class Places:
    """Where something may happen: anywhere in a jurisdiction, each as likely as the next."""

    def __init__(self, geometries: Sequence[Any]) -> None:
        self._areas = [polygon_from_geojson(geometry) for geometry in geometries]

    def __call__(self, rng: Random) -> Spot:
        """Somewhere in the city, with an address."""
        area = rng.choice(self._areas)
        west, south, east, north = area.bounds
        while True:
            lon, lat = rng.uniform(west, east), rng.uniform(south, north)
            if shapely.contains_xy(area, lon, lat):
                return Spot(round(lon, 6), round(lat, 6), address_at(rng))


async def play(traffic: Traffic) -> None:
    """Play until cancelled."""
    loop = asyncio.get_running_loop()
    inbox = gateway_inbox(traffic.points)
    async with (
        Door.open(traffic.url, traffic.dispatcher_key) as desk,
        Devices.open(traffic.nats, traffic.points_nkey_seed, inbox) as devices,
    ):
        tree = load_tree(msgspec.json.encode(await desk.get("/admin/types")))
        areas = [one["geometry"] for one in (await desk.get("/admin/jurisdictions"))["items"]]
        points = [one["code"] for one in (await desk.get("/admin/call-points"))["items"]]
        newest = [one["number"] for one in (await desk.get("/incidents", limit=1))["items"]]
        chance = Random(f"{traffic.chance} {newest}")  # noqa: S311 - simulated; a city that goes on has another night
        shift = Shift(desk, tree, chance, loop.time, traffic.speed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(shift.work())
            if areas:
                callers = Callers(chance, Places(areas), points, traffic.per_hour)
                tasks.create_task(
                    _report_all(callers, desk.with_key(traffic.call_taker_key), devices, traffic.speed)
                )


async def _report_all(callers: Callers, door: Door, devices: Devices, speed: float) -> None:
    loop = asyncio.get_running_loop()
    started_s: float | None = None
    async with asyncio.TaskGroup() as tasks:
        for report in callers.reports():
            if started_s is None:
                started_s = loop.time() - report.after_s / speed + FRONT_S / speed
            await asyncio.sleep(max(0.0, started_s + report.after_s / speed - loop.time()))
            tasks.create_task(_report(report, door, devices))


async def _report(report: SimulatedReport, door: Door, devices: Devices) -> None:
    name = str(uuid7())
    if isinstance(report, Press):
        while not await devices.report("call_point", report.code, name, {}):  # noqa: ASYNC110 - it is sent anew
            await asyncio.sleep(RETRY_S)
        return
    try:
        taken = await door.post("/alarms", name, _alarm(report))
        same = [one["incident_id"] for one in taken["candidates"] if one["score"] >= SURELY_THE_SAME]
        if same:
            await door.post(f"/incidents/{same[0]}/attach", name, {"alarm_id": taken["alarm"]["id"]})
    except (Refused, Unreachable) as trouble:
        log.info("report_refused", reason=str(trouble))


def _alarm(call: Call) -> dict[str, Any]:
    spot = call.spot
    return {
        "source": call.source,
        "caller": {"number": call.number, "name": call.name, "language": "zh"},
        "place": {
            "lon": spot.lon,
            "lat": spot.lat,
            "accuracy_m": call.accuracy_m,
            "address": spot.address,
            "source": "caller",
        },
        "type": call.type,
        "text": call.text,
    }


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
