"""20,000 units at 1 Hz for minutes through gateways and nats-server into two real replicas, then 100,000 at once.

Every fix is counted where it was sent and where it stands: what is missing is lost. Lag is from the time a frame carries to its
fixes in the index, of every fix. Meanwhile alarms are reported at both replicas' doors, which must not notice.
"""

import asyncio
import time
from typing import Any

import numpy as np

from load_tests.calling import Calls, calling
from load_tests.fleet import MB, Counted, Fleet, Used, fleet, percentiles
from load_tests.patrolling import Told
from load_tests.rows import PERCENTILES, Row, Size, spread_of

NAME = "units_steady"
PATH = "units, steadily"
UNITS, CROWD, SECONDS = (
    {"small": 1_000, "full": 20_000},
    {"small": 4_000, "full": 100_000},
    {"small": 8, "full": 100},
)
A_SECOND = 10
WARM_UP_S = 5.0
PATIENCE_S = 60.0
ALARM_MS = 2_000


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    units, crowd, seconds = UNITS[size], CROWD[size], SECONDS[size]
    async with fleet(crowd, units, replicas=2) as city:
        empty = city.used()
        await city.report(units)
        await city.report(units, WARM_UP_S)
        rows = await _steady(city, units, seconds, empty)
        rows += await _burst(city, crowd)
    return rows


async def _both(city: Fleet) -> dict[str, Counted]:
    return {name: await city.counted(name) for name in city.centre.replicas}


async def _arrived(city: Fleet, told: Told) -> tuple[dict[str, Counted], float]:
    """Both replicas once they have counted everything that was sent, and how long that took; after a while as they are."""
    began = time.perf_counter()
    while True:
        seen = await _both(city)
        whole = all(one.all_of("cad_fixes_total") >= told.sent for one in seen.values())
        if whole or time.perf_counter() - began > PATIENCE_S:
            return seen, time.perf_counter() - began
        await asyncio.sleep(0.1)


async def _steady(city: Fleet, units: int, seconds: int, empty: Used) -> list[Row]:
    before, began = await _both(city), city.used()
    async with calling(city.centre.replicas["b"].url, city.key, A_SECOND) as calls:
        told = await city.report(units, seconds)
    ended = city.used()
    after, _ = await _arrived(city, told)
    what = f"{units:,} units at 1 Hz for {seconds} s"
    rows = _lost(what, told, after)
    rows += _lags(what, "steady", before, after)
    rows += [_door(what, calls)]
    for who in ended.cpu_s:
        rows.append(
            Row(path=PATH, what=f"{what}: {who}", figure=ended.share(began, who), unit="% of a core", key=f"steady_cpu_{who}")
        )  # fmt: skip
    growth = (ended.memory["replica a"] - began.memory["replica a"]) / MB * 60 / (ended.at - began.at)
    a_unit = (began.memory["replica a"] - empty.memory["replica a"]) / units / 1024
    rows += [
        Row(path=PATH, what=f"{what}: memory of a replica", figure=ended.memory["replica a"] / MB, unit="MB",
            key="steady_memory_mb"),
        Row(path=PATH, what=f"{what}: growth of it (tracks of the last minutes are kept there)", figure=growth, unit="MB/min"),
        Row(path=PATH, what=f"{what}: memory of a replica a unit that reports", figure=a_unit, unit="KB", key="unit_memory_kb"),
        Row(path=PATH, what=f"{what}: the gateways were behind by at most", figure=told.behind_s * 1e3, unit="ms"),
        Row(path=PATH, what=f"{what}: units", figure=units, key="steady_units"),
    ]  # fmt: skip
    return rows


async def _burst(city: Fleet, crowd: int) -> list[Row]:
    before = await _both(city)
    async with calling(city.centre.replicas["b"].url, city.key, A_SECOND) as calls:
        began = time.perf_counter()
        told = await city.report(crowd)
        sent_s = time.perf_counter() - began
        after, _ = await _arrived(city, told)
        whole_s = time.perf_counter() - began
        await asyncio.sleep(3.0)  # the doors right after it
    what = f"{crowd:,} units at once"
    return [
        *_lost(what, told, after),
        Row(path=PATH, what=f"{what}: sent within", figure=sent_s, unit="s"),
        Row(path=PATH, what=f"{what}: all in both replicas, since the first was sent", figure=whole_s, unit="s"),
        *_lags(what, "burst", before, after),
        _door(what, calls),
    ]  # fmt: skip


def _lost(what: str, told: Told, after: dict[str, Counted]) -> list[Row]:
    """What was sent and stands in no replica, and whether they agree."""
    lost = max(told.sent - one.all_of("cad_fixes_total") for one in after.values())
    newest = min(one.value('cad_fixes_total{verdict="newest"}') for one in after.values())
    digests = {one.value("load_digest") for one in after.values()}
    alike = digests == {told.digest}
    return [
        Row(path=PATH, what=f"{what}: fixes lost of {told.sent:,} since the beginning", figure=lost, target="0", met=lost == 0),
        Row(path=PATH, what=f"{what}: not taken for the newest", figure=told.sent - newest, target="0", met=newest == told.sent),
        Row(path=PATH, what=f"{what}: both replicas have what was sent last of each (1: yes)", figure=float(alike), target="1", met=alike),
    ]  # fmt: skip


def _lags(what: str, phase: str, before: dict[str, Counted], after: dict[str, Counted]) -> list[Row]:
    wanted = (50.0, 99.0, *map(float, PERCENTILES))
    seen = {name: percentiles("load_fix_lag_ms", before[name], after[name], wanted) for name in after}
    spread = {f"replica {name}": some[2:] for name, some in seen.items()}
    told: list[Any] = []
    for n, label in enumerate(("p50", "p99")):
        worst = max(some[n] for some in seen.values())
        told.append(
            Row(path=PATH, what=f"{what}: sent to in the index, {label}", figure=worst, unit="ms", key=f"{phase}_lag_{label}",
                spread=spread if label == "p99" else None)
        )  # fmt: skip
    return told


def _door(what: str, calls: Calls) -> Row:
    p99 = float(np.percentile(calls.ms, 99)) if calls.ms else float("nan")
    return Row(
        path=PATH, what=f"{what}: an alarm meanwhile, p99 of {len(calls.ms)}, {calls.refused} refused", figure=p99, unit="ms",
        target=f"<= {ALARM_MS:,}", met=p99 <= ALARM_MS and not calls.refused, spread=spread_of(alarms=calls.ms),
    )  # fmt: skip
