"""A seat whose centre is gone, in a real browser: the paper page opens from the browser, what is written goes in afterwards."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.harness.browser import until
from tests.harness.doors import open_doors
from tests.harness.street import Street, open_street

pytestmark = pytest.mark.slow
SHEET = "document.querySelector('.sheet')?.textContent.includes({})"


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        yield opened


@pytest.fixture
async def page(people: People) -> Page:
    """A seat's browser; what fails while the line is away is no complaint."""
    someone = await people()
    someone.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection")
    return await someone.page()


async def sit_down(page: Page, street: Street, *roles: str) -> None:
    await page.goto(street.url + await street.link(*roles))
    await until(page, "document.cookie !== undefined && document.body.textContent.length > 20")


async def press(page: Page, words: str) -> None:
    """The button that begins with these words."""
    await page.get_by_role("button", name=re.compile(f"^{re.escape(words)}")).last.click()


async def write(page: Page, label: str, text: str) -> None:
    """Into the field that is called so."""
    await page.locator(".paper form").get_by_label(label, exact=True).fill(text)


async def test_the_last_picture_and_forms_are_there_without_a_server_and_go_in_once(
    page: Page, street: Street
) -> None:
    incident = await street.doors.incident(
        type="100211", place={"lon": 114.02, "lat": 22.54, "address": "北门"}
    )
    await sit_down(page, street, "dispatcher", "call_taker")
    await page.goto(street.url + "/paper")
    await until(page, SHEET.format(json.dumps(incident["number"])))
    await until(page, "navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    await until(page, "caches.match('/paper').then(Boolean)")
    await page.context.set_offline(True)
    await page.goto(street.url + "/desk")
    await until(page, SHEET.format(json.dumps(incident["number"])))
    assert "北门" in await page.inner_text(".sheet")
    await press(page, "填表")
    await press(page, "新表")
    number = await page.inner_text(".paper form .number")
    assert number.startswith("CITY-0-")
    await write(page, "地点", "南门")
    await write(page, "内容", "停电时的报警")
    await press(page, "填好")
    await page.wait_for_selector("li.ready")
    await page.context.set_offline(False)
    await page.goto(street.url + "/paper")
    await press(page, "填表")
    told = await page.inner_text("li.entered")
    seat = await street.doors.seat("dispatcher")
    [entered] = [
        one
        for one in (await seat.get("/incidents")).json()["items"]
        if {"agency": "paper", "reference": number} in [dict(ref) for ref in one["external_refs"]]
    ]
    assert entered["number"] in told
    assert (entered["place"]["address"], entered["alarms"][0]["text"]) == ("南门", "停电时的报警")
    assert "停电时的报警" not in await page.inner_text("body")


async def test_numbers_of_printed_forms_are_given_once(page: Page, street: Street) -> None:
    await sit_down(page, street, "dispatcher")
    seen: list[str] = []
    for _ in range(2):
        await page.goto(street.url + "/paper")
        await press(page, "空白表")
        await press(page, "再备 2 张")
        await until(page, "document.querySelectorAll('.blank').length === 2")
        seen += await page.locator(".blank .number").all_inner_texts()
    assert len(set(seen)) == len(seen) == 4
    assert len(await page.pdf(prefer_css_page_size=True)) > 1_000
