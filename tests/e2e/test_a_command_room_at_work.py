"""Promise: a leader leads from one page by keys alone: what was raised, what is owed, who takes over; and prints how it stands."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.events import held
from tests.harness.people import enter, seats
from tests.harness.seated import sign_in, take_seat
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def raised(street: Street, **more: Any) -> dict[str, Any]:
    """A serious incident of the north that the city was drawn into."""
    incident = await street.doors.incident(type="100211", text="持刀抢劫", **more)
    dispatcher = await street.doors.seat("dispatcher", of=town.NORTH)
    await dispatcher.made(
        f"/incidents/{incident['id']}/raise", {"room_id": str(town.CITY), "mode": "monitor"}
    )
    return incident


async def opened(street: Street, people: People, *roles: str) -> Page:
    page = await street.sit_down(await people(size=(1600, 950)), "room", *(roles or ("leader", "dispatcher")))
    await look_at_the_brief(page)
    return page


async def look_at_the_brief(page: Page) -> None:
    """It opens by itself once somebody has sat down and something has happened."""
    brief = page.locator("dialog[open]", has_text="离开期间")
    await expect(brief).to_contain_text("提级")
    await page.keyboard.press("Escape")
    await expect(brief).to_be_hidden()


async def chosen(page: Page, number: str) -> None:
    """Walk the list by arrows until this incident is chosen."""
    await page.keyboard.press("F2")
    title = page.locator("#detail header")
    for _ in range(30):
        await page.keyboard.press("ArrowDown")
        if number in (await title.inner_text()):
            return
    raise AssertionError(f"{number} is not in the list")


async def test_what_was_raised_is_taken_and_handed_back_by_keys(street: Street, people: People) -> None:
    incident = await raised(street)
    page = await opened(street, people)
    row = page.locator("#incidents [role=option]", has_text=incident["number"].split("-")[1])
    await expect(row).to_contain_text("未接手")
    await chosen(page, incident["number"])
    await page.keyboard.press("a")
    await page.keyboard.press("k")
    await expect(row).to_contain_text("指挥")
    await expect(row).to_contain_text("接管")
    seat = await street.doors.seat("leader")
    told = (await seat.get(f"/incidents/{incident['id']}")).json()
    assert told["command"]["room"] == str(town.CITY)
    await page.keyboard.press("a")
    await page.keyboard.press("z")
    await expect(row).to_contain_text("关注")


async def test_a_demand_is_given_about_what_is_chosen(street: Street, people: People) -> None:
    incident = await raised(street)
    page = await opened(street, people)
    await chosen(page, incident["number"])
    await page.keyboard.press("d")
    form = page.get_by_role("dialog")
    await expect(form).to_contain_text(incident["number"])
    await form.locator("textarea").fill("请于一小时内报告处置进展")
    await form.get_by_role("button", name="下达督办").click()
    await expect(page.locator("#supervision li", has_text="请于一小时内")).to_contain_text("待答复")


async def test_the_report_prints_one_page_a_room(street: Street, people: People) -> None:
    incident = await raised(street)
    page = await opened(street, people)
    await page.keyboard.press("p")
    sheet = page.locator(".sheet")
    await expect(sheet).to_contain_text("态势报告")
    await expect(sheet).to_contain_text(incident["number"].split("-")[1])
    await expect(sheet).to_contain_text("值班领导（签字）")
    assert pages(await page.pdf(format="A4", prefer_css_page_size=True)) == 1
    await page.get_by_label("含下级各室，每室一页").check()
    sheets = await sheet.count()
    assert sheets > 1
    assert pages(await page.pdf(format="A4", prefer_css_page_size=True)) == sheets
    await page.keyboard.press("Escape")
    await expect(page.locator("#incidents")).to_be_visible()


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


async def test_the_shift_is_handed_over_from_page_to_page(street: Street, people: People) -> None:
    tag = uuid4().hex[:4]
    for login in (f"old{tag}", f"new{tag}"):
        await enter(street.doors, login, "leader", "dispatcher")
    seat_id = (await seats(street.doors, (f"L{tag}", town.CITY, "leader")))[f"L{tag}"]
    incident = await raised(street)
    leaves, arrives = await people(size=(1600, 950)), await people(size=(1600, 950))
    await take_seat(leaves, street.url, f"old{tag}", seat_id)
    first = await leaves.page(f"{street.url}/room")
    await first.locator(".link.live").wait_for()
    await look_at_the_brief(first)
    await first.keyboard.press("Alt+5")
    await first.get_by_label("接班人").select_option(label=f"new{tag}先生")
    await first.get_by_role("button", name="开始交班").click()
    await expect(first.locator("#handover .head")).to_contain_text(f"接班人 new{tag}先生")
    await expect(first.locator("#handover")).to_contain_text(incident["number"])
    await first.get_by_role("button", name="交班签字").click()
    await expect(first.locator("#handover .tag").first).to_have_text("等待接班人签字")
    await sign_in(arrives, street.url, f"new{tag}")
    second = await arrives.page(f"{street.url}/room")
    await second.locator(".link.live").wait_for()
    await look_at_the_brief(second)
    await second.keyboard.press("Alt+5")
    sign = second.get_by_role("button", name="接班签字")
    await expect(sign).to_be_disabled()
    await second.get_by_role("button", name=re.compile("全部标为已读")).click()
    await expect(sign).to_be_enabled()
    await sign.click()
    await expect(second.locator("body")).to_contain_text("交接完成")
    seat = await street.doors.seat("leader")
    told = (await seat.get(f"/seats/{seat_id}")).json()
    assert (told["holder_name"], told["state"]) == (f"new{tag}先生", "ready")


async def test_what_is_owed_on_another_page_is_one_link_away(street: Street, people: People) -> None:
    event = await held(await street.doors.seat("dispatcher", "leader"), await street.doors.seat("leader"))
    await raised(street)
    page = await opened(street, people)
    await page.keyboard.press("Alt+1")
    line = page.locator("#duties li", has=page.locator(f"a[href='/events?event={event['id']}']"))
    await expect(line).to_contain_text("进行中")
    await expect(line).to_contain_text("缺 1")


async def test_a_room_is_spoken_to_from_the_command_room(street: Street, people: People) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {
        "kind": "call",
        "text": "各卡点就位",
        "expires_at": until,
        "audience": {"rooms": [str(town.NORTH)]},
    }
    await (await street.doors.seat("leader")).made("/broadcasts", body, 201)
    await raised(street)
    page = await opened(street, people)
    await page.keyboard.press("Alt+b")
    dialog = page.locator("dialog.broadcasts")
    await expect(dialog).to_contain_text("各卡点就位")
    await dialog.get_by_role("button", name="群呼", exact=True).click()
    await expect(dialog.locator("textarea").first).to_be_visible()


@pytest.mark.parametrize("why", ["leaves", "loses its link"])
async def test_who_covers_hears_it(street: Street, people: People, why: str) -> None:
    tag = uuid4().hex[:4]
    two = ((f"A{tag}", town.SOUTH, "dispatcher"), (f"B{tag}", town.SOUTH, "dispatcher"))
    ids = await seats(street.doors, *two)
    await seats(street.doors, *two, **{f"A{tag}": {"seat_id": ids[f"B{tag}"]}})
    goes, stays = await people(), await people()
    for login in (f"goes{tag}", f"stays{tag}"):
        await enter(street.doors, login, "dispatcher", room=town.SOUTH)
    await take_seat(goes, street.url, f"goes{tag}", ids[f"A{tag}"])
    await take_seat(stays, street.url, f"stays{tag}", ids[f"B{tag}"])
    page = await stays.page(f"{street.url}/desk")
    await page.locator(".link.live").wait_for()
    if why == "leaves":
        other = await goes.page(f"{street.url}/desk")
        await other.locator(".link.live").wait_for()
        await goes.context.request.delete(f"{street.url}/api/v1/session", headers=await token(goes, street))
        goes.forgive("401")
    else:
        async with street.doors.runtime.pool.acquire() as conn:
            await conn.execute("UPDATE seat_ear SET since = cad_now() - interval '1 hour'")
            await conn.execute(
                "UPDATE seat SET since = cad_now() - interval '1 hour', answering_since = cad_now() - interval '1 hour' WHERE id = $1",
                ids[f"A{tag}"],
            )
            await conn.execute(
                "UPDATE timer SET armed_at = armed_at - interval '1 hour', due_at = due_at - interval '1 hour' WHERE entity_id = $1",
                ids[f"A{tag}"],
            )
    banner = page.locator("#banner")
    await expect(banner).to_contain_text(f"代管席位 A{tag}", timeout=20_000)
    await expect(banner).to_contain_text("已离席签退" if why == "leaves" else "连接中断")
    await page.keyboard.press("F8")
    await expect(banner.get_by_text(f"A{tag}")).to_have_count(0)


async def token(person: Any, street: Street) -> dict[str, str]:
    told = await (await person.context.request.get(f"{street.url}/api/v1/session")).json()
    return {"X-CSRF-Token": told["csrf_token"], "Origin": street.url}
