"""Broadcasts in a real browser: one is sent from the desk, pops up while a plate is typed, is read without a line, and its lamps turn."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.doors import open_doors
from tests.harness.nasty import NASTY
from tests.harness.people import enter, seats
from tests.harness.seated import take_seat
from tests.harness.street import Street, open_street
from web import auth

pytestmark = pytest.mark.slow


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        opened.place_units()
        yield opened


async def lookout(street: Street, text: str = "持刀伤人在逃", **more: Any) -> dict[str, Any]:
    leader = await street.doors.seat("leader")
    body = {
        "kind": "lookout", "text": text, "advice": "持刀，保持距离", "urgent": True,
        "expires_at": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "marks": [{"kind": "plate", "text": "粤B12345"}], "audience": {"rooms": [str(town.CITY)]},
    }  # fmt: skip
    made: dict[str, Any] = await leader.made("/broadcasts", body | more, 201)
    return made


async def at_the_desk(street: Street, people: People, gl: bool = False) -> Page:
    await enter(street.doors, "chenchen", "dispatcher", "leader")
    [seat] = (await seats(street.doors, ("D-01", town.CITY, "dispatcher"))).values()
    person = await people(gl=gl)
    await take_seat(person, street.url, "chenchen", seat)
    page = await person.page(f"{street.url}/desk")
    await page.locator(".link.live").wait_for()
    return page


async def crew(street: Street, people: People) -> Page:
    person = await people(size=(400, 800))
    person.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection")
    page = await person.page()
    async with street.doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, town.N1, town.NORTH)
    await page.goto(street.url + link)
    await until(
        page, "document.querySelector('.link.live') && document.querySelector('.sign').textContent === '118'"
    )
    return page


async def test_one_is_written_on_the_desk_and_its_lamps_turn(street: Street, people: People) -> None:
    page, unit = await at_the_desk(street, people), await crew(street, people)
    await page.keyboard.press("/")
    await page.keyboard.type("布控 白色轿车伤人逃逸")
    await page.keyboard.press("Enter")
    form = page.locator("dialog.broadcasts form")
    await form.wait_for()
    assert await form.locator("textarea").input_value() == "白色轿车伤人逃逸"
    await form.locator("ul.rows input").first.fill("粤B·12345")
    await page.locator(".reach b").wait_for()
    assert "4 个警组" in await page.locator(".reach").inner_text()
    await page.keyboard.press("Control+Enter")
    lamps = page.locator("dialog.broadcasts .lamps")
    await lamps.wait_for()
    assert (await lamps.inner_text()).strip() == "0/7"
    await unit.locator("section.new").wait_for()
    await unit.locator("section.new button").click()
    await until(page, "document.querySelector('dialog.broadcasts .lamps').innerText.trim() === '1/7'")
    await until(unit, "!document.querySelector('section.new')")
    await page.locator("dialog.broadcasts li.owed button.primary").click()
    await until(page, "document.querySelector('dialog.broadcasts .lamps').innerText.trim() === '2/7'")
    assert "118" not in await page.locator("dialog.broadcasts ol.who").inner_text()


async def test_whom_it_reaches_is_chosen_by_area_and_named_before_it_is_sent(
    street: Street, people: People
) -> None:
    incident = await street.doors.incident(text="持刀伤人", place={"lon": 114.02, "lat": 22.54})
    page = await at_the_desk(street, people, gl=True)
    await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
    await page.locator("#map canvas.maplibregl-canvas").wait_for()
    await page.keyboard.press("/")
    await page.keyboard.type("群呼 南门封闭")
    await page.keyboard.press("Enter")
    form, who = page.locator("dialog.broadcasts form"), page.locator("details.who")
    await form.get_by_label("半径").fill("30米")
    await form.get_by_label("半径").press("Enter")
    await page.locator(".reach b").wait_for()
    await who.locator("summary").click()
    assert (await who.locator("p").first.inner_text()).split() == ["警组", "118、119"], (
        "side by side, 21 m apart"
    )
    await form.get_by_role("button", name="去掉").click()
    await form.get_by_role("button", name="图上画区").click()
    canvas = page.locator("#map canvas.maplibregl-canvas")
    box = await canvas.bounding_box()
    assert box is not None
    for across, down in ((0.1, 0.3), (0.85, 0.3), (0.85, 0.85)):
        await canvas.click(position={"x": box["width"] * across, "y": box["height"] * down})
    await canvas.press("Backspace")
    await page.locator(".draw", has_text="已 2 点").wait_for()
    await canvas.click(position={"x": box["width"] * 0.85, "y": box["height"] * 0.85})
    await canvas.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.85})
    await page.locator(".draw b", has_text="4 个警组").wait_for()
    await canvas.press("Control+Enter")
    await form.locator("li", has_text="图上画区 1").wait_for()
    await page.locator(".reach b", has_text="4 个警组").wait_for()
    await page.keyboard.press("Control+Enter")
    await page.locator("dialog.broadcasts .lamps").wait_for()
    leader = await street.doors.seat("leader")
    [sent] = (await leader.get("/broadcasts")).json()["items"]
    assert (sent["text"], sent["counts"]["recipients"]) == ("南门封闭", 4)
    assert sent["audience"]["areas"][0]["geometry"]["type"] in ("Polygon", "MultiPolygon")


async def test_a_crew_without_a_line_reads_and_is_believed_later(street: Street, people: People) -> None:
    unit = await crew(street, people)
    b = await lookout(street)
    await unit.locator("section.new").wait_for()
    await unit.context.set_offline(True)
    await unit.locator("section.new button").click()
    await until(unit, "!document.querySelector('section.new')")
    leader = await street.doors.seat("leader")
    assert (await leader.get(f"/broadcasts/{b['id']}")).json()["counts"]["read"] == 0
    await unit.context.set_offline(False)

    async def read() -> int:
        count: int = (await leader.get(f"/broadcasts/{b['id']}")).json()["counts"]["read"]
        return count

    await until(unit, "document.querySelector('.link.live')")
    for _ in range(600):
        if await read() == 1:
            break
        await unit.wait_for_timeout(100)
    assert await read() == 1


async def test_it_pops_up_while_a_plate_is_typed_and_one_key_links_it(street: Street, people: People) -> None:
    await enter(street.doors, "wangning", "call_taker")
    [seat] = (await seats(street.doors, ("J-01", town.CITY, "call_taker"))).values()
    b = await lookout(street)
    person = await people()
    await take_seat(person, street.url, "wangning", seat)
    page = await person.page(f"{street.url}/call")
    await page.locator(".link.live").wait_for()
    text = page.locator("textarea.text")
    await text.fill("有辆白车停在路边，粤b 1234")
    await text.press_sequentially("5")
    found = page.locator("section.found")
    await found.wait_for()
    assert "持刀，保持距离" in await found.inner_text()
    await page.keyboard.press("Alt+l")
    await page.locator("section.found .ok-text").wait_for()
    assert not [url for url in person.asked if "12345" in url or "%E7%B2%A4" in url]
    await text.fill("有辆白车停在路边")
    await until(page, "!document.querySelector('section.found')")
    leader = await street.doors.seat("leader")
    assert (await leader.get(f"/broadcasts/{b['id']}")).json()["spottings"] == []


async def test_whatever_was_written_is_shown_as_text_and_everybody_can_use_it(
    street: Street, people: People
) -> None:
    for n, text in enumerate(NASTY[:4]):
        await lookout(
            street,
            text=text[:2_000],
            advice=text[:500],
            marks=[{"kind": "other", "text": text[:200] or "-"}],
            urgent=n == 0,
        )
    page, unit = await at_the_desk(street, people), await crew(street, people)
    found: dict[str, list[str]] = {}
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.keyboard.press("Alt+b")
        await page.locator("dialog.broadcasts li .fold").first.wait_for()
        await page.locator("dialog.broadcasts li .fold").first.click()
        found[f"{look} list"] = await violations(page)
        await page.locator("dialog.broadcasts header button").first.click()
        await page.locator("dialog.broadcasts form").wait_for()
        found[f"{look} form"] = await violations(page)
    async for look in each_look(unit):
        await unit.locator("section.new").first.wait_for()
        found[f"{look} crew"] = await violations(unit)
        assert (
            await unit.evaluate("document.querySelectorAll('section.new script, section.new img').length")
            == 0
        )
    assert amiss(found) == {}
