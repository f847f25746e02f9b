"""Lamp promise: whatever comes in whatever order, a lamp never goes back, and a broadcast that has ended never begins again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.broadcasts import events as e
from dispatch.broadcasts import lifecycle as life
from dispatch.broadcasts.model import OVER, Area, Audience, B, Broadcast, Lamp, Party, Spotting
from dispatch.errors import NotNow

T0 = datetime(2026, 5, 1, 8, tzinfo=UTC)
ID, UNIT, INCIDENT = UUID(int=1), UUID(int=2), UUID(int=3)
OF: tuple[UUID, UUID, Party] = (ID, UNIT, "unit")
WRITTEN = e.Written(
    kind="lookout", urgent=True, number="B260501-0001", revision=1, room_id=UUID(int=9), scope_room_id=UUID(int=9),
    by="a seat", narrative_id=UUID(int=10), audience=Audience(areas=(Area(lon=1.0, lat=2.0, radius_m=500),)),
    expires_at=T0 + timedelta(hours=1), at=0,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["added", "deliver", "read"]), st.integers(0, 3_600)), max_size=20))
def test_a_lamp_never_goes_back(steps: list[tuple[str, int]]) -> None:
    lamp: Lamp | None = None
    for step, second in steps:
        at, before = T0 + timedelta(seconds=second), lamp
        facts: list[Any] = []
        if step == "deliver":
            facts = life.deliver(lamp, OF, at)
        elif step == "read":
            facts = life.read(lamp, OF, at, f"seat {second}")
        elif lamp is None:
            facts = [e.Added(broadcast_id=ID, party_id=UNIT, party="unit", why="entered", added_at=at)]
        for fact in facts:
            lamp = life.evolve_lamp(lamp, UUID(int=4), fact)
        if before is not None:
            assert lamp is not None
            for name in ("added_at", "delivered_at", "read_at", "read_by"):
                assert getattr(before, name) in (None, getattr(lamp, name))
        if lamp is not None and lamp.read_at is not None:
            assert lamp.delivered_at is not None


COMMANDS: list[life.Command] = [
    life.Send(3, UUID(int=11), "a seat", 1),
    life.Extend(T0 + timedelta(hours=2), 2),
    life.CallAgain(2, 3),
    life.Spot(Spotting(UUID(int=12), INCIDENT, "note", "plate", 4)),
    life.Spot(Spotting(UUID(int=13), INCIDENT, "linked", None, 5)),
    life.Notice("a seat", 6),
    life.End("expired", 7),
    life.End("cancelled", 8, "a seat", UUID(int=14)),
    life.End("superseded", 9, "a seat", replaced_by=UUID(int=15)),
    life.End("declined", 10, "a seat"),
]


@given(st.lists(st.sampled_from(COMMANDS), max_size=25))
def test_what_has_ended_never_begins_again(commands: list[life.Command]) -> None:
    b: Broadcast = life.evolve(None, ID, WRITTEN)
    for command in commands:
        before = b
        try:
            facts = life.decide(b, command)
        except NotNow:
            continue
        for fact in facts:
            b = life.evolve(b, ID, fact)
        assert b.version == before.version + len(facts)
        if before.state in OVER:
            assert b.state is before.state
        elif b.state is not before.state:
            assert b.state in life.TRANSITIONS[before.state]
        assert (b.state in OVER) == ("ended" in b.times)


def test_a_mark_in_one_incident_is_told_once_and_a_persons_word_beside_it() -> None:
    b = life.evolve(None, ID, WRITTEN)
    for command in (COMMANDS[0], COMMANDS[3], COMMANDS[3], COMMANDS[4], COMMANDS[4]):
        for fact in life.decide(b, command):
            b = life.evolve(b, ID, fact)
    assert [s.source for s in b.spottings] == ["note", "linked"]


def test_nothing_is_found_of_one_that_is_over() -> None:
    b = life.evolve(life.evolve(None, ID, WRITTEN), ID, e.Ended(state="cancelled", at=1))
    assert b.state is B.CANCELLED
    with pytest.raises(NotNow):
        life.decide(b, COMMANDS[3])
