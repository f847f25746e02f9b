"""What clients send where incidents meet borders: disputes about duty, and where a moving incident was seen.

Types of the doors in `web.routes.disputes` and `web.routes.pursuits`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.desk.pursuing import FASTEST_MPS, SeenIn
from incidents.model import PursuitOutcome
from incidents.sightings.model import SightingSource
from web.loop import Said
from web.schemas import Act, Short, Text


class DisputeIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why duty is another room's; without other_room_id the room that was proposed, or the one that has it."""

    text: Said
    other_room_id: UUID | None = None


class StatementIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a room says to a dispute."""

    text: Said


class DecisionIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has duty, and why."""

    room_id: UUID
    text: Said


class SeenAtIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it was seen, `at` when; without lon and lat a unit means where it is itself. heading: degrees; speed: m/s."""

    lon: float | None = None
    lat: float | None = None
    datum: Short = "WGS84"
    heading: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    speed: Annotated[float, msgspec.Meta(ge=0, le=FASTEST_MPS)] | None = None
    source: SightingSource = "seat"
    text: Text | None = None

    def told(self) -> SeenIn:
        """The same for the desk."""
        return SeenIn(
            lon=self.lon, lat=self.lat, datum=self.datum, heading=self.heading, speed=self.speed, source=self.source,
            text=self.text,
        )  # fmt: skip


class PursuitEndIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a pursuit ended."""

    outcome: PursuitOutcome
