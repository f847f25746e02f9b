"""Promise: what presses is seen and heard at once, until a person has acknowledged it; silence is no acknowledgement, and the system moves nobody's hands."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness.browser import until
from tests.harness.reading import rows_of
from tests.harness.street import Street

pytestmark = pytest.mark.slow

P1_NOTES, OTHER_NOTES = [880, 660, 880], [660, 660]


async def press_call_point(street: Street, code: str = "CP-N") -> dict[str, object]:
    """Somebody presses the call point at the north gate; its incident."""
    taker = await street.doors.seat("call_taker", "gateway")
    told = await taker.made("/alarms", {"source": "call_point", "call_point_id": code}, 201)
    incident: dict[str, object] = told["incident"]
    return incident


async def heard(page: Page) -> list[int]:
    notes: list[int] = await page.evaluate("heard.notes")
    return notes


async def awake(street: Street, people: People) -> Page:
    """A dispatcher whose browser lets the page sound, since a key was pressed, and who has nothing else to notice."""
    page = await street.sit_down(await people(), "desk", "dispatcher")
    await page.keyboard.press("F8")
    await until(page, "!document.querySelector('.banner')")
    await page.evaluate("heard.notes.length = 0")
    return page


async def test_a_pressed_call_point_is_seen_and_heard(street: Street, people: People) -> None:
    page = await awake(street, people)
    incident = await press_call_point(street)
    await page.locator(".banner").wait_for()
    await until(page, "heard.notes.length >= 2")
    notes = await heard(page)
    pattern = P1_NOTES if incident["priority"] == 1 else OTHER_NOTES
    assert notes[: len(pattern)] == pattern
    assert str(incident["id"]) in await rows_of(page, "queue")
    await expect(page.locator(".banner")).to_contain_text(str(incident["number"]))


async def test_silence_is_no_acknowledgement_and_what_is_new_sounds_again(
    street: Street, people: People
) -> None:
    page = await awake(street, people)
    await street.doors.incident(type="100211", text="持刀抢劫")
    await page.locator(".banner.l1").wait_for()
    await until(page, "heard.notes.length >= 3")
    await page.keyboard.press("F9")
    await expect(page.locator(".banner")).to_contain_text("未确认")
    await page.evaluate("heard.notes.length = 0")
    await street.doors.incident(type="100211", text="又一起持刀抢劫")
    await until(page, "heard.notes.length >= 3")
    await page.keyboard.press("F8")
    await until(page, "!document.querySelector('.banner')")


async def test_a_page_loaded_anew_acknowledges_nothing_and_one_window_does_so_for_all(
    street: Street, people: People
) -> None:
    page = await awake(street, people)
    await street.doors.incident(type="100211", text="持刀抢劫")
    await page.locator(".banner.l1").wait_for()
    await page.reload()
    await page.locator(".banner.l1").wait_for()
    other = await page.context.new_page()
    await other.goto(f"{street.url}/desk")
    await other.locator(".banner.l1").wait_for()
    await other.keyboard.press("F8")
    await until(page, "!document.querySelector('.banner')")
    await page.reload()
    await page.locator(".link.live").wait_for()
    assert not await page.locator(".banner").count()


async def test_a_press_is_answered_where_it_sounds(street: Street, people: People) -> None:
    page = await awake(street, people)
    incident = await press_call_point(street)
    await page.locator(".banner").get_by_role("button", name="无人应答").click()
    await until(page, "!document.querySelector('.banner .primary')")
    seat = await street.doors.seat("dispatcher")
    told = (await seat.get(f"/incidents/{incident['id']}")).json()
    assert told["press"]["outcome"] == "silent"
    await expect(page.locator("#detail")).to_contain_text(str(incident["number"]))


async def test_an_alert_moves_neither_focus_nor_selection_nor_what_is_typed(
    street: Street, people: People
) -> None:
    page = await awake(street, people)
    first = await street.doors.incident(type="100211", text="持刀抢劫")
    await page.locator(f".panel.queue .number[title='{first['number']}']").click()
    await page.keyboard.press("/")
    await until(page, "document.activeElement?.matches('input')")
    await page.keyboard.insert_text("派 11")
    second = await street.doors.incident(type="100211", text="又一起")
    await page.locator(f".panel.queue .number[title='{second['number']}']").wait_for()
    await page.locator(".banner").wait_for()
    assert await page.evaluate("document.activeElement.value") == "派 11"
    chosen = page.locator(".panel.queue [aria-selected=true] .number")
    await expect(chosen).to_have_attribute("title", str(first["number"]))
    await page.keyboard.press("Escape")


async def test_f5_belongs_to_the_browser(street: Street, people: People) -> None:
    page = await awake(street, people)
    kept = await page.evaluate(
        "new Promise((done) => { const press = new KeyboardEvent('keydown', { key: 'F5', code: 'F5', bubbles: true, cancelable: true });"
        " document.body.dispatchEvent(press); setTimeout(() => done(press.defaultPrevented)); })"
    )
    assert kept is False
    await page.keyboard.press("?")
    await page.locator("dialog[open]").wait_for()
    keys = await page.locator("dialog[open] kbd").all_text_contents()
    assert "F2" in keys
    assert "F5" not in keys
