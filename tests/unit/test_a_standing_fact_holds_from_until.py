"""Standing-fact promise: it holds from a moment to a moment, nothing brings back what has ended, and of a person none stands without an end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.broadcasts.model import Area
from dispatch.errors import Invalid, NotNow
from dispatch.standing_facts import events as e
from dispatch.standing_facts import lifecycle as life
from dispatch.standing_facts.model import KINDS, NAMES, OVER, PERSONAL, WARNING, Content, F, StandingFact

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ID, ROOM = UUID(int=1), UUID(int=9)


def content(**more: Any) -> Content:
    told: dict[str, Any] = {
        "kind": "dog", "severity": "warns", "personal": False, "area": Area(lon=114.0, lat=22.5, radius_m=50.0),
        "text_id": UUID(int=2), "why_id": UUID(int=3), "valid_from": NOW, "until": NOW + 30 * DAY, "review_at": NOW + 10 * DAY,
    }  # fmt: skip
    return Content(**told | more)


def fact(state: F = F.STANDS, **more: Any) -> StandingFact:
    return life.evolve(
        None, ID, e.Written(content=content(**more), state=state, room_id=ROOM, by="leader", at=0)
    )


def test_it_is_planned_in_force_and_expired_by_the_clock_alone() -> None:
    one = fact(valid_from=NOW + DAY, until=NOW + 3 * DAY, review_at=None)
    assert [one.status(NOW + n * DAY) for n in (0, 1, 2, 3)] == ["planned", "in_force", "in_force", "expired"]
    endless = fact(until=None, review_at=None)
    assert endless.status(NOW + 10_000 * DAY) == "in_force"
    assert fact(F.PROPOSED).status(NOW + 100 * DAY) == "proposed"


def test_a_leader_must_look_at_what_is_proposed_doubted_or_past_its_review() -> None:
    assert fact(F.PROPOSED).is_due(NOW)
    one = fact()
    assert [one.is_due(NOW + n * DAY) for n in (0, 9, 10, 29, 30)] == [False, False, True, True, False]
    doubted = life.evolve(one, ID, life.decide(one, life.Doubt(UUID(int=5), "118", 1), NOW))
    assert doubted.is_due(NOW)
    kept = life.evolve(
        doubted, ID, life.decide(doubted, life.Keep(NOW + 60 * DAY, NOW + 20 * DAY, "leader", 2), NOW)
    )
    assert (kept.is_due(NOW), kept.doubt_id, kept.until) == (False, None, NOW + 60 * DAY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": None, "personal": True}, "until"),
        ({"review_at": None, "personal": True}, "review_at"),
        ({"until": NOW + 400 * DAY, "personal": True}, "until"),
        ({"until": NOW}, "until"),
        ({"valid_from": NOW + 40 * DAY}, "until"),
        ({"review_at": NOW}, "review_at"),
        ({"review_at": NOW + 31 * DAY}, "review_at"),
    ],
)
def test_times_that_cannot_be_are_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        life.check(content(**wrong), NOW)
    assert refused.value.details["field"] == field
    with pytest.raises(Invalid):
        life.decide(fact(), life.Amend(content(**wrong), ROOM, "leader", 1), NOW)


moments = st.none() | st.integers(-5, 500).map(lambda days: NOW + days * DAY)
commands = st.lists(
    st.one_of(
        st.just(life.Approve("leader", 1)),
        st.just(life.Decline("leader", 2)),
        st.builds(
            lambda personal, until, review, looked: life.Amend(
                content(personal=personal, until=until, review_at=review), ROOM, "leader", 3, looked
            ),
            st.booleans(), moments, moments, st.booleans(),
        ),
        st.builds(lambda until, review: life.Keep(until, review, "leader", 4), moments, moments),
        st.just(life.Doubt(UUID(int=5), "118", 5)),
        st.just(life.Withdraw("leader", 6)),
        st.just(life.Reveal("118", 7)),
    ),
    max_size=25,
)  # fmt: skip


@given(st.sampled_from([F.PROPOSED, F.STANDS]), st.booleans(), commands)
def test_whatever_is_tried_it_moves_as_its_table_says_and_of_a_person_it_always_has_an_end(
    first: F, personal: bool, tried: list[life.Command]
) -> None:
    one = fact(first, personal=personal)
    for command in tried:
        before = one
        try:
            one = life.evolve(one, ID, life.decide(one, command, NOW))
        except (NotNow, Invalid):
            assert one is before
            continue
        assert one.version == before.version + 1
        unseen = isinstance(command, life.Amend) and not command.looked
        assert not unseen or (one.doubt_id, one.times) == (before.doubt_id, before.times)
        assert before.state not in OVER or (one.state, one.until) == (before.state, before.until)
        assert one.state is before.state or one.state in life.TRANSITIONS[before.state]
        assert (one.state in OVER) == ("ended" in one.times)
        assert not one.personal or (one.until is not None and one.review_at is not None)
    assert msgspec.json.decode(msgspec.json.encode(one), type=StandingFact) == one


def test_a_history_begins_with_its_writing() -> None:
    with pytest.raises(ValueError, match="does not start"):
        life.evolve(None, ID, e.Withdrawn(by="leader", at=1))
    with pytest.raises(ValueError, match="twice"):
        life.evolve(fact(), ID, e.Written(content=content(), state=F.STANDS, room_id=ROOM, by="leader", at=1))


def test_every_kind_has_a_name_and_what_is_said_of_a_person_is_masked() -> None:
    assert set(NAMES) == set(KINDS)
    assert {"violence", "weapon"} <= PERSONAL & WARNING
    assert set(KINDS) >= PERSONAL | WARNING
