"""Tracks: what it costs to keep every fix of 20,000 units at 1 Hz, measured over some minutes and extrapolated to an hour.

Units drive like traffic and their receivers jitter by a metre and a half, so that nothing packs better than in life. Recording
and packing are processor time of this process, writing is wall time beside a PostgreSQL with fsync on.
"""

import tempfile
import time
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import numpy as np

from dispatch.playback import of_area
from dispatch.playback.duty import DutySpan
from dispatch.playback.reading import Asked
from dispatch.runtime.embedded import embedded
from dispatch.runtime.lease import Lease
from dispatch.runtime.migrate import migrate
from dispatch.runtime.postgres import Pool
from dispatch.runtime.tracks import Tracks
from load_tests.patrols import METRES_A_DEGREE, START_MS, Patrols
from load_tests.rows import Row, Size
from tests.harness.town import centre_without_data
from units.frames import Frame
from units.model import Duty, Unit
from units.tracks.packing import MINUTE_MS
from units.tracks.recording import GRACE_MS, Recorder
from units.tracks.store import DAY_MINUTES
from units.tracks.ways import Span

NAME = "tracks"
PATH = "tracks"
BATCH = 2_000
JITTER_M = 1.5
HOUR_MINUTES = 60


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    units, minutes = (2_000, 1) if size == "small" else (20_000, 2)
    start_ms = START_MS // MINUTE_MS * MINUTE_MS
    recorder = Recorder(kept_ms=1 << 60)
    fixes = units * 60 * minutes
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as folder:
        async with embedded(Path(folder)) as servers:
            await migrate(servers.database_url)
            async with asyncpg.create_pool(servers.database_url, min_size=1, max_size=2) as pool:
                record_s = _record(recorder, units, minutes, start_ms)
                tracks = Tracks(pool, Lease(pool, "load", "load"), recorder)
                began = time.process_time()
                await tracks.cut(start_ms + minutes * MINUTE_MS + GRACE_MS)
                pack_s = time.process_time() - began
                rows = sum(len(batch.rows) for batch in recorder.batches)
                size_bytes = sum(len(row.data) for batch in recorder.batches for row in batch.rows)
                began = time.perf_counter()
                await tracks.write()
                write_s = time.perf_counter() - began
                disk_bytes = await pool.fetchval(
                    "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'track'::regclass"
                )
                back_s, back_bytes = await _played_back(pool, units, start_ms, minutes)
    hour = f"an hour of {units:,} units at 1 Hz, extrapolated from {minutes} min"
    per_hour = HOUR_MINUTES / minutes
    return [
        Row(path=PATH, what="bytes a fix, packed", figure=size_bytes / fixes, unit="B"),
        Row(path=PATH, what="bytes a fix on disk, with row and index", figure=float(disk_bytes) / fixes, unit="B", key="track_bytes"),
        Row(path=PATH, what="recording, a fix", figure=record_s * 1e6 / fixes, unit="us"),
        Row(path=PATH, what="packing in a thread, a fix", figure=pack_s * 1e6 / fixes, unit="us"),
        Row(path=PATH, what="rows (unit and minute) written", figure=rows / write_s, unit="/s"),
        Row(path=PATH, what=f"{hour}: disk", figure=float(disk_bytes) * per_hour / 1e6, unit="MB"),
        Row(path=PATH, what=f"{hour}: processor of the writing replica", figure=(record_s + pack_s) * per_hour, unit="s"),
        Row(path=PATH, what=f"{hour}: writing", figure=write_s * per_hour, unit="s"),
        Row(path=PATH, what=f"an hour of {units:,} units played back as an area, read to encoded", figure=back_s, unit="s"),
        Row(path=PATH, what=f"an hour of {units:,} units played back as an area, answer", figure=back_bytes / 1e6, unit="MB"),
    ]  # fmt: skip


async def _played_back(pool: Pool, units: int, start_ms: int, minutes: int) -> tuple[float, int]:
    """Seconds until an hour of everybody is answered, and its bytes; the hour is the measured minutes again and again."""
    first, again = start_ms // MINUTE_MS, HOUR_MINUTES // minutes
    await pool.execute(
        "SELECT track_make_room(day::integer) FROM generate_series($1::integer, $2::integer) AS day",
        first // DAY_MINUTES,
        (first + HOUR_MINUTES) // DAY_MINUTES,
    )
    await pool.execute(
        "INSERT INTO track SELECT handle, minute + $1::integer * n, fixes, data FROM track, generate_series(1, $2::integer) AS n",
        minutes,
        again - 1,
    )
    span = Span(start_ms, start_ms + HOUR_MINUTES * MINUTE_MS)
    people = {handle: (_unit(handle), [DutySpan(*span, Duty.AVAILABLE)]) for handle in range(1, units + 1)}
    each = of_area.minutes_apart(units, HOUR_MINUTES)
    began = time.perf_counter()
    async with pool.acquire() as conn:
        when = (span, range(first, first + HOUR_MINUTES, each))
        seen = await of_area.seen_by_minutes(conn, None, people, when)
    found = of_area.Gathered(Asked(span, None, None), people, seen, each, None, None, [])
    answer = msgspec.json.encode(of_area.told(centre_without_data(), found))
    return time.perf_counter() - began, len(answer)


def _unit(handle: int) -> Unit:
    return Unit(
        id=UUID(int=handle), handle=handle, call_sign=str(handle), kind="car", unit_class="regular", room_id=UUID(int=1),
        duty=Duty.AVAILABLE, version=1,
    )  # fmt: skip


def _record(recorder: Recorder, units: int, minutes: int, start_ms: int) -> float:
    """Everybody's jittering fixes, a second at a time; processor seconds in the recorder alone."""
    patrols, chance, used_s = Patrols(units), np.random.default_rng(110), 0.0
    for second in range(60 * minutes):
        patrols.drive(1.0)
        for frame in patrols.frames(start_ms + second * 1_000, BATCH):
            jittered = _jittered(frame, chance)
            began = time.process_time()
            recorder.take(jittered, jittered.t_ms)
            used_s += time.process_time() - began
    return used_s


def _jittered(frame: Frame, chance: np.random.Generator) -> Frame:
    off = chance.normal(0.0, JITTER_M / METRES_A_DEGREE, (2, len(frame)))
    moving = frame.speed_mps > 0
    turn = np.where(moving, chance.normal(0.0, 3.0, len(frame)), 0.0)
    return Frame(
        frame.handle,
        frame.t_ms,
        frame.lon + off[0],
        frame.lat + off[1],
        np.where(moving, np.abs(frame.speed_mps + chance.normal(0.0, 0.4, len(frame))), 0.0).astype(
            np.float32
        ),
        ((frame.heading_deg + turn) % 360).astype(np.float32),
        frame.accuracy_m,
    )
