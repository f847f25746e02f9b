"""Promise: a planned event is written, manned, approved and ended from its page by keys alone, and every seat sees it at once."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness import town
from tests.harness.events import held, plan
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def of(street: Street, name: str) -> Any:
    seat = await street.doors.seat("leader")
    return next(one for one in (await seat.get("/events")).json()["items"] if one["name"] == name)


async def chosen(page: Page, name: str) -> None:
    await page.locator("#events [role=option]", has_text=name).click()
    await expect(page.locator("#event .name")).to_have_text(name)


async def test_it_is_written_by_one_and_approved_by_another(street: Street, people: People) -> None:
    writer = await street.sit_down(await people(name="writer"), "events", "dispatcher", "leader")
    boss = await street.sit_down(await people(name="boss"), "events", "leader")
    await writer.keyboard.press("n")
    form = writer.locator("form.form")
    await form.locator("[name=name]").fill("新年音乐会")
    await form.locator("[name=geojson]").fill(json.dumps(plan()["area"]))
    await form.locator("[name=note]").fill("二级勤务")
    await form.get_by_role("button", name="加一阶段").press("Enter")
    await writer.keyboard.type("进场")
    await writer.keyboard.press("Control+Enter")
    await expect(writer.locator("#event .name")).to_have_text("新年音乐会")
    await expect(writer.locator("#event .facts")).to_contain_text("二级勤务")
    await expect(writer.get_by_role("list", name="阶段")).to_contain_text("进场")
    await writer.keyboard.press("e")
    await form.locator("[name=crowd]").fill("3000")
    await writer.keyboard.press("Control+Enter")
    await expect(writer.locator("#event .facts")).to_contain_text("3,000")
    assert [one["name"] for one in (await of(street, "新年音乐会"))["phases"]] == ["进场"], (
        "kept when it is amended"
    )
    await writer.keyboard.press("s")
    await expect(writer.get_by_role("dialog")).to_contain_text("尚未安排岗位")
    await writer.keyboard.press("Enter")
    await expect(writer.locator("#event .state")).to_have_text("待审批")
    await expect(writer.locator("#event .next")).to_contain_text("由你提交")
    await expect(writer.locator("#event").get_by_role("button", name="批准")).to_have_count(0)
    await chosen(boss, "新年音乐会")
    await expect(boss.locator("#event .next")).to_contain_text("待你审批")
    await boss.keyboard.press("y")
    await boss.keyboard.press("Enter")
    for page in (boss, writer):
        await expect(page.locator("#event .state")).to_have_text("已批准")
    assert (await of(street, "新年音乐会"))["state"] == "approved"


def phases(*names: str) -> list[dict[str, str]]:
    """An hour each, from when the event starts."""
    starts = datetime.fromisoformat(plan()["starts_at"]).replace(second=0, microsecond=0) + timedelta(
        minutes=1
    )
    hours = [(starts + timedelta(hours=n)).isoformat() for n in range(len(names) + 1)]
    return [{"name": name, "starts_at": hours[n], "ends_at": hours[n + 1]} for n, name in enumerate(names)]


async def test_its_phases_are_changed_after_approval_by_keys_and_every_seat_sees_what_was(
    street: Street, people: People
) -> None:
    seat, above = await street.doors.seat("dispatcher", "leader"), await street.doors.seat("leader")
    event = await held(seat, above, name="跨年倒计时", phases=phases("进场", "倒计时"))
    boss = await street.sit_down(await people(name="boss"), "events", "leader")
    page = await street.sit_down(await people(), "events", "dispatcher", "leader")
    for one in (boss, page):
        await chosen(one, "跨年倒计时")
    await page.keyboard.press("h")
    form = page.locator("form.phases-form")
    await expect(form.locator("[name=phase]").first).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("安检进场")
    await form.get_by_role("button", name="删除阶段 2").press("Enter")
    await form.get_by_role("button", name="加一阶段").press("Enter")
    await page.keyboard.type("散场")
    await page.keyboard.press("Control+Enter")
    for one in (boss, page):
        steps = one.get_by_role("list", name="阶段")
        await expect(steps).to_contain_text("安检进场")
        await expect(steps).to_contain_text("散场")
        await expect(steps).not_to_contain_text("倒计时")
        for said in ("调整阶段", "进场 → 安检进场", "取消 倒计时", "新增 散场"):
            await expect(one.locator("#inside .log")).to_contain_text(said)
    await page.keyboard.press("h")
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await seat.made(f"/events/{event['id']}/end")


async def test_a_post_is_checked_in_and_the_event_ended_by_keys(street: Street, people: People) -> None:
    street.place_units()
    seat, above = await street.doors.seat("dispatcher", "leader"), await street.doors.seat("leader")
    await held(seat, above, name="晚场足球赛")
    incident = await street.doors.incident(text="看台打架")
    page = await street.sit_down(await people(), "events", "dispatcher", "leader")
    await chosen(page, "晚场足球赛")
    row = page.locator(".board [role=option]", has_text="一号门")
    await expect(row).to_contain_text("未签到")
    await expect(page.locator("#inside .incidents")).to_contain_text(incident["number"][-4:])
    await page.keyboard.press("F4")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("c")
    await expect(row).to_contain_text("签到")
    await page.keyboard.press("l")
    dialog = page.get_by_role("dialog")
    await dialog.locator("textarea").fill("加开三号门")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#inside .log")).to_contain_text("加开三号门")
    await page.keyboard.press("d")
    await expect(dialog).to_contain_text("1 个单位解除岗位")
    await dialog.get_by_role("button", name="结束").click()
    await expect(page.locator("#event .state")).to_have_text("已结束，待总结")
    unit = (await seat.get(f"/units/{town.N1}")).json()
    assert unit["event"] is None
