"""Promise: what a pointer rests on stays where it is, a rectangle chooses who stands in it, and when the line dies paper lies ready by itself."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import BROKEN, People
from tests.harness.browser import until
from tests.harness.street import Street
from tests.harness.wire import Wire

pytestmark = pytest.mark.slow

PAPER_OPENS_MS = 90_000


@pytest.fixture(autouse=True)
async def free_units(street: Street) -> AsyncIterator[None]:
    """Everybody is near and free, and is again afterwards."""
    street.place_units()
    yield
    await street.clear()


async def queued(page: Page) -> list[str]:
    told: list[str] = await page.locator(".panel.queue .number").evaluate_all(
        "(all) => all.map((one) => one.title)"
    )
    return told


async def test_the_queue_keeps_its_order_under_the_pointer_and_tells_of_what_came(
    street: Street, people: People
) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    calm = await street.doors.incident(text="吵闹")
    row = page.locator(f".panel.queue .number[title='{calm['number']}']")
    await row.hover()
    await expect(page.locator(".panel.queue .held")).to_have_text("排序已暂停")
    pressing = await street.doors.incident(type="100211", text="持刀抢劫")
    await expect(page.locator(".panel.queue .held")).to_have_text("排序已暂停 · 新到 1")
    assert (await queued(page))[0] == calm["number"]
    await page.locator(".strip").hover()
    await expect(page.locator(".panel.queue .held")).to_have_count(0)
    await until(page, f"document.querySelector('.panel.queue .number').title === '{pressing['number']}'")


async def test_a_rectangle_with_shift_held_chooses_who_stands_in_it(street: Street, people: People) -> None:
    page = await street.sit_down(await people(gl=True), "desk", "dispatcher")
    canvas = page.locator(".map .above canvas")
    await canvas.wait_for()
    await page.locator(".strip .link.live").wait_for()
    box = await canvas.bounding_box()
    assert box is not None
    left, top = box["x"] + 40, box["y"] + 40
    right, low = box["x"] + box["width"] - 80, box["y"] + box["height"] - 60
    await page.keyboard.down("Shift")
    await page.mouse.move(left, top)
    await page.mouse.down()
    await page.mouse.move((left + right) / 2, (top + low) / 2)
    await page.mouse.move(right, low)
    await page.mouse.up()
    await page.keyboard.up("Shift")
    card = page.locator("section:has(#map-chosen)")
    one = card.locator("li button").first
    sign = await one.locator("b").text_content()
    assert sign
    await one.click()
    await expect(one).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".panel.board [aria-selected=true]").first).to_contain_text(sign)


async def test_paper_lies_over_a_seat_at_work_when_its_line_dies_and_goes_when_it_is_back(
    street: Street, people: People, wire: Wire
) -> None:
    person = await people()
    person.forgive(BROKEN)
    page = await street.sit_down(person, "desk", "dispatcher", at=wire.url)
    incident = await street.doors.incident(
        text="争吵", place={"lon": 114.02, "lat": 22.54, "address": "北门"}
    )
    await page.locator(f".panel.queue .number[title='{incident['number']}']").wait_for()
    wire.hold()
    paper = page.locator(".paper-root section.over")
    await expect(paper).to_be_visible(timeout=PAPER_OPENS_MS)
    await expect(paper).to_contain_text("北门")
    await page.keyboard.press("F8")  # behind it no key does anything
    assert await page.evaluate("document.getElementById('app').inert")
    wire.mend()
    await expect(paper).to_have_count(0, timeout=PAPER_OPENS_MS)
    assert not await page.evaluate("document.getElementById('app').inert")
