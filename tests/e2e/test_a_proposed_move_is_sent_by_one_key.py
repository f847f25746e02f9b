"""Promise: how the ground is covered is one quiet line; a proposed move is sent or declined by one key, and the crew answers it on its page."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dispatch.runtime.positions import now_ms
from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import THEMES, violations
from tests.harness import town
from tests.harness.patrols import frame
from tests.harness.people import enter
from tests.harness.seated import sign_in
from tests.harness.street import Street

pytestmark = pytest.mark.slow

LAT = 22.54
WEST = (114.010, 114.012, 114.013, 114.014)
SETTLE = "UPDATE unit SET standby = NULL"
WANTED_AGAIN = "DELETE FROM move_declined"


@pytest.fixture(autouse=True)
async def all_in_the_west(street: Street) -> AsyncIterator[None]:
    """Nobody is near the south; nobody was moved or declined before."""
    handles = [unit.int for unit in town.UNITS]
    runtime = street.doors.runtime
    runtime.centre.cover.patience_s = 30.0
    stand = frame(handles, WEST, [LAT] * len(handles), now_ms(), speed_mps=0.0)
    runtime.centre.live.apply(stand, now_ms())
    yield
    seat = await street.doors.seat("dispatcher")
    for one in (await seat.get("/units")).json()["items"]:
        if one["standby"]:
            await seat.made(f"/units/{one['id']}/standby/call-off")
    async with runtime.pool.acquire() as conn:
        await conn.execute(SETTLE)
        await conn.execute(WANTED_AGAIN)
    await runtime.followers.load()


async def proposed(page: Page) -> str:
    """Who is proposed to be moved."""
    line = page.locator(".ground .move .said")
    await expect(line).to_contain_text("南门", timeout=60_000)
    return (await line.text_content() or "").split()[0].split("请")[-1].strip()


async def standing_by(street: Street) -> dict[str, Any]:
    seat = await street.doors.seat("dispatcher")
    units = (await seat.get("/units")).json()["items"]
    return {one["call_sign"]: one["standby"]["state"] for one in units if one["standby"]}


async def test_one_key_sends_the_proposed_unit_and_its_crew_answers(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    await expect(page.locator(".ground .figures")).to_contain_text("下一警预计等", timeout=60_000)
    await expect(page.locator(".ground .bare")).to_contain_text("南所")
    assert await standing_by(street) == {}, "nothing is sent by itself"
    await proposed(page)
    await page.keyboard.press("Alt+m")
    await expect(page.locator(".toast.good")).to_contain_text("南门")
    [(sign, state)] = (await standing_by(street)).items()
    assert state == "sent"
    await expect(page.locator(".panel.board .unit", has_text=sign).first).to_contain_text("待命 南门")
    unit = next(id_ for id_, (of, _, _) in town.UNITS.items() if of == sign)
    await enter(street.doors, f"crew{sign}", "unit", room=town.UNITS[unit][2], unit_id=str(unit))
    crew = await people(size=(360, 740), name=f"crew{sign}")
    await sign_in(crew, street.url, f"crew{sign}")
    phone = await crew.page(f"{street.url}/unit")
    await phone.get_by_role("button", name="前往").click()
    await phone.get_by_role("button", name="已到位").click()
    standby = phone.locator("section", has=phone.get_by_role("heading", name="移位待命"))
    await expect(standby).to_contain_text("南门")
    await expect(standby.locator(".ok-text")).to_have_text("已到位")
    assert await standing_by(street) == {sign: "there"}
    assert await violations(phone) == []


async def test_what_is_declined_is_not_said_again(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    first = await proposed(page)
    await page.keyboard.press("Alt+n")
    await expect(page.locator(".toast.good")).to_contain_text("20 分钟内不再提议")
    assert await standing_by(street) == {}
    said = page.locator(".ground .move .said")
    if await said.count():
        assert not (await said.text_content() or "").startswith(f"{first} ")


async def test_axe_finds_nothing_in_the_line(street: Street, people: People) -> None:
    found = {}
    for theme in THEMES:
        size = (1280, 800) if theme == "light" else (1600, 950)
        person = await people(theme=theme, language="en" if theme == "light" else "zh", size=size)
        page = await street.sit_down(person, "desk", "dispatcher")
        await proposed(page)
        found[theme] = await violations(page)
    assert {look: wrong for look, wrong in found.items() if wrong} == {}
