"""What has happened to alarms and incidents, in the past tense: the facts that the journal keeps.

The tag is `journal.fact`, the other fields are `journal.body`. No fact holds a name, a number or a free text of a
person; folding an entity's facts in order of version gives its row.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from incidents.call_points.presses import Press
from incidents.model import (
    Absorbed,
    AlarmSource,
    CallBack,
    CallBackOutcome,
    ExternalRef,
    IncidentState,
    LastSeen,
    Place,
    PursuitOutcome,
    Raised,
    RingBack,
    RingBackOutcome,
    Scene,
    Unreached,
)
from incidents.surges import Surge


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""


class AlarmReceived(Fact, frozen=True, kw_only=True, tag="received"):
    incident_id: UUID
    source: AlarmSource
    call_id: str | None = None
    call_point_id: UUID | None = None
    person_id: UUID | None = None
    narrative_id: UUID | None = None
    type: str | None = None
    place: Place | None = None
    language: str | None = None
    confidential: bool = False
    do_not_contact: bool = False
    exercise: bool = False
    scheduled_for: datetime | None = None
    taken_by: str
    claimed_at: datetime | None = None
    recorded_at: datetime
    flags: tuple[str, ...] = ()


class AlarmMoved(Fact, frozen=True, kw_only=True, tag="moved"):
    incident_id: UUID


class AlarmCalledBack(Fact, frozen=True, kw_only=True, tag="called_back"):
    called_back: CallBack


class AlarmUnreached(Fact, frozen=True, kw_only=True, tag="unreached"):
    unreached: Unreached


class AlarmRevealed(Fact, frozen=True, kw_only=True, tag="revealed"):
    pass


class AlarmRungBack(Fact, frozen=True, kw_only=True, tag="rung_back"):
    ring_back: RingBack


class Opened(Fact, frozen=True, kw_only=True, tag="opened"):
    number: str
    type_reported: str | None = None
    priority: int
    lon: float | None = None
    lat: float | None = None
    place: Place | None = None
    cell15: int | None = None
    room_id: UUID
    labels: tuple[str, ...] = ()
    exercise: bool = False
    call_point_id: UUID | None = None
    follows: UUID | None = None
    times: dict[str, int]
    external_refs: tuple[ExternalRef, ...] = ()
    opened_at: datetime
    alarm_id: UUID | None = None
    press: Press | None = None
    areas_number: int | None = None
    source: AlarmSource | None = None


class Amended(Fact, frozen=True, kw_only=True, tag="amended", omit_defaults=True):
    type_reported: str | None | msgspec.UnsetType = msgspec.UNSET
    type_verified: str | None | msgspec.UnsetType = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    place: Place | msgspec.UnsetType = msgspec.UNSET
    cell15: int | None = None
    labels: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    primary_id: UUID | msgspec.UnsetType = msgspec.UNSET
    proposed_room_id: UUID | None = None


class AlarmCounted(Fact, frozen=True, kw_only=True, tag="alarm_counted"):
    alarm_id: UUID
    labels: tuple[str, ...]
    at: int | None = None
    surge: Surge | None = None


class PressedAgain(Fact, frozen=True, kw_only=True, tag="pressed_again"):
    """It sounds again, with its count."""

    alarm_id: UUID
    labels: tuple[str, ...]
    press: Press


class RingAnswered(Fact, frozen=True, kw_only=True, tag="ring_answered"):
    alarm_id: UUID
    labels: tuple[str, ...]
    press: Press


class RolledOver(Fact, frozen=True, kw_only=True, tag="rolled_over"):
    press: Press


class RingUnanswered(Fact, frozen=True, kw_only=True, tag="ring_unanswered"):
    labels: tuple[str, ...]
    press: Press


class Surged(Fact, frozen=True, kw_only=True, tag="surged"):
    """So many reports since then (ms): every call-taker sees it. at: when a rule declared it, null where its own reports are many.

    others: the incidents beside this one of which it was declared.
    """

    since: int
    count: int
    at: int | None = None
    others: tuple[UUID, ...] = ()


class SurgeEnded(Fact, frozen=True, kw_only=True, tag="surge_ended"):
    """Nobody reports it any more."""


class AlarmDropped(Fact, frozen=True, kw_only=True, tag="alarm_dropped"):
    alarm_id: UUID


class Noted(Fact, frozen=True, kw_only=True, tag="noted"):
    note_id: UUID
    kind: str
    urgent: bool


class RoundStarted(Fact, frozen=True, kw_only=True, tag="round_started"):
    round: int


class Progressed(Fact, frozen=True, kw_only=True, tag="progressed"):
    state: IncidentState
    primary_id: UUID | None
    times: dict[str, int]
    type_frozen: bool


class Handled(Fact, frozen=True, kw_only=True, tag="handled"):
    result: str
    at: int
    round: int


class FedBack(Fact, frozen=True, kw_only=True, tag="fed_back"):
    at: int
    type_verified: str | None = None
    disposition: str | None = None


class Reviewed(Fact, frozen=True, kw_only=True, tag="reviewed"):
    """The forms were accepted: by a person, or by rule. why: keys of the reasons why a person was asked."""

    at: int
    by_rule: bool = False
    why: tuple[str, ...] = ()


class Returned(Fact, frozen=True, kw_only=True, tag="returned"):
    assignment_id: UUID | None
    at: int


class CalledBack(Fact, frozen=True, kw_only=True, tag="called_back"):
    alarm_id: UUID
    at: int
    outcome: CallBackOutcome | None = None


class CallBackTried(Fact, frozen=True, kw_only=True, tag="call_back_tried"):
    alarm_id: UUID
    at: int


class RungBack(Fact, frozen=True, kw_only=True, tag="rung_back"):
    alarm_id: UUID
    outcome: RingBackOutcome
    at: int


class CallTimed(Fact, frozen=True, kw_only=True, tag="call_timed"):
    times: dict[str, int]


class Closed(Fact, frozen=True, kw_only=True, tag="closed"):
    """It is over. despite: what a leader let stand open all the same, as `noun:id`."""

    at: int
    despite: tuple[str, ...] = ()


class Ended(Fact, frozen=True, kw_only=True, tag="ended"):
    exit: Literal["void", "advised", "transferred"]
    at: int
    reference: ExternalRef | None = None
    despite: tuple[str, ...] = ()


class Reopened(Fact, frozen=True, kw_only=True, tag="reopened"):
    to: Literal["received", "handled"]
    at: int
    round: int
    by_unit: bool = False


class Merged(Fact, frozen=True, kw_only=True, tag="merged"):
    into: UUID


class TookIn(Fact, frozen=True, kw_only=True, tag="absorbed"):
    others: tuple[Absorbed, ...]
    surge: Surge | None = None


class Unmerged(Fact, frozen=True, kw_only=True, tag="unmerged"):
    primary_id: UUID | None
    times: dict[str, int]
    base_lost: bool = False


class Separated(Fact, frozen=True, kw_only=True, tag="separated"):
    other: UUID
    primary_id: UUID | None
    times: dict[str, int]
    base_lost: bool = False


class RuleFired(Fact, frozen=True, kw_only=True, tag="rule_fired"):
    rule: str
    noun: str
    entity_id: UUID
    armed_at: int
    due_at: int


class AlertNoticed(Fact, frozen=True, kw_only=True, tag="alert_noticed"):
    """Somebody has seen what fell due; for them alone it is quiet."""

    rule: str
    noun: str
    entity_id: UUID
    by: str
    at: int


class WaveProposed(Fact, frozen=True, kw_only=True, tag="wave_proposed"):
    """A rule proposed the next units; what was shown is kept under this id.

    refused: automatic dispatch was to order them and could not, by the code of the refusal.
    """

    rule: str
    recommendation_id: UUID
    units: int
    refused: str | None = None


class RulesChanged(Fact, frozen=True, kw_only=True, tag="rules_changed"):
    version: int


class SceneSet(Fact, frozen=True, kw_only=True, tag="scene_set"):
    scene: Scene | None


class PursuitStarted(Fact, frozen=True, kw_only=True, tag="pursuit_started"):
    at: int


class Moved(Fact, frozen=True, kw_only=True, tag="moved"):
    """It was seen somewhere else, later than ever before."""

    place: Place
    cell15: int
    seen: LastSeen


class AreaEntered(Fact, frozen=True, kw_only=True, tag="area_entered"):
    room_id: UUID
    at: int


class PursuitJoined(Fact, frozen=True, kw_only=True, tag="pursuit_joined"):
    room_id: UUID
    at: int


class CommandOffered(Fact, frozen=True, kw_only=True, tag="command_offered"):
    room_id: UUID
    at: int


class OfferDeclined(Fact, frozen=True, kw_only=True, tag="offer_declined"):
    at: int


class PursuitEnded(Fact, frozen=True, kw_only=True, tag="pursuit_ended"):
    outcome: PursuitOutcome
    at: int


class RaisedTo(Fact, frozen=True, kw_only=True, tag="raised"):
    raised: Raised


class CommandTaken(Fact, frozen=True, kw_only=True, tag="command_taken"):
    room_id: UUID
    at: int


class CommandHandedBack(Fact, frozen=True, kw_only=True, tag="command_handed_back"):
    room_id: UUID
    at: int


class FollowedBy(Fact, frozen=True, kw_only=True, tag="followed"):
    raised: Raised


class CheckedIn(Fact, frozen=True, kw_only=True, tag="checked_in"):
    room_id: UUID
    at: int
    note_id: UUID | None = None


class FollowingEnded(Fact, frozen=True, kw_only=True, tag="following_ended"):
    room_id: UUID
    at: int


class HandedOver(Fact, frozen=True, kw_only=True, tag="handed_over"):
    room_id: UUID


AlarmFact = AlarmReceived | AlarmMoved | AlarmCalledBack | AlarmRungBack | AlarmUnreached | AlarmRevealed
IncidentFact = (
    Opened
    | Amended
    | AlarmCounted
    | PressedAgain
    | RingAnswered
    | RolledOver
    | RingUnanswered
    | Surged
    | SurgeEnded
    | AlarmDropped
    | Noted
    | RoundStarted
    | Progressed
    | Handled
    | FedBack
    | Reviewed
    | Returned
    | CalledBack
    | CallBackTried
    | RungBack
    | CallTimed
    | Closed
    | Ended
    | Reopened
    | Merged
    | TookIn
    | Unmerged
    | Separated
    | HandedOver
    | SceneSet
    | PursuitStarted
    | Moved
    | AreaEntered
    | PursuitJoined
    | CommandOffered
    | OfferDeclined
    | PursuitEnded
    | RaisedTo
    | CommandTaken
    | CommandHandedBack
    | FollowedBy
    | CheckedIn
    | FollowingEnded
    | RuleFired
    | RulesChanged
    | AlertNoticed
    | WaveProposed
)
