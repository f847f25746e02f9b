"""What a seat is shown: the entities as the contract names their fields, ready to be encoded.

The last step of every act and every read ends in one of these; `showing` makes them from what `views` has read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from dispatch.agencies.model import AgencyRequest
from dispatch.agencies.shown import AgencyRequestShown
from dispatch.call_backs.told import CallBackShown, UnreachedShown
from dispatch.disputes.model import Dispute
from dispatch.disputes.shown import DisputeShown
from dispatch.ends import OpenEnd
from dispatch.fixes import FixShown
from dispatch.forms.answers import Answer
from dispatch.forms.file import FormRef
from dispatch.instants import Instant
from dispatch.model import Assignment, Feedback, FeedbackKind, FeedbackState, Role
from dispatch.model import AssignmentState as A
from dispatch.moves.standby import StandbyShown
from dispatch.plans.shown import PlanBrief, PlanRow, TaskBrief
from dispatch.points import CallPointBrief, CameraBrief, PressShown, SurgeShown
from dispatch.pursuits.shown import PursuitShown
from dispatch.review import ReviewShown
from dispatch.rosters.brief import BeatBrief, RosterShift, ShiftBrief
from dispatch.standing_facts.ground import Found
from dispatch.standing_facts.shown import FactBrief
from dispatch.supervision.model import SupervisionOrder
from dispatch.talk.model import Backup, Emergency
from dispatch.talk.shown import BackupShown, EmergencyShown
from incidents.model import (
    Alarm,
    AlarmSource,
    ExternalRef,
    Incident,
    NoteKind,
    RaiseMode,
    RingBackOutcome,
)
from incidents.model import IncidentState as S
from incidents.sealing import Caller
from incidents.sightings.model import Sighting
from units.model import Cause, Duty, Unit, UnitClass, UnitKind


class Opened(msgspec.Struct, frozen=True):
    """Sealed rows that were opened: id -> text, id -> caller. What was erased is absent."""

    texts: Mapping[UUID, str] = {}
    callers: Mapping[UUID, Caller] = {}

    def text(self, id_: UUID | None) -> str | None:
        return None if id_ is None else self.texts.get(id_)


class PlaceShown(msgspec.Struct, frozen=True):
    """lon, lat: WGS-84 degrees."""

    lon: float | None
    lat: float | None
    accuracy_m: float | None
    address: str | None
    code: str | None
    floor: str | None
    direction: str | None
    source: str | None
    set_by: str | None


class CallerShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who reported, masked; nothing but the wishes when the report is confidential."""

    number: str | None = None
    name: str | None = None
    safe_number: str | None = None
    language: str | None = None
    confidential: bool = False
    do_not_contact: bool = False


class RingBackShown(msgspec.Struct, frozen=True):
    """The caller was rung back; to: which of the numbers known, null when there was none."""

    outcome: RingBackOutcome
    at: Instant | None
    by: str
    to: Literal["number", "safe_number"] | None
    text: str | None


class AlarmShown(msgspec.Struct, frozen=True, kw_only=True):
    """One report that came in. call_id: of its call as it was given, our id or the switchboard's."""

    id: UUID
    incident_id: UUID
    source: AlarmSource
    version: int
    call_id: str | None
    call_point_id: UUID | None
    caller: CallerShown | None
    place: PlaceShown | None
    type: str | None
    text: str | None
    scheduled_for: Instant | None
    exercise: bool
    taken_by: str
    claimed_at: Instant | None
    recorded_at: Instant | None
    flags: tuple[str, ...]
    called_back: CallBackShown | None
    ring_backs: tuple[RingBackShown, ...]
    unreached: tuple[UnreachedShown, ...]


class UnitBrief(msgspec.Struct, frozen=True):
    """Enough of a unit to name it."""

    id: UUID
    handle: int
    call_sign: str
    kind: UnitKind
    unit_class: UnitClass = msgspec.field(name="class")
    room_id: UUID
    gateway: str | None = None


class FeedbackShown(msgspec.Struct, frozen=True, kw_only=True):
    """One form about one assignment. form: what was asked, null when it was told without one.

    answers, texts: by field; complete: it says all that its type asks, null when it is older than forms by type.
    """

    id: UUID
    assignment_id: UUID
    kind: FeedbackKind
    state: FeedbackState
    version: int
    result: str | None
    type_verified: str | None
    people_count: int | None
    text: str | None
    photos: tuple[str, ...]
    form: FormRef | None
    answers: dict[str, Answer]
    texts: dict[str, str]
    complete: bool | None
    by: str
    claimed_at: Instant | None
    recorded_at: Instant | None


class AssignmentTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each step was reached, as claimed where a claim was kept."""

    stacked: Instant | None = None
    ordered: Instant | None = None
    delivered: Instant | None = None
    accepted: Instant | None = None
    en_route: Instant | None = None
    on_scene: Instant | None = None
    cleared: Instant | None = None
    unable: Instant | None = None
    expired: Instant | None = None
    recalled: Instant | None = None
    released: Instant | None = None
    preempted: Instant | None = None


class AssignmentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One order to one unit, or to a room. preempted_for: the more urgent incident that its unit was taken for.

    proposal_id: the recommendation of others that was kept when its unit could not go.
    """

    id: UUID
    incident_id: UUID
    parent_id: UUID | None
    unit_id: UUID | None
    unit: UnitBrief | None
    room_id: UUID | None
    role: Role
    state: A
    version: int
    recommendation_id: UUID | None
    ordered_by: UUID
    crew: tuple[str, ...]
    promised_at: Instant | None
    times: AssignmentTimes
    result: str | None
    flags: tuple[str, ...]
    preempted_for: UUID | None
    proposal_id: UUID | None
    feedback: tuple[FeedbackShown, ...]


class SaidShown(msgspec.Struct, frozen=True, kw_only=True):
    """One message about an order, to an agency or to a caller: by which bearer, through which gateway or provider, when it went, or why it did not.

    body: what was written beside the radio, by language; null for a radio message, which carries the incident.
    """

    id: UUID
    bearer: Literal["radio", "sms", "phone", "agency", "citizen"]
    by: str | None
    kind: str
    n: int | None
    body: dict[str, str] | None
    recorded_at: Instant
    sent_at: Instant | None
    failure: str | None


class ReadLamp(msgspec.Struct, frozen=True):
    """Whether a unit has read an urgent note."""

    unit_id: UUID
    sent_at: Instant | None
    read_at: Instant | None


class NoteShown(msgspec.Struct, frozen=True, kw_only=True):
    """An append-only note."""

    id: UUID
    incident_id: UUID
    kind: NoteKind
    text: str | None
    urgent: bool
    by: str
    recorded_at: Instant | None
    reads: tuple[ReadLamp, ...]


class Command(msgspec.Struct, frozen=True):
    """Who commands: a room, perhaps one of its seats."""

    room: UUID
    seat: str | None


class CasualtiesShown(msgspec.Struct, frozen=True):
    """How many people, as counted at `at`."""

    dead: int
    injured: int
    missing: int
    at: Instant


class SceneShown(msgspec.Struct, frozen=True):
    """How the scene is run. commander_id: the unit that commands there, while it is on it."""

    commander_id: UUID | None
    staging: PlaceShown | None
    casualties: CasualtiesShown | None


class RaisedShown(msgspec.Struct, frozen=True):
    """A room above that was drawn in. owner: who follows it there; noticed_at, checked_at: since when, and when they last looked in."""

    room: UUID
    mode: RaiseMode
    at: Instant
    owner: str | None
    noticed_at: Instant | None
    checked_at: Instant | None


class AbsorbedShown(msgspec.Struct, frozen=True):
    """An incident merged into this one."""

    id: UUID
    number: str
    clock: Instant | None


class IncidentTimes(msgspec.Struct, frozen=True, kw_only=True):
    """First time of each step; the earliest start of all incidents merged into this one. scheduled: when somebody was promised."""

    ringing: Instant | None = None
    answered: Instant | None = None
    entered: Instant | None = None
    scheduled: Instant | None = None
    dispatched: Instant | None = None
    delivered: Instant | None = None
    room_accepted: Instant | None = None
    accepted: Instant | None = None
    en_route: Instant | None = None
    on_scene: Instant | None = None
    handled: Instant | None = None
    fed_back: Instant | None = None
    reviewed: Instant | None = None
    called_back: Instant | None = None
    closed: Instant | None = None


class WaitingWords(msgspec.Struct, frozen=True):
    """What is waited for, on whom and what happens then, as people say it."""

    what: str
    on: str
    then: str


class Waiting(msgspec.Struct, frozen=True):
    """What an incident waits for (a rule's id), on whom, until when, and what happens then (the rule's effect).

    noun, id: what the timer belongs to; said: the same in words, by language (`zh`, `en`).
    """

    what: str
    on: str
    until: Instant
    then: str
    noun: str
    id: UUID
    said: dict[Literal["zh", "en"], WaitingWords]


class AlertWords(msgspec.Struct, frozen=True):
    """What has happened, to whom, and a line ready to be spoken, where there is one."""

    what: str
    on: str
    say: str | None


class AlertShown(msgspec.Struct, frozen=True):
    """Something that fell due and still stands: by which rule, since when it was waited for, when it fired.

    room: whose seats are to notice it, null: whoever works on it; noticed_by: for these people it is quiet.
    """

    rule: str
    what: str
    on: str
    since: Instant
    fired_at: Instant
    noun: str
    id: UUID
    said: dict[Literal["zh", "en"], AlertWords]
    room: UUID | None = None
    noticed_by: tuple[str, ...] = ()


class IncidentShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is happening, where, how urgent, and who is on it. `alarms` and `notes` are the newest, `*_total` counts all.

    plans: those proposed or active; tasks_standing: of all that is still to be done, before it closes. standing_facts: what
    must be known of its place, what warns first.
    """

    id: UUID
    number: str
    state: S
    version: int
    type_reported: str | None
    type_verified: str | None
    disposition: str | None
    priority: int
    place: PlaceShown | None
    cell: str | None
    room: UUID
    proposed_room: UUID | None
    command: Command
    raised: tuple[RaisedShown, ...]
    scene: SceneShown | None
    labels: tuple[str, ...]
    exercise: bool
    merged_into: UUID | None
    absorbed: tuple[AbsorbedShown, ...]
    alarms: tuple[AlarmShown, ...]
    alarms_total: int
    assignments: tuple[AssignmentShown, ...]
    notes: tuple[NoteShown, ...]
    notes_total: int
    primary_id: UUID | None
    call_point_id: UUID | None
    call_points: tuple[CallPointBrief, ...]
    cameras: tuple[CameraBrief, ...]
    press: PressShown | None
    surge: SurgeShown | None
    follows: UUID | None
    times: IncidentTimes
    waiting: Waiting | None
    alerts: tuple[AlertShown, ...]
    emergencies: tuple[EmergencyShown, ...]
    backups: tuple[BackupShown, ...]
    plans: tuple[PlanBrief, ...]
    tasks_standing: int
    external_refs: tuple[ExternalRef, ...]
    opened_at: Instant | None
    promised_at: Instant | None
    agency_requests: tuple[AgencyRequestShown, ...] = ()
    disputes: tuple[DisputeShown, ...] = ()
    pursuit: PursuitShown | None = None
    open_ends: tuple[OpenEnd, ...] = ()
    review: ReviewShown | None = None
    standing_facts: tuple[FactBrief, ...] = ()


class PostShown(msgspec.Struct, frozen=True, kw_only=True):
    """The fixed position where a unit has to stand just now, and until when."""

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    until: Instant | None


class KeptJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job kept for a unit 待处; the first of a free unit is what it was offered."""

    assignment_id: UUID
    incident_id: UUID
    number: str
    priority: int


class CommitmentShown(msgspec.Struct, frozen=True):
    """The running planned event a unit belongs to, and its post there; exercise: it keeps the unit from nothing real."""

    id: UUID
    name: str
    post_id: UUID
    post: str
    since: Instant
    until: Instant
    checked_in: bool
    exercise: bool


class UnitShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who can go. `state` is the duty, or the state of the open assignment.

    duty_until: end of a break; duty_cause: why out of service; over_time: its shift should have ended; lent_to: the room that
    orders it until lent_until. vehicle to patrol: as said at log-on; shift: as rostered, this or the next. event: the running planned event it belongs to. lost: nothing was heard of its position for two minutes, which says nothing of its duty;
    ghost: lost while on duty, drawn at its last point. kept: jobs for later, the next one first. emergency_id: it calls for help.
    """

    id: UUID
    handle: int
    call_sign: str
    kind: UnitKind
    unit_class: UnitClass = msgspec.field(name="class")
    room: UUID
    duty: Duty
    duty_until: Instant | None
    duty_cause: Cause | None
    shift_ends_at: Instant | None
    over_time: bool
    lent_to: UUID | None
    lent_until: Instant | None
    vehicle: str | None
    equipment: tuple[str, ...]
    beat: BeatBrief | None
    patrol: UnitKind | None
    shift: ShiftBrief | None
    post: PostShown | None
    standby: StandbyShown | None
    event: CommitmentShown | None
    lost: bool
    ghost: bool
    kept: tuple[KeptJob, ...]
    alerts: tuple[AlertShown, ...]
    state: str
    skills: tuple[str, ...]
    crew: tuple[str, ...]
    assignment_id: UUID | None
    incident_id: UUID | None
    talk_group: str | None
    gateway: str | None
    emergency_id: UUID | None
    version: int
    fix: FixShown | None


class TimelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of the journal; `seq` is null until it is relayed, `text` the note's that it speaks of."""

    seq: int | None
    position: int
    noun: str
    id: UUID
    version: int
    incident_id: UUID | None
    fact: str
    who: str
    via: str
    why: str | None
    claimed_at: Instant | None
    recorded_at: Instant | None
    body: msgspec.Raw
    text: str | None = None
    reads: tuple[ReadLamp, ...] | None = None


class NoteRow(msgspec.Struct, frozen=True):
    """A row of `note`."""

    id: UUID
    incident_id: UUID
    kind: NoteKind
    urgent: bool
    narrative_id: UUID
    by: str
    recorded_at: datetime


class ReadRow(msgspec.Struct, frozen=True):
    """A row of `note_read`."""

    id: UUID
    note_id: UUID
    unit_id: UUID
    sent_at: datetime
    read_at: datetime | None


class TimerRow(msgspec.Struct, frozen=True):
    """A row of `timer`: unfired it is waited for, fired it is an alert. noticed: who has seen it, since when (ms)."""

    noun: str
    entity_id: UUID
    incident_id: UUID | None
    kind: str
    rule: str
    armed_at: datetime
    due_at: datetime
    fired_at: datetime | None = None
    noticed: dict[str, int] = {}


class Named(msgspec.Struct, frozen=True):
    """An incident's id and number."""

    id: UUID
    number: str


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """An incident with all that belongs to it and to the incidents merged into it; supervision: what stands of it.

    returned: whether a form was ever sent back, asked while it is fed back.
    """

    incident: Incident
    alarms: list[Alarm] = []
    alarms_total: int = 0
    assignments: list[Assignment] = []
    forms: list[Feedback] = []
    notes: list[NoteRow] = []
    notes_total: int = 0
    reads: list[ReadRow] = []
    units: list[UnitBrief] = []
    absorbed: list[Named] = []
    rooms: list[UUID] = []
    timers: list[TimerRow] = []
    emergencies: list[Emergency] = []
    backups: list[Backup] = []
    plans: list[PlanRow] = []
    tasks: list[TaskBrief] = []
    supervision: list[SupervisionOrder] = []
    requests: list[AgencyRequest] = []
    disputes: list[Dispute] = []
    sightings: list[Sighting] = []
    sightings_total: int = 0
    facts: list[Found] = []
    returned: bool = False


class Job(msgspec.Struct, frozen=True):
    """The open assignment of a unit."""

    id: UUID
    state: str
    incident_id: UUID


class Now(NamedTuple):
    """What an entity looks like after the newest fact: `entity` is encoded once, `rooms` and `units` may see it."""

    version: int
    rooms: frozenset[UUID]
    entity: msgspec.Raw
    units: frozenset[UUID] = frozenset()


class UnitRow(msgspec.Struct, frozen=True):
    """A unit with its open assignment and its rostered shift, this or the next."""

    unit: Unit
    job: Job | None
    kept: tuple[KeptJob, ...] = ()
    shift: RosterShift | None = None
    timers: tuple[TimerRow, ...] = ()
    emergency_id: UUID | None = None
