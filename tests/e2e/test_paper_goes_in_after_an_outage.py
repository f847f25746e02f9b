"""A seat whose centre is gone, in a real browser: the paper page opens from the browser, what is written goes in afterwards."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.harness.browser import until
from tests.harness.doors import open_doors
from tests.harness.street import Street, open_street

pytestmark = pytest.mark.slow


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        yield opened


@pytest.fixture
async def page(people: People) -> Page:
    """A seat's window; what fails while the line is away is no complaint."""
    person = await people()
    person.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection")
    return await person.page()


async def press(page: Page, words: str) -> None:
    """The last button with these words."""
    found = f"[...document.querySelectorAll('button')].findLast((b) => b.textContent.includes({json.dumps(words)}))"
    await until(page, f"{found} && !{found}.disabled")
    await page.evaluate(f"{found}.click()")


async def write(page: Page, label: str, text: str) -> None:
    """Into the field that is called so."""
    await until(
        page,
        "(() => { const label = [...document.querySelectorAll('.paper form label')]"
        f".find((one) => one.textContent.trim().startsWith({json.dumps(label)}));"
        "const field = label?.querySelector('input, textarea'); if (!field) return false;"
        f"field.value = {json.dumps(text)}; field.dispatchEvent(new Event('input', {{bubbles: true}})); return true; }})()",
    )


async def cut(page: Page, *, off: bool) -> None:
    """Take the line away, or give it back."""
    await page.context.set_offline(off)


async def test_the_last_picture_and_forms_are_there_without_a_server_and_go_in_once(
    page: Page, street: Street
) -> None:
    incident = await street.doors.incident(
        type="100211", place={"lon": 114.02, "lat": 22.54, "address": "北门"}
    )
    await page.goto(street.url + await street.link("dispatcher", "call_taker"))
    await until(page, "document.querySelector('.link.live')")
    await page.goto(street.url + "/paper")
    await until(
        page, f"document.querySelector('.sheet')?.textContent.includes({json.dumps(incident['number'])})"
    )
    await until(page, "navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    await until(page, "caches.match('/paper').then(Boolean)")
    await cut(page, off=True)
    await page.goto(street.url + "/paper")
    await until(
        page, f"document.querySelector('.sheet')?.textContent.includes({json.dumps(incident['number'])})"
    )
    assert "北门" in await page.evaluate("document.querySelector('.sheet').textContent")
    await press(page, "填表")
    await press(page, "新表")
    number = await until(page, "document.querySelector('.paper form .number')?.textContent")
    assert number.startswith("CITY-0-")
    await write(page, "地点", "南门")
    await write(page, "内容", "停电时的报警")
    await press(page, "填好")
    await until(page, "document.querySelector('li.ready')")
    await cut(page, off=False)
    seat = await street.doors.seat("dispatcher")
    await page.goto(street.url + "/paper")
    await press(page, "填表")
    await until(page, "document.querySelector('li.entered')")
    await page.goto(street.url + "/paper")
    await press(page, "填表")
    told = await until(page, "document.querySelector('li.entered')?.textContent")
    [entered] = [
        one
        for one in (await seat.get("/incidents")).json()["items"]
        if {"agency": "paper", "reference": number} in [dict(ref) for ref in one["external_refs"]]
    ]
    assert entered["number"] in told
    assert (entered["place"]["address"], entered["alarms"][0]["text"]) == ("南门", "停电时的报警")
    assert "停电时的报警" not in await page.evaluate("document.body.textContent")


async def test_numbers_of_printed_forms_are_given_once(page: Page, street: Street) -> None:
    await page.goto(street.url + await street.link("dispatcher"))
    await until(page, "document.querySelector('.link.live')")
    seen: list[str] = []
    for _ in range(2):
        await page.goto(street.url + "/paper")
        await press(page, "空白表")
        await press(page, "再备 2 张")
        await until(page, "document.querySelectorAll('.blank').length === 2")
        seen += await page.evaluate(
            "[...document.querySelectorAll('.blank .number')].map((one) => one.textContent)"
        )
    assert len(set(seen)) == len(seen) == 4
    assert len(await page.pdf(prefer_css_page_size=True)) > 1_000
