"""Tracks: what it costs to keep every fix of 20,000 units at 1 Hz, measured over some minutes and extrapolated to an hour.

Units drive like traffic and their receivers jitter by a metre and a half, so that nothing packs better than in life. Recording
and packing are processor time of this process, writing is wall time beside a PostgreSQL with fsync on.
"""

import tempfile
import time
from pathlib import Path

import asyncpg
import numpy as np

from dispatch.runtime.embedded import embedded
from dispatch.runtime.lease import Lease
from dispatch.runtime.migrate import migrate
from dispatch.runtime.tracks import Tracks
from load_tests.patrols import METRES_A_DEGREE, START_MS, Patrols
from load_tests.rows import Row, Size
from units.frames import Frame
from units.tracks.packing import MINUTE_MS
from units.tracks.recording import GRACE_MS, Recorder

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
    ]  # fmt: skip


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
