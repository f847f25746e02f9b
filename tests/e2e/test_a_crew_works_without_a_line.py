"""A crew at its page in a real browser: takes a job while the centre does not answer, and it is all there once the centre does."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import Person, until
from tests.harness.doors import open_doors
from tests.harness.street import Street, open_street
from tests.harness.waiting import GUARD_S
from web import auth

pytestmark = pytest.mark.slow
EMERGENCY = "footer .pair button:last-child"


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        yield opened


@pytest.fixture
async def person(people: People) -> Person:
    """A crew's telephone; what fails while the line is away is no complaint."""
    someone = await people(size=(400, 800))
    someone.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection")
    return someone


@pytest.fixture
async def page(person: Person) -> Page:
    return await person.page()


async def log_in(page: Page, street: Street) -> None:
    async with street.doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, town.N1, town.NORTH)
    await page.goto(street.url + link)
    await until(
        page, "document.querySelector('.link.live') && document.querySelector('.sign').textContent === '118'"
    )


async def order(street: Street) -> tuple[str, str]:
    """An incident with an order to 118: their ids."""
    incident = await street.doors.incident(type="100211", text="打架")
    seat = await street.doors.seat("dispatcher")
    body = {"orders": [{"unit_id": str(town.N1)}]}
    made = await seat.made(f"/incidents/{incident['id']}/assignments", body, 201)
    return incident["id"], made["items"][0]["id"]


async def cut(page: Page, *, off: bool) -> None:
    """Take the line away, or give it back."""
    await page.context.set_offline(off)


async def hold(page: Page, seconds: float) -> None:
    """Hold the emergency button for so long by the page's own clock, then let it go."""
    event = "(type) => new PointerEvent(type, {pointerId: 1, bubbles: true})"
    await page.evaluate(
        f"(async () => {{ const button = document.querySelector({json.dumps(EMERGENCY)}); const event = {event};"
        "button.setPointerCapture = () => {}; button.dispatchEvent(event('pointerdown'));"
        f"await new Promise((done) => setTimeout(done, {seconds * 1000})); button.dispatchEvent(event('pointerup')); }})()"
    )


async def test_a_job_taken_without_a_line_is_told_in_order_with_its_true_times(
    page: Page, street: Street
) -> None:
    await log_in(page, street)
    _, assignment = await order(street)
    await until(page, "document.querySelector('.next.accept')")
    await cut(page, off=True)
    for before, after in (("accept", "en_route"), ("en_route", "on_scene"), ("on_scene", "clear")):
        await page.click(f".next.{before}")
        await until(page, f"document.querySelector('.next.{after}')")
    assert "3" in await page.evaluate("document.querySelector('.next small').textContent")
    seat = await street.doors.seat("dispatcher")
    assert (await seat.get(f"/assignments/{assignment}")).json()["state"] in {"ordered", "delivered"}
    back = datetime.now(UTC)
    await cut(page, off=False)
    await until(page, "!document.querySelector('.next small')")
    told = (await seat.get(f"/assignments/{assignment}")).json()
    assert told["state"] == "on_scene"
    assert told["times"]["accepted"] <= told["times"]["en_route"] <= told["times"]["on_scene"]
    assert datetime.fromisoformat(told["times"]["on_scene"]) < back


async def test_what_was_pressed_outlives_the_page(page: Page, street: Street) -> None:
    await log_in(page, street)
    await until(page, "navigator.serviceWorker.ready.then((worker) => worker.active?.state === 'activated')")
    await until(page, "caches.match('/unit').then(Boolean)")
    _, assignment = await order(street)
    await until(page, "document.querySelector('.next.accept')")
    await until(
        page,
        "new Promise((done) => { const asked = indexedDB.open('dispatch110'); asked.onsuccess = () => {"
        f"const got = asked.result.transaction('kept').objectStore('kept').get('unit.picture:{town.N1}');"
        "got.onsuccess = () => done(Boolean(got.result?.snapshot.incidents.length)); }; })",
    )
    await cut(page, off=True)
    await page.click(".next.accept")
    await until(page, "document.querySelector('.next.en_route')")
    await page.reload()
    await until(page, "document.querySelector('.next.en_route')")
    await cut(page, off=False)
    await until(page, "document.querySelector('.link.live') && !document.querySelector('.next small')")
    seat = await street.doors.seat("dispatcher")
    assert (await seat.get(f"/assignments/{assignment}")).json()["state"] == "accepted"


async def test_an_emergency_is_held_said_to_be_unheard_and_then_heard(page: Page, street: Street) -> None:
    await log_in(page, street)
    await cut(page, off=True)
    await hold(page, 0.3)
    assert not await page.evaluate("document.querySelector('.danger')")
    await hold(page, 2.5)
    assert "尚未收到" in await until(page, "document.querySelector('section.danger h2')?.textContent")
    await cut(page, off=False)
    await until(page, "document.querySelector('section.danger.heard')")
    seat = await street.doors.seat("dispatcher")
    [standing] = (await seat.get("/emergencies")).json()["items"]
    assert (standing["call_sign"], standing["presses"]) == ("118", 1)


async def test_nothing_comes_from_elsewhere(page: Page, street: Street) -> None:
    await log_in(page, street)
    await order(street)
    await until(page, "document.querySelector('.lead')")
    assert (await page.evaluate("document.querySelector('.lead').href")).startswith("geo:22.54")


async def test_a_form_filled_in_without_a_line_is_handed_in_once_there_is_one(
    page: Page, street: Street
) -> None:
    await log_in(page, street)
    incident = await street.doors.incident(type="500320", text="开锁", priority=4)
    desk, unit = (
        await street.doors.seat("dispatcher"),
        await street.doors.seat("unit", of=town.N1, kind="unit"),
    )
    body = {"orders": [{"unit_id": str(town.N1)}]}
    job = (await desk.made(f"/incidents/{incident['id']}/assignments", body, 201))["items"][0]["id"]
    async with asyncio.timeout(GUARD_S):  # the telephone has told that it is there, or be told no later
        while (await desk.get(f"/assignments/{job}")).json()["state"] == "ordered":
            await asyncio.sleep(0.1)
    for step in ("accept", "on-scene", "clear"):
        await unit.made(f"/assignments/{job}/{step}", {"result": "handled"} if step == "clear" else {})
    await page.get_by_role("button", name="填写").wait_for()
    await cut(page, off=True)
    await page.get_by_role("button", name="填写").click()
    form = page.get_by_role("dialog")
    assert await form.locator("#ask-result button[aria-pressed=true]").inner_text() == "已处置", (
        "what is known stands there"
    )
    await form.get_by_role("button", name="提交").click()
    assert "请填写" in await form.inner_text(), "what is missing is said at once, without a line"
    await form.get_by_role("button", name="涉及人员 加一").click()
    await form.locator("#ask-helped").get_by_role("button", name="开锁破拆").click()
    await form.locator("#ask-handed_to").get_by_role("button", name="未移交").click()
    await form.locator("#ask-text textarea").fill("已开锁")
    await form.get_by_role("button", name="提交").click()
    await form.wait_for(state="detached")
    assert (await desk.get(f"/assignments/{job}")).json()["feedback"] == []
    await cut(page, off=False)
    async with asyncio.timeout(GUARD_S):
        while not (told := (await desk.get(f"/assignments/{job}")).json()["feedback"]):
            await asyncio.sleep(0.2)
    assert (told[0]["form"]["code"], told[0]["complete"], told[0]["people_count"]) == ("help", True, 1)
