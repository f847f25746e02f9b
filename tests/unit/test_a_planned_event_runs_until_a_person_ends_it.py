"""Event promise: its time starts an event and nothing but a person ends it; whoever is at a post is freed by nobody's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import NotFound, NotNow
from dispatch.firings import RuleFired
from dispatch.planned_events import events as e
from dispatch.planned_events import grounds
from dispatch.planned_events import lifecycle as life
from dispatch.planned_events.commitments import Commitments
from dispatch.planned_events.model import OVER, PlannedEvent, S
from dispatch.readiness import kept_out, secures_here
from geo.errors import BadArea
from tests.harness.town import box

ID, TEXT, ROOM = UUID(int=1), UUID(int=2), UUID(int=3)
STARTS = datetime(2026, 5, 1, 18, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=4)
POSTS, UNITS = [UUID(int=n) for n in range(10, 14)], [UUID(int=n) for n in range(20, 24)]
DRAFTED = e.Drafted(
    name="晚场足球赛", kind="sport", exercise=False, room_id=ROOM, command_room_id=ROOM,
    area=box(114.0, 22.5, 114.1, 22.6), starts_at=STARTS, ends_at=ENDS, by="desk", at=0,
)  # fmt: skip
AMENDED = e.Amended(**msgspec.structs.asdict(DRAFTED))

type Make = Any


def dedicated(n: int, at: int = 0, relieves: int | None = None) -> e.Dedicated:
    return e.Dedicated(
        post_id=POSTS[n], unit_id=UNITS[n], name=f"{n}号门", lon=114.01, lat=22.51, starts_at=STARTS, ends_at=ENDS,
        relieves=None if relieves is None else POSTS[relieves], by="desk", at=at,
    )  # fmt: skip


def written() -> PlannedEvent:
    return life.evolve(None, ID, DRAFTED)


def after(*commands: life.Command) -> PlannedEvent:
    event = written()
    for command in commands:
        for fact in life.decide(event, command):
            event = life.evolve(event, ID, fact)
    return event


def by(at: int) -> dict[str, Any]:
    return {"by": "desk", "at": at}


RUNNING = (e.Submitted(**by(1)), e.Approved(by="boss", at=2), e.Started(at=3))

tried = st.lists(
    st.one_of(
        st.sampled_from(
            [
                lambda _: AMENDED,
                lambda at: e.Submitted(**by(at)),
                lambda at: e.Approved(**by(at)),
                lambda at: e.Returned(**by(at), narrative_id=TEXT),
                lambda at: e.Cancelled(**by(at), narrative_id=TEXT),
                lambda at: e.Started(at=at),
                lambda at: e.Extended(ends_at=ENDS + timedelta(minutes=at), **by(at)),
                lambda at: e.Ended(**by(at)),
                lambda at: e.SummedUp(**by(at), narrative_id=TEXT),
                lambda at: e.Linked(incident_id=UUID(int=50 + at % 3), at=at),
                lambda at: e.Logged(kind="note", narrative_id=TEXT, **by(at)),
                lambda at: RuleFired(rule="event_past_end", armed_at=at, due_at=at),
            ]
        ),
        st.integers(0, 3).map(lambda n: lambda at: e.Withdrawn(post_id=POSTS[n], **by(at))),
        st.integers(0, 3).map(lambda n: lambda at: e.CheckedIn(post_id=POSTS[n], **by(at))),
    ),
    max_size=40,
)


@given(tried)
def test_it_moves_only_as_its_table_says(commands: list[Make]) -> None:
    event = after(dedicated(0), dedicated(1), dedicated(2, relieves=0))
    for at, make in enumerate(commands, 1):
        before, command = event, make(at)
        try:
            facts = life.decide(event, command)
        except (NotNow, NotFound):
            continue
        for fact in facts:
            event = life.evolve(event, ID, fact)
        assert event.version == before.version + len(facts)
        assert event.state == before.state or event.state in life.TRANSITIONS[before.state]
        assert before.state not in OVER or event.state == before.state, "what is over goes on"
        assert event.state.value in event.times
        lost = before.units - event.units
        assert not lost or isinstance(command, e.Withdrawn | e.CheckedIn), "a unit was freed by nobody's act"
        assert event.ends_at >= before.ends_at or isinstance(command, e.Amended)
        assert [one.id for one in event.posts] == [one.id for one in before.posts]
        assert set(before.inside) <= set(event.inside)
    assert len({one.incident_id for one in event.inside}) == len(event.inside)


@given(tried)
def test_only_an_approved_one_ever_runs_and_only_one_that_ran_ends(commands: list[Make]) -> None:
    event = written()
    for at, make in enumerate(commands, 1):
        try:
            for fact in life.decide(event, make(at)):
                event = life.evolve(event, ID, fact)
        except (NotNow, NotFound):
            continue
    if S.RUNNING in event.times:
        assert S.APPROVED in event.times
    if S.ENDED in event.times:
        assert S.RUNNING in event.times


def test_nothing_is_changed_while_it_waits_for_approval() -> None:
    waiting = after(dedicated(0), e.Submitted(**by(1)))
    for command in (AMENDED, dedicated(1), e.Withdrawn(post_id=POSTS[0], **by(2))):
        with pytest.raises(NotNow):
            life.decide(waiting, command)


def test_a_unit_is_relieved_by_who_checks_in_and_not_before() -> None:
    event = after(dedicated(0), *RUNNING, e.CheckedIn(post_id=POSTS[0], **by(4)), dedicated(1, 5, relieves=0))
    assert event.units == {UNITS[0], UNITS[1]}, "nobody has taken over yet"
    event = life.evolve(event, ID, e.CheckedIn(post_id=POSTS[1], **by(6)))
    assert event.units == {UNITS[1]}
    assert event.posts[0].relieved_at == 6
    with pytest.raises(NotNow):
        life.decide(event, e.CheckedIn(post_id=POSTS[0], **by(7)))


def test_an_extension_carries_the_posts_that_lasted_to_the_end() -> None:
    early = msgspec.structs.replace(dedicated(1), ends_at=ENDS - timedelta(hours=1))
    later = ENDS + timedelta(hours=1)
    event = after(dedicated(0), early, *RUNNING, e.Extended(ends_at=later, **by(4)))
    assert [post.ends_at for post in event.posts] == [later, early.ends_at]
    with pytest.raises(NotNow):
        life.decide(event, e.Extended(ends_at=ENDS, **by(5)))


def test_a_unit_belongs_to_it_from_its_report_time_until_a_person_frees_it() -> None:
    event = after(dedicated(0), *RUNNING)
    held = Commitments([event])
    assert held.of(UNITS[0], STARTS - timedelta(seconds=1)) is None
    assert held.holds(UNITS[0], STARTS)
    assert held.holds(UNITS[0], ENDS + timedelta(days=1)), "its time frees nobody"
    assert held.of(UNITS[1], STARTS) is None
    freed = life.evolve(event, ID, e.Withdrawn(post_id=POSTS[0], **by(9)))
    over = life.evolve(event, ID, e.Ended(**by(9)))
    assert not Commitments([freed]).holds(UNITS[0], STARTS)
    assert not Commitments([over]).holds(UNITS[0], STARTS)


def test_it_is_kept_from_all_but_a_p1_and_a_drill_keeps_it_from_nothing() -> None:
    event = after(dedicated(0), *RUNNING)
    drill = msgspec.structs.replace(event, exercise=True)
    real, played = (Commitments([one]).of(UNITS[0], STARTS) for one in (event, drill))
    assert [kept_out(real, priority) for priority in (1, 2, 3, 4)] == [False, True, True, True]
    assert played is not None
    assert not any(kept_out(played, priority) for priority in (1, 2, 3, 4))
    both = Commitments([drill, event]).of(UNITS[0], STARTS)
    assert both is not None
    assert not both.exercise, "the real one counts"


def test_what_happens_on_its_ground_it_keeps_nobody_from() -> None:
    held = Commitments([after(dedicated(0), *RUNNING)])
    within, beyond = (held.at(lon, 22.55).of(UNITS[0], STARTS) for lon in (114.05, 115.05))
    assert not any(kept_out(within, priority) for priority in (1, 2, 3, 4))
    assert [one.key for one in secures_here(within)] == ["secures_here"]
    assert kept_out(beyond, 3)
    assert secures_here(beyond) == []
    assert held.holds(UNITS[0], STARTS), "asked of no place it is held as before"


ROUTE = {"type": "LineString", "coordinates": [[114.0, 22.5], [114.02, 22.5]]}


def test_inside_is_the_area_with_its_border_or_150_metres_along_a_route() -> None:
    area = grounds.checked(box(114.0, 22.5, 114.1, 22.6))
    assert grounds.holds(area, 114.05, 22.55)
    assert grounds.holds(area, 114.0, 22.55)
    assert not grounds.holds(area, 113.999, 22.55)
    route = grounds.checked(ROUTE)
    assert grounds.holds(route, 114.01, 22.5 + 140 / 111_000)
    assert not grounds.holds(route, 114.01, 22.5 + 160 / 111_000)
    west, south, east, north = grounds.bounds(route)
    assert west < 114.0 - 0.0014 < 114.02 + 0.0014 < east
    assert south < 22.5 - 0.0013 < 22.5 + 0.0013 < north


@pytest.mark.parametrize(
    "area",
    [
        None, [], {"type": "Point", "coordinates": [114, 22]}, {"type": "LineString", "coordinates": [[114, 22]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, {"type": "Polygon", "coordinates": "x"},
    ],
)  # fmt: skip
def test_an_area_that_is_none_is_refused(area: Any) -> None:
    with pytest.raises(BadArea):
        grounds.checked(area)
