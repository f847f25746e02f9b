"""Promise: what a call-taker has typed is there after a crash, a new sign-in or a dead seat, and once it is an alarm no more."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from uuid_utils.compat import uuid7

from dispatch.acts import Principal
from dispatch.desk.intake import report_many
from dispatch.desk.reports import ReportAlarm, prepare
from dispatch.drafts import store as drafts
from dispatch.folds import FOLDS
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.seating import store as seat_store
from dispatch.verify import verify
from dispatch.work import Actor, work
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat, open_replica
from tests.harness.people import PASSWORD, Page, enter, log_in, seats

FORM: dict[str, Any] = {
    "source": "call",
    "place": {"lon": 114.02, "lat": 22.54, "address": "北街7号"},
    "caller": {"number": "13800138000", "name": "张三丰"},
    "text": "门口有人打架",
    "ui": {"focus": "text"},
}
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
LISTENING = "INSERT INTO seat_ear (replica, since, at) VALUES ('t', cad_now() - interval '1 hour', cad_now())"
WHAT_IS_KEPT = "SELECT (SELECT string_agg(t::text, '') FROM draft_text t), (SELECT string_agg(j::text, '') FROM journal j)"


class Desk:
    """Call-takers' seats J-1 and J-2 of the city and who sits there."""

    def __init__(self, doors: Doors, ids: dict[str, str]) -> None:
        self.doors = doors
        self.ids = ids
        self.logins: dict[str, str] = {}
        self.pages: list[Page] = []

    async def sit(self, code: str) -> Page:
        login = self.logins[code] = f"d{uuid4().hex[:8]}"
        await enter(self.doors, login, "call_taker")
        page = await log_in(self.doors, login)
        await page.sit(self.ids[code])
        self.pages.append(page)
        return page


@pytest.fixture
async def desk(doors: Doors) -> AsyncIterator[Desk]:
    tag = uuid4().hex[:4]
    ids = await seats(doors, *((f"{code}{tag}", town.CITY, "call_taker") for code in ("J-1", "J-2")))
    opened = Desk(doors, {code.removesuffix(tag): id_ for code, id_ in ids.items() if code.endswith(tag)})
    yield opened
    for page in opened.pages:
        await page.delete("/session")


async def begun(page: Page, **more: Any) -> dict[str, Any]:
    """A draft with FORM."""
    told = await page.put(f"/drafts/{uuid7()}", {"form": FORM | more})
    assert told.status_code == 200, told.text
    draft: dict[str, Any] = told.json()
    assert told.headers["etag"] == f'"{draft["version"]}"'
    return draft


async def test_what_was_typed_last_is_what_is_there(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page)
    for n in range(5):
        told = await page.put(f"/drafts/{draft['id']}", {"form": FORM | {"text": f"第{n}句"}})
        assert told.status_code == 200
    kept = (await page.get(f"/drafts/{draft['id']}")).json()
    assert kept["form"] == FORM | {"text": "第4句"}
    assert kept["version"] == draft["version"] + 5
    assert kept["room_id"] == str(town.NORTH)
    assert (kept["taking_room_id"], kept["seat_id"]) == (str(town.CITY), desk.ids["J-1"])


async def test_it_is_there_after_the_session_and_the_server_are_gone(desk: Desk, tmp_path: Path) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page)
    settings = desk.doors.runtime.settings
    (tmp_path / "master.key").write_bytes(settings.master_key_file.read_bytes())
    async with open_replica(settings.database_url, settings.nats_url, tmp_path) as other:
        again = await log_in(other, desk.logins["J-1"], PASSWORD)
        await again.sit(desk.ids["J-1"])
        listed = (await again.get("/drafts")).json()["items"]
        assert [one["form"] for one in listed if one["id"] == draft["id"]] == [FORM]
        await again.delete("/session")


async def test_who_will_answer_reads_along_with_the_caller_masked(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page)
    north = await desk.doors.seat("dispatcher", of=town.NORTH)
    south = await desk.doors.seat("dispatcher", of=town.SOUTH)
    seen = (await north.get(f"/drafts/{draft['id']}")).json()
    assert seen["form"]["place"] == FORM["place"]
    assert seen["form"]["caller"] == {"number": "138****8000", "name": "张**"}
    assert draft["id"] in [one["id"] for one in (await north.get("/drafts")).json()["items"]]
    assert draft["id"] in [
        one["id"] for one in (await north.get("/drafts", room=str(town.NORTH))).json()["items"]
    ]
    assert (await south.get(f"/drafts/{draft['id']}")).status_code == 404
    assert draft["id"] not in [one["id"] for one in (await south.get("/drafts")).json()["items"]]
    assert (await (await desk.doors.seat("reviewer")).get("/drafts")).status_code == 403


async def test_a_confidential_caller_is_not_shown_at_all(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page, caller={"number": "13800138000", "confidential": True})
    seen = (await (await desk.doors.seat("dispatcher")).get(f"/drafts/{draft['id']}")).json()
    assert seen["form"]["caller"] == {"confidential": True}


async def test_nothing_of_it_stands_open_in_the_database(desk: Desk) -> None:
    await begun(await desk.sit("J-1"))
    async with desk.doors.runtime.pool.acquire() as conn:
        [(texts, facts)] = await conn.fetch(WHAT_IS_KEPT)
    for said in ("13800138000", "张三丰", "打架", "北街"):
        assert said not in facts
        assert said.encode().hex() not in texts


async def test_a_half_typed_place_is_no_fault(desk: Desk) -> None:
    page = await desk.sit("J-1")
    for place in ({"lon": 114.02}, {"lon": "x", "lat": None}, "", None, {"lon": 999, "lat": 999, "zoom": 3}):
        draft = await begun(page, place=place)
        assert draft["room_id"] == str(town.CITY)
        assert draft["form"]["place"] == place


async def test_an_alarm_ends_its_draft_and_a_second_sending_changes_nothing(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft, key = await begun(page), str(uuid4())
    body = {name: FORM[name] for name in ("source", "place", "caller", "text")} | {"draft_id": draft["id"]}
    first, second = await page.post("/alarms", body, key), await page.post("/alarms", body, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["alarm"]["id"] == second.json()["alarm"]["id"]
    over = (await page.get(f"/drafts/{draft['id']}")).json()
    assert (over["ended"], over["alarm_id"], over["form"]) == ("sent", first.json()["alarm"]["id"], None)
    assert draft["id"] not in [one["id"] for one in (await page.get("/drafts")).json()["items"]]
    late = await page.put(f"/drafts/{draft['id']}", {"form": FORM})
    assert (late.status_code, late.json()["code"]) == (409, "draft_over")


async def test_a_refused_alarm_leaves_its_draft(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page)
    told = await page.post(
        "/alarms", {"source": "call", "draft_id": draft["id"], "attach_to": str(uuid4()), "text": "x"}
    )
    assert told.status_code == 404
    assert (await page.get(f"/drafts/{draft['id']}")).json()["ended"] is None


async def test_an_alarm_is_never_refused_for_its_draft(desk: Desk) -> None:
    page = await desk.sit("J-1")
    for unknown in (str(uuid4()), (await begun(page))["id"], None):
        assert (await page.post("/alarms", {"source": "call", "draft_id": unknown})).status_code == 201


async def test_a_discarded_form_is_gone(desk: Desk) -> None:
    page = await desk.sit("J-1")
    draft = await begun(page)
    for _ in range(2):
        assert (await page.delete(f"/drafts/{draft['id']}")).status_code == 204
    assert (await page.get(f"/drafts/{draft['id']}")).json()["ended"] == "discarded"


async def test_another_seat_writes_only_where_nobody_answers_and_only_what_it_has_read(desk: Desk) -> None:
    mine, other = await desk.sit("J-1"), await desk.sit("J-2")
    draft = await begun(mine)
    path = f"/drafts/{draft['id']}"
    held = await other.put(path, {"form": FORM}, f'"{draft["version"]}"')
    assert (held.status_code, held.json()["code"]) == (409, "draft_held")
    await mine.made(f"/seats/{desk.ids['J-1']}/state", {"state": "break"})
    moved = (await other.get(path)).json()
    assert moved["seat_id"] == desk.ids["J-2"]
    assert moved["form"] == FORM
    stale = await other.put(path, {"form": FORM}, f'"{draft["version"]}"')
    assert (stale.status_code, stale.json()["code"]) == (412, "behind")
    assert (await other.put(path, {"form": FORM}, f'"{moved["version"]}"')).status_code == 200


async def test_a_form_goes_back_with_its_seat_unless_somebody_took_it_up(desk: Desk) -> None:
    mine, other = await desk.sit("J-1"), await desk.sit("J-2")
    one, two = await begun(mine), await begun(mine)
    await mine.made(f"/seats/{desk.ids['J-1']}/state", {"state": "break"})
    assert (await other.put(f"/drafts/{two['id']}", {"form": FORM | {"text": "接着问"}})).status_code == 200
    await mine.made(f"/seats/{desk.ids['J-1']}/state", {"state": "ready"})
    assert (await mine.get(f"/drafts/{one['id']}")).json()["seat_id"] == desk.ids["J-1"]
    assert (await mine.get(f"/drafts/{two['id']}")).json()["seat_id"] == desk.ids["J-2"]


async def test_the_form_of_a_dead_seat_goes_to_its_cover(desk: Desk) -> None:
    clock = Clock(desk.doors.runtime.settings.database_url)
    mine = await desk.sit("J-1")
    draft = await begun(mine)
    await clock.forward(timedelta(seconds=15))
    other = await desk.sit("J-2")
    await clock.forward(timedelta(seconds=10))
    async with desk.doors.runtime.pool.acquire() as conn:
        await conn.execute(LISTENING)
    runtime = desk.doors.runtime
    await Timekeeper(runtime.engine, runtime.centre, lambda: None).fire_due()
    moved = (await other.get(f"/drafts/{draft['id']}")).json()
    await clock.restore()
    assert moved["seat_id"] in (desk.ids["J-2"], None)
    assert moved["ended"] is None


async def test_a_form_too_large_or_unstorable_is_refused_by_name(desk: Desk) -> None:
    page = await desk.sit("J-1")
    for text in ("x" * 40_000, "\ud800"):
        told = await page.client.put(
            f"/api/v1/drafts/{uuid7()}",
            content=f'{{"form":{{"text":"{text}"}}}}'.encode("utf-8", "surrogatepass"),
            headers={"If-Match": "*", "X-CSRF-Token": page.token},
        )
        assert told.status_code == 400, told.text


async def test_drafts_are_told_in_the_journal_whole(desk: Desk) -> None:
    page = await desk.sit("J-1")
    await page.delete(f"/drafts/{(await begun(page))['id']}")
    async with desk.doors.runtime.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
    assert report.sound, report.broken


async def test_a_form_is_seen_where_it_goes_and_no_longer_once_it_is_back(doors: Doors) -> None:
    """The call-takers of two stations cover for each other: a form moves beside, into a room that could not see it."""
    tag = uuid4().hex[:4]
    ids = await seats(doors, (f"N{tag}", town.NORTH, "combined"), (f"S{tag}", town.SOUTH, "combined"))
    pages = {}
    for code, room in ((f"N{tag}", town.NORTH), (f"S{tag}", town.SOUTH)):
        login = f"d{uuid4().hex[:8]}"
        await enter(doors, login, "call_taker", room=room)
        pages[room] = await log_in(doors, login)
        await pages[room].sit(ids[code])
    north, south = pages[town.NORTH], pages[town.SOUTH]
    draft = await begun(north)

    async def seen(page: Page | Seat, **where: Any) -> list[str]:
        return [one["id"] for one in (await page.get("/drafts", **where)).json()["items"]]

    assert draft["id"] not in await seen(south)
    await north.made(f"/seats/{ids[f'N{tag}']}/cover", {"seat_id": ids[f"S{tag}"]})
    await north.made(f"/seats/{ids[f'N{tag}']}/state", {"state": "break"})
    moved = (await south.get(f"/drafts/{draft['id']}")).json()
    assert (moved["seat_id"], moved["form"]) == (ids[f"S{tag}"], FORM)
    everybody: list[Page | Seat] = [south]
    everybody += [await doors.seat("call_taker", of=room) for room in (town.SOUTH, town.NORTH, town.CITY)]
    for who in everybody:
        assert draft["id"] in await seen(who)
    assert draft["id"] in await seen(south, room=str(town.SOUTH))
    await north.made(f"/seats/{ids[f'N{tag}']}/state", {"state": "ready"})
    assert draft["id"] not in await seen(south)
    assert draft["id"] in await seen(north)
    for page in pages.values():
        await page.delete("/session")


async def test_an_alarm_ends_no_form_that_another_seat_has_under_its_hands(desk: Desk) -> None:
    mine, other = await desk.sit("J-1"), await desk.sit("J-2")
    draft = await begun(mine)
    body = {"source": "call", "draft_id": draft["id"]}
    assert (await other.post("/alarms", body)).status_code == 201
    kept = (await mine.get(f"/drafts/{draft['id']}")).json()
    assert (kept["ended"], kept["form"]) == (None, FORM)
    assert (await mine.put(f"/drafts/{draft['id']}", {"form": FORM})).status_code == 200
    await mine.made(f"/seats/{desk.ids['J-1']}/state", {"state": "break"})
    assert (await other.post("/alarms", body)).status_code == 201
    assert (await other.get(f"/drafts/{draft['id']}")).json()["ended"] == "sent"


async def test_forms_that_end_together_are_locked_in_one_order(doors: Doors) -> None:
    """Two batches with the same forms the other way round would wait for each other."""
    taker, runtime = await doors.seat("call_taker"), doors.runtime
    low, high = sorted([uuid7(), uuid7()])
    for id_ in (low, high):
        assert (await taker.put(f"/drafts/{id_}", {"form": FORM}, "*")).status_code == 200
    who = Principal(
        id=taker.principal, roles=frozenset({"call_taker"}), room_id=town.CITY, rooms=frozenset({town.CITY})
    )
    reports = [
        prepare(runtime.centre, ReportAlarm(source="call", draft_id=id_), Actor(principal=who))
        for id_ in (high, low)
    ]

    async def reported() -> None:
        async with work(runtime.pool, runtime.centre, Actor(principal=who)) as w:
            await report_many(w, reports)

    async with runtime.pool.acquire() as conn:
        async with conn.transaction():
            await drafts.lock(conn, low)
            batch = asyncio.create_task(reported())
            async with runtime.pool.acquire() as looking:
                while not batch.done() and not await looking.fetchval(WAITING):
                    await asyncio.sleep(0.01)
            await conn.execute("SELECT FROM draft WHERE id = $1 FOR UPDATE NOWAIT", high)
        await batch
        assert (await drafts.read(conn, [low, high]))[low].draft.ended == "sent"


async def test_a_form_can_be_taken_up_while_seats_are_under_somebodys_hands(desk: Desk) -> None:
    """Whoever acts on seats may come to wait for the form, so the form never waits for the seats."""
    mine, other = await desk.sit("J-1"), await desk.sit("J-2")
    draft = await begun(mine)
    await mine.made(f"/seats/{desk.ids['J-1']}/state", {"state": "break"})
    path = f"/drafts/{draft['id']}"
    moved = (await other.get(path)).json()
    async with desk.doors.runtime.pool.acquire() as conn, conn.transaction():
        await seat_store.lock_all(conn)
        told = await other.put(path, {"form": FORM}, f'"{moved["version"]}"')
    assert told.status_code == 200
