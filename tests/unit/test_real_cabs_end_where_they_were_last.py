"""Real fixes of cabs, gaps, jitter and all, in any order and cut into any frames: the index ends exactly with the newest."""

from random import Random

import numpy as np
import pytest

from tests.harness.patrols import entry
from tests.harness.shared_data import shared_data_folder
from units.answers import Fix
from units.doubts import Doubt
from units.frames import MAX_ROWS, Frame
from units.live import LiveUnits
from units.roll import Entry

pytestmark = pytest.mark.real_data

type Row = tuple[int, int, float, float]


def cabs() -> list[Row]:
    """(handle, t ms, lon, lat) in the order of the files."""
    folder = shared_data_folder()
    assert folder is not None
    rows: list[Row] = []
    for handle, path in enumerate(sorted((folder / "sf_cabs").glob("*.txt")), 1):
        for line in path.read_text().splitlines():
            lat, lon, _, epoch = line.split()
            rows.append((handle, int(epoch) * 1000, float(lon), float(lat)))
    return rows


def index() -> LiveUnits:
    live = LiveUnits(capacity=4)
    for handle in (1, 2, 3):
        live.register(Entry(handle, entry(handle).unit_id, "car", "regular", entry(handle).room_id))
    return live


def frame(rows: list[Row]) -> Frame:
    handle, t_ms, lon, lat = zip(*rows, strict=True)
    unknown = np.full(len(rows), np.nan, np.float32)
    return Frame(
        np.array(handle, np.uint32), np.array(t_ms), np.array(lon), np.array(lat), unknown, unknown, unknown
    )


def ends(live: LiveUnits, now_ms: int) -> list[tuple[float, float, int, Doubt, object]]:
    fixes = [live.fix(handle, now_ms) for handle in (1, 2, 3)]
    assert all(isinstance(fix, Fix) for fix in fixes)
    return [(fix.lon, fix.lat, fix.t_ms, fix.doubt, fix.good) for fix in fixes if fix is not None]


@pytest.mark.parametrize("order", ["as they stand", "oldest first", "shuffled", "shuffled again"])
def test_the_newest_of_seventy_thousand_fixes_stays(order: str, in_time: LiveUnits) -> None:
    rows = cabs()
    assert len(rows) == 70_128
    newest = {handle: max(row for row in rows if row[0] == handle) for handle in (1, 2, 3)}
    now_ms = max(t_ms for _, t_ms, _, _ in rows) + 1_000
    chance = Random(order)
    if order == "oldest first":
        rows.sort(key=lambda row: row[1])
    elif order != "as they stand":
        chance.shuffle(rows)
    live, start = index(), 0
    while start < len(rows):
        size = chance.choice((1, 7, 60, MAX_ROWS))
        live.apply(frame(rows[start : start + size]), now_ms)
        start += size
    assert [end[:3] for end in ends(live, now_ms)] == [(lon, lat, t) for _, t, lon, lat in newest.values()]
    assert ends(live, now_ms) == ends(in_time, now_ms), "and so do the doubts about it"
    near = live.nearest(-122.4, 37.77, 3)
    assert sorted(found.entry.handle for found in near) == [1, 2, 3]


@pytest.fixture(scope="module")
def in_time() -> LiveUnits:
    live = index()
    rows = sorted(cabs(), key=lambda row: row[1])
    now_ms = rows[-1][1] + 1_000
    for start in range(0, len(rows), 500):
        live.apply(frame(rows[start : start + 500]), now_ms)
    return live


def test_few_of_a_cabs_honest_fixes_are_doubted() -> None:
    live, doubted = index(), 0
    rows = sorted(cabs(), key=lambda row: row[1])[:8_000]
    for row in rows:
        live.apply(frame([row]), row[1])
        fix = live.fix(row[0], row[1])
        doubted += fix is not None and fix.doubt is not Doubt.NONE
    assert doubted < len(rows) / 1_000
