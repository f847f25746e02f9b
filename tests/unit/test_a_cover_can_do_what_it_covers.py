"""Promise: who is named to cover does so only while that seat answers and exercises what is to be covered; else the next."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.seating.model import Cover, Covered, Kind, Seat, could_cover, still_covers, who_covers

AT = datetime(2026, 11, 30, tzinfo=UTC)
CITY, NORTH, SOUTH = (UUID(int=n) for n in (1, 2, 3))
LINEAGE = [NORTH, CITY]


def seat(n: int, room: UUID, *roles: str, **more: Any) -> Seat:
    """A combined seat where somebody answers with these roles."""
    return Seat(
        id=UUID(int=100 + n), code=f"Z-{n}", room_id=room, kind="combined", state="ready", holder="user:x",
        roles=roles, since=AT, state_since=AT, answering_since=AT, **more,
    )  # fmt: skip


def covering(one: Seat, *others: Seat) -> Cover:
    return who_covers(one, one.roles, {other.id: other for other in (one, *others)}, LINEAGE)


def test_a_named_seat_covers_only_what_it_exercises() -> None:
    taker, dispatcher = seat(1, SOUTH, "call_taker"), seat(2, SOUTH, "dispatcher")
    above = seat(3, CITY, "dispatcher")
    for named, covers in ((dispatcher, Cover(dispatcher.id)), (taker, Cover(room_id=CITY))):
        one = seat(0, NORTH, "dispatcher", cover=Cover(named.id))
        assert covering(one, taker, dispatcher, above) == covers


def test_a_leader_covers_for_anybody_and_nobody_covers_while_away() -> None:
    leader = seat(1, SOUTH, "leader")
    one = seat(0, NORTH, "call_taker", cover=Cover(leader.id))
    assert covering(one, leader) == Cover(leader.id)
    away = msgspec.structs.replace(leader, state="away")
    assert covering(one, away) == Cover(room_id=CITY)


def test_who_begins_to_do_something_else_covers_no_longer() -> None:
    other = seat(1, SOUTH, "dispatcher")
    covered = Covered(seat_id=other.id, since=AT, because="break", roles=("dispatcher",))
    one = seat(0, NORTH, "dispatcher", covered_by=covered)
    assert still_covers(one, {s.id: s for s in (one, other)})
    changed = msgspec.structs.replace(other, roles=("call_taker",))
    assert not still_covers(one, {s.id: s for s in (one, changed)})
    by_room = msgspec.structs.replace(covered, seat_id=None, room_id=SOUTH)
    one = msgspec.structs.replace(one, covered_by=by_room)
    assert still_covers(one, {s.id: s for s in (one, other)})
    assert not still_covers(one, {s.id: s for s in (one, changed)})


def test_some_kinds_of_seat_can_never_cover_for_others() -> None:
    never: set[tuple[Kind, Kind]] = {
        ("call_taker", "dispatcher"),
        ("reviewer", "call_taker"),
        ("supervisor", "leader"),
    }
    assert not any(could_cover(kind, other) for kind, other in never)
    ever: set[tuple[Kind, Kind]] = {
        ("dispatcher", "call_taker"),
        ("combined", "supervisor"),
        ("reviewer", "reviewer"),
    }
    assert all(could_cover(kind, other) for kind, other in ever)
