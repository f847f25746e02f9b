"""Promise: a line that was cut for a while costs a screen nothing; afterwards it shows what the database holds, and what should sound sounds."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import BROKEN, People
from tests.harness import town
from tests.harness.browser import until
from tests.harness.reading import rows_of
from tests.harness.street import Street
from tests.harness.wire import Wire

pytestmark = pytest.mark.slow

EVENTS = 500
OPEN = ("received", "dispatched", "accepted", "en_route", "on_scene", "handled", "fed_back", "reviewed")


async def newest(street: Street) -> int:
    async with street.doors.runtime.pool.acquire() as conn:
        return int(await conn.fetchval("SELECT coalesce(max(seq), 0) FROM ledger"))


async def busy_hour(street: Street, events: int) -> None:
    """So many facts: reports, changed minds, units that go and come back."""
    goal = await newest(street) + events
    while await newest(street) < goal:
        await asyncio.gather(*(happening(street, n) for n in range(12)))


async def happening(street: Street, n: int) -> None:
    """One report, and what may come of it."""
    seat = await street.doors.seat("dispatcher", "leader", "reviewer")
    one = await street.doors.incident(
        text=f"纠纷 {n}", type="100211" if n % 3 else None, place={"lon": 114.005 + n / 1000, "lat": 22.53}
    )
    path = f"/incidents/{one['id']}"
    if n == 0:
        told = await seat.made(f"{path}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201)
        order = f"/assignments/{told['items'][0]['id']}"
        await seat.made(f"{order}/accept")
        await seat.made(f"{order}/recall", {"reason": "另有警情"})
    elif n % 4 == 1:
        await seat.made(f"{path}/void", {"reason": "试线"})


async def truth(street: Street) -> dict[str, tuple[str, str, set[str]]]:
    """Open incidents of the database: id → priority, number, units on it."""
    seat, found, after = await street.doors.seat("leader"), {}, None
    signs = {str(id_): sign for id_, (sign, _, _) in town.UNITS.items()}
    standing = {"ordered", "delivered", "accepted", "en_route", "on_scene", "unable", "expired"}
    while True:
        told = (await seat.get("/incidents", limit=500, **({"after": after} if after else {}))).json()
        for one in told["items"]:
            if one["state"] in OPEN:
                who = {signs[order["unit_id"]] for order in one["assignments"] if order["state"] in standing}
                found[one["id"]] = (str(one["priority"]), one["number"], who)
        if not (after := told.get("next")):
            return found


async def shown(page: Page) -> dict[str, tuple[str, str, set[str]]]:
    rows: dict[str, dict[str, Any]] = await rows_of(page, "queue")
    return {id_: (row["priority"], row["number"], set(row["who"])) for id_, row in rows.items()}


async def test_after_500_events_without_a_line_the_screen_shows_what_the_database_holds(
    street: Street, people: People, wire: Wire
) -> None:
    person = await people(size=(1280, 800))
    person.forgive(BROKEN)
    page = await street.sit_down(person, "desk", "dispatcher", at=wire.url)
    await busy_hour(street, 40)
    before = await truth(street)
    await expect(page.locator(".panel.queue header .count")).to_have_text(str(len(before)))
    wire.cut()
    await page.locator(".link.late, .link.dead").wait_for()
    await busy_hour(street, EVENTS)
    after = await truth(street)
    assert set(after) - set(before)
    assert set(await shown(page)) == set(before)
    wire.mend()
    await page.locator(".link.live").wait_for()
    await expect(page.locator(".panel.queue header .count")).to_have_text(str(len(after)))
    assert await shown(page) == after


async def test_an_alarm_that_came_without_a_line_sounds_when_it_is_back(
    street: Street, people: People, wire: Wire
) -> None:
    person = await people()
    person.forgive(BROKEN)
    page = await street.sit_down(person, "desk", "dispatcher", at=wire.url)
    await page.keyboard.press("F2")
    wire.cut()
    await page.locator(".link.late, .link.dead").wait_for()
    told = await street.doors.incident(text="持刀抢劫", type="100211", place={"lon": 114.02, "lat": 22.54})
    assert told["priority"] == 1
    assert await page.evaluate("heard.notes.length") == 0
    wire.mend()
    await until(page, "heard.notes.length")
    assert told["id"] in await shown(page)
