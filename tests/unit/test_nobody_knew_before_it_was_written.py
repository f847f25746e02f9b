"""Honesty promise: whatever clocks claim, nobody is said to have known a fact before it was written, and gaps stay gaps."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dispatch.journal import FeedRow
from dispatch.model import Assignment, AssignmentState
from dispatch.replaying.frames import known
from dispatch.replaying.intervals import TARGETS, intervals
from dispatch.replaying.knowing import Lamp, Learned, Story, ToldUnit, Watching, learned
from dispatch.replaying.tracks import GAP_MS, MOST_FIXES, gaps, thinned
from dispatch.tracking import TrackFix
from incidents.model import Incident, IncidentState

INCIDENT, ORDER, UNIT, NOTE, LAMP = (UUID(int=n) for n in range(1, 6))
OWNER, ABOVE, LATER = UUID(int=11), UUID(int=12), UUID(int=13)
EPOCH = datetime(2026, 5, 1, tzinfo=UTC)
START = round(EPOCH.timestamp() * 1000)


def row(n: int, noun: str, id_: UUID, fact: str, after_s: float, /, **body: Any) -> FeedRow:
    return FeedRow(
        None, n, noun, id_, n, INCIDENT, fact, "somebody", "console", None, None,
        EPOCH + timedelta(seconds=after_s), msgspec.json.encode(body).decode(),
    )  # fmt: skip


def night(clock_s: float, shift_s: float = 0.0) -> list[FeedRow]:
    """An incident with an order, an urgent note and a rule; the terminal's clock is off by clock_s."""
    at = START + round(clock_s * 1000)
    return [
        row(1, "incident", INCIDENT, "opened", 0),
        row(2, "assignment", ORDER, "placed", 10, state="ordered"),
        row(3, "assignment", ORDER, "stepped", 12 - shift_s, step="delivered", at=at + 11_000),
        row(4, "incident", INCIDENT, "noted", 15, note_id=str(NOTE), urgent=True),
        row(5, "note_read", LAMP, "sent", 15, note_id=str(NOTE), unit_id=str(UNIT)),
        row(6, "assignment", ORDER, "stepped", 20, step="accepted", at=at + 19_000),
        row(7, "note_read", LAMP, "read", 40, note_id=str(NOTE), unit_id=str(UNIT)),
        row(8, "incident", INCIDENT, "rule_fired", 60, rule="late", noun="incident", entity_id=str(INCIDENT)),
        row(9, "incident", INCIDENT, "alert_noticed", 66, rule="late", entity_id=str(INCIDENT), by="boss"),
        row(10, "incident", INCIDENT, "amended", 70, place={"address": "北门"}),
    ]


def told(rows: list[FeedRow], published_s: float = 71.0) -> list[Learned]:
    watching = [
        Watching(OWNER, EPOCH, True), Watching(ABOVE, None, True), Watching(LATER, EPOCH + timedelta(seconds=30), False),
        Watching(UUID(int=14), None, False),
    ]  # fmt: skip
    sent = ToldUnit(ORDER, "update", EPOCH + timedelta(seconds=70), EPOCH + timedelta(seconds=published_s))
    return learned(
        Story(facts=list(known(rows)), watching=watching, told=[sent], units={ORDER: UNIT}, rooms={})
    )


def ms_of(at: str | None) -> int | None:
    return None if at is None else round(datetime.fromisoformat(at).timestamp() * 1000)


@given(st.floats(-3600, 3600), st.floats(0, 30), st.floats(-30, 200))
def test_nobody_knew_before_it_was_written(clock_s: float, shift_s: float, published_s: float) -> None:
    for one in told(night(clock_s, shift_s), published_s):
        for cell in one.cells:
            for at in (cell.seen_at, cell.acknowledged_at):
                assert (ms_of(at) or one.known_ms) >= one.known_ms
        assert all((ms_of(ack.at) or 0) >= one.known_ms for ack in one.acknowledged)


@given(st.lists(st.integers(0, 100), min_size=1))
def test_facts_written_crosswise_are_known_in_the_order_of_the_journal(seconds: list[int]) -> None:
    rows = [row(n, "incident", INCIDENT, "noted", s) for n, s in enumerate(seconds, 1)]
    at = [one.at for one in known(rows)]
    assert at == sorted(at)
    assert all(a >= START + s * 1000 for a, s in zip(at, seconds, strict=True))


def test_each_party_learns_by_its_own_way() -> None:
    by_key = {one.key: {cell.party: cell for cell in one.cells} for one in told(night(0))}
    unit = by_key["ordered"][f"unit:{UNIT}"]
    assert (unit.seen_how, unit.acknowledged_how) == ("delivered", "accepted")
    assert (ms_of(unit.seen_at), ms_of(unit.acknowledged_at)) == (START + 11_000, START + 19_000)
    note = by_key["urgent_note"][f"unit:{UNIT}"]
    assert (ms_of(note.seen_at), ms_of(note.acknowledged_at)) == (START + 15_000, START + 40_000)
    update = by_key["place_changed"][f"unit:{UNIT}"]
    assert (update.seen_how, update.acknowledged_at) == ("sent", None), "sent is not read"
    alarm = by_key["alarm_entered"]
    assert ms_of(alarm[f"room:{LATER}"].seen_at) == START + 30_000, "a room drawn in later learns it then"
    assert alarm[f"room:{UUID(int=14)}"].seen_at is None, "what was not kept is not guessed"
    [late] = [one for one in told(night(0)) if one.key == "fell_due"]
    assert [(ack.by, ms_of(ack.at)) for ack in late.acknowledged] == [("boss", START + 66_000)]


def test_a_broadcast_is_known_where_its_lamps_say_and_nowhere_else() -> None:
    call = UUID(int=9)
    lamps = [
        Lamp(call, "unit", UNIT, EPOCH + timedelta(seconds=90), EPOCH + timedelta(seconds=95)),
        Lamp(call, "room", OWNER, EPOCH, None),
        Lamp(UUID(int=8), "unit", UNIT, EPOCH, EPOCH),
    ]
    facts = list(known([*night(0), row(11, "broadcast", call, "sent", 80)]))
    [said] = [
        one
        for one in learned(Story(facts=facts, watching=[], told=[], units={}, rooms={}, lamps=lamps))
        if one.key == "broadcast"
    ]
    cells = {cell.party: (ms_of(cell.seen_at), ms_of(cell.acknowledged_at)) for cell in said.cells}
    assert cells == {
        f"unit:{UNIT}": (START + 90_000, START + 95_000),
        f"room:{OWNER}": (START + 80_000, None),
    }


def incident(**times: int) -> Incident:
    return Incident(
        id=INCIDENT, number="J1", state=IncidentState.ON_SCENE, version=1, priority=2, room_id=OWNER,
        command_room_id=OWNER, times={name: START + s * 1000 for name, s in times.items()}, opened_at=EPOCH,
    )  # fmt: skip


def order(**times: int) -> Assignment:
    return Assignment(
        id=ORDER, incident_id=INCIDENT, unit_id=UNIT, state=AssignmentState.ON_SCENE, version=1, round=1,
        ordered_by=OWNER, times={name: START + s * 1000 for name, s in times.items()},
        promised_at=EPOCH + timedelta(seconds=200),
    )  # fmt: skip


def test_times_are_held_against_the_targets_in_force() -> None:
    found = {
        one.key: one
        for one in intervals(
            incident(ringing=0, answered=20, entered=30), [order(ordered=90, accepted=95, on_scene=400)],
            EPOCH + timedelta(hours=1),
        )
    }  # fmt: skip
    assert (found["answer"].took_s, found["answer"].late_s) == (20.0, 5.0)
    assert (found["processing"].took_s, found["processing"].late_s) == (70.0, 10.0)
    assert (found["acceptance"].took_s, found["acceptance"].late_s) == (5.0, 0.0)
    assert (found["response"].took_s, found["response"].late_s) == (400.0, 100.0)
    assert (found["arrival"].target_s, found["arrival"].late_s) == (110.0, 200.0)
    turnout = found["turnout"]
    assert (turnout.state, turnout.missing, turnout.took_s, turnout.late_s) == (
        "running",
        "en_route",
        3510.0,
        3450.0,
    )
    feedback = found["feedback"]
    assert (feedback.state, feedback.missing, feedback.took_s, feedback.late_s) == (
        "missing",
        "handled",
        None,
        None,
    )


def test_nobody_is_late_to_answer_what_was_already_dispatched() -> None:
    """A report that came without the time it was answered: nothing rings any more once somebody was sent."""
    silent = incident(ringing=0, entered=30)
    waiting = {one.key: one for one in intervals(silent, [], EPOCH)}["answer"]
    sent = {one.key: one for one in intervals(silent, [order(ordered=40)], EPOCH)}["answer"]
    assert waiting.state == "running"
    assert (sent.state, sent.missing, sent.late_s) == ("missing", "answered", None)


def test_processing_has_a_target_only_where_it_is_urgent() -> None:
    calm = msgspec.structs.replace(incident(ringing=0, answered=5, entered=30), priority=3)
    found = {one.key: one for one in intervals(calm, [order(ordered=900)], EPOCH)}
    assert TARGETS["processing"].urgent_only
    assert (found["processing"].took_s, found["processing"].target_s, found["processing"].late_s) == (
        895.0,
        None,
        None,
    )


@given(st.lists(st.integers(1, 600_000), max_size=60), st.integers(0, 600_000))
def test_every_gap_is_told_and_none_is_made_up(steps: list[int], rest: int) -> None:
    times = [sum(steps[: n + 1]) for n in range(len(steps))]
    end = (times[-1] if times else 0) + rest
    found = gaps(times, (0, end))
    marks = [0, *times, end]
    wide = [(a, b) for a, b in itertools.pairwise(marks) if b - a > GAP_MS or (not times and b > a)]
    assert [(gap.from_ms, gap.to_ms) for gap in found] == wide


@given(st.lists(st.sampled_from([1_000, 1_000, 1_000, 90_000]), min_size=1, max_size=50), st.integers(0, 3))
def test_thinning_a_track_neither_hides_nor_makes_a_gap(pattern: list[int], more: int) -> None:
    steps = pattern * ((MOST_FIXES + 500 * more) // len(pattern) + 1)
    at, fixes = 0, []
    for step in steps:
        at += step
        fixes.append(TrackFix(at="", t_ms=at, lon=0, lat=0, speed=None, heading=None, accuracy_m=None))
    shown = [fix.t_ms for fix in thinned(fixes)]
    whole = {(g.from_ms, g.to_ms) for g in gaps([f.t_ms for f in fixes], (0, at))}
    assert {(g.from_ms, g.to_ms) for g in gaps(shown, (0, at))} == whole
    assert len(shown) <= max(2 * MOST_FIXES, len(fixes) // 2 + MOST_FIXES)
