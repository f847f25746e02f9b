"""Help asked of other agencies 联动单: sent, taken, arrived, result; chased when nothing comes; the incident stays ours.

What goes to the agency is a row that the port of the runtime hands over. Who has taken it and who has arrived is told by
voice at a seat, or by the agency's own key, whose gateway is called like its code.
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.agencies import events as e
from dispatch.agencies import lifecycle as life
from dispatch.agencies import store as request_store
from dispatch.agencies.model import Agency, AgencyRequest, R, RequestState
from dispatch.bearers import store as outward
from dispatch.desk import radio
from dispatch.desk.case import Case, authorised, by_member, open_case, relations
from dispatch.desk.sealed import keep_text
from dispatch.ends import OpenEnd, request_end
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.texts import check_texts
from dispatch.waiting import LANGUAGES, Spoken, described, room_said
from dispatch.work import Work, ms
from units import store as unit_store

StepName = Literal["taken", "arrived", "result", "decline"]
ActName = Literal["taken", "arrived", "result", "decline", "chase", "withdraw"]
"""Acts on a request that stands, as acts.csv calls them."""
STEPS: Mapping[StepName, RequestState] = {
    "taken": R.TAKEN, "arrived": R.ARRIVED, "result": R.RESULT, "decline": R.DECLINED,
}  # fmt: skip
TOLD = {
    R.TAKEN: ("已接单", "is on its way"),
    R.ARRIVED: ("已到场", "has arrived"),
    R.DECLINED: ("不能到场", "cannot come"),
}
"""What the units on the incident are told of it."""
LINES: Mapping[outward.Kind, tuple[str, str]] = {
    "request": (
        "{room}请求{agency}联动：警情{number}，{type}，地点{address}。",
        "{room} asks the {agency} for help: incident {number}, {type}, at {address}.",
    ),
    "chase": (
        "{room}催办{agency}：警情{number}，{type}，地点{address}，请立即答复。",
        "{room} asks the {agency} again: incident {number}, {type}, at {address}; answer now.",
    ),
    "withdraw": (
        "{room}撤销对{agency}的联动请求：警情{number}。",
        "{room} no longer needs the {agency} for incident {number}.",
    ),
}


async def request(
    w: Work, incident_id: UUID, agency: Agency, text: str | None = None, name: str | None = None
) -> AgencyRequest:
    """Ask an agency for help. name: of one without a code of its own. Raises NotFound, NotAllowed, NotNow, Invalid."""
    check_texts(text, "text")
    check_texts(name, "name")
    if (agency == "other") != bool(name and name.strip()):
        raise Invalid(
            "Give the name of an agency that has no code of its own, and of no other.", field="name"
        )
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "request_agency")
    for one in await request_store.of_incidents(w.conn, case.family):
        if one.is_open and (one.agency, one.name) == (agency, name):
            raise NotNow(
                f"The {one.called('en')} was already asked for incident {case.incident.number}; chase that request.",
                request_id=str(one.id),
            )
    at, _ = w.step_time(case.incident.began)
    own = w.principal.room_id
    fact = e.Sent(
        incident_id=case.id, agency=agency, name=name, by=w.principal.id, at=at,
        room_id=own if own is not None and own in w.centre.reference.rooms.by_id else case.incident.room_id,
        narrative_id=await keep_text(w, case.id, text) if text and text.strip() else None,
    )  # fmt: skip
    made = await _told(w, case, None, uuid7(), fact)
    await _send(w, case, made, "request")
    return made


async def step(
    w: Work, request_id: UUID, name: StepName, text: str | None = None, reference: str | None = None
) -> AgencyRequest:
    """The agency has taken it, arrived, told its result, or declines. A late earlier step fills its empty time.

    text: what came of it; reference: the agency's number. Raises NotFound, NotAllowed, NotNow, BadClaim.
    """
    check_texts(text, "text")
    check_texts(reference, "reference")
    case, before = await _opened(w, request_id, name)
    follows = [before.times[s] for s in life.STEPS if s in before.times and s is not STEPS[name]]
    at, _ = w.step_time(before.times["sent"] if name in ("taken", "arrived") else max(follows))
    outcome = await keep_text(w, before.incident_id, text) if text and text.strip() else None
    return await _stepped(w, case, before, life.Step(STEPS[name], at, reference, outcome))


async def chase(w: Work, request_id: UUID) -> AgencyRequest:
    """Tell the agency again 催办; it is counted, and the time it is waited for begins anew."""
    case, before = await _opened(w, request_id, "chase")
    at, _ = w.step_time(max(before.times.values()))
    [fact] = life.decide(before, life.Chase(at))
    chased = await _told(w, case, before, before.id, fact)
    await _send(w, case, chased, "chase")
    return chased


async def withdraw(w: Work, request_id: UUID) -> AgencyRequest:
    """The agency is not needed any more, and is told so; needs a reason."""
    if not (w.actor.reason or "").strip():
        raise Invalid("To withdraw a request, give the reason.", field="reason")
    case, before = await _opened(w, request_id, "withdraw")
    at, _ = w.step_time(max(before.times.values()))
    after = await _stepped(w, case, before, life.Step(R.WITHDRAWN, at))
    await _send(w, case, after, "withdraw")
    return after


async def settle_with(w: Work, case: Case, agency: str, at: int) -> None:
    """The matter was handed over to this agency: what was asked of it has its result by that."""
    for one in await request_store.of_incidents(w.conn, case.family):
        if one.is_open and agency in (one.agency, one.name):
            await _stepped(w, case, one, life.Step(R.RESULT, max(at, *one.times.values())))


async def open_ends(w: Work, case: Case) -> list[OpenEnd]:
    """Requests of the incident and those merged into it that stand."""
    return [request_end(r) for r in await request_store.of_incidents(w.conn, case.family) if r.is_open]


async def follow(w: Work, case: Case) -> None:
    """Say how its requests stand now: the incident has ended all the same, was taken up again, or rules have changed."""
    await follow_requests(w, {case.id: case})


async def follow_requests(w: Work, cases: Mapping[UUID, Case]) -> None:
    """The same for several incidents."""
    of = by_member(cases)
    for one in await request_store.of_incidents(w.conn, of):
        w.follow(standings.agency_request(one, of[one.incident_id].incident))


async def give_up(w: Work, message: outward.OutwardMessage, provider: str) -> None:
    """No port has taken it, however often it was tried: it is marked, and the dispatcher is told to ring the agency up."""
    case = await open_case(w, message.incident_id, follow_merge=True)
    if not await outward.give_up(w.conn, message.id, provider) or message.request_id is None:
        return
    [standing] = await request_store.read(w.conn, [message.request_id])
    for fact in life.decide(standing, life.MarkUnreached(ms(w.now))):
        await _told(w, case, standing, standing.id, fact)


async def _opened(w: Work, request_id: UUID, act: ActName) -> tuple[Case, AgencyRequest]:
    """The request with its incident under lock, when this act on it is the principal's; else NotFound or refused."""
    found = await request_store.read(w.conn, [request_id])
    if not found:
        raise NotFound(f"There is no request {request_id}.", noun="agency_request")
    case = await open_case(w, found[0].incident_id, follow_merge=True)
    [standing] = await request_store.read(w.conn, [request_id])
    related = (await relations(w, case)) & {"room", "sees"}
    if w.principal.gateway == standing.agency:
        related.add("gateway")
    if not related:
        raise NotFound(f"There is no request {request_id}.", noun="agency_request")
    acts.authorise(w.principal, "agency_request", act, related, standing.state)
    return case, standing


async def _stepped(w: Work, case: Case, before: AgencyRequest, command: life.Step) -> AgencyRequest:
    after = before
    for fact in life.decide(before, command):
        after = await _told(w, case, after, after.id, fact)
    if after.state is not before.state and after.state in TOLD:
        await _tell_units(w, case, after)
    return after


async def _told(
    w: Work, case: Case, before: AgencyRequest | None, id_: UUID, fact: e.RequestFact
) -> AgencyRequest:
    changed = life.evolve(before, id_, fact)
    w.append("agency_request", id_, changed.version, changed.incident_id, fact)
    await request_store.save(w.conn, [changed])
    w.follow(standings.agency_request(changed, case.incident))
    return changed


async def _tell_units(w: Work, case: Case, r: AgencyRequest) -> None:
    """The units on the incident learn who else comes."""
    jobs = {a.unit_id: a for a in case.open_assignments if a.unit_id}
    units = await unit_store.read_units(w.conn, list(jobs)) if jobs else {}
    zh, en = TOLD[r.state]
    for unit in units.values():
        text = f"{r.called('zh')}{zh} The {r.called('en')} {en}."
        await radio.say(w, unit, "update", case.incident, jobs[unit.id], text=text)


async def _send(w: Work, case: Case, r: AgencyRequest, kind: outward.Kind) -> None:
    """Write what the port hands over; the words of who asks lie sealed and are opened there."""
    spoken = Spoken(w.centre.rules, w.centre.reference, w.centre.units)
    names = {
        lang: {
            "agency": r.called(lang), "room": room_said(spoken, r.room_id)[lang],
            **described(case.incident, spoken, lang),
        }
        for lang in LANGUAGES
    }  # fmt: skip
    lines = dict(zip(LANGUAGES, LINES[kind], strict=True))
    message = outward.OutwardMessage(
        id=uuid7(), bearer="agency", address=r.agency, incident_id=r.incident_id, request_id=r.id, kind=kind,
        narrative_id=None if kind == "withdraw" else r.narrative_id, exercise=case.incident.exercise,
        body={lang: lines[lang].format(**names[lang]) for lang in LANGUAGES}, recorded_at=w.now,
    )  # fmt: skip
    await outward.add(w.conn, message)
