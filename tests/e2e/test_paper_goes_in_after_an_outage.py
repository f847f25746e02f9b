"""A seat whose centre is gone, in a real browser: the paper page opens from the browser, what is written goes in afterwards."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import browser
from tests.harness.browser import Page
from tests.harness.doors import open_doors
from tests.harness.street import Street, open_street

PROGRAM = browser.chromium()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(PROGRAM is None, reason=browser.MISSING)]


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        yield opened


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with browser.open_page(str(PROGRAM), tmp_path / "profile") as opened:
        yield opened


async def press(page: Page, words: str) -> None:
    """The last button with these words."""
    found = f"[...document.querySelectorAll('button')].findLast((b) => b.textContent.includes({json.dumps(words)}))"
    await page.until(f"{found} && !{found}.disabled")
    await page.value(f"{found}.click()")


async def write(page: Page, label: str, text: str) -> None:
    """Into the field that is called so."""
    await page.until(
        "(() => { const label = [...document.querySelectorAll('.paper form label')]"
        f".find((one) => one.textContent.trim().startsWith({json.dumps(label)}));"
        "const field = label?.querySelector('input, textarea'); if (!field) return false;"
        f"field.value = {json.dumps(text)}; field.dispatchEvent(new Event('input', {{bubbles: true}})); return true; }})()"
    )


async def cut(page: Page, *, off: bool) -> None:
    """Take the line away, or give it back."""
    how = {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    await page.tell("Network.emulateNetworkConditions", **how)


async def test_the_last_picture_and_forms_are_there_without_a_server_and_go_in_once(
    page: Page, street: Street
) -> None:
    incident = await street.doors.incident(
        type="100211", place={"lon": 114.02, "lat": 22.54, "address": "北门"}
    )
    await page.open(street.url + await street.link("dispatcher", "call_taker"))
    await page.until("document.querySelector('.link.live')")
    await page.open(street.url + "/paper")
    await page.until(
        f"document.querySelector('.sheet')?.textContent.includes({json.dumps(incident['number'])})"
    )
    await page.until("navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    await page.until("caches.match('/paper').then(Boolean)")
    await cut(page, off=True)
    await page.open(street.url + "/paper")
    await page.until(
        f"document.querySelector('.sheet')?.textContent.includes({json.dumps(incident['number'])})"
    )
    assert "北门" in await page.value("document.querySelector('.sheet').textContent")
    await press(page, "填表")
    await press(page, "新表")
    number = await page.until("document.querySelector('.paper form .number')?.textContent")
    assert number.startswith("CITY-0-")
    await write(page, "地点", "南门")
    await write(page, "内容", "停电时的报警")
    await press(page, "填好")
    await page.until("document.querySelector('li.ready')")
    await cut(page, off=False)
    seat = await street.doors.seat("dispatcher")
    await page.open(street.url + "/paper")
    await press(page, "填表")
    await page.until("document.querySelector('li.entered')")
    await page.open(street.url + "/paper")
    await press(page, "填表")
    told = await page.until("document.querySelector('li.entered')?.textContent")
    [entered] = [
        one
        for one in (await seat.get("/incidents")).json()["items"]
        if {"agency": "paper", "reference": number} in [dict(ref) for ref in one["external_refs"]]
    ]
    assert entered["number"] in told
    assert (entered["place"]["address"], entered["alarms"][0]["text"]) == ("南门", "停电时的报警")
    assert "停电时的报警" not in await page.value("document.body.textContent")


async def test_numbers_of_printed_forms_are_given_once(page: Page, street: Street) -> None:
    await page.open(street.url + await street.link("dispatcher"))
    await page.until("document.querySelector('.link.live')")
    seen: list[str] = []
    for _ in range(2):
        await page.open(street.url + "/paper")
        await press(page, "空白表")
        await press(page, "再备 2 张")
        await page.until("document.querySelectorAll('.blank').length === 2")
        seen += await page.value(
            "[...document.querySelectorAll('.blank .number')].map((one) => one.textContent)"
        )
    assert len(set(seen)) == len(seen) == 4
    printed = await page.tell("Page.printToPDF", preferCSSPageSize=True)
    assert len(printed["data"]) > 1_000
