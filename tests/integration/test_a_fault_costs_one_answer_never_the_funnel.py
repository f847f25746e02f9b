"""Promise: whatever goes wrong while a batch is written, whoever waits is answered and the next alarm is taken."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from dispatch.centre import Centre
from dispatch.desk.opening import open_many
from dispatch.desk.reports import Report
from dispatch.journal import Connection
from dispatch.runtime import intake
from dispatch.work import Actor
from tests.harness.doors import Doors
from tests.harness.waiting import GUARD_S

BROKEN_LINE = asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")


@pytest.mark.parametrize("lost", [BROKEN_LINE, OSError("reset by peer"), asyncpg.InterfaceError("closed")])
async def test_a_line_that_breaks_in_mid_batch_asks_all_to_send_again(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    seat = await doors.seat("call_taker")

    async def breaks(*_: Any) -> Any:
        raise lost

    with monkeypatch.context() as patched:
        patched.setattr(intake, "report_many", breaks)
        patched.setattr(intake, "open_many", breaks)
        async with asyncio.timeout(GUARD_S):
            told = await asyncio.gather(*(seat.post("/alarms", {"source": "call"}) for _ in range(5)))
    assert {(one.status_code, one.json()["code"]) for one in told} == {(503, "unavailable")}
    assert {one.headers["retry-after"] for one in told} == {"2"}
    await seat.made("/alarms", {"source": "call"}, 201)


async def test_a_report_that_nobody_foresaw_spoils_only_itself(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = await doors.seat("call_taker")

    async def stumbles(conn: Connection, centre: Centre, actor: Actor, reports: Sequence[Report]) -> Any:
        if any(report.command.text == "stumble" for report in reports):
            raise KeyError("a mistake of ours")
        return await open_many(conn, centre, actor, reports)

    monkeypatch.setattr(intake, "open_many", stumbles)
    texts = ["before", "stumble", "after"]
    async with asyncio.timeout(GUARD_S):
        told = await asyncio.gather(*(seat.post("/alarms", {"source": "call", "text": t}) for t in texts))
    assert [one.status_code for one in told] == [201, 500, 201]
    assert told[1].json()["code"] == "internal"
    await seat.made("/alarms", {"source": "call"}, 201)


async def test_an_act_whose_line_breaks_is_asked_to_be_sent_again(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await doors.incident()
    seat = await doors.seat("dispatcher")

    async def breaks(*_: Any) -> Any:
        raise BROKEN_LINE

    with monkeypatch.context() as patched:
        patched.setattr("web.routes.incidents.describing.add_note", breaks)
        told = await seat.post(f"/incidents/{incident['id']}/notes", {"kind": "scene", "text": "x"})
    assert (told.status_code, told.json()["code"]) == (503, "unavailable")
    await seat.made(f"/incidents/{incident['id']}/notes", {"kind": "scene", "text": "x"}, 201)
