"""Promise: forms, callers and demands are worked through at the follow-up page by keys alone, and what people typed stays text."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import each_look, violations
from tests.harness import town
from tests.harness.street import Street

pytestmark = pytest.mark.slow
NASTY = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
CALLER = {"number": "13800001234", "name": "张三"}
ANSWERS: dict[str, Any] = {
    "result": "warned", "parties": 2, "source": "music", "quiet_now": True, "earlier": False,
    "measures": ["warned", "informed"], "handed_to": "nobody", "text": NASTY,
}  # fmt: skip


async def fed_back(street: Street, **more: Any) -> dict[str, Any]:
    """An incident with a form that a person must read."""
    desk = await street.doors.seat("dispatcher", "leader")
    unit = await street.doors.seat("unit", of=town.N1, kind="unit")
    incident = await street.doors.incident(
        **({"type": "200250", "priority": 2, "text": NASTY, "caller": CALLER} | more)
    )
    body = {"orders": [{"unit_id": str(town.N1)}], "kind": "order"}
    job = (await desk.made(f"/incidents/{incident['id']}/assignments", body, 201))["items"][0]["id"]
    for step in ("accept", "on-scene", "clear"):
        await unit.made(f"/assignments/{job}/{step}", {"result": "handled"} if step == "clear" else {})
    form = {"kind": "final", "form": {"code": "noise", "version": 0}, "answers": ANSWERS}
    await unit.made(f"/assignments/{job}/feedback", form)
    return incident


async def shown(street: Street, incident: dict[str, Any]) -> Any:
    seat = await street.doors.seat("dispatcher", "leader")
    return (await seat.get(f"/incidents/{incident['id']}")).json()


async def in_front(page: Page, incident: dict[str, Any]) -> None:
    """Walk down until this incident is the one that is looked at."""
    for _ in range(40):
        if incident["number"] in (await page.locator(".pane article header").all_inner_texts() or [""])[0]:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(f"{incident['number']} is in no row")


async def test_forms_and_callers_are_worked_through_by_keys(street: Street, people: People) -> None:
    street.place_units()
    one = await fed_back(street)
    page = await street.sit_down(await people(), "follow-up", "dispatcher", "leader", "reviewer")
    await page.keyboard.press("F2")
    await expect(page.locator(".list .row").first).to_contain_text(one["number"])
    await in_front(page, one)
    await expect(page.locator(".filled").first).to_contain_text(NASTY)
    await expect(page.locator(".filled").first).to_contain_text("音响广场舞")
    await page.keyboard.press("b")
    await page.get_by_role("dialog").locator("textarea").fill("请补充噪声来源")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".list .row")).to_have_count(0)
    assert (await shown(street, one))["state"] == "handled"
    other = await fed_back(street)
    await page.keyboard.press("F2")
    await in_front(page, other)
    await page.keyboard.press("a")
    await expect(page.locator(".list .row")).to_have_count(0)
    assert (await shown(street, other))["state"] == "reviewed"

    await page.keyboard.press("F3")
    await expect(page.locator(".list .row").first).to_contain_text(other["number"])
    await in_front(page, other)
    await expect(page.locator(".caller")).to_contain_text("138****1234")
    await page.keyboard.press("v")
    await page.keyboard.press("Enter")
    await expect(page.locator(".caller")).to_contain_text("13800001234")
    await page.keyboard.press("t")
    await page.keyboard.type("占线 1 2 3")
    await page.keyboard.press("Escape")
    await page.keyboard.press("4")
    await expect(page.locator(".when")).to_contain_text("待再试 1")
    told = await shown(street, other)
    assert (told["alarms"][0]["called_back"], len(told["alarms"][0]["unreached"])) == (None, 1)
    await page.keyboard.press("l")
    await in_front(page, other)
    await expect(page.locator(".caller")).to_contain_text("占线 1 2 3")
    await page.keyboard.press("3")
    await expect(page.get_by_role("dialog")).to_contain_text("督办")
    await page.keyboard.press("1")
    await expect(page.locator(".list .row")).to_have_count(0)
    await page.keyboard.press("F4")
    await expect(page.locator(".list .row").first).to_contain_text(other["number"])
    await in_front(page, other)
    await page.keyboard.press("a")
    await page.get_by_role("dialog").locator("textarea").fill(NASTY)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".pane article")).to_contain_text("待签结")
    assert "broken" not in await page.title()


async def test_the_page_is_for_everybody(street: Street, people: People) -> None:
    street.place_units()
    one = await fed_back(street)
    found = {}
    page = await street.sit_down(
        await people(size=(1280, 800)), "follow-up", "dispatcher", "leader", "reviewer"
    )
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        for key in ("F2", "F3", "F6"):
            await page.keyboard.press(key)
            if key == "F2":
                await in_front(page, one)
            found[f"{look} {key}"] = await violations(page)
    assert {look: wrong for look, wrong in found.items() if wrong} == {}
