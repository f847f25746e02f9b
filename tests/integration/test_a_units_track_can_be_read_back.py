"""Tracks promise: accepted fixes of units on duty are read back once each, by who may; written or not, late or not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from dispatch.runtime.housekeeping import Housekeeping
from dispatch.runtime.lease import Lease
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.runtime.tracks import Tracks, longest_loss_s
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat
from tests.harness.patrols import frame
from units.tracks import store
from units.tracks.packing import MINUTE_MS, unpack
from units.tracks.recording import GRACE_MS, Recorder

DAY_MS = 86_400_000


def at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


async def seen(seat: Seat, unit: UUID, from_ms: int, to_ms: int, limit: int = 500) -> list[int]:
    """Times of a track, read page by page, in ms."""
    times: list[int] = []
    after = None
    while True:
        params = {"from": at(from_ms), "to": at(to_ms), "limit": limit} | ({"after": after} if after else {})
        told = await seat.get(f"/units/{unit}/track", **params)
        assert told.status_code == 200, told.text
        times += [fix["t_ms"] for fix in told.json()["items"]]
        if (after := told.json()["next"]) is None:
            return times


def drive(doors: Doors, handle: int, times: list[int]) -> None:
    live = doors.runtime.centre.live
    for t_ms in times:
        live.apply(frame([handle], [114.02 + t_ms % 1_000_000 * 1e-9], [22.54], t_ms), max(t_ms, now_ms()))


async def close(doors: Doors, ms: int) -> None:
    tracks = doors.runtime.tracks
    assert tracks is not None
    await tracks.cut(ms)
    await tracks.write()


async def test_what_was_driven_is_read_back_from_memory_and_from_the_table(doors: Doors) -> None:
    unit = doors.runtime.centre.units[town.N1]
    seat = await doors.seat("dispatcher")
    start = now_ms() // MINUTE_MS * MINUTE_MS - 3 * MINUTE_MS
    times = [start + second * 1_000 for second in range(0, 150, 10)]
    drive(doors, unit.handle, times)
    assert await seen(seat, unit.id, start, start + DAY_MS) == times, "before anything is written"
    await close(doors, start + 2 * MINUTE_MS + GRACE_MS)
    assert await seen(seat, unit.id, start, start + DAY_MS, limit=4) == times, (
        "two minutes stand in the table, one in memory"
    )
    drive(doors, unit.handle, [start + 5_000, start + 10_000])
    times = sorted([*times, start + 5_000])
    assert await seen(seat, unit.id, start, start + DAY_MS) == times
    await close(doors, start + 4 * MINUTE_MS + GRACE_MS)
    assert await seen(seat, unit.id, start, start + DAY_MS) == times, (
        "the late fix joined its minute, nothing is doubled"
    )
    async with doors.runtime.pool.acquire() as conn:
        rows = await store.read(conn, unit.handle, start // MINUTE_MS, start // MINUTE_MS + 5)
    assert [row.fixes for row in rows] == [7, 6, 3]
    first = (await seat.get(f"/units/{unit.id}/track", **{"from": at(start), "to": at(start + 1)})).json()[
        "items"
    ]
    assert first[0].keys() == {"at", "t_ms", "lon", "lat", "speed", "heading", "accuracy_m"}
    assert (first[0]["speed"], first[0]["heading"], first[0]["accuracy_m"]) == (10.0, 90.0, 5.0)


async def test_only_its_rooms_and_the_unit_itself_may_read_a_track(doors: Doors) -> None:
    path = f"/units/{town.N1}/track"
    span = {"from": at(now_ms() - 60_000), "to": at(now_ms())}
    statuses = {
        "call_taker": (await (await doors.seat("call_taker")).get(path, **span)).status_code,
        "reviewer": (await (await doors.seat("reviewer")).get(path, **span)).status_code,
        "another station": (
            await (await doors.seat("dispatcher", of=town.SOUTH)).get(path, **span)
        ).status_code,
        "itself": (await (await doors.seat("unit", of=town.N1, kind="unit")).get(path, **span)).status_code,
        "another unit": (
            await (await doors.seat("unit", of=town.S1, kind="unit")).get(path, **span)
        ).status_code,
    }
    assert statuses == {
        "call_taker": 403,
        "reviewer": 200,
        "another station": 404,
        "itself": 200,
        "another unit": 404,
    }


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "2026-05-01T08:00:00Z", "to": "2026-05-03T08:00:00Z"}, "to"),
        ({"from": "2026-05-01T08:00:00Z", "to": "2026-05-01T07:00:00Z"}, "to"),
        ({"from": "2026-05-01T08:00:00", "to": "2026-05-01T09:00:00Z"}, "from"),
        ({"from": "2026-05-01T08:00:00Z", "to": "2026-05-01T09:00:00Z", "every": "10"}, "every"),
    ],
)
async def test_a_span_that_makes_no_sense_is_refused(
    doors: Doors, params: dict[str, str], field: str
) -> None:
    seat = await doors.seat("dispatcher")
    told = await seat.get(f"/units/{town.N1}/track", **params)
    assert (told.status_code, told.json()["field"]) == (400, field)


async def test_two_replicas_write_the_same_minutes_once_and_who_follows_a_dead_writer_has_them(
    pool: Pool,
) -> None:
    await town.build(pool)
    start = now_ms() // MINUTE_MS * MINUTE_MS - 10 * MINUTE_MS
    both = frame([7], [116.4], [39.9], 0)
    first, second = (Tracks(pool, Lease(pool, "relay", name), Recorder(DAY_MS)) for name in ("one", "two"))
    for n in range(4):
        for tracks in (first, second):
            tracks._recorder.take(both, np.array([start + n * MINUTE_MS]))
    second._recorder.take(both, np.array([start + 1]))  # the first did not hear this one
    await first.cut(start + 2 * MINUTE_MS + GRACE_MS)
    await second.cut(start + 2 * MINUTE_MS + GRACE_MS)
    await first.write()
    await second.forget()
    assert second._recorder.batches, "the minute written last is kept: a fix of it may be here alone"
    await second.cut(start + 4 * MINUTE_MS + GRACE_MS)  # the first is dead by now
    assert await second.write() == 4
    async with pool.acquire() as conn:
        rows = await store.read(conn, 7, start // MINUTE_MS, start // MINUTE_MS + 9)
    assert [unpack(row)["t_ms"].tolist() for row in rows] == [
        [start, start + 1], *([start + n * MINUTE_MS] for n in (1, 2, 3))
    ]  # fmt: skip
    await second.forget()
    assert not second._recorder.batches
    assert longest_loss_s() <= 90


async def test_days_past_their_time_are_dropped_whole(pool: Pool, clock: Clock) -> None:
    await town.build(pool)
    tracks = Tracks(pool, Lease(pool, "relay", "one"), Recorder(DAY_MS * 400))
    now = now_ms()
    for days in (0, 6, 9):
        tracks._recorder.take(frame([7], [116.4], [39.9], 0), np.array([now - days * DAY_MS]))
    await tracks.cut(now, everything=True)
    await tracks.write()
    await Housekeeping(pool, Lease(pool, "relay", "one"), timedelta(days=7)).tidy()
    async with pool.acquire() as conn:
        rows = await store.read(conn, 7, 0, 2**31 - 1)
    assert [row.minute * MINUTE_MS // DAY_MS for row in rows] == [(now - 6 * DAY_MS) // DAY_MS, now // DAY_MS]
