"""Foresight promise: a dry run tells of every noun that rules know what the engine did, once each; a rule it can't tell of says why."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import standings
from dispatch.acts import Principal
from dispatch.broadcasts.model import Audience
from dispatch.desk import (
    answering,
    broadcasting,
    describing,
    disputing,
    endangered,
    following_up,
    handing_over,
    keeping_free,
    lending,
    leveling,
    looking_back,
    ordering,
    planning,
    preparing,
    reports,
    requesting,
    supervising,
)
from dispatch.foreseeing import WHY, foreseeable, unforeseen
from dispatch.retelling import TOLD
from dispatch.runtime.postgres import Pool
from dispatch.standings import shipped_rules
from tests.harness import rostered
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.foretelling import fired_by_engine, foretold
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.town import CITY, N1, N2, NORTH, S1, S2, SOUTH, Town

RULES = shipped_rules()
STEPS = [1] * 15 + [5] * 48 + [240] * 12 + [24 * 60] * 16
"""Minutes, shorter at first: eighteen days."""


def test_whatever_rules_may_name_is_told_again() -> None:
    assert standings.NOUNS.keys() == TOLD


def test_only_rules_that_look_at_what_no_journal_holds_are_not_foreseen() -> None:
    silent = {rule.id: because for rule in RULES.rules if (because := unforeseen(rule))}
    assert silent == dict.fromkeys(
        ("promise_slipping", "touch_lost", "touch_regained", "broadcast_watch", "call_point_silent", "seat_unlinked"), "looks"
    )  # fmt: skip
    assert all(WHY[because].count(".") == 0 for because in silent.values()), "one sentence each"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


class Day:
    """Everything that rules may name is begun by somebody, and nobody goes on with it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.keeper = keeper_of(town)
        self.boss = self.leader(CITY, "boss")

    def leader(self, room: UUID, name: str) -> Principal:
        return self.town.somebody("dispatcher", "leader", "call_taker", "reviewer", room=room, name=name)

    async def do(self, act: Any, who: Principal | None = None, **how: Any) -> Any:
        done = await self.town.do(who or self.boss, act, **how)
        await all_due(self.keeper)
        return done

    async def incident(self, type_: str, priority: int | None = None) -> UUID:
        place = reports.PlaceIn(lon=114.02, lat=22.54, address="北门3号")
        command = reports.ReportAlarm(source="call", type=type_, priority=priority, place=place)
        return (await self.town.report(self.boss, command)).incident_id

    async def begin(self) -> None:
        """All of it within a minute."""
        now = await rostered.now(self.town)
        hour = timedelta(hours=1)
        await self._of_incidents(now, hour)
        await self._of_units(now, hour)
        await self._of_rooms(now, hour)
        south = leveling.LevelOrder(level="level_1", room_id=SOUTH, until=now + 3 * hour, returns=True)
        await self.do(lambda w: leveling.order_level(w, south), reason="大型活动")
        await self.town.followers.load()
        await self.do(keeping_free.look)

    async def _of_incidents(self, now: Any, hour: timedelta) -> None:
        """In the north: the level that holds elsewhere must not change what is waited for here."""
        robbery = await self.incident("100200", 1)
        sent = [ordering.Order(unit_id=N1), ordering.Order(unit_id=S1), ordering.Order(unit_id=S2)]
        await self.do(lambda w: ordering.order(w, robbery, sent))
        await self.do(lambda w: describing.add_note(w, robbery, "hazard", "嫌疑人有刀", True))
        await self.do(lambda w: planning.activate(w, robbery, "robbery_in_progress"))
        await self.do(lambda w: requesting.request(w, robbery, "120", "一人受伤"))
        await self.do(lambda w: endangered.press(w, N1), self.town.unit(N1))
        second = await self.incident("500810")
        await self.do(lambda w: disputing.dispute(w, second, "在河对岸", SOUTH))
        review = await self.do(lambda w: looking_back.open_review(w, second))
        done = following_up.Wanted(room_id=NORTH, text="补训", due_at=now + 2 * hour)
        await self.do(lambda w: following_up.order(w, review.id, done))

    async def _of_units(self, now: Any, hour: timedelta) -> None:
        await self.do(lambda w: endangered.press(w, N2), self.town.unit(N2))
        await self.do(lambda w: lending.lend(w, N2, SOUTH, now + hour))
        await rostered.put(self.town, rostered.row("219", now + hour))

    async def _of_rooms(self, now: Any, hour: timedelta) -> None:
        demand = supervising.Demand(to_room_id=NORTH, text="说明情况", due_at=now + hour)
        await self.do(lambda w: supervising.give(w, demand))
        await self.do(handing_over.draft)
        event = preparing.EventPlan(
            name="晚场足球赛", kind="sport", area=t.box(114.06, 22.53, 114.07, 22.55), starts_at=now + hour,
            ends_at=now + 4 * hour, room_id=SOUTH,
        )  # fmt: skip
        drafted = await self.do(lambda w: preparing.draft(w, event))
        await self.do(lambda w: preparing.submit(w, drafted.id))
        await self.do(lambda w: preparing.approve(w, drafted.id), self.leader(CITY, "above"))
        said = broadcasting.Writing(
            kind="call",
            text="注意",
            urgent=True,
            audience=Audience(rooms=(NORTH,)),
            expires_at=now + 2 * hour,
        )
        await self.do(lambda w: broadcasting.write(w, said))
        for act in ("ringing", "abandoned"):
            call = answering.Said(acd="city", line="7", reference="c-1", act=act, number="13800000000")
            await self.do(lambda w, call=call: answering.hear(w, call))


async def test_a_dry_run_tells_of_every_noun_just_what_the_engine_did(town: Town, clock: Clock) -> None:
    day = Day(town)
    await day.begin()
    for minutes in STEPS:
        await clock.forward(timedelta(minutes=minutes))
        await all_due(day.keeper)
    told, fired = await foretold(town), await fired_by_engine(town)
    assert (told - fired, fired - told) == (Counter(), Counter())
    nouns = {RULES.by_id[rule].noun for rule, _ in fired}
    assert nouns == {rule.noun for rule in foreseeable(RULES).rules}, "each noun was seen firing"
