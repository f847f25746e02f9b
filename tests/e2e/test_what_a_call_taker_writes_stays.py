"""Promise: what a call-taker writes stays and goes where it belongs: by an input method, beside other events, on a full machine."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import PATIENCE_MS, Person, until
from tests.harness.doors import Doors
from tests.harness.people import enter, seats
from tests.harness.seated import take_seat
from tests.harness.street import Street

pytestmark = pytest.mark.slow

FULL = "void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); })"
PLACES = "code,kind,name,lon,lat\nA,metro_exit,车公庙A口,114.0265,22.537\n"


@pytest.fixture(scope="module")
async def seat_id(doors: Doors) -> str:
    """A call-taking seat of the city with somebody for it, and a place to be found."""
    admin = await doors.seat("admin")
    told = await admin.post("/admin/places/import", PLACES.encode(), params={"registry": "metro"})
    assert told.status_code == 200, told.text
    await enter(doors, "wangning", "call_taker")
    return (await seats(doors, ("J-01", town.CITY, "call_taker")))["J-01"]


async def sit(person: Person, street: Street, seat_id: str) -> Page:
    await take_seat(person, street.url, "wangning", seat_id)
    page = await person.page(f"{street.url}/call")
    await page.locator(".link.live").wait_for()
    await page.keyboard.press("Alt+n")
    return page


async def fill(page: Page) -> None:
    for key, letters in (("F3", "cgm"), ("F4", "dj")):
        await page.keyboard.press(key)
        await page.keyboard.type(letters)
        await page.locator(".drop [role=option]").first.wait_for()
        await page.keyboard.press("Enter")


async def hand_in(page: Page) -> None:
    await fill(page)
    await page.keyboard.press("Control+Enter")
    await page.locator(".taken").wait_for()
    await until(page, "document.activeElement?.matches('.more textarea')")


async def incidents(street: Street) -> list[dict[str, Any]]:
    seat = await street.doors.seat("leader")
    return list((await seat.get("/incidents", limit=100)).json()["items"])


async def test_what_an_input_method_put_in_goes_to_the_incident_by_itself(
    people: People, street: Street, seat_id: str
) -> None:
    person = await people()
    page = await sit(person, street, seat_id)
    await hand_in(page)
    tools = await person.context.new_cdp_session(page)
    await tools.send("Input.imeSetComposition", {"text": "haizi", "selectionStart": 5, "selectionEnd": 5})
    await tools.send("Input.insertText", {"text": "还有一个孩子"})
    await expect(page.locator(".more .note .told")).to_have_text("还有一个孩子", timeout=PATIENCE_MS)


async def test_a_reason_half_written_stays_while_events_come(
    people: People, street: Street, seat_id: str
) -> None:
    page = await sit(await people(), street, seat_id)
    await hand_in(page)
    await page.locator("#own").get_by_role("button", name="作废").click()
    reason = page.locator("#own input")
    await reason.fill("报警人称")
    own = (await incidents(street))[0]
    leader = await street.doors.seat("leader")
    told = await leader.patch(f"/incidents/{own['id']}", {"priority": 1}, own["version"])
    assert told.status_code == 200, told.text
    await expect(page.locator("#own .own.selected .prio")).to_have_text("1")
    await expect(reason).to_have_value("报警人称")


async def test_a_full_browser_says_so_once_and_the_report_goes_in(
    people: People, street: Street, seat_id: str
) -> None:
    page = await sit(await people(), street, seat_id)
    await page.evaluate(FULL)
    await page.keyboard.press("F7")
    await page.keyboard.insert_text("有人")
    await page.keyboard.insert_text("落水")
    await expect(page.locator(".toasts").get_by_text("本机存储已满")).to_have_count(1)
    before = len(await incidents(street))
    await hand_in(page)
    assert len(await incidents(street)) == before + 1


async def test_a_held_key_hands_in_one_report(people: People, street: Street, seat_id: str) -> None:
    page = await sit(await people(), street, seat_id)
    before = len(await incidents(street))
    await fill(page)
    await page.keyboard.down("Control")
    for _ in range(30):
        await page.keyboard.down("Enter")  # the second and all further ones repeat
    await page.keyboard.up("Enter")
    await page.keyboard.up("Control")
    await page.locator(".taken").wait_for()
    assert len(await incidents(street)) == before + 1
    await expect(page.locator(".taken")).to_be_visible()
