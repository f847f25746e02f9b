"""Video patrol 视频巡逻: which patrol watches which cameras, that it has looked, what is out of order, and what it raises.

A patrol watches what it takes itself, what its room assigns to it, and the cameras of its beat (`watch_lists`). Units are locked
before cameras. Nothing is recognised or followed here: a person looks, and says what they saw.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import acts
from dispatch.cameras import store
from dispatch.cameras.lifecycle import Begin, Command, End, Look
from dispatch.cameras.model import FROM_CAMERA, Camera, Fault, How, Why
from dispatch.desk import shift, watch_lists
from dispatch.desk.intake import Reported, report_many
from dispatch.desk.reports import PlaceIn, Report, ReportAlarm, prepare
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.work import Work
from units import store as unit_store
from units.model import Unit

ActName = Literal["watch", "look", "report_seen"]


class OutOfOrderIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A camera that does not show what it should, and what is wrong with it."""

    camera_id: UUID
    fault: Fault


class SeenOnCamera(msgspec.Struct, frozen=True, kw_only=True):
    """What a patrol saw: type as far as it knows, how urgent in its own judgement, a few words."""

    camera_id: UUID
    type: str | None = None
    priority: int | None = None
    text: str | None = None
    exercise: bool = False


async def watch(w: Work, unit_id: UUID, take: Collection[UUID], leave: Collection[UUID]) -> Unit:
    """Watch these cameras from now on, and those no longer. Raises NotFound, NotAllowed, NotNow, Invalid."""
    if not take and not leave:
        raise Invalid("Name cameras to take or to leave.", field="take")
    if both := set(take) & set(leave):
        raise Invalid(f"Camera {min(both)} is to be taken and left at once.", field="take")
    unit = await _patrol(w, unit_id, "watch")
    itself = w.principal.unit_id == unit_id
    how: How = "taken" if itself else "assigned"
    why: Why = "left" if itself else "taken_away"
    told: dict[UUID, Command] = {id_: Begin(unit_id, how) for id_ in take}
    told |= {id_: End(unit_id, why) for id_ in leave}
    await _tell(w, told, _reach(w, unit))
    return unit


async def look(
    w: Work, unit_id: UUID, cameras: Collection[UUID] | None, faults: Collection[OutOfOrderIn] = ()
) -> Unit:
    """A person of the patrol has looked 巡查一遍: through these, None: through all it watches that are in order; `faults` are not.

    A camera that is named although it was out of order is in order again. Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim.
    """
    unit = await _patrol(w, unit_id, "look")
    at = _when(w)
    wrong = {one.camera_id: one.fault for one in faults}
    if cameras is not None and (both := set(cameras) & wrong.keys()):
        raise Invalid(f"Camera {min(both)} is in order and out of order at once.", field="out_of_order")
    if cameras is None:
        watches = await store.lock_watches(w.conn, await store.watched_by(w.conn, [unit_id]))
        cameras = [id_ for id_, one in watches.items() if one.fault is None and id_ not in wrong]
    told: dict[UUID, Command] = {id_: Look(unit_id, at) for id_ in cameras}
    told |= {id_: Look(unit_id, at, fault) for id_, fault in wrong.items()}
    if not told:
        raise NotNow(f"{unit.call_sign} watches no camera; take some first (POST /units/{{id}}/cameras).")
    await _tell(w, told, _reach(w, unit))
    return unit


async def raise_at(w: Work, unit_id: UUID, seen: SeenOnCamera) -> Reported:
    """Report what was seen on a camera: an ordinary located incident, to which the patrol is not ordered.

    Raises NotFound, NotAllowed, NotNow and what a report is refused with.
    """
    unit = await _patrol(w, unit_id, "report_seen", hold=False)  # an incident may be locked after it
    camera = _camera(w, seen.camera_id, _reach(w, unit))
    command = ReportAlarm(
        source="officer", place=_place_of(camera), type=seen.type, priority=seen.priority, text=seen.text,
        exercise=seen.exercise,
    )  # fmt: skip
    actor = w.actor
    unkeyed = msgspec.structs.replace(actor, key=None)  # the key is the act's, which has taken it
    report: Report = prepare(w.centre, command, unkeyed)
    reported = (await report_many(w, [report]))[0]
    w.actor = actor
    if not isinstance(reported, Reported):
        raise reported or NotFound("What was seen on the camera was not written.")
    await _tell(w, {camera.id: Look(unit_id, _when(w))}, {camera.id})
    return reported


def _place_of(camera: Camera) -> PlaceIn:
    return PlaceIn(
        lon=camera.lon, lat=camera.lat, address=camera.address or camera.name, code=camera.code, source=FROM_CAMERA,
    )  # fmt: skip


async def _patrol(w: Work, unit_id: UUID, act: ActName, *, hold: bool = True) -> Unit:
    """A video patrol on duty; hold: locked."""
    read = unit_store.lock_units if hold else unit_store.read_units
    unit = (await read(w.conn, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(f"There is no unit {unit_id}.", noun="unit")
    acts.authorise(w.principal, "unit", act, shift.relations(w, unit), unit.duty)
    if not unit.is_video_patrol:
        raise NotNow(
            f"{unit.call_sign} is no video patrol; a unit of kind `video` watches cameras.",
            state=unit.duty.value,
        )
    return unit


def _reach(w: Work, unit: Unit) -> frozenset[UUID]:
    """The cameras a patrol may watch: those in its room and below, wherever it is lent to, and those its seat sees anyway."""
    rooms = w.centre.reference.rooms
    below = w.principal.rooms.union(*(rooms.subtree(id_) for id_ in unit.seen_by))
    reference = w.centre.reference
    return frozenset(id_ for id_, one in reference.cameras.items() if reference.camera_room(one) in below)


def _camera(w: Work, id_: UUID, reach: Collection[UUID]) -> Camera:
    camera = w.centre.reference.cameras.get(id_)
    if camera is None or id_ not in reach:
        raise NotFound(f"There is no camera {id_} in the rooms of this patrol.", noun="camera")
    return camera


def _when(w: Work) -> datetime:
    """When they looked, as they say, but never later than now: a fault told on a right clock must not seem older than it."""
    return min(datetime.fromtimestamp(w.step_time(None)[0] / 1000, UTC), w.now)


async def _tell(w: Work, told: Mapping[UUID, Command], reach: Collection[UUID]) -> None:
    """Apply one command to each of these cameras. Raises NotFound for one out of reach."""
    for id_ in told:
        _camera(w, id_, reach)
    await watch_lists.tell(w, list(told.items()))
