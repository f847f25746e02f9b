"""Promise: any incident is replayed by keyboard with a map that says it is not live, and what was found in it is followed up where it stands."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.e2e.test_units_are_sent_by_one_key import free_units  # noqa: F401 - a fixture of this module too
from tests.harness import town
from tests.harness.browser import until
from tests.harness.patrols import frame
from tests.harness.street import Street

pytestmark = pytest.mark.slow

NASTY = "<img src=x onerror=\"document.title='owned'\"> 未及时签收"


async def lived(street: Street) -> dict[str, Any]:
    """An incident with an order, an urgent note, and a unit that came."""
    seat = await street.doors.seat("dispatcher", "leader", "reviewer")
    told = await street.doors.incident(
        type="500600", text=NASTY, place={"lon": 114.03, "lat": 22.54, "address": NASTY}
    )
    order = {"orders": [{"unit_id": str(town.N1)}]}
    [job] = (await seat.made(f"/incidents/{told['id']}/assignments", order, 201))["items"]
    await seat.made(f"/incidents/{told['id']}/notes", {"kind": "hazard", "text": NASTY, "urgent": True}, 201)
    for step in ("deliver", "accept", "en-route", "on-scene"):
        await seat.made(f"/assignments/{job['id']}/{step}")
    live = street.doors.runtime.centre.live
    now = round(datetime.fromisoformat(told["opened_at"]).timestamp() * 1000)
    for n in range(6):
        live.apply(frame([town.N1.int], [114.02 + n / 2_000], [22.54], now + n * 400), now + 5_000)
    return told


async def moment(page: Page) -> int:
    return int(await page.locator("#moment").input_value())


async def test_the_last_minutes_are_opened_from_the_dispatchers_detail(
    street: Street, people: People
) -> None:
    person = await people()
    desk = await street.sit_down(person, "desk", "dispatcher", "leader")
    told = await lived(street)
    await desk.locator(f".panel.queue .number[title='{told['number']}']").click()
    link = desk.get_by_role("link", name="回放最近 10 分钟")
    async with person.context.expect_page() as opening:
        await link.click()
    page = await opening.value
    await expect(page.locator("#course")).to_contain_text(told["number"])
    await expect(page.locator(".watermark")).to_contain_text("不是实时")
    assert f"incident={told['id']}" in page.url


async def test_time_is_moved_by_keys(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "review", "dispatcher", "leader")
    told = await lived(street)
    await page.goto(f"{street.url}/review?incident={told['id']}")
    await expect(page.locator("#knew tbody tr").first).to_be_visible()
    slider = page.locator("#moment")
    await slider.focus()
    await page.keyboard.press("Home")
    start = await moment(page)
    assert start == int(await slider.get_attribute("min") or 0)
    await page.keyboard.press("End")
    end = await moment(page)
    assert end > start
    await page.keyboard.press("Home")
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("ArrowLeft")
    assert start <= await moment(page) <= end
    await page.locator("body").click(position={"x": 600, "y": 5})
    await page.keyboard.press("Home")
    await page.keyboard.press(".")
    first = await moment(page)
    assert first >= start
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="暂停")).to_be_visible()
    await page.keyboard.press("Space")
    await page.locator("#knew tbody tr", has_text="到场").first.get_by_role("button").click()
    await expect(page.locator("#knew tr.taken")).to_contain_text("到场")
    assert re.search(r"\d\d:\d\d:\d\d", await page.locator(".watermark").inner_text())


async def test_what_was_found_is_followed_to_its_end(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "review", "dispatcher", "leader", "reviewer")
    told = await lived(street)
    await page.goto(f"{street.url}/review?incident={told['id']}")
    found = page.locator("#found")
    await found.get_by_role("button", name="发起复盘").click()
    await expect(found).to_contain_text("复盘中")
    await page.locator("#course .fact", has_text="下达指令").first.click()
    await found.locator("textarea").fill(NASTY)
    await found.get_by_role("button", name="加入").click()
    await expect(found.locator("li.found")).to_contain_text("未及时签收")
    await found.get_by_role("button", name="据此下达").click()
    form = page.get_by_role("dialog")
    await form.locator("textarea").fill(NASTY)
    await form.get_by_role("button", name="下达").click()
    await expect(found.locator("li.action")).to_contain_text("未及时签收")
    await expect(found).to_contain_text("还有 1 项整改未完成")
    await found.get_by_role("button", name="不再办理").click()
    form = page.get_by_role("dialog")
    await form.locator("textarea").fill("统一办理")
    await form.get_by_role("button", name="不再办理").click()
    await found.get_by_role("button", name="签发结论").click()
    form = page.get_by_role("dialog")
    await form.locator("textarea").fill("已复盘")
    await form.get_by_role("button", name="签发结论").click()
    await expect(found).to_contain_text("已办结")
    assert "owned" not in await page.title()
    sheet = await found.get_by_role("link", name="PDF 报告").get_attribute("href")
    answer = await page.context.request.get(street.url + str(sheet))
    assert (await answer.body())[:5] == b"%PDF-"


async def test_texts_are_opened_only_when_asked_for(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "review", "dispatcher")
    told = await lived(street)
    await page.goto(f"{street.url}/review?incident={told['id']}")
    course = page.locator("#course")
    await expect(course.locator(".said")).to_have_count(0)
    # By key: a line of alarm that comes above moves the button away from under a pointer that is pressed.
    await course.get_by_role("button", name="打开文字").press("Enter")
    await expect(course.locator(".said .told").first).to_contain_text("未及时签收")


async def test_an_action_that_is_overdue_says_so_in_the_list_and_where_it_stands(
    street: Street, people: People
) -> None:
    told = await lived(street)
    seat = await street.doors.seat("dispatcher", "leader", "reviewer")
    review = await seat.made(f"/incidents/{told['id']}/after-action-reviews", {}, 201)
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    path = f"/after-action-reviews/{review['id']}/actions"
    body = {"room_id": str(town.NORTH), "text": "夜间双人值守", "due_at": due}
    await seat.made(path, body, 201)
    action = await seat.made(path, body | {"text": "重新培训签收"}, 201)
    async with street.doors.runtime.pool.acquire() as conn:  # the last of them, two hours later
        await conn.execute(
            "UPDATE review_action SET due_at = due_at - interval '2 hours' WHERE id = $1", action["id"]
        )
    page = await street.sit_down(await people(), "review", "dispatcher", "leader", "reviewer")
    overdue = page.locator("#reviews").get_by_role("button", name="逾期整改 1")
    await expect(overdue).to_have_class(re.compile("hot"))
    await overdue.focus()
    await page.keyboard.press("Enter")
    row = page.locator("#reviews tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text(told["number"])
    await expect(row).to_contain_text("重新培训签收")
    await expect(row.locator("td.crit-text")).not_to_be_empty()
    found: dict[str, list[str]] = {"overdue": await violations(page)}
    await row.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    actions = page.locator("#found li.action")
    await expect(actions).to_have_count(2)
    late = actions.filter(has_text="重新培训签收")
    await expect(late).to_have_class(re.compile("late"))
    await expect(late.locator(".due")).to_contain_text("逾期")
    await expect(actions.filter(has_text="夜间双人值守").locator(".due")).not_to_contain_text("逾期")
    found["whole"] = await violations(page)
    assert amiss(found) == {}

    # Done, it is late no longer: what is owed now is that somebody else looks at it.
    north = await street.doors.seat("leader", of=town.NORTH)
    await north.made(f"/review-actions/{action['id']}/finish", {"text": "已培训"})
    await page.reload()
    await expect(page.locator("#found li.late")).to_have_count(0)


async def test_axe_finds_nothing_on_the_page_empty_or_full(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "review", "dispatcher", "leader", "reviewer")
    found: dict[str, list[str]] = {}
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator("#reviews").wait_for()
        found[f"{look} list"] = await violations(page)
    told = await lived(street)
    seat = await street.doors.seat("dispatcher", "leader", "reviewer")
    review = await seat.made(f"/incidents/{told['id']}/after-action-reviews", {}, 201)
    for kind in ("well", "not_well", "cause"):
        await seat.made(f"/after-action-reviews/{review['id']}/findings", {"kind": kind, "text": NASTY}, 201)
    await page.goto(f"{street.url}/review?review={review['id']}")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator("#found li.found").first.wait_for()
        await until(page, "document.querySelector('.canvas canvas') || document.querySelector('.nomap')")
        found[look] = await violations(page)
    assert amiss(found) == {}
