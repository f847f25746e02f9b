"""What clients send of words beside orders: messages, emergencies, backup, what was read, the roll.

Types of the doors in `web.routes.words`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from web.schemas import Act, Lat, Lon, Short, Text


class MessageIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A short text: from the unit with the unit's or its gateway's key, else to it."""

    text: Annotated[Text, msgspec.Meta(min_length=1)]


class EmergencyIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The emergency button. lon, lat: where the device is, if it knows; else the unit's last fix counts."""

    lon: Lon | None = None
    lat: Lat | None = None
    text: Text | None = None


class ResetIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """voice_contact: a dispatcher has spoken with the crew. presses: as many as are known, so that a later one is not lost."""

    voice_contact: bool
    presses: Annotated[int, msgspec.Meta(ge=1)] | None = None


class BackupIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many more units are needed, and what all of them must be able to do."""

    count: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    skills: Annotated[tuple[Short, ...], msgspec.Meta(max_length=20)] = ()
    text: Text | None = None


class ReadIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which unit has read it; may be left out with the unit's own key."""

    unit_id: UUID | None = None


class RollCallIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose roll: a room with all below it, the seat's own by default."""

    room_id: UUID | None = None
