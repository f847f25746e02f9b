"""Promise: what must be known of a place is seen as soon as the place is, on the call-taker's form, at the desk and by the crew, and looked after by keyboard."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import town
from tests.harness.people import enter
from tests.harness.seated import sign_in
from tests.harness.street import Street

pytestmark = pytest.mark.slow

NASTY = "<img src=x onerror=\"document.title='owned'\"> 院内两只大型犬"
SECRET = "住户曾持刀拒捕"
HERE = {"lon": 114.02, "lat": 22.54}


async def known(street: Street) -> None:
    """A dog, what somebody did, and a hydrant, all where the incident will be."""
    leader = await street.doors.seat("leader", of=town.NORTH)
    later = [(datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (90, 30)]
    for more in (
        {"kind": "dog", "text": NASTY},
        {"kind": "violence", "text": SECRET, "until": later[0], "review_at": later[1]},
        {"kind": "hydrant", "text": "DN150"},
    ):
        await leader.made("/standing-facts", {**HERE, "why": "到场所见", "address": "北门广场", **more}, 201)


async def ended(street: Street) -> None:
    """Nothing is known there any more: the next test begins anew."""
    leader = await street.doors.seat("leader", of=town.NORTH)
    for one in (await leader.get("/standing-facts", which="all")).json()["items"]:
        if one["state"] == "stands":
            await leader.made(f"/standing-facts/{one['id']}/withdraw", {"reason": "测试结束"})


async def reported(street: Street) -> dict[str, Any]:
    told: dict[str, Any] = await street.doors.incident(
        type="100211", text="持刀抢劫", place={**HERE, "address": "北门广场"}
    )
    return told


async def at_the_gate(page: Page) -> None:
    """The caller has said where."""
    await page.keyboard.press("Alt+n")
    await page.keyboard.press("F3")
    await page.keyboard.type("114.02,22.54")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")


async def test_the_call_taker_sees_it_with_the_place_and_opens_words_for_a_reason(
    street: Street, people: People
) -> None:
    await known(street)
    page = await street.sit_down(await people(), "call", "call_taker")
    await at_the_gate(page)
    over = page.get_by_role("alert", name="地点须知")
    await expect(over.locator("li")).to_have_count(2)
    await expect(over).to_contain_text("恶犬")
    await expect(over).to_contain_text(NASTY)
    await expect(over).not_to_contain_text(SECRET)
    await expect(page.locator("#around, .panel").filter(has_text="地点须知 1").first).to_contain_text("DN150")
    await over.get_by_role("button", name="查看内容").click()
    await page.locator("dialog[open] input[name=reason]").fill("接警需要")
    await page.keyboard.press("Enter")
    await expect(over).to_contain_text(SECRET)
    assert await page.title() != "owned"
    await ended(street)
    await expect(over).to_have_count(0)


async def test_the_desk_says_it_before_anybody_is_sent_and_the_crew_sees_it_with_its_order(
    street: Street, people: People
) -> None:
    await known(street)
    street.place_units()
    told = await reported(street)
    desk = await street.sit_down(await people(), "desk", "dispatcher", "leader")
    await desk.locator(f".panel.queue .number[title='{told['number']}']").click()
    detail = desk.locator(".panel.detail")
    await expect(detail.get_by_role("list", name="地点须知").locator("li")).to_have_count(3)
    await desk.keyboard.press("F3")
    await expect(desk.locator("#plan .known, .panel.plan .known").first).to_contain_text("曾暴力抗法")
    seat = await street.doors.seat("dispatcher", "leader")
    orders = {"orders": [{"unit_id": str(town.N1)}]}
    await seat.made(f"/incidents/{told['id']}/assignments", orders, 201)
    await expect(detail.locator(".radio").first).to_contain_text("该处须注意：恶犬、曾暴力抗法")
    await enter(street.doors, "crew118facts", "unit", room=town.NORTH, unit_id=str(town.N1))
    crew = await people(size=(360, 740))
    await sign_in(crew, street.url, "crew118facts")
    page = await crew.page(f"{street.url}/unit")
    mine = page.get_by_role("list", name="地点须知")
    await expect(mine.locator("li")).to_have_count(3)
    await expect(mine).not_to_contain_text(SECRET)
    await mine.get_by_role("button").click()
    await expect(mine).to_contain_text(SECRET)
    await ended(street)
    await expect(mine).to_have_count(0)


async def facts_tab(page: Page) -> None:
    await page.keyboard.press("Alt+8")
    await page.locator(".work section .bar").wait_for()


async def test_a_leader_looks_after_them_by_keyboard_on_the_room_page(street: Street, people: People) -> None:
    seat = await street.doors.seat("dispatcher", of=town.SOUTH)
    await seat.made("/standing-facts", {**HERE, "kind": "dog", "text": NASTY, "why": "路过所见"}, 201)
    page = await street.sit_down(await people(), "room", "dispatcher", "leader")
    await page.keyboard.press("Escape")
    await facts_tab(page)
    card = page.locator(".work article")
    await expect(card).to_contain_text(NASTY)
    await card.get_by_role("button", name="批准", exact=True).press("Enter")
    await expect(card).to_have_count(0)
    await page.get_by_role("button", name="有效", exact=True).press("Enter")
    await expect(card).to_have_count(1)
    await card.get_by_role("button", name="修改").press("Enter")
    await page.locator("dialog[open] textarea[name=text]").fill("犬已拴养")
    await page.keyboard.press("Control+Enter")
    await expect(card).to_contain_text("犬已拴养")
    await page.get_by_role("button", name="新增", exact=True).press("Enter")
    await page.keyboard.press("4")
    await page.locator("dialog[open] input[name=place]").fill("22.541, 114.021")
    await page.locator("dialog[open] [role=option]:not([aria-disabled])").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.locator("dialog[open] select[name=kind]").select_option("weapon")
    await page.locator("dialog[open] textarea[name=text]").fill("猎枪一支，持证")
    await page.locator("dialog[open] input[name=why]").fill("治安大队通报")
    await page.keyboard.press("Enter")
    await expect(card).to_have_count(2)
    await expect(card.first).to_contain_text("内容已遮蔽")
    await ended(street)
    await expect(card).to_have_count(0)


async def test_nothing_is_held_against_any_of_these_pages(street: Street, people: People) -> None:
    await known(street)
    told = await reported(street)
    seat = await street.doors.seat("dispatcher", of=town.SOUTH)
    await seat.made("/standing-facts", {**HERE, "kind": "hazmat", "text": "液氨", "why": "路过所见"}, 201)
    person, found = await people(), {}
    page = await street.sit_down(person, "room", "dispatcher", "leader", "reviewer")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.keyboard.press("Escape")
        await facts_tab(page)
        await page.locator(".work article").first.wait_for()
        found[f"room {look}"] = await violations(page)
    await page.goto(f"{street.url}/desk")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator(f".panel.queue .number[title='{told['number']}']").click()
        await page.locator(".panel.detail .known li").first.wait_for()
        found[f"desk {look}"] = await violations(page)
    await page.goto(f"{street.url}/follow-up")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator(".lanes button").last.locator("b.some").wait_for()
        await page.keyboard.press("0")
        await page.locator(".pane article").first.wait_for()
        found[f"follow-up {look}"] = await violations(page)
    await page.goto(f"{street.url}/call")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await at_the_gate(page)
        await page.locator("[role=alert] li.warns").first.wait_for()
        found[f"call {look}"] = await violations(page)
    assert amiss(found) == {}
    await ended(street)
