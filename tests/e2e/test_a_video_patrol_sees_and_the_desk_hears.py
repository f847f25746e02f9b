"""Promise: what a video patrol sees is at the dispatcher's in one key, with its camera; and a dispatcher may ask it to look, by keys alone."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.doors import Seat
from tests.harness.reading import rows_of
from tests.harness.street import Street
from tests.harness.video import FAR, MARKET, NEAR, V1, V2, put_at_doors
from web import auth

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def equipped(street: Street) -> None:
    """Cameras and a patrol on duty that watches two of them."""
    await put_at_doors(street.doors, V1)


async def patrol_page(street: Street, people: People, unit: Any = V1, **how: Any) -> Page:
    """The patrol at its page, signed in by a link of its own, where its own page opens by itself."""
    person = await people(**({"size": (1280, 800)} | how))
    async with street.doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, unit, town.NORTH)
    page = await person.page(street.url + link)
    await until(page, "document.querySelector('.link.live') && document.querySelector('ol .row')")
    return page


async def cameras(seat: Seat) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in (await seat.get("/cameras")).json()["items"]}


async def test_one_key_takes_looks_raises_and_the_dispatcher_hears_it_with_the_cameras_name(
    street: Street, people: People, equipped: None
) -> None:
    desk = await street.sit_down(await people(), "desk", "dispatcher")
    await desk.keyboard.press("F8")
    await desk.evaluate("heard.notes.length = 0")
    page = await patrol_page(street, people)
    seat = await street.doors.seat("dispatcher")

    for n in (1, 2):  # what nobody watches, the more important first
        await page.keyboard.press("t")
        await until(page, f"document.querySelectorAll('ol.mine .row').length === {n}")
        await page.keyboard.press("ArrowDown")

    await page.keyboard.press("a")
    await until(page, "!document.querySelector('.due-count')")
    assert (await cameras(seat))[str(NEAR)]["looked_by"] == "视01"

    for _ in range(3):
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("r")
    await page.locator("dialog[open] textarea").fill("两人推搡，其中一人倒地")
    await page.locator("dialog[open] select").select_option("2")
    await page.keyboard.press("Control+Enter")
    await page.locator("#video-raised").wait_for()
    number = await page.locator("section[aria-labelledby=video-raised] li .figure").first.text_content()

    await desk.locator(".banner").wait_for()
    await until(desk, "heard.notes.length >= 2")
    [incident] = (await seat.get("/incidents", q=number)).json()["items"]
    assert incident["id"] in await rows_of(desk, "queue")
    assert incident["assignments"] == []
    await desk.locator(f".panel.queue .number[title='{number}']").click()
    seen = desk.locator(".panel.detail .cameras .seen")
    await expect(seen).to_contain_text("北门东侧")
    assert await seen.locator("a").get_attribute("href") == "https://video.example/1"

    await page.keyboard.press("n")
    await page.locator("dialog[open] textarea").fill("往东走了")
    await page.keyboard.press("Control+Enter")
    await expect(desk.locator(".panel.detail")).to_contain_text("往东走了")


async def test_a_dispatcher_asks_it_to_look_and_it_answers_by_keys(
    street: Street, people: People, equipped: None
) -> None:
    page = await patrol_page(street, people)
    desk = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(
        text="有人落水", place={"lon": 114.0215, "lat": 22.54, "address": "河堤"}
    )
    await desk.locator(f".panel.queue .number[title='{incident['number']}']").click()
    await desk.locator(".panel.detail .cameras").wait_for()
    await desk.keyboard.press("a")
    await desk.locator("dialog[open]").wait_for()
    await desk.keyboard.press("o")
    await desk.get_by_text("查看摄像机").wait_for()
    await desk.keyboard.press("1")
    await page.locator("#video-asked").wait_for()
    await expect(page.locator("section[aria-labelledby=video-asked]")).to_contain_text("菜市场")
    assert await violations(page) == []
    seat = await street.doors.seat("dispatcher")

    async def state() -> list[tuple[str, str]]:
        told = (await seat.get(f"/incidents/{incident['id']}")).json()
        return [(told["state"], order["state"]) for order in told["assignments"]]

    await page.keyboard.press("Enter")
    await until(
        page,
        "document.querySelector('section[aria-labelledby=video-asked] .primary').textContent.includes('已查看')",
    )
    assert await state() == [("received", "accepted")]
    await page.keyboard.press("Enter")
    await until(page, "!document.querySelector('#video-asked')")
    assert await state() == [("received", "cleared")]


async def test_a_camera_out_of_order_is_seen_by_the_room_and_a_look_mends_it(
    street: Street, people: People, equipped: None
) -> None:
    seat = await street.doors.seat("dispatcher")
    patrol = await street.doors.seat("unit", of=V1, kind="unit")
    await patrol.made(f"/units/{V1}/cameras", {"take": [str(MARKET)], "leave": [str(NEAR)]})
    page = await patrol_page(street, people)
    await until(page, "document.querySelectorAll('ol.mine .row').length === 1")
    await page.keyboard.press("x")
    await page.locator("dialog[open]").get_by_text("无画面").wait_for()
    await page.keyboard.press("1")
    await expect(page.locator("ol li.broken")).to_contain_text("无画面")
    assert (await cameras(seat))[str(MARKET)]["state"] == "out_of_order"
    room = await street.sit_down(await people(), "room", "leader")
    await room.keyboard.press("Alt+7")
    await expect(room.locator("#roster")).to_contain_text("故障摄像机 1")
    await expect(room.locator("#roster .cameras").first).to_contain_text("北门东侧")
    await page.keyboard.press("l")
    await expect(page.locator("ol li.broken")).to_have_count(0)
    assert (await cameras(seat))[str(MARKET)]["looked_by"] == "视01"
    assert (await cameras(seat))[str(FAR)]["state"] == "unwatched"


async def test_who_is_off_duty_is_told_and_logs_on_here(
    street: Street, people: People, equipped: None
) -> None:
    page = await patrol_page(street, people, V2)
    await page.locator(".off button").click()
    await page.locator("dialog[open] input").first.fill("0110")
    await page.locator("dialog[open] button[type=submit]").click()
    await until(page, "!document.querySelector('.off')")
