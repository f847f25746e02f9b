"""Whatever is asked of a unit, its facts folded give its row, and no field of it contradicts another."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from units import commands as c
from units.errors import UnitError, UnitHasOpenJob
from units.lifecycle import TRANSITIONS, decide, evolve, register
from units.model import Duty, Standby, Unit

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ID, HOME, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST = c.Register(handle=7, call_sign="118", kind="car", unit_class="regular", room_id=HOME)

times = st.integers(-60, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
asked = st.one_of(
    st.builds(c.LogOn, st.sampled_from([("0110",), ("0110", "0120")]), st.none() | times),
    st.builds(
        c.LogOn,
        st.just(("0110",)),
        times,
        st.none() | st.just("粤B1234警"),
        st.sampled_from([(), ("firearms", "盾牌")]),
        st.none() | st.just("B1"),
        st.none() | st.just("foot"),
        st.none() | st.just(UUID(int=10)),
    ),
    st.builds(c.LogOff, st.none() | st.just("J1"), st.none() | st.just("J2")),
    st.sampled_from([c.ChangeDuty(Duty.AVAILABLE), c.ChangeDuty(Duty.BUSY), c.ChangeDuty(Duty.OFF_DUTY)]),
    st.builds(c.ChangeDuty, st.just(Duty.BREAK), times),
    st.builds(
        lambda cause: c.ChangeDuty(Duty.OUT_OF_SERVICE, cause=cause), st.sampled_from(["vehicle", "crew"])
    ),
    st.builds(c.EndBreak, times),
    st.builds(c.Lend, st.just(OTHER), times),
    st.just(c.GiveBack()),
    st.just(c.OfferJob(UUID(int=8), UUID(int=9))),
    st.builds(
        lambda n, at: c.StandBy(
            Standby(
                id=UUID(int=20 + n),
                post_id=UUID(int=10 + n),
                name="城北路口",
                lon=114.0,
                lat=22.5,
                room_id=HOME,
                state="sent",
                sent_at=at,
                until=at + timedelta(minutes=45),
            )
        ),
        st.integers(0, 1),
        times,
    ),
    st.builds(c.StepStandby, st.sampled_from(["accepted", "there"]), times),
    st.builds(c.EndStandby, st.sampled_from(["refused", "ordered", "timed_out", "called_off"]), times),
    st.builds(c.DeclineMove, st.just(HOME), st.just(UUID(int=10)), times),
    st.just(c.FireRule("shift_over", 0, 0)),
)


def lived(commands: list[c.Command]) -> Unit:
    """The unit after all of them; each step is judged."""
    [first] = register(None, ID, FIRST)
    unit = evolve(None, ID, first)
    for command in commands:
        before = unit
        try:
            facts = decide(unit, command)
        except UnitError:
            continue
        for fact in facts:
            unit = evolve(unit, ID, fact)
        assert unit.version == before.version + len(facts)
        assert unit.duty == before.duty or unit.duty in TRANSITIONS[before.duty]
        assert not facts or unit != before
        judge(unit)
    return unit


def judge(unit: Unit) -> None:
    assert (unit.duty_until is not None) == (unit.duty is Duty.BREAK)
    assert (unit.duty_cause is not None) == (unit.duty is Duty.OUT_OF_SERVICE)
    assert (unit.lent_to is None) == (unit.lent_until is None)
    assert unit.standing_by is None or unit.duty is Duty.AVAILABLE, (
        "whoever is there for something else stands by nowhere"
    )
    assert unit.standby is None or (unit.standby.why is None) == unit.standby.stands
    assert unit.standby is None or unit.standby.there_at is None or unit.standby.accepted_at is not None
    assert unit.ordered_by in unit.seen_by
    assert HOME in unit.seen_by
    if not unit.on_duty:
        assert (unit.crew, unit.shift_ends_at) == ((), None)
        assert (unit.vehicle, unit.equipment, unit.beat, unit.patrol, unit.shift_id) == (
            None,
            (),
            None,
            None,
            None,
        )
        assert not unit.is_over_time(NOW)


@given(st.lists(asked, max_size=30))
def test_any_life_of_a_unit_keeps_its_fields_together(commands: list[c.Command]) -> None:
    lived(commands)


@given(st.lists(asked, max_size=10), times, times)
def test_a_break_ends_only_at_its_end(commands: list[c.Command], until: datetime, now: datetime) -> None:
    unit = lived([*commands, c.LogOn(("0110",)), c.ChangeDuty(Duty.BREAK, until)])
    facts = decide(unit, c.EndBreak(now))
    assert bool(facts) == (until <= now)
    for fact in facts:
        assert evolve(unit, ID, fact).duty is Duty.AVAILABLE


@given(st.lists(asked, max_size=10))
def test_nobody_leaves_with_a_job_open_or_kept(commands: list[c.Command]) -> None:
    unit = lived(commands)
    for command in (c.LogOff(open_incident="J1"), c.LogOff(kept_incident="J1")):
        with pytest.raises(UnitHasOpenJob, match="J1"):
            decide(unit, command)


def test_an_extended_shift_keeps_its_end_when_only_the_crew_changes() -> None:
    ends_at = NOW + timedelta(hours=8)
    unit = lived([c.LogOn(("0110",), ends_at), c.LogOn(("0120",))])
    assert (unit.crew, unit.shift_ends_at) == (("0120",), ends_at)
    assert unit.shift_left(NOW) == timedelta(hours=8)
    assert not unit.is_over_time(ends_at - timedelta(milliseconds=1))
    assert unit.is_over_time(ends_at)
