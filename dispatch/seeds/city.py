"""What any seed of a centre consists of, and how its ids are made.

`reading` reads one from a map and its areas, a replay out of its file; both are put in before the first alarm.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.rooms import CallPoint, Jurisdiction, Room
from geo.gazetteer import Entry
from units.model import UnitClass, UnitKind
from units.posts import FixedPosition

# 2026-01-01T00:00:00Z: seeds have no moment of their own, and an id that changes with the clock could not be found again.
_EPOCH_MS = 1_767_225_600_000


class SeedUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit to be registered and logged on. lon, lat: where it starts, WGS-84 degrees; both None for one that is never positioned."""

    id: UUID
    call_sign: str
    kind: UnitKind
    unit_class: UnitClass = "regular"
    room_id: UUID
    skills: tuple[str, ...] = ()
    crew: tuple[str, ...] = ()
    talk_group: str | None = None
    gateway: str | None = None
    lon: float | None = None
    lat: float | None = None


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """Ground a patrol goes round on when nothing happens. geometry: GeoJSON polygon, WGS-84."""

    code: str
    room_id: UUID
    name: str
    geometry: dict[str, object]


class City(msgspec.Struct, frozen=True, kw_only=True):
    """Reference data of one centre. rooms: the root first; zone: IANA name of its local time."""

    name_zh: str
    name_en: str
    zone: str
    rooms: Sequence[Room]
    jurisdictions: Sequence[Jurisdiction]
    call_points: Sequence[CallPoint]
    units: Sequence[SeedUnit]
    beats: Sequence[Beat] = ()
    positions: Sequence[FixedPosition] = ()
    places: Sequence[Entry] = ()

    @property
    def root(self) -> Room:
        """The city room."""
        return self.rooms[0]


def seeded_id(*words: str) -> UUID:
    """An id in the shape of a UUIDv7 that is the same for the same words, for ever (RFC 9562, section 5.7)."""
    digest = int.from_bytes(hashlib.sha256("\x1f".join(words).encode()).digest()[:10])
    random_a, random_b = digest >> 68, digest & ((1 << 62) - 1)
    return UUID(int=_EPOCH_MS << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b)
