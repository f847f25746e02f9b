"""Rules: 500 of them over 2,000 open incidents, in one process beside its database: putting them in, acting under them, firing.

Conditions name types, labels, rooms, cells and priorities, as an administrator's would; their times lie a day ahead, so that
what is measured is asking them, not what they do. Then one rule means every incident at once.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

import msgspec

from dispatch import standings, store
from dispatch.acts import Principal
from dispatch.conditions import To, When
from dispatch.desk import describing, escalating
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.rules import Phrase, Rule, RuleFile, timers_for
from dispatch.runtime.bootstrap import Runtime
from dispatch.work import Actor, Work
from geo.cells import cell_at, cell_text
from incidents import store as incident_store
from load_tests.rows import Row, Size
from load_tests.scenarios.alarms_in import replica
from tests.harness import town

NAME = "rules"
PATH = "rules"
DAY_S = 86_400.0
TYPES = ("100200", "100300", "200110", "200420", "300110", "500110")
EVERYBODY = "meant_by_one"
BOSS = Principal(
    id="load", roles=frozenset({"dispatcher", "leader", "admin", "call_taker"}), room_id=town.CITY,
    rooms=frozenset({town.CITY, town.NORTH, town.SOUTH}),
)  # fmt: skip
UNLOOKED = "SELECT count(*) FROM timer WHERE kind LIKE 'rules:%'"
FIRED = "SELECT count(*) FROM journal WHERE fact = 'rule_fired' AND body->>'rule' = $1"
STANDING = "SELECT count(*) FROM timer"


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    open_, many, acts = (60, 80, 20) if size == "small" else (2_000, 500, 300)
    async with replica() as (runtime, _):
        ids = await _report(runtime, open_)
        few = _file(0)
        await _put(runtime, few)
        await _none_unlooked(runtime)
        await _acts(runtime, ids, acts)
        before = await _acts(runtime, ids, acts)
        file = _file(many - len(few.rules) - 1)
        took_s, all_s = await _put(runtime, file), await _none_unlooked(runtime)
        timers = await _count(runtime, STANDING)
        after = await _acts(runtime, ids, acts)
        asked_us = await _asked_us(runtime, ids)
        told = await _dry_run(runtime, file)
        everybody = msgspec.structs.replace(
            file, rules=(*file.rules, _rule(EVERYBODY, When(types=_groups()), 0.0))
        )
        fired_s = await _fire(runtime, everybody, open_)
        twice = await _count(runtime, FIRED, EVERYBODY) - open_
    n, m = f"{len(file.rules)} rules", f"{open_:,} open incidents"
    return [
        Row(path=PATH, what=f"{n} are put in: the act itself", figure=took_s * 1000, unit="ms"),
        Row(path=PATH, what=f"until all of {m} are looked at anew ({timers:,} timers then)", figure=all_s, unit="s",
            target="<= 10", met=all_s <= 10),
        Row(path=PATH, what=f"all {n} asked of one incident (processor's time)", figure=asked_us, unit="µs"),
        Row(path=PATH, what=f"an act under {n}, p50, beside the shipped ones ({len(few.rules)})", figure=after[0], unit="ms",
            peer="shipped", peer_figure=before[0], ratio=before[0] / after[0]),
        Row(path=PATH, what="the same, p95", figure=after[1], unit="ms", peer="shipped", peer_figure=before[1]),
        Row(path=PATH, what=f"one more rule means all of {m} at once: put in and all raised", figure=fired_s, unit="s"),
        Row(path=PATH, what="the same, raised a second", figure=open_ / fired_s, unit="incidents/s"),
        Row(path=PATH, what="fired more than once, or not at all", figure=abs(twice), unit="incidents", target="0", met=twice == 0),
        Row(path=PATH, what=f"dry run of {n} over {m}", figure=told, unit="s", target="<= 20", met=told <= 20),
    ]  # fmt: skip


async def _report(runtime: Runtime, count: int) -> list[UUID]:
    chance = random.Random(110)
    ids: list[UUID] = []

    async def one(n: int) -> None:
        place = PlaceIn(
            lon=114.0 + chance.random() * 0.1, lat=22.52 + chance.random() * 0.04, address=f"{n}号"
        )
        command = ReportAlarm(source="sms", place=place, type=chance.choice(TYPES), text=f"报警{n}")
        report = prepare(
            runtime.centre, command, Actor(principal=BOSS, route="load", key=f"rules-{n}", body_hash=b"load")
        )
        told = await runtime.intake.submit(report)
        ids.append(told.reported.incident_id)

    for start in range(0, count, 32):
        await asyncio.gather(*(one(n) for n in range(start, min(start + 32, count))))
    return ids


def _groups() -> tuple[str, ...]:
    return tuple(sorted({code[0] + "00000" for code in TYPES}))


def _file(more: int) -> RuleFile:
    """The shipped rules with times a day ahead, and so many of an administrator's."""
    shipped = standings.shipped_rules()
    chance = random.Random(500)
    quiet = tuple(
        msgspec.structs.replace(rule, after_s=DAY_S) if rule.noun == "incident" else rule
        for rule in shipped.rules
    )
    return msgspec.structs.replace(
        shipped.file, rules=quiet + tuple(_rule(f"city_{n}", _some(chance), DAY_S) for n in range(more))
    )


def _some(chance: random.Random) -> When:
    """What an administrator would mean: a kind, often narrowed by something else."""
    narrowed: dict[str, Any] = chance.choice(
        [
            {}, {"priorities": (1, 2)}, {"labels": ("weapon",)}, {"rooms": (chance.choice(["north", "south"]),)},
            {"sources": ("call",)}, {"hazard": True}, {"alarms": 3},
            {"cells": (cell_text(cell_at(114.0 + chance.random() * 0.1, 22.54, 7)),)},
        ]
    )  # fmt: skip
    return When(types=(chance.choice([*TYPES, *_groups()]),), **narrowed)


def _rule(id_: str, when: When, after_s: float) -> Rule:
    return Rule(
        id=id_, noun="incident", states=("received", "dispatched", "accepted", "en_route", "on_scene"), since="opened",
        after_s=after_s, effect="raise_monitor", to=To(above=1), when=(when,), quiet=True,
        what=Phrase("报{to}", "{to} is told"), then=Phrase("{after}", "{after}"),
    )  # fmt: skip


async def _put(runtime: Runtime, file: RuleFile) -> float:
    async def do(w: Work) -> dict[str, Any]:
        await escalating.put_rules(w, file)
        return {}

    began = time.monotonic()
    await runtime.acting.act(Actor(principal=BOSS), do)
    return time.monotonic() - began


async def _count(runtime: Runtime, sql: str, *args: object) -> int:
    async with runtime.pool.acquire() as conn:
        found: int = await conn.fetchval(sql, *args)
    return found


async def _until(holds: Callable[[], Awaitable[bool]]) -> float:
    began = time.monotonic()
    while not await holds():  # noqa: ASYNC110  # it is the database that is watched
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def _none_unlooked(runtime: Runtime) -> float:
    async def holds() -> bool:
        return await _count(runtime, UNLOOKED) == 0

    return await _until(holds)


async def _acts(runtime: Runtime, ids: Sequence[UUID], count: int) -> tuple[float, float]:
    """So many notes, one after the other: p50 and p95 in ms."""
    chance = random.Random(7)
    took = []
    for n in range(count):
        incident_id = chance.choice(ids)

        async def do(w: Work, incident_id: UUID = incident_id, n: int = n) -> dict[str, Any]:
            await describing.add_note(w, incident_id, "scene", f"现场{n}", urgent=False)
            return {}

        began = time.monotonic()
        await runtime.acting.act(Actor(principal=BOSS), do)
        took.append((time.monotonic() - began) * 1000)
    cuts = quantiles(took, n=20)
    return cuts[9], cuts[18]


async def _asked_us(runtime: Runtime, ids: Sequence[UUID]) -> float:
    async with runtime.pool.acquire() as conn:
        incidents = list((await incident_store.read_incidents(conn, ids)).values())
    centre = runtime.centre
    began = time.process_time()
    for incident in incidents:
        timers_for(standings.incident(incident), centre.rules, 0, centre.reference)
    return (time.process_time() - began) / len(incidents) * 1e6


async def _dry_run(runtime: Runtime, file: RuleFile) -> float:
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    began = time.monotonic()
    await runtime.rehearsal.run(standings.rules_of(file, 0), now - timedelta(days=7), now)
    return time.monotonic() - began


async def _fire(runtime: Runtime, file: RuleFile, count: int) -> float:
    began = time.monotonic()
    await _put(runtime, file)

    async def holds() -> bool:
        return await _count(runtime, FIRED, EVERYBODY) >= count and await _count(runtime, UNLOOKED) == 0

    await _until(holds)
    return time.monotonic() - began
