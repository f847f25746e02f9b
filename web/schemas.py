"""What clients send and what they are answered, as types: the OpenAPI document is made from these and must be true.

Every body of a POST may carry when the act is said to have been done, by which way, why, and whether it is keyed in later.
Unknown fields are refused everywhere.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from dispatch.beats.schedule import BeatHours
from dispatch.cards.file import CardFile
from dispatch.desk.answering import PositionIn
from dispatch.desk.noticing import Seen
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, TimesIn
from dispatch.desk.scene import CasualtiesIn
from dispatch.desk.watching import OutOfOrderIn
from dispatch.forms.answers import Answer
from dispatch.forms.file import FormRef
from dispatch.plans.file import PlanFile
from dispatch.plans.shown import TaskShown
from dispatch.rules import RuleFile
from dispatch.shown import AlarmShown, AssignmentShown, IncidentShown
from geo.areas import Layer
from incidents.call_points.presses import AnswerOutcome
from incidents.model import AlarmSource, CallBackOutcome, FollowUp, NoteKind, RaiseMode, RingBackOutcome
from incidents.sealing import Caller
from incidents.telephone.model import CallAct
from units.model import Cause, Duty, UnitClass, UnitKind
from units.posts import Turn

Via = Literal["console", "voice", "phone", "radio", "vehicle", "gateway", "replay"]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="RFC 3339 with an offset or Z")]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Line = Annotated[str, msgspec.Meta(max_length=1_000)]
Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=10_080)]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180, description="WGS-84 degrees")]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90, description="WGS-84 degrees")]


def in_this_age(name: str, moment: datetime | None) -> None:
    """A year far off is a slip of the keyboard, and no clock here could count from it."""
    if moment is not None and not 1970 <= moment.year <= 2200:
        raise ValueError(f"{name} lies in the year {moment.year}; correct it")


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act without anything of its own. at: claimed time; back_entry: keyed in later, arms no timer."""

    at: Moment | None = None
    via: Via = "console"
    reason: Line | None = None
    back_entry: bool = False

    def __post_init__(self) -> None:
        in_this_age("at", self.at)


class AlarmIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One alarm. call_point_id: id or code; type: a code of the type tree; times: known from elsewhere.

    call_id: of its telephone call, our id or the switchboard's own; number, ring and answer are taken from there unless
    they are given. silent: nobody spoke; abandoned: the call broke off. draft_id: the form it was typed in, which ends.
    answers: question of the type -> code of the answer; priority: as a person judges it, before what type and answers say.
    """

    source: AlarmSource
    scheduled_for: Moment | None = None
    call_id: Short | None = None
    call_point_id: Short | None = None
    caller: CallerIn | None = None
    place: PlaceIn | None = None
    type: Short | None = None
    text: Text | None = None
    attach_to: UUID | None = None
    exercise: bool = False
    silent: bool = False
    abandoned: bool = False
    times: TimesIn | None = None
    draft_id: UUID | None = None
    answers: Annotated[dict[Short, Short], msgspec.Meta(max_length=20)] = {}
    priority: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("scheduled_for", self.scheduled_for)
        if self.times is not None:
            for name in ("ringing", "answered", "entered"):
                moment = getattr(self.times, name)
                in_this_age(f"times.{name}", moment)
                if moment is not None and moment.tzinfo is None:
                    raise ValueError(f"times.{name} needs an offset or Z")


class AmendIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known better; a field left out stays as it is. primary_id: an assignment."""

    type: Short | msgspec.UnsetType = msgspec.UNSET
    priority: Annotated[int, msgspec.Meta(ge=1, le=4)] | msgspec.UnsetType = msgspec.UNSET
    place: PlaceIn | msgspec.UnsetType = msgspec.UNSET
    labels: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    primary_id: UUID | msgspec.UnsetType = msgspec.UNSET


class NoteIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something new; an urgent one goes to every unit on the incident."""

    kind: NoteKind
    text: Text
    urgent: bool = False


class OrdersIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to send: all of them or none. stack: keep for later. preempt: from less urgent jobs too, with a reason."""

    orders: list[Order]
    kind: Literal["order", "stack"] = "order"
    recommendation_id: UUID | None = None
    preempt: bool = False


class ClearIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step; result: a code of the type's result list, which always has `handled`."""

    result: Short | None = None


class FormIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feedback form. people are sealed apart and counted; people_count counts without naming.

    form, answers: filled in by the fields of that version of the forms; they then say result, type, text and counts.
    """

    kind: Literal["interim", "final"]
    result: Short | None = None
    type_verified: Short | None = None
    text: Text | None = None
    people: Annotated[tuple[Caller, ...], msgspec.Meta(max_length=100)] = ()
    people_count: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    photos: Annotated[tuple[Line, ...], msgspec.Meta(max_length=50)] = ()
    form: FormRef | None = None
    answers: Annotated[dict[Short, Answer | None], msgspec.Meta(max_length=300)] | None = None


class AlarmRef(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alarm to attach or detach."""

    alarm_id: UUID


class MergeIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The incident that goes on."""

    into: UUID


class HandOverIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The room that answers from now on."""

    room_id: UUID


class TransferIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agency that has accepted, and its number for it."""

    agency: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    reference: Short | None = None
    despite_open: bool = False


class EndIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An end. despite_open: a leader ends it with something still open, and says in `reason` why."""

    despite_open: bool = False


class RaiseIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The room above that is drawn in: it watches, it commands along, or it commands."""

    room_id: UUID
    mode: RaiseMode


class SceneIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of the scene; what is left out stays, null takes it back."""

    commander_id: UUID | None | msgspec.UnsetType = msgspec.UNSET
    staging: PlaceIn | None | msgspec.UnsetType = msgspec.UNSET
    casualties: CasualtiesIn | None | msgspec.UnsetType = msgspec.UNSET


class NoticeIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen of the alerts of an incident, event or broadcast, by rule and what each is of."""

    alerts: Annotated[tuple[Seen, ...], msgspec.Meta(max_length=200)] | None = None


class DryRunIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules as they would be put in, and the window they are tried against; without it the last seven days."""

    file: RuleFile
    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)


class RulesIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules as they would be put in."""

    file: RuleFile


class PlansIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans as they would be put in."""

    file: PlanFile


class CardsIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Run cards as they would be put in."""

    file: CardFile


class CardTrialIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Run cards as they would be put in, and the window they are tried against; without it the last seven days."""

    file: CardFile
    since: Moment | None = msgspec.field(name="from", default=None)
    until: Moment | None = msgspec.field(name="to", default=None)


class DutyLevelIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty level for a room (the seat's own) and all below it, with the reason.

    until: when it is to be thought over; returns: the level before comes back by itself then. Otherwise it stays and asks.
    """

    level: str
    room: UUID | None = None
    until: Moment | None = None
    returns: bool = False


class CheckInIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found on looking in; nothing when all is as it was."""

    text: Text | None = None


class HandleIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it was settled without a unit."""

    result: Short


class ReopenIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As a new matter, or only because its form is wrong."""

    to: Literal["received", "handled"]


class ReviewIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accept all forms, or return one assignment's for correction."""

    accept: bool
    assignment_id: UUID | None = None


class ThenIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """supervise: the owning room answers by `due_at`, within 24 h by itself; reopen: as a new matter, or its form is wrong."""

    do: FollowUp = "supervise"
    due_at: Moment | None = None
    to: Literal["received", "handled"] = "received"

    def __post_init__(self) -> None:
        in_this_age("then.due_at", self.due_at)


class CallBackIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the caller said afterwards; then: what is done about one who was not satisfied, a supervision order by itself.

    end: the caller was tried often enough and never reached, and it is left at that; needs a reason.
    """

    outcome: CallBackOutcome
    text: Text | None = None
    then: ThenIn | None = None
    end: bool = False


class RingBackIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of ringing the caller back; no_number: none is known."""

    outcome: RingBackOutcome
    text: Text | None = None


class CallIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a call, at `at`. call_id: our id or the switchboard's; without one it is a new call.

    acd, line: of the switchboard, where there is one; position: of the network, with its accuracy and datum.
    """

    act: CallAct
    call_id: Code | None = None
    acd: Code | None = None
    line: Code | None = None
    number: Short | None = None
    seat: Short | None = None
    recording_ref: Short | None = None
    position: PositionIn | None = None
    exercise: bool = False


class NuisanceIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which number: itself, or that of an alarm's caller or of a call."""

    number: Short | None = None
    alarm_id: UUID | None = None
    call_id: UUID | None = None


class ClosureIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Roads to close, or to slow to `factor` of the speed. geometry: GeoJSON in WGS-84: an area, or lines or points on roads.

    profiles: whom it holds, nobody named: everybody; leave out blue_light and it may pass. until: left out, somebody ends it.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: Literal["closed", "slowed"] = "closed"
    factor: Annotated[float, msgspec.Meta(ge=0, lt=1)] | None = None
    geometry: dict[str, Any]
    profiles: Annotated[tuple[Short, ...], msgspec.Meta(max_length=20)] = ()
    valid_from: Moment | None = None
    until: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("valid_from", self.valid_from)
        in_this_age("until", self.until)


class AnswerIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was heard over the talk link: somebody spoke (or was seen), or nobody did."""

    outcome: AnswerOutcome


class OnViewIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit came upon; without a place its own last position counts."""

    place: PlaceIn | None = None
    type: Short | None = None
    text: Text | None = None
    attach_to: UUID | None = None
    exercise: bool = False


class WatchIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cameras a video patrol watches from now on, and those it watches no longer, by id."""

    take: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=500)] = ()
    leave: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=500)] = ()


class LookIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person of a video patrol has looked, and nothing was to be seen; out_of_order: what does not show what it should.

    cameras: left out: all it watches that are in order; one that was out of order and is named is in order again.
    """

    cameras: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=500)] | None = None
    out_of_order: Annotated[tuple[OutOfOrderIn, ...], msgspec.Meta(max_length=500)] = ()


class SeenIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person of a video patrol saw on a camera; priority: as that person judges it."""

    camera_id: UUID
    type: Short | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    text: Text | None = None
    exercise: bool = False


class LogOnIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who begins a shift, until when, with what, on which beat, going round how.

    What is left out is as rostered, for a unit on duty as before; null or an empty list: none. crew: badge numbers; beat: its
    code; equipment: skills or words.
    """

    crew: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    shift_ends_at: Moment | None = None
    vehicle: Short | None | msgspec.UnsetType = msgspec.UNSET
    equipment: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    beat: Short | None | msgspec.UnsetType = msgspec.UNSET
    patrol: UnitKind | None | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("shift_ends_at", self.shift_ends_at)


class LogOffIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """relieved_by: the unit that takes over its open job and those kept for it."""

    relieved_by: UUID | None = None


class DutyIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the unit is there for. until, minutes: of a break, 30 min unless said; cause: why it is out of service."""

    duty: Duty
    until: Moment | None = None
    minutes: Minutes | None = None
    cause: Cause | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("until", self.until)
        if self.until is not None and self.minutes is not None:
            raise ValueError("give minutes or until, not both")


class LendIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The room that may order the unit, until then or for so many minutes."""

    room_id: UUID
    until: Moment | None = None
    minutes: Minutes | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("until", self.until)
        if (self.until is None) == (self.minutes is None):
            raise ValueError("a unit is lent for a time: give minutes or until")


class CandidateShown(msgspec.Struct, frozen=True):
    """An open incident that may be the same; reasons with key, parameters and both sentences."""

    incident_id: UUID
    score: float
    reasons: tuple[dict[str, Any], ...]


class AlarmTaken(msgspec.Struct, frozen=True):
    """What became of an alarm."""

    alarm: AlarmShown
    incident: IncidentShown
    candidates: tuple[CandidateShown, ...]


class OnViewTaken(msgspec.Struct, frozen=True):
    """What a unit came upon, with the unit already on scene."""

    incident: IncidentShown
    assignment: AssignmentShown


class PlanIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan to be activated. set_version: of the plans that were looked at; others are refused."""

    code: Code
    set_version: int | None = None


class TaskIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a task. taken: whether I have it in hand; text: of a report as I sign it, or what was done.

    form: answers by key; a task that is left undone needs `reason`.
    """

    state: Literal["done", "not_applicable", "open"] | msgspec.UnsetType = msgspec.UNSET
    taken: bool | msgspec.UnsetType = msgspec.UNSET
    due_at: Moment | msgspec.UnsetType = msgspec.UNSET
    text: Text | None = None
    form: Annotated[dict[Short, Text], msgspec.Meta(max_length=50)] = {}


class CordonIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cordon that was shown, to be drawn. points: numbers of those to hold; None: all."""

    cordon_id: UUID
    points: Annotated[tuple[int, ...], msgspec.Meta(max_length=60)] | None = None


class Drawn(msgspec.Struct, frozen=True):
    """The tasks of a cordon, one for each of its points."""

    items: list[TaskShown]


class Ordered(msgspec.Struct, frozen=True):
    """One assignment per order, in the order given."""

    items: list[AssignmentShown]


class Page[T](msgspec.Struct, frozen=True):
    """One page of a list; `next` is for `after`, null on the last."""

    items: list[T]
    next: str | None


class RoomIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command room. Without id it is known by its code, or new; lineage is worked out, version is ours."""

    id: UUID | None = None
    code: Code
    name_zh: Short
    name_en: Short
    tier: Code
    parent_id: UUID | None = None
    lineage: tuple[UUID, ...] = ()
    neighbours: tuple[UUID, ...] = ()
    lon: Lon | None = None
    lat: Lat | None = None
    version: int = 1


class CallPointIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A one-touch-alarm device. Without id it is known by its code, or new; version is ours.

    camera_links: name of a camera -> address in the agency's own viewer; answering_room_id: whose talk link rings first;
    silent_after_s: without a heartbeat for so long it is silent.
    """

    id: UUID | None = None
    code: Code
    name: Short
    lon: Lon
    lat: Lat
    address: Line | None = None
    cameras: Annotated[tuple[Line, ...], msgspec.Meta(max_length=100)] = ()
    talk_link: Line | None = None
    camera_links: Annotated[dict[Short, Line], msgspec.Meta(max_length=100)] = {}
    answering_room_id: UUID | None = None
    silent_after_s: Annotated[int, msgspec.Meta(ge=1, le=604_800)] | None = None
    version: int = 1


class CameraIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named camera. Without id it is known by its code, or new; version is ours.

    link: into the agency's own viewer, no picture comes here; priority: 1 is watched first; look_every_min: a look is due so often,
    null: as the priority says; beat: the video patrol that logs on to it watches this camera.
    """

    id: UUID | None = None
    code: Code
    name: Short
    lon: Lon
    lat: Lat
    address: Line | None = None
    link: Line | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=3)] = 2
    look_every_min: Annotated[int, msgspec.Meta(ge=1, le=1_440)] | None = None
    beat: Short | None = None
    version: int = 1


class BeatScheduleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a beat should be walked. Without id it is known by its code, or new; version is ours.

    kinds: of patrol that count, none: any; hours: days of the week, from when to when on the city's clock, by how many units.
    """

    id: UUID | None = None
    code: Code
    kinds: tuple[UnitKind, ...] = ()
    hours: Annotated[tuple[BeatHours, ...], msgspec.Meta(max_length=50)] = ()
    version: int = 1


class FixedPositionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place manned at set times 岗. Without id it is known by its code, or new; version is ours.

    turns: which unit stands there, on which days of the week, from when to when on the city's clock.
    """

    id: UUID | None = None
    code: Code
    name: Short
    lon: Lon
    lat: Lat
    address: Line | None = None
    turns: Annotated[tuple[Turn, ...], msgspec.Meta(max_length=500)] = ()
    version: int = 1


class JurisdictionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A GeoJSON polygon a room answers for. Without id it is known by layer, room and name, or new; version is ours."""

    id: UUID | None = None
    layer: Layer
    room_id: UUID
    name: Short
    geometry: dict[str, Any]
    version: int = 1


class UnitEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"unit_class": "class"}
):
    """A unit of the registry. second_gateway: its other bearer; duty_phone: its own handset. Without id it is known by its call sign, or new; a new one without handle is given one."""

    id: UUID | None = None
    handle: Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)] | None = None
    call_sign: Code
    kind: UnitKind
    unit_class: UnitClass = "regular"
    room_id: UUID
    skills: Annotated[tuple[Short, ...], msgspec.Meta(max_length=100)] = ()
    talk_group: Short | None = None
    gateway: Short | None = None
    second_gateway: Short | None = None
    duty_phone: Short | None = None
    version: int = 1


class Put[T](Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of reference data as a whole, as GET gives it."""

    items: list[T]


class FeatureIn(msgspec.Struct, frozen=True, kw_only=True):
    """One GeoJSON feature; properties: layer, name, and room_id or room (its code). Others are let be."""

    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any]
    id: UUID | None = None


class FeaturesIn(msgspec.Struct, frozen=True, kw_only=True):
    """A GeoJSON file of jurisdictions, WGS-84."""

    type: Literal["FeatureCollection"]
    features: list[FeatureIn]


class Items[T](msgspec.Struct, frozen=True):
    """A whole list of reference data; its ETag stands for all of it."""

    items: list[T]
