"""Cameras as seats see them: who watches each, when it was looked at last and is due again, and which nobody watches.

A camera is seen in the room it stands in and above, in the rooms of the patrols that watch it, and by those patrols themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.acts import Principal, authorise
from dispatch.cameras import store
from dispatch.cameras.model import Camera, CameraWatch, Fault, How
from dispatch.cameras.near import around, said
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.rules import Phrase
from dispatch.shown import Now
from units import store as unit_store
from units.model import Duty, Unit

State = Literal["unwatched", "away", "out_of_order", "watched"]
"""Nobody watches it; all who do are on a break, out of service or gone; it shows nothing; somebody watches it."""
_AWAY = frozenset({Duty.BREAK, Duty.OUT_OF_SERVICE, Duty.OFF_DUTY})
_ORDER: tuple[State, ...] = ("unwatched", "away", "out_of_order", "watched")


class WatcherShown(msgspec.Struct, frozen=True, kw_only=True):
    """A video patrol that watches a camera. duty: what it is there for just now."""

    unit_id: UUID
    call_sign: str
    duty: Duty
    since: Instant
    how: How


class CameraNow(msgspec.Struct, frozen=True, kw_only=True):
    """A camera now. room: where it stands; link: into the agency's own viewer; looked_by: call sign of the patrol.

    due_at: of the next look, null while nobody watches it or it is out of order; version: of its watch, 0: nobody ever watched it.
    """

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None
    link: str | None
    priority: int
    room: UUID
    beat: str | None
    state: State
    watchers: tuple[WatcherShown, ...]
    unwatched_since: Instant | None
    looked_at: Instant | None
    looked_by: str | None
    due_at: Instant | None
    fault: Fault | None
    fault_since: Instant | None
    version: int


class CameraNear(msgspec.Struct, frozen=True, kw_only=True):
    """A camera near a place."""

    camera: CameraNow
    distance_m: float


class PatrolNear(msgspec.Struct, frozen=True, kw_only=True):
    """A video patrol on duty that may be asked to look. watches: how many of the cameras near it watches."""

    unit_id: UUID
    call_sign: str
    state: str
    watches: int


class CamerasNear(msgspec.Struct, frozen=True, kw_only=True):
    """The cameras around an incident, the nearest first; whom to ask, who watches most of them first; what is asked in words."""

    cameras: tuple[CameraNear, ...]
    patrols: tuple[PatrolNear, ...]
    said: Phrase


async def cameras_shown(conn: Connection, centre: Centre, ids: Iterable[UUID]) -> list[CameraNow]:
    """These cameras, whoever asks; unknown ones are left out."""
    known = [one for id_ in ids if (one := centre.reference.cameras.get(id_)) is not None]
    watches = await store.read_watches(conn, [one.id for one in known]) if known else {}
    patrols = await _named(conn, watches.values())
    return [_shown(centre, patrols, one, watches.get(one.id) or CameraWatch(id=one.id)) for one in known]


async def _named(conn: Connection, watches: Iterable[CameraWatch]) -> Mapping[UUID, Unit]:
    """The patrols that watch or looked last, as they are written: this replica may not have heard yet of one that was just entered."""
    named = {one.unit_id for watch in watches for one in watch.watchers}
    named |= {watch.looked_by for watch in watches if watch.looked_by is not None}
    return await unit_store.read_units(conn, named) if named else {}


def _shown(centre: Centre, patrols: Mapping[UUID, Unit], camera: Camera, watch: CameraWatch) -> CameraNow:
    watchers = tuple(
        WatcherShown(
            unit_id=unit.id, call_sign=unit.call_sign, duty=unit.duty, since=instant(one.since), how=one.how
        )
        for one in watch.watchers
        if (unit := patrols.get(one.unit_id)) is not None
    )
    looked_by = patrols.get(watch.looked_by) if watch.looked_by is not None else None
    return CameraNow(
        id=camera.id, code=camera.code, name=camera.name, lon=camera.lon, lat=camera.lat, address=camera.address,
        link=camera.link, priority=camera.priority, room=centre.reference.camera_room(camera), beat=camera.beat,
        state=_state(watch, watchers), watchers=watchers, unwatched_since=instant(watch.unwatched_since),
        looked_at=instant(watch.looked_at), looked_by=looked_by.call_sign if looked_by is not None else None,
        due_at=instant(watch.due_at(camera.every)), fault=watch.fault, fault_since=instant(watch.fault_since),
        version=watch.version,
    )  # fmt: skip


def _state(watch: CameraWatch, watchers: Sequence[WatcherShown]) -> State:
    if watch.fault is not None:
        return "out_of_order"
    if not watchers:
        return "unwatched"
    return "away" if all(one.duty in _AWAY for one in watchers) else "watched"


async def cameras_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these look like now and who may see them, for the live feed."""
    rooms = centre.reference.rooms.by_id
    found = {}
    shown = await cameras_shown(conn, centre, ids)
    watching = {watcher.unit_id for one in shown for watcher in one.watchers}
    patrols = await unit_store.read_units(conn, watching) if watching else {}
    for one in shown:
        units = [patrols[watcher.unit_id] for watcher in one.watchers]
        seen_by = {one.room}.union(*(unit.seen_by for unit in units))
        lineages = (rooms[id_].lineage if id_ in rooms else (id_,) for id_ in seen_by)
        found[one.id] = Now(
            one.version,
            frozenset(id_ for lineage in lineages for id_ in lineage),
            msgspec.Raw(msgspec.json.encode(one)),
            frozenset(unit.id for unit in units),
        )
    return found


async def camera_list(
    conn: Connection, centre: Centre, principal: Principal, room_id: UUID | None
) -> list[CameraNow]:
    """The cameras of a room and below, or of all this seat or patrol sees: what nobody watches first, the more important before.

    Raises NotFound, NotAllowed.
    """
    rooms = await rooms_of(conn, centre, principal, room_id)
    reference = centre.reference
    ids = {id_ for id_, one in reference.cameras.items() if reference.camera_room(one) in rooms}
    if principal.unit_id is not None and room_id is None:
        ids.update(await store.watched_by(conn, [principal.unit_id]))
    shown = await cameras_shown(conn, centre, ids)
    return sorted(shown, key=lambda one: (_ORDER.index(one.state), one.priority, one.code))


async def rooms_of(
    conn: Connection, centre: Centre, principal: Principal, room_id: UUID | None
) -> frozenset[UUID]:
    """The rooms whose cameras are asked for: of a crew its own and that it is lent to, with those below. Raises NotFound, NotAllowed."""
    crews = await unit_store.read_units(conn, [principal.unit_id]) if principal.unit_id is not None else {}
    unit = next(iter(crews.values()), None)
    authorise(
        principal, "camera", "read", {"room"} if principal.rooms else {"unit"} if unit is not None else ()
    )
    subtree = centre.reference.rooms.subtree
    mine = principal.rooms
    if unit is not None:
        mine = mine.union(*(subtree(id_) for id_ in unit.seen_by))
    if room_id is None:
        return mine
    if room_id not in mine:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    return subtree(room_id) & mine


async def cameras_near(
    conn: Connection, centre: Centre, rooms: frozenset[UUID], place: tuple[float, float], within_m: float
) -> CamerasNear:
    """The cameras within so many metres of a place, and the video patrols of these rooms that may be asked to look."""
    near = around(centre.reference.cameras.values(), *place, within_m)
    shown = await cameras_shown(conn, centre, [one.camera.id for one in near])
    watched = [watcher.unit_id for one in shown for watcher in one.watchers]
    patrols = [
        _patrol(centre, unit, watched.count(unit.id))
        for unit in centre.units.values()
        if unit.is_video_patrol and unit.on_duty and unit.ordered_by in rooms
    ]
    return CamerasNear(
        cameras=tuple(
            CameraNear(camera=one, distance_m=round(far.distance_m))
            for one, far in zip(shown, near, strict=True)
        ),
        patrols=tuple(
            sorted(patrols, key=lambda one: (one.state != "available", -one.watches, one.call_sign))
        ),
        said=said(near, within_m),
    )


def _patrol(centre: Centre, unit: Unit, watches: int) -> PatrolNear:
    state = centre.live.entry(unit.handle).state
    return PatrolNear(unit_id=unit.id, call_sign=unit.call_sign, state=state, watches=watches)
