"""Whatever rosters come one after the other: what has begun stays, what lies ahead is as the newest says, nobody is in two places."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import NotNow
from dispatch.firings import FireRule
from dispatch.rosters import lifecycle as life
from dispatch.rosters.model import OVER, TRANSITIONS, Duty, RosterShift, S, ShiftPlanned
from dispatch.rosters.planning import Scope, change, scope_of
from dispatch.rosters.spans import BeatSpan, spans

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROOM, OTHER = UUID(int=2), UUID(int=3)
HOUR = timedelta(hours=1)


def planned(duty: Duty) -> RosterShift:
    return life.evolve(None, uuid4(), ShiftPlanned(duty=duty))


@st.composite
def duties(draw: st.DrawFn) -> list[tuple[int, Duty]]:
    """A roster without overlaps of its own, around now."""
    found: list[tuple[int, Duty]] = []
    for unit in range(1, draw(st.integers(1, 3)) + 1):
        at = draw(st.integers(-10, 4))
        for _ in range(draw(st.integers(0, 3))):
            length = draw(st.integers(1, 10))
            duty = Duty(
                unit_id=UUID(int=unit), room_id=OTHER if unit == 3 else ROOM, begins_at=NOW + at * HOUR,
                ends_at=NOW + (at + length) * HOUR, crew=(str(draw(st.integers(1, 2))),),
            )  # fmt: skip
            if duty.ends_at > NOW:
                found.append((len(found) + 1, duty))
            at += length + draw(st.integers(0, 5))
    return found


def applied(standing: list[RosterShift], rows: list[tuple[int, Duty]]) -> list[RosterShift]:
    """The shifts after one more roster, judged; a roster with a fault changes nothing."""
    scope = scope_of(rows)
    if scope is None:
        return standing
    stands = [one for one in standing if one.state is not S.WITHDRAWN]
    found = change(rows, stands, scope, NOW)
    if found.faults:
        return standing
    after = {one.id: one for one in standing}
    for one in found.withdrawn:
        [fact] = life.decide(one, life.Withdraw("roster"), NOW)
        after[one.id] = life.evolve(one, one.id, fact)
    for one, duty in found.changed:
        [told] = life.decide(one, life.Change(duty), NOW)
        after[one.id] = life.evolve(one, one.id, told)
    for duty in found.planned:
        new = planned(duty)
        after[new.id] = new
    judge(standing, list(after.values()), rows, scope)
    return list(after.values())


def judge(
    before: list[RosterShift], after: list[RosterShift], rows: list[tuple[int, Duty]], scope: Scope
) -> None:
    now = {one.id: one for one in after}
    for one in before:
        if one.has_begun(NOW) or one.state is not S.PLANNED:
            assert now[one.id] == one, "what has begun stays"
    stands = [one for one in after if one.state is not S.WITHDRAWN]
    said = {(duty.unit_id, duty.begins_at): duty for _, duty in rows}
    assert said.items() <= {(one.unit_id, one.begins_at): one.duty for one in stands}.items()
    for one in stands:
        ahead = not one.has_begun(NOW) and one.room_id in scope.rooms and one.begins_at < scope.until
        if ahead and one.begins_at >= scope.since:
            assert (one.unit_id, one.begins_at) in said, "what the newest does not say is withdrawn"
    for one, following in pairwise(sorted(stands, key=lambda one: (one.unit_id, one.begins_at))):
        assert one.unit_id != following.unit_id or one.ends_at <= following.begins_at


@given(st.lists(duties(), min_size=1, max_size=4))
def test_rosters_one_after_the_other(rosters: list[list[tuple[int, Duty]]]) -> None:
    standing: list[RosterShift] = []
    for rows in rosters:
        standing = applied(standing, rows)


@given(duties())
def test_the_same_roster_again_changes_nothing(rows: list[tuple[int, Duty]]) -> None:
    standing = applied([], rows)
    scope = scope_of(rows)
    if scope is not None:
        found = change(rows, standing, scope, NOW)
        assert (found.planned, found.changed, found.withdrawn, found.faults) == ((), (), (), ())
        assert found.kept == len(rows)


commands = st.sampled_from(
    [
        life.Attend(), life.End(), life.Miss(), life.Withdraw("person"), life.Withdraw("roster"),
        life.NoticeAbsence("rostered_absent", "p", 0), FireRule("rostered_absent", 0, 0),
        life.Change(Duty(unit_id=UUID(int=1), room_id=ROOM, begins_at=NOW, ends_at=NOW + HOUR, crew=("9",))),
    ]
)  # fmt: skip


@given(st.lists(st.tuples(commands, st.integers(-120, 120)), max_size=12))
def test_any_life_of_a_shift_follows_its_table_and_ends_once(told: list[tuple[life.Command, int]]) -> None:
    shift = planned(Duty(unit_id=UUID(int=1), room_id=ROOM, begins_at=NOW, ends_at=NOW + HOUR))
    for command, minutes in told:
        before = shift
        try:
            facts = life.decide(shift, command, NOW + timedelta(minutes=minutes))
        except NotNow:
            assert before.state is not S.PLANNED
            continue
        for fact in facts:
            shift = life.evolve(shift, shift.id, fact)
        assert shift.version == before.version + len(facts)
        assert shift.state == before.state or shift.state in TRANSITIONS[before.state]
        assert (shift.over_at is not None) == (shift.state in OVER)
        if shift.state in (S.ATTENDED, S.ENDED):
            assert shift.attended_at is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["logged_on", "logged_off"]),
            st.integers(-5, 30),
            st.none() | st.sampled_from("AB"),
        )
    )
)
def test_the_beats_of_a_unit_lie_within_the_time_asked_for_and_never_overlap(
    told: list[tuple[str, int, str | None]],
) -> None:
    since, until = NOW, NOW + 24 * HOUR
    found = spans([(fact, NOW + hours * HOUR, beat) for fact, hours, beat in told], since, until)
    for span in found:
        assert since <= span.since < span.until <= until
    for one, following in pairwise(found):
        assert one.until <= following.since


def test_a_beat_kept_over_several_log_ons_is_one_span() -> None:
    told = [("logged_on", NOW, "A"), ("logged_on", NOW + HOUR, "A"), ("logged_off", NOW + 2 * HOUR, None)]
    assert spans(told, NOW - HOUR, NOW + 5 * HOUR) == [BeatSpan("A", NOW, NOW + 2 * HOUR)]
