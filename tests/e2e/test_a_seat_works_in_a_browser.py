"""A dispatcher at the page in a real browser: signs in by link, sees an alarm come, sends units with one key, follows them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from dispatch.runtime.positions import now_ms
from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.browser import Person, until
from tests.harness.doors import open_doors
from tests.harness.patrols import frame
from tests.harness.street import Street, open_street

pytestmark = pytest.mark.slow
NASTY = '<img src=x onerror="document.title=1">\u202e右到左 𠮷'


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, its doors on a port."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        yield opened


@pytest.fixture
async def person(people: People) -> Person:
    """Somebody at the plain page, whose refused acts, and a door that is closed to a stranger, are no complaint."""
    someone = await people()
    someone.forgive("status of (401|409)")
    return someone


@pytest.fixture
async def page(person: Person) -> Page:
    return await person.page()


def text_of(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})?.textContent"


async def sit_down(page: Page, street: Street, *roles: str) -> None:
    await page.goto(street.url + await street.link(*roles))
    await until(page, "document.querySelector('.link.live')")


async def place_units(street: Street) -> None:
    live = street.doors.runtime.centre.live
    seat = await street.doors.seat("dispatcher")
    handles = [unit["handle"] for unit in (await seat.get("/units")).json()["items"]]
    live.apply(frame(handles, [114.02] * len(handles), [22.54] * len(handles), now_ms()), now_ms())


async def test_without_a_session_the_page_says_how_to_sign_in(page: Page, street: Street) -> None:
    await page.goto(street.url)
    await until(page, "document.querySelector('#login')?.autocomplete === 'username'")
    assert "登录" in await until(page, text_of("h1"))
    assert "一次性链接" in await until(page, text_of("summary"))
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    await page.click("header button[lang=en]")
    assert "one-time link" in await until(page, text_of("summary"))
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert await page.evaluate("document.activeElement.tagName") == "BUTTON"


async def test_an_alarm_appears_is_sent_and_followed_by_keyboard_alone(page: Page, street: Street) -> None:
    await place_units(street)
    await sit_down(page, street, "dispatcher")
    incident = await street.doors.incident(
        text=NASTY, type="100211", place={"lon": 114.02, "lat": 22.54, "address": NASTY}
    )
    number = incident["number"]
    await until(page, f"document.querySelector('.incident .number')?.title === {json.dumps(number)}")
    assert NASTY in await page.evaluate(text_of(".incident .place"))
    await until(page, "!document.querySelector('#banner').hidden")
    await page.keyboard.press("F2")
    await page.keyboard.press("ArrowDown")
    painted = await until(page, "document.querySelectorAll('.option.painted').length")
    await page.keyboard.press("Enter")
    await until(page, "document.querySelector('.order') && document.querySelector('#banner').hidden")
    seat = await street.doors.seat("dispatcher")
    orders = (await seat.get(f"/incidents/{incident['id']}")).json()["assignments"]
    assert len(orders) == painted
    await seat.made(f"/assignments/{orders[0]['id']}/accept")
    await seat.made(f"/assignments/{orders[0]['id']}/en-route")
    await until(page, "document.querySelector('.incident .who .glyph[data-state=en_route]')")
    await until(page, "document.querySelector('.board .unit .glyph[data-state=en_route]')")
    await until(page, "document.querySelector('.story li')")
    assert await page.evaluate("document.querySelectorAll('img').length") == 0


async def test_a_refusal_is_said_in_a_sentence_and_nothing_is_sent(page: Page, street: Street) -> None:
    await place_units(street)
    incident = await street.doors.incident(type="100211")
    other = await street.doors.incident(place={"lon": 114.021, "lat": 22.541})
    await sit_down(page, street, "dispatcher")
    await until(
        page, f"document.querySelector('.incident .number')?.title === {json.dumps(incident['number'])}"
    )
    await page.click(".incident")
    await until(page, "document.querySelector('.option.painted')")
    taken = await page.evaluate("document.querySelector('.option.painted .sign').textContent")
    seat = await street.doors.seat("dispatcher")
    [unit] = [u for u in (await seat.get("/units")).json()["items"] if u["call_sign"] == taken]
    await seat.made(f"/incidents/{other['id']}/assignments", {"orders": [{"unit_id": unit["id"]}]}, 201)
    await until(page, "document.querySelector('.option.taken')")
    await page.keyboard.press("Enter")
    assert "未派出任何单位" in await until(page, text_of(".toast.bad"))
    assert (await seat.get(f"/incidents/{incident['id']}")).json()["assignments"] == []


async def test_the_language_is_kept_and_english_is_complete(page: Page, street: Street) -> None:
    await street.doors.incident()
    await sit_down(page, street, "dispatcher", "call_taker")
    await page.click("#switch-language")
    await page.goto(street.url)
    await until(page, "document.querySelector('.link.live') && document.querySelector('.incident')")
    await page.click("#new-alarm")
    assert await page.evaluate("document.documentElement.lang") == "en"
    names = {room.name_zh for room in town.ROOMS} | {"中文", "北", "南", "anna"}
    shown = await page.evaluate(
        "[...document.querySelectorAll('body *')].filter((n) => !n.children.length && n.checkVisibility())"
        ".map((n) => n.textContent.trim())"
    )
    assert [text for text in shown if any("一" <= c <= "鿿" for c in text) and text not in names] == []


async def test_a_place_is_suggested_while_one_types_and_taken_by_keyboard(page: Page, street: Street) -> None:
    admin = await street.doors.seat("admin")
    file = "code,kind,name,lon,lat\nA,metro_exit,车公庙A口,114.0265,22.537\nB,metro_exit,车公庙B口,114.027,22.538\n"
    told = await admin.post("/admin/places/import", file.encode(), params={"registry": "metro"})
    assert told.status_code == 200, told.text
    await sit_down(page, street, "dispatcher", "call_taker")
    await page.click("#new-alarm")
    await until(page, "document.activeElement?.getAttribute('role') === 'combobox'")
    await page.keyboard.insert_text("cgm")
    await until(page, "document.querySelectorAll('#place-list li').length === 2")
    assert "开头" in await page.evaluate(text_of("#place-list li"))
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    wanted = await until(
        page, "document.querySelector('#place-list [aria-selected=true] span:nth-child(2)').textContent"
    )
    await page.keyboard.press("Enter")
    await until(page, "document.querySelector('#place-list').hidden")
    assert (await page.evaluate("document.activeElement.value")) + f" {wanted[-1]}" == wanted
    lon = await page.evaluate("document.querySelector('#alarm-form .row input').value")
    assert lon == {"A": "114.026500", "B": "114.027000"}[wanted[-1]]


async def test_who_signs_out_is_at_the_door_again(page: Page, street: Street) -> None:
    await sit_down(page, street, "dispatcher")
    await page.click("#sign-out")
    assert "一次性链接" in await until(page, text_of(".door h1"))
