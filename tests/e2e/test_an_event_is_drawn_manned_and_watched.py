"""Promise: an event is drawn and manned on the map, its crew says it is there from its telephone, and who is missing sounds once a person."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dispatch.planned_events.grounds import holds
from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import until
from tests.harness.clock import Clock
from tests.harness.doors import open_doors
from tests.harness.street import Street, open_street
from web import auth

pytestmark = pytest.mark.slow
CORNERS = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
"""Where the map is clicked, as parts of its width and height."""


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        opened.place_units()
        yield opened


async def click_map(page: Page, across: float, down: float) -> None:
    canvas = page.locator("#map canvas.maplibregl-canvas")
    box = await canvas.bounding_box()
    assert box is not None
    await canvas.click(position={"x": box["width"] * across, "y": box["height"] * down})


async def drawn(page: Page) -> None:
    """A new event with four corners clicked on the map, one of them taken back and clicked again."""
    await page.keyboard.press("n")
    form = page.locator("form.form")
    await form.locator("[name=name]").fill("江边灯会")
    for n, corner in enumerate(CORNERS, 1):
        await click_map(page, *corner)
        await expect(form).to_contain_text(f"已点 {n} 点")
    await form.get_by_role("button", name="退一点").click()
    await expect(form).to_contain_text("已点 3 点")
    await click_map(page, *CORNERS[-1])
    await form.locator("[name=name]").press("Control+Enter")
    await expect(page.locator("#event .name")).to_have_text("江边灯会")


async def manned(page: Page) -> None:
    """118 gets a post in the middle of it."""
    await page.keyboard.press("p")
    await expect(page.locator("#map > .aim")).to_contain_text("点出岗位位置")
    await click_map(page, 0.5, 0.5)
    await expect(page.locator("#map > .aim")).to_have_count(0)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("单位", exact=True).fill("118")
    await dialog.get_by_role("option").first.click()
    await dialog.get_by_label("岗位名称").fill("一号门")
    await dialog.locator("textarea").fill("查验票证")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".board [role=option]", has_text="一号门")).to_contain_text("118")


async def crew(street: Street, people: People) -> Page:
    page = await (await people(size=(400, 800))).page()
    async with street.doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, town.N1, town.NORTH)
    await page.goto(street.url + link)
    await until(page, "document.querySelector('.link.live')")
    return page


async def test_it_is_drawn_and_manned_on_the_map_and_its_crew_checks_in(
    street: Street, people: People
) -> None:
    above, seat = await street.doors.seat("leader"), await street.doors.seat("dispatcher", "leader")
    page = await street.sit_down(await people(gl=True), "events", "dispatcher", "leader")
    await page.locator("#map canvas.maplibregl-canvas").wait_for()
    await drawn(page)
    await manned(page)
    [event] = (await seat.get("/events")).json()["items"]
    assert event["area"]["type"] in ("Polygon", "MultiPolygon")
    [post] = event["posts"]
    assert holds(event["area"], post["lon"], post["lat"]), "the middle of what was drawn"
    await page.keyboard.press("s")
    await expect(page.locator("#event .state")).to_have_text("待审批")
    for act in ("approve", "start"):
        await above.made(f"/events/{event['id']}/{act}")
    phone = await crew(street, people)
    card = phone.locator(".on-post")
    await expect(card).to_contain_text("你的岗位：一号门")
    await expect(card).to_contain_text("江边灯会")
    await card.get_by_role("button", name="签到到岗").click()
    await expect(card).to_contain_text("已签到")
    await expect(card.get_by_role("button")).to_have_count(0)
    await expect(page.locator(".board .post.there", has_text="一号门")).to_contain_text("签到")


async def missing(street: Street, event: dict[str, Any]) -> None:
    """118 should have been there for more than five minutes."""
    seat = await street.doors.seat("dispatcher", "leader")
    post = {"unit_id": str(town.N1), "name": "二号门", "lon": 114.02, "lat": 22.54}
    early = {"starts_at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}
    await seat.made(f"/events/{event['id']}/posts", post | early, 201)
    await Clock(street.doors.runtime.settings.database_url).forward(timedelta(seconds=301))


async def running(street: Street) -> dict[str, Any]:
    above, seat = await street.doors.seat("leader"), await street.doors.seat("dispatcher", "leader")
    now = datetime.now(UTC)
    body = {
        "name": "江边灯会", "kind": "festival", "area": town.box(114.01, 22.53, 114.03, 22.55),
        "starts_at": (now + timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=4)).isoformat(),
    }  # fmt: skip
    event: dict[str, Any] = await seat.made("/events", body, 201)
    await seat.made(f"/events/{event['id']}/submit")
    for act in ("approve", "start"):
        event = await above.made(f"/events/{event['id']}/{act}")
    return event


async def test_who_is_missing_sounds_and_is_acknowledged_by_a_person_once_at_every_screen(
    street: Street, people: People
) -> None:
    event = await running(street)
    desk = await street.sit_down(await people(name="boss"), "desk", "dispatcher", "leader")
    elsewhere = await street.sit_down(await people(name="boss"), "events", "dispatcher", "leader")
    other = await street.sit_down(await people(name="deputy"), "desk", "dispatcher", "leader")
    everybody = (desk, elsewhere, other)
    for page in everybody:
        await page.keyboard.press("F8")
        await until(page, "!document.querySelector('.banner')")
    await missing(street, event)
    for page in everybody:
        await expect(page.locator(".banner")).to_contain_text("江边灯会")
    await desk.keyboard.press("F8")
    for page in (desk, elsewhere):
        await until(page, "!document.querySelector('.banner')")
    await expect(other.locator(".banner")).to_contain_text("江边灯会")
    seat = await street.doors.seat("leader")
    [alert] = (await seat.get(f"/events/{event['id']}")).json()["alerts"]
    assert alert["rule"] == "event_unmanned"
    assert len(alert["noticed_by"]) == 1
