"""Standing-fact promise: what must be known of a place pops up with it at every replica, stands in the order, and is masked where it is about a person."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch.folds import FOLDS
from dispatch.runtime.housekeeping import FACTS_KEPT
from dispatch.standing_facts import store
from dispatch.verify import verify
from geo.coordinates import destination
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat
from tests.harness.waiting import until
from web.live_source import StoredTruth

HERE = (114.02, 22.54)  # where `Doors.incident` is
PLANTED = "某户住户曾持刀拒捕"
DOG = {
    "kind": "dog",
    "text": "院内两只大型犬，先喊门",
    "why": "118组5月3日到场所见",
    "lon": HERE[0],
    "lat": HERE[1],
}
type Two = tuple[Doors, Doors]


async def days(doors: Doors, n: float) -> str:
    """So many days from now by the database's clock."""
    async with doors.runtime.pool.acquire() as conn:
        now: datetime = await conn.fetchval("SELECT cad_now()")
    return (now + timedelta(days=n)).astimezone(UTC).isoformat()


async def violent(doors: Doors) -> dict[str, Any]:
    return {
        "kind": "violence", "text": PLANTED, "why": f"处警记录 {PLANTED}", "lon": HERE[0], "lat": HERE[1],
        "until": await days(doors, 90), "review_at": await days(doors, 30),
    }  # fmt: skip


async def at_place(seat: Seat, **where: Any) -> list[dict[str, Any]]:
    told = await seat.get("/standing-facts/at", **(where or {"lon": HERE[0], "lat": HERE[1]}))
    assert told.status_code == 200, told.text
    return list(told.json()["items"])


async def known_at(doors: Doors, n: int) -> None:
    """Until a replica holds so many."""

    async def held() -> int:
        return len(doors.runtime.centre.ground)

    await until(held, lambda found: found == n)


async def shown(doors: Doors, incident_id: str) -> list[dict[str, Any]]:
    seat = await doors.seat("dispatcher")
    told = (await seat.get(f"/incidents/{incident_id}")).json()
    return list(told["standing_facts"])


async def sent(doors: Doors, unit: UUID, incident_id: str) -> str:
    orders = {"orders": [{"unit_id": str(unit)}]}
    made = await (await doors.seat("dispatcher")).made(f"/incidents/{incident_id}/assignments", orders, 201)
    return str(made["items"][0]["id"])


async def messages(doors: Doors, unit: UUID) -> list[dict[str, Any]]:
    async with doors.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT kind, body::text FROM radio_message WHERE handle = $1 ORDER BY position", unit.int
        )
    return [{"kind": row[0], **msgspec.json.decode(row[1])} for row in rows]


async def with_terminal(doors: Doors, unit: UUID) -> None:
    async with doors.runtime.pool.acquire() as conn:
        await conn.execute("UPDATE unit SET gateway = 'sim' WHERE id = $1", unit)


async def test_it_pops_up_at_every_replica_for_the_call_taker_and_in_the_incident(two: Two) -> None:
    here, there = two
    leader = await here.seat("leader", of=town.NORTH)
    dog = await leader.made("/standing-facts", DOG, 201)
    assert (dog["state"], dog["status"], dog["severity"], dog["area"]["radius_m"]) == (
        "stands",
        "in_force",
        "warns",
        50.0,
    )
    assert (dog["room"], dog["text"], dog["why"]) == (str(town.NORTH), DOG["text"], DOG["why"])
    await leader.made("/standing-facts", DOG | {"kind": "hydrant", "text": "DN150"}, 201)
    await known_at(there, 2)
    for doors in two:
        found = await at_place(await doors.seat("call_taker", of=town.SOUTH))
        assert [(one["kind"], one["text"], one["distance_m"]) for one in found] == [
            ("dog", DOG["text"], 0.0),
            ("hydrant", "DN150", 0.0),
        ]
        assert found[0]["name"] == {"zh": "恶犬", "en": "dangerous dog"}
        incident = await doors.incident()
        assert [one["kind"] for one in await shown(doors, incident["id"])] == ["dog", "hydrant"]
    aside = destination(*HERE, 90, 55)
    seat = await here.seat("call_taker")
    assert await at_place(seat, lon=aside[0], lat=aside[1]) == []
    assert len(await at_place(seat, lon=aside[0], lat=aside[1], accuracy_m=30)) == 2
    refused = await seat.get("/standing-facts/at", lon=1)
    assert refused.status_code == 400


async def test_anybody_proposes_and_the_leader_of_the_place_decides(two: Two) -> None:
    here, _ = two
    officer, leader = await here.seat("dispatcher", of=town.SOUTH), await here.seat("leader", of=town.NORTH)
    stranger = await here.seat("leader", of=town.SOUTH)
    proposed = await officer.made("/standing-facts", DOG, 201)
    assert (proposed["state"], proposed["due"], proposed["by"]) == ("proposed", True, officer.principal)
    assert await at_place(officer) == []
    [waiting] = (await leader.get("/standing-facts", which="due")).json()["items"]
    assert waiting["id"] == proposed["id"]
    path = f"/standing-facts/{proposed['id']}"
    assert (await stranger.post(f"{path}/approve", version=1)).status_code == 403
    approved = await leader.made(f"{path}/approve", version=1)
    assert (approved["state"], approved["decided_by"], approved["due"]) == ("stands", leader.principal, False)
    assert (await leader.post(f"{path}/approve", version=2)).status_code == 409
    assert [one["kind"] for one in await at_place(officer)] == ["dog"]
    doubted = await officer.made(f"{path}/doubt", {"text": "犬已送走"})
    assert (doubted["due"], doubted["doubt"]) == (True, "犬已送走")
    [popped] = await at_place(officer)
    assert popped["doubted"], "it warns until somebody has looked, and says that it is doubted"
    amended = await leader.made(f"{path}/amend", DOG | {"text": "犬已拴养", "radius_m": 20}, version=3)
    assert (amended["text"], amended["doubted"], amended["area"]["radius_m"]) == ("犬已拴养", False, 20.0)
    assert (await leader.post(f"{path}/withdraw")).status_code == 400, "without a reason"
    assert (await leader.made(f"{path}/withdraw", {"reason": "犬已死亡"}))["status"] == "withdrawn"
    assert await at_place(officer) == []
    again = await officer.made("/standing-facts", DOG, 201)
    await leader.made(f"/standing-facts/{again['id']}/decline", {"reason": "查无此犬"})
    listed = (await leader.get("/standing-facts", which="all")).json()["items"]
    assert [one["status"] for one in listed] == ["declined", "withdrawn"]


async def test_what_was_known_stands_in_the_order_and_what_is_learned_later_reaches_whoever_is_on_the_way(
    two: Two,
) -> None:
    here, there = two
    leader = await here.seat("leader", of=town.NORTH)
    dog = await leader.made("/standing-facts", DOG, 201)
    for unit in (town.N1, town.N2):
        await with_terminal(here, unit)
    await known_at(there, 1)
    incident = await there.incident()
    first = await sent(there, town.N1, incident["id"])
    [order] = await messages(here, town.N1)
    assert (order["kind"], order["cautions"]) == (
        "order",
        [{"kind": "dog", "zh": "恶犬", "en": "dangerous dog"}],
    )
    later = await leader.made("/standing-facts", (await violent(here)) | {"incident_id": incident["id"]}, 201)
    told = (await messages(here, town.N1))[-1]
    assert (told["kind"], told["assignment_id"], told["cautions"][0]["kind"]) == ("update", first, "violence")
    assert PLANTED not in str(told)
    await known_at(there, 2)
    second = await sent(there, town.N2, incident["id"])
    async with here.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT id, body->'known' FROM journal WHERE noun = 'assignment' AND fact = 'placed' ORDER BY position"
        )
    known = {
        str(row[0]): [(one["id"], one["version"]) for one in msgspec.json.decode(row[1])] for row in rows
    }
    assert known == {first: [(dog["id"], 1)], second: [(dog["id"], 1), (later["id"], 1)]}
    source = StoredTruth(there.runtime.pool, there.runtime.centre)
    async with there.runtime.pool.acquire() as conn:
        rows_told = [row for row in await source.rows_after(0, 500) if row.noun == "standing_fact"]
        assert (await verify(conn, FOLDS)).broken == ()
    changes = await source.changes(rows_told)
    assert all(("incident", UUID(incident["id"])) in change.entities for change in changes), (
        "consoles hear of it at once"
    )
    timeline = (await (await here.seat("dispatcher")).get(f"/incidents/{incident['id']}/timeline")).json()[
        "items"
    ]
    assert [row["fact"] for row in timeline if row["noun"] == "standing_fact"] == ["written"]


async def test_what_is_about_a_person_is_masked_until_it_is_opened_for_a_reason(two: Two) -> None:
    here, there = two
    leader = await here.seat("leader", of=town.NORTH)
    asked = await violent(here)
    for lacking in ("until", "review_at"):
        refused = await leader.post("/standing-facts", {k: v for k, v in asked.items() if k != lacking})
        assert (refused.status_code, refused.json()["field"]) == (400, lacking)
    made = await leader.made("/standing-facts", asked, 201)
    assert (made["masked"], made["text"], made["why"]) == (True, None, None)
    await known_at(there, 1)
    incident = await there.incident()
    [popped] = await shown(there, incident["id"])
    assert (popped["kind"], popped["masked"], popped["text"]) == ("violence", True, None)
    seat, path = await there.seat("call_taker", of=town.SOUTH), f"/standing-facts/{made['id']}/reveal"
    assert (await seat.post(path)).status_code == 400
    opened = await seat.made(path, {"reason": "处警需要"})
    assert (opened["text"], opened["why"]) == (PLANTED, asked["why"])
    crew = await here.seat("unit", of=town.N1, kind="unit")
    assert (await crew.post(path, {"reason": "好奇"})).status_code == 403, (
        "a crew opens it for a place it is sent to"
    )
    await sent(there, town.N1, incident["id"])
    assert (await crew.made(path, {"reason": "出警", "incident_id": incident["id"]}))["text"] == PLANTED
    assert (await crew.get("/standing-facts/at", lon=HERE[0], lat=HERE[1])).status_code == 403
    own = (await crew.get(f"/incidents/{incident['id']}")).json()
    assert [one["kind"] for one in own["standing_facts"]] == ["violence"]
    timeline = (await (await here.seat("dispatcher")).get(f"/incidents/{incident['id']}/timeline")).json()[
        "items"
    ]
    assert [(row["fact"], row["why"]) for row in timeline if row["noun"] == "standing_fact"] == [
        ("revealed", "出警")
    ]
    async with here.runtime.pool.acquire() as conn:
        journal = await conn.fetchval("SELECT string_agg(body::text, '') FROM journal")
        radio = await conn.fetchval("SELECT coalesce(string_agg(body::text, ''), '') FROM radio_message")
        assert PLANTED not in journal + radio
    on_map = await seat.get("/standing-facts/map", west=114, south=22, east=115, north=23)
    assert on_map.json()["items"] == [], "a map shows nothing about persons"


@pytest.fixture
async def aged(two: Two, database_url: str) -> AsyncIterator[tuple[Two, Clock]]:
    clock = Clock(database_url)
    yield two, clock
    await clock.restore()


async def test_it_runs_out_by_the_clock_is_looked_at_before_and_forgotten_after(
    aged: tuple[Two, Clock],
) -> None:
    (here, there), clock = aged
    leader = await here.seat("leader", of=town.NORTH)
    made = await leader.made("/standing-facts", await violent(here), 201)
    await known_at(there, 1)
    incident = await here.incident()
    seat = await there.seat("call_taker")

    async def due() -> list[str]:
        return [one["id"] for one in (await leader.get("/standing-facts", which="due")).json()["items"]]

    assert await due() == []
    await clock.forward(timedelta(days=31))
    assert await due() == [made["id"]]
    assert len(await at_place(seat)) == 1, "it warns until it has run out, looked at or not"
    path = f"/standing-facts/{made['id']}/keep"
    assert (await leader.post(path, {"until": await days(here, 60)}, version=1)).status_code == 400, (
        "when to look again is compulsory"
    )
    kept = await leader.made(
        path, {"until": await days(here, 60), "review_at": await days(here, 50)}, version=1
    )
    assert (kept["due"], await due()) == (False, [])
    await clock.forward(timedelta(days=61))
    assert await at_place(seat) == []
    assert await shown(there, incident["id"]) == []
    assert (await leader.get("/standing-facts")).json()["items"] == []
    async with here.runtime.pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now()")
        await store.erase(conn, now - FACTS_KEPT)
        assert await conn.fetchval("SELECT count(*) FROM sealed_key WHERE id = $1", UUID(made["id"])) == 1
        await store.erase(conn, now)
        assert await conn.fetchval("SELECT count(*) FROM sealed_key WHERE id = $1", UUID(made["id"])) == 0
        assert (await verify(conn, FOLDS)).broken == ()
    opened = await leader.made(f"/standing-facts/{made['id']}/reveal", {"reason": "复核"})
    assert opened["text"] is None


LIST = "编号,类别,内容,经度,纬度,半径\nH1,消火栓,DN150,114.02,22.54,30\nS1,学校,1200人,114.03,22.54,200\n"


async def test_a_list_goes_in_whole_amends_itself_and_says_what_is_wrong(two: Two, tmp_path: Path) -> None:
    here, there = two
    leader = await here.seat("leader", of=town.NORTH)
    path = "/admin/standing-facts/import?source=消防台账"
    would = (await leader.post(f"{path}&dry_run=true", LIST.encode())).json()
    assert (would["written"], would["refused"], would["dry_run"]) == (2, [], True)
    assert len(here.runtime.centre.ground) == 0
    assert (await leader.post(path, LIST.encode())).json()["written"] == 2
    await known_at(there, 2)
    [hydrant] = await at_place(await there.seat("call_taker"))
    assert (hydrant["kind"], hydrant["text"]) == ("hydrant", "DN150")
    changed = (
        LIST.replace("1200人", "1350人")
        + "X,消火栓,别处,114.08,22.54,30\nP,曾暴力抗法,某人,114.02,22.54,30\n"
    )
    refused = await leader.post(path, changed.encode())
    assert refused.status_code == 409, refused.text
    assert [one["row"] for one in refused.json()["refused"]] == [4, 5], (
        "another room's place, and a person without an end"
    )
    dry = (await leader.post(f"{path}&dry_run=true", changed.encode())).json()
    assert (dry["written"], dry["amended"], dry["kept"], len(dry["refused"])) == (0, 1, 1, 2)
    again = (await leader.post(path, LIST.replace("1200人", "1350人").encode())).json()
    assert (again["written"], again["amended"], again["kept"]) == (0, 1, 1)
    [school] = await at_place(await here.seat("call_taker"), lon=114.03, lat=22.54)
    assert (school["text"], school["version"]) == ("1350人", 2)
    assert (await (await here.seat("dispatcher")).post(path, LIST.encode())).status_code == 403
    async with here.runtime.pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).broken == ()
