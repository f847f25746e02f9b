"""A press rings like a call: in the room that answers its call point, then in the room above, until somebody answers.

What an incident keeps of the presses of its call point, and each step of the ringing as a pure function from one value
to the next; the lifecycle of the incident tells the facts.
"""

from typing import Literal
from uuid import UUID

import msgspec

RING_AGAIN_MS = 60_000
"""After an answer the talk link is open: presses within this time are counted and told, but ring nobody anew."""

AnswerOutcome = Literal["spoken", "silent"]
"""spoken: somebody was heard over the talk link or seen; silent: nobody was."""

RingState = Literal["ringing", "answered", "unanswered"]

REPEATED, UNVERIFIED, UNANSWERED, SILENT = "repeated", "unverified", "unanswered", "silent"
"""Labels of `incidents.triage` that presses and answers put on an incident, or take from it."""


class Ring(msgspec.Struct, frozen=True):
    """It rings in `room_id` since `since` (ms since 1970, UTC); `tier`: how many rooms let it pass before."""

    room_id: UUID
    since: int
    tier: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Who answered, from which room (None: no room's seat), when (ms since 1970, UTC), and what was heard."""

    by: str
    room_id: UUID | None
    at: int
    outcome: AnswerOutcome


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """The presses of one incident. at: of the last one, ms since 1970, UTC; alarm_id: the one that rang.

    recommendation_id: the patrols that were proposed when nobody had answered.
    """

    alarm_id: UUID
    count: int = 1
    at: int
    ring: Ring | None = None
    answer: Answer | None = None
    unanswered_at: int | None = None
    recommendation_id: UUID | None = None

    @property
    def state(self) -> RingState:
        """Whether it rings now, was answered, or every room let it pass."""
        if self.ring is not None:
            return "ringing"
        return "unanswered" if self.answer is None else "answered"


def rings_anew(press: Press | None, at: int) -> bool:
    """Whether a further press starts to ring again: nothing rings, and no answer was given a moment ago."""
    if press is None or press.state == "unanswered":
        return True
    return press.answer is not None and press.ring is None and at - press.answer.at > RING_AGAIN_MS


def again(press: Press | None, alarm_id: UUID, at: int, ring: Ring | None) -> Press:
    """One more press; with `ring` it rings anew."""
    if press is None:
        return Press(alarm_id=alarm_id, at=at, ring=ring)
    counted = msgspec.structs.replace(press, count=press.count + 1, at=max(press.at, at))
    if ring is None:
        return counted
    return msgspec.structs.replace(
        counted, alarm_id=alarm_id, ring=ring, answer=None, unanswered_at=None, recommendation_id=None
    )


def next_ring(ring: Ring, rooms: tuple[UUID, ...], at: int) -> Ring | None:
    """Where it rings after `ring` was let pass; `rooms`: those above its room, nearest first. None: nobody is left."""
    return Ring(rooms[0], at, ring.tier + 1) if rooms else None


def answered_labels(labels: tuple[str, ...], outcome: AnswerOutcome) -> tuple[str, ...]:
    """What was heard is verified; silence is not, and says so."""
    gone = {UNANSWERED, UNVERIFIED, SILENT} if outcome == "spoken" else {UNANSWERED}
    left = tuple(label for label in labels if label not in gone)
    return left if outcome == "spoken" or SILENT in left else (*left, SILENT)


def unanswered_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Nobody answered: unverified, and said to be so."""
    return labels + tuple(label for label in (UNVERIFIED, UNANSWERED) if label not in labels)
