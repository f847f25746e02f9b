"""Promise: whatever somebody typed is shown as text, letter for letter, on every page it reaches; it never becomes part of the page."""

import asyncio
from collections.abc import Iterable

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import until
from tests.harness.nasty import NASTY
from tests.harness.people import enter
from tests.harness.seated import sign_in
from tests.harness.street import Street

pytestmark = pytest.mark.slow

GUARD_S = 60.0
_AMISS = """
(() => {
  const forbidden = 'script,img,iframe,object,embed,base,meta,link,form,math,video,audio,style,input';
  const strange = [...document.querySelectorAll('.told')].flatMap((one) => [...one.querySelectorAll(forbidden)]);
  return {
    strange: strange.map((one) => one.outerHTML.slice(0, 80)),
    everywhere: document.querySelectorAll('body img, body iframe, body object, body base, body meta, body script:not([src])').length,
    links: [...document.querySelectorAll('a')].map((one) => one.href).filter((href) => /^(javascript|data):/i.test(href)),
    wide: document.documentElement.scrollWidth > innerWidth + 1,
    title: document.title,
  };
})()
"""
# Which of the texts some painted element holds, letter for letter but for how lines are broken.
_SHOWN = """
(texts) => {
  const plain = (text) => text.replace(/\\s+/gu, ' ').trim();
  const painted = [...document.querySelectorAll('.told')].filter((one) => one.checkVisibility()).map((one) => plain(one.textContent));
  return texts.filter((text) => painted.some((words) => words.includes(plain(text))));
}
"""


async def shown(page: Page, texts: Iterable[str]) -> set[str]:
    return set(await page.evaluate(_SHOWN, list(texts)))


async def nothing_amiss(page: Page) -> None:
    told = await page.evaluate(_AMISS)
    assert told["strange"] == []
    assert told["everywhere"] == 0
    assert told["links"] == []
    assert not told["wide"], "a long word pushes the page apart"
    assert "Dispatch 110" in told["title"]


async def test_in_the_queue_and_the_detail_of_the_desk(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher", "leader")
    for n, text in enumerate(NASTY):
        place = {"lon": 114.02 + n / 10_000, "lat": 22.54, "address": text[:200]}
        await street.doors.incident(text=text, place=place)
    await expect(page.locator(".panel.queue header .count")).to_have_text(str(len(NASTY)))
    await page.keyboard.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'listbox'")
    missing = set(NASTY)
    for _ in range(2 * len(NASTY)):
        if not missing:
            break
        await page.keyboard.press("ArrowDown")
        await page.locator(".panel.detail .told").first.wait_for()
        missing -= await shown(page, missing)
    assert missing == set()
    await nothing_amiss(page)


async def test_on_the_crews_page(street: Street, people: People) -> None:
    await enter(street.doors, "crew118", "unit", room=town.NORTH, unit_id=str(town.N1))
    person = await people(size=(360, 740))
    await sign_in(person, street.url, "crew118")
    page = await person.page(f"{street.url}/unit")
    seat = await street.doors.seat("dispatcher", "leader")
    place = {"lon": 114.02, "lat": 22.54, "address": NASTY[1]}
    one = await street.doors.incident(text="\n".join(NASTY[:25]), type="100211", place=place)
    for text in NASTY[25:]:
        await seat.made(f"/incidents/{one['id']}/notes", {"kind": "scene", "text": text}, 201)
    await seat.made(f"/incidents/{one['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201)
    async with asyncio.timeout(GUARD_S):
        while missing := set(NASTY) - await shown(page, NASTY):
            await asyncio.sleep(0.1)
    assert missing == set()
    await nothing_amiss(page)


async def test_on_the_paper_page(street: Street, people: People) -> None:
    for n, text in enumerate(NASTY[:12]):
        await street.doors.incident(place={"lon": 114.02 + n / 10_000, "lat": 22.54, "address": text})
    person = await people()
    await person.context.request.get(street.url + await street.link("dispatcher", "leader"))
    page = await person.page(f"{street.url}/paper")
    for text in NASTY[:12]:
        await expect(page.locator(".sheet").first).to_contain_text(text)
    await nothing_amiss(page)
