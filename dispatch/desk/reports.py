"""An alarm as it comes in, from HTTP and NATS alike, and how it is made ready before anything touches the database.

`prepare` is pure but for ids and salts made at this edge: it judges what can be judged without the database, so that a
bad report is refused at once and never spoils a batch.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.acts import authorise
from dispatch.broadcasts.lookouts import Found
from dispatch.centre import Centre
from dispatch.errors import Invalid
from dispatch.rooms import CallPoint, Reference
from dispatch.signs import labels_in
from dispatch.texts import check_texts
from dispatch.work import Actor, check_moment
from geo.areas import Layer
from geo.cells import cell15
from geo.coordinates import check_position
from geo.datums import parse_datum, to_wgs84
from incidents.model import AlarmSource, ExternalRef, Place, promised_for
from incidents.sealing import Caller
from incidents.triage import Circumstances, Triage, assess

MAX_TEXT = 10_000
TRAFFIC_GROUP = "300000"

# Long enough for every address there is; a fact must fit into one message to a terminal and to integrators.
type Short = Annotated[str, msgspec.Meta(max_length=200)]
type Line = Annotated[str, msgspec.Meta(max_length=1_000)]
type Words = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class PlaceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place as reported. lon, lat: degrees in `datum`, both or neither; accuracy_m: metres, ≥ 0."""

    lon: float | None = None
    lat: float | None = None
    datum: Short = "WGS84"
    accuracy_m: float | None = None
    address: Line | None = None
    code: Short | None = None
    floor: Short | None = None
    direction: Short | None = None
    source: Short | None = None


class CallerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who reports, as far as they say; every field may be missing. cannot_talk: a ringing telephone endangers them."""

    number: Short | None = None
    name: Short | None = None
    place: PlaceIn | None = None
    language: Short | None = None
    confidential: bool = False
    do_not_contact: bool = False
    safe_number: Short | None = None
    cannot_talk: bool = False


class TimesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times known from elsewhere (back entry, replay)."""

    ringing: datetime | None = None
    answered: datetime | None = None
    entered: datetime | None = None


class ReportAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """The command: one alarm came in. call_id: of its call, our id or the switchboard's.

    silent: nobody spoke; abandoned: the call broke off. draft_id: the form it was typed in, which ends with it.
    answers: question of the type -> code of the answer; priority: as a person judges it.
    """

    source: AlarmSource
    scheduled_for: datetime | None = None
    call_id: str | None = None
    call_point_id: str | None = None
    caller: CallerIn | None = None
    place: PlaceIn | None = None
    type: str | None = None
    text: str | None = None
    attach_to: UUID | None = None
    exercise: bool = False
    silent: bool = False
    abandoned: bool = False
    times: TimesIn | None = None
    draft_id: UUID | None = None
    answers: dict[str, str] = {}
    priority: int | None = None


class AlarmIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON of `POST /alarms` as a device sends it; `source` may be left to the subject."""

    source: AlarmSource | None = None
    at: datetime | None = None
    scheduled_for: datetime | None = None
    call_id: Short | None = None
    call_point_id: Short | None = None
    caller: CallerIn | None = None
    place: PlaceIn | None = None
    type: Short | None = None
    text: Words | None = None
    attach_to: UUID | None = None
    exercise: bool = False
    silent: bool = False
    abandoned: bool = False
    via: Short | None = None
    reason: Line | None = None
    back_entry: bool = False
    times: TimesIn | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm made ready: ids given, place in WGS-84 with its cell and owner, urgency judged, people apart.

    marks: what its call was like (silent, abandoned, cannot_talk, nuisance), kept as flags of the alarm. signs: labels that
    its words give by themselves. external_refs: what the incident it opens is called elsewhere. areas_number: the set of
    jurisdictions by which its room was found. found: marks of lookouts that stand in it.
    """

    actor: Actor
    command: ReportAlarm
    alarm_id: UUID
    incident_id: UUID
    call_point: CallPoint | None
    place: Place | None
    cell15: int | None
    room_id: UUID
    priority: int
    labels: tuple[str, ...]
    caller: Caller | None
    number_hmac: bytes | None
    person_id: UUID | None
    narrative_id: UUID | None
    marks: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    external_refs: tuple[ExternalRef, ...] = ()
    areas_number: int | None = None
    found: tuple[Found, ...] = ()

    @property
    def promised(self) -> datetime | None:
        """For when somebody was promised; None when help is needed now."""
        return promised_for(self.command.source, self.marks, self.command.scheduled_for)

    @property
    def scope(self) -> tuple[str, str, str] | None:
        """The idempotency key with its scope."""
        a = self.actor
        return None if a.key is None else (a.principal.id, a.route, a.key)


def wgs84_place(given: PlaceIn, field: str, set_by: str) -> Place:
    """The place in WGS-84. Raises Invalid naming the field, or geo.errors for positions and datums."""
    if (given.lon is None) != (given.lat is None):
        raise Invalid("A position needs both lon and lat, or neither.", field=field)
    if given.accuracy_m is not None and not 0 <= given.accuracy_m < 1e7:
        raise Invalid("The accuracy is metres from 0 upward.", field=f"{field}.accuracy_m")
    lon, lat = given.lon, given.lat
    datum = parse_datum(given.datum)
    if lon is not None and lat is not None:
        check_position(lon, lat)
        lon, lat = to_wgs84(lon, lat, datum)
    return Place(
        lon=lon, lat=lat, accuracy_m=given.accuracy_m, address=given.address, code=given.code, floor=given.floor,
        direction=given.direction, source=given.source, set_by=set_by,
    )  # fmt: skip


def layer_for(reference: Reference, type_code: str | None) -> Layer:
    """The trade whose room answers: traffic matters belong to the traffic police where that layer is drawn."""
    traffic = type_code is not None and reference.types.is_under(type_code, TRAFFIC_GROUP)
    return Layer.TRAFFIC if traffic and Layer.TRAFFIC in reference.areas.layers else Layer.POLICE


def prepare(centre: Centre, command: ReportAlarm, actor: Actor) -> Report:
    """Judge a report. Raises Invalid, UnknownType, BadPosition or UnknownDatum, each naming what is wrong."""
    reference = centre.reference
    _check_words(command, actor)
    _check_moments(command, actor)
    if command.type is not None:
        reference.types.get(command.type)
    call_point = _call_point(reference, command)
    place = wgs84_place(command.place, "place", actor.principal.id) if command.place else None
    if call_point is not None and (place is None or not place.located):
        place = _place_of(call_point, place)
    located = place is not None and place.located
    caller = _caller(command.caller, actor)
    number_hmac = centre.seal.number_index(caller.number) if caller and caller.number else None
    marks = marks_of(centre, command, number_hmac)
    triage = judged(centre, command, marks, located)
    signs = labels_in(centre.rules.signs, command.text)
    report = Report(
        actor=actor,
        command=command,
        alarm_id=uuid7(),
        incident_id=uuid7(),
        call_point=call_point,
        place=place,
        cell15=_cell(place),
        room_id=_room(reference, actor, place, command.type),
        priority=triage.priority,
        labels=both(triage.labels, signs),
        caller=caller,
        number_hmac=number_hmac,
        person_id=uuid7() if caller else None,
        narrative_id=uuid7() if command.text else None,
        marks=marks,
        signs=signs,
        areas_number=reference.areas_number if located else None,
        found=looked_for(centre, command),
    )
    _check_priority(centre, report)
    return report


def looked_for(centre: Centre, command: ReportAlarm) -> tuple[Found, ...]:
    """The lookouts of which a mark stands in what was said, or in the name of who said it."""
    lookouts = centre.lookouts
    if not lookouts:
        return ()
    said = (command.text, command.caller.name if command.caller else None)
    return tuple(dict.fromkeys(one for text in said if text for one in lookouts.find(text, command.exercise)))


def _cell(place: Place | None) -> int | None:
    if place is None or place.lon is None or place.lat is None:
        return None
    return cell15(place.lon, place.lat)


def owned_anew(reference: Reference, report: Report) -> Report:
    """The report with the room that answers for its place now: other jurisdictions may have taken over since it was judged."""
    if report.cell15 is None or report.areas_number == reference.areas_number:
        return report
    room_id = _room(reference, report.actor, report.place, report.command.type)
    return msgspec.structs.replace(report, room_id=room_id, areas_number=reference.areas_number)


def marks_of(centre: Centre, command: ReportAlarm, number_hmac: bytes | None) -> tuple[str, ...]:
    """What the call was like, in the order it is shown."""
    said = {
        "silent": command.silent,
        "abandoned": command.abandoned,
        "cannot_talk": command.caller is not None and command.caller.cannot_talk,
        "nuisance": number_hmac is not None and number_hmac in centre.nuisance,
    }
    return tuple(mark for mark, applies in said.items() if applies)


def judged(centre: Centre, command: ReportAlarm, marks: tuple[str, ...], located: bool) -> Triage:
    """How urgent it is, and its labels; what a person judges counts. Raises UnknownType, UnknownAnswer."""
    known = Circumstances(
        placed=located, answered=command.attach_to is not None, exercise=command.exercise,
        silent="silent" in marks, abandoned="abandoned" in marks, cannot_talk="cannot_talk" in marks,
        nuisance="nuisance" in marks,
    )  # fmt: skip
    triage = assess(centre.reference.types, command.type, command.answers, command.source, known)
    return triage if command.priority is None else msgspec.structs.replace(triage, priority=command.priority)


def both(labels: tuple[str, ...], signs: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that were judged, then those that words gave, each once."""
    return tuple(dict.fromkeys((*labels, *signs)))


def _check_priority(centre: Centre, report: Report) -> None:
    """Somebody's own judgement may raise an alarm; below a P1 only a leader's brings it. Raises NotAllowed."""
    command = report.command
    if command.priority is None or command.priority == 1:
        return
    unjudged = msgspec.structs.replace(command, priority=None)
    if judged(centre, unjudged, report.marks, report.cell15 is not None).priority == 1:
        authorise(report.actor.principal, "incident", "lower_p1", {"room"})


def _check_words(command: ReportAlarm, actor: Actor) -> None:
    check_texts(command)
    check_texts(actor.reason, "reason")
    if command.text is not None and len(command.text) > MAX_TEXT:
        raise Invalid(
            f"The text is longer than {MAX_TEXT} characters; put the rest into a note.", field="text"
        )


def _check_moments(command: ReportAlarm, actor: Actor) -> None:
    check_moment(actor.claimed_at, "at")
    times = command.times or TimesIn()
    for name in times.__struct_fields__:
        check_moment(getattr(times, name), f"times.{name}")
    check_moment(command.scheduled_for, "scheduled_for")


def _call_point(reference: Reference, command: ReportAlarm) -> CallPoint | None:
    if command.call_point_id is None:
        if command.source == "call_point":
            raise Invalid("A press names its call point in call_point_id.", field="call_point_id")
        return None
    found = reference.call_points_by_code.get(command.call_point_id)
    if found is None:
        try:
            found = reference.call_points.get(UUID(command.call_point_id))
        except ValueError:
            found = None
    if found is None:
        raise Invalid(
            f"There is no call point {command.call_point_id[:80]!r}; put it in by PUT /api/v1/admin/call-points.",
            field="call_point_id",
        )
    return found


def _place_of(call_point: CallPoint, place: Place | None) -> Place:
    base = place or Place()
    return msgspec.structs.replace(
        base, lon=call_point.lon, lat=call_point.lat, address=base.address or call_point.address or call_point.name,
        code=base.code or call_point.code, source="call_point",
    )  # fmt: skip


def _room(reference: Reference, actor: Actor, place: Place | None, type_code: str | None) -> UUID:
    if place is not None and place.lon is not None and place.lat is not None:
        return reference.owner(place.lon, place.lat, layer_for(reference, type_code))
    answering = actor.principal.room_id
    return (
        answering if answering in reference.rooms.by_id and answering is not None else reference.rooms.root.id
    )


def _caller(given: CallerIn | None, actor: Actor) -> Caller | None:
    if given is None:
        return None
    place = wgs84_place(given.place, "caller.place", actor.principal.id) if given.place else None
    caller = Caller(
        number=given.number, name=given.name, safe_number=given.safe_number,
        place=msgspec.to_builtins(place) if place else None,
    )  # fmt: skip
    return None if caller == Caller() else caller
