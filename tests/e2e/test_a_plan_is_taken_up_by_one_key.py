"""Promise: a plan that was pushed is taken up by one key, its tasks stand in the detail at once, and each is done where it stands."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import People
from tests.e2e.test_units_are_sent_by_one_key import free_units, selected  # noqa: F401 - a fixture of this module too
from tests.harness.street import Street

pytestmark = pytest.mark.slow


async def plans_of(street: Street, incident: dict[str, Any]) -> Any:
    seat = await street.doors.seat("leader")
    return (await seat.get(f"/incidents/{incident['id']}/plans")).json()


async def robbery_of(street: Street, incident: dict[str, Any]) -> Any:
    """The plan that was taken up; by what the caller said others may be proposed beside it."""
    told = await plans_of(street, incident)
    return next(plan for plan in told["plans"] if plan["name"]["zh"] == "抢劫正在发生")


def section(page: Page) -> Any:
    return page.locator("#detail section", has=page.locator("h3", has_text="预案任务"))


async def test_a_pushed_plan_is_taken_up_and_worked_through(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher", "leader")
    incident = await street.doors.incident(type="100211", text="有人抢手机")
    await selected(page, incident["number"])
    tasks = section(page)
    await expect(tasks).to_contain_text("抢劫正在发生")
    await page.keyboard.press("a")
    await expect(page.get_by_role("dialog")).to_contain_text("启用预案：抢劫正在发生")
    await page.keyboard.press("2")
    await expect(tasks.locator("ol > li").first).to_be_visible()
    assert (await robbery_of(street, incident))["state"] == "active"
    report = tasks.locator("li", has_text="首报")
    await report.get_by_role("button", name="签发").click()
    form = page.get_by_role("dialog")
    await expect(form.locator("textarea")).to_have_value(drafted(incident))
    await form.get_by_role("button", name="签发").click()
    await expect(tasks.locator("details")).to_contain_text("首报")
    signed = [task for task in (await robbery_of(street, incident))["tasks"] if task["stage"] == "first"]
    assert (signed[0]["state"], incident["number"] in signed[0]["text"]) == ("done", True)


def drafted(incident: dict[str, Any]) -> re.Pattern[str]:
    return re.compile(rf"【首报】警情{incident['number']}")


async def test_a_plan_may_be_refused_and_says_so(street: Street, people: People) -> None:
    page = await street.sit_down(await people(), "desk", "dispatcher")
    incident = await street.doors.incident(type="500810", text="有人要跳楼")
    await selected(page, incident["number"])
    tasks = section(page)
    await tasks.get_by_role("button", name="不启用").click()
    await expect(tasks).to_have_count(0)
    told = await plans_of(street, incident)
    assert [one["state"] for one in told["plans"]] == ["dismissed"]
