"""Promise: who is under way to what can wait is offered apart, never painted; one key and a confirmation divert it, for all to see."""

import asyncio

from playwright.async_api import expect

from dispatch.runtime.positions import now_ms
from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import until
from tests.harness.patrols import frame
from tests.harness.street import Street

GUARD_S = 60.0


def stand(street: Street) -> None:
    """One beside the incident, the others far to the east; said again so that nobody is lost meanwhile."""
    handles = [unit.int for unit in (town.N1, town.N2, town.S1, town.S2)]
    lons, now = [114.021, 114.092, 114.08, 114.09], now_ms()
    street.doors.runtime.centre.live.apply(frame(handles, lons, [22.54] * 4, now), now)


async def test_the_offer_is_apart_and_one_key_takes_it(street: Street, people: People) -> None:
    stand(street)
    boss = await street.doors.seat("dispatcher", "leader")
    quarrel = await street.doors.incident(type="200100", text="口角", place={"lon": 114.025, "lat": 22.54})
    told = await boss.patch(
        f"/incidents/{quarrel['id']}", {"priority": 4, "reason": "分级"}, quarrel["version"]
    )
    assert told.status_code == 200, told.text
    body = {"orders": [{"unit_id": str(town.N1)}], "kind": "order"}
    await boss.made(f"/incidents/{quarrel['id']}/assignments", body, 201)
    async with asyncio.timeout(GUARD_S):
        while street.doors.runtime.centre.live.entry(town.N1.int).state == "available":
            await asyncio.sleep(0.02)
    page = await street.sit_down(await people(), "desk", "dispatcher")
    stand(street)
    stabbing = await street.doors.incident(
        type="100211", text="持刀抢劫", place={"lon": 114.02, "lat": 22.54}
    )
    await page.locator(f".panel.queue .number[title='{stabbing['number']}']").first.wait_for()
    await page.keyboard.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'listbox'")
    for _ in range(40):
        if await page.locator(
            f".panel.queue [aria-selected=true] .number[title='{stabbing['number']}']"
        ).count():
            break
        await page.keyboard.press("ArrowDown")
    offer = page.locator(".divert")
    await expect(offer).to_have_count(1)
    await expect(offer).to_contain_text("可改派")
    await expect(offer).to_contain_text("该处由")
    assert "118" not in await page.locator(".option .sign").all_text_contents()
    await page.keyboard.press("d")
    await page.locator("dialog[open]").wait_for()
    await page.keyboard.press("Enter")
    await page.locator(".toast.good").first.wait_for()
    seat = await street.doors.seat("leader")
    orders = (await seat.get(f"/incidents/{stabbing['id']}")).json()["assignments"]
    assert [order["unit"]["call_sign"] for order in orders] == ["118"]
    left = (await seat.get(f"/incidents/{quarrel['id']}")).json()
    assert left["state"] == "received"
