"""Promise: a seat keeps the language somebody chose, its English is complete, and who signs out is at the door again."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.street import Street

pytestmark = pytest.mark.slow

_LEAVES = (
    "[...document.querySelectorAll('body *')]"
    ".filter((node) => !node.children.length && node.checkVisibility() && !node.closest('.told, option, script'))"
    ".map((node) => node.textContent.trim())"
)


async def test_the_language_is_kept_and_english_is_complete(street: Street, people: People) -> None:
    street.place_units()
    incident = await street.doors.incident(type="100211", text="A man with a knife")
    page = await street.sit_down(await people(), "desk", "dispatcher", "call_taker")
    await page.get_by_role("button", name="EN", exact=True).click()
    await page.goto(street.url)
    await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
    await page.locator(".option").first.wait_for()
    assert await page.evaluate("document.documentElement.lang") == "en"
    names = {room.name_zh for room in town.ROOMS} | {sign for sign, _, _ in town.UNITS.values()} | {"中文"}
    shown = await page.evaluate(_LEAVES)
    strange = [text for text in shown if any("一" <= sign <= "鿿" for sign in text)]
    assert [text for text in strange if not any(name in text for name in names)] == []


async def test_who_signs_out_is_at_the_door_again(street: Street, people: People) -> None:
    person = await people()
    person.forgive("status of 401")
    page = await street.sit_down(person, "desk", "dispatcher")
    await page.get_by_role("button", name="退出", exact=True).click()
    await expect(page.locator(".door")).to_be_visible()
    await page.goto(f"{street.url}/desk")
    await expect(page.locator(".door")).to_be_visible()
