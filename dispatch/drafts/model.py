"""A draft and its facts: begun at a seat, moved when that seat no longer answers, ended by being sent or discarded.

What stands in it is no fact; it is saved as often as somebody types. Pure.
"""

from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

type End = Literal["sent", "discarded"]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One form; has exactly the columns of its table. room_id: where it is taken; seat_id None: of any call-taker there.

    home_seat_id: where it was begun or taken up, and goes back to when that seat answers again.
    """

    id: UUID
    room_id: UUID
    seat_id: UUID | None = None
    home_seat_id: UUID | None = None
    by: str
    opened_at: datetime
    ended: End | None = None
    ended_at: datetime | None = None
    alarm_id: UUID | None = None
    version: int = 1


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class DraftOpened(Fact, frozen=True, kw_only=True, tag="opened"):
    """Somebody began a form."""

    room_id: UUID
    seat_id: UUID | None = None
    by: str
    at: datetime


class DraftMoved(Fact, frozen=True, kw_only=True, tag="moved"):
    """Another seat has it now, or whoever takes calls in that room."""

    room_id: UUID
    seat_id: UUID | None = None
    home_seat_id: UUID | None = None
    by: str


class DraftEnded(Fact, frozen=True, kw_only=True, tag="ended"):
    """It became an alarm, or was thrown away."""

    how: End
    at: datetime
    alarm_id: UUID | None = None


DraftFact = DraftOpened | DraftMoved | DraftEnded


def evolve(draft: Draft | None, id_: UUID, fact: DraftFact) -> Draft:
    """The draft after one more fact; only `DraftOpened` may start from None."""
    if isinstance(fact, DraftOpened):
        return Draft(
            id=id_, room_id=fact.room_id, seat_id=fact.seat_id, home_seat_id=fact.seat_id, by=fact.by,
            opened_at=fact.at,
        )  # fmt: skip
    if draft is None:
        raise ValueError(f"the history of draft {id_} does not start with its being opened")
    changed = msgspec.structs.replace(draft, version=draft.version + 1)
    match fact:
        case DraftMoved(room_id=room_id, seat_id=seat_id, home_seat_id=home, by=by):
            return msgspec.structs.replace(
                changed, room_id=room_id, seat_id=seat_id, home_seat_id=home, by=by
            )
        case DraftEnded(how=how, at=at, alarm_id=alarm_id):
            return msgspec.structs.replace(changed, ended=how, ended_at=at, alarm_id=alarm_id)
        case _:
            assert_never(fact)
