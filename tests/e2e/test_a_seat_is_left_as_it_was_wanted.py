"""Promise: a seat keeps the language somebody chose, its English is complete, and who signs out is at the door again."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.street import Street

pytestmark = pytest.mark.slow

# Every piece of text that is seen, also between elements, and what is only read out or shown in empty fields.
_SHOWN = """
(() => {
  const seen = (node) => node.checkVisibility() && !node.closest('.told, script, style, [lang]:not(html)');
  const told = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) if (seen(text.parentElement)) told.push(text.data);
  for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
    for (const node of document.querySelectorAll(`body [${name}]`)) if (seen(node)) told.push(node.getAttribute(name));
  }
  return told.map((text) => text.trim()).filter(Boolean);
})()
"""
_NAMES = {room.name_zh for room in town.ROOMS} | {sign for sign, _, _ in town.UNITS.values()}


async def untold(page: Page) -> list[str]:
    """What stands on the page in Chinese and is nobody's name."""
    shown: list[str] = await page.evaluate(_SHOWN)
    assert len(shown) > 20
    strange = [text for text in shown if any("一" <= sign <= "鿿" for sign in text)]
    return [text for text in strange if not any(name in text for name in _NAMES)]


async def test_the_language_is_kept_and_english_is_complete(street: Street, people: People) -> None:
    street.place_units()
    incident = await street.doors.incident(type="100211", text="A man with a knife")
    page = await street.sit_down(await people(), "desk", "dispatcher", "call_taker")
    await page.get_by_role("button", name="EN", exact=True).click()
    await page.goto(street.url)
    await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
    await page.locator(".option").first.wait_for()
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await untold(page) == []
    for other in ("call", "paper"):
        await page.goto(f"{street.url}/{other}")
        await page.locator(".link.live, main h2").first.wait_for()
        assert await untold(page) == [], other


async def test_text_between_elements_is_looked_at(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    await page.get_by_role("button", name="EN", exact=True).click()
    await page.evaluate("document.querySelector('h1').append(' 派警', document.createElement('i'))")
    assert await untold(page) == ["派警"]


async def test_who_signs_out_is_at_the_door_again(street: Street, people: People) -> None:
    person = await people()
    person.forgive("status of 401")
    page = await street.sit_down(person, "desk", "dispatcher")
    await page.get_by_role("button", name="退出", exact=True).click()
    await expect(page.locator(".door")).to_be_visible()
    await page.goto(f"{street.url}/desk")
    await expect(page.locator(".door")).to_be_visible()
