"""Telephone calls at the door: what is told of them, who waits, ringing back, how soon calls are answered, nuisance numbers.

A switchboard tells the same on `cad.call.<acd>.<line>`; these addresses are for centres without one, and for reading.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch import store, telephone
from dispatch.desk import answering, nuisance, ringing_back
from dispatch.desk.answering import Said
from dispatch.errors import Invalid, NotFound
from dispatch.runtime.metrics import count_call
from dispatch.shown import AlarmShown
from dispatch.telephone import CallFigures, CallShown, NuisanceShown
from dispatch.texts import check_texts
from dispatch.views import alarms
from dispatch.work import Work
from incidents.telephone import store as call_store
from incidents.telephone.model import LIVE, Call, CallState
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, States, chosen, known_only, page_of, rooms_below, uuid_after
from web.schemas import Act, CallIn, NuisanceIn, Page, RingBackIn

TAGS = ["calls"]
NO_LINE = "desk"
"""The line of a call that no switchboard has brought."""
Number = Annotated[str | None, QueryParameter(name="number", description="a whole telephone number")]


@get("/calls", opt=acts("call.read"), tags=TAGS)
async def list_calls(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    since: FromQuery[datetime | None] = None,
    incident: FromQuery[UUID | None] = None,
    number: Number = None,
    owing: FromQuery[bool] = False,
    limit: Limit = 100,
    after: After = None,
) -> Page[CallShown]:
    """Calls of this seat's rooms, newest first; with `incident` those that led to it, with `owing` those owed a ring-back."""
    known_only(request, ("state", "room", "since", "incident", "number", "owing", "limit", "after"))
    runtime = runtime_of(request)
    wanted = chosen(states, [*(state.value for state in CallState), "open"], "state")
    if wanted is not None and "open" in wanted:
        wanted = sorted({*wanted, *(state.value for state in LIVE)} - {"open"})
    which = call_store.CallFilter(
        rooms=rooms_below(runtime.centre, room),
        states=wanted,
        since=_zoned(since, "since"),
        incident_id=incident,
        digest=runtime.centre.seal.number_index(number) if number else None,
        owing=owing,
    )
    async with runtime.pool.acquire() as conn:
        found = await telephone.page(
            conn, runtime.centre, request.user, which, (uuid_after(after), limit + 1)
        )
    return page_of(found, limit)


@get("/calls/figures", opt=acts("call.read"), tags=TAGS)
async def read_figures(
    request: Asked,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    room: FromQuery[UUID | None] = None,
    exercise: FromQuery[bool] = False,
) -> CallFigures:
    """How soon calls were answered, of those that began from `since` up to `until`; by default the last 24 hours."""
    known_only(request, ("since", "until", "room", "exercise"))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        end = _zoned(until, "until") or await store.now(conn)
        begin = _zoned(since, "since") or end - timedelta(days=1)
        if begin > end:
            raise Invalid("since lies after until.", field="since")
        return await telephone.figures(
            conn, request.user, rooms_below(runtime.centre, room), (begin, end), exercise
        )


def _zoned(at: datetime | None, field: str) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise Invalid(f"{field} needs an offset or Z, such as 2026-05-01T08:00:00Z.", field=field)
    return at


@get("/calls/{call_id:str}", opt=acts("call.read"), tags=TAGS)
async def read_call(request: Asked, call_id: FromPath[str]) -> Response[CallShown]:
    """One call, by our id or the switchboard's own; with earlier calls of the same number."""
    check_texts(call_id, "call_id")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await telephone.call(conn, runtime.centre, request.user, call_id))


@post("/calls", opt=acts("call.record"), tags=TAGS)
async def tell_of_call(request: Asked, data: JSONBody[CallIn]) -> Response[CallShown]:
    """Tell what became of a call: a new one, or one known by its `call_id`. Order and repetition do no harm."""

    async def do(w: Work) -> dict[str, Any]:
        taken = await answering.hear(w, await _said(w, data))
        return {"call": taken.call.id, "answered_in_ms": taken.answered_in_ms}

    made = await perform(request, data, do)
    count_call(data.act, made["answered_in_ms"])
    return answer((await shown(request, telephone.calls, [made["call"]]))[0], 201)


async def _said(w: Work, data: CallIn) -> Said:
    call = await _known(w, data)
    return Said(
        acd=call.acd if call else data.acd or _own_acd(w),
        line=data.line or (call.line if call else data.seat or NO_LINE),
        reference=call.reference if call else data.call_id or answering.new_reference(),
        act=data.act,
        number=data.number,
        seat=data.seat,
        recording_ref=data.recording_ref,
        position=data.position,
        exercise=data.exercise,
    )


async def _known(w: Work, data: CallIn) -> Call | None:
    """The call that is meant: by our id any, by a switchboard's name one of the own rooms."""
    if data.call_id is None or data.acd is not None:
        return None
    id_ = await call_store.named(w.conn, data.call_id, w.principal.rooms)
    call = (await call_store.read_calls(w.conn, [id_]))[id_] if id_ else None
    if call is not None and (
        call.id == call_store.as_uuid(data.call_id) or call.room_id in w.principal.rooms
    ):
        return call
    return None


def _own_acd(w: Work) -> str:
    """Who tells by hand tells for their room, as a switchboard of its name would."""
    rooms = w.centre.reference.rooms
    room = rooms.by_id.get(w.principal.room_id) if w.principal.room_id else None
    return w.principal.gateway or (room or rooms.root).code


@post(
    "/calls/{call_id:str}/ring-back",
    opt=acts("call.ring_back", "alarm.ring_back"),
    tags=TAGS,
    status_code=200,
)
async def ring_back_call(
    request: Asked, call_id: FromPath[str], data: JSONBody[RingBackIn]
) -> Response[CallShown]:
    """Record that the caller was rung back; of a call that led to an alarm it is that alarm's ring-back."""
    check_texts(call_id, "call_id")

    async def do(w: Work) -> dict[str, Any]:
        id_ = await call_store.named(w.conn, call_id, w.principal.rooms)
        if id_ is None:
            raise NotFound(f"There is no call {call_id[:200]!r}.", noun="call")
        return {"call": (await ringing_back.ring_back_call(w, id_, data.outcome, data.text)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, telephone.calls, [made["call"]]))[0])


@post("/alarms/{alarm_id:uuid}/ring-back", opt=acts("alarm.ring_back"), tags=["alarms"], status_code=200)
async def ring_back(
    request: Asked, alarm_id: FromPath[UUID], data: JSONBody[RingBackIn]
) -> Response[AlarmShown]:
    """Record that the caller was rung back, as a silent or abandoned call needs before it is void."""

    async def do(w: Work) -> dict[str, Any]:
        return {"alarm": (await ringing_back.ring_back(w, alarm_id, data.outcome, data.text)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, alarms, [made["alarm"]]))[0])


@get("/nuisance-numbers", opt=acts("nuisance_number.read"), tags=TAGS)
async def list_nuisance(request: Asked, limit: Limit = 100, after: After = None) -> Page[NuisanceShown]:
    """Numbers with a standing label, newest first."""
    known_only(request, ("limit", "after"))
    runtime = runtime_of(request)
    page = (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        return page_of(await telephone.nuisance_page(conn, runtime.centre, request.user, page), limit)


@post("/nuisance-numbers", opt=acts("nuisance_number.label"), tags=TAGS)
async def label_nuisance(request: Asked, data: JSONBody[NuisanceIn]) -> Response[NuisanceShown]:
    """Label a number, or that of an alarm's caller or of a call; needs a reason. It is never queued lower for that."""

    async def do(w: Work) -> dict[str, Any]:
        return {"number": (await nuisance.label(w, data.number, data.alarm_id, data.call_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, telephone.nuisance_by_id, [made["number"]]))[0], 201)


@post("/nuisance-numbers/{number_id:uuid}/lift", opt=acts("nuisance_number.lift"), tags=TAGS, status_code=200)
async def lift_nuisance(
    request: Asked, number_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[NuisanceShown]:
    """Take the label off."""

    async def do(w: Work) -> dict[str, Any]:
        return {"number": (await nuisance.lift(w, number_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, telephone.nuisance_by_id, [number_id]))[0])


HANDLERS = (
    list_calls,
    read_figures,
    read_call,
    tell_of_call,
    ring_back_call,
    ring_back,
    list_nuisance,
    label_nuisance,
    lift_nuisance,
)
