"""Expectation promise: from its start a replica expects calls on its ground and sees how its free units stand to them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from prometheus_client import REGISTRY

from dispatch import store
from dispatch.coverage import watch
from dispatch.coverage.snapshot import CoverSnapshot
from dispatch.coverage.watch import FRESH_MS, GOOD_MS, OLD_MS, CoverWatch
from dispatch.runtime.embedded import Embedded
from dispatch.runtime.positions import now_ms
from geo.areas import Areas
from tests.conftest import remove_streams
from tests.harness import patrols, town
from tests.harness.databases import Databases
from tests.harness.doors import PATIENCE_S, Doors, open_doors


@pytest.fixture(scope="module")
async def doors(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Doors]:
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path_factory.mktemp("doors")) as opened:
            yield opened
        await remove_streams(servers.nats_url)


def see(doors: Doors, *units: UUID) -> None:
    centre, now = doors.runtime.centre, now_ms()
    west, south, east, north = centre.reference.areas.bounds() or (0.0, 0.0, 0.0, 0.0)
    lons = [west + (east - west) * (n + 1) / (len(units) + 1) for n in range(len(units))]
    frame = patrols.frame([unit.int for unit in units], lons, [(south + north) / 2] * len(units), now)
    centre.live.apply(frame, now)


async def test_the_ground_has_owners_and_the_look_is_of_it(doors: Doors) -> None:
    centre = doors.runtime.centre
    assert centre.demand is not None
    assert set(centre.demand.owners) <= set(centre.reference.rooms.by_id)
    see(doors, town.N1, town.S1)
    async with doors.runtime.pool.acquire() as conn:
        now = await store.now(conn)
    snapshot = await centre.cover.now(centre, now)
    assert snapshot is not None
    assert snapshot.version == centre.demand.version
    assert town.N1.int in snapshot.units.handles.tolist()
    assert snapshot.missed(town.N1.int).room_id in centre.reference.rooms.by_id


async def test_a_look_is_kept_while_it_is_fresh_and_never_told_when_it_is_old(doors: Doors) -> None:
    centre = doors.runtime.centre
    async with doors.runtime.pool.acquire() as conn:
        now = await store.now(conn)
    kept = CoverWatch(PATIENCE_S)

    async def aged(age_ms: int) -> int | None:
        """When the look was taken that is told at that age of the first."""
        told = await kept.now(centre, now + timedelta(milliseconds=age_ms))
        return None if told is None else told.as_of_ms - round(now.timestamp() * 1000)

    assert await aged(0) == 0
    assert await aged(FRESH_MS) == 0
    assert await aged(GOOD_MS) == 0, "told at once, while a newer one is taken"
    await kept.taken()
    assert await aged(GOOD_MS) == GOOD_MS
    assert await aged(3 * OLD_MS) == 3 * OLD_MS, "waited for"
    assert await aged(0) == 0, "the clock was put back"


async def test_a_look_that_breaks_is_counted_and_rests_before_the_next_and_nobody_waits_for_it(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, centre = doors.runtime, doors.runtime.centre
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)

    def breaks(*_: object) -> CoverSnapshot:
        raise ValueError("nothing stands as it should")

    resting, again = CoverWatch(PATIENCE_S, pause_s=3_600.0), centre.cover
    again.latest, again.pause_s = None, 0.0
    runtime.expecting.count()
    counted = counter("cad_cover_looks_broken_total")
    with monkeypatch.context() as broken:
        broken.setattr(watch, "CoverSnapshot", breaks)
        for one in (resting, again):
            assert [await one.now(centre, now) for _ in range(3)] == [None, None, None]
    assert (resting.broken, again.broken) == (1, 3)
    runtime.expecting.count()
    runtime.expecting.count()
    assert counter("cad_cover_looks_broken_total") == counted + 3, "each is told once"
    assert await resting.now(centre, now) is None, "it rests still"
    assert await again.now(centre, now) is not None, "mended"


def counter(name: str) -> float:
    """What /metrics tells of it."""
    return REGISTRY.get_sample_value(name) or 0.0


async def test_what_came_before_is_counted_and_without_ground_nothing_is_expected(doors: Doors) -> None:
    runtime, centre = doors.runtime, doors.runtime.centre
    before = centre.demand
    assert before is not None
    async with runtime.pool.acquire() as conn:
        now = await store.now(conn)
    place = {"lon": float(before.lon[0]), "lat": float(before.lat[0])}
    taker = await doors.seat("call_taker")
    await taker.made("/alarms", {"source": "app", "place": place, "type": "200100"}, 201)
    await runtime.expecting.load()
    assert centre.demand is not None
    assert centre.demand.version != before.version
    local = centre.local(now)
    assert any(
        told is not None and told.calls > 0
        for told in (centre.demand.at(local.weekday() * 24 + local.hour + n) for n in (0, 1))
    )
    reference = centre.reference
    centre.use(msgspec.structs.replace(reference, areas=Areas([])))
    await runtime.expecting.load()
    assert doors.runtime.centre.demand is None
    assert await centre.cover.now(centre, now) is None
    centre.use(reference)
    await runtime.expecting.load()
    assert runtime.centre.demand is not None
