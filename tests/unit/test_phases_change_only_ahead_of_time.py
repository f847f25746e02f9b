"""Phase promise: after approval what lies ahead may be changed and changed back, what has begun stays, and posts go with their phase."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Invalid, NotNow
from dispatch.planned_events import events as e
from dispatch.planned_events import lifecycle as life
from dispatch.planned_events.model import Phase, PlannedEvent
from dispatch.planned_events.phasing import Rephase, in_order
from tests.harness.town import box

ID, ROOM = UUID(int=1), UUID(int=3)
STARTS = datetime(2026, 5, 1, 18, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=4)
DRAFTED = e.Drafted(
    name="晚场足球赛", kind="sport", exercise=False, room_id=ROOM, command_room_id=ROOM,
    area=box(114.0, 22.5, 114.1, 22.6), starts_at=STARTS, ends_at=ENDS, by="desk", at=0,
)  # fmt: skip


def ms(minute: float) -> int:
    """So many minutes after the event starts."""
    return round((STARTS + timedelta(minutes=minute)).timestamp() * 1000)


def phase(n: int | None, starts: int, ends: int, name: str = "散场") -> Phase:
    id_ = None if n is None else UUID(int=100 + n)
    return Phase(
        id=id_,
        name=name,
        starts_at=STARTS + timedelta(minutes=starts),
        ends_at=STARTS + timedelta(minutes=ends),
    )


def post(n: int, starts: int, ends: int, of: int | None = None) -> e.Dedicated:
    return e.Dedicated(
        post_id=UUID(int=10 + n), unit_id=UUID(int=20 + n), name=f"{n}号门", lon=114.01, lat=22.51, by="desk", at=0,
        starts_at=STARTS + timedelta(minutes=starts), ends_at=STARTS + timedelta(minutes=ends),
        phase_id=None if of is None else UUID(int=100 + of),
    )  # fmt: skip


IN, PLAY, OUT = phase(0, 0, 30, "进场"), phase(1, 30, 180, "比赛"), phase(2, 180, 240)
POSTS = (post(0, 0, 240), post(1, 170, 240, of=2), post(2, 30, 180, of=1))


def approved(
    *posts: e.Dedicated, phases: tuple[Phase, ...] = (IN, PLAY, OUT), running: bool = True
) -> PlannedEvent:
    event = life.evolve(None, ID, msgspec.structs.replace(DRAFTED, phases=phases))
    commands: list[life.Command] = [*posts, e.Submitted(by="desk", at=1), e.Approved(by="boss", at=2)]
    for command in [*commands, e.Started(at=3)] if running else commands:
        event = done(event, command)
    return event


def done(event: PlannedEvent, command: life.Command) -> PlannedEvent:
    for fact in life.decide(event, command):
        event = life.evolve(event, ID, fact)
    return event


def asked(*phases: Phase, minute: float = 60, by: str = "desk") -> Rephase:
    return Rephase(phases=phases, by=by, at=ms(minute))


def times(event: PlannedEvent, n: int) -> tuple[float, float]:
    found = event.post(UUID(int=10 + n))
    assert found is not None
    return tuple((at - STARTS) / timedelta(minutes=1) for at in (found.starts_at, found.ends_at))  # type: ignore[return-value]


wanted = st.lists(
    st.builds(
        phase,
        st.one_of(st.none(), st.integers(0, 5)), st.integers(-10, 250), st.integers(-10, 250), st.sampled_from(["散场", "颁奖"]),
    ),
    max_size=5,
)  # fmt: skip
minutes = st.integers(-30, 260)


@given(wanted, st.sets(st.integers(0, 2)), minutes, st.booleans())
def test_whatever_is_asked_for_what_has_begun_stays_and_all_lies_within_the_approved_times(
    new: list[Phase], kept: set[int], minute: int, running: bool
) -> None:
    before = approved(*POSTS, running=running)
    now = STARTS + timedelta(minutes=minute)
    whole = (*(before.phases[n] for n in sorted(kept)), *new)
    try:
        event = done(before, asked(*whole, minute=minute))
    except (NotNow, Invalid):
        return
    assert {one for one in before.phases if one.starts_at <= now} <= set(event.phases), (
        "what has begun was changed"
    )
    assert sorted(map(repr, event.phases)) == sorted(map(repr, whole)), "it is what was asked for"
    assert all(event.starts_at <= one.starts_at < one.ends_at <= event.ends_at for one in event.phases)
    known = {one.id for one in event.phases}
    assert all(one.phase_id is None or one.phase_id in known for one in event.standing), (
        "a post lost its phase"
    )
    assert all(one.starts_at < one.ends_at <= event.ends_at for one in event.posts)
    assert event.units == before.units
    assert (event.state, event.area, event.starts_at, event.ends_at) == (
        before.state,
        before.area,
        before.starts_at,
        before.ends_at,
    )


@given(wanted, minutes)
def test_a_change_of_phases_is_undone_by_another_change_until_what_is_new_has_begun(
    new: list[Phase], minute: int
) -> None:
    before = approved(phases=(IN, PLAY, OUT))
    kept = [one for one in before.phases if one.starts_at <= STARTS + timedelta(minutes=minute)]
    try:
        event = done(before, asked(*kept, *new, minute=minute))
    except (NotNow, Invalid):
        return
    now = STARTS + timedelta(minutes=minute)
    if any(one.starts_at <= now for one in event.phases if one not in before.phases):
        with pytest.raises(NotNow, match="has begun"):
            life.decide(event, asked(*before.phases, minute=minute))
        return
    back = done(event, asked(*before.phases, minute=minute))
    assert back.phases == in_order(before.phases)


def test_posts_for_a_phase_are_shifted_as_it_is_and_others_are_not() -> None:
    event = done(approved(*POSTS), asked(IN, PLAY, phase(2, 200, 230), minute=60))
    assert times(event, 1) == (190, 230), "its report time stays ten minutes before its phase"
    assert times(event, 0) == (0, 240)
    assert times(event, 2) == (30, 180)


def test_a_report_time_that_has_come_stays_and_one_that_would_be_past_is_now() -> None:
    there = done(approved(post(1, 50, 240, of=2)), asked(IN, PLAY, phase(2, 200, 230), minute=60))
    assert times(there, 1) == (50, 230)
    late = done(approved(post(1, 140, 240, of=2)), asked(IN, PLAY, phase(2, 100, 160), minute=90))
    assert times(late, 1) == (90, 160)


def test_a_phase_is_not_taken_out_under_its_posts_and_the_refusal_names_them() -> None:
    event = approved(*POSTS, post(3, 185, 200, of=2))
    with pytest.raises(NotNow, match="1号门, 3号门 are manned for the phase 散场"):
        life.decide(event, asked(IN, PLAY))
    for n in (1, 3):
        event = done(event, e.Withdrawn(post_id=UUID(int=10 + n), by="desk", at=4))
    assert done(event, asked(IN, PLAY)).phases == (IN, PLAY)


def test_a_new_name_leaves_posts_where_they_are() -> None:
    event = done(approved(*POSTS), asked(IN, PLAY, phase(2, 180, 240, "疏散")))
    assert [one.name for one in event.phases] == ["进场", "比赛", "疏散"]
    assert times(event, 1) == (170, 240)


def test_the_same_phases_again_tell_nothing() -> None:
    assert life.decide(approved(*POSTS), asked(OUT, PLAY, IN)) == []


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        ((PLAY, OUT), "进场 has begun"), ((phase(0, 0, 40, "进场"), PLAY, OUT), "进场 has begun"), ((IN, OUT), "比赛 has begun"),
        ((IN, PLAY, phase(2, 180, 241)), "extend the event first"), ((IN, PLAY, OUT, phase(3, 50, 70)), "would have begun already"),
        ((IN, PLAY, phase(2, 230, 200)), "does not lie within"), ((IN, PLAY, OUT, phase(2, 190, 200)), "named twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_the_name_of_the_phase(phases: tuple[Phase, ...], said: str) -> None:
    with pytest.raises((NotNow, Invalid), match=said):
        life.decide(approved(*POSTS), asked(*phases))


def test_one_may_begin_this_minute() -> None:
    event = done(approved(), asked(IN, PLAY, OUT, phase(None, 60, 70, "颁奖"), minute=60.9))
    assert "颁奖" in [one.name for one in event.phases]


def test_phases_change_only_after_approval_and_before_the_end() -> None:
    event = done(approved(), e.Ended(by="desk", at=9))
    with pytest.raises(NotNow, match="cannot be given other phases"):
        life.decide(event, asked(IN, PLAY))
    with pytest.raises(NotNow):
        life.decide(approved(), e.Rephased(changes=(), by="desk", at=9))
    draft = life.evolve(None, ID, DRAFTED)
    with pytest.raises(NotNow):
        life.decide(draft, asked(IN))


def test_its_approver_is_told_until_its_approver_changes_it() -> None:
    event = done(approved(), asked(IN, PLAY))
    assert event.times["rephased"] == ms(60)
    assert "rephased" not in done(event, asked(IN, PLAY, OUT, minute=61, by="boss")).times


def test_while_it_is_written_posts_follow_their_phase_and_keep_it() -> None:
    event = life.evolve(None, ID, msgspec.structs.replace(DRAFTED, phases=(IN, PLAY, OUT)))
    event = done(event, POSTS[1])
    amended = e.Amended(**msgspec.structs.asdict(DRAFTED) | {"phases": (IN, PLAY, phase(2, 190, 240))})
    assert times(done(event, amended), 1) == (180, 240)
    with pytest.raises(NotNow, match="1号门 is manned for the phase 散场"):
        life.decide(event, msgspec.structs.replace(amended, phases=(IN, PLAY)))


@given(
    st.sampled_from(["draft", "returned"]), st.integers(-60, 60), st.integers(-60, 60), st.integers(0, 10**6)
)
def test_what_is_written_is_postponed_with_its_posts_whole_however_late(
    state: str, days: int, by: int, late: int
) -> None:
    event = life.evolve(None, ID, msgspec.structs.replace(DRAFTED, phases=(IN, PLAY, OUT)))
    event = done(event, POSTS[1])
    if state == "returned":
        event = done(done(event, e.Submitted(by="desk", at=1)), e.Returned(by="boss", at=2, narrative_id=ID))
    shift = timedelta(days=days, minutes=by)
    phases = [
        msgspec.structs.replace(one, starts_at=one.starts_at + shift, ends_at=one.ends_at + shift)
        for one in event.phases
    ]
    said = msgspec.structs.asdict(DRAFTED) | {
        "phases": tuple(phases), "starts_at": STARTS + shift, "ends_at": ENDS + shift, "at": ms(late),
    }  # fmt: skip
    after = done(event, e.Amended(**said))
    minutes_on = days * 1440 + by
    assert times(after, 1) == (170 + minutes_on, 240 + minutes_on), (
        "it stands from the old time to the new one"
    )
