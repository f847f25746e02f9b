"""What has happened to calls, in the past tense: the facts that the journal keeps.

A fact about a call is what a switchboard told, with the time it named; folding them in any order gives the same call.
None holds a number: that lies sealed under `person_id`.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from incidents.model import Place, RingBack
from incidents.telephone.model import CallAct


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class Registered(Fact, frozen=True, kw_only=True, tag="registered"):
    acd: str
    line: str
    reference: str
    nth: int = 1
    room_id: UUID
    exercise: bool = False
    opened_at: datetime


class Told(Fact, frozen=True, kw_only=True):
    """One telling: `at` in ms since 1970; the rest as far as it was said."""

    at: int
    line: str | None = None
    seat: str | None = None
    recording_ref: str | None = None
    person_id: UUID | None = None
    place: Place | None = None
    flags: tuple[str, ...] = ()


class Rang(Told, frozen=True, kw_only=True, tag="rang"): ...


class Answered(Told, frozen=True, kw_only=True, tag="answered"): ...


class Held(Told, frozen=True, kw_only=True, tag="held"): ...


class Conferenced(Told, frozen=True, kw_only=True, tag="conferenced"): ...


class Transferred(Told, frozen=True, kw_only=True, tag="transferred"): ...


class Released(Told, frozen=True, kw_only=True, tag="released"): ...


class Abandoned(Told, frozen=True, kw_only=True, tag="abandoned"): ...


class Reported(Fact, frozen=True, kw_only=True, tag="reported"):
    alarm_id: UUID


class RungBack(Fact, frozen=True, kw_only=True, tag="rung_back"):
    ring_back: RingBack


class Redialled(Fact, frozen=True, kw_only=True, tag="redialled"):
    by: UUID


class RuleFired(Fact, frozen=True, kw_only=True, tag="rule_fired"):
    rule: str
    armed_at: int
    due_at: int


type Telling = Rang | Answered | Held | Conferenced | Transferred | Released | Abandoned
CallFact = (
    Registered
    | Rang
    | Answered
    | Held
    | Conferenced
    | Transferred
    | Released
    | Abandoned
    | Reported
    | RungBack
    | Redialled
    | RuleFired
)
TELLINGS: dict[CallAct, type[Telling]] = {
    "ringing": Rang,
    "answered": Answered,
    "held": Held,
    "conferenced": Conferenced,
    "transferred": Transferred,
    "released": Released,
    "abandoned": Abandoned,
}
