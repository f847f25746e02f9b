"""Promise: what is no longer live is never shown as if it were; without a map, or without a line, the desk says so and goes on."""

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import BROKEN, People
from tests.harness.browser import until
from tests.harness.street import Street
from tests.harness.wire import Wire

pytestmark = pytest.mark.slow


async def test_a_line_that_falls_silent_is_marked_late_then_dead_then_live_again(
    street: Street, people: People, wire: Wire
) -> None:
    person = await people(gl=True)
    person.forgive(BROKEN)
    page = await street.sit_down(person, "desk", "dispatcher", at=wire.url)
    await page.locator(".map canvas").first.wait_for()
    wire.hold()  # nothing is closed: only the silence tells
    await page.locator(".strip.late .link.late").wait_for()
    await page.locator(".map.dead").wait_for()
    await expect(page.locator(".strip .link.dead")).to_be_visible()
    await expect(page.locator(".map .note.dead")).to_contain_text("断线")
    assert "grayscale(1)" in await page.locator(".map .ground").evaluate(
        "(one) => getComputedStyle(one).filter"
    )
    wire.mend()
    await page.locator(".strip .link.live").wait_for()
    await until(page, "!document.querySelector('.map.dead, .map.late, .strip.late')")


async def test_without_a_map_a_list_stands_there_and_the_whole_story_goes_on(
    street: Street, people: People
) -> None:
    street.place_units()
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(
        type="100211", text="持刀抢劫", place={"lon": 114.02, "lat": 22.54, "address": "北门"}
    )
    await expect(page.locator("#map .why").first).to_contain_text("WebGL2")
    await page.locator("#map [role=option]").filter(has_text="北门").wait_for()
    await page.keyboard.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'listbox'")
    await page.keyboard.press("ArrowDown")
    await page.locator(".option.painted").first.wait_for()
    await page.keyboard.press("Enter")
    await page.locator(".panel.queue [aria-selected=true] .who .chip:not(.none)").first.wait_for()
    seat = await street.doors.seat("leader")
    assert (await seat.get(f"/incidents/{incident['id']}")).json()["state"] == "dispatched"
