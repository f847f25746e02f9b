"""Call points, their presses and surges as a seat is shown them: names and links of cameras, who answers, what is amiss.

Pure; `views` and `showing` hand in the rows.
"""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.cameras.model import FROM_CAMERA
from dispatch.instants import Instant, instant
from dispatch.rooms import CallPoint, Reference
from incidents.call_points.health import SENTENCES, Health, HealthState
from incidents.call_points.heard import Last
from incidents.call_points.presses import AnswerOutcome, RingState
from incidents.model import RESPONDING, Incident, IncidentState, Place
from incidents.reasons import Reason, sentence

_RINGING = RESPONDING - {IncidentState.ON_SCENE}


class CameraShown(msgspec.Struct, frozen=True):
    """A camera beside a call point; link: into the agency's own viewer."""

    name: str
    link: str | None


class CameraBrief(msgspec.Struct, frozen=True, kw_only=True):
    """The camera through which a video patrol saw what it reported; link: into the agency's own viewer."""

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    link: str | None


class CallPointBrief(msgspec.Struct, frozen=True):
    """Enough of a call point to hear and see who pressed it; talk_link: of its speaker and microphone."""

    id: UUID
    code: str
    name: str
    cameras: tuple[CameraShown, ...]
    talk_link: str | None


class PressShown(msgspec.Struct, frozen=True, kw_only=True):
    """The presses of an incident: how many, the last one, and where it rings or who answered.

    room: where it rings now; tier: how many rooms let it pass; recommendation_id: what was proposed when nobody answered.
    """

    count: int
    at: Instant
    state: RingState
    room: UUID | None
    tier: int | None
    since: Instant | None
    answered_by: str | None
    answered_at: Instant | None
    outcome: AnswerOutcome | None
    unanswered_at: Instant | None
    recommendation_id: UUID | None


class SurgeShown(msgspec.Struct, frozen=True):
    """Many callers report it: since when, how many so far, and the newest."""

    since: Instant
    count: int
    last_at: Instant


class HealthSaid(msgspec.Struct, frozen=True):
    """What is amiss with a device, in both languages."""

    zh: str
    en: str


class CallPointShown(msgspec.Struct, frozen=True, kw_only=True):
    """A call point with the health of its device. state `unheard`: no heartbeat ever came.

    room: whose jurisdiction it stands in; answering: the rooms where a press rings, one after the other; battery: per cent;
    heard_at: the newest heartbeat; alert: what is to be looked at; incident_id, pressed_at: of its last press.
    """

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None
    room: UUID
    answering: tuple[UUID, ...]
    cameras: tuple[CameraShown, ...]
    talk_link: str | None
    state: HealthState | Literal["unheard"]
    since: Instant | None
    battery: int | None
    fault: str | None
    heard_at: Instant | None
    alert: HealthSaid | None
    version: int


def cameras(point: CallPoint) -> tuple[CameraShown, ...]:
    """Its cameras, those that are only linked included."""
    names = dict.fromkeys((*point.cameras, *point.camera_links))
    return tuple(CameraShown(name, point.camera_links.get(name)) for name in names)


def briefs(reference: Reference, ids: Iterable[UUID | None]) -> tuple[CallPointBrief, ...]:
    """These call points, each once."""
    found = (reference.call_points.get(id_) for id_ in dict.fromkeys(ids) if id_ is not None)
    return tuple(
        CallPointBrief(point.id, point.code, point.name, cameras(point), point.talk_link)
        for point in found
        if point is not None
    )


def seen_through(reference: Reference, places: Iterable[Place | None]) -> tuple[CameraBrief, ...]:
    """The cameras through which these places were seen, each once."""
    codes = dict.fromkeys(place.code for place in places if place is not None and place.source == FROM_CAMERA)
    found = (reference.cameras_by_code.get(code) for code in codes if code is not None)
    return tuple(
        CameraBrief(id=one.id, code=one.code, name=one.name, lon=one.lon, lat=one.lat, link=one.link)
        for one in found
        if one is not None
    )


def press_shown(incident: Incident) -> PressShown | None:
    """The presses of an incident; None when no call point was pressed. Nothing rings once somebody is there."""
    press = incident.press
    if press is None:
        return None
    if press.ring is not None and incident.state not in _RINGING:
        press = msgspec.structs.replace(press, ring=None)
    ring, answer = press.ring, press.answer
    return PressShown(
        count=press.count,
        at=instant(press.at),
        state=press.state,
        room=ring.room_id if ring else None,
        tier=ring.tier if ring else None,
        since=instant(ring.since if ring else None),
        answered_by=answer.by if answer else None,
        answered_at=instant(answer.at if answer else None),
        outcome=answer.outcome if answer else None,
        unanswered_at=instant(press.unanswered_at),
        recommendation_id=press.recommendation_id,
    )


def surge_shown(incident: Incident) -> SurgeShown | None:
    """Its surge while it is responded to; None when there is none."""
    surge = incident.surge
    if surge is None or surge.since is None or incident.state not in RESPONDING:
        return None
    return SurgeShown(instant(surge.since), surge.count, instant(surge.recent[-1]))


def call_point_shown(
    reference: Reference, point: CallPoint, health: Health | None, last: Last | None
) -> CallPointShown:
    """A call point; `last`: its newest heartbeat as this replica knows it."""
    beat = last.beat if last is not None else None
    return CallPointShown(
        id=point.id,
        code=point.code,
        name=point.name,
        lon=point.lon,
        lat=point.lat,
        address=point.address,
        room=reference.owner_of(point),
        answering=reference.answering(point),
        cameras=cameras(point),
        talk_link=point.talk_link,
        state="unheard" if health is None else health.state,
        since=instant(health.since if health else None),
        battery=beat.battery if beat is not None else health.battery if health else None,
        fault=health.fault if health else None,
        heard_at=instant(last.received_at if last is not None else None),
        alert=_alert(health),
        version=0 if health is None else health.version,
    )


def _alert(health: Health | None) -> HealthSaid | None:
    if health is None or health.state == "ok":
        return None
    reason = Reason(health.state, {"battery": health.battery or 0, "fault": health.fault or ""})
    return HealthSaid(sentence(reason, SENTENCES, "zh"), sentence(reason, SENTENCES, "en"))
