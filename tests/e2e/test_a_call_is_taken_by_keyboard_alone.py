"""Promise: from the answered call to the incident in the queue it takes at most 14 keys and no mouse; what is typed is never lost."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import Person, until
from tests.harness.doors import Doors
from tests.harness.people import enter, seats
from tests.harness.seated import Typist, take_seat
from tests.harness.street import Street

pytestmark = pytest.mark.slow

MOST_KEYS = 14
PLACES = (
    "code,kind,name,lon,lat\n"
    "A,metro_exit,车公庙A口,114.0265,22.537\n"
    "B,lamp_pole,石厦北二街灯杆,114.0305,22.531\n"
)


@pytest.fixture(scope="module")
async def seat_ids(doors: Doors) -> dict[str, str]:
    """Call-taking seats of the city, a call-taker for each, and places to be found."""
    admin = await doors.seat("admin")
    told = await admin.post("/admin/places/import", PLACES.encode(), params={"registry": "metro"})
    assert told.status_code == 200, told.text
    for login in ("wangning", "lilan"):
        await enter(doors, login, "call_taker")
    return await seats(doors, ("J-01", town.CITY, "call_taker"), ("J-02", town.CITY, "call_taker"))


@pytest.fixture
async def person(people: People) -> Person:
    return await people()


async def sit(
    person: Person, street: Street, seat_ids: dict[str, str], login: str = "wangning", code: str = "J-01"
) -> Page:
    await take_seat(person, street.url, login, seat_ids[code])
    page = await person.page(f"{street.url}/call")
    await page.locator(".link.live").wait_for()
    return page


async def ring(street: Street) -> str:
    """A call that rings in the city; its id."""
    taker = await street.doors.seat("call_taker", "dispatcher", "leader")
    told = await taker.made(
        "/calls",
        {"call_id": f"c-{uuid4()}", "act": "ringing", "number": "13800138000", "acd": "acd1", "line": "7"},
        201,
    )
    return str(told["id"])


async def incident_of(street: Street, call_id: str) -> dict[str, Any]:
    seat = await street.doors.seat("leader")
    items = (await seat.get("/incidents", limit=100)).json()["items"]
    return next(one for one in items if any(alarm["call_id"] == call_id for alarm in one["alarms"]))


async def count(street: Street) -> int:
    seat = await street.doors.seat("leader")
    return len((await seat.get("/incidents", limit=100)).json()["items"])


async def fill(page: Page) -> None:
    """Place and type are there, and the hands are where one writes what is said."""
    await page.keyboard.press("F3")
    await page.keyboard.type("cgm")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("F4")
    await page.keyboard.type("dj")
    await page.locator(".drop [role=option]").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("F7")
    await until(page, "document.activeElement?.matches('textarea')")


async def test_from_ring_to_incident_in_fourteen_keys_without_a_mouse(
    person: Person, street: Street, seat_ids: dict[str, str]
) -> None:
    page = await sit(person, street, seat_ids)
    await page.evaluate("addEventListener('pointerdown', () => { heard.pointer = true; }, true)")
    call_id = await ring(street)
    await page.locator(".telephone .call.ringing").wait_for()
    hands = Typist(page)
    await hands.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'combobox'")
    await hands.type("cgm")
    await page.locator(".drop [role=option]").first.wait_for()
    await hands.press("Enter")
    await hands.type("dj")
    await page.locator(".drop [role=option]").first.wait_for()
    await hands.press("Enter", "Control+Enter")
    await page.locator(".taken").wait_for()
    assert hands.strokes <= MOST_KEYS
    assert not await page.evaluate("heard.pointer ?? false")
    incident = await incident_of(street, call_id)
    assert incident["place"]["lon"] == pytest.approx(114.0265)
    assert incident["type_reported"] is not None


async def test_what_an_input_method_composes_is_never_handed_in(
    person: Person, street: Street, seat_ids: dict[str, str]
) -> None:
    page = await sit(person, street, seat_ids)
    tools = await person.context.new_cdp_session(page)
    await page.evaluate(
        "addEventListener('keydown', (e) => { heard.composing = e.isComposing && e.ctrlKey; }, true)"
    )
    await page.keyboard.press("Alt+n")
    await fill(page)  # whatever else Ctrl+Enter needs is there
    before = await count(street)
    await tools.send("Input.imeSetComposition", {"text": "luoshui", "selectionStart": 7, "selectionEnd": 7})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    for modifiers in (0, 2):
        await tools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": modifiers, **enter})
        await tools.send("Input.dispatchKeyEvent", {"type": "keyUp", "modifiers": modifiers, **enter})
    assert await page.evaluate("heard.composing") is True
    await tools.send("Input.insertText", {"text": "落水"})
    assert await page.evaluate("document.activeElement.value") == "落水"
    assert await page.locator(".taken").count() == 0
    assert await count(street) == before
    await page.keyboard.press("Control+Enter")
    await page.locator(".taken").wait_for()
    assert await count(street) == before + 1


async def test_a_form_that_was_not_handed_in_is_offered_when_one_comes_back(
    person: Person, street: Street, seat_ids: dict[str, str]
) -> None:
    page = await sit(person, street, seat_ids, "lilan", "J-02")
    await page.keyboard.press("Alt+n")
    await page.keyboard.press("F7")
    await page.keyboard.insert_text("有人落水，在桥下")
    await until(page, "localStorage.length > 2")
    await page.reload()
    await page.locator(".link.live").wait_for()
    await expect(page.get_by_text("有人落水，在桥下").first).to_be_visible()
    await page.keyboard.press("Alt+u")
    await page.keyboard.press("F7")
    assert await page.evaluate("document.activeElement.value") == "有人落水，在桥下"
