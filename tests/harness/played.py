"""Fixes of a day that was reckoned by hand, and a town in which some units have driven them: for tests of tracks and playback."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from dispatch.acts import Principal
from dispatch.cities.beats import Beat, Beats
from dispatch.desk import shift
from dispatch.runtime.followers import Followers
from dispatch.runtime.positions import now_ms
from dispatch.work import Actor, Work
from geo.coordinates import destination
from tests.harness import town
from tests.harness.doors import Doors
from units import commands as uc
from units.model import Duty, UnitKind
from units.tracks import store as track_store
from units.tracks.packing import DEGREE, MINUTE_MS, RECORD, UNKNOWN, Records, pack

START_MS = 1_790_000_000_000
LON, LAT = 114.02, 22.54

type Fix = tuple[float, float, float]
"""Seconds since START_MS, metres east and north of LON, LAT."""


def records(fixes: list[Fix], speed_mps: float | None = 10.0, accuracy_m: int = 5) -> Records:
    made = np.zeros(len(fixes), RECORD)
    for row, (t_s, east_m, north_m) in zip(made, fixes, strict=True):
        lon, lat = destination(LON, LAT, 90.0, east_m)
        lon, lat = destination(lon, lat, 0.0, north_m)
        row["t_ms"], row["lon"], row["lat"] = (
            START_MS + round(t_s * 1000),
            round(lon / DEGREE),
            round(lat / DEGREE),
        )
        row["speed"] = UNKNOWN if speed_mps is None else round(speed_mps * 10)
        row["heading"], row["accuracy"] = UNKNOWN, accuracy_m
    return made


def drive(first_s: int, last_s: int, east_m: float = 0.0, mps: float = 10.0) -> list[Fix]:
    """East at a speed, a fix a second."""
    return [(t, east_m + mps * (t - first_s), 0.0) for t in range(first_s, last_s + 1)]


def stand(first_s: int, last_s: int, east_m: float) -> list[Fix]:
    """Trembling by some metres, as fixes between houses do."""
    return [(t, east_m + 4 * (t % 2), 3.0 * (t % 3)) for t in range(first_s, last_s + 1)]


ADMIN = Principal(
    id="admin", roles=frozenset({"admin", "dispatcher"}), room_id=town.CITY,
    rooms=frozenset({town.CITY, town.NORTH, town.SOUTH}),
)  # fmt: skip
CAR, FOOT, AWAY = UUID(int=101), UUID(int=102), UUID(int=103)
DAY: list[Fix] = [
    *drive(0, 100),
    *stand(101, 400, 1_000.0),
    *drive(401, 500, 1_000.0),
    *drive(700, 800, 1_990.0),
]
"""990 m east of where it stood five minutes, then 200 s that nobody knows of, then 1,000 m more; off duty from second 600 to 650."""


UNITS: dict[UUID, tuple[str, UnitKind, UUID]] = {
    CAR: ("301", "car", town.NORTH),
    FOOT: ("302", "foot", town.NORTH),
    AWAY: ("401", "car", town.SOUTH),
}


def entry(unit: UUID, sign: str, kind: UnitKind, room: UUID) -> uc.Register:
    """A unit as the registry gets it."""
    return uc.Register(
        handle=unit.int, call_sign=sign, kind=kind, unit_class="regular", room_id=room, gateway="sim"
    )


@dataclass(frozen=True)
class Past:
    """Two hours ago: three units with a track that was written, on duty since three hours ago."""

    doors: Doors
    start_ms: int

    def at(self, second: float) -> str:
        return datetime.fromtimestamp(self.start_ms / 1000 + second, UTC).isoformat(timespec="milliseconds")

    def span(self, first: float, last: float) -> dict[str, str]:
        return {"from": self.at(first), "to": self.at(last)}

    async def act(self, second: float, do: Any) -> None:
        claimed = datetime.fromtimestamp(self.start_ms / 1000 + second, UTC)

        async def done(w: Work) -> dict[str, Any]:
            await do(w)
            return {}

        await self.doors.runtime.acting.act(Actor(principal=ADMIN, claimed_at=claimed), done)

    async def write(self, unit: UUID, fixes: list[Fix]) -> None:
        made = records(fixes)
        made["t_ms"] += self.start_ms - START_MS
        made["handle"] = unit.int
        async with self.doors.runtime.pool.acquire() as conn, conn.transaction():
            await track_store.add(conn, pack(made))


async def lived(doors: Doors) -> Past:
    """The town two hours later."""
    lived = Past(doors, (now_ms() // MINUTE_MS - 120) * MINUTE_MS)
    runtime = doors.runtime

    async def register(w: Work) -> None:
        await shift.register_many(w, [(id_, entry(id_, *of)) for id_, of in UNITS.items()])

    await lived.act(-3_600, register)
    for unit in (CAR, FOOT, AWAY):
        await lived.act(-3_600, lambda w, unit=unit: shift.log_on(w, unit, ("0110",)))
    await lived.act(600, lambda w: shift.log_off(w, CAR))
    await lived.act(650, lambda w: shift.log_on(w, CAR, ("0110",)))
    await lived.act(660, lambda w: shift.change_duty(w, CAR, Duty.BUSY))
    await Followers(runtime.pool, runtime.centre).load()
    await lived.write(CAR, DAY)
    await lived.write(CAR, [(620.0, 500.0, 0.0)])  # as if it had been recorded off duty
    await lived.write(FOOT, stand(0, 900, 300.0))
    await lived.write(AWAY, [(t, 20_000.0, 0.0) for t in range(0, 900, 10)])
    north = runtime.centre.reference.rooms.by_id[town.NORTH].code
    west_half = (Beat("N-1", "北一段", north), town.box(114.0, 22.52, 114.0297, 22.56))
    runtime.centre.beats = Beats([west_half])
    return lived
