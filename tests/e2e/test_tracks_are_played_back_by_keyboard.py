"""Promise: a leader plays back units and areas by keyboard, with a map that says it is not live or with lists alone, and takes the figures along."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.played import CAR, Past, lived
from tests.harness.street import Street

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def past(street: Street) -> Past:
    return await lived(street.doors)


async def choose_span(page: Page, past: Past, first_min: int = 0, last_min: int = 15) -> None:
    """Day and time as the fields take them, by the clock of the browser."""
    for field, minutes in (("#from", first_min), ("#to", last_min)):
        at = past.start_ms + minutes * 60_000
        local = await page.evaluate(
            "(ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 16)", at
        )
        await page.locator(field).fill(local)


async def read_car(page: Page, past: Past) -> None:
    await page.keyboard.press("F2")
    await page.keyboard.type("301")
    await page.locator("#choose label", has_text="301").wait_for()
    await page.keyboard.press("Enter")
    await choose_span(page, past)
    await page.locator("#reason").fill("投诉核查")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#told")).to_contain_text("3.0 km")


async def test_a_unit_is_played_back_with_figures_stops_and_duty(
    street: Street, people: People, past: Past
) -> None:
    page = await street.sit_down(await people(), "playback", "leader")
    await read_car(page, past)
    told = page.locator("#told")
    await expect(told).to_contain_text("停留 1")
    await expect(told).to_contain_text("忙碌")
    await expect(page.locator(".watermark")).to_contain_text("不是实时")
    slider = page.locator("#moment")
    assert int(await slider.input_value()) == past.start_ms
    await page.locator("#stage-title").click()
    await page.keyboard.press(".")
    stood = int(await slider.input_value())
    assert 90_000 <= stood - past.start_ms <= 110_000
    await page.keyboard.press("Shift+ArrowRight")
    assert int(await slider.input_value()) == stood + 300_000
    await page.keyboard.press("Home")
    await page.keyboard.press("+")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="暂停")).to_be_visible()
    await until(page, f"Number(document.querySelector('#moment').value) > {past.start_ms}")
    await page.keyboard.press("Space")
    async with street.doors.runtime.pool.acquire() as conn:
        why = await conn.fetchval(
            "SELECT why FROM journal WHERE noun = 'track_look' ORDER BY position DESC LIMIT 1"
        )
    assert why == "投诉核查"


async def test_a_unit_off_duty_is_not_shown_in_that_time(street: Street, people: People, past: Past) -> None:
    page = await street.sit_down(await people(), "playback", "leader")
    at = f"from={past.at(0)}&to={past.at(900)}".replace("+00:00", "Z")
    await page.goto(f"{street.url}/playback?unit={CAR}&{at}")
    await expect(page.locator("#told")).to_contain_text("3.0 km")
    await page.locator("#moment").evaluate(
        "(slider, ms) => { slider.value = ms; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        past.start_ms + 625_000,
    )
    await expect(page.locator(".units li")).to_contain_text("下勤")
    await expect(page.locator(".units h3")).to_contain_text("0")


async def test_a_room_is_played_back_and_its_figures_are_taken_along(
    street: Street, people: People, past: Past, tmp_path: Path
) -> None:
    page = await street.sit_down(await people(), "playback", "leader")
    await page.get_by_role("button", name="指挥室", exact=True).click()
    await page.locator("#of-room").select_option(str(town.NORTH))
    await choose_span(page, past)
    await page.get_by_role("button", name="读取轨迹").click()
    await expect(page.locator("#units [role=option]")).to_have_count(2)
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="导出 CSV").click()
    path = tmp_path / "figures.csv"
    await (await coming.value).save_as(path)
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("呼号,单位,自,至,里程(米)")
    assert [row.split(",")[0] for row in rows[1:]] == ["301", "302"]
    assert abs(float(rows[1].split(",")[4]) - 2_990) < 30
    await page.locator("#units [role=option]").nth(1).click()
    await expect(page.locator("#told")).to_contain_text("302")
    await page.get_by_role("button", name="单独回放").click()
    await expect(page.locator("#units [role=option]")).to_have_count(1)


async def test_without_a_map_everything_stands_in_lists(street: Street, people: People, past: Past) -> None:
    page = await street.sit_down(await people(), "playback", "reviewer")
    await page.goto(f"{street.url}/playback?list=1")
    await expect(page.locator(".nomap")).to_be_visible()
    await read_car(page, past)
    await expect(page.locator(".units.whole li")).to_contain_text("114.02")


async def test_who_may_not_see_tracks_is_told_so(street: Street, people: People, past: Past) -> None:
    page = await street.sit_down(await people(), "playback", "dispatcher")
    await expect(page.locator("main")).to_contain_text("仅值班领导和质检员")
    assert await page.locator("#choose").count() == 0


@pytest.mark.parametrize("size", [(1600, 900), (800, 900)])
async def test_axe_finds_nothing_on_the_page_empty_or_full(
    street: Street, people: People, past: Past, size: tuple[int, int]
) -> None:
    page = await street.sit_down(await people(size=size), "playback", "leader")
    found: dict[str, list[str]] = {}
    at = f"from={past.at(0)}&to={past.at(900)}".replace("+00:00", "Z")
    for asked in ("", f"?unit={CAR}&{at}"):
        await page.goto(f"{street.url}/playback{asked}")
        async for look in each_look(page):
            await page.locator(".link.live").wait_for()
            if asked:
                await page.locator("#told dl").wait_for(state="attached")
            await until(page, "document.querySelector('.canvas canvas') || document.querySelector('.nomap')")
            found[f"{look} {asked[:5]}"] = await violations(page)
            for tab in await page.locator(".tabs button").all() if size[0] < 1024 else []:
                await tab.click()
                found[f"{look} {asked[:5]} {await tab.inner_text()}"] = await violations(page)
    assert amiss(found) == {}
