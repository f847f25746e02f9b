"""Call point promise: a device is what it last said, told only when it changes; silence counts only while we listen."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.runtime.heartbeats import read
from incidents.call_points.health import (
    FULL_AGAIN_PERCENT,
    LOW_PERCENT,
    SENTENCES,
    Beat,
    Health,
    evolve,
    heard,
)
from incidents.call_points.heard import Heard, Last
from incidents.reasons import Reason, sentence

ID, OTHER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
beats = st.builds(
    Beat,
    at=st.integers(0, 10**12),
    battery=st.none() | st.integers(0, 100),
    fault=st.sampled_from([None, "door open"]),
)


def after(*said: Beat) -> Health | None:
    health: Health | None = None
    for beat in said:
        fact = heard(health, beat, NOW)
        health = health if fact is None else evolve(health, ID, fact)
    return health


@given(st.lists(beats, min_size=1, max_size=30))
def test_the_same_again_is_no_news(said: list[Beat]) -> None:
    health = after(*said)
    assert health is not None
    assert heard(health, said[-1], NOW) is None
    assert health.version <= len(said)


@given(beats)
def test_a_fault_goes_before_a_low_battery(beat: Beat) -> None:
    health = after(beat)
    assert health is not None
    assert (health.state == "fault") == (beat.fault is not None)


@given(st.lists(st.integers(LOW_PERCENT + 1, FULL_AGAIN_PERCENT), max_size=20))
def test_a_battery_at_the_edge_cries_once(levels: list[int]) -> None:
    health = after(Beat(0, LOW_PERCENT), *(Beat(0, level) for level in levels))
    assert health is not None
    assert (health.state, health.version) == ("low_battery", 1)
    full = after(Beat(0, LOW_PERCENT), Beat(0, FULL_AGAIN_PERCENT + 1))
    assert full is not None
    assert full.state == "ok"


@given(st.lists(st.tuples(beats, st.integers(0, 10**6)), min_size=1, max_size=30))
def test_the_newest_received_counts_whatever_the_device_thinks_the_time_is(
    said: list[tuple[Beat, int]],
) -> None:
    ear = Heard()
    for beat, received_at in said:
        ear.take(ID, beat, received_at)
    last = ear.last(ID)
    assert last is not None
    assert last.received_at == max(received for _, received in said)
    assert ear.fresh() == {ID}
    assert ear.fresh() == set()


def test_silence_counts_from_when_we_could_hear() -> None:
    ear = Heard()
    ear.take(ID, Beat(0), 1_000)
    assert ear.silent_from(ID, 300_000) is None
    ear.listen(50_000, hears=True)
    ear.listen(60_000, hears=True)
    assert ear.silent_from(ID, 300_000) == 350_000
    ear.take(ID, Beat(0), 100_000)
    assert ear.silent_from(ID, 300_000) == 400_000
    ear.listen(200_000, hears=False)
    assert ear.silent_from(ID, 300_000) is None
    ear.listen(900_000, hears=True)
    assert ear.silent_from(ID, 300_000) == 1_200_000


def test_what_was_stored_is_taken_over_where_it_is_newer() -> None:
    ear = Heard()
    ear.take(ID, Beat(5), 500)
    ear.load({ID: Last(Beat(1), 100), OTHER: Last(Beat(2), 200)})
    assert ear.since([ID, OTHER], 0) == {ID: Last(Beat(5), 500), OTHER: Last(Beat(2), 200)}
    assert ear.since([ID, OTHER], 200) == {ID: Last(Beat(5), 500)}


@pytest.mark.parametrize(
    ("data", "beat"),
    [
        (b'{"at":"2026-01-01T00:00:00Z"}', Beat(1_767_225_600_000)),
        (b'{"at":"2026-01-01T00:00:00Z","battery":79.6}', Beat(1_767_225_600_000, 80)),
        (b'{"at":"2026-01-01T00:00:00Z","fault":true}', Beat(1_767_225_600_000, None, "fault")),
        (b'{"at":"2026-01-01T00:00:00Z","fault":false,"battery":3}', Beat(1_767_225_600_000, 3)),
        (b'{"at":"2026-01-01T00:00:00Z","fault":" "}', Beat(1_767_225_600_000)),
        (b'{"at":"2026-01-01T00:00:00Z","fault":"cover open","firmware":"7"}', Beat(1_767_225_600_000, None, "cover open")),
    ],
)  # fmt: skip
def test_a_heartbeat_is_read_as_devices_say_it(data: bytes, beat: Beat) -> None:
    assert read(data) == beat


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"\xff", b'{"battery":50}', b'{"at":"2026-01-01T00:00:00"}', b'{"at":"9999-01-01T00:00:00Z"}',
        b'{"at":"2026-01-01T00:00:00Z","battery":101}', b'{"at":"2026-01-01T00:00:00Z","battery":-1}',
        b'{"at":"2026-01-01T00:00:00Z","battery":"full"}', b'{"at":"2026-01-01T00:00:00Z","fault":"a\\u0000"}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^The heartbeat can't be read"):
        read(data)


@pytest.mark.parametrize("state", SENTENCES)
def test_what_is_amiss_is_said_in_both_languages(state: str) -> None:
    reason = Reason(state, {"battery": 7, "fault": "door"})
    assert all(sentence(reason, SENTENCES, language) for language in ("zh", "en"))
