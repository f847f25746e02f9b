"""The planned events of a new demo: a match that runs, with units at its gates, and a fair that awaits approval.

Put in once, through the public doors, by those who would do it: a dispatcher writes and submits, a leader approves and starts.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from web.drive import Door, Refused

GROUND_M = 350.0
CORNERS = 8
METRES_A_DEGREE = 111_195.0
GATES = ("一号门 Gate 1", "二号门 Gate 2", "三号门 Gate 3")
PLACES = ("体育", "广场", "公园")
KINDS = ("foot", "motorcycle", "car")
"""Who stands at gates: those on foot first, so that cars stay for calls."""

type Spot = tuple[float, float]


async def plan_evening(desk: Door, leader: Door, now: datetime) -> list[str]:
    """The names of what was put in; fewer where the city has no place or no free unit for it."""
    try:
        return [await _match(desk, leader, now), await _fair(desk, now)]
    except (Refused, LookupError):
        return []


async def _match(desk: Door, leader: Door, now: datetime) -> str:
    """It begins at once: one gate is manned, one waits for its unit."""
    middle = await _somewhere(desk, PLACES)
    made = await desk.post("/events", "evening:match", {
        "name": "晚场足球赛 Evening match", "kind": "sport", "area": _round(middle), "starts_at": _said(now + timedelta(minutes=1)),
        "ends_at": _said(now + timedelta(hours=4)), "crowd": 12_000, "talk_group": "安保1", "note": "二级勤务。散场时注意地铁口。",
    })  # fmt: skip
    path = f"/events/{made['id']}"
    gates = []
    for n, (unit, name) in enumerate(zip(await _free(desk, middle), GATES, strict=False)):
        lon, lat = _at(middle, n / len(GATES), GROUND_M * 0.6)
        post = {"unit_id": unit["id"], "name": name, "lon": lon, "lat": lat, "starts_at": _said(now)}
        told = await desk.post(f"{path}/posts", f"evening:gate:{n}", post)
        gates.append(told["posts"][-1]["id"])
    await desk.post(f"{path}/submit", "evening:submit", {})
    await leader.post(f"{path}/approve", "evening:approve", {})
    await leader.post(f"{path}/start", "evening:start", {})
    for n, gate in enumerate(gates[:-1]):
        await desk.post(f"{path}/posts/{gate}/check-in", f"evening:there:{n}", {})
    text = {"text": "安检口已全部开放。 All gates are open."}
    await desk.post(f"{path}/log", "evening:log", text)
    return str(made["name"])


async def _fair(desk: Door, now: datetime) -> str:
    middle = await _somewhere(desk, tuple(reversed(PLACES)))
    begins = now + timedelta(hours=20)
    made = await desk.post("/events", "evening:fair", {
        "name": "周末文化节 Weekend fair", "kind": "festival", "area": _round(middle), "starts_at": _said(begins),
        "ends_at": _said(begins + timedelta(hours=9)), "crowd": 5_000,
        "phases": [{"name": "开幕 Opening", "starts_at": _said(begins), "ends_at": _said(begins + timedelta(hours=1))}],
    })  # fmt: skip
    await desk.post(f"/events/{made['id']}/submit", "evening:fair:submit", {})
    return str(made["name"])


async def _somewhere(desk: Door, wanted: tuple[str, ...]) -> Spot:
    """A place of the city that is called so, else where some unit is. Raises LookupError."""
    for word in wanted:
        for place in (await desk.get("/places", q=word, limit=5))["items"]:
            if place.get("lon") is not None:
                return float(place["lon"]), float(place["lat"])
    fix = next(unit["fix"] for unit in (await desk.get("/units", limit=500))["items"] if unit["fix"])
    return float(fix["lon"]), float(fix["lat"])


async def _free(desk: Door, middle: Spot) -> list[Mapping[str, Any]]:
    near = f"{middle[0]},{middle[1]}"
    units = (await desk.get("/units", near=near, state="available", limit=200))["items"]
    able = [unit for unit in units if unit["class"] == "regular" and unit["kind"] in KINDS]
    return sorted(able, key=lambda unit: KINDS.index(unit["kind"]))[: len(GATES)]


def _round(middle: Spot) -> dict[str, Any]:
    ring = [list(_at(middle, n / CORNERS, GROUND_M)) for n in range(CORNERS)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _at(middle: Spot, turn: float, metres: float) -> Spot:
    """So far from the middle, in a direction told as a share of a full turn."""
    angle, (lon, lat) = 2 * math.pi * turn, middle
    up = metres / METRES_A_DEGREE
    return round(lon + up * math.cos(angle) / math.cos(math.radians(lat)), 6), round(
        lat + up * math.sin(angle), 6
    )


def _said(at: datetime) -> str:
    return at.isoformat()
