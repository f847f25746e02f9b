"""A planned event of the little town, for tests that look at one: as it is written, and one that runs with 118 at a gate."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness import town
from tests.harness.doors import Seat


def plan(**more: Any) -> dict[str, Any]:
    """A match in the north, from in an hour for three hours."""
    now = datetime.now(UTC)
    body = {
        "name": "晚场足球赛", "kind": "sport", "area": town.box(114.01, 22.53, 114.03, 22.55), "crowd": 30_000,
        "starts_at": (now + timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=4)).isoformat(),
        "note": "二级勤务", "contact": "场馆值班室",
    }  # fmt: skip
    return body | more


async def held(boss: Seat, above: Seat, **more: Any) -> dict[str, Any]:
    """One that runs. boss: dispatcher and leader of the city, who submits; above: another leader of it, who approves."""
    event = await boss.made("/events", plan(room_id=str(town.NORTH), **more), 201)
    path = f"/events/{event['id']}"
    gate = {"unit_id": str(town.N1), "name": "一号门", "lon": 114.02, "lat": 22.54, "task": "查验票证"}
    early = {"starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    await boss.made(f"{path}/posts", gate | early, 201)
    await boss.made(f"{path}/submit")
    told: dict[str, Any] = await above.made(f"{path}/approve")
    if datetime.fromisoformat(event["starts_at"]) > datetime.now(UTC):  # otherwise its time starts it
        told = await above.made(f"{path}/start")
    return told
