"""One sighting, as it was claimed. Frozen values with exactly the columns of their table; what was said lies sealed apart.

Nothing ever happens to a sighting: it is told once, and the newest by its claimed time is where the incident is.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

SightingSource = Literal["call", "seat", "unit", "radio", "camera", "agency"]


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="seen"):
    """It was seen there. at: ms since 1970, UTC; heading: degrees from north; speed: m/s."""

    incident_id: UUID
    at: int
    lon: float
    lat: float
    heading: float | None = None
    speed: float | None = None
    source: SightingSource
    by: str
    unit_id: UUID | None = None
    narrative_id: UUID | None = None
    flags: tuple[str, ...] = ()
    recorded_at: datetime


SightingFact = Seen


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the trail; as `Seen`."""

    id: UUID
    version: int
    incident_id: UUID
    at: int
    lon: float
    lat: float
    heading: float | None = None
    speed: float | None = None
    source: SightingSource
    by: str
    unit_id: UUID | None = None
    narrative_id: UUID | None = None
    flags: tuple[str, ...] = ()
    recorded_at: datetime

    @property
    def order(self) -> tuple[int, float, float]:
        """By claimed time; of two at one moment always the same one is the later, whichever came first."""
        return self.at, self.lon, self.lat


def evolve(sighting: Sighting | None, sighting_id: UUID, fact: Seen) -> Sighting:
    """The point that a fact tells of."""
    if sighting is not None:
        raise ValueError(f"sighting {sighting_id} is told twice")
    return Sighting(id=sighting_id, version=1, **msgspec.structs.asdict(fact))
