"""Promise: a dispute about duty and a pursuit over borders are worked on the desk by keys alone, and every room concerned sees the same."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Locator, Page, expect

from dispatch.runtime.embedded import Embedded
from tests.conftest import remove_streams
from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import chase, town
from tests.harness.borderland import EAST, WEST
from tests.harness.browser import until
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, open_doors
from tests.harness.drawn_town import Place
from tests.harness.street import Street, open_street

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def street(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Street]:
    """The town of the pursuit, with its roads, served."""
    folder = tmp_path_factory.mktemp("chase")
    city = chase.bundle(folder)
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, folder, city) as doors:
            await chase.divide(doors)
            await named(doors)
            async with open_street(doors) as opened:
                yield opened
        await remove_streams(servers.nats_url)


async def named(doors: Doors) -> None:
    """The crossing where it begins, as the city calls it."""
    lon, lat = chase.BEGINS
    file = f"编码,类别,名称,经度,纬度\nX-1,灯杆,滨江大道二横路口,{lon},{lat}\n"
    admin = await doors.seat("admin")
    told = await admin.post(
        "/admin/places/import", file.encode(), params={"registry": "crossings"}, headers={"Content-Type": "text/csv"}
    )  # fmt: skip
    assert told.status_code == 200, told.text
    assert told.json()["refused"] == 0, told.text


@pytest.fixture(autouse=True)
async def units_are_there(street: Street) -> None:
    await chase.see(street.doors)


async def at_desk(street: Street, people: People, of: UUID = town.CITY, **how: Any) -> Page:
    """Somebody of this room at the desk."""
    person = await people(name=f"seat{of.int}", **how)
    return await street.sit_down(person, "desk", "dispatcher", "leader", of=of)


async def selected(page: Page, number: str) -> None:
    """Go to this incident with the keys."""
    await page.locator(f".panel.queue .number[title='{number}']").first.wait_for()
    await page.keyboard.press("F2")
    await until(page, "document.activeElement?.getAttribute('role') === 'listbox'")
    for _ in range(40):
        if await page.locator(f".panel.queue [aria-selected=true] .number[title='{number}']").count():
            break
        await page.keyboard.press("ArrowDown")
    await expect(page.locator("#detail")).to_contain_text(number)


def section(page: Page, title: str) -> Locator:
    return page.locator("#detail section", has=page.locator("h3", has_text=title))


async def choose(page: Page, act: str) -> Locator:
    """Open the menu of acts and press the key that stands beside this one; the form or nothing."""
    await page.keyboard.press("a")
    menu = page.get_by_role("dialog")
    offer = menu.locator(".offer", has=page.get_by_text(act, exact=True))
    key = (await offer.locator("kbd").inner_text()).strip()
    await page.keyboard.press(key.lower())
    return menu


async def seen(street: Street, incident: dict[str, Any], place: Place, **more: Any) -> None:
    seat = await street.doors.seat("dispatcher")
    await seat.made(f"/incidents/{incident['id']}/seen-at", chase.seen(place, **more))


async def shown(street: Street, incident: dict[str, Any]) -> Any:
    return (await (await street.doors.seat("leader")).get(f"/incidents/{incident['id']}")).json()


async def test_duty_is_disputed_answered_and_ruled_by_keys_at_three_rooms(
    street: Street, people: People
) -> None:
    incident = await chase.opened(street.doors, type="200100")
    north, west = await at_desk(street, people, town.NORTH), await at_desk(street, people, WEST)
    await selected(north, incident["number"])
    form = await choose(north, "提出管辖争议")
    await north.keyboard.type("南所")
    await expect(form.get_by_role("option")).to_have_count(1)
    await north.keyboard.press("Enter")
    await north.keyboard.press("Tab")
    await north.keyboard.type("现场在界河东侧，属南所")
    await north.keyboard.press("Control+Enter")
    at_north = section(north, "管辖争议")
    await expect(at_north).to_contain_text("北所 认为应由 南所 管辖")
    await expect(at_north).to_contain_text("等 西分局 裁决")
    await expect(at_north).to_contain_text("南所 尚未陈述")

    # The other room learns of it, and answers.
    south = await at_desk(street, people, town.SOUTH)
    await selected(south, incident["number"])
    form = await choose(south, "补充陈述")
    await south.keyboard.type("报警人在西侧桥头")
    await south.keyboard.press("Control+Enter")
    await expect(at_north).to_contain_text("报警人在西侧桥头")
    await expect(at_north).not_to_contain_text("尚未陈述")

    # The room above both rules; both see it, and the other has duty.
    await selected(west, incident["number"])
    await expect(section(west, "管辖争议")).to_contain_text("该点辖区")
    form = await choose(west, "裁决")
    await west.keyboard.press("ArrowDown")
    await expect(form.locator("select")).to_have_value(str(town.SOUTH))
    await west.keyboard.press("Tab")
    await west.keyboard.type("以道路中线为界")
    await west.keyboard.press("Control+Enter")
    for page in (north, south, west):
        told = section(page, "管辖争议")
        await expect(told).to_contain_text("西分局 裁决：由 南所 管辖")
        await expect(told).to_contain_text("以道路中线为界")
    assert (await shown(street, incident))["room"] == str(town.SOUTH)


async def test_where_it_was_seen_is_told_by_name_or_on_the_map_without_a_mouse(
    street: Street, people: People
) -> None:
    incident = await chase.opened(street.doors, type="100100")
    page = await at_desk(street, people, gl=True)
    await page.locator(".map canvas").first.wait_for()
    await selected(page, incident["number"])
    await choose(page, "转为追堵")
    trail = section(page, "追堵")
    await expect(trail).to_contain_text("尚无目击")

    form = await choose(page, "标记目击")
    await page.keyboard.type("二横路口")
    await form.get_by_role("option", name="滨江大道二横路口").first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("72")
    await page.keyboard.press("Enter")
    await expect(trail).to_contain_text("向东 · 约 72 km/h")
    await expect(trail.locator("li")).to_have_count(1)
    told = (await shown(street, incident))["pursuit"]["trail"]
    assert (told[0]["heading"], told[0]["speed"]) == (90.0, 20.0)
    assert abs(told[0]["lon"] - chase.BEGINS[0]) < 0.001

    form = await choose(page, "标记目击")
    await page.keyboard.press("Enter")
    await expect(page.locator("p.aim").first).to_be_visible()
    await until(page, "document.activeElement?.tagName === 'CANVAS'")
    await page.keyboard.press("Enter")
    await expect(trail.locator("li")).to_have_count(2)


async def test_rooms_on_its_way_join_command_is_taken_above_and_it_is_ended_by_keys(
    street: Street, people: People
) -> None:
    incident = await chase.opened(street.doors, type="100100")
    city = await at_desk(street, people)
    await selected(city, incident["number"])
    await seen(street, incident, chase.BEGINS, text="白色轿车，车牌遮挡")
    await expect(section(city, "追堵")).to_contain_text("白色轿车，车牌遮挡")
    await seen(street, incident, chase.IN_SOUTH)
    south = await at_desk(street, people, town.SOUTH)
    await selected(south, incident["number"])
    await expect(section(south, "追堵")).to_contain_text("南所 已告知")
    await choose(south, "加入协同追堵")
    await expect(section(city, "追堵")).to_contain_text("南所 已协同")

    await seen(street, incident, chase.IN_EAST)
    await expect(section(city, "追堵")).to_contain_text("已提请 市局 接管指挥")
    await choose(city, "接管指挥")
    await expect(section(city, "追堵")).not_to_contain_text("已提请")
    now = await shown(street, incident)
    assert (now["room"], now["command"]["room"]) == (str(town.NORTH), str(town.CITY))
    assert [one["room"] for one in now["pursuit"]["entered"]] == [str(town.SOUTH), str(EAST)]

    form = await choose(city, "结束追堵")
    await city.keyboard.press("ArrowDown")
    await city.keyboard.press("ArrowDown")
    await expect(form.locator("select")).to_have_value("caught")
    await city.keyboard.press("Enter")
    for page in (city, south):
        await expect(section(page, "追堵")).to_contain_text("已结束：已抓获")


async def test_who_is_ahead_by_road_is_painted_first_and_the_chaser_is_passed_over(
    street: Street, people: People
) -> None:
    incident = await chase.opened(street.doors, type="100100")
    await seen(street, incident, chase.BEGINS)
    page = await at_desk(street, people)
    await selected(page, incident["number"])
    first = page.locator(".option").first
    await expect(first.locator(".sign")).to_have_text("218")
    await expect(first).to_contain_text("在其前方")
    await expect(first).to_have_attribute("aria-checked", "true")
    await expect(page.locator(".panel.plan")).to_contain_text("按道路时间")


async def drawn(street: Street, **more: Any) -> dict[str, Any]:
    """A pursuit over a border with a dispute about it, its plan at work and the cordon drawn; minutes later."""
    incident = await chase.opened(street.doors, type="300300", **more)
    boss, north = (
        await street.doors.seat("dispatcher", "leader"),
        await street.doors.seat("dispatcher", of=town.NORTH),
    )
    path = f"/incidents/{incident['id']}"
    await boss.made(f"{path}/plans", {"code": "pursuit"}, 201)
    cordon = (await boss.get(f"{path}/cordon", minutes=2, lead_s=5)).json()
    await boss.made(f"{path}/cordon", {"cordon_id": cordon["id"]}, 201)
    began = datetime.fromisoformat(incident["opened_at"])
    await Clock(street.doors.runtime.settings.database_url).forward(timedelta(seconds=150))
    for after_s, place in (
        (5, chase.BEGINS), (25, chase.TOWN.between("B", "C")), (45, chase.TOWN.at["C"]), (50, chase.IN_EAST),
        (85, chase.TOWN.at["D"]), (125, chase.IN_SOUTH),
    ):  # fmt: skip
        at = (began + timedelta(seconds=after_s)).isoformat()
        body = chase.seen(place, at=at, **({"text": "白色轿车，闯红灯向东"} if place == chase.BEGINS else {}))
        await boss.made(f"{path}/seen-at", body)
    for other in (town.SOUTH, EAST):
        raised = await north.made(
            f"{path}/disputes", {"text": "目标已离开我所辖区", "other_room_id": str(other)}, 201
        )
        if other == town.SOUTH:
            west = await street.doors.seat("dispatcher", of=WEST)
            await west.made(
                f"/disputes/{raised['id']}/decide", {"room_id": str(town.NORTH), "text": "首派所继续负责"}
            )
    return incident


async def test_trail_and_cordon_are_on_the_map(street: Street, people: People) -> None:
    incident = await drawn(street)
    page = await at_desk(street, people, gl=True)
    await page.locator(".map canvas").first.wait_for()
    await selected(page, incident["number"])
    await page.keyboard.press("F6")
    await until(page, "document.activeElement?.tagName === 'CANVAS'")
    await page.keyboard.press("l")
    layers = page.locator(".aside .card")
    await expect(layers).to_contain_text("查控圈")
    await expect(layers).to_contain_text("已设卡", timeout=60_000)


async def test_axe_finds_nothing_in_disputes_and_pursuits(street: Street, people: People) -> None:
    incident = await drawn(street)
    page, found = await at_desk(street, people), dict[str, list[str]]()
    async for look in each_look(page):
        await page.locator(".link.live").wait_for()
        await page.locator(f".panel.queue .number[title='{incident['number']}']").click()
        await page.locator("#detail section .judge").wait_for()
        found[look] = await violations(page)
        await page.keyboard.press("a")
        await page.locator("dialog[open]").wait_for()
        await page.keyboard.press("0")
        await page.locator("dialog[open] form").wait_for()
        found[f"{look} seen"] = await violations(page)
        await page.keyboard.press("Escape")
    assert amiss(found) == {}
