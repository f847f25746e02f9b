"""Duty level promise: one act of a leader switches run cards, delays and beats of a room at every replica; it never ends in silence."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from dispatch.cards.file import CardFile, derived
from dispatch.folds import FOLDS
from dispatch.rules import FOLLOWING
from dispatch.verify import verify
from incidents.types import shipped_tree
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat
from tests.harness.waiting import until

FIGHT = "200110"
type Two = tuple[Doors, Doors]


async def ordered(seat: Seat, level: str, **more: Any) -> Any:
    return await seat.made("/duty-level", {"level": level, "reason": "演练以外的安保"} | more, 201)


async def card_at(doors: Doors, incident: dict[str, Any]) -> dict[str, Any]:
    seat = await doors.seat("dispatcher")
    told: dict[str, Any] = (await seat.get(f"/incidents/{incident['id']}/recommendation")).json()["card"]
    return told


async def due(doors: Doors, rule: str) -> dict[str, datetime]:
    async with doors.runtime.pool.acquire() as conn:
        rows = await conn.fetch("SELECT key, due_at FROM timer WHERE rule = $1 AND fired_at IS NULL", rule)
    return {row[0]: row[1] for row in rows}


async def to_look_at(doors: Doors) -> int:
    """At how many entities the engine has not looked yet; what it finds there may arm more."""
    async with doors.runtime.pool.acquire() as conn:
        found: int = await conn.fetchval(
            "SELECT count(*) FROM timer WHERE kind = ANY($1::text[])", list(FOLLOWING)
        )
    return found


async def sent(doors: Doors, unit: Any, priority: int = 3) -> dict[str, Any]:
    incident = await doors.incident(type="200250", priority=priority)
    seat = await doors.seat("dispatcher")
    await seat.made(f"/incidents/{incident['id']}/assignments", {"orders": [{"unit_id": str(unit)}]}, 201)
    return incident


async def test_a_level_reaches_the_recommendations_of_every_replica_with_its_card_and_version(
    two: Two,
) -> None:
    here, there = two
    incident = await here.incident(type=FIGHT)
    before = await card_at(there, incident)
    assert (before["code"], before["version"], before["duty"]) == ("violent", 0, "level_4")
    await ordered(await here.seat("leader"), "level_2")
    for doors in two:
        told = await until(partial(card_at, doors, incident), lambda card: card["duty"] == "level_2")
        assert told["code"] == "violent-2"
        assert sum(seat["count"] for seat in told["waves"][0]["seats"]) > sum(
            seat["count"] for seat in before["waves"][0]["seats"]
        )


async def test_the_same_level_asked_twice_with_one_key_is_one_order(two: Two) -> None:
    leaders = [await doors.seat("leader") for doors in two]
    body = {"level": "level_3", "reason": "大型活动"}
    made = await leaders[0].made("/duty-level", body, 201, key="once")
    again = await leaders[0].made("/duty-level", body, 201, key="once")
    assert again == made
    refused = await leaders[1].post("/duty-level", body)
    assert (refused.status_code, "was ordered" in refused.text) == (409, True)
    listed = (await leaders[1].get("/duty-levels")).json()["items"]
    assert [(one["level"]["code"], one["text"]) for one in listed] == [("level_3", "大型活动")]


async def test_of_leaders_at_two_replicas_who_order_at_once_one_s_level_holds_and_both_are_listed(
    two: Two,
) -> None:
    leaders = [await doors.seat("leader") for doors in two]
    told = await asyncio.gather(
        *(leader.post("/duty-level", {"level": level, "reason": "同时"}) for leader, level in
          zip(leaders, ("level_2", "level_3"), strict=True))
    )  # fmt: skip
    assert [one.status_code for one in told] == [201, 201]
    listed = (await leaders[0].get("/duty-levels")).json()["items"]
    assert sorted(one["state"] for one in listed) == ["ended", "holds"]
    holding = next(one for one in listed if one["state"] == "holds")
    assert (
        holding["before"]["code"] == next(one for one in listed if one["state"] == "ended")["level"]["code"]
    )


async def test_what_runs_is_due_sooner_when_a_level_rises_and_keeps_its_time_when_it_falls(
    two: Two, clock: Clock
) -> None:
    here, there = two
    leader = await here.seat("leader")
    incident = await sent(here, town.N1)
    before = await due(here, "not_accepted_above")
    assert before
    told = await ordered(leader, "level_1")
    shortened = await due(here, "not_accepted_above")
    assert shortened.keys() == before.keys()
    assert all(shortened[key] < before[key] for key in before)
    assert told["change"]["shortened"] >= 1
    await ordered(leader, "level_4")
    assert await due(here, "not_accepted_above") == shortened
    dispatcher = await there.seat("dispatcher")
    note = {"kind": "scene", "text": "围观群众增多"}
    await dispatcher.made(f"/incidents/{incident['id']}/notes", note, 201)
    assert await due(here, "not_accepted_above") == shortened, (
        "an act of the incident does not lengthen it either"
    )
    await sent(there, town.S1)
    async with here.runtime.pool.acquire() as conn:
        factors = await conn.fetch(
            "SELECT factor FROM timer WHERE rule = 'not_accepted_above' AND fired_at IS NULL ORDER BY armed_at"
        )
    assert [row[0] for row in factors] == [0.5, 1.0], "a new timer goes by the level that holds now"


async def test_a_new_timer_goes_by_the_level_that_holds_whichever_replica_arms_it(two: Two) -> None:
    here, there = two
    await ordered(await here.seat("leader"), "level_1")
    await sent(there, town.S1)  # before it could have heard of it by the feed
    async with here.runtime.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT due_at - armed_at, factor FROM timer WHERE rule = 'not_accepted_above' AND fired_at IS NULL"
        )
    rule = here.runtime.centre.rules.by_id["not_accepted_above"].after(3)
    assert rule is not None
    assert [(round(row[0] / rule, 3), row[1]) for row in rows] == [(0.5, 0.5)]


async def test_what_was_previewed_is_what_happens(two: Two) -> None:
    here, there = two
    leader = await there.seat("leader")
    await sent(here, town.N1)
    await sent(here, town.S1)
    await until(partial(to_look_at, here), lambda rows: rows == 0)
    body = {"level": "level_2", "reason": "预演"}
    ask = partial(leader.post, "/duty-level/preview", body)
    seen = await until(ask, lambda told: told.status_code != 200 or told.json()["cover"]["free"] == 2)
    assert seen.status_code == 200, seen.text
    again = await leader.post("/duty-level/preview", body)
    assert again.json() == seen.json(), "asking changes nothing"
    before = {rule: await due(here, rule) for rule in ("not_accepted_above", "not_accepted_top")}
    made = await ordered(leader, "level_2", reason="预演")
    assert made["change"] == seen.json()
    for row in made["change"]["delays"]:
        if row["rule"] in before:
            now = await due(here, row["rule"])
            assert sum(now[key] < at for key, at in before[row["rule"]].items()) == row["shortened"]
    assert made["change"]["shortened"] >= 2
    [fight] = [row for row in made["change"]["cards"] if FIGHT in row["types"] or "100200" in row["types"]]
    assert (fight["before"]["code"], fight["after"]["code"]) == ("violent", "violent-2")
    assert {row["room_id"] for row in made["change"]["rooms"]} == {
        str(one) for one in (town.CITY, town.NORTH, town.SOUTH)
    }


async def test_a_room_below_keeps_what_it_ordered_higher_and_may_not_order_lower(two: Two) -> None:
    here, _ = two
    city, north = await here.seat("leader"), await here.seat("leader", of=town.NORTH)
    await ordered(north, "level_1")
    made = await ordered(city, "level_3")
    assert [row["room_id"] for row in made["change"]["kept"]] == [str(town.NORTH)]
    levels = [
        (await city.get("/duty-level", room=str(room))).json()["level"]["code"]
        for room in (town.CITY, town.NORTH, town.SOUTH)
    ]
    assert levels == ["level_3", "level_1", "level_3"]
    await ordered(north, "level_4")
    refused = await north.post("/duty-level", {"level": "level_4", "until": None, "reason": "无"})
    assert refused.status_code == 409
    south = await here.seat("leader", of=town.SOUTH)
    refused = await south.post("/duty-level", {"level": "level_4", "reason": "降级"})
    assert (refused.status_code, refused.json()["field"]) == (400, "level")
    assert "by order of a room above" in refused.json()["detail"]


async def test_only_a_leader_of_the_room_orders_a_level_and_says_why(two: Two) -> None:
    here, _ = two
    for seat in (
        await here.seat("dispatcher"),
        await here.seat("call_taker"),
        await here.seat("leader", of=town.NORTH),
    ):
        refused = await seat.post("/duty-level", {"level": "level_2", "room": str(town.CITY), "reason": "x"})
        assert refused.status_code == 403, refused.text
    leader = await here.seat("leader")
    for body, field in (
        ({"level": "level_2"}, "reason"),
        ({"level": "none", "reason": "x"}, "level"),
        ({"level": "level_2", "reason": "x", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"level": "level_2", "reason": "x", "returns": True}, "until"),
    ):
        refused = await leader.post("/duty-level", body)
        assert (refused.status_code, refused.json()["field"]) == (400, field), refused.text


async def test_a_level_whose_time_is_over_stays_and_asks(two: Two, clock: Clock) -> None:
    here, there = two
    leader = await here.seat("leader")
    now = await here_now(here)
    await ordered(leader, "level_2", until=(now + timedelta(hours=2)).isoformat())
    await clock.forward(timedelta(hours=3))

    async def look() -> Any:
        return (await (await there.seat("dispatcher")).get("/duty-level")).json()

    told = await until(look, lambda told: bool(told["orders"][0]["alerts"]))
    assert told["level"]["code"] == "level_2"
    assert [one["rule"] for one in told["orders"][0]["alerts"]] == ["level_to_decide"]


async def test_a_level_that_was_to_give_way_does_so_once_and_the_one_before_holds_again(
    two: Two, clock: Clock
) -> None:
    here, there = two
    leader = await here.seat("leader")
    await ordered(leader, "level_3")
    now = await here_now(here)
    await ordered(leader, "level_1", until=(now + timedelta(hours=2)).isoformat(), returns=True)
    await clock.forward(timedelta(hours=1, minutes=55))

    async def look() -> Any:
        return (await (await there.seat("dispatcher")).get("/duty-level")).json()

    told = await until(look, lambda told: bool(told["orders"][0]["alerts"]))
    assert [one["rule"] for one in told["orders"][0]["alerts"]] == ["level_ends_soon"]
    await clock.forward(timedelta(minutes=10))
    told = await until(look, lambda told: told["level"]["code"] == "level_3")
    listed = (await leader.get("/duty-levels")).json()["items"]
    assert [(one["level"]["code"], one["state"], one["cause"]) for one in listed] == [
        ("level_3", "holds", None),
        ("level_1", "ended", "expired"),
        ("level_3", "ended", "replaced"),
    ]
    assert listed[0]["ordered_by"] == "system:rules"


async def test_units_are_told_and_seats_acknowledge_for_themselves(two: Two) -> None:
    here, there = two
    made = await ordered(await here.seat("leader"), "level_2")
    async with here.runtime.pool.acquire() as conn:
        texts = await conn.fetch("SELECT body->>'text' FROM radio_message WHERE kind = 'broadcast'")
    assert len(texts) == made["change"]["told"]
    assert all("二级勤务" in row[0] and "Level 2 duty" in row[0] for row in texts)
    level = made["duty_level"]
    dispatcher = await there.seat("dispatcher")
    await dispatcher.made(f"/duty-level/{level['id']}/notice", {})
    seen = await dispatcher.made(f"/duty-level/{level['id']}/notice", {})
    assert [one["by"] for one in seen["noticed"]] == [dispatcher.principal]


async def test_the_journal_tells_the_whole_story(two: Two) -> None:
    here, _ = two
    leader = await here.seat("leader")
    await sent(here, town.N1)
    for level in ("level_1", "level_3", "level_2"):
        await ordered(leader, level)
    async with here.runtime.pool.acquire() as conn:
        report = await until(lambda: verify(conn, FOLDS), lambda report: not report.broken)
    assert report.entities > 0


async def here_now(doors: Doors) -> datetime:
    async with doors.runtime.pool.acquire() as conn:
        now: datetime = await conn.fetchval("SELECT cad_now()")
    return now


# ---- run cards as a file


def shipped_cards() -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = msgspec.to_builtins(CardFile(derived(shipped_tree()).cards))["cards"]
    plain = [
        {
            **card,
            "waves": [
                wave | {"seats": [seat | {"skills": []} for seat in wave["seats"]]} for wave in card["waves"]
            ],
        }
        for card in cards
    ]
    for card in plain:
        for wave in card["waves"]:
            for seat in wave["seats"]:
                seat["kinds"] = sorted({*seat["kinds"], "car"})
    return plain


async def test_cards_put_in_count_at_every_replica_and_leave_orders_alone(two: Two) -> None:
    here, there = two
    incident = await sent(here, town.N1)
    admin = await there.seat("admin")
    read = await admin.get("/admin/run-cards")
    assert read.headers["etag"] == '"0"'
    stand = (await admin.get(f"/incidents/{incident['id']}")).json()["assignments"]
    mine = {
        "code": "mine", "name": {"zh": "我的", "en": "mine"}, "when": {"types": ["200250"]},
        "waves": [{"seats": [{"count": 3, "kinds": ["car"]}]}],
    }  # fmt: skip
    cards = [*shipped_cards(), {**mine, "when": {"types": ["200250"], "rooms": ["north"]}}]
    stale = await admin.put("/admin/run-cards", {"cards": cards}, '"7"')
    assert stale.status_code == 412
    put = await admin.put("/admin/run-cards", {"cards": cards}, read.headers["etag"])
    assert (put.status_code, put.headers.get("etag")) == (200, '"1"'), put.text
    for doors in two:
        told = await until(partial(card_at, doors, incident), lambda card: card["version"] == 1)
        assert (told["code"], told["waves"][0]["seats"][0]["count"]) == ("mine", 3)
    dispatcher = await here.seat("dispatcher")
    shown = (await dispatcher.get(f"/incidents/{incident['id']}/recommendation")).json()
    assert any(
        "card mine" in short["en"] or "what would help" in short["en"] for short in shown["shortfalls"]
    )
    assert (await admin.get(f"/incidents/{incident['id']}")).json()["assignments"] == stand


async def test_the_dry_run_tells_what_the_new_file_does(two: Two) -> None:
    here, there = two
    fights = [await here.incident(type="200250") for _ in range(2)]
    other = await here.incident(type="300120")
    admin = await there.seat("admin")
    cards = shipped_cards()
    await admin.put("/admin/run-cards", {"cards": cards}, "*")
    await until(lambda: card_at(there, fights[0]), lambda card: card["version"] == 1)
    mine = {
        "code": "mine", "name": {"zh": "我的", "en": "mine"}, "when": {"types": ["200250"], "rooms": ["north"]},
        "waves": [{"seats": [{"count": 9, "kinds": ["car"]}]}],
    }  # fmt: skip
    tried = await admin.post("/admin/run-cards/dry-run", {"file": {"cards": [*cards, mine]}})
    assert tried.status_code == 200, tried.text
    told = tried.json()
    assert {one["id"] for one in told["others"]} == {one["id"] for one in fights}
    assert (told["complete"], told["changed"], told["unmet"]) == (True, 2, 2)
    assert other["id"] not in {one["id"] for one in told["others"]}
    assert (await admin.get("/admin/run-cards")).headers["etag"] == '"1"', "nothing was changed"
    await admin.put("/admin/run-cards", {"cards": [*cards, mine]}, "*")
    for one in told["others"]:
        held = await until(partial(card_at, there, one), lambda card: card["version"] == 2)
        assert (held["code"], held["waves"][0]["seats"]) == (one["after"]["code"], one["after"]["seats"])


async def test_files_that_cannot_be_used_are_refused_and_change_nothing(two: Two) -> None:
    here, _ = two
    admin = await here.seat("admin")
    card = {
        "code": "x",
        "name": {"zh": "x", "en": "x"},
        "waves": [{"seats": [{"count": 1, "kinds": ["car"]}]}],
    }
    for cards, said in (
        ([card | {"when": {"types": ["7"]}}], "Run card x: when.types names the type '7'"),
        (
            [card | {"when": {"types": ["100000"]}}],
            "No run card is for incidents whose type is not known yet",
        ),
        ([card, card | {"code": "y"}], "Run card y: when can never be met"),
        ([card | {"waves": [{"seats": [{"count": 1, "kinds": ["boat"]}]}]}], "no unit of this city is one"),
    ):
        refused = await admin.put("/admin/run-cards", {"cards": cards}, "*")
        assert refused.status_code == 400
        assert said in refused.json()["detail"]
    level = {"code": "a", "name": {"zh": "平", "en": "calm"}}
    high = {"code": "b", "name": {"zh": "高", "en": "high"}, "delays": {"status_check": 2.0}}
    for levels, said in (
        ([level, high], "Duty level b: delays.status_check is 2.0"),
        ([level, high | {"delays": {"nothing": 0.5}}], "names a rule that is not there"),
        ([level, high | {"delays": {"break_over": 0.5}}], "is about a unit"),
        ([level | {"beats": "dense"}], "names the beat plan 'dense'"),
    ):
        refused = await admin.put("/admin/duty-levels", {"levels": levels}, "*")
        assert refused.status_code == 400
        assert said in refused.json()["detail"]
    assert (await admin.get("/admin/duty-levels")).headers["etag"] == '"0"'


async def test_a_level_that_holds_is_not_taken_out_of_the_file(two: Two) -> None:
    here, _ = two
    await ordered(await here.seat("leader"), "level_2")
    admin = await here.seat("admin")
    levels = [{"code": "a", "name": {"zh": "平", "en": "calm"}}]
    refused = await admin.put("/admin/duty-levels", {"levels": levels}, "*")
    assert "Duty level level_2 holds just now" in refused.json()["detail"]
