"""Promise: words typed and not sent come back after the tab died: in a dialog, beside a handed-in report, for a caller asked."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import PATIENCE_MS, until
from tests.harness.people import enter, seats
from tests.harness.seated import take_seat
from tests.harness.street import Street

pytestmark = pytest.mark.slow
WORDS = "嫌疑人往北跑，穿红衣"


async def chosen(page: Page, url: str, number: str) -> None:
    """The desk with this incident selected."""
    await page.goto(f"{url}/desk")
    await page.locator(".link.live").wait_for()
    await page.locator(f".panel.queue .number[title='{number}']").click()
    await page.locator(".panel.detail .told").first.wait_for()


async def test_a_note_half_written_is_in_its_dialog_again(street: Street, people: People) -> None:
    incident = await street.doors.incident(text="抢劫")
    other = await street.doors.incident(text="落水")
    person = await people()
    page = await street.sit_down(person, "desk", "dispatcher")
    await chosen(page, street.url, incident["number"])
    await page.keyboard.press("n")
    await page.locator("dialog textarea").fill(WORDS)
    await page.close()

    page = await person.page()
    await chosen(page, street.url, other["number"])
    await page.keyboard.press("n")
    await expect(page.locator("dialog textarea")).to_have_value("")
    await page.keyboard.press("Escape")
    await chosen(page, street.url, incident["number"])
    await page.keyboard.press("n")
    await expect(page.locator("dialog textarea")).to_have_value(WORDS)
    await expect(page.locator("dialog .back")).to_be_visible()
    await page.locator("dialog textarea").press("Control+Enter")
    await until(page, "!document.querySelector('dialog[open]')")
    await expect(page.locator(".panel.detail")).to_contain_text(WORDS)
    await page.keyboard.press("n")
    await expect(page.locator("dialog textarea")).to_have_value("")


async def test_words_on_their_way_when_the_tab_died_are_told_by_the_next_one(
    street: Street, people: People
) -> None:
    await enter(street.doors, "wangning", "call_taker")
    seat = (await seats(street.doors, ("J-01", town.CITY, "call_taker")))["J-01"]
    person = await people()
    person.forgive("Failed to load resource")
    await take_seat(person, street.url, "wangning", seat)
    page = await person.page(f"{street.url}/call")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("F7")
    await page.keyboard.insert_text("有人打架")
    await page.keyboard.press("Control+Enter")
    await page.keyboard.press("Control+Enter")  # without a place it is warned of once
    await page.locator(".taken").wait_for()
    await until(page, "document.activeElement?.matches('.more textarea')")
    await page.route("**/notes", lambda _: None)  # the request leaves and nobody ever hears of it
    await page.keyboard.insert_text(WORDS)
    async with page.expect_request("**/notes"):
        await page.keyboard.press("Enter")
    await page.close()

    page = await person.page(f"{street.url}/call")
    await expect(page.locator(".toasts").get_by_text(WORDS)).to_be_visible(timeout=PATIENCE_MS)
    assert await until(
        page, "!Object.keys(localStorage).some((name) => name.startsWith('dispatch110.more.'))"
    )
