"""Escalation promise: what nobody does goes up room by room, once each; what is serious is told above while it is ordered."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import places, standings, views
from dispatch.desk import (
    closing,
    commanding,
    describing,
    endangered,
    escalating,
    going,
    joining,
    noticing,
    ordering,
)
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid
from dispatch.rooms import Room
from dispatch.rules import RuleFile
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.shown import AlertShown, IncidentShown
from incidents import store as incident_store
from incidents.model import Incident
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of
from tests.harness.town import CITY, N1, NORTH, ROOMS, Town, build
from units.store import as_frame

HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")
DISTRICT = UUID(int=9)
ROBBERY, NOISE, BOMB = "100200", "200420", "100800"


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with a district between the city and its northern station."""
    town = await build(pool)
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=CITY
    )
    under = [msgspec.structs.replace(r, parent_id=DISTRICT) if r.id == NORTH else r for r in ROOMS]
    await town.do(town.somebody("admin"), lambda w: places.put_rooms(w, (*under, district)))
    await town.followers.load()
    return town


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def reported(town: Town, text: str = "help", **more: Any) -> UUID:
    command = ReportAlarm(source="sms", place=HERE, text=text, **more)
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def ordered(town: Town, incident_id: UUID, unit_id: UUID = N1) -> UUID:
    boss = town.somebody("dispatcher", "leader")
    [job] = await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=unit_id)]))
    return job.id


async def shown(town: Town, incident_id: UUID) -> IncidentShown:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [incident_id]))[0]


async def alerts(town: Town, incident_id: UUID) -> dict[str, AlertShown]:
    return {alert.rule: alert for alert in (await shown(town, incident_id)).alerts}


async def row(town: Town, incident_id: UUID) -> Incident:
    async with town.pool.acquire() as conn:
        return (await incident_store.read_incidents(conn, [incident_id]))[incident_id]


async def raised(town: Town, incident_id: UUID) -> dict[UUID, str]:
    return {one.room_id: one.mode for one in (await row(town, incident_id)).raised}


async def surges(town: Town, ids: Sequence[UUID]) -> list[UUID]:
    """Which of these are a surge."""
    rows = [await row(town, id_) for id_ in ids]
    return [one.id for one in rows if one.surge is not None and one.surge.since is not None]


async def facts(town: Town, incident_id: UUID, *wanted: str) -> list[tuple[str, str, str | None]]:
    sql = "SELECT fact, who, why FROM journal WHERE incident_id = $1 AND fact = ANY($2::text[]) ORDER BY position"
    async with town.pool.acquire() as conn:
        return [tuple(row) for row in await conn.fetch(sql, incident_id, list(wanted))]


async def put(town: Town, **changes: Any) -> None:
    """Put in the shipped file with changes."""
    file = msgspec.structs.replace(standings.shipped_rules().file, **changes)

    async def do(w: Any) -> None:
        await escalating.put_rules(w, file)

    await town.do(town.somebody("admin"), do)


async def two_replicas(town: Town) -> None:
    """What is due is done by two engines at once; where each has stepped aside for the other, one looks once more."""
    await asyncio.gather(all_due(keeper_of(town)), all_due(keeper_of(town)))
    await all_due(keeper_of(town))


async def seen_at(town: Town, unit_id: UUID, lon: float, lat: float) -> None:
    async with town.pool.acquire() as conn:
        at = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    town.centre.live.apply(as_frame([(unit_id.int, at, at, lon, lat, None, None, None)])[0], at)


# The order nobody accepts


async def test_an_order_nobody_accepts_walks_from_station_to_district_to_city_once_each(
    town: Town, clock: Clock
) -> None:
    incident_id = await reported(town, type=ROBBERY)
    await ordered(town, incident_id)
    for seconds in (61, 30, 60, 3600):
        await clock.forward(timedelta(seconds=seconds))
        await two_replicas(town)
    ladder = ("not_accepted_unit", "not_accepted_above", "not_accepted_top")
    fired = [rule for rule in await firings(town, upward=True) if rule in ladder]
    assert fired == list(ladder)
    told = await alerts(town, incident_id)
    assert [told[rule].room for rule in ladder] == [None, DISTRICT, CITY]
    assert told["not_accepted_top"].said["zh"].what == "118仍未签收，请市局督促"
    assert told["not_accepted_top"].said["en"].what == "118 has still not accepted: City to see to it"


async def test_an_acceptance_at_any_step_ends_the_walk(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    incident_id = await reported(town, type=ROBBERY)
    job = await ordered(town, incident_id)
    await clock.forward(timedelta(seconds=91))
    await all_due(keeper)
    assert "not_accepted_above" in await alerts(town, incident_id)
    await town.do(town.unit(N1), lambda w: going.step(w, job, "accept"))
    await clock.forward(timedelta(hours=1))
    await all_due(keeper)
    assert "not_accepted_top" not in await firings(town, upward=True)
    assert "not_accepted_above" not in await alerts(town, incident_id)


async def test_a_city_without_districts_is_told_once_and_by_the_first_step(pool: Pool, clock: Clock) -> None:
    town = await build(pool)
    incident_id = await reported(town, type=ROBBERY)
    await ordered(town, incident_id)
    await clock.forward(timedelta(hours=1))
    await all_due(keeper_of(town))
    fired = Counter(await firings(town, upward=True))
    assert (fired["not_accepted_above"], fired["not_accepted_top"]) == (1, 0)
    assert (await alerts(town, incident_id))["not_accepted_above"].room == CITY


async def test_a_row_says_to_whom_it_goes_next(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    incident_id = await reported(town, type=ROBBERY)
    await ordered(town, incident_id)
    await clock.forward(timedelta(seconds=61))
    await all_due(keeper)
    waiting = (await shown(town, incident_id)).waiting
    assert waiting is not None
    assert (waiting.what, waiting.said["zh"].then) == ("not_accepted_above", "90秒未签收，报分局")


# Acknowledging


async def test_acknowledging_is_quiet_for_one_person_and_stops_no_later_step(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town, type=ROBBERY)
    job = await ordered(town, incident_id)
    await clock.forward(timedelta(seconds=91))
    await all_due(keeper)
    wang = town.somebody("leader", room=DISTRICT, name="wang")
    await town.do(wang, lambda w: noticing.notice(w, incident_id, [noticing.Seen("not_accepted_above", job)]))
    told = await alerts(town, incident_id)
    assert told["not_accepted_above"].noticed_by == ("wang",), "it stands, and for others as loud as before"
    assert told["not_accepted_unit"].noticed_by == ()
    before = await row(town, incident_id)
    await town.do(wang, lambda w: noticing.notice(w, incident_id, [noticing.Seen("not_accepted_above", job)]))
    assert (await row(town, incident_id)).version == before.version, "seen twice is seen once"
    await clock.forward(timedelta(seconds=60))
    await all_due(keeper)
    assert (await alerts(town, incident_id))["not_accepted_top"].noticed_by == ()
    assert [who for _, who, _ in await facts(town, incident_id, "alert_noticed")] == ["wang"]


async def test_all_that_stands_is_acknowledged_at_once_and_goes_with_what_it_says(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town, type=ROBBERY)
    job = await ordered(town, incident_id)
    await clock.forward(timedelta(seconds=91))
    await all_due(keeper)
    li = town.somebody("dispatcher", name="li")
    await town.do(li, lambda w: noticing.notice(w, incident_id))
    assert {alert.noticed_by for alert in (await alerts(town, incident_id)).values()} == {("li",)}
    await town.do(town.unit(N1), lambda w: going.step(w, job, "accept"))
    async with town.pool.acquire() as conn:
        left = await conn.fetchval("SELECT count(*) FROM timer WHERE entity_id = $1 AND noticed <> '{}'", job)
    assert left == 0


async def test_what_was_raised_reminds_until_somebody_above_has_acknowledged_it(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    seen, unseen = await reported(town, type=ROBBERY), await reported(town, type=ROBBERY)
    await all_due(keeper)
    below = town.somebody("dispatcher", room=NORTH)
    await town.do(below, lambda w: noticing.notice(w, seen))
    assert [one.noticed_at for one in (await row(town, seen)).raised] == [None], "the station is not above"
    above = town.somebody("leader", room=DISTRICT)
    await town.do(above, lambda w: noticing.notice(w, seen))
    await clock.forward(timedelta(seconds=31))
    await all_due(keeper)
    assert (await alerts(town, unseen))["raised_unnoticed"].room == DISTRICT
    assert "raised_unnoticed" not in await alerts(town, seen)


# What is serious


async def test_a_serious_incident_is_told_above_at_the_same_moment_as_it_is_ordered(
    town: Town, keeper: Timekeeper
) -> None:
    incident_id = await reported(town, type=ROBBERY)
    await ordered(town, incident_id)
    await all_due(keeper)  # no time has passed
    assert await raised(town, incident_id) == {DISTRICT: "monitor"}
    told = await shown(town, incident_id)
    assert told.state == "dispatched"
    assert {alert.rule: alert.room for alert in told.alerts}["serious"] == DISTRICT
    assert [who for _, who, _ in await facts(town, incident_id, "raised")] == ["system:rules"]
    async with town.pool.acquire() as conn:
        await check_timers(conn)


async def test_the_gravest_are_told_to_every_room_above(town: Town, keeper: Timekeeper) -> None:
    incident_id = await reported(town, type=BOMB)
    await all_due(keeper)
    assert await raised(town, incident_id) == {DISTRICT: "monitor", CITY: "monitor"}


async def test_an_ordinary_incident_is_told_to_nobody_above(town: Town, keeper: Timekeeper) -> None:
    incident_id = await reported(town, type=NOISE)
    await all_due(keeper)
    assert await raised(town, incident_id) == {}


@pytest.mark.parametrize(
    ("text", "label"), [("有人持刀砍人", "weapon"), ("a man with a KNIFE", "weapon"), ("听到枪击", "firearm")]
)
async def test_words_give_a_label_and_are_not_kept_in_any_fact(
    town: Town, keeper: Timekeeper, text: str, label: str
) -> None:
    incident_id = await reported(town, text, type=NOISE)
    assert label in (await row(town, incident_id)).labels
    await all_due(keeper)
    assert DISTRICT in await raised(town, incident_id)
    async with town.pool.acquire() as conn:
        bodies = await conn.fetchval(
            "SELECT string_agg(body::text, ' ') FROM journal WHERE incident_id = $1", incident_id
        )
    assert text not in bodies
    assert label in bodies


async def test_a_word_that_is_part_of_another_says_nothing(town: Town) -> None:
    incident_id = await reported(town, "the shop has begun to close, gunnery museum", type=NOISE)
    assert "firearm" not in (await row(town, incident_id)).labels


async def test_what_a_note_or_another_caller_says_counts_from_then_on(town: Town, keeper: Timekeeper) -> None:
    by_note, by_caller = await reported(town, type=NOISE), await reported(town, type=NOISE)
    await all_due(keeper)
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: describing.add_note(w, by_note, "hazard", "煤气味很大", urgent=False))
    await reported(town, "他拿出了匕首", attach_to=by_caller)
    await all_due(keeper)
    assert "hazard" in (await row(town, by_note)).labels
    assert "weapon" in (await row(town, by_caller)).labels
    assert DISTRICT in await raised(town, by_note)
    assert DISTRICT in await raised(town, by_caller)


async def test_many_callers_make_it_serious(town: Town, keeper: Timekeeper) -> None:
    incident_id = await reported(town, type=NOISE)
    for n in range(4):
        await all_due(keeper)
        assert await raised(town, incident_id) == {}, f"after {n + 1} reports"
        await reported(town, f"caller {n}", attach_to=incident_id)
    await all_due(keeper)
    assert DISTRICT in await raised(town, incident_id)


async def test_the_fourth_in_one_place_within_a_day_says_so(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    ids = []
    for _ in range(4):
        ids.append(await reported(town, type=NOISE))
        await all_due(keeper)
        await clock.forward(timedelta(hours=7))
    assert ["repeat_place" in (await row(town, id_)).labels for id_ in ids] == [False, False, False, True]
    assert (await alerts(town, ids[3]))["repeat_place"].room == NORTH
    await clock.forward(timedelta(days=2))
    late = await reported(town, type=NOISE)
    await all_due(keeper)
    assert "repeat_place" not in (await row(town, late)).labels


async def test_several_of_a_kind_in_one_place_within_minutes_are_one_surge_whoever_looks(
    town: Town, clock: Clock
) -> None:
    """The oldest that is responded to is pinned, once, for every room; nothing is merged by itself."""
    ids: list[UUID] = []
    for n in range(5):
        assert await surges(town, ids) == [], f"after {n} of them"
        ids.append(await reported(town, type=NOISE))
        await clock.forward(timedelta(seconds=60))
        if n < 3:
            await two_replicas(town)
    await two_replicas(town)
    assert await surges(town, ids) == [ids[0]]
    surge = (await row(town, ids[0])).surge
    assert surge is not None
    assert (surge.since, surge.count) == (round((await row(town, ids[0])).opened_at.timestamp() * 1000), 4)
    assert "crowded" in (await row(town, ids[3])).labels
    assert [fact for fact, _, _ in await facts(town, ids[0], "surged")] == ["surged"]
    assert {(await row(town, id_)).state for id_ in ids} == {"received"}
    async with town.pool.acquire() as conn:
        seen = await conn.fetch(
            "SELECT room_id FROM audience WHERE incident_id = $1 AND why = 'surge'", ids[0]
        )
    assert {one[0] for one in seen} == town.centre.reference.rooms.everything
    await clock.forward(timedelta(seconds=700))
    await two_replicas(town)
    assert await surges(town, ids) == [], "nobody reports it any more"


async def test_what_came_one_by_one_joins_what_is_a_surge_already(town: Town, keeper: Timekeeper) -> None:
    ids = [await reported(town, type=NOISE)]
    for n in range(4):
        await reported(town, f"caller {n}", attach_to=ids[0])
    assert await surges(town, ids) == ids
    ids += [await reported(town, type=NOISE) for _ in range(4)]
    await all_due(keeper)
    assert await surges(town, ids) == [ids[0]]
    assert len(await facts(town, ids[0], "surged")) == 1


async def test_what_lies_apart_is_of_another_kind_or_came_earlier_is_no_surge(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    ids = [await reported(town, type=NOISE) for _ in range(2)]
    await clock.forward(timedelta(seconds=601))
    ids += [await reported(town, type=NOISE) for _ in range(2)]
    ids.append(await reported(town, type=ROBBERY))
    command = ReportAlarm(source="sms", place=PlaceIn(lon=114.03, lat=22.54), text="help", type=NOISE)
    ids.append((await town.report(town.somebody("call_taker"), command)).incident_id)
    await all_due(keeper)
    assert await surges(town, ids) == []


async def test_a_place_that_becomes_known_later_counts_as_well(town: Town, keeper: Timekeeper) -> None:
    for _ in range(3):
        await reported(town, type=NOISE)
    nowhere = (
        await town.report(town.somebody("call_taker"), ReportAlarm(source="sms", text="help", type=NOISE))
    ).incident_id
    await all_due(keeper)
    assert "repeat_place" not in (await row(town, nowhere)).labels
    changes = describing.Changes(place=HERE)
    await town.do(town.somebody("dispatcher"), lambda w: describing.amend(w, nowhere, None, changes))
    await all_due(keeper)
    assert "repeat_place" in (await row(town, nowhere)).labels
    assert "repeat_place" in await alerts(town, nowhere)


async def test_an_officer_in_danger_on_an_incident_draws_in_the_room_above(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town, type=NOISE)
    await ordered(town, incident_id)
    await town.do(town.unit(N1), lambda w: endangered.press(w, N1))
    await all_due(keeper)
    assert DISTRICT in await raised(town, incident_id)
    await clock.forward(timedelta(seconds=121))
    await all_due(keeper)
    stands = (await alerts(town, incident_id))["emergency_stands"]
    assert (stands.room, stands.said["zh"].what) == (DISTRICT, "118遇险未解除，请分局核实")
    await town.do(town.somebody("dispatcher"), lambda w: endangered.reset(w, N1, voice_contact=True))
    assert "emergency_stands" not in await alerts(town, incident_id)


# Feedback and call-back


async def settled(town: Town) -> UUID:
    """An incident that was handled without a unit."""
    incident_id = await reported(town, type=NOISE)
    boss = town.somebody("dispatcher", "leader", "reviewer")
    await town.do(boss, lambda w: closing.handle(w, incident_id, "handled"))
    return incident_id


async def call_back(town: Town, incident_id: UUID, outcome: Any) -> None:
    async with town.pool.acquire() as conn:
        [alarm] = await incident_store.alarms_of(conn, [incident_id])
    reviewer = town.somebody("reviewer", "leader")
    await town.do(reviewer, lambda w: closing.call_back(w, alarm.id, outcome))


async def test_a_bad_call_back_is_for_the_leader_above_until_it_is_a_better_one(
    town: Town, keeper: Timekeeper
) -> None:
    incident_id = await settled(town)
    await call_back(town, incident_id, "dissatisfied")
    await all_due(keeper)
    assert await raised(town, incident_id) == {DISTRICT: "monitor"}
    assert (await alerts(town, incident_id))["call_back_bad"].room == DISTRICT
    await call_back(town, incident_id, "satisfied")
    assert "call_back_bad" not in await alerts(town, incident_id)


# Waves and automatic dispatch


async def waves(town: Town, incident_id: UUID) -> list[Any]:
    """What rules have proposed, and why it was not ordered."""
    sql = "SELECT body->>'units', body->>'refused' FROM journal WHERE fact = 'wave_proposed' AND incident_id = $1"
    async with town.pool.acquire() as conn:
        return [tuple(row) for row in await conn.fetch(sql, incident_id)]


async def test_without_automatic_dispatch_the_next_wave_is_proposed_and_nobody_is_sent(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await seen_at(town, N1, 114.021, 22.54)
    incident_id = await reported(town, type=ROBBERY)
    await clock.forward(timedelta(seconds=31))
    await seen_at(town, N1, 114.021, 22.54)
    await all_due(keeper)
    told = await shown(town, incident_id)
    assert told.assignments == ()
    assert [fact for fact, _, _ in await facts(town, incident_id, "wave_proposed", "placed")] == [
        "wave_proposed"
    ]
    [wave] = [alert for alert in told.alerts if alert.rule == "first_wave"]
    assert wave.said["zh"].what == "首批警力已推荐，请确认派警"


async def test_where_automatic_dispatch_is_on_the_rule_orders_and_says_so(town: Town, clock: Clock) -> None:
    await put(town, automatic=("100000",))
    await seen_at(town, N1, 114.021, 22.54)
    incident_id, other = await reported(town, type=ROBBERY), await reported(town, type="200110")
    await clock.forward(timedelta(seconds=31))
    await seen_at(town, N1, 114.021, 22.54)
    await two_replicas(town)
    told = await shown(town, incident_id)
    orders = [(a.unit_id, a.state, a.flags) for a in told.assignments]
    assert orders == [(N1, "ordered", ("automatic",))], await waves(town, incident_id)
    [(_, who, why)] = await facts(town, incident_id, "placed")
    assert who == "system:rules"
    assert why == "自动派警：规则 first_wave automatic dispatch by rule first_wave"
    assert (await shown(town, other)).assignments == (), "its type is not among those"


async def test_what_is_taken_meanwhile_stays_a_proposal(town: Town, clock: Clock) -> None:
    """Two incidents of one type want the same unit: one gets it, and the other is proposed whoever is free."""
    await put(town, automatic=("100000",))
    await seen_at(town, N1, 114.021, 22.54)
    ids = [await reported(town, type=ROBBERY) for _ in range(2)]
    await clock.forward(timedelta(seconds=31))
    await seen_at(town, N1, 114.021, 22.54)
    await two_replicas(town)
    orders = [a.unit_id for id_ in ids for a in (await shown(town, id_)).assignments]
    assert orders == [N1], [await waves(town, id_) for id_ in ids]
    assert Counter(await firings(town, upward=True))["first_wave"] == 2


async def test_a_unit_is_chased_for_its_acceptance_on_its_terminal(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    incident_id = await reported(town, type=NOISE)
    job = await ordered(town, incident_id)
    await town.do(town.unit(N1), lambda w: going.step(w, job, "deliver"))
    await clock.forward(timedelta(seconds=31))
    await all_due(keeper, keeper_of(town))
    async with town.pool.acquire() as conn:
        said = await conn.fetch(
            "SELECT body->>'text' AS text FROM radio_message WHERE about = $1 ORDER BY recorded_at", job
        )
    number = (await row(town, incident_id)).number
    assert [one["text"] for one in said] == [
        f"催办 118，警情{number}请立即签收 118: acknowledge incident {number} now"
    ]
    assert await alerts(town, incident_id) == {}, "who was chased was told; no seat has to notice that"


# Rules never do more than they may


async def test_a_rule_takes_no_command_from_a_room_further_up(town: Town, keeper: Timekeeper) -> None:
    [serious] = [rule for rule in standings.shipped_rules().rules if rule.id == "serious"]
    taking = msgspec.structs.replace(serious, effect="raise_take")
    await put(town, rules=(taking,))
    incident_id = await reported(town, type=ROBBERY)
    await town.do(town.somebody("leader"), lambda w: commanding.take(w, incident_id))
    await all_due(keeper)
    assert (await row(town, incident_id)).command_room_id == CITY
    assert (await raised(town, incident_id))[DISTRICT] == "share"


@pytest.mark.parametrize("mode", ["monitor", "share", "take"])
async def test_a_rule_draws_the_room_above_in_as_it_says(town: Town, keeper: Timekeeper, mode: str) -> None:
    [serious] = [rule for rule in standings.shipped_rules().rules if rule.id == "serious"]
    await put(town, rules=(msgspec.structs.replace(serious, effect=f"raise_{mode}"),))
    incident_id = await reported(town, type=ROBBERY)
    await all_due(keeper)
    assert (await raised(town, incident_id)) == {DISTRICT: mode}
    assert (await row(town, incident_id)).command_room_id == (DISTRICT if mode == "take" else NORTH)
    assert (await row(town, incident_id)).room_id == NORTH, "duty stays"


async def test_merged_incidents_are_raised_where_they_live_on(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    one, other = await reported(town, type=NOISE), await reported(town, type=NOISE)
    await ordered(town, one)
    await all_due(keeper)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: joining.merge(w, one, other))
    await clock.forward(timedelta(seconds=181))
    await all_due(keeper)
    assert (await alerts(town, other))["not_accepted_above"].room == DISTRICT
    async with town.pool.acquire() as conn:
        await check_timers(conn)


async def test_a_file_that_loops_floods_or_names_what_is_not_there_changes_nothing(town: Town) -> None:
    [serious] = [rule for rule in standings.shipped_rules().rules if rule.id == "serious"]
    for wrong, said in (
        ({"when": ()}, "Rule serious would fire for every single incident"),
        ({"since": "raised"}, "Rule serious starts itself again: serious → serious."),
        ({"effect": "burn_down"}, "Rule serious names the effect 'burn_down'"),
    ):
        with pytest.raises(Invalid, match=said):
            await put(town, rules=(msgspec.structs.replace(serious, **wrong),))
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM rule_set") == 0


async def test_rules_put_in_reach_what_is_open_already(town: Town, keeper: Timekeeper) -> None:
    incident_id = await reported(town, type=NOISE)
    await all_due(keeper)
    [serious] = [rule for rule in standings.shipped_rules().rules if rule.id == "serious"]
    noisy = msgspec.structs.replace(
        serious, id="noise", when=(msgspec.structs.replace(serious.when[1], types=("200000",)),)
    )
    await put(town, rules=(*standings.shipped_rules().rules, noisy))
    await all_due(keeper)
    assert await raised(town, incident_id) == {DISTRICT: "monitor"}


def test_an_exported_file_can_be_put_back() -> None:
    file = standings.shipped_rules().file
    assert msgspec.json.decode(msgspec.json.encode(file), type=RuleFile) == file
