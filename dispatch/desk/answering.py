"""Answering the telephone: what a switchboard tells of a call is written down, whatever order it comes in.

The first step of most alarms. Where a centre has no switchboard a person tells the same by hand. A call that led to an
alarm gives its incident the true ring and answer; a caller who dials again settles the call that was given up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, standings
from dispatch.desk.case import open_case
from dispatch.desk.sealed import keep_people
from dispatch.errors import Invalid
from dispatch.texts import check_texts
from dispatch.work import Work
from geo.coordinates import check_position
from geo.datums import parse_datum, to_wgs84
from geo.errors import GeoError
from incidents import commands as ic
from incidents import store as incident_store
from incidents.model import Place
from incidents.sealing import Caller
from incidents.telephone import lifecycle, store
from incidents.telephone.events import CallFact, Registered
from incidents.telephone.lifecycle import Hear
from incidents.telephone.model import SPOKEN, Call, CallAct

REDIALLED_WITHIN = timedelta(hours=1)

type Short = Annotated[str, msgspec.Meta(max_length=200)]
type Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PositionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the network says the caller is. lon, lat: degrees in `datum`; accuracy_m: metres, >= 0."""

    lon: float
    lat: float
    datum: Short = "WGS84"
    accuracy_m: float | None = None


class CallEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a switchboard tells on `cad.call.<acd>.<line>`; call_id: its own name for the call, one for all of its life."""

    call_id: Name
    act: CallAct
    at: datetime
    number: Short | None = None
    seat: Short | None = None
    recording_ref: Short | None = None
    position: PositionIn | None = None
    exercise: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The command: somebody tells something of a call. Its time is the act's claimed one."""

    acd: str
    line: str
    reference: str
    act: CallAct
    number: str | None = None
    seat: str | None = None
    recording_ref: str | None = None
    position: PositionIn | None = None
    exercise: bool = False


class Taken(msgspec.Struct, frozen=True):
    """A call as it stands. answered_in_ms: its answer interval, when this very telling made it known."""

    call: Call
    answered_in_ms: int | None = None


def new_reference() -> str:
    """A name for a call that no switchboard has named."""
    return str(uuid7())


async def hear(w: Work, said: Said) -> Taken:
    """Write down what is told; what came before, or is older than what is known, changes nothing.

    Raises Invalid, BadPosition, UnknownDatum or BadClaim from a person; from a device a position or time that can't be
    is left out and flagged, because the call itself matters more. NotAllowed, NotNow: another room's call, or over.
    """
    check_texts(said)
    at, replaced = w.step_time(None)
    named = await store.lock_told(w.conn, said.acd, said.reference)
    before = lifecycle.meant(named, at)
    _authorise(w, before)
    place, flags = _place(w, said.position)
    call = before or _register(w, said, 1 + max((one.nth for one in named), default=0))
    known = await store.digest_of(w.conn, call.person_id) if call.person_id else None
    digest = w.centre.seal.number_index(said.number) if said.number else known
    told = Hear(
        act=said.act, at=at, line=said.line, seat=said.seat, recording_ref=said.recording_ref,
        person_id=(call.person_id if digest == known else uuid7()) if said.number else None,
        place=place, flags=(*flags, *replaced),
    )  # fmt: skip
    facts = lifecycle.hear(call, told)
    if not facts and before is not None:
        return Taken(call)
    after = tell(w, call, facts, await _incident_of(w, call.alarm_id))
    if after.person_id != call.person_id and after.person_id is not None:
        await keep_people(w, call.id, [Caller(number=said.number)], [after.person_id])
    after = await _settle(w, before, after, digest)
    new = after.answer_ms if before is None or before.answer_ms is None else None
    return Taken(after, new)


def _authorise(w: Work, call: Call | None) -> None:
    mine = (call.room_id if call is not None else w.principal.room_id) in w.principal.rooms
    acts.authorise(
        w.principal, "call", "record", {"room"} if mine else set(), call.state if call is not None else None
    )


def _place(w: Work, given: PositionIn | None) -> tuple[Place | None, tuple[str, ...]]:
    if given is None:
        return None, ()
    try:
        if given.accuracy_m is not None and not 0 <= given.accuracy_m < 1e7:
            raise Invalid("The accuracy is metres from 0 upward.", field="position.accuracy_m")
        check_position(given.lon, given.lat)
        lon, lat = to_wgs84(given.lon, given.lat, parse_datum(given.datum))
    except (GeoError, Invalid):
        if w.principal.is_device:
            return None, ("position_refused",)
        raise
    return Place(lon=lon, lat=lat, accuracy_m=given.accuracy_m, source="network"), ()


def _register(w: Work, said: Said, nth: int) -> Call:
    rooms = w.centre.reference.rooms
    named = rooms.by_code.get(said.acd)
    if named is not None and not w.principal.is_device and named.id not in w.principal.rooms:
        named = None
    own = w.principal.room_id if w.principal.room_id in rooms.by_id else None
    fact = Registered(
        acd=said.acd, line=said.line, reference=said.reference, nth=nth,
        room_id=named.id if named else own or rooms.root.id, exercise=said.exercise, opened_at=w.now,
    )  # fmt: skip
    id_: UUID = uuid7()
    w.append("call", id_, 1, None, fact)
    return lifecycle.evolve(None, id_, fact)


def tell(w: Work, call: Call, facts: list[CallFact], incident_id: UUID | None = None) -> Call:
    """The call after these facts, which the act will write; saving its row is the caller's."""
    for fact in facts:
        call = lifecycle.evolve(call, call.id, fact)
        w.append("call", call.id, call.version, incident_id, fact)
    return call


async def save(w: Work, calls: Sequence[Call]) -> None:
    """Write the rows of calls, and say how they stand now."""
    await store.save_calls(w.conn, calls)
    for call in calls:
        w.follow(standings.call(call))


async def _settle(w: Work, before: Call | None, call: Call, digest: bytes | None) -> Call:
    """What follows from the telling: an alarm that named this call, better times of its incident, a redial."""
    if call.alarm_id is None:
        alarm_id = await store.alarm_of(w.conn, call)
        if alarm_id is not None:
            call = tell(w, call, lifecycle.report(call, alarm_id), await _incident_of(w, alarm_id))
            await _time_incident(w, call)
    elif before is not None and _times(before) != _times(call):
        await _time_incident(w, call)
    if digest is not None and (call.owes_ring_back or _newly_spoken(before, call)):
        call = await _settle_redialled(w, call, digest)
    if call.owes_ring_back and w.principal.is_device:
        w.count_as_of_now()  # told after an outage, or by a clock that is behind: the caller still waits
    await save(w, [call])
    return call


def _times(call: Call) -> tuple[int | None, int | None]:
    return call.times.get("ringing"), call.times.get("answered")


def _newly_spoken(before: Call | None, call: Call) -> bool:
    """Whether it has just become known that somebody speaks with this caller."""
    known = before is not None and before.person_id == call.person_id and _spoken(before)
    return _spoken(call) and not known


def _spoken(call: Call) -> bool:
    return any(name in call.times for name in SPOKEN)


async def _settle_redialled(w: Work, call: Call, digest: bytes) -> Call:
    """Whoever is spoken with now is owed nothing for the calls they gave up before, nor for this one if it was before."""
    await store.lock_caller(w.conn, digest, spoken=not call.owes_ring_back)
    if call.owes_ring_back:
        return await spoken_later(w, call, digest)
    given_up = await store.lock_given_up(w.conn, call, digest, _around(call))
    settled = [(other, facts) for other in given_up if (facts := lifecycle.redial(other, call))]
    await save(w, [tell(w, other, facts) for other, facts in settled])
    return call


def _around(call: Call) -> tuple[datetime, datetime]:
    return call.opened_at - REDIALLED_WITHIN, call.opened_at + REDIALLED_WITHIN


async def spoken_later(w: Work, call: Call, digest: bytes) -> Call:
    """A call given up, settled if its caller was spoken with in a later one; saving its row is the caller's."""
    later = await store.spoken_with(w.conn, call, digest, _around(call))
    return tell(w, call, next((facts for other in later if (facts := lifecycle.redial(call, other))), []))


async def _incident_of(w: Work, alarm_id: UUID | None) -> UUID | None:
    """The incident the call's alarm belongs to now."""
    found = await incident_store.read_alarms(w.conn, [alarm_id]) if alarm_id else {}
    return next((alarm.incident_id for alarm in found.values()), None)


async def _time_incident(w: Work, call: Call) -> None:
    """Give the incident that was opened by this call its first ring and its answer, also when they come late."""
    incident_id = await _incident_of(w, call.alarm_id)
    if incident_id is None or await store.opened_by(w.conn, incident_id) != call.alarm_id:
        return
    case = await open_case(w, incident_id)
    if case.incident.round == 1 and case.incident.merged_into is None:
        case.tell(ic.TimeCall(better_times(case.incident.times, call.times)))
        await case.save()


def better_times(known: dict[str, int], call: dict[str, int]) -> dict[str, int]:
    """The first sign of the caller, and the call's answer unless it lies after the entry. known: of the incident."""
    signs = (known.get("ringing"), call.get("ringing"), call.get("answered"))
    better = {"ringing": min(at for at in signs if at is not None)}
    answered = call.get("answered")
    if answered is not None and answered <= known.get("entered", answered):
        better["answered"] = answered
    return better
