"""Gathered frames: taken in together they leave the same picture as one by one, and a bad one costs only itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datums import Datum
from tests.harness.patrols import NOW_MS, ROOMS, entry, frame, index_of
from units.frames import Frame
from units.gateways import columns, packed
from units.gathering import MOST_BYTES, Gathering
from units.live import LiveUnits
from units.positions import Verdict
from units.roll import Entry

UNITS = (1, 2, 3, 4)
SUBJECTS = ("cad.fix.a", "cad.fixb.a", "cad.fixb.b")

rows = st.lists(
    st.tuples(st.sampled_from((*UNITS, 99)), st.integers(0, 20), st.integers(0, 5)), min_size=1, max_size=6,
    unique_by=lambda row: row[:2],
)  # fmt: skip
sent = st.lists(
    st.tuples(st.sampled_from(SUBJECTS), rows, st.sampled_from((Datum.WGS84, Datum.GCJ02))), max_size=8
)


def town() -> LiveUnits:
    live = index_of(UNITS)
    live.register(Entry(4, entry(4).unit_id, "car", "regular", ROOMS[0], gateway="b"))
    return live


def frame_from(fixes: list[tuple[int, int, int]]) -> Frame:
    handles, seconds, steps = zip(*fixes, strict=True)
    lon = [116.4 + step * 1e-4 for step in steps]
    return frame(handles, lon, [39.9] * len(fixes), [NOW_MS + second * 1000 for second in seconds])


def picture(live: LiveUnits) -> list[object]:
    return [live.fix(handle, NOW_MS + 30_000) for handle in UNITS]


@settings(deadline=None)
@given(frames=sent)
def test_together_or_one_by_one_is_the_same(
    frames: list[tuple[str, list[tuple[int, int, int]], Datum]],
) -> None:
    together, one_by_one = town(), town()
    gathering = Gathering(together)
    # Of two fixes with one time the later received counts; here all are received together, so each time is said once.
    said: set[tuple[int, int]] = set()
    for subject, fixes, datum in frames:
        fresh = [fix for fix in fixes if fix[:2] not in said]
        said |= {fix[:2] for fix in fresh}
        if not fresh:
            continue
        payload = (packed if subject.startswith("cad.fixb") else columns).encode(frame_from(fresh), datum)
        gathering.add(subject, payload)
        alone = Gathering(one_by_one)
        alone.add(subject, payload)
        alone.take_in(NOW_MS + 25_000)
    gathering.take_in(NOW_MS + 25_000)
    assert picture(together) == picture(one_by_one)


@pytest.mark.parametrize("subject", ["cad.fix.a", "cad.fixb.a"])
def test_a_frame_that_cannot_be_read_is_named_and_the_others_are_taken_in(subject: str) -> None:
    live = town()
    gathering = Gathering(live)
    encode = packed.encode if subject.startswith("cad.fixb") else columns.encode
    good = [encode(frame([handle], [116.4], [39.9])) for handle in (1, 2)]
    for payload in (good[0], b"nonsense", good[1]):
        gathering.add(subject, payload)
    taken = gathering.take_in(NOW_MS)
    assert [(refused.subject, refused.payload) for refused in taken.refused] == [(subject, b"nonsense")]
    assert taken.refused[0].reason
    assert taken.verdicts == {Verdict.NEWEST: 2}
    assert live.fix(1, NOW_MS) is not None
    assert live.fix(2, NOW_MS) is not None


def test_each_gateway_answers_for_its_own_units_and_rejected_rows_are_counted() -> None:
    live = town()
    gathering = Gathering(live)
    nowhere = frame([1, 2], [116.4, 181.0], [39.9, 39.9])
    gathering.add("cad.fixb.a", packed.encode(frame([4], [116.4], [39.9])))
    gathering.add("cad.fixb.a", packed.encode(nowhere))
    gathering.add("cad.fixb.b", packed.encode(frame([4], [116.5], [39.9])))
    taken = gathering.take_in(NOW_MS)
    assert taken.verdicts == {Verdict.FOREIGN: 1, Verdict.NEWEST: 2}
    assert taken.rejected_rows == 1
    fix = live.fix(4, NOW_MS)
    assert fix is not None
    assert fix.lon == pytest.approx(116.5)


def test_a_flood_within_one_turn_is_taken_in_before_it_grows() -> None:
    gathering = Gathering(town())
    payload = packed.encode(frame(np.arange(1, 1_001), np.full(1_000, 116.4), np.full(1_000, 39.9)))
    added = 0
    while not gathering.add("cad.fixb.a", payload):
        added += len(payload)
        assert added < MOST_BYTES
    assert gathering.take_in(NOW_MS).verdicts[Verdict.NEWEST] > 0
    assert gathering.take_in(NOW_MS).verdicts == {}
