"""Promise: who leads reads rules and plans in sentences; who administers sees what a file changes before it counts, and tries it."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def file_of(street: Street, what: str) -> tuple[dict[str, Any], str]:
    told = await (await street.doors.seat("admin")).get(f"/admin/{what}")
    return told.json(), told.headers["etag"]


def kept(folder: Path, file: dict[str, Any]) -> Path:
    path = folder / "file.json"
    path.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
    return path


async def brought(page: Page, path: Path) -> None:
    """By the key that opens the choice of a file; the choice itself is the browser's own."""
    field = page.locator("input[type=file]")
    await field.evaluate(
        "one => one.addEventListener('click', (event) => { event.preventDefault(); one.dataset.asked = 'yes'; })"
    )
    await page.keyboard.press("u")
    await expect(field).to_have_attribute("data-asked", "yes")
    await field.set_input_files(path)


async def test_a_leader_finds_a_rule_by_its_words_and_changes_nothing(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "rules", "leader")
    lines = page.locator("main .list li")
    await expect(lines.first).to_be_visible()
    whole = await lines.count()
    await page.keyboard.press("/")
    await page.keyboard.insert_text("签收 上两级")
    await expect(lines).to_have_count(1)
    await expect(lines).to_contain_text(
        "派警单未送达或未签收，下达后1级2分30秒、2级3分、其余5分：提醒上两级指挥室。"
    )
    await page.keyboard.press("Escape")
    await expect(lines).to_have_count(whole)
    await page.get_by_label("级别").select_option("4")
    await expect(lines).to_have_count(whole - 2)  # waves are for the urgent
    assert await page.get_by_role("button", name="上传新版").count() == 0


async def test_a_file_is_compared_tried_and_put_in_by_keys(
    street: Street, people: People, tmp_path: Path
) -> None:
    incident = await street.doors.incident(type="200420", text="噪音")
    seat = await street.doors.seat("dispatcher", "leader")
    free = [u["id"] for u in (await seat.get("/units")).json()["items"] if u["state"] == "available"]
    await seat.made(f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": free[0]}]}, 201)
    file, _ = await file_of(street, "rules")
    rules = [rule | ({"after_s": 0.5} if rule["id"] == "not_accepted_unit" else {}) for rule in file["rules"]]
    path = kept(tmp_path, file | {"rules": [rule for rule in rules if rule["id"] != "shift_over"]})
    page = await street.sit_down(await people(), "rules", "admin", "leader")
    await expect(page.locator("main .list li").first).to_be_visible()
    await brought(page, path)
    changes = page.locator("section.changes")
    await expect(changes).to_contain_text("新增 0，修改 1，删除 1")
    await expect(changes.locator("li.changed")).to_contain_text("下达后1分：提醒办理席位")
    await expect(changes.locator("li.gone")).to_contain_text("下班时间即刻")
    await page.keyboard.press("t")
    trial = page.locator("section", has=page.locator("#dry-title")).last
    await expect(trial).to_contain_text("本次改动")
    link = trial.get_by_role("link", name=incident["number"]).first
    await expect(link).to_have_attribute("href", f"/desk?incident={incident['id']}")
    before = (await file_of(street, "rules"))[1]
    await page.keyboard.press("Control+Enter")
    await expect(changes).to_have_count(0)
    await expect(page.locator("aside")).to_contain_text("第 1 版")
    after, etag = await file_of(street, "rules")
    assert etag != before
    assert "shift_over" not in {rule["id"] for rule in after["rules"]}


async def test_a_file_that_cannot_be_put_in_says_every_fault_and_offers_no_way(
    street: Street, people: People, tmp_path: Path
) -> None:
    file, etag = await file_of(street, "rules")
    first, second, *rest = file["rules"]
    path = kept(tmp_path, file | {"rules": [first | {"since": "nope"}, second | {"effect": "demand"}, *rest]})
    page = await street.sit_down(await people(), "rules", "admin")
    await expect(page.locator("main .list li").first).to_be_visible()
    await brought(page, path)
    changes = page.locator("section.changes")
    await expect(changes.locator(".faults li")).to_have_count(2)
    await expect(changes).to_contain_text("names the moment 'nope'")
    assert await changes.get_by_role("button", name="换入生效").count() == 0
    path.write_text("{", encoding="utf-8")
    await brought(page, path)
    await expect(changes).to_contain_text("这不是 JSON 文件")
    await page.keyboard.press("Escape")
    await expect(changes).to_have_count(0)
    assert (await file_of(street, "rules"))[1] == etag


async def test_who_was_slower_is_shown_the_newer_version_first(
    street: Street, people: People, tmp_path: Path
) -> None:
    file, etag = await file_of(street, "plans")
    named = {plan["code"]: plan for plan in file["plans"]}
    mine = file | {
        "plans": [one | ({"automatic": True} if one["code"] == "flood" else {}) for one in file["plans"]]
    }
    theirs = file | {
        "plans": [one | ({"automatic": True} if one["code"] == "pursuit" else {}) for one in file["plans"]]
    }
    person = await people()
    person.forgive("status of 412")
    page = await street.sit_down(person, "plans", "admin")
    await expect(page.locator("article h2")).to_be_visible()
    await brought(page, kept(tmp_path, mine))
    changes = page.locator("section.changes")
    await expect(changes).to_contain_text("修改 1")
    assert (await (await street.doors.seat("admin")).put("/admin/plans", theirs, etag)).status_code == 200
    await page.keyboard.press("Control+Enter")
    await expect(changes).to_contain_text("已有他人换入新版")
    await expect(changes).to_contain_text("修改 2")
    await expect(changes).to_contain_text(named["pursuit"]["name"]["zh"])
    await page.keyboard.press("Escape")
    await expect(changes).to_have_count(0)


async def test_a_plan_is_read_as_its_checklist_and_says_where_it_is_active(
    street: Street, people: People
) -> None:
    page = await street.sit_down(await people(), "plans", "leader")
    await page.keyboard.press("/")
    await page.keyboard.insert_text("走失")
    plan = page.locator("article")
    await expect(plan.locator("h2")).to_contain_text("走失查找黄金24小时")
    await expect(plan).to_contain_text("首次报警起 24 小时 内")
    await expect(plan).to_contain_text("待 2 完成")
    await expect(plan).to_contain_text("目前没有警情在执行此预案。")
    incident = await street.doors.incident(type="500110", text="老人走失")
    await expect(plan.get_by_role("link", name=incident["number"])).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("article h2").click()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("nav [aria-current=true]")).to_have_count(1)
