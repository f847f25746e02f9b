"""Alarms at the door: a report comes in, and what its caller was told.

The busiest address of the house. A report goes into the funnel with many others, and the answer is made from what the
funnel gives back, without reading again what was written a moment ago.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch import views
from dispatch.desk import comparing
from dispatch.desk.pressed import is_of_now
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.desk.reports import Report as Prepared
from dispatch.runtime.intake import Accepted
from dispatch.showing import alarm_shown, just_opened, said_shown
from dispatch.shown import Opened, SaidShown
from dispatch.texts import check_texts
from incidents.duplicates import SENTENCES, Candidate
from incidents.reasons import sentence
from web.acting import Asked, actor_of, acts, runtime_of, shown
from web.listing import TypeCode, known_only
from web.schemas import AlarmIn, AlarmTaken, CandidateShown, Items

ALIKE = ("lon", "lat", "datum", "accuracy_m", "address", "type", "call_id", "exercise")


@post("/alarms", opt=acts("alarm.report"), tags=["alarms"])
async def report_alarm(request: Asked, data: JSONBody[AlarmIn]) -> Response[AlarmTaken]:
    """Report an alarm; it opens an incident, joins the one named, or that of its call point."""
    runtime = runtime_of(request)
    report = prepare(runtime.centre, _command(data), await actor_of(request, data))
    accepted = await runtime.intake.submit(report)
    return Response(await _taken(request, report, accepted), status_code=201)


def _command(data: AlarmIn) -> ReportAlarm:
    return ReportAlarm(
        source=data.source,
        scheduled_for=data.scheduled_for,
        call_id=data.call_id,
        call_point_id=data.call_point_id,
        caller=data.caller,
        place=data.place,
        type=data.type,
        text=data.text,
        attach_to=data.attach_to,
        exercise=data.exercise,
        silent=data.silent,
        abandoned=data.abandoned,
        times=data.times,
        draft_id=data.draft_id,
        answers=data.answers,
        priority=data.priority,
    )


async def _taken(request: Asked, report: Prepared, accepted: Accepted) -> AlarmTaken:
    reported = accepted.reported
    candidates = tuple(map(_candidate_shown, accepted.candidates))
    if reported.opened is not None and reported.alarm.person_id == report.person_id:
        told = alarm_shown(reported.alarm, _as_typed(report))
        fresh = is_of_now(reported.opened.opened_at, report)
        words = views.spoken(runtime_of(request).centre)
        return AlarmTaken(told, just_opened(reported.opened, told, words, fresh), candidates)
    alarm = (await shown(request, views.alarms, [reported.alarm.id]))[0]
    incident = (await shown(request, views.incidents, [alarm.incident_id]))[0]
    return AlarmTaken(alarm, incident, candidates)


def _as_typed(report: Prepared) -> Opened:
    """People's words as they just came in, instead of unsealing what was sealed a moment ago."""
    texts = {report.narrative_id: report.command.text} if report.narrative_id and report.command.text else {}
    callers = {report.person_id: report.caller} if report.person_id and report.caller else {}
    return Opened(texts, callers)


def _candidate_shown(candidate: Candidate) -> CandidateShown:
    reasons: Iterable[dict[str, Any]] = (
        {
            "key": reason.key,
            "params": reason.params,
            "zh": sentence(reason, SENTENCES, "zh"),
            "en": sentence(reason, SENTENCES, "en"),
        }
        for reason in candidate.reasons
    )
    return CandidateShown(candidate.incident_id, candidate.score, tuple(reasons))


@get("/incidents/alike", opt=acts("incident.read"), tags=["incidents"])
async def alike(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    lon: FromQuery[float | None] = None,
    lat: FromQuery[float | None] = None,
    datum: FromQuery[str] = "WGS84",
    accuracy_m: FromQuery[float | None] = None,
    address: FromQuery[str | None] = None,
    type_code: TypeCode = None,
    call_id: FromQuery[str | None] = None,
    exercise: FromQuery[bool] = False,
) -> Items[CandidateShown]:
    """Open incidents that a form still being typed may be about, the likeliest first; kept nowhere."""
    known_only(request, ALIKE)
    place = PlaceIn(lon=lon, lat=lat, datum=datum, accuracy_m=accuracy_m, address=address)
    check_texts(place, "place")
    check_texts(call_id, "call_id")
    typed = comparing.Typed(place=place, type=type_code, call_id=call_id, exercise=exercise)
    runtime = runtime_of(request)
    found = await comparing.alike(runtime.pool, runtime.centre, request.user, typed)
    return Items([_candidate_shown(one) for one in found])


@get("/alarms/{alarm_id:uuid}/messages", opt=acts("incident.read"), tags=["alarms"])
async def read_told_caller(request: Asked, alarm_id: FromPath[UUID]) -> Items[SaidShown]:
    """All that was told to the caller of an alarm: when it went, or why it did not."""
    known_only(request, ())
    async with runtime_of(request).pool.acquire() as conn:
        return Items([said_shown(said) for said in await views.told_to_caller(conn, request.user, alarm_id)])


HANDLERS = (report_alarm, alike, read_told_caller)
