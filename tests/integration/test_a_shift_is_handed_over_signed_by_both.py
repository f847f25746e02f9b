"""Promise: a shift is handed over by two signatures under what stands, nothing unread, and seat and command move in that moment."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, open_replica
from tests.harness.manned import Room
from tests.harness.people import Page, seats

LEAKS = "SELECT count(*) FROM journal WHERE noun IN ('handover', 'log_entry') AND body::text ~ '交班|一定'"
STATES = "SELECT fact FROM journal WHERE noun = 'handover' AND id = $1 ORDER BY version"


@pytest.fixture(scope="module")
def town_clock(doors: Doors) -> Clock:
    return Clock(doors.runtime.settings.database_url)


class Change(Room):
    """Two leaders of the city, one at the leader's seat, one who has just signed in."""

    leaver: Page
    arriver: Page

    async def draft(self, **more: Any) -> Any:
        return await self.leaver.made("/hand-overs", more, 201)

    async def offered(self, **more: Any) -> Any:
        drafted = await self.draft(**more)
        return await self.leaver.made(
            f"/hand-overs/{drafted['handover']['id']}/offer", {"digest": drafted["digest"]}
        )

    async def read_all(self, page: Page, told: Any) -> Any:
        """As who arrives does: everything on the screen is ticked."""
        path = f"/hand-overs/{told['handover']['id']}"
        whole = (await page.get(path)).json()
        must = {one["key"]: one["stamp"] for one in whole["items"] if one["must"] and not one["read"]}
        return await page.made(f"{path}/read", {"read": must}) if must else whole

    async def sign(self, page: Page, told: Any) -> Any:
        return await page.post(f"/hand-overs/{told['handover']['id']}/sign", {"digest": told["digest"]})


@pytest.fixture
async def change(doors: Doors, town_clock: Clock) -> AsyncIterator[Change]:
    tag = uuid4().hex[:4]
    wanted = [(f"L-1{tag}", town.CITY, "leader"), (f"L-2{tag}", town.CITY, "leader")]
    ids = await seats(doors, *wanted)
    opened = Change(
        doors, town_clock, {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)}
    )
    opened.leaver = await opened.sit("L-1", "leader", "dispatcher")
    opened.arriver = await opened.person("leader", "dispatcher")
    yield opened
    for page in opened.pages:
        await page.delete("/session")


async def test_what_stands_is_drafted_read_and_signed_and_the_seat_changes_hands(
    doors: Doors, change: Change
) -> None:
    incident = await doors.incident()
    raised = f"/incidents/{incident['id']}/raise"
    await (await doors.seat("dispatcher")).made(raised, {"room_id": str(town.CITY), "mode": "monitor"})
    await change.leaver.made(f"/incidents/{incident['id']}/follow")
    offered = await change.offered()
    item = next(one for one in offered["items"] if one["incident_id"] == incident["id"])
    assert (item["section"], item["must"], item["number"]) == ("followed", True, incident["number"])
    await change.leaver.made(f"/hand-overs/{offered['handover']['id']}/cancel")
    offered = await change.offered()
    refused = await change.sign(change.arriver, offered)
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "unread"
    assert item["key"] in refused.json()["unread"]
    read = await change.read_all(change.arriver, offered)
    assert read["unread"] == 0
    signed = await change.sign(change.arriver, read)
    assert signed.status_code == 200, signed.text
    seat = await change.seat("L-1")
    who = (await change.arriver.session())["principal"]
    assert (seat["holder"], seat["state"], seat["covered_by"]) == (who, "ready", None)
    assert signed.json()["handover"]["arriver"] == who
    followed = (await (await doors.seat("leader")).get(f"/incidents/{incident['id']}")).json()
    assert [one["owner"] for one in followed["raised"]] == [who]
    assert (await change.leaver.session())["seat_id"] is None
    facts = await change.facts("L-1")
    assert "covered" not in facts
    assert "left" not in facts


async def test_what_came_since_is_shown_before_it_is_signed(doors: Doors, change: Change) -> None:
    offered = await change.offered()
    read = await change.read_all(change.arriver, offered)
    incident = await doors.incident()
    raised = f"/incidents/{incident['id']}/raise"
    await (await doors.seat("dispatcher")).made(raised, {"room_id": str(town.CITY), "mode": "share"})
    refused = await change.sign(change.arriver, read)
    assert refused.status_code == 409
    assert refused.json()["code"] == "handover_changed"
    assert f"followed:{incident['id']}" in refused.json()["came"]
    again = (await change.arriver.get(f"/hand-overs/{read['handover']['id']}")).json()
    new = next(one for one in again["items"] if one["incident_id"] == incident["id"])
    assert (new["came"], new["read"]) == (True, False)
    assert (await change.sign(change.arriver, again)).json()["code"] == "unread"
    assert (
        await change.sign(change.arriver, await change.read_all(change.arriver, again))
    ).status_code == 200


async def test_who_leaves_never_signs_for_who_arrives(change: Change) -> None:
    offered = await change.offered()
    again = await change.sign(change.leaver, offered)
    assert again.status_code == 403
    assert "Who leaves" in again.json()["detail"]
    third = await change.person("leader")
    meant = (await third.session())["principal"]
    await change.leaver.made(f"/hand-overs/{offered['handover']['id']}/cancel")
    offered = await change.offered(arriver=meant)
    assert (await change.sign(change.arriver, offered)).status_code == 403
    assert (await change.sign(third, await change.read_all(third, offered))).status_code == 200


async def test_nobody_signs_for_what_somebody_else_has_read(doors: Doors, change: Change) -> None:
    incident = await doors.incident()
    raised = f"/incidents/{incident['id']}/raise"
    await (await doors.seat("dispatcher")).made(raised, {"room_id": str(town.CITY), "mode": "monitor"})
    offered = await change.offered()
    third = await change.person("leader")
    await change.read_all(third, offered)
    assert (await change.sign(change.arriver, offered)).json()["code"] == "unread"


async def test_refusing_and_cancelling_move_nothing(change: Change) -> None:
    leaver = (await change.leaver.session())["principal"]
    offered = await change.offered()
    path = f"/hand-overs/{offered['handover']['id']}"
    assert (await change.arriver.post(f"{path}/refuse")).status_code == 400
    done = await change.arriver.made(f"{path}/refuse", {"reason": "尚有警情未说明 not all was told"})
    assert done["handover"]["state"] == "refused"
    assert (await change.sign(change.arriver, offered)).status_code == 409
    seat = await change.seat("L-1")
    assert (seat["holder"], seat["state"]) == (leaver, "ready")


async def test_one_that_nobody_goes_on_with_ends_and_says_so_until_somebody_has_seen_it(
    change: Change,
) -> None:
    leaver = (await change.leaver.session())["principal"]
    offered = await change.offered()
    path = f"/hand-overs/{offered['handover']['id']}"
    for _ in range(61):
        await change.hear("L-1")
        await change.forward(11)
    told = (await change.leaver.get(path)).json()["handover"]
    assert [alert["rule"] for alert in told["alerts"]] == ["handover_unsigned"]
    for _ in range(120):
        await change.hear("L-1")
        await change.forward(11)
    await change.fire()
    told = (await change.leaver.get(path)).json()["handover"]
    assert told["state"] == "abandoned"
    assert [alert["rule"] for alert in told["alerts"]] == ["handover_failed"]
    assert (await change.seat("L-1"))["holder"] == leaver
    seen = await change.arriver.made(f"{path}/see")
    assert seen["handover"]["alerts"] == []


async def test_a_seat_that_was_lost_meanwhile_is_taken_over_all_the_same(change: Change) -> None:
    """Who leaves has signed and shut the page: its cover holds command until the colleague signs, then gives it back."""
    await change.sit("L-2", "leader")
    offered = await change.offered()
    await change.hear("L-2")
    await change.forward(25)
    assert (await change.seat("L-1"))["covered_by"] is not None
    read = await change.read_all(change.arriver, offered)
    signed = await change.sign(change.arriver, read)
    assert signed.status_code == 200, signed.text
    seat = await change.seat("L-1")
    assert (seat["state"], seat["covered_by"]) == ("ready", None)


async def test_notes_and_the_log_are_sealed_and_told(doors: Doors, change: Change) -> None:
    drafted = await change.draft()
    path = f"/hand-overs/{drafted['handover']['id']}"
    noted = await change.leaver.made(f"{path}/notes", {"text": "交班：北门有人跟踪，一定要留意"})
    assert noted["handover"]["notes"][0]["text"].startswith("交班")
    entry = await change.leaver.made("/shift-log", {"text": "一定要联系供电"}, 201)
    await change.leaver.made("/shift-log", {"text": "更正：已联系供电", "corrects": entry["id"]}, 201)
    log = (await change.arriver.get("/shift-log")).json()["items"]
    assert [one["text"] for one in log if not one["system"]][:2] == ["更正：已联系供电", "一定要联系供电"]
    assert any(one["system"] for one in log)
    async with doors.runtime.pool.acquire() as conn:
        assert await conn.fetchval(LEAKS) == 0
    north = await doors.seat("dispatcher", of=town.NORTH)
    assert (await north.get("/shift-log", room=str(town.CITY))).status_code == 404
    assert (await north.get(path)).status_code == 404


async def test_the_brief_counts_what_happened_since_one_was_last_there(doors: Doors, change: Change) -> None:
    await change.leaver.made(f"/seats/{change.ids['L-1']}/leave")
    await change.clock.forward(timedelta(seconds=60))
    incident = await doors.incident()
    raised = f"/incidents/{incident['id']}/raise"
    await (await doors.seat("dispatcher")).made(raised, {"room_id": str(town.CITY), "mode": "monitor"})
    await change.clock.forward(timedelta(seconds=60))
    await change.leaver.sit(change.ids["L-1"])
    told = (await change.leaver.get("/brief")).json()
    assert told["counts"]["raised"] == 1
    assert [one["incident_id"] for one in told["items"] if one["kind"] == "raised"] == [incident["id"]]
    kinds = [one["kind"] for one in told["items"]]
    assert kinds == sorted(kinds, key=list(told["counts"]).index)
    assert (await change.leaver.get("/brief", since=told["until"])).json()["counts"]["raised"] == 0


async def test_at_two_replicas_one_of_two_colleagues_takes_over(doors: Doors, change: Change) -> None:
    offered = await change.offered()
    third = await change.person("leader")
    for page in (change.arriver, third):
        await change.read_all(page, offered)
    settings = doors.runtime.settings
    folder = settings.master_key_file.parent
    async with open_replica(settings.database_url, settings.nats_url, folder) as other:
        client = await other.visitor(headers={"Cookie": third.cookie})
        elsewhere = Page(client, third.token)
        told = await asyncio.gather(change.sign(change.arriver, offered), change.sign(elsewhere, offered))
    assert sorted(one.status_code for one in told) == [200, 409], [one.text for one in told]
    assert (await change.seat("L-1"))["covered_by"] is None


async def test_the_story_of_hand_overs_is_proved(doors: Doors, change: Change) -> None:
    offered = await change.offered()
    await change.sign(change.arriver, await change.read_all(change.arriver, offered))
    async with doors.runtime.pool.acquire() as conn:
        facts = [row[0] for row in await conn.fetch(STATES, UUID(offered["handover"]["id"]))]
        report = await verify(conn, FOLDS)
    assert (facts[0], facts[-1]) == ("drafted", "signed")
    assert [broken for broken in report.broken if "Ledger" not in broken] == []
