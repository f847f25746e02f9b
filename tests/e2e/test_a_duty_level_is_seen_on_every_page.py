"""Promise: a leader orders a duty level by keyboard after seeing what changes; every page shows it at once, and one acknowledges it."""

import pytest

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.people import enter, seats
from tests.harness.seated import take_seat
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def test_it_is_ordered_with_a_preview_seen_elsewhere_and_acknowledged(
    street: Street, people: People
) -> None:
    doors = street.doors
    street.place_units()
    await enter(doors, "zhaolei", "leader")
    await enter(doors, "sunmin", "call_taker")
    found = await seats(doors, ("L-11", town.CITY, "leader"), ("J-11", town.CITY, "call_taker"))
    leader, taker = await people(size=(1280, 800)), await people(size=(1280, 800))
    await take_seat(leader, street.url, "zhaolei", found["L-11"])
    await take_seat(taker, street.url, "sunmin", found["J-11"])
    desk, call = await leader.page(f"{street.url}/desk"), await taker.page(f"{street.url}/call")
    for page in (desk, call):
        await page.locator(".strip .chip", has_text="四级勤务").wait_for()
    await desk.keyboard.press("Alt+l")
    await desk.locator("dialog[open] dl").wait_for()
    await desk.keyboard.press("ArrowUp")
    await desk.locator("dialog[open] textarea").fill("大型活动安保")
    await desk.locator("dialog[open] dl dd", has_text="→").first.wait_for()
    wanted = await desk.locator("dialog[open] input[name=level]:checked").get_attribute("value")
    assert wanted == "level_2"
    await desk.locator("dialog[open] button[type=submit]").click()
    await until(desk, "!document.querySelector('dialog[open]')")
    for page in (desk, call):
        await page.locator(".strip .chip", has_text="二级勤务").wait_for()
        await page.locator(".notice", has_text="大型活动安保").wait_for()
    await call.locator(".notice button").click()
    await call.locator(".notice").wait_for(state="detached")
    assert await desk.locator(".notice").count() == 1, "each acknowledges for themselves"
    seen = {}
    async for look in each_look(desk):
        await desk.locator(".link.live").wait_for()
        await desk.locator(".notice").wait_for()
        seen[f"{look} notice"] = await violations(desk)
        await desk.keyboard.press("/")
        await desk.keyboard.type("duty")
        await desk.keyboard.press("Enter")
        await desk.locator("dialog[open] dl").wait_for()
        seen[f"{look} dialog"] = await violations(desk)
        await desk.keyboard.press("Escape")
    assert amiss(seen) == {}
