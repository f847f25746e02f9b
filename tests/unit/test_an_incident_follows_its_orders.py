"""Up to `on_scene` an incident stands where its orders are, as the product's words say: told again here, independently.

orders:   118 cleared after acceptance   119 ordered   room accepted    →  the furthest counts: accepted
"""

from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dispatch.lifecycle import progress, remains, roles
from dispatch.model import WATCHES, Assignment
from dispatch.model import AssignmentState as A
from incidents.model import Absorbed, Incident
from incidents.model import IncidentState as S
from tests.harness.oracle import primary_said, state_said

ROOM, OTHER = UUID(int=900), UUID(int=901)
HERE, MERGED = UUID(int=1), UUID(int=2)
START = 1_483_228_800_000
TAKEN = ("accepted", "en_route", "on_scene")


def incident(**more: object) -> Incident:
    blank = Incident(
        id=HERE, number="J170101-0001", state=S.RECEIVED, version=1, priority=2, room_id=ROOM, command_room_id=ROOM,
        times={"ringing": START, "entered": START}, opened_at="2017-01-01T00:00:00Z",  # type: ignore[arg-type]
    )  # fmt: skip
    return msgspec.structs.replace(blank, **more)


@st.composite
def orders(draw: st.DrawFn, number: int) -> Assignment:
    """An order in any state, with times that such an order may have: steps skipped, late or never."""
    of_unit = draw(st.integers(0, 4)) > 0
    state = draw(st.sampled_from(list(A)))
    if not of_unit and state in (A.STACKED, A.EN_ROUTE, A.ON_SCENE):
        state = A.ACCEPTED
    steps = ["ordered", *draw(st.lists(st.sampled_from(["delivered", *TAKEN]), unique=True))]
    if state in TAKEN:
        steps = [s for s in steps if s not in TAKEN[TAKEN.index(state) + 1 :]]
    if state in (A.STACKED, A.ORDERED, A.DELIVERED, A.EXPIRED):
        steps = [s for s in steps if s not in TAKEN]
    times = {step: START + draw(st.integers(0, 60)) * 1000 for step in steps}
    times[state.value] = START + 60_000 + draw(st.integers(0, 60)) * 1000
    return Assignment(
        id=UUID(int=100 + number),
        incident_id=draw(st.sampled_from([HERE, HERE, MERGED])),
        unit_id=UUID(int=200 + number) if of_unit else None,
        room_id=None if of_unit else OTHER,
        state=state,
        version=len(times),
        round=draw(st.sampled_from([1, 2, 2])),
        ordered_by=ROOM,
        times=times,
        result=draw(st.sampled_from([None, "handled"])) if state is A.CLEARED else None,
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Incident, list[Assignment]]:
    """An incident in its second round with one merged into it, and up to five orders."""
    count = draw(st.integers(0, 5))
    assignments = [draw(orders(n)) for n in range(count)]
    of_units = [a.id for a in assignments if a.unit_id]
    base = draw(st.sampled_from(["received", "handled"]))
    held = incident(
        round=2,
        base_state=base,
        base_primary_id=UUID(int=99) if base == "handled" else None,
        primary_id=draw(st.sampled_from([None, *of_units])),
        absorbed=(Absorbed(MERGED, START, draw(st.sampled_from([None, 1, 2]))),),
    )
    return held, assignments


@given(cases())
def test_state_and_primary_are_what_the_words_say(case: tuple[Incident, list[Assignment]]) -> None:
    held, assignments = case
    said = progress(held, assignments)
    assert said.primary_id == primary_said(held, assignments)
    assert said.state == state_said(held, assignments)


@given(cases())
def test_the_order_of_the_orders_does_not_matter(case: tuple[Incident, list[Assignment]]) -> None:
    held, assignments = case
    assert progress(held, assignments) == progress(held, assignments[::-1])


@given(cases(), st.sets(st.integers(0, 4)))
def test_who_only_looks_through_cameras_says_nothing_of_how_far_it_is(
    case: tuple[Incident, list[Assignment]], looking: set[int]
) -> None:
    held, assignments = case
    marked = [
        msgspec.structs.replace(a, flags=(WATCHES,)) if n in looking and a.unit_id else a
        for n, a in enumerate(assignments)
    ]
    going = [a for a in marked if not a.watches]
    assert progress(held, marked) == progress(held, going)
    assert remains(held, marked) == remains(held, going)


@given(cases())
def test_progress_settles_at_once(case: tuple[Incident, list[Assignment]]) -> None:
    """Told what was just said, the orders say nothing new."""
    held, assignments = case
    said = progress(held, assignments)
    told = msgspec.structs.replace(
        held, state=said.state, primary_id=said.primary_id, times=held.times | said.times
    )
    assert progress(told, assignments) == said


@given(cases())
def test_first_times_are_first_and_never_made_later(case: tuple[Incident, list[Assignment]]) -> None:
    held, assignments = case
    early = incident(round=2, absorbed=held.absorbed, times={"ringing": START, "on_scene": START - 5})
    said = progress(early, assignments)
    assert said.times.get("on_scene", START - 5) == START - 5
    for name, step in (("dispatched", "ordered"), ("en_route", "en_route")):
        if name in said.times:
            assert said.times[name] in [a.times[step] for a in assignments if step in a.times]


@given(cases())
def test_exactly_the_primary_is_primary(case: tuple[Incident, list[Assignment]]) -> None:
    held, assignments = case
    said = progress(held, assignments)
    role = {a.id: a.role for a in assignments} | {
        a.id: role for a, role in roles(said.primary_id, assignments)
    }
    assert {id_ for id_, one in role.items() if one == "primary"} <= {said.primary_id}


@given(cases())
def test_a_parted_incident_keeps_nothing_that_only_the_other_said(
    case: tuple[Incident, list[Assignment]],
) -> None:
    held, assignments = case
    said = progress(held, assignments)
    whole = msgspec.structs.replace(
        held, state=said.state, primary_id=said.primary_id, times=held.times | said.times
    )
    own = [a for a in assignments if a.incident_id == HERE]
    left = remains(whole, own)
    gone = {a.id for a in assignments} - {a.id for a in own}
    assert left.primary_id not in gone
    known = {at for a in own for at in a.times.values()} | {START}
    assert set(left.times.values()) - {whole.times.get("handled")} <= known
    alone = msgspec.structs.replace(
        whole, absorbed=(), primary_id=left.primary_id, times=left.times, state=S.RECEIVED
    )
    assert progress(alone, own).state == state_said(alone, own)
