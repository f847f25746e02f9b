"""What may be asked of an incident, in the imperative. `lifecycle.decide` answers with facts or refuses.

Times in `at` are ms since 1970, UTC, already judged (claimed or recorded) by the desk.
"""

from typing import Literal
from uuid import UUID

import msgspec

from incidents.call_points.presses import AnswerOutcome
from incidents.model import (
    Absorbed,
    CallBackOutcome,
    ExternalRef,
    IncidentState,
    LastSeen,
    Place,
    PursuitOutcome,
    Raised,
    RaiseMode,
    RingBackOutcome,
    Scene,
)


class Amend(msgspec.Struct, frozen=True, kw_only=True):
    """Correct what is known. UNSET leaves a field as it is."""

    type: str | None | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    place: Place | msgspec.UnsetType = msgspec.UNSET
    cell15: int | None = None
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    primary_id: UUID | msgspec.UnsetType = msgspec.UNSET
    proposed_room_id: UUID | None = None


class CountAlarm(msgspec.Struct, frozen=True):
    """An alarm joined; `labels` are those it adds. fresh: it comes now, and may make a surge."""

    alarm_id: UUID
    labels: tuple[str, ...] = ()
    at: int | None = None
    fresh: bool = True


class PressAgain(msgspec.Struct, frozen=True, kw_only=True):
    """The call point was pressed again, or for the first time here; room_id: where it may ring, None: nowhere.

    at: as claimed; now: as recorded, from when it rings.
    """

    alarm_id: UUID
    at: int
    now: int
    room_id: UUID | None
    labels: tuple[str, ...] = ()


class AnswerPress(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody took the call over the talk link, or looked through the cameras."""

    by: str
    room_id: UUID | None
    at: int
    outcome: AnswerOutcome


class PassRingOn(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody answered what rings since `since`: it goes on to the first of `rooms`, or ends where there is none.

    recommendation_id: the patrols proposed in that case.
    """

    since: int
    at: int
    rooms: tuple[UUID, ...]
    recommendation_id: UUID | None = None


class DeclareSurge(msgspec.Struct, frozen=True, kw_only=True):
    """Many reports of one thing came as incidents of their own: this one is their surge. since, at: ms; others: they."""

    since: int
    others: tuple[UUID, ...]
    at: int


class EndSurge(msgspec.Struct, frozen=True):
    """Nobody has reported it any more for a while."""


class DropAlarm(msgspec.Struct, frozen=True):
    """An alarm was taken away to another incident."""

    alarm_id: UUID


class Note(msgspec.Struct, frozen=True):
    """Something new is known; its text lies sealed apart."""

    note_id: UUID
    kind: str
    urgent: bool


class StartRound(msgspec.Struct, frozen=True):
    """A new order reaches an incident that was already handled, fed back or reviewed."""


class Progress(msgspec.Struct, frozen=True):
    """Take over what the assignments say: furthest step, primary, first times (ms)."""

    state: IncidentState
    primary_id: UUID | None
    times: dict[str, int]


class Handle(msgspec.Struct, frozen=True):
    """Settle without a unit, by result."""

    result: str
    at: int


class FeedBack(msgspec.Struct, frozen=True):
    """The primary's final form is in."""

    at: int
    type_verified: str | None = None
    disposition: str | None = None


class Review(msgspec.Struct, frozen=True):
    """Accept all forms. by_rule: nobody has read them; why: for which reasons somebody did, or had to."""

    at: int
    by_rule: bool = False
    why: tuple[str, ...] = ()


class Return(msgspec.Struct, frozen=True):
    """Send one assignment's form back for correction; without one, the result of a handling without unit."""

    assignment_id: UUID | None
    at: int


class CallBackDone(msgspec.Struct, frozen=True):
    """One alarm's caller was asked."""

    alarm_id: UUID
    at: int
    outcome: CallBackOutcome | None = None


class CallBackTried(msgspec.Struct, frozen=True):
    """One alarm's caller was called back and not reached."""

    alarm_id: UUID
    at: int


class RingBackDone(msgspec.Struct, frozen=True):
    """One alarm's caller was rung back."""

    alarm_id: UUID
    outcome: RingBackOutcome
    at: int


class TimeCall(msgspec.Struct, frozen=True):
    """The call it was opened by has better known times (ms): `ringing`, `answered`."""

    times: dict[str, int]


class Close(msgspec.Struct, frozen=True):
    """End it; `missing` names what its type still demands, `despite` what a leader lets stand open."""

    at: int
    missing: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()


class End(msgspec.Struct, frozen=True):
    """Leave by an exit: nuisance (void), settled by telephone (advised), another agency accepted (transferred)."""

    exit: Literal["void", "advised", "transferred"]
    at: int
    reference: ExternalRef | None = None
    despite: tuple[str, ...] = ()


class Reopen(msgspec.Struct, frozen=True):
    """Take it up again: as a new matter, or only its form is wrong.

    by_unit: its primary cleared with a result, so that the form to correct is that unit's.
    """

    to: Literal["received", "handled"]
    at: int
    by_unit: bool = False


class MergeInto(msgspec.Struct, frozen=True):
    """End as the same incident as another. `survivor` is already resolved to the end of any chain."""

    survivor: UUID


class FollowMerge(msgspec.Struct, frozen=True):
    """The incident this one was merged into was itself merged on: keep the chain flat."""

    survivor: UUID


class Absorb(msgspec.Struct, frozen=True):
    """Take in other incidents that were merged into this one; reported: when their newest alarms came, ms.

    raised: to whom above this one they were raised; commanded_by: the room above that commands from now on (`at`, ms), None:
    nothing changes.
    """

    others: tuple[Absorbed, ...]
    reported: tuple[int, ...] = ()
    raised: tuple[Raised, ...] = ()
    commanded_by: UUID | None = None
    at: int = 0


class Remains(msgspec.Struct, frozen=True):
    """What is left to an incident once orders that were counted with its own no longer are: primary and times (ms).

    base_lost: what settled its last round was one of those orders.
    """

    primary_id: UUID | None
    times: dict[str, int]
    base_lost: bool = False


class Unmerge(msgspec.Struct, frozen=True):
    """Live again on its own; its own assignments then say its state."""

    remains: Remains


class Separate(msgspec.Struct, frozen=True):
    """Let go of an incident that lives on its own again."""

    other: UUID
    remains: Remains


class HandOver(msgspec.Struct, frozen=True):
    """Give duty to another room."""

    room_id: UUID


class SetScene(msgspec.Struct, frozen=True):
    """How the scene is run from now on."""

    scene: Scene


class StartPursuit(msgspec.Struct, frozen=True):
    """It moves from now on."""

    at: int


class Move(msgspec.Struct, frozen=True):
    """It was seen somewhere."""

    place: Place
    cell15: int
    seen: LastSeen


class EnterArea(msgspec.Struct, frozen=True):
    """It has come into another room's area."""

    room_id: UUID
    at: int


class JoinPursuit(msgspec.Struct, frozen=True):
    """A room into whose area it has come takes part."""

    room_id: UUID
    at: int


class OfferCommand(msgspec.Struct, frozen=True):
    """A room above all that it has crossed may take command."""

    room_id: UUID
    at: int


class DeclineOffer(msgspec.Struct, frozen=True):
    """That room leaves command where it is."""

    at: int


class EndPursuit(msgspec.Struct, frozen=True):
    """It moves no longer, or nobody knows where."""

    outcome: PursuitOutcome
    at: int


class Raise(msgspec.Struct, frozen=True):
    """Draw in a room above."""

    room_id: UUID
    mode: RaiseMode
    at: int


class TakeCommand(msgspec.Struct, frozen=True):
    """A room above takes command for itself."""

    room_id: UUID
    by: str
    at: int


class HandBack(msgspec.Struct, frozen=True):
    """Command goes back to the room that has duty."""

    at: int


class Follow(msgspec.Struct, frozen=True):
    """Somebody of a room above follows it by name from now on."""

    room_id: UUID
    owner: str
    at: int


class TakeNotice(msgspec.Struct, frozen=True):
    """Somebody of a room above, or above that, has seen that it was raised there."""

    room_id: UUID
    at: int


class CheckIn(msgspec.Struct, frozen=True):
    """Who follows it has looked in; note_id: what was found."""

    room_id: UUID
    at: int
    note_id: UUID | None = None


class EndFollowing(msgspec.Struct, frozen=True):
    """A room above is done with it; command goes back where it lay with that room."""

    room_id: UUID
    at: int


class FireRule(msgspec.Struct, frozen=True):
    """A timer of it, or of something that belongs to it, fell due; times in ms."""

    rule: str
    noun: str
    entity_id: UUID
    armed_at: int
    due_at: int


class NoticeAlert(msgspec.Struct, frozen=True):
    """Somebody has seen an alert of it, or of something that belongs to it."""

    rule: str
    noun: str
    entity_id: UUID
    by: str
    at: int


class ProposeWave(msgspec.Struct, frozen=True):
    """A rule asked for the next units; so many were proposed and kept as this recommendation. refused: why none was ordered."""

    rule: str
    recommendation_id: UUID
    units: int
    refused: str | None = None


class FollowRules(msgspec.Struct, frozen=True):
    """Other rules hold: what it waits for may be something else."""

    version: int


Command = (
    Amend
    | CountAlarm
    | PressAgain
    | AnswerPress
    | PassRingOn
    | DeclareSurge
    | EndSurge
    | DropAlarm
    | Note
    | StartRound
    | Progress
    | Handle
    | FeedBack
    | Review
    | Return
    | CallBackDone
    | CallBackTried
    | RingBackDone
    | TimeCall
    | Close
    | End
    | Reopen
    | MergeInto
    | FollowMerge
    | Absorb
    | Unmerge
    | Separate
    | HandOver
    | SetScene
    | StartPursuit
    | Move
    | EnterArea
    | JoinPursuit
    | OfferCommand
    | DeclineOffer
    | EndPursuit
    | Raise
    | TakeCommand
    | HandBack
    | Follow
    | TakeNotice
    | CheckIn
    | EndFollowing
    | FireRule
    | NoticeAlert
    | ProposeWave
    | FollowRules
)
