"""The frame that the console's own tests decode is what the server writes of these units, byte for byte."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from units.roll import PROGRESS
from units.wire import QUALITY, PositionColumns, Sheet

KEPT = Path(__file__).parents[2] / "web" / "console" / "tests" / "position_frame.json"


def _or(value: Any, instead: Any) -> Any:
    return instead if value is None else value


def test_the_kept_frame_is_what_the_server_writes() -> None:
    kept: dict[str, Any] = json.loads(KEPT.read_text("utf-8"))
    rows: list[dict[str, Any]] = kept["units"]
    columns = PositionColumns(
        handle=np.array([row["handle"] for row in rows], np.uint32),
        lon=np.array([row["lon"] for row in rows]),
        lat=np.array([row["lat"] for row in rows]),
        heading_deg=np.array([_or(row["heading"], np.nan) for row in rows], np.float32),
        age_ms=np.array([round(_or(row["age_s"], 10**6) * 1000) for row in rows], np.int64),
        speed_mps=np.array([_or(row["speed"], np.nan) for row in rows], np.float32),
        progress=np.array([PROGRESS.index(row["progress"]) for row in rows], np.uint8),
        quality=np.array([QUALITY.index(row["quality"]) for row in rows], np.uint8),
        cell=np.zeros(len(rows), np.uint64),
        room=np.zeros(len(rows), np.int32),
    )
    frame = Sheet(columns, kept["tick_ms"]).frame()
    assert frame is not None
    assert frame.hex() == kept["frame"]
