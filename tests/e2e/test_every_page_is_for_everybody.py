"""Promise: axe finds nothing on any page, in either language, in the dark and in the light, empty, full, or with a dialog open."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import People
from tests.harness import looks, town
from tests.harness.browser import axe_source, until
from tests.harness.events import held
from tests.harness.people import enter, seats
from tests.harness.seated import sign_in, take_seat
from tests.harness.street import Street
from tests.harness.video import FAR, MARKET, NEAR, V1, put_at_doors
from web.console.hatch_build import CONSOLE
from web.routes.page import PAGES

pytestmark = pytest.mark.slow

THEMES = looks.THEMES
EVERYBODY = ("call_taker", "dispatcher", "leader", "supervisor", "reviewer", "admin")
# What is drawn on a canvas is in the lists beside it too; axe cannot look into it.
_RUN = "axe.run(document, { resultTypes: ['violations'], exclude: [['.maplibregl-canvas']] })"


async def violations(page: Page) -> list[str]:
    """Rule, element and what is wrong, of everything that axe holds against the page as it stands."""
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(axe_source(CONSOLE))
    told: dict[str, Any] = await page.evaluate(_RUN)
    return [
        f"{found['id']}: {node['html'][:160]} — {(node['any'] or node['all'] or node['none'] or [{'message': ''}])[0]['message']}"
        for found in told["violations"]
        for node in found["nodes"]
    ]


@pytest.fixture(scope="module")
async def staffed(street: Street) -> dict[str, str]:
    """Somebody for each page and a seat to sit on."""
    doors = street.doors
    street.place_units()
    await enter(doors, "wangning", "call_taker")
    await enter(doors, "chenchen", "dispatcher", "leader")
    await enter(doors, "crew118", "unit", room=town.NORTH, unit_id=str(town.N1))
    await put_at_doors(doors, V1)
    patrol = await doors.seat("unit", of=V1, kind="unit")
    await patrol.made(f"/units/{V1}/cameras", {"take": [str(NEAR), str(MARKET), str(FAR)]})
    await patrol.made(f"/units/{V1}/looks", {"out_of_order": [{"camera_id": str(FAR), "fault": "dark"}]})
    await enter(doors, "video01", "unit", room=town.NORTH, unit_id=str(V1))
    return await seats(
        doors,
        ("J-01", town.CITY, "call_taker"),
        ("D-01", town.CITY, "dispatcher"),
        ("D-02", town.CITY, "leader"),
    )


async def busy(street: Street) -> dict[str, Any]:
    """Some incidents in several states, one of them sent to the crew."""
    seat = await street.doors.seat("dispatcher", "leader")
    await street.doors.incident(text="有人落水", place={"lon": 114.03, "lat": 22.53, "address": "河堤"})
    await street.doors.incident(text="位置不明的求助", place=None)
    one = await street.doors.incident(
        type="100211", text="持刀抢劫", place={"lon": 114.02, "lat": 22.54, "address": "北门广场"}
    )
    free = [u["id"] for u in (await seat.get("/units")).json()["items"] if u["state"] == "available"]
    if str(town.N1) in free:
        await seat.made(f"/incidents/{one['id']}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201)
        await seat.made(
            f"/incidents/{one['id']}/notes", {"kind": "hazard", "urgent": True, "text": "嫌疑人持刀"}, 201
        )
    return one


async def each_look(page: Page) -> AsyncIterator[str]:
    """The page anew in each language and theme."""
    for language, theme in looks.ALL:
        await page.evaluate(
            f"localStorage.setItem('dispatch110.language', '{language}'); localStorage.setItem('dispatch110.theme', '{theme}')"
        )
        await page.reload()
        yield f"{language} {theme}"


def amiss(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {look: wrong for look, wrong in found.items() if wrong}


async def test_the_sign_in(street: Street, people: People) -> None:
    person, found = await people(size=(1280, 800)), {}
    person.forgive("status of 401")
    page = await person.page(f"{street.url}/sign-in")
    async for look in each_look(page):
        await page.locator("input").first.wait_for()
        found[look] = await violations(page)
    assert amiss(found) == {}


async def test_choosing_a_seat(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(size=(1280, 800)), {}
    await sign_in(person, street.url, "chenchen")
    page = await person.page(f"{street.url}/sign-in")
    async for look in each_look(page):
        await page.locator("input[type=radio]").first.wait_for()
        found[look] = await violations(page)
    assert amiss(found) == {}


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_there_is(
    street: Street, people: People, staffed: dict[str, str], path: str
) -> None:
    """As it opens, with a night's work on it; one that is added to the house is in here by itself."""
    person, found = await people(size=(1280, 800)), {}
    await busy(street)
    if path == "unit":
        await sign_in(person, street.url, "crew118")
    elif path == "video":
        await sign_in(person, street.url, "video01")
    else:
        await person.context.request.get(street.url + await street.link(*EVERYBODY))
    page = await person.page(f"{street.url}/{path}")
    async for look in each_look(page):
        await page.locator("header, h1, h2").first.wait_for()
        await until(page, "!document.querySelector('.link') || document.querySelector('.link.live')")
        found[look] = await violations(page)
    assert amiss(found) == {}


async def test_a_chase_a_dispute_and_words_that_came_back(street: Street, people: People) -> None:
    person, found = await people(), {}
    seat = await street.doors.seat("dispatcher", "leader")
    incident = await street.doors.incident(
        type="200100", text="冲卡", place={"lon": 114.02, "lat": 22.54, "address": "北门广场"}
    )
    one = f"/incidents/{incident['id']}"
    for n in range(3):
        seen = {
            "lon": 114.02 + n / 500,
            "lat": 22.54 + n / 900,
            "heading": 60,
            "speed": 20,
            "text": "向北",
            "source": "seat",
        }
        await seat.made(f"{one}/seen-at", seen)
    await seat.made(f"{one}/disputes", {"text": "属南站辖区", "other_room_id": str(town.SOUTH)}, 201)
    page = await street.sit_down(person, "desk", "dispatcher", "leader")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
        await page.locator(".panel.detail section.moving").wait_for()
        await page.locator(".panel.detail section.standing").wait_for()
        found[look] = await violations(page)
        await page.keyboard.press("n")
        await page.locator("dialog[open] textarea").fill("还有一人")
        await page.keyboard.press("Escape")
        await page.keyboard.press("n")
        await page.locator("dialog[open] .back").wait_for()
        found[f"{look} back"] = await violations(page)
    assert amiss(found) == {}


async def test_the_dispatching_seat_empty_full_and_with_its_dialogs(
    street: Street, people: People, staffed: dict[str, str]
) -> None:
    person, found = await people(), {}
    await take_seat(person, street.url, "chenchen", staffed["D-01"])
    page = await person.page(f"{street.url}/desk")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        found[f"{look} empty"] = await violations(page)
    incident = await busy(street)
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
        await page.locator(".panel.detail .told").first.wait_for()
        found[look] = await violations(page)
        for key in ("?", "a", "n", "Alt+w") if look in {"zh light", "en dark"} else ():
            await page.keyboard.press(key)
            await page.locator("dialog[open]").wait_for()
            found[f"{look} dialog {key}"] = await violations(page)
            await page.keyboard.press("Escape")
            await until(page, "!document.querySelector('dialog[open]')")
    assert amiss(found) == {}


async def test_the_dispatching_seat_in_the_reader_s_own_colours(
    street: Street, people: People, staffed: dict[str, str]
) -> None:
    person = await people()
    await take_seat(person, street.url, "chenchen", staffed["D-01"])
    page = await person.page(f"{street.url}/desk")
    await page.emulate_media(forced_colors="active")
    await page.locator(".link.live").wait_for()
    await busy(street)
    await page.locator(".panel.queue .number").first.click()
    await page.locator(".panel.detail .told").first.wait_for()
    told = await violations(page)
    assert [
        one for one in told if not one.startswith("color-contrast")
    ] == []  # axe reads our colours, which are not seen
    chosen, other = (f".panel.queue [role=option][aria-selected={one}]" for one in ("true", "false"))
    looks_of = "(row) => { const look = getComputedStyle(row); return [look.backgroundColor, look.borderColor, look.outlineStyle, look.outlineColor].join() }"
    seen = [await page.locator(one).first.evaluate(looks_of) for one in (chosen, other)]
    assert seen[0] != seen[1]
    edge = await page.locator("#banner").evaluate("(one) => getComputedStyle(one).borderTopWidth")
    assert edge == "2px"  # its ground is no colour of its own any more


async def test_the_map(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(gl=True), {}
    await take_seat(person, street.url, "chenchen", staffed["D-02"])
    page = await person.page(f"{street.url}/desk")
    async for look in each_look(page):
        await page.locator(".map canvas").first.wait_for()
        found[look] = await violations(page)
    assert amiss(found) == {}


async def test_the_page_of_planned_events(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(), {}
    seat = await street.doors.seat("dispatcher", "leader")
    await take_seat(person, street.url, "chenchen", staffed["D-02"])
    page = await person.page(f"{street.url}/events")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        found[f"{look} empty"] = await violations(page)
    now = datetime.now(UTC)
    begun, ahead = [(now + timedelta(minutes=minutes)).isoformat() for minutes in (-30, 60)]
    parts = [("进场", begun, ahead), ("散场", ahead, (now + timedelta(hours=4)).isoformat())]
    phases = [{"name": name, "starts_at": starts, "ends_at": ends} for name, starts, ends in parts]
    await held(
        seat, await street.doors.seat("leader"), starts_at=begun, ends_at=phases[1]["ends_at"], phases=phases
    )
    async for look in each_look(page):
        await page.locator("#event .name").wait_for()
        await page.keyboard.press("h")
        await page.locator("form.phases-form").wait_for()
        found[f"{look} phases"] = await violations(page)
        await page.keyboard.press("Escape")
        found[look] = await violations(page)
        await page.keyboard.press("n")
        await page.locator("form.form").wait_for()
        found[f"{look} form"] = await violations(page)
        await page.keyboard.press("Escape")
    assert amiss(found) == {}


async def test_the_call_taking_seat(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(), {}
    await busy(street)
    await take_seat(person, street.url, "wangning", staffed["J-01"])
    page = await person.page(f"{street.url}/call")
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        found[look] = await violations(page)
        await page.keyboard.press("F4")
        await until(page, "document.activeElement?.getAttribute('role') === 'combobox'")
        await page.keyboard.type("d")
        await page.locator(".drop [role=option]").first.wait_for()
        found[f"{look} list"] = await violations(page)
        await page.keyboard.press("Enter")
        found[f"{look} typed"] = await violations(page)
    assert amiss(found) == {}


async def test_the_crews_page(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(size=(360, 740)), {}
    await busy(street)
    await sign_in(person, street.url, "crew118")
    page = await person.page(f"{street.url}/unit")
    async for look in each_look(page):
        await page.locator("article").first.wait_for()
        found[look] = await violations(page)
    assert amiss(found) == {}


async def test_the_paper_page(street: Street, people: People, staffed: dict[str, str]) -> None:
    person, found = await people(size=(1280, 800)), {}
    await busy(street)
    await take_seat(person, street.url, "chenchen", staffed["D-02"])
    page = await person.page(f"{street.url}/paper")
    async for look in each_look(page):
        await page.locator("h1, h2").first.wait_for()
        found[look] = await violations(page)
    assert amiss(found) == {}


async def test_the_pages_of_rules_plans_and_run_cards(street: Street, people: People, tmp_path: Path) -> None:
    person, found = await people(size=(1280, 800)), {}
    await street.doors.incident(type="500110", text="老人走失")
    file = (await (await street.doors.seat("admin")).get("/admin/rules")).json()
    changed = tmp_path / "rules.json"
    changed.write_text(
        json.dumps(file | {"rules": file["rules"][1:], "automatic": ["100200"]}), encoding="utf-8"
    )
    page = await street.sit_down(person, "rules", "admin", "leader")
    async for look in each_look(page):
        await page.locator("main .list li").first.wait_for()
        found[f"rules {look}"] = await violations(page)
        await page.locator("input[type=file]").set_input_files(changed)
        await page.locator("section.changes li.gone").wait_for()
        await page.keyboard.press("t")
        await page.locator("#dry-title").wait_for()
        found[f"rules {look} changed"] = await violations(page)
    await page.goto(f"{street.url}/plans")
    async for look in each_look(page):
        await page.locator("article li").first.wait_for()
        found[f"plans {look}"] = await violations(page)
    cards = (await (await street.doors.seat("admin")).get("/admin/run-cards")).json()["cards"]
    alone = cards[-1] | {"waves": [{"seats": [{"count": 2, "kinds": ["car"]}]}]}
    changed.write_text(json.dumps({"cards": [alone]}), encoding="utf-8")
    await page.goto(f"{street.url}/cards")
    async for look in each_look(page):
        await page.locator("ol.cards > li").first.wait_for()
        found[f"cards {look}"] = await violations(page)
        await page.locator("input[type=file]").set_input_files(changed)
        await page.locator("section.changes li.changed").first.wait_for()
        await page.keyboard.press("t")
        await page.locator(".others li").first.wait_for()
        found[f"cards {look} changed"] = await violations(page)
    assert amiss(found) == {}
