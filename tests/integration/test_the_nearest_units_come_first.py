"""Promise: units near a point come nearest first, of every duty, with fix, age and quality; the unseen are left out."""

import asyncio

import numpy as np
import pytest

from dispatch.runtime.positions import now_ms
from tests.harness import town
from tests.harness.doors import Doors
from tests.harness.waiting import GUARD_S
from units.frames import Frame


async def see(doors: Doors, places: dict[int, tuple[float, float]]) -> None:
    """Let terminals report where they are."""
    now = now_ms()
    unknown = np.full(len(places), np.nan, np.float32)
    frame = Frame(
        np.array(list(places), np.uint32),
        np.full(len(places), now, np.int64),
        np.array([lon for lon, _ in places.values()]),
        np.array([lat for _, lat in places.values()]),
        unknown,
        unknown,
        unknown,
    )
    doors.runtime.centre.live.apply(frame, now)


async def test_nearest_first_and_the_unseen_left_out(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    assert (await seat.get("/units", near="114.02,22.54")).json() == {"items": [], "next": None}
    assert (await seat.get(f"/units/{town.N1}")).json()["fix"] is None
    await see(
        doors, {town.N1.int: (114.03, 22.54), town.S1.int: (114.021, 22.54), town.N2.int: (114.04, 22.54)}
    )
    found = (await seat.get("/units", near="114.02,22.54")).json()
    assert [unit["call_sign"] for unit in found["items"]] == ["218", "118", "119"]
    fix = found["items"][0]["fix"]
    assert (fix["lon"], fix["lat"]) == pytest.approx((114.021, 22.54), abs=1e-6)
    assert fix["quality"] == "good"
    assert fix["age_s"] >= 0
    assert fix["speed"] is None
    assert fix["at"].endswith("Z")


async def test_filters_and_rooms_count_near_a_point_too(doors: Doors) -> None:
    city, north = await doors.seat("dispatcher"), await doors.seat("dispatcher", of=town.NORTH)
    await see(
        doors, {town.N1.int: (114.03, 22.54), town.S1.int: (114.021, 22.54), town.N2.int: (114.04, 22.54)}
    )
    await city.made(f"/units/{town.N1}/duty", {"duty": "break"})
    async with asyncio.timeout(GUARD_S):
        while doors.runtime.centre.live.entry(town.N1.int).state != "break":
            await asyncio.sleep(0.02)
    near = {"near": "114.02,22.54"}

    async def signs(seat_: object, **params: object) -> list[str]:
        told = await seat_.get("/units", **near, **params)  # type: ignore[attr-defined]
        return [unit["call_sign"] for unit in told.json()["items"]]

    assert await signs(north) == ["118", "119"]
    assert await signs(city, state="available") == ["218", "119"]
    assert await signs(city, state="break") == ["118"]
    assert await signs(city, room=str(town.SOUTH)) == ["218"]
    assert await signs(city, limit=1) == ["218"]
