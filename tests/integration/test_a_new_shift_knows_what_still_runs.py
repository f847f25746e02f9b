"""Promise: who takes a shift over reads of events that run, of what was said to all and still holds, and of callers still to be asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors
from tests.harness.events import held
from tests.harness.people import seats
from tests.integration.test_a_shift_is_handed_over_signed_by_both import Change

CALLER = {"number": "13800001234", "name": "张三"}
ASKED = "200260"
"""A type whose callers are always asked how it went."""


@pytest.fixture
async def change(doors: Doors) -> AsyncIterator[Change]:
    code = f"L-{uuid4().hex[:4]}"
    ids = await seats(doors, (code, town.CITY, "leader"))
    opened = Change(doors, Clock(doors.runtime.settings.database_url), ids)
    opened.leaver = await opened.sit(code, "leader", "dispatcher")
    opened.arriver = await opened.person("leader", "dispatcher")
    yield opened
    for page in opened.pages:
        await page.delete("/session")


def of(told: Any, id_: str) -> Any:
    """The line about this; None: there is none."""
    return next((one for one in told["items"] if one["id"] == id_), None)


async def test_an_event_that_runs_must_be_read_until_it_ends(doors: Doors, change: Change) -> None:
    boss = await doors.seat("dispatcher", "leader")
    event = await held(boss, await doors.seat("leader"))
    offered = await change.offered()
    line = of(offered, event["id"])
    assert (line["section"], line["must"], line["due_at"]) == ("event", True, event["ends_at"])
    assert (await change.sign(change.arriver, offered)).json()["code"] == "unread"
    read = await change.read_all(change.arriver, offered)
    later = (datetime.fromisoformat(event["ends_at"]) + timedelta(hours=1)).isoformat()
    await boss.made(f"/events/{event['id']}/extend", {"ends_at": later, "reason": "加时 extra time"})
    refused = await change.sign(change.arriver, read)
    assert refused.json()["code"] == "handover_changed"
    await boss.made(f"/events/{event['id']}/end", {"reason": "散场 it is over"})
    again = (await change.arriver.get(f"/hand-overs/{offered['handover']['id']}")).json()
    assert of(again, event["id"]) is None


async def test_what_was_said_to_all_is_told_while_it_holds(doors: Doors, change: Change) -> None:
    leader = await doors.seat("leader")
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    body = {"kind": "call", "text": "全城设卡", "expires_at": until, "audience": {"rooms": [str(town.NORTH)]}}
    urgent, plain = [await leader.made("/broadcasts", body | {"urgent": one}, 201) for one in (True, False)]
    offered = await change.offered()
    assert [of(offered, one["id"])["must"] for one in (urgent, plain)] == [True, False]
    assert {of(offered, one["id"])["section"] for one in (urgent, plain)} == {"broadcast"}
    await leader.made(f"/broadcasts/{urgent['id']}/cancel", {"text": "人已抓获 caught"})
    again = (await change.arriver.get(f"/hand-overs/{offered['handover']['id']}")).json()
    assert of(again, urgent["id"]) is None
    await change.clock.forward(timedelta(hours=3))
    again = (await change.arriver.get(f"/hand-overs/{offered['handover']['id']}")).json()
    assert of(again, plain["id"]) is None


async def test_callers_still_to_be_asked_are_handed_on(doors: Doors, change: Change) -> None:
    incident = await doors.incident(type=ASKED, caller=CALLER)
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    await boss.made(f"/incidents/{incident['id']}/handle", {"result": "handled"})
    alarm = incident["alarms"][0]["id"]
    offered = await change.offered()
    line = of(offered, alarm)
    assert (line["section"], line["must"], line["number"]) == ("call_back", False, incident["number"])
    assert offered["handover"]["counts"]["call_back"] >= 1
    await boss.made(f"/alarms/{alarm}/call-back", {"outcome": "satisfied"})
    again = (await change.arriver.get(f"/hand-overs/{offered['handover']['id']}")).json()
    assert of(again, alarm) is None


async def test_who_was_not_satisfied_and_is_to_be_asked_again_must_be_read(
    doors: Doors, change: Change
) -> None:
    incident = await doors.incident(caller=CALLER)
    path, alarm = f"/incidents/{incident['id']}", incident["alarms"][0]["id"]
    boss = await doors.seat("dispatcher", "leader", "reviewer")
    await boss.made(f"{path}/handle", {"result": "handled"})
    await boss.made(f"{path}/review", {"accept": True})
    await boss.made(f"{path}/close")
    unhappy = {"outcome": "dissatisfied", "then": {"do": "reopen", "to": "received"}}
    await boss.made(f"/alarms/{alarm}/call-back", unhappy)
    await boss.made(f"{path}/handle", {"result": "handled"})
    offered = await change.offered()
    assert (of(offered, alarm)["section"], of(offered, alarm)["must"]) == ("call_back", True)
    assert (await change.sign(change.arriver, offered)).json()["code"] == "unread"
