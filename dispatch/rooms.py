"""The tree of command rooms and what a city is made of, as each replica keeps it in memory.

`Reference` is replaced whole when an administrator changes something; every alarm finds its owner here.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.beats.schedule import BeatSchedule
from dispatch.cameras.model import Camera
from dispatch.cards.file import CardSet, derived
from dispatch.conditions import To
from dispatch.errors import Invalid
from dispatch.levels.board import EVERYDAY, Board
from dispatch.levels.file import Level
from geo.areas import Areas, Layer
from geo.errors import NoArea
from incidents.triage import HAZARD, is_armed
from incidents.types import TypeTree
from units.posts import FixedPosition

BORDER_M = 500.0


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A command room. lineage: itself, its parent, ... , the root; neighbours: adjoining rooms; lon, lat: degrees."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    tier: str
    parent_id: UUID | None = None
    lineage: tuple[UUID, ...] = ()
    neighbours: tuple[UUID, ...] = ()
    lon: float | None = None
    lat: float | None = None
    version: int = 1


class CallPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A one-touch-alarm device at a known place; cameras and talk_link are the agency's own names and links.

    camera_links: name of a camera -> address in the agency's own viewer. answering_room_id: whose talk link rings first,
    None: the room that owns the place. silent_after_s: without a heartbeat for so long it is silent, None: as for all.
    """

    id: UUID
    code: str
    name: str
    lon: float
    lat: float
    address: str | None = None
    cameras: tuple[str, ...] = ()
    talk_link: str | None = None
    camera_links: dict[str, str] = {}
    answering_room_id: UUID | None = None
    silent_after_s: int | None = None
    version: int = 1


class Jurisdiction(msgspec.Struct, frozen=True, kw_only=True):
    """A polygon a room answers for in one layer of trade; geometry: GeoJSON, WGS-84."""

    id: UUID
    layer: Layer
    room_id: UUID
    name: str
    geometry: dict[str, object]
    version: int = 1


class Rooms:
    """The tree. Raises Invalid when it has no single root, a cycle, an unknown parent or a code twice."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        self.by_id = {room.id: room for room in rooms}
        self.by_code = {room.code: room for room in self.by_id.values()}
        below: dict[UUID, set[UUID]] = {}
        for room in self.by_id.values():
            for above in room.lineage:
                below.setdefault(above, set()).add(room.id)
        self._below = {id_: frozenset(ids) for id_, ids in below.items()}

    def subtree(self, room_id: UUID) -> frozenset[UUID]:
        """The room and everything below it; empty for an unknown room."""
        return self._below.get(room_id, frozenset())

    @property
    def everything(self) -> frozenset[UUID]:
        """Every room there is."""
        return frozenset(self.by_id)

    @property
    def root(self) -> Room:
        """The room above all others. Raises Invalid when there is none yet."""
        found = next((room for room in self.by_id.values() if room.parent_id is None), None)
        if found is None:
            raise Invalid("This centre has no rooms yet; put them in by PUT /api/v1/admin/rooms.")
        return found


def with_lineage(rooms: Iterable[Room]) -> list[Room]:
    """The same rooms with their lineage worked out from the parents. Raises Invalid naming the room at fault."""
    by_id = {room.id: room for room in rooms}
    codes: dict[str, Room] = {}
    for room in by_id.values():
        if codes.setdefault(room.code, room) is not room:
            raise Invalid(f"The room code {room.code} is given twice.", field="code")
    roots = [room.code for room in by_id.values() if room.parent_id is None]
    if by_id and len(roots) != 1:
        raise Invalid(f"A centre has one room without a parent, not {len(roots)}.", field="parent_id")
    return [msgspec.structs.replace(room, lineage=_lineage(room, by_id)) for room in by_id.values()]


def _lineage(room: Room, by_id: dict[UUID, Room]) -> tuple[UUID, ...]:
    line = [room.id]
    while (parent_id := by_id[line[-1]].parent_id) is not None:
        if parent_id not in by_id:
            raise Invalid(
                f"The parent of room {by_id[line[-1]].code} is not among the rooms.", field="parent_id"
            )
        if parent_id in line:
            raise Invalid(f"Room {room.code} lies under itself.", field="parent_id")
        line.append(parent_id)
    return tuple(line)


class PlannedAreas(msgspec.Struct, frozen=True):
    """Jurisdictions that take over at a moment to come; number: of their set."""

    number: int
    valid_from: datetime
    areas: Areas


class Reference(msgspec.Struct, frozen=True):
    """What a city is made of: rooms, areas by layer, call points, cameras, the type tree, fixed positions, run cards. Replaced whole.

    around: of call points and cameras asked for before: the room that owns the place, and the rooms that answer. areas_number: of the
    set of jurisdictions in force, None while there is none; planned: those that take over later, in order. cards: that were
    put in, None: those of the type tree; board: which duty levels hold; schedules: when beats should be walked.
    """

    rooms: Rooms
    areas: Areas
    call_points: dict[UUID, CallPoint]
    call_points_by_code: dict[str, CallPoint]
    types: TypeTree
    positions: tuple[FixedPosition, ...] = ()
    schedules: tuple[BeatSchedule, ...] = ()
    around: dict[UUID, tuple[UUID, tuple[UUID, ...]]] = {}
    areas_number: int | None = None
    planned: tuple[PlannedAreas, ...] = ()
    cards: CardSet | None = None
    board: Board = EVERYDAY
    cameras: dict[UUID, Camera] = {}
    cameras_by_code: dict[str, Camera] = {}

    @property
    def run_cards(self) -> CardSet:
        """What is sent to which incident."""
        return self.cards or derived(self.types)

    def level_of(self, room_id: UUID) -> Level:
        """The duty level that holds in a room."""
        room = self.rooms.by_id.get(room_id)
        return self.board.holds(room.lineage if room is not None else ())

    def pace(self, rule: str, room_id: UUID) -> float:
        """By which factor the duty level of a room shortens the time of a rule; 1: not at all."""
        return self.level_of(room_id).delays.get(rule, 1.0) if self.board.ordered else 1.0

    def at(self, now: datetime) -> "Reference":
        """The same with the jurisdictions that are in force at that moment; itself while none has taken over."""
        if not self.planned or now < self.planned[0].valid_from:
            return self
        due = [one for one in self.planned if one.valid_from <= now]
        return msgspec.structs.replace(
            self,
            areas=due[-1].areas,
            areas_number=due[-1].number,
            planned=self.planned[len(due) :],
            around={},
        )

    def owner(self, lon: float, lat: float, layer: Layer = Layer.POLICE) -> UUID:
        """The one room that answers for a point in a trade; the root where that layer has no polygon at all."""
        try:
            return self.areas.owner(lon, lat, layer).room_id
        except NoArea:
            return self.rooms.root.id

    def is_kind(self, code: str, of: str) -> bool:
        """Whether a type is the other or lies below it; False for one that the tree has no more."""
        return code in self.types and self.types.is_under(code, of)

    def lies_under(self, room_id: UUID, code: str) -> bool:
        """Whether a room is the one with this code or lies below it."""
        room = self.rooms.by_code.get(code)
        return room is not None and room_id in self.rooms.subtree(room.id)

    def is_hazard(self, label: str) -> bool:
        """Whether a label speaks of weapons or of a danger that was noted."""
        return label == HAZARD or is_armed(self.types, (label,))

    def own_rooms(self, room_id: UUID) -> frozenset[UUID]:
        """A room with those above and below it: whose units are no neighbours there."""
        room = self.rooms.by_id.get(room_id)
        return self.rooms.subtree(room_id) | frozenset(room.lineage if room is not None else ())

    def room_names(self) -> dict[UUID, tuple[str, str]]:
        """How rooms are called, zh and en."""
        return {room.id: (room.name_zh, room.name_en) for room in self.rooms.by_id.values()}

    def addressed(self, room_id: UUID, to: To) -> UUID | None:
        """The room that is meant, seen from the one that has duty; None where there is none."""
        room = self.rooms.by_id.get(room_id)
        if room is None:
            return None
        if to.tier is not None:
            return next((id_ for id_ in room.lineage if self.rooms.by_id[id_].tier == to.tier), None)
        above = to.above or 0
        return room.lineage[above] if above < len(room.lineage) else None

    def answering(self, point: CallPoint) -> tuple[UUID, ...]:
        """The rooms whose talk link rings for a call point, one after the other: its own, then those above it."""
        return self._around(point)[1]

    def owner_of(self, point: CallPoint) -> UUID:
        """The room in whose jurisdiction a call point stands."""
        return self._around(point)[0]

    def camera_room(self, camera: Camera) -> UUID:
        """The room in whose jurisdiction a camera stands."""
        known = self.around.get(camera.id)
        if known is None:
            known = self.around[camera.id] = self.owner(camera.lon, camera.lat), ()
        return known[0]

    def _around(self, point: CallPoint) -> tuple[UUID, tuple[UUID, ...]]:
        known = self.around.get(point.id)
        if known is None:
            owner = self.owner(point.lon, point.lat)
            named = self.rooms.by_id.get(point.answering_room_id) if point.answering_room_id else None
            known = self.around[point.id] = owner, (named or self.rooms.by_id[owner]).lineage
        return known

    def audience(
        self, room_id: UUID, lon: float | None, lat: float | None, priority: int
    ) -> set[tuple[UUID, str]]:
        """Who sees a new incident: its owner, the rooms above, and adjoining rooms of a P1 near their border."""
        lineage = self.rooms.by_id[room_id].lineage
        seen = {(room_id, "owner")} | {(above, "ancestor") for above in lineage[1:]}
        if priority == 1 and lon is not None and lat is not None:
            near = self.areas.rooms_within(lon, lat, BORDER_M, Layer.POLICE) if self.areas.layers else ()
            seen |= {(other.room_id, "adjoining") for other in near if other.room_id != room_id}
        return seen
