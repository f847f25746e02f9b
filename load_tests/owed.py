"""A centre that owes much: so many incidents handled and not closed that every lane of the follow-up page is full."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


class City(Protocol):
    """What may be asked of it."""

    async def get(self, path: str, **params: Any) -> Any: ...
    async def post(self, role: str, path: str, body: Any) -> Any: ...


MANY, AT_ONCE = 110, 8
TEXTS = (
    "楼下烧烤摊噪音扰民，报警人称已连续三晚，投诉多次无人处理，请尽快派人到场并回复处理结果。", "两车追尾，无人受伤，堵塞一个车道。",
    "店铺玻璃被砸，店主称看见两名男子骑电动车离开。", "老人在小区内迷路，已联系家属。",
)  # fmt: skip
TYPES = ("200420", "300100", "100211", "500110", "200250")


async def much_owed(city: City) -> None:
    """Forms to read, callers to ask, demands, requests to agencies and what keeps incidents from closing; nothing when it is so already."""
    if len((await city.get("/supervision", limit=200))["items"]) >= MANY:
        return
    units = (await city.get("/units", limit=500))["items"]
    middle = [unit["fix"] for unit in units if unit["fix"] is not None]
    lon, lat = (sum(fix[name] for fix in middle) / len(middle) for name in ("lon", "lat"))
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(n: int) -> None:
        async with slots:
            await owed(city, n, (lon + n % 11 / 400, lat + n // 11 / 400))

    await asyncio.gather(*(one(n) for n in range(MANY)))


async def owed(city: City, n: int, at: tuple[float, float]) -> None:
    """One of them."""
    place = {"lon": at[0], "lat": at[1], "address": f"中山路{n + 1}号"}
    alarm: dict[str, Any] = {
        "source": "call", "type": TYPES[n % len(TYPES)], "text": TEXTS[n % len(TEXTS)], "place": place,
        "caller": {"number": f"1380000{n:04}", "name": "李女士"},
    }  # fmt: skip
    incident = (await city.post("call_taker", "/alarms", alarm))["incident"]
    path = f"/incidents/{incident['id']}"
    due = datetime.now(UTC) + timedelta(minutes=5 + 7 * n)
    demand = {
        "to_room_id": incident["room"],
        "text": TEXTS[n % len(TEXTS)],
        "due_at": due.isoformat(),
        "incident_id": incident["id"],
    }
    await city.post("leader", "/supervision", demand)
    agency = {"agency": ("119", "120", "122", "gas", "power")[n % 5], "text": "请派人到场协助。"}
    await city.post("dispatcher", f"{path}/agency-requests", agency)
    await city.post("leader", f"{path}/handle", {"result": "handled"})
