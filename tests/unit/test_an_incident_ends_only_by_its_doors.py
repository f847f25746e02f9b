"""Whatever is asked of an incident in whatever order, it refuses by name or takes a legal step, and its facts tell it all."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.folds import FOLDS
from incidents import commands as c
from incidents import events as e
from incidents.errors import IncidentError, NotInThisState, NotYetComplete
from incidents.lifecycle import TRANSITIONS, decide, evolve
from incidents.model import ENDED, OPEN, RESPONDING, Absorbed, Casualties, ExternalRef, Incident, Place, Scene
from incidents.model import IncidentState as S

ID, OTHER, THIRD, ROOM, SOUTH = (UUID(int=n) for n in range(1, 6))
ALARM, ORDER, AGAIN, NOTE = (UUID(int=n) for n in range(11, 15))
START = 1_483_228_800_000
FOLD = next(fold for fold in FOLDS if fold.noun == "incident")

moments = st.integers(START, START + 3_600_000)
orders = st.sampled_from([None, ORDER, AGAIN])
steps = st.sampled_from(["dispatched", "accepted", "on_scene", "handled"])
remains = st.builds(
    c.Remains, primary_id=orders, times=st.dictionaries(steps, moments), base_lost=st.booleans()
)
commands = st.one_of(
    st.builds(c.Amend, type=st.sampled_from(["200100", None]), priority=st.integers(1, 4)),
    st.builds(c.Amend, place=st.just(Place(lon=114.0, lat=22.5, address="路口")), cell15=st.just(644_000)),
    st.builds(c.CountAlarm, alarm_id=st.just(ALARM), labels=st.sampled_from([(), ("repeated",)])),
    st.builds(c.CountAlarm, alarm_id=st.just(ALARM), at=moments, fresh=st.booleans()),
    st.builds(
        c.PressAgain,
        alarm_id=st.just(ALARM),
        at=moments,
        now=moments,
        room_id=st.sampled_from([None, ROOM]),
        labels=st.just(("repeated",)),
    ),
    st.builds(
        c.AnswerPress,
        by=st.just("anna"),
        room_id=st.just(ROOM),
        at=moments,
        outcome=st.sampled_from(["spoken", "silent"]),
    ),
    st.builds(c.PassRingOn, since=moments, at=moments, rooms=st.sampled_from([(), (SOUTH,)])),
    st.builds(c.EndSurge),
    st.builds(c.DropAlarm, alarm_id=st.just(ALARM)),
    st.builds(c.Note, note_id=st.just(NOTE), kind=st.just("scene"), urgent=st.booleans()),
    st.builds(c.StartRound),
    st.builds(c.Handle, result=st.just("handled"), at=moments),
    st.builds(
        c.FeedBack,
        at=moments,
        type_verified=st.sampled_from([None, "200200"]),
        disposition=st.just("handled"),
    ),
    st.builds(c.Review, at=moments),
    st.builds(c.Return, assignment_id=orders, at=moments),
    st.builds(c.CallBackDone, alarm_id=st.just(ALARM), at=moments),
    st.builds(c.Close, at=moments, missing=st.sampled_from([(), (), ("call_back",)])),
    st.builds(
        c.End,
        exit=st.sampled_from(["void", "advised", "transferred"]),
        at=moments,
        reference=st.sampled_from([None, ExternalRef("119", "F-7")]),
    ),
    st.builds(c.Reopen, to=st.sampled_from(["received", "handled"]), at=moments, by_unit=st.booleans()),
    st.builds(c.MergeInto, survivor=st.sampled_from([OTHER, ID])),
    st.builds(
        c.Absorb,
        others=st.just((Absorbed(THIRD, START, 1),)),
        reported=st.lists(moments, max_size=6).map(tuple),
    ),
    st.builds(c.Unmerge, remains=remains),
    st.builds(c.Separate, other=st.just(THIRD), remains=remains),
    st.builds(c.HandOver, room_id=st.sampled_from([ROOM, SOUTH])),
    st.builds(
        c.Raise, room_id=st.just(THIRD), mode=st.sampled_from(["monitor", "share", "take"]), at=moments
    ),
    st.builds(
        c.SetScene,
        scene=st.sampled_from(
            [Scene(), Scene(commander_id=OTHER), Scene(casualties=Casualties(0, 2, 1, START))]
        ),
    ),
    st.builds(c.TakeCommand, room_id=st.sampled_from([THIRD, OTHER]), by=st.just("anna"), at=moments),
    st.builds(c.HandBack, at=moments),
    st.builds(c.Follow, room_id=st.just(THIRD), owner=st.sampled_from(["anna", "bo"]), at=moments),
    st.builds(c.CheckIn, room_id=st.just(THIRD), at=moments, note_id=st.just(NOTE)),
    st.builds(c.EndFollowing, room_id=st.sampled_from([THIRD, OTHER]), at=moments),
)
followed = st.builds(
    c.Progress,
    state=st.sampled_from(sorted(RESPONDING | {S.HANDLED})),
    primary_id=orders,
    times=st.dictionaries(steps, moments),
)


def opening() -> e.Opened:
    return e.Opened(
        number="J170101-0001", priority=2, room_id=ROOM, times={"ringing": START, "entered": START},
        opened_at=datetime(2017, 1, 1, tzinfo=UTC), alarm_id=ALARM,
    )  # fmt: skip


def told(incident: Incident, *said: c.Command) -> Incident:
    for command in said:
        for fact in decide(incident, command):
            incident = evolve(incident, ID, fact)
    return incident


def opened(*said: c.Command) -> Incident:
    return told(evolve(None, ID, opening()), *said)


@settings(max_examples=200)
@given(st.lists(st.booleans().flatmap(lambda by_orders: followed if by_orders else commands), max_size=15))
def test_any_sequence_refuses_by_name_or_takes_a_legal_step(asked: list[c.Command]) -> None:
    facts: list[Any] = [opening()]
    incident = evolve(None, ID, facts[0])
    for command in asked:
        if isinstance(command, c.Progress) and incident.state not in OPEN:
            continue  # the desk asks the orders of an open incident only
        before = incident
        try:
            new = decide(before, command)
        except IncidentError as refused:
            named(refused, before)
            continue
        for fact in new:
            last, incident = incident, evolve(incident, ID, fact)
            assert last.state == incident.state or incident.state in TRANSITIONS[last.state]
        facts += new
        check_step(before, incident, command)
    check_history(facts, incident)


def named(refused: IncidentError, incident: Incident) -> None:
    assert incident.number in str(refused)
    if isinstance(refused, NotInThisState):
        assert incident.state in str(refused) or "handled by a unit" in str(refused)


def check_step(before: Incident, after: Incident, command: c.Command) -> None:
    assert after.round - before.round in (0, 1)
    assert (after.state is S.MERGED) == (after.merged_into is not None)
    assert after.merged_into != ID
    if before.state in ENDED and not isinstance(command, c.Reopen):
        assert after.state == before.state, "what ended stays ended until it is reopened"
    if after.state in RESPONDING and before.state in ENDED:
        assert isinstance(command, c.Reopen)
    if after.state in RESPONDING:
        assert {"fed_back", "reviewed", "closed"}.isdisjoint(after.times) or before.state in RESPONDING
    if after.state is S.CLOSED and before.state is not S.CLOSED:
        assert before.state is S.REVIEWED


def check_history(facts: list[Any], incident: Incident) -> None:
    """The facts as the journal keeps them, in JSON, fold to the very row; versions have no gap."""
    folded = None
    for fact in facts:
        body = msgspec.to_builtins(fact, str_keys=True)
        tag = body.pop("fact")
        text = msgspec.json.encode(body)
        fact_again = msgspec.convert(msgspec.json.decode(text) | {"fact": tag}, FOLD.facts)
        folded = FOLD.evolve(folded, ID, fact_again)
    assert folded == incident
    assert incident.version == len(facts)


@pytest.mark.parametrize("state", sorted(ENDED | {S.MERGED}))
def test_what_has_ended_takes_no_order_no_form_and_no_alarm(state: S) -> None:
    ended = msgspec.structs.replace(opened(), state=state, merged_into=OTHER if state is S.MERGED else None)
    refused = (
        c.Amend(priority=1), c.CountAlarm(ALARM), c.Handle("handled", START), c.FeedBack(START), c.Review(START),
        c.Close(START), c.End("void", START), c.MergeInto(OTHER), c.Absorb(()), c.HandOver(SOUTH),
    )  # fmt: skip
    for command in refused:
        with pytest.raises(NotInThisState, match=f"J170101-0001 is {state}"):
            decide(ended, command)


def test_nothing_closes_without_what_its_type_demands() -> None:
    reviewed = opened(c.Handle("handled", START), c.Review(START))
    with pytest.raises(NotYetComplete, match="call_back"):
        decide(reviewed, c.Close(START, ("call_back",)))
    assert told(reviewed, c.Close(START)).state is S.CLOSED


def test_reopened_as_a_new_matter_it_has_a_new_clock_and_nothing_of_the_old() -> None:
    closed = opened(c.Handle("handled", START + 5), c.Review(START + 6), c.Close(START + 7))
    again = told(closed, c.Reopen("received", START + 9))
    assert (again.state, again.round, again.disposition, again.primary_id) == (S.RECEIVED, 3, None, None)
    assert again.times == {"ringing": START + 9, "entered": START + 9}
    assert again.clock == START + 9


def test_whose_caller_is_asked_before_it_is_closed_may_be_reopened_then_too() -> None:
    reviewed = opened(c.Handle("handled", START + 5), c.Review(START + 6))
    again = told(reviewed, c.Reopen("received", START + 9))
    assert (again.state, again.round, again.clock) == (S.RECEIVED, 3, START + 9)
    assert told(reviewed, c.Reopen("handled", START + 9)).state is S.HANDLED
    for before in (opened(), opened(c.Handle("handled", START + 5))):
        with pytest.raises(NotInThisState):
            decide(before, c.Reopen("received", START + 9))


def test_reopened_because_its_form_is_wrong_it_waits_for_the_form() -> None:
    closed = opened(c.Handle("handled", START + 5), c.Review(START + 6), c.Close(START + 7))
    again = told(closed, c.Reopen("handled", START + 9))
    assert (again.state, again.disposition) == (S.HANDLED, None)
    assert again.times == {"ringing": START, "entered": START, "handled": START + 5}
    assert told(again, c.Handle("mediated", START + 10)).disposition == "mediated"


def test_what_a_unit_handled_is_not_fed_back_over_its_head() -> None:
    handled = opened(c.Progress(S.HANDLED, ORDER, {"dispatched": START, "handled": START + 5}))
    with pytest.raises(NotInThisState, match="final form"):
        decide(handled, c.Handle("handled", START + 6))


def test_a_merge_keeps_the_earliest_clock() -> None:
    survivor = opened(c.Absorb((Absorbed(OTHER, START - 60_000, 1), Absorbed(THIRD, None, None))))
    assert survivor.clock == START - 60_000
    again = told(survivor, c.End("void", START + 1), c.Reopen("received", START + 9))
    assert again.clock == START + 9, "reopened, the old clocks no longer count"


def test_a_new_order_makes_all_earlier_orders_past() -> None:
    survivor = opened(c.Absorb((Absorbed(OTHER, START, 1),)), c.Handle("handled", START + 5))
    again = told(survivor, c.StartRound())
    assert [a.round for a in again.absorbed] == [None]
    assert [a.clock for a in again.absorbed] == [START]


def test_the_type_as_reported_is_frozen_at_the_first_order() -> None:
    ordered = opened(c.Amend(type="200100"), c.Progress(S.DISPATCHED, None, {"dispatched": START}))
    amended = told(ordered, c.Amend(type="200200"))
    assert (amended.type_reported, amended.type_verified) == ("200100", "200200")
