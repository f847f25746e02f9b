"""Dry run promise: before rules are put in, one sees how often they would have fired and for which incidents; nothing changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import PATIENCE_S, Doors, Seat, open_doors
from tests.harness.foretelling import fired_by_engine, foretold
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.wandering import Night

RULE = {
    "id": "mine", "noun": "incident", "states": ["received"], "since": "unassigned", "after_s": 300,
    "when": [{"types": ["100000"]}], "to": {"above": 1},
    "what": {"zh": "报{to}", "en": "{to}"}, "then": {"zh": "{after}", "en": "{after}"},
}  # fmt: skip


@pytest.fixture
async def doors(database_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Doors]:
    """Of a town of this test's own, whose clock it may move."""
    async with open_doors(database_url, nats_url, tmp_path) as opened:
        yield opened


async def tried(seat: Seat, *rules: dict[str, Any], **window: str) -> Any:
    return await tried_file(seat, {"rules": list(rules)}, **window)


async def tried_file(seat: Seat, file: dict[str, Any], **window: str) -> Any:
    told = await seat.post("/admin/rules/dry-run", {"file": file, **window})
    assert told.status_code == 200, told.text
    return told.json()


def counted(told: Any) -> dict[str, int]:
    return {row["rule"]: row["fired"] for row in told["rules"]}


async def test_it_says_how_often_a_rule_would_have_fired_and_for_which_incidents(
    doors: Doors, clock: Clock
) -> None:
    admin, dispatcher = await doors.seat("admin"), await doors.seat("dispatcher")
    waited, ordered = await doors.incident(type="100200"), await doors.incident(type="100200")
    await doors.incident(type="200420")
    orders = {"orders": [{"unit_id": str(t.N1)}]}
    await dispatcher.made(f"/incidents/{ordered['id']}/assignments", orders, 201)
    await clock.forward(timedelta(minutes=10))
    told = await tried(admin, RULE, RULE | {"id": "sooner", "after_s": 60, "when": [{"labels": ["weapon"]}]})
    mine = next(row for row in told["rules"] if row["rule"] == "mine")
    assert (mine["fired"], mine["incidents"], mine["flood"]) == (1, 1, False)
    assert [one["called"]["zh"] for one in mine["examples"]] == [waited["number"]]
    assert counted(told)["sooner"] == 0
    assert told["complete"] is True
    assert told["examined"] == told["incidents"] >= 3


async def test_it_changes_nothing_and_holds_only_for_the_window_that_is_named(
    doors: Doors, clock: Clock
) -> None:
    admin = await doors.seat("admin")
    one = await doors.incident(type="100200")
    await clock.forward(timedelta(days=8))
    before = (await admin.get("/admin/rules")).headers["etag"]
    assert counted(await tried(admin, RULE)) == {"mine": 0}, "it is older than a week"
    opened = one["opened_at"]
    told = await tried(admin, RULE, **{"from": opened})
    assert counted(told)["mine"] >= 1
    assert (await admin.get("/admin/rules")).headers["etag"] == before


async def test_what_cannot_be_told_again_says_why(doors: Doors) -> None:
    admin = await doors.seat("admin")
    file = (await admin.get("/admin/rules")).json()
    told = await tried_file(admin, file)
    silent = {row["rule"] for row in told["unforeseen"]}
    assert silent == {
        "seat_unlinked",
        "promise_slipping",
        "touch_lost",
        "touch_regained",
        "broadcast_watch",
        "call_point_silent",
    }
    assert silent.isdisjoint(counted(told))
    assert len(silent) + len(told["rules"]) == len(file["rules"])


async def test_what_belongs_to_no_incident_is_told_by_its_own_name(doors: Doors, clock: Clock) -> None:
    admin, above = await doors.seat("admin"), await doors.seat("leader")
    crew = await doors.seat("unit", of=t.N2, kind="unit")
    now = datetime.fromisoformat((await doors.incident())["opened_at"])
    await crew.made(f"/units/{t.N2}/emergency", {}, 201)
    due = (now + timedelta(minutes=5)).isoformat()
    await above.made("/supervision", {"to_room_id": str(t.NORTH), "text": "说明情况", "due_at": due}, 201)
    await clock.forward(timedelta(minutes=6))
    told = await tried_file(admin, (await admin.get("/admin/rules")).json())
    by_rule = {row["rule"]: row for row in told["rules"]}
    shown = {}
    for rule in ("emergency_alone", "supervision_overdue"):
        [one] = by_rule[rule]["examples"]
        shown[rule] = (one["of"], one["called"]["zh"], by_rule[rule]["incidents"], by_rule[rule]["others"])
    assert shown == {"emergency_alone": ("unit", "119", 0, 1), "supervision_overdue": ("room", "北所", 0, 1)}
    assert told["others"] >= 2


async def test_repeats_are_counted_anew_and_words_nobody_looked_for_are_said_to_be_unknown(
    doors: Doors,
) -> None:
    admin = await doors.seat("admin")
    there = {"type": "300120", "place": {"lon": 114.03, "lat": 22.53}}
    ids = [(await doors.incident(**there))["id"] for _ in range(3)]
    await doors.incident(type="300120", place={"lon": 114.04, "lat": 22.55})
    repeats = {
        "label": "crowded",
        "repeats": {"count": 3, "within_s": 600, "resolution": 10, "same_group": True},
    }
    rules = [
        RULE | {"id": "crowd", "since": "opened", "after_s": 0, "when": [{"signs": ["crowded"]}], "effect": "declare_surge",
                "args": {"sign": "crowded"}, "to": None},
        RULE | {"id": "words", "when": [{"signs": ["pursuit"]}]},
    ]  # fmt: skip
    rules[0] = {name: value for name, value in rules[0].items() if name != "to"}
    told = await tried_file(
        admin, {"rules": rules, "signs": [repeats, {"label": "pursuit", "words": ["逃了"]}]}
    )
    [crowd] = told["rules"]
    assert [one["id"] for one in crowd["examples"]] == [ids[2]]
    [silent] = told["unforeseen"]
    assert (silent["rule"], "what was said is not kept" in silent["why"]) == ("words", True)


SEEN = {"lon": 114.02, "lat": 22.54}
MEANT: dict[str, dict[str, Any]] = {
    "types": {"types": ["100200"]}, "priorities": {"priorities": [2], "types": ["300120"]}, "labels": {"labels": ["weapon"]},
    "sources": {"sources": ["sms"]}, "rooms": {"rooms": ["south"]}, "hazard": {"hazard": True}, "alarms": {"alarms": 2},
    "words": {"signs": ["weapon"]}, "repeats": {"signs": ["crowded"]}, "without_labels": {"without_labels": ["weapon"], "rooms": ["south"]},
}  # fmt: skip
"""Each thing that a condition may ask, by itself as far as it means no more than this test made."""


async def test_each_condition_is_tried_dry_and_means_those_it_names(doors: Doors, clock: Clock) -> None:
    admin, taker = await doors.seat("admin"), await doors.seat("call_taker")
    signs = (await admin.get("/admin/rules")).json()["signs"]
    robbery = await doors.incident(type="100200", text="有人持刀", place={"lon": 114.02, "lat": 22.55})
    by_sms = (
        await taker.made("/alarms", {"source": "sms", "type": "200420", "text": "吵", "place": SEEN}, 201)
    )["incident"]
    south = await doors.incident(type="500110", place={"lon": 114.08, "lat": 22.54})
    twice = await doors.incident(type="300210", place={"lon": 114.01, "lat": 22.53})
    await taker.made(
        "/alarms", {"source": "call", "type": "300210", "attach_to": twice["id"], "place": SEEN}, 201
    )
    crowd = [
        await doors.incident(type="300120", priority=2, place={"lon": 114.04, "lat": 22.55}) for _ in range(4)
    ]
    cell = (await admin.get(f"/incidents/{south['id']}")).json()["cell"]
    async with asyncio.timeout(PATIENCE_S):  # the engine has looked at all of them
        while "crowded" not in (await admin.get(f"/incidents/{crowd[3]['id']}")).json()["labels"]:
            await asyncio.sleep(0.05)
    conditions = MEANT | {"cells": {"cells": [cell]}}
    await clock.forward(timedelta(minutes=6))
    rules = [RULE | {"id": f"by_{name}", "when": [when]} for name, when in conditions.items()]
    told = await tried_file(admin, {"rules": rules, "signs": signs})
    meant = {row["rule"].removeprefix("by_"): {one["id"] for one in row["examples"]} for row in told["rules"]}
    one = {"types": robbery, "labels": robbery, "words": robbery, "hazard": robbery, "sources": by_sms, "rooms": south,
           "without_labels": south, "cells": south, "alarms": twice}  # fmt: skip
    assert {name: meant[name] for name in one} == {name: {incident["id"]} for name, incident in one.items()}
    assert meant["priorities"] == {incident["id"] for incident in crowd}
    assert meant["repeats"] == {crowd[3]["id"]}


WAITED: dict[str, dict[str, Any]] = {
    "created": {"since": "opened", "after_s": 10}, "not_dispatched": {"since": "unassigned", "after_s": 60},
    "not_delivered": {"noun": "assignment", "states": ["ordered"], "flags": ["unit"], "since": "ordered", "after_s": 30},
    "not_accepted": {"noun": "assignment", "states": ["ordered", "delivered"], "since": "ordered", "after_s": 60},
    "not_arrived": {"noun": "assignment", "states": ["en_route"], "since": "en_route", "after_s": 300},
    "silent_on_scene": {"noun": "assignment", "states": ["on_scene"], "since": "checked", "after_s": 900},
    "not_fed_back": {"states": ["handled"], "since": "handled", "after_s": 3600},
}  # fmt: skip


async def test_each_moment_that_is_waited_for_is_tried_dry(doors: Doors, clock: Clock) -> None:
    """One order that takes its time at each step; each rule would have fired for it once."""
    admin, dispatcher = await doors.seat("admin"), await doors.seat("dispatcher")
    incident = await doors.incident(type="200420")
    await clock.forward(timedelta(seconds=61))
    orders = {"orders": [{"unit_id": str(t.S2)}]}
    job = (await dispatcher.made(f"/incidents/{incident['id']}/assignments", orders, 201))["items"][0]["id"]
    crew = await doors.seat("unit", of=t.S2, kind="unit")
    for step, seconds in (
        ("deliver", 31),
        ("accept", 31),
        ("en-route", 1),
        ("on-scene", 301),
        ("clear", 901),
    ):
        await clock.forward(timedelta(seconds=seconds))
        await crew.made(f"/assignments/{job}/{step}", {"result": "handled"} if step == "clear" else {})
    await clock.forward(timedelta(seconds=3601))
    rules = [RULE | {"id": name, "when": [{"types": ["200420"]}]} | more for name, more in WAITED.items()]
    told = await tried(admin, *rules, **{"from": incident["opened_at"]})
    assert counted(told) == dict.fromkeys(WAITED, 1)


async def test_it_refuses_what_could_not_be_put_in_and_who_may_not_put_it_in(doors: Doors) -> None:
    admin, dispatcher = await doors.seat("admin"), await doors.seat("dispatcher")
    path, flood = "/admin/rules/dry-run", RULE | {"when": [], "after_s": 0}
    refused = await admin.post(path, {"file": {"rules": [flood]}})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert "Rule mine would fire for every single incident" in refused.json()["detail"]
    assert (await dispatcher.post(path, {"file": {"rules": [RULE]}})).status_code == 403
    long_ago = await admin.post(path, {"file": {"rules": [RULE]}, "from": "2020-01-01T00:00:00Z"})
    assert (long_ago.status_code, long_ago.json()["field"]) == (400, "from")


async def test_two_at_once_on_a_replica_are_one_too_many(doors: Doors) -> None:
    admin = await doors.seat("admin")
    for _ in range(20):
        await doors.incident()
    both = await asyncio.gather(
        *(admin.post("/admin/rules/dry-run", {"file": {"rules": [RULE]}}) for _ in range(2))
    )
    told = sorted(one.status_code for one in both)
    assert told in ([200, 200], [200, 409]), "the second waits for nobody"


@pytest.mark.parametrize("seed", [3, 33, 110])
async def test_a_night_told_again_fires_all_that_the_engine_fired(databases: Databases, seed: int) -> None:
    """Under the rules that held, so that effects and people were the same.

    The night jumps from act to act and the engine looks after each, so that what an act ended in the same moment as it fell due
    never fired; told again it does, as it does where the engine looks ten times a second.
    """
    async with databases.copy() as url, asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        night = Night(await t.build(pool), seed)
        await night.begin()
        keeper = keeper_of(night.town)
        for _ in range(90):
            await night.act()
            await all_due(keeper)
        told_again, fired = await foretold(night.town), await fired_by_engine(night.town)
        assert told_again, "nothing ever fell due"
        assert fired - told_again == Counter()
