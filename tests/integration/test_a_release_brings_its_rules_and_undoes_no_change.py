"""Upgrade promise: a city that has its own rules gets those a release brings, once, and nothing that it changed is undone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from dispatch import standings, timers
from dispatch.acts import Principal
from dispatch.conditions import When
from dispatch.desk.completing import complete_rules
from dispatch.rules import RuleFile
from dispatch.runtime.bootstrap import RELEASE
from dispatch.runtime.embedded import Embedded
from dispatch.runtime.migrate import migrate, migrations
from dispatch.runtime.postgres import Pool
from dispatch.work import Actor, work
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import PATIENCE_S, Doors, open_doors, open_replica
from tests.harness.events import plan
from tests.harness.town import build

NEW = ("event_start", "event_look", "event_past_end")
UNMEET = "DELETE FROM rule_shipped WHERE id = ANY($1::text[])"
SHIPPED = tuple(rule.id for rule in standings.shipped_rules().rules)


@pytest.fixture
async def doors(databases: Databases, servers: Embedded, tmp_path: Path) -> AsyncIterator[Doors]:
    """A replica before the upgrade, on a database of this test's own."""
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path) as opened:
            yield opened
        await remove_streams(servers.nats_url)


async def put_own(doors: Doors) -> dict[str, Any]:
    """A set from before planned events: one rule slower, one taken out."""
    admin = await doors.seat("admin")
    read = await admin.get("/admin/rules")
    rules = [one for one in read.json()["rules"] if one["id"] not in (*NEW, "shift_over")]
    own: dict[str, Any] = read.json() | {
        "rules": [one | ({"after_s": 77} if one["id"] == "not_en_route" else {}) for one in rules]
    }
    assert (await admin.put("/admin/rules", own, read.headers["etag"])).status_code == 200
    async with doors.runtime.pool.acquire() as conn:
        await conn.execute(UNMEET, list(NEW))
    return own


async def held(doors: Doors) -> tuple[int, dict[str, Any]]:
    read = await (await doors.seat("admin")).get("/admin/rules")
    return int(read.headers["etag"].strip('"')), {one["id"]: one for one in read.json()["rules"]}


async def test_a_city_with_its_own_rules_starts_its_events_after_an_upgrade(
    doors: Doors, servers: Embedded, tmp_path: Path
) -> None:
    own = await put_own(doors)
    before, _ = await held(doors)
    boss, above = (
        await doors.seat("dispatcher", "leader", of=town.NORTH),
        await doors.seat("leader"),
    )
    event = await boss.made("/events", plan(), 201)
    await boss.made(f"/events/{event['id']}/submit")
    assert (await above.made(f"/events/{event['id']}/approve"))["waiting"] is None, "nothing would start it"
    url = doors.runtime.settings.database_url
    async with open_replica(url, servers.nats_url, tmp_path) as upgraded:
        version, rules = await held(upgraded)
        assert version == before + 1
        assert set(NEW) <= rules.keys()
        assert "shift_over" not in rules, "it was taken out by people"
        assert {id_: one for id_, one in rules.items() if id_ not in NEW} == {
            one["id"]: one for one in own["rules"]
        }
        told = (await (await upgraded.seat("admin")).get("/admin/rules/sentences")).json()
        came, put, *_ = told["versions"]
        assert (came["by"], put["brought"]) == ("system:release", [])
        assert len(came["brought"]) == len(NEW)
        assert all(said["zh"] and said["zh"] not in NEW for said in came["brought"])
        await Clock(url).forward(timedelta(hours=1, seconds=1))
        async with asyncio.timeout(PATIENCE_S):
            while (await boss.get(f"/events/{event['id']}")).json()["state"] != "running":
                await asyncio.sleep(0.05)
    async with open_replica(url, servers.nats_url, tmp_path) as again:
        assert (await held(again))[0] == before + 1, "a start brings nothing twice"


async def test_what_a_city_takes_out_after_it_came_stays_out(
    doors: Doors, servers: Embedded, tmp_path: Path
) -> None:
    admin = await doors.seat("admin")
    read = await admin.get("/admin/rules")
    before, _ = await held(doors)
    less = read.json() | {"rules": [one for one in read.json()["rules"] if one["id"] not in NEW]}
    assert (await admin.put("/admin/rules", less, read.headers["etag"])).status_code == 200
    async with open_replica(doors.runtime.settings.database_url, servers.nats_url, tmp_path) as again:
        version, rules = await held(again)
    assert version == before + 1
    assert not set(NEW) & rules.keys()


async def test_a_database_from_before_this_was_kept_tells_new_from_taken_out(databases: Databases) -> None:
    steps = migrations()
    since = next(n for n, step in enumerate(steps) if step.name.endswith("rules_of_releases"))
    kept = [
        rule
        for rule in standings.shipped_rules().rules
        if rule.id not in (*NEW, "shift_over", "not_fed_back")
    ]
    body = msgspec.json.encode({"rules": kept}).decode()
    async with databases.empty() as url:
        await migrate(url, steps[:since])
        conn = await asyncpg.connect(url)
        try:
            await conn.execute("INSERT INTO rule_set VALUES (1, $1::jsonb, cad_now())", body)
            await migrate(url)
            assert set(NEW) <= await timers.unmet(conn, SHIPPED)
            assert not {"shift_over", "not_fed_back"} & await timers.unmet(conn, SHIPPED)
        finally:
            await conn.close()


async def test_a_rule_brings_the_sign_by_which_it_goes_and_touches_those_of_the_city(pool: Pool) -> None:
    centre = (await build(pool)).centre
    shipped = standings.shipped_rules()
    own = tuple(msgspec.structs.replace(one, words=("刀",)) for one in shipped.signs if one.label == "weapon")
    before = RuleFile(tuple(one for one in shipped.rules if one.id == "not_fed_back"), own)
    async with pool.acquire() as conn:
        now = await conn.fetchval("SELECT cad_now()")
        await timers.meet(conn, set(SHIPPED) - {"surge_in_place"}, now)
        await timers.add_rules(conn, standings.rules_of(before, 1), now, ())
    async with work(pool, centre, RELEASE) as w:
        assert (await complete_rules(w)).rules == ("surge_in_place",)
    async with pool.acquire() as conn:
        held = await timers.read_rules(conn)
    assert {sign.label: sign.words for sign in held.signs} == {"weapon": ("刀",), "crowded": ()}


async def test_a_rule_that_this_city_cannot_use_is_named_and_left_out(pool: Pool) -> None:
    centre = (await build(pool)).centre
    async with pool.acquire() as conn:
        await timers.meet(conn, SHIPPED, await conn.fetchval("SELECT cad_now()"))
    shipped = standings.shipped_rules()
    first = shipped.rules[0]
    odd = msgspec.structs.replace(first, id="odd", noun="incident", when=(When(types=("999999",)),))
    fine = msgspec.structs.replace(first, id="fine")
    release = msgspec.structs.replace(shipped, rules=(*shipped.rules, odd, fine))
    admin = Actor(principal=Principal(id="user:1", roles=frozenset({"admin"})))
    async with work(pool, centre, admin) as w:
        await timers.add_rules(w.conn, standings.rules_of(shipped.file, 1), w.now, ())
    async with work(pool, centre, RELEASE) as w:
        came = await complete_rules(w, release)
    assert came.rules == ("fine",)
    [(id_, fault)] = came.unusable
    assert id_ == "odd"
    assert fault.startswith("Rule odd ")


def test_an_older_program_leaves_the_rules_of_a_newer_one_to_it() -> None:
    shipped = standings.shipped_rules()
    told = msgspec.to_builtins(shipped.file)
    told["rules"] = [*told["rules"], told["rules"][0] | {"id": "later", "noun": "drone"}]
    read = standings.understood(msgspec.json.encode(told).decode())
    assert read == shipped.file
