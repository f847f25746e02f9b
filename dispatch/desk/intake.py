"""The first seconds: alarms are written down, each opening an incident or joining one, many in one transaction.

All sources and both doors lead here. A refused report never spoils its neighbours, and a key that was used before
changes nothing: the caller reads what the first one made.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from dispatch import store
from dispatch.acts import authorise
from dispatch.desk import drafting, joined, made_of_calls, pressed, spotting
from dispatch.desk.case import Case, open_cases, relations
from dispatch.desk.reports import Report, owned_anew
from dispatch.errors import BadClaim, DispatchError, NotFound, NotNow
from dispatch.work import AHEAD, Work, ms
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle
from incidents import store as incident_store
from incidents.errors import IncidentError, MergeRefused
from incidents.model import OPEN, Alarm, Incident

LIVE_WITHIN = timedelta(days=1)

type Refusal = DispatchError | IncidentError


class Reported(msgspec.Struct, frozen=True):
    """What became of a report. opened: the incident as this report opened it, None when it joined one.

    number_hmac: digest of its caller's number, which its call may have brought.
    """

    alarm: Alarm
    incident_id: UUID
    number: str | None
    room_id: UUID
    opened: Incident | None = None
    number_hmac: bytes | None = None


class _Times(msgspec.Struct, frozen=True):
    """The times a report opens its incident with, and flags of its alarm for claims that could not be kept."""

    times: dict[str, int]
    flags: tuple[str, ...]
    follows: UUID | None = None


async def report_many(w: Work, reports: Sequence[Report]) -> list[Reported | Refusal | None]:
    """Write reports in order; for each what was made, why it was refused, or None: its key was used before.

    Of the presses of one call point all but one must be live. Of one key only the first is written.
    """
    fresh = await _take_keys(w, reports)
    reports, calls = await made_of_calls.take_up(w, reports, fresh)
    outcomes: list[Reported | Refusal | None] = [None] * len(reports)
    targets, earlier = await _targets(w, [r for i, r in enumerate(reports) if i in fresh])
    cases = await _open_targets(w, targets)
    opening: dict[int, _Times] = {}
    openers: dict[tuple[UUID, bool] | None, int] = {}
    behind: dict[int, int] = {}  # presses that go where an earlier one among these opens
    for i in sorted(fresh):
        report = reports[i]
        w.actor = report.actor
        target = targets[report.alarm_id]
        try:
            authorise(report.actor.principal, "alarm", "report")
            if target is not None and _joins(report, cases.get(target)):
                outcomes[i] = await _join(w, report, cases.get(target))
            elif (point := pressed.point_of(report)) in openers:
                behind[i] = openers[point]
            else:
                opening[i] = msgspec.structs.replace(_times(w, report), follows=earlier.get(report.alarm_id))
                openers |= {} if point is None else {point: i}
        except (DispatchError, IncidentError) as refusal:
            outcomes[i] = refusal
    as_written = await _open_all(w, reports, opening, behind, outcomes)
    came_in = [(r, o) for r, o in zip(reports, outcomes, strict=True) if isinstance(o, Reported)]
    await pressed.remember(w, [(r, o.incident_id) for r, o in came_in])
    await made_of_calls.link(w, calls, [(r.actor, o.alarm) for r, o in came_in])
    arrived = [(r, o.incident_id) for r, o in came_in if o.incident_id in cases]
    for report, outcome in came_in:
        w.actor = report.actor
        spotting.tell(w, outcome.incident_id, "alarm", report.found)
    async with joined.told(w, cases, arrived):
        await _write(w, reports, outcomes, as_written)
    await _end_drafts(w, came_in)
    _arm_for(w, [r for r, _ in came_in])
    return outcomes


async def _end_drafts(w: Work, came_in: Sequence[tuple[Report, Reported]]) -> None:
    """The forms in which these were typed end with them; locked in order of id, as everywhere."""
    typed = [(r.command.draft_id, r.actor, o.alarm.id) for r, o in came_in if r.command.draft_id is not None]
    for draft_id, actor, alarm_id in sorted(typed, key=lambda one: one[0]):
        w.actor = actor
        await drafting.send(w, draft_id, alarm_id)


def _arm_for(w: Work, reports: Sequence[Report]) -> None:
    """The reports of a batch come from many: what they joined is watched as soon as one of them is of now."""
    live = next((report for report in reports if pressed.is_of_now(w.now, report)), None)
    if live is not None:
        w.actor = live.actor
        w.count_as_of_now()


async def _open_all(
    w: Work,
    reports: Sequence[Report],
    opening: dict[int, _Times],
    behind: dict[int, int],
    outcomes: list[Reported | Refusal | None],
) -> dict[UUID, Incident]:
    """Open incidents, and let presses join what another among these opens; the incidents as they stand then."""
    opened = await _open(w, [(reports[i], times) for i, times in opening.items()])
    made = dict(zip(opening, opened, strict=True))
    as_written = {o.incident_id: o.opened for o in opened if o.opened is not None}
    for i, opener in behind.items():
        w.actor = reports[i].actor
        try:
            made[i] = _press_on(w, reports[i], made[opener], as_written)
        except DispatchError as refusal:
            outcomes[i] = refusal
    for i, reported in made.items():
        outcomes[i] = reported
    return as_written


def _press_on(w: Work, report: Report, first: Reported, as_written: dict[UUID, Incident]) -> Reported:
    """Let a press join what an earlier one has just opened; `as_written` keeps how that incident stands then."""
    at, flags = w.step_time(None)
    incident = as_written[first.incident_id]
    for fact in lifecycle.decide(incident, pressed.again(w, report, at)):
        incident = lifecycle.evolve(incident, incident.id, fact)
        w.append("incident", incident.id, incident.version, incident.id, fact)
    as_written[incident.id] = incident
    alarm = _alarm(w, report, incident.id, flags)
    return msgspec.structs.replace(first, alarm=alarm, opened=None, number_hmac=report.number_hmac)


async def _take_keys(w: Work, reports: Sequence[Report]) -> set[int]:
    """Indexes of the reports that are new; the keys of the others were used before (or stand twice here)."""
    keyed: dict[tuple[str, str, str], int] = {}
    fresh = set()
    for i, report in enumerate(reports):
        if report.scope is None:
            fresh.add(i)
        else:
            keyed.setdefault(report.scope, i)
    if keyed:
        ids = [msgspec.json.encode({"alarm": reports[i].alarm_id}).decode() for i in keyed.values()]
        hashes = [reports[i].actor.body_hash for i in keyed.values()]
        columns = [*map(list, zip(*keyed, strict=True)), hashes, ids]
        fresh |= {keyed[scope] for scope in await store.take_keys(w.conn, columns, w.now)}
    return fresh


async def _targets(w: Work, reports: Sequence[Report]) -> tuple[dict[UUID, UUID | None], dict[UUID, UUID]]:
    """The incident each report joins, if any: named, or its call point's while that is fresh.

    And the last matter of each press's call point, which a new incident follows.
    """
    targets: dict[UUID, UUID | None] = {r.alarm_id: r.command.attach_to for r in reports}
    last = await pressed.last_matters(w, reports)
    for report in reports:
        press = last.get(report.alarm_id)
        if press is not None and report.command.attach_to is None and pressed.is_near(w, report, press):
            targets[report.alarm_id] = press.incident_id
    named = {id_ for id_ in targets.values() if id_ is not None}
    known = await incident_store.read_incidents(w.conn, named) if named else {}
    return {
        alarm_id: (known[id_].merged_into or id_) if id_ in known else id_
        for alarm_id, id_ in targets.items()
    }, {alarm_id: press.incident_id for alarm_id, press in last.items()}


async def _open_targets(w: Work, targets: dict[UUID, UUID | None]) -> dict[UUID, Case]:
    """Lock what is joined; a target merged while its lock was waited for is followed to its survivor."""
    wanted = {id_ for id_ in targets.values() if id_ is not None}
    cases = await open_cases(w, wanted) if wanted else {}
    merged = {id_: case.incident.merged_into for id_, case in cases.items() if case.incident.merged_into}
    if merged:
        cases |= await open_cases(w, set(merged.values()) - cases.keys())
        for alarm_id, id_ in targets.items():
            targets[alarm_id] = merged.get(id_, id_) if id_ else None
    return cases


def _joins(report: Report, case: Case | None) -> bool:
    """Whether a report with a target goes there: a named one always, a press only before `handled`."""
    if report.command.attach_to is not None or case is None:
        return True
    return pressed.joins(report, case.incident)


async def _join(w: Work, report: Report, case: Case | None) -> Reported:
    if case is None:
        raise NotFound(f"There is no incident {report.command.attach_to} to attach to.", field="attach_to")
    if report.command.attach_to is not None:
        found = await relations(w, case)
        if not found & {"sees", "assigned", "gateway"}:
            raise NotFound(
                f"There is no incident {report.command.attach_to} to attach to.", field="attach_to"
            )
        check_same_world(case.incident, report.command.exercise, "this report")
        if case.incident.state not in OPEN:
            raise NotNow(
                f"Incident {case.incident.number} is {case.incident.state}; report it anew or reopen that one.",
                field="attach_to", state=case.incident.state,
            )  # fmt: skip
    at, flags = w.step_time(None)
    is_press = pressed.point_of(report) is not None
    counted = ic.CountAlarm(report.alarm_id, report.signs, at, fresh=w.arms_timers)
    case.tell(pressed.again(w, report, at) if is_press else counted)
    return Reported(
        _alarm(w, report, case.id, flags), case.id, case.incident.number, case.incident.room_id,
        number_hmac=report.number_hmac,
    )  # fmt: skip


def check_same_world(incident: Incident, exercise: bool, said: str) -> None:
    """A drill and real life are never one matter. Raises MergeRefused."""
    if incident.exercise != exercise:
        drill, real = (f"Incident {incident.number}", said) if incident.exercise else (said, "the other")
        raise MergeRefused(f"{drill} is an exercise and {real} is not; keep them apart.")


async def _open(w: Work, judged: Sequence[tuple[Report, _Times]]) -> list[Reported]:
    """Open one incident for each report; `_write` puts them down."""
    if not judged:
        return []
    incidents = []
    for (report, times), number in zip(judged, await numbers(w, len(judged)), strict=True):
        w.actor = report.actor
        incidents.append(_open_one(w, report, number, times))
    made = []
    for (report, times), incident in zip(judged, incidents, strict=True):
        w.actor = report.actor
        alarm = _alarm(w, report, incident.id, times.flags)
        made.append(
            Reported(alarm, incident.id, incident.number, incident.room_id, incident, report.number_hmac)
        )
    return made


def opened(w: Work, report: Report, number: str) -> Reported:
    """What one report alone opens, as the facts so far tell it. Raises BadClaim."""
    times = _times(w, report)
    incident = _open_one(w, report, number, times)
    alarm = _alarm(w, report, incident.id, times.flags)
    return Reported(alarm, incident.id, number, incident.room_id, incident, report.number_hmac)


def _open_one(w: Work, report: Report, number: str, times: _Times) -> Incident:
    report = owned_anew(w.centre.reference, report)
    place = report.place
    fact = ie.Opened(
        number=number,
        type_reported=report.command.type,
        priority=report.priority,
        lon=place.lon if place else None,
        lat=place.lat if place else None,
        place=place,
        cell15=report.cell15,
        room_id=report.room_id,
        labels=report.labels,
        exercise=report.command.exercise,
        call_point_id=report.call_point.id if report.call_point else None,
        follows=times.follows,
        times=times.times,
        external_refs=report.external_refs,
        opened_at=w.now,
        alarm_id=report.alarm_id,
        press=pressed.first(w, report, times.times["ringing"]),
        areas_number=report.areas_number,
        source=report.command.source,
    )
    w.append("incident", report.incident_id, 1, report.incident_id, fact)
    return lifecycle.evolve(None, report.incident_id, fact)


def _times(w: Work, report: Report) -> _Times:
    """First ring, press or receipt; answered and entered where known. A report claimed long ago was entered then.

    A time that lies ahead, or before the one it follows, is refused from a person and left out from a device.
    """
    at, flags = w.step_time(None)
    dead_clock = _has_dead_clock(w, report)
    if dead_clock:
        at, flags = ms(w.now), (*flags, "claim_replaced")
    given: dict[str, int] = {}
    for name in ("ringing", "answered", "entered"):
        value = getattr(report.command.times, name, None)
        if value is None or dead_clock:
            continue
        if value - w.now <= AHEAD and ms(value) >= max(given.values(), default=ms(value)):
            given[name] = ms(value)
        elif report.actor.principal.is_device:
            flags += (f"{name}_replaced",)
        else:
            raise BadClaim(
                f"times.{name} {value.isoformat(timespec='milliseconds')} lies ahead of us or before the time it follows."
            )
    times = {"ringing": min(at, *given.values()) if given else at} | given
    times.setdefault("entered", max(ms(w.now) if w.arms_timers else at, *times.values()))
    if report.promised is not None and ms(report.promised) > times["ringing"]:
        times["scheduled"] = ms(report.promised)
    return _Times(times, flags)


def _has_dead_clock(w: Work, report: Report) -> bool:
    """Whether a device that reports live says it was more than a day ago: no line is down so long, its clock has stopped."""
    claim = report.actor.claimed_at
    live = report.actor.principal.is_device and pressed.is_live(report)
    return live and claim is not None and w.now - claim > LIVE_WITHIN


def _alarm(w: Work, report: Report, incident_id: UUID, flags: tuple[str, ...]) -> Alarm:
    command, caller = report.command, report.command.caller
    fact = ie.AlarmReceived(
        incident_id=incident_id,
        source=command.source,
        call_id=command.call_id,
        call_point_id=report.call_point.id if report.call_point else None,
        person_id=report.person_id,
        narrative_id=report.narrative_id,
        type=command.type,
        place=report.place,
        language=caller.language if caller else None,
        confidential=caller.confidential if caller else False,
        do_not_contact=caller.do_not_contact if caller else False,
        exercise=command.exercise,
        scheduled_for=command.scheduled_for,
        taken_by=report.actor.principal.id,
        claimed_at=report.actor.claimed_at,
        recorded_at=w.now,
        flags=flags + report.marks,
    )
    w.append("alarm", report.alarm_id, 1, incident_id, fact)
    return lifecycle.evolve_alarm(None, report.alarm_id, fact)


async def numbers(w: Work, count: int) -> list[str]:
    """Numbers people can say, `J261122-0231`: the city's day and a count from its first incident; unique for ever."""
    day = w.centre.local(w.now).date()
    series = f"J{day:%y%m%d}-"
    return [f"{series}{place:04d}" for place in await incident_store.draw_numbers(w.conn, day, count)]


async def _write(
    w: Work,
    reports: Sequence[Report],
    outcomes: Sequence[Reported | Refusal | None],
    as_written: dict[UUID, Incident],
) -> None:
    """Put everything down with one statement, people's words sealed, and give back the keys of refused reports.

    as_written: the opened incidents with what else these reports told of them.
    """
    made = [(r, o) for r, o in zip(reports, outcomes, strict=True) if isinstance(o, Reported)]
    if made:
        salts = await _salts(w, {o.incident_id: r for r, o in made if r.caller or r.command.text})
        await store.write_reports(w.conn, batch(w, made, list(as_written.values()), salts))
    refused = [
        r.scope
        for r, o in zip(reports, outcomes, strict=True)
        if isinstance(o, Exception) and r.scope is not None
    ]
    if refused:
        await store.drop_keys(w.conn, refused)


def batch(
    w: Work, made: Sequence[tuple[Report, Reported]], opened: Sequence[Incident], salts: dict[UUID, bytes]
) -> store.Reports:
    """All rows of these reports and of the facts so far, people's words sealed; opened: as the facts leave them."""
    seal = w.centre.seal
    persons, narratives = [], []
    for report, outcome in made:
        key_id = outcome.incident_id
        if report.caller is not None and report.person_id is not None:
            sealed = seal.seal(salts[key_id], msgspec.json.encode(report.caller))
            persons.append((report.person_id, key_id, report.number_hmac, sealed))
        if report.command.text and report.narrative_id is not None:
            sealed = seal.seal(salts[key_id], report.command.text.encode())
            narratives.append((report.narrative_id, key_id, sealed))
    return store.Reports(
        incidents=opened, audience=_audience(w, opened), salts=list(salts.items()), persons=persons,
        narratives=narratives, alarms=[o.alarm for _, o in made], facts=w.take_rows(),
        followed=[o.incident_id for r, o in made if o.opened is not None and pressed.is_of_now(w.now, r)], now=w.now,
    )  # fmt: skip


def _audience(w: Work, opened: Sequence[Incident]) -> list[tuple[UUID, UUID, str]]:
    reference = w.centre.reference
    return [
        (i.id, room_id, why)
        for i in opened
        for room_id, why in sorted(reference.audience(i.room_id, i.lon, i.lat, i.priority))
    ]


async def _salts(w: Work, wanted: dict[UUID, Report]) -> dict[UUID, bytes]:
    """The salt of each incident: new for those just opened or never used, else read; one that stands stays."""
    salts = {id_: w.centre.seal.new_salt() for id_ in wanted}
    joined = [id_ for id_, report in wanted.items() if id_ != report.incident_id]
    return salts | (await incident_store.read_salts(w.conn, joined) if joined else {})
