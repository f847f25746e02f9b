"""From rows to what a seat is shown: times in words, people masked, what was merged told as one.

The last step of every act and every read. Pure: sealed texts are opened before and handed in as `Opened`.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dispatch.agencies.shown import agency_request_shown
from dispatch.bearers.store import Said
from dispatch.call_backs.told import CallBackShown, UnreachedShown
from dispatch.centre import Centre
from dispatch.disputes.shown import areas_at, dispute_shown
from dispatch.fixes import fix_shown
from dispatch.forms.file import FormRef
from dispatch.instants import EPOCH, instant
from dispatch.journal import FeedRow
from dispatch.model import A, Assignment, Feedback
from dispatch.moves.standby import standby_shown
from dispatch.planned_events.commitments import Commitment
from dispatch.plans.model import STANDING
from dispatch.plans.shown import plan_briefs
from dispatch.points import briefs, press_shown, seen_through, surge_shown
from dispatch.pursuits.alerts import pursuit_alerts
from dispatch.pursuits.shown import pursuit_shown
from dispatch.rooms import Reference
from dispatch.rosters.brief import beat_brief, shift_brief
from dispatch.rosters.model import RosterShift
from dispatch.settling import open_ends, review_shown
from dispatch.shown import (
    AbsorbedShown,
    AlarmShown,
    AssignmentShown,
    AssignmentTimes,
    CallerShown,
    CasualtiesShown,
    Command,
    CommitmentShown,
    Family,
    FeedbackShown,
    IncidentShown,
    IncidentTimes,
    NoteRow,
    NoteShown,
    Opened,
    PlaceShown,
    PostShown,
    RaisedShown,
    ReadLamp,
    ReadRow,
    RingBackShown,
    SaidShown,
    SceneShown,
    TimelineRow,
    UnitBrief,
    UnitRow,
    UnitShown,
)  # fmt: skip
from dispatch.standing_facts.shown import briefs as briefs_of_facts
from dispatch.talk.alerts import backup_alerts, emergency_alerts
from dispatch.talk.shown import Named, backup_shown, emergency_shown
from dispatch.waiting import Addressed, Spoken, alerts_of, alone, fallen, first_timer, rows_of, waiting_for
from incidents.model import Alarm, Incident, Place, Raised, RingBack, Scene
from units.answers import Fix
from units.posts import AtPost


def masked_number(number: str | None) -> str | None:
    """A telephone number with its middle hidden: 138****1234."""
    if number is None:
        return None
    return (
        f"{number[:3]}****{number[-4:]}"
        if len(number) >= 9
        else f"****{number[-2:]}"
        if len(number) > 4
        else "****"
    )


def masked_name(name: str | None) -> str | None:
    """A name as its first character and stars."""
    return f"{name[0]}**" if name else name


def place_shown(place: Place | None) -> PlaceShown | None:
    """The place with every field present."""
    if place is None:
        return None
    return PlaceShown(
        place.lon,
        place.lat,
        place.accuracy_m,
        place.address,
        place.code,
        place.floor,
        place.direction,
        place.source,
        place.set_by,
    )


def alarm_shown(alarm: Alarm, opened: Opened) -> AlarmShown:
    """An alarm with its caller masked."""
    back = alarm.called_back
    return AlarmShown(
        id=alarm.id,
        incident_id=alarm.incident_id,
        source=alarm.source,
        version=alarm.version,
        call_id=alarm.call_id,
        call_point_id=alarm.call_point_id,
        caller=_caller_shown(alarm, opened),
        place=place_shown(alarm.place),
        type=alarm.type,
        text=opened.text(alarm.narrative_id),
        scheduled_for=instant(alarm.scheduled_for),
        exercise=alarm.exercise,
        taken_by=alarm.taken_by,
        claimed_at=instant(alarm.claimed_at),
        recorded_at=instant(alarm.recorded_at),
        flags=alarm.flags,
        called_back=None
        if back is None
        else CallBackShown(
            back.outcome,
            instant(back.at),
            opened.text(back.narrative_id),
            back.then,
            back.supervision_id,
            back.ended,
        ),
        ring_backs=tuple(ring_back_shown(one, opened) for one in alarm.ring_backs),
        unreached=tuple(
            UnreachedShown(instant(one.at), one.by, opened.text(one.narrative_id)) for one in alarm.unreached
        ),
    )


def ring_back_shown(one: RingBack, opened: Opened) -> RingBackShown:
    """A ring-back with what was said."""
    return RingBackShown(one.outcome, instant(one.at), one.by, one.to, opened.text(one.narrative_id))


def _caller_shown(alarm: Alarm, opened: Opened) -> CallerShown | None:
    caller = None if alarm.person_id is None else opened.callers.get(alarm.person_id)
    wishes = CallerShown(
        language=alarm.language, confidential=alarm.confidential, do_not_contact=alarm.do_not_contact
    )
    if caller is None or alarm.confidential:
        return None if alarm.person_id is None and wishes == CallerShown() else wishes
    return msgspec.structs.replace(
        wishes,
        number=masked_number(caller.number),
        name=masked_name(caller.name),
        safe_number=masked_number(caller.safe_number),
    )


def _texts_of(form: Feedback, opened: Opened) -> dict[str, str]:
    """The texts of a form's fields beside its main one; none once they were erased."""
    sealed = opened.text(form.texts_id)
    return msgspec.json.decode(sealed, type=dict[str, str]) if sealed is not None else {}


def form_shown(form: Feedback, opened: Opened) -> FeedbackShown:
    """A feedback form with its text."""
    return FeedbackShown(
        id=form.id,
        assignment_id=form.assignment_id,
        kind=form.kind,
        state=form.state,
        version=form.version,
        result=form.result,
        type_verified=form.type_verified,
        people_count=form.people_count,
        text=opened.text(form.narrative_id),
        photos=form.photos,
        form=FormRef(form.form_code, form.form_version)
        if form.form_code is not None and form.form_version is not None
        else None,
        answers=form.answers or {},
        texts=_texts_of(form, opened),
        complete=form.complete,
        by=form.by,
        claimed_at=instant(form.claimed_at),
        recorded_at=instant(form.recorded_at),
    )


def assignment_shown(
    assignment: Assignment, forms: list[Feedback], units: Mapping[UUID, UnitBrief], opened: Opened
) -> AssignmentShown:
    """An order with its forms (of all those given) and the unit's name."""
    a = assignment
    return AssignmentShown(
        id=a.id,
        incident_id=a.incident_id,
        parent_id=a.parent_id,
        unit_id=a.unit_id,
        unit=None if a.unit_id is None else units.get(a.unit_id),
        room_id=a.room_id,
        role=a.role,
        state=a.state,
        version=a.version,
        recommendation_id=a.recommendation_id,
        ordered_by=a.ordered_by,
        crew=a.crew,
        promised_at=instant(a.promised_at),
        times=AssignmentTimes(**_instants(a.times, AssignmentTimes)),
        result=a.result,
        flags=a.flags,
        preempted_for=a.preempted_for,
        proposal_id=a.proposal_id,
        feedback=tuple(form_shown(form, opened) for form in forms if form.assignment_id == a.id),
    )


def said_shown(said: Said) -> SaidShown:
    """A message about an order."""
    values = msgspec.structs.asdict(said)
    return SaidShown(**values | {name: instant(values[name]) for name in ("recorded_at", "sent_at")})


def _instants(times: Mapping[str, int], kind: type[msgspec.Struct]) -> dict[str, str | None]:
    return {name: instant(times[name]) for name in kind.__struct_fields__ if name in times}


def note_shown(note: NoteRow, reads: list[ReadRow], opened: Opened) -> NoteShown:
    """A note with its read lamps (of all those given)."""
    return NoteShown(
        id=note.id,
        incident_id=note.incident_id,
        kind=note.kind,
        text=opened.text(note.narrative_id),
        urgent=note.urgent,
        by=note.by,
        recorded_at=instant(note.recorded_at),
        reads=lamps(note.id, reads),
    )


def lamps(note_id: UUID, reads: list[ReadRow]) -> tuple[ReadLamp, ...]:
    """The read lamps of one note."""
    return tuple(
        ReadLamp(r.unit_id, instant(r.sent_at), instant(r.read_at)) for r in reads if r.note_id == note_id
    )


def raised_shown(raised: Raised) -> RaisedShown:
    """How an incident was raised to a room above."""
    return RaisedShown(
        room=raised.room_id,
        mode=raised.mode,
        at=instant(raised.at),
        owner=raised.owner,
        noticed_at=instant(raised.noticed_at),
        checked_at=instant(raised.checked_at),
    )


def scene_shown(scene: Scene | None, assignments: Iterable[Assignment]) -> SceneShown | None:
    """How the scene is run; whose order is over commands it no longer."""
    if scene is None:
        return None
    there = {a.unit_id for a in assignments if a.is_open}
    counted = scene.casualties
    return SceneShown(
        scene.commander_id if scene.commander_id in there else None,
        place_shown(scene.staging),
        None
        if counted is None
        else CasualtiesShown(counted.dead, counted.injured, counted.missing, instant(counted.at)),
    )


def incident_shown(family: Family, opened: Opened, spoken: Spoken) -> IncidentShown:
    """An incident with everything that belongs to it."""
    i = family.incident
    units = {unit.id: unit for unit in family.units}
    clocks = {a.id: a.clock for a in i.absorbed}
    return IncidentShown(
        id=i.id,
        number=i.number,
        state=i.state,
        version=i.version,
        type_reported=i.type_reported,
        type_verified=i.type_verified,
        disposition=i.disposition,
        priority=i.priority,
        place=place_shown(i.place),
        cell=None if i.cell15 is None else f"{i.cell15:x}",
        room=i.room_id,
        proposed_room=i.proposed_room_id,
        command=Command(i.command_room_id, i.command_seat),
        raised=tuple(raised_shown(one) for one in i.raised),
        scene=scene_shown(i.scene, family.assignments),
        labels=i.labels,
        exercise=i.exercise,
        merged_into=i.merged_into,
        absorbed=tuple(AbsorbedShown(m.id, m.number, instant(clocks.get(m.id))) for m in family.absorbed),
        alarms=tuple(alarm_shown(alarm, opened) for alarm in family.alarms),
        alarms_total=family.alarms_total,
        assignments=tuple(assignment_shown(a, family.forms, units, opened) for a in family.assignments),
        notes=tuple(note_shown(note, family.reads, opened) for note in family.notes),
        notes_total=family.notes_total,
        primary_id=i.primary_id,
        call_point_id=i.call_point_id,
        **_found_by(family, spoken.reference),
        press=press_shown(i),
        surge=surge_shown(i),
        follows=i.follows,
        times=_merged_times(i),
        **_outstanding(family, opened, spoken),
        external_refs=i.external_refs,
        opened_at=instant(i.opened_at),
        promised_at=_promised(family.assignments),
    )


def _found_by(family: Family, reference: Reference) -> dict[str, Any]:
    """The devices by which it became known."""
    i, alarms = family.incident, family.alarms
    return {
        "call_points": briefs(reference, (i.call_point_id, *(a.call_point_id for a in alarms))),
        "cameras": seen_through(reference, (i.place, *(a.place for a in alarms))),
    }


def _promised(assignments: Iterable[Assignment]) -> str | None:
    """What a caller may be told: when the first of those under way will be there; None once somebody is.

    Who can't go, or has not answered in time, promises nothing any more.
    """
    standing = [a for a in assignments if a.is_open and a.state not in (A.UNABLE, A.EXPIRED)]
    promised = [a.promised_at for a in standing if a.promised_at is not None and a.unit_id is not None]
    return None if any(a.state is A.ON_SCENE for a in standing) else instant(min(promised, default=None))


def _outstanding(family: Family, opened: Opened, spoken: Spoken) -> dict[str, Any]:
    """What an incident waits for, all that stands against it, officers in danger first, and what its end still needs."""
    i, timers = family.incident, rows_of(family, spoken)
    areas = areas_at(spoken.reference, i.lon, i.lat) if family.disputes else ()
    names = {unit.id: Named(unit.handle, unit.call_sign, unit.room_id) for unit in family.units}
    emergencies = tuple(emergency_shown(e, names, opened.texts) for e in family.emergencies)
    backups = tuple(backup_shown(b, names, opened.texts) for b in family.backups)
    return {
        "waiting": waiting_for(family, timers, spoken),
        "alerts": emergency_alerts(emergencies)
        + backup_alerts(backups)
        + pursuit_alerts(i, spoken)
        + alerts_of(family, timers, spoken),
        "emergencies": emergencies,
        "backups": backups,
        "plans": plan_briefs(family.plans, family.tasks),
        "tasks_standing": sum(task.state in STANDING for task in family.tasks),
        "agency_requests": tuple(agency_request_shown(one, opened.texts) for one in family.requests),
        "disputes": tuple(dispute_shown(one, areas, opened.texts) for one in family.disputes),
        "pursuit": pursuit_shown(i, family.sightings, family.sightings_total, opened.texts),
        "open_ends": open_ends(family, spoken),
        "review": review_shown(family, spoken),
        "standing_facts": briefs_of_facts(family.facts, opened.texts),
    }


def just_opened(incident: Incident, alarm: AlarmShown, spoken: Spoken, fresh: bool) -> IncidentShown:
    """An incident that its first alarm has opened in this very act: nothing else belongs to it yet.

    fresh: whether it is waited for, as it is unless it was keyed in later.
    """
    family = Family(incident=incident, timers=[first_timer(incident)] if fresh else [])
    return msgspec.structs.replace(incident_shown(family, Opened(), spoken), alarms=(alarm,), alarms_total=1)


def _merged_times(incident: Incident) -> IncidentTimes:
    times = dict(incident.times)
    if incident.began is not None:
        times["ringing" if "ringing" in times else "entered"] = incident.began
    return IncidentTimes(**_instants(times, IncidentTimes))


def timeline_row(
    row: FeedRow, note: NoteRow | None, reads: list[ReadRow], opened: Opened, said: str | None = None
) -> TimelineRow:
    """A fact of the journal; `note` is the one it speaks of, `said` the text of a message, emergency or request."""
    return TimelineRow(
        seq=row.seq,
        position=row.position,
        noun=row.noun,
        id=row.id,
        version=row.version,
        incident_id=row.incident_id,
        fact=row.fact,
        who=row.who,
        via=row.via,
        why=row.why,
        claimed_at=instant(row.claimed_at),
        recorded_at=instant(row.recorded_at),
        body=msgspec.Raw(row.body.encode()),
        text=opened.text(note.narrative_id) if note else said,
        reads=lamps(note.id, reads) if note else None,
    )


def unit_shown(centre: Centre, row: UnitRow, spoken: Spoken, now_ms: int, newest: Fix | None) -> UnitShown:
    """A unit with its newest fix, its post and the event it belongs to; `now_ms` is the time everything counts to."""
    u, job = row.unit, row.job
    now = EPOCH + timedelta(milliseconds=now_ms)
    fix = fix_shown(newest, now_ms)
    lost = fix is not None and fix.quality == "lost"
    return UnitShown(
        id=u.id, handle=u.handle, call_sign=u.call_sign, kind=u.kind, unit_class=u.unit_class, room=u.room_id,
        duty=u.duty,
        duty_until=instant(u.duty_until),
        duty_cause=u.duty_cause,
        shift_ends_at=instant(u.shift_ends_at),
        over_time=u.is_over_time(now),
        lent_to=u.lent_to, lent_until=instant(u.lent_until),
        vehicle=u.vehicle, equipment=u.equipment, beat=beat_brief(u.beat, centre.beats), patrol=u.patrol,
        shift=shift_brief(row.shift, centre.beats),
        post=_post_shown(centre.posts.of(u.id, now)),
        standby=standby_shown(u.standing_by),
        event=_commitment_shown(centre.commitments.of(u.id, now)),
        lost=lost,
        ghost=lost and u.on_duty,
        kept=row.kept,
        alerts=fallen(row.timers, spoken, lambda one, _: alone(one, u.call_sign), _to_room_of(row.shift)),
        state=job.state if job else u.duty.value,
        skills=u.skills,
        crew=u.crew,
        assignment_id=job.id if job else None,
        incident_id=job.incident_id if job else None,
        talk_group=u.talk_group,
        gateway=u.gateway,
        emergency_id=row.emergency_id,
        version=u.version,
        fix=fix,
    )  # fmt: skip


def _to_room_of(shift: RosterShift | None) -> Addressed:
    """Who does not come is said to the room that rostered it."""
    return lambda timer, _: shift.room_id if shift is not None and timer.noun == "roster_shift" else None


def _commitment_shown(held: Commitment | None) -> CommitmentShown | None:
    if held is None:
        return None
    post = held.post
    return CommitmentShown(
        held.event_id, held.name, post.id, post.name, instant(post.starts_at), instant(post.ends_at),
        post.checked_in_at is not None, held.exercise,
    )  # fmt: skip


def _post_shown(post: AtPost | None) -> PostShown | None:
    if post is None:
        return None
    at = post.position
    return PostShown(id=at.id, code=at.code, name=at.name, lon=at.lon, lat=at.lat, until=instant(post.until))
