"""Promise: a joint offer is a quiet line until somebody asks for it; Enter sends exactly what is painted there, and a refusal is said by name and stops no other."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dispatch.runtime.positions import now_ms
from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import THEMES, violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.patrols import frame
from tests.harness.street import STANDING, Street
from tests.harness.waiting import until as seen

pytestmark = pytest.mark.slow

LAT, FIRST, SECOND = 22.54, 114.020, 114.040
WHERE = {town.N1.int: 114.030, town.S1.int: 114.008}


@pytest.fixture(autouse=True)
async def two_cars(street: Street) -> AsyncIterator[None]:
    """Both cars stand along one street, and nothing is left of it afterwards."""
    fixes = frame(list(WHERE), list(WHERE.values()), [LAT] * len(WHERE), now_ms(), speed_mps=0.0)
    street.doors.runtime.centre.live.apply(fixes, now_ms())
    yield
    await street.clear()


async def both(street: Street) -> list[dict[str, Any]]:
    places = ((FIRST, "城北路口"), (SECOND, "河堤东段"))
    return [
        await street.doors.incident(type="200100", place={"lon": lon, "lat": LAT, "address": address})
        for lon, address in places
    ]


async def opened(page: Page) -> None:
    await page.locator(".panel.queue .line.shown").wait_for()
    await page.keyboard.press("Alt+j")
    await until(page, "document.activeElement?.matches('dialog[open] .send')")


async def orders_of(street: Street, incident: dict[str, Any]) -> list[str]:
    seat = await street.doors.seat("leader")
    told = (await seat.get(f"/incidents/{incident['id']}")).json()
    return [one["unit"]["call_sign"] for one in told["assignments"] if one["state"] in STANDING]


async def test_the_line_is_quiet_and_one_key_sends_all(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incidents = await both(street)
    line = page.locator(".panel.queue .line.shown")
    await expect(line).to_contain_text("联合派警可合计早到")
    assert await page.locator("dialog[open]").count() == 0, "nothing opens by itself"
    await opened(page)
    await expect(page.locator("dialog[open] tr.painted")).to_have_count(2)
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await expect(page.locator(".toast.good")).to_contain_text("联合派警已派出 2 起")
    assert [await orders_of(street, one) for one in incidents] == [["218"], ["118"]]
    await page.keyboard.press("Control+z")
    await expect(page.locator(".panel.queue .who .chip.none")).to_have_count(2)
    for one in incidents:
        await seen(partial(orders_of, street, one), lambda orders: orders == [])


async def test_a_digit_takes_one_out_and_esc_sends_nothing(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incidents = await both(street)
    await opened(page)
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    assert [await orders_of(street, one) for one in incidents] == [[], []]
    await opened(page)
    await page.keyboard.press("1")
    await expect(page.locator("dialog[open] tr.painted")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    assert [await orders_of(street, one) for one in incidents] == [[], ["118"]]


async def test_what_is_put_aside_is_not_said_again(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    await both(street)
    await opened(page)
    await page.keyboard.press("x")
    await expect(page.locator(".panel.queue .line.shown")).to_have_count(0)
    await page.keyboard.press("Alt+j")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_a_refusal_is_said_by_name_and_stops_no_other(street: Street, people: People) -> None:
    person = await people()
    person.forgive("status of 409")
    page = await street.sit_down(person, "desk", "dispatcher")
    first, second = await both(street)
    await opened(page)
    other = await street.doors.incident(text="纠纷", place={"lon": 114.0, "lat": LAT})
    seat = await street.doors.seat("dispatcher")
    await seat.made(f"/incidents/{other['id']}/assignments", {"orders": [{"unit_id": str(town.S1)}]}, 201)
    await expect(page.locator("dialog[open] .news")).to_contain_text("218")
    await page.keyboard.press("Enter")
    refused = page.locator("dialog[open] .news [role=alert]")
    await expect(refused).to_contain_text(other["number"])
    await expect(refused).to_contain_text("218")
    await seen(lambda: orders_of(street, second), lambda orders: orders == ["118"])  # it may be on its way
    assert await orders_of(street, first) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_axe_finds_nothing_in_line_and_table(street: Street, people: People) -> None:
    found = {}
    await both(street)
    for theme in THEMES:
        person = await people(
            theme=theme,
            language="en" if theme == "light" else "zh",
            size=(1280, 800) if theme == "light" else (1600, 950),
        )
        page = await street.sit_down(person, "desk", "dispatcher")
        await page.locator(".panel.queue .line.shown").wait_for()
        found[f"{theme} line"] = await violations(page)
        await opened(page)
        found[f"{theme} table"] = await violations(page)
    assert {look: wrong for look, wrong in found.items() if wrong} == {}
