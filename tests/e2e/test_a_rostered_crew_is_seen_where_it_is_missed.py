"""Promise: a crew without a line finds its roster filled in and logs on by it; the room sees who is missing and which beat lies open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import People
from tests.e2e.test_every_page_is_for_everybody import amiss, each_look, violations
from tests.harness import town
from tests.harness.browser import until
from tests.harness.doors import open_doors
from tests.harness.people import enter, seats
from tests.harness.rostered import BEATS
from tests.harness.seated import take_seat
from tests.harness.street import Street, open_street
from web import auth

pytestmark = pytest.mark.slow
ALL_DAY = [{"days": [1, 2, 3, 4, 5, 6, 7], "starts": "00:00", "ends": "00:00"}]
HEAD = "警组,警号,车辆,装备,巡段,巡逻方式,上勤时间,下勤时间\n"


@pytest.fixture
async def street(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A town of this test's own, the north off duty, its beats to be walked all day."""
    async with open_doors(database_url, nats_url, tmp_path) as doors, open_street(doors) as opened:
        doors.runtime.centre.beats = BEATS
        dispatcher, admin = await doors.seat("dispatcher"), await doors.seat("admin")
        for unit in (town.N1, town.N2):
            await dispatcher.made(f"/units/{unit}/log-off")
        schedules = {"items": [{"code": code, "hours": ALL_DAY} for code in ("N-01", "N-02")]}
        etag = (await admin.get("/admin/beat-schedules")).headers["etag"]
        assert (await admin.put("/admin/beat-schedules", schedules, etag)).status_code == 200
        yield opened


def sheet(*lines: str) -> str:
    """These units from twenty minutes ago for eight hours."""
    begins = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=20)
    times = f"{begins:%Y-%m-%d %H:%M},{begins + timedelta(hours=8):%Y-%m-%d %H:%M}"
    return HEAD + "".join(f"{line},{times}\n" for line in lines)


async def test_a_crew_logs_on_by_its_roster_without_a_line_and_the_room_sees_who_is_missing(
    street: Street, people: People, tmp_path: Path
) -> None:
    doors = street.doors
    await enter(doors, "zhaolei", "leader")
    found = await seats(doors, ("L-11", town.CITY, "leader"))
    leader = await people(size=(1600, 950))
    await take_seat(leader, street.url, "zhaolei", found["L-11"])
    room = await leader.page(f"{street.url}/room")
    await room.locator(".link.live").wait_for()
    await room.locator(".work nav button").last.wait_for()
    await room.keyboard.press("Alt+7")
    await room.locator(".roster .beats li", has_text="北二巡段").wait_for()
    file = tmp_path / "排班.csv"
    file.write_text(sheet("118,0110,,,X,步巡"), encoding="gb18030")
    await room.locator(".roster input[type=file]").set_input_files(file)
    await room.locator("dialog[open]", has_text="There is no beat 'X'").wait_for()
    assert await room.locator("dialog[open] button.primary").is_disabled()
    await room.keyboard.press("Escape")
    file.write_text(
        sheet("118,0110 0120,京A0118警,持枪 喊话器,北一巡段,步巡", "119,0130,,,北二巡段,步巡"),
        encoding="gb18030",
    )
    await room.locator(".roster input[type=file]").set_input_files(file)
    await room.locator("dialog[open]", has_text="新增 2").wait_for()
    await room.locator("dialog[open] button.primary").click()
    await room.locator(".roster", has_text="应到未到 2").wait_for()

    crew = await people(size=(400, 800))
    crew.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection")
    phone = await crew.page()
    async with doors.runtime.pool.acquire() as conn:
        link = await auth.issue_unit_link(conn, town.N1, town.NORTH)
    await phone.goto(street.url + link)
    await phone.locator("dd", has_text="北一巡段").wait_for()
    await phone.locator(".next.log_on").click()
    await phone.locator("form select option", has_text="南一巡段").wait_for(state="attached")
    await phone.context.set_offline(True)
    inputs = [await phone.locator("form input").nth(n).input_value() for n in range(3)]
    assert inputs == ["0110 0120", "京A0118警", "持枪 喊话器"]
    assert await phone.locator("form select").first.input_value() == "N-01"
    await phone.locator("form select").first.select_option("N-02")
    await phone.locator("form button[type=submit]").click()
    await until(phone, "document.querySelector('.next.none')")
    await phone.context.set_offline(False)
    await room.locator(".roster", has_text="应到未到 1").wait_for()
    await room.locator(".roster .beats li", has_text="北二巡段").wait_for(state="detached")
    told = (await (await doors.seat("dispatcher")).get(f"/units/{town.N1}")).json()
    assert (told["vehicle"], told["equipment"], told["beat"]["code"], told["patrol"]) == (
        "京A0118警",
        ["firearms", "喊话器"],
        "N-02",
        "foot",
    )
    assert told["shift"]["state"] == "attended"

    desk = await leader.page(f"{street.url}/desk")
    await desk.locator(".unit .carried", has_text="北二巡段").wait_for()
    seen = {}
    async for look in each_look(room):
        await room.locator(".link.live").wait_for()
        await room.keyboard.press("Alt+7")
        await room.locator(".roster ol li").first.wait_for()
        seen[f"{look} roster"] = await violations(room)
    assert amiss(seen) == {}
