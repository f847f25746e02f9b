"""A dispute about duty and what is said in it. Frozen values with exactly the columns of their table.

It changes nothing of the incident while it stands: orders go on, and one room has duty as before. Words lie sealed apart.
"""

from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

Ending = Literal["decided", "conceded", "withdrawn"]


class DisputeState(StrEnum):
    """Where a dispute stands."""

    RAISED = "raised"
    DECIDED = "decided"
    CONCEDED = "conceded"
    WITHDRAWN = "withdrawn"


D = DisputeState
OVER = frozenset({D.DECIDED, D.CONCEDED, D.WITHDRAWN})


class Statement(msgspec.Struct, frozen=True):
    """What one room says to it. at: ms since 1970, UTC."""

    room_id: UUID
    by: str
    at: int
    narrative_id: UUID


class Ground(msgspec.Struct, frozen=True):
    """What a decision was made on: place (res-15 cell) and type. As long as both are the same there are no new facts."""

    cell15: int | None
    type: str | None


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """by_room says that duty is other_room's; judge_room, the first above both, decides.

    owner_room_id: who has duty by its decision, or by a concession; times: state -> ms since 1970.
    """

    id: UUID
    version: int
    incident_id: UUID
    state: DisputeState
    by_room_id: UUID
    other_room_id: UUID
    judge_room_id: UUID
    raised_by: str
    statements: tuple[Statement, ...]
    owner_room_id: UUID | None = None
    ended_by: str | None = None
    narrative_id: UUID | None = None
    ground: Ground | None = None
    times: dict[str, int]

    @property
    def is_open(self) -> bool:
        return self.state is D.RAISED

    @property
    def rooms(self) -> tuple[UUID, UUID]:
        """The two that dispute."""
        return self.by_room_id, self.other_room_id

    @property
    def answered(self) -> bool:
        """Whether the other room has said something to it."""
        return any(one.room_id == self.other_room_id for one in self.statements)
