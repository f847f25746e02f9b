"""A supervision order and what is said about it. Frozen values with exactly the columns of their table.

It stands until it is signed off or withdrawn, whatever becomes of the incident it is about; texts lie sealed apart.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.rooms import Room

Cause = Literal["leader", "call_back", "rule"]
"""Why it was given: a leader demands it, a caller was not satisfied when called back, or a rule says so."""
TurnKind = Literal["answered", "returned", "signed_off", "withdrawn"]


class SupervisionState(StrEnum):
    """Where a supervision order stands."""

    GIVEN = "given"
    ANSWERED = "answered"
    RETURNED = "returned"
    SIGNED_OFF = "signed_off"
    WITHDRAWN = "withdrawn"


S = SupervisionState
OPEN = frozenset({S.GIVEN, S.ANSWERED, S.RETURNED})
OVER = frozenset({S.SIGNED_OFF, S.WITHDRAWN})


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer, return, sign-off or withdrawal. at: ms since 1970, UTC."""

    kind: TurnKind
    by: str
    at: int
    narrative_id: UUID | None = None


class SupervisionOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A demand of one room on another. incident_id: what it is about, if about one; alarm_id: whose caller was not satisfied.

    due_at: when the answer is due; times: state -> ms since 1970 when it was last reached.
    """

    id: UUID
    version: int
    state: SupervisionState
    cause: Cause
    incident_id: UUID | None = None
    alarm_id: UUID | None = None
    from_room_id: UUID
    to_room_id: UUID
    given_by: str
    narrative_id: UUID
    due_at: datetime
    times: dict[str, int]
    turns: tuple[Turn, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def said_by(self, kind: TurnKind) -> str | None:
        """Who said the last of that kind."""
        return next((turn.by for turn in reversed(self.turns) if turn.kind == kind), None)

    def seen_by(self, to_room: Room | None) -> frozenset[UUID]:
        """Both rooms, those between and those above: all that have the room it was given to below them."""
        return frozenset({self.from_room_id, self.to_room_id, *(to_room.lineage if to_room else ())})
