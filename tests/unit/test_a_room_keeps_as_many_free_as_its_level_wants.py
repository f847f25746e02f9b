"""Free units promise: every count is that of the rooms one by one; a room falls short, and recovers, never twice in a row."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.levels.board import Board
from dispatch.levels.cover import FreeUnits, asks, wanted_of
from dispatch.levels.file import shipped
from dispatch.rooms import Reference, Rooms, with_lineage
from dispatch.shortfalls.judging import judged
from dispatch.shortfalls.model import FellShort, Shortfall, ShortfallOver, evolve
from geo.areas import Areas
from incidents.types import shipped_tree
from tests.harness.town import CITY, NORTH, ROOMS, SOUTH
from units.live import LiveUnits
from units.roll import Entry, Filter

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEVELS = shipped()


def city(**ordered: str) -> Reference:
    rooms = {"city": CITY, "north": NORTH, "south": SOUTH}
    board = Board(1, LEVELS, {rooms[name]: code for name, code in ordered.items()})
    return Reference(Rooms(with_lineage(ROOMS)), Areas([]), {}, {}, shipped_tree(), board=board)


def count(reference: Reference, north: tuple[int, int], south: tuple[int, int] = (0, 0)) -> FreeUnits:
    """(on duty, free) of each station."""
    on_duty, free = zip(north, south, strict=True)
    return FreeUnits(
        reference,
        dict(zip((NORTH, SOUTH), on_duty, strict=True)),
        dict(zip((NORTH, SOUTH), free, strict=True)),
    )


@pytest.mark.parametrize(
    ("share", "on_duty", "wanted"),
    [(None, 9, 0), (0.3, 10, 3), (0.1, 30, 3), (0.5, 3, 2), (0.5, 1, 0), (0.5, 0, 0), (1.0, 4, 3)],
)
def test_the_share_is_rounded_up_but_somebody_may_always_be_sent(
    share: float | None, on_duty: int, wanted: int
) -> None:
    level = msgspec.structs.replace(LEVELS.everyday, min_free=share)
    assert wanted_of(level, on_duty) == wanted


def test_a_room_above_counts_what_those_below_have() -> None:
    found = count(city(city="level_1"), (4, 1), (6, 5)).of(CITY)
    assert (found.on_duty, found.free, found.wanted, found.short) == (10, 6, 5, 0)


def test_sending_one_is_told_for_the_nearest_room_that_would_have_too_few() -> None:
    reference = city(city="level_1")
    assert count(reference, (4, 2), (4, 4)).left_without(NORTH) == (NORTH, 1, 2)
    assert count(reference, (2, 2), (8, 3)).left_without(NORTH) == (CITY, 4, 5)
    assert count(reference, (4, 4), (4, 4)).left_without(NORTH) is None
    assert count(city(), (4, 1)).left_without(NORTH) is None


def test_nobody_counts_where_no_level_asks() -> None:
    assert not asks(city())
    assert asks(city(south="level_3"))


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40))
def test_it_begins_below_what_is_wanted_and_ends_with_one_more(steps: Sequence[tuple[int, bool]]) -> None:
    """Six units on duty at a level that wants three of them free, ordered and taken back."""
    standing: dict[UUID, Shortfall] = {}
    for n, (free, raised) in enumerate(steps):
        reference = city(**({"north": "level_1"} if raised else {}))
        was_short = NORTH in standing
        verdict = judged(reference, count(reference, (6, free)), standing)
        for fell in verdict.fell:
            fact = FellShort(
                room_id=fell.room_id,
                level=fell.level,
                on_duty=6,
                free=fell.cover.free,
                wanted=fell.cover.wanted,
                at=NOW,
            )
            standing[fell.room_id] = evolve(None, UUID(int=n + 1), fact)
        for over in verdict.over:
            ended = ShortfallOver(free=over.free, at=NOW, cause=over.cause)
            assert evolve(standing.pop(over.shortfall.room_id), over.shortfall.id, ended).cause == over.cause
        if not raised:
            assert not standing
        elif was_short:
            assert (NORTH in standing) == (free < 4)
        else:
            assert (NORTH in standing) == (free < 3)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["available", "busy", "off_duty", "on_scene"]), st.sampled_from(["regular", "auxiliary"]),
            st.sampled_from([NORTH, SOUTH]), st.sampled_from([None, NORTH, SOUTH]),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_a_tally_is_the_count_one_by_one_by_the_room_that_orders(
    units: Sequence[tuple[str, str, UUID, UUID | None]],
) -> None:
    live, wanted = LiveUnits(), dict[UUID, int]()
    for n, (state, unit_class, room, lent_to) in enumerate(units, start=1):
        live.register(
            Entry(
                n,
                UUID(int=n),
                "car",
                unit_class,
                room,
                frozenset(),
                state,
                None,
                None if lent_to == room else lent_to,
            )
        )
        if state == "available" and unit_class == "regular" and n != 1:
            orders = lent_to or room
            wanted[orders] = wanted.get(orders, 0) + 1
    which = Filter(states=frozenset({"available"}), classes=frozenset({"regular"}), exclude=frozenset({1}))
    assert live.tally(which) == wanted
