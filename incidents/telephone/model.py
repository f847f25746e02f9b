"""A telephone call: where it stands, when it rang and was answered, who has it, what is still owed to it.

The first seconds of most alarms. Numbers lie sealed apart under `person_id`; the row has exactly the columns of `call`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from incidents.model import Place, RingBack


class CallState(StrEnum):
    """Where a call stands; the last two are its ends."""

    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    CONFERENCED = "conferenced"
    TRANSFERRED = "transferred"
    RELEASED = "released"
    ABANDONED = "abandoned"


CallAct = Literal["ringing", "answered", "held", "conferenced", "transferred", "released", "abandoned"]
"""What a switchboard tells; `answered` again means that the call was taken up from hold or by another seat."""

LIVE = frozenset(
    {CallState.RINGING, CallState.ANSWERED, CallState.HELD, CallState.CONFERENCED, CallState.TRANSFERRED}
)
ENDED = frozenset({CallState.RELEASED, CallState.ABANDONED})
SPOKEN = ("answered", "held", "conferenced")
"""Times that show somebody has spoken with the caller, whichever of them arrived."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One telephone call. `reference`: the switchboard's own name for it; `nth`: how often it has used that name.

    times: name -> ms since 1970, UTC: ringing, answered and the ends as first told, `resumed` (answered again), held,
    conferenced and transferred as last told. stamps: field -> (at, rank) of the telling that the field's value is from.
    """

    id: UUID
    acd: str
    line: str
    reference: str
    nth: int = 1
    room_id: UUID
    state: CallState
    version: int
    seat: str | None = None
    recording_ref: str | None = None
    person_id: UUID | None = None
    place: Place | None = None
    times: dict[str, int] = {}
    stamps: dict[str, tuple[int, int]] = {}
    flags: tuple[str, ...] = ()
    exercise: bool = False
    opened_at: datetime
    alarm_id: UUID | None = None
    ring_backs: tuple[RingBack, ...] = ()
    redialled_by: UUID | None = None

    @property
    def answer_ms(self) -> int | None:
        """From the first ring to the first answer; None until both are known and in that order."""
        ringing, answered = self.times.get("ringing"), self.times.get("answered")
        if ringing is None or answered is None or answered < ringing:
            return None
        return answered - ringing

    @property
    def owes_ring_back(self) -> bool:
        """Given up before anybody spoke, and nobody has spoken since: not reported, not rung back, not redialled.

        Who was rung back and needs help is owed an alarm, so the call goes on owing until there is one.
        """
        settled = any(one.outcome != "needs_help" for one in self.ring_backs)
        return (
            self.state is CallState.ABANDONED
            and self.alarm_id is None
            and self.redialled_by is None
            and not settled
        )
