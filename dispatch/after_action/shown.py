"""What a seat is shown of after-action reviews and of their actions: causes and states, who is to do what, what is late.

Texts are opened before and handed in by id; whoever may not read them gets null in their place.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch.after_action.model import (
    ActionState,
    AfterActionReview,
    Cause,
    FindingKind,
    ReviewAction,
    ReviewState,
    TurnKind,
)
from dispatch.instants import Instant, instant
from dispatch.rules import Rule
from dispatch.shown import AlertShown, TimerRow, Waiting
from dispatch.waiting import Names, Spoken, alone, between, fallen, next_of, room_said


class ReviewTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each state was reached; opened: since when it is to be held."""

    opened: Instant | None = None
    open: Instant | None = None
    closed: Instant | None = None
    withdrawn: Instant | None = None


class ActionTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each state was last reached."""

    open: Instant | None = None
    done: Instant | None = None
    returned: Instant | None = None
    verified: Instant | None = None
    dropped: Instant | None = None


class FindingShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; position, moment: the fact of the journal it speaks of, and when that was."""

    id: UUID
    kind: FindingKind
    by: str
    at: Instant | None
    text: str | None
    position: int | None
    moment: Instant | None


class ActionTurnShown(msgspec.Struct, frozen=True):
    """It was done, returned, verified or dropped; text null: there was none, or it is not for this seat."""

    kind: TurnKind
    by: str
    at: Instant | None
    text: str | None


class ReviewActionShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a room is to do about what was found. number: of the incident; from_room: whose review it is."""

    id: UUID
    version: int
    review_id: UUID
    incident_id: UUID
    number: str | None
    finding_id: UUID | None
    from_room: UUID
    room: UUID
    role: str | None
    state: ActionState
    by: str
    text: str | None
    due_at: Instant | None
    times: ActionTimes
    turns: tuple[ActionTurnShown, ...]
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


class AfterActionReviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """The review of one incident. sealed: its texts are not for this seat; actions_standing: of those that have not ended."""

    id: UUID
    version: int
    state: ReviewState
    incident_id: UUID
    number: str | None
    type: str | None
    priority: int | None
    exercise: bool
    incident_opened_at: Instant | None
    room: UUID
    causes: tuple[Cause, ...]
    opened_by: str
    participants: tuple[str, ...]
    findings: tuple[FindingShown, ...]
    actions: tuple[ReviewActionShown, ...]
    actions_standing: int
    actions_overdue: int
    conclusion: str | None
    signed_by: str | None
    sealed: bool
    times: ReviewTimes
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the rows: (number, type, priority, exercise, opened) of their incidents, texts, timers, phrases."""

    incidents: Mapping[UUID, "AboutIncident"]
    texts: Mapping[UUID, str]
    review_timers: Mapping[UUID, Sequence[TimerRow]]
    action_timers: Mapping[UUID, Sequence[TimerRow]]
    spoken: Spoken
    now_ms: int
    sealed: bool


class AboutIncident(msgspec.Struct, frozen=True, kw_only=True):
    """Of the incident what a list needs."""

    number: str
    type: str | None
    priority: int
    exercise: bool
    opened_at: Instant | None


def action_shown(a: ReviewAction, about: About) -> ReviewActionShown:
    """One action as it stands."""
    incident = about.incidents.get(a.incident_id)
    number = incident.number if incident else ""
    asked, asking = room_said(about.spoken, a.room_id), room_said(about.spoken, a.from_room_id)

    def names(row: TimerRow, rule: Rule) -> Names:
        return between(asked, asking, rule, alone(row, "", number))

    rows = about.action_timers.get(a.id, ())
    return ReviewActionShown(
        id=a.id, version=a.version, review_id=a.review_id, incident_id=a.incident_id, number=number or None,
        finding_id=a.finding_id, from_room=a.from_room_id, room=a.room_id, role=a.role, state=a.state, by=a.by,
        text=about.texts.get(a.narrative_id), due_at=instant(a.due_at),
        times=ActionTimes(**{name: instant(at) for name, at in a.times.items()}),
        turns=tuple(
            ActionTurnShown(t.kind, t.by, instant(t.at), about.texts.get(t.narrative_id) if t.narrative_id else None)
            for t in a.turns
        ),
        waiting=next_of(rows, about.spoken, names), alerts=fallen(rows, about.spoken, names),
    )  # fmt: skip


def review_shown(
    r: AfterActionReview, actions: Sequence[ReviewAction], about: About
) -> AfterActionReviewShown:
    """One review with its findings and actions."""
    incident = about.incidents.get(r.incident_id)
    number = incident.number if incident else ""
    room = room_said(about.spoken, r.room_id)

    def names(row: TimerRow, rule: Rule) -> Names:
        return between(room, room, rule, alone(row, "", number))

    rows = about.review_timers.get(r.id, ())
    standing = [one for one in actions if one.stands]
    overdue = [
        one for one in standing if one.state != "done" and one.due_at.timestamp() * 1000 < about.now_ms
    ]
    return AfterActionReviewShown(
        id=r.id, version=r.version, state=r.state, incident_id=r.incident_id, number=number or None,
        type=incident.type if incident else None, priority=incident.priority if incident else None,
        exercise=incident.exercise if incident else False,
        incident_opened_at=incident.opened_at if incident else None, room=r.room_id, causes=r.causes,
        opened_by=r.opened_by, participants=r.participants,
        findings=tuple(
            FindingShown(
                id=f.id, kind=f.kind, by=f.by, at=instant(f.at), text=about.texts.get(f.narrative_id),
                position=f.position, moment=instant(f.moment),
            )
            for f in r.findings
        ),
        actions=tuple(action_shown(one, about) for one in actions),
        actions_standing=len(standing), actions_overdue=len(overdue),
        conclusion=about.texts.get(r.conclusion_id) if r.conclusion_id else None, signed_by=r.signed_by,
        sealed=about.sealed, times=ReviewTimes(**{name: instant(at) for name, at in r.times.items()}),
        waiting=next_of(rows, about.spoken, names), alerts=fallen(rows, about.spoken, names),
    )  # fmt: skip
