"""What may be asked of an assignment, in the imperative; `at` is ms since 1970, UTC, already judged by the desk.

An order is moved forward, leaves by an exit, or changes its role; `lifecycle.decide` answers with facts or refuses.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.model import AssignmentState, Role
from dispatch.standing_facts.model import KnownFact


class Step(msgspec.Struct, frozen=True):
    """Move forward: deliver, accept, en-route, on-scene, clear. Steps may be skipped, never walked back."""

    step: AssignmentState
    at: int
    result: str | None = None
    flags: tuple[str, ...] = ()


class TakeExit(msgspec.Struct, frozen=True):
    """Leave the way: unable, expired, recalled, released, preempted."""

    exit: Literal["unable", "expired", "recalled", "released", "preempted"]
    at: int
    flags: tuple[str, ...] = ()
    preempted_for: UUID | None = None


class Send(msgspec.Struct, frozen=True):
    """Send a stacked order now, in the incident's present round and to the unit's present crew, who promise to be there then.

    known: standing facts of the place.
    """

    at: int
    round: int
    crew: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    promised_at: datetime | None = None
    known: tuple[KnownFact, ...] = ()


class Check(msgspec.Struct, frozen=True):
    """Ask the unit on scene whether all is well, or note that it was heard, or its position lost or found again."""

    step: Literal["asked", "heard", "touch_lost", "touch_regained"]
    at: int


class MarkUnreached(msgspec.Struct, frozen=True):
    """Its unit's duty phone could not be reached by this bearer either."""

    bearer: Literal["sms", "phone"]
    at: int


class ProposeOther(msgspec.Struct, frozen=True):
    """Its unit cannot go: others were proposed and kept as this recommendation."""

    recommendation_id: UUID


class ChangeRole(msgspec.Struct, frozen=True):
    """Make it primary or reinforcement."""

    role: Role


Command = Step | TakeExit | Send | ChangeRole | Check | MarkUnreached | ProposeOther
