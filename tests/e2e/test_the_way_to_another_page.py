"""Promise: from each page one key leads to the others, each in a window of its own that is found again, never opened twice."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import People
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def test_a_page_is_opened_by_its_digit_and_found_again(street: Street, people: People) -> None:
    person = await people()
    # Chromium says so, about every second time, of something that came due while it was opening the window.
    person.forgive("callback is no longer runnable")
    page = await street.sit_down(person, "desk", "dispatcher", "call_taker")
    await page.locator(".link.live").wait_for()
    menu = page.locator("dialog[open] nav")
    await page.keyboard.press("Alt+W")
    await expect(menu.locator("a[aria-current=page]")).to_have_attribute("href", "/desk")
    async with page.expect_popup() as opened:
        await page.keyboard.press("1")
    call = await opened.value
    await call.locator(".link.live").wait_for()
    await call.evaluate("window.kept = true")
    await page.bring_to_front()
    await page.keyboard.press("Alt+W")
    await page.keyboard.press("1")
    await expect(menu).to_be_hidden()
    await page.wait_for_timeout(300)  # time enough to load it anew, if it did
    assert await call.evaluate("window.kept")
    assert [p.url.rsplit("/", 1)[1] for p in page.context.pages].count("call") == 1


async def test_arrows_walk_and_escape_leaves(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher", "call_taker")
    await page.locator("#strip h1 button").click()
    links = page.locator("dialog[open] nav a")
    await expect(links.first).to_be_focused()
    for _ in range(await links.count()):
        await page.keyboard.press("ArrowDown")
    await expect(links.first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(links.first).to_be_hidden()
    assert len(page.context.pages) == 1
