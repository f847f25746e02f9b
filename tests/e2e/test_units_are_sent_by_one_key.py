"""Promise: Enter sends exactly what is painted, or nothing and says why; what was sent can be taken back, and is never merely delayed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness.browser import until
from tests.harness.seated import Typist
from tests.harness.street import STANDING, Street

pytestmark = pytest.mark.slow

GUARD_S = 60.0


@pytest.fixture(autouse=True)
async def free_units(street: Street) -> AsyncIterator[None]:
    """Everybody is near and free, and is again afterwards."""
    street.place_units()
    yield
    await street.clear()


async def selected(page: Page, number: str) -> None:
    """Go to this incident with the keys, as far down as it stands; its recommendation is painted then."""
    await page.locator(f".panel.queue .number[title='{number}']").first.wait_for()
    await page.keyboard.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'listbox'")
    for _ in range(40):
        if await page.locator(f".panel.queue [aria-selected=true] .number[title='{number}']").count():
            break
        await page.keyboard.press("ArrowDown")
    await page.locator(".option.painted").first.wait_for()


async def painted(page: Page) -> set[str]:
    return set(await page.locator(".option.painted .sign").all_text_contents())


async def orders_of(street: Street, incident: dict[str, Any]) -> dict[str, str]:
    """Call sign → state of every order of an incident."""
    seat = await street.doors.seat("leader")
    told = (await seat.get(f"/incidents/{incident['id']}")).json()
    return {order["unit"]["call_sign"]: order["state"] for order in told["assignments"]}


async def test_enter_sends_exactly_what_is_painted(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(type="100211", text="持刀抢劫")
    await selected(page, incident["number"])
    hands = Typist(page)
    wanted = await painted(page)
    await hands.press("Enter")
    await expect(
        page.locator(".panel.queue [aria-selected=true] .who .chip:not(.none)").first
    ).to_be_visible()
    assert hands.strokes == 1
    assert set(await orders_of(street, incident)) == wanted


async def test_a_digit_takes_one_out_before_it_is_sent(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(type="100211", text="持刀抢劫")
    await selected(page, incident["number"])
    before = await painted(page)
    first = (await page.locator(".option .sign").first.text_content() or "").strip()
    await page.keyboard.press("1")
    await expect(page.locator(".option").first).to_have_attribute(
        "aria-checked", str(first not in before).lower()
    )
    wanted = await painted(page)
    assert wanted == before ^ {first}
    if not wanted:
        await page.keyboard.press("2")
        await expect(page.locator(".option.painted")).to_have_count(1)
        wanted = await painted(page)
    await page.keyboard.press("Enter")
    await page.locator(".toast.good").first.wait_for()
    assert set(await orders_of(street, incident)) == wanted


async def test_of_two_dispatchers_one_gets_the_unit_and_both_see_why(street: Street, people: People) -> None:
    one, other = await people(name="anna"), await people(name="boris")
    other.forgive("status of 409")
    one.forgive("status of 409")
    pages = [await street.sit_down(who, "desk", "dispatcher") for who in (one, other)]
    place = {"lon": 114.02, "lat": 22.54}
    incidents = [
        await street.doors.incident(type="100211", text=text, place=place) for text in ("持刀", "抢劫")
    ]
    for page, incident in zip(pages, incidents, strict=True):
        await selected(page, incident["number"])
    wanted = [await painted(page) for page in pages]
    assert wanted[0] & wanted[1]
    await asyncio.gather(*(page.keyboard.press("Enter") for page in pages))
    for page in pages:
        await page.locator(".conflict, .toast.good").first.wait_for()
    held = [await orders_of(street, incident) for incident in incidents]
    assert sorted(map(len, held)) in ([0, len(wanted[0])], [0, len(wanted[1])])
    winner, loser = (0, 1) if held[0] else (1, 0)
    told = await pages[loser].locator(".conflict").text_content()
    assert told is not None
    assert incidents[winner]["number"] in told
    assert any(sign in told for sign in wanted[loser])
    await expect(
        pages[winner].locator(".panel.queue [aria-selected=true] .who .chip:not(.none)").first
    ).to_be_visible()
    await expect(pages[loser].locator(".option.taken").first).to_be_visible()


async def test_a_unit_that_changed_meanwhile_stops_the_whole_sending(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(type="100211", text="持刀抢劫")
    await selected(page, incident["number"])
    sign = next(iter(await painted(page)))
    seat = await street.doors.seat("dispatcher")
    [unit] = [u for u in (await seat.get("/units")).json()["items"] if u["call_sign"] == sign]
    other = await street.doors.incident(text="纠纷", place={"lon": 114.03, "lat": 22.54})
    await seat.made(f"/incidents/{other['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}, 201)
    await page.locator(".option.taken").first.wait_for()
    await page.keyboard.press("Enter")
    await expect(page.locator(".conflict")).to_contain_text(other["number"])
    assert await orders_of(street, incident) == {}


async def test_what_was_sent_is_taken_back_by_one_chord(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(type="100211", text="持刀抢劫")
    await selected(page, incident["number"])
    await page.keyboard.press("Enter")
    await page.locator(".toast.good").first.wait_for()
    sent = await orders_of(
        street, incident
    )  # it is an order already: nothing waits for the seconds in which it can be undone
    assert sent
    assert set(sent.values()) <= STANDING
    await page.keyboard.press("Control+z")
    await expect(page.locator(".panel.queue [aria-selected=true] .who .chip.none")).to_be_visible()
    async with asyncio.timeout(GUARD_S):
        while set((await orders_of(street, incident)).values()) != {"recalled"}:
            await asyncio.sleep(0.05)
