"""What clients send of shifts: hand-overs and what is written into a room's log.

Types of the doors in `web.routes.shifts`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from web.schemas import Act, Short, Text

Said = Annotated[Text, msgspec.Meta(min_length=1)]
Digest = Annotated[
    str,
    msgspec.Meta(pattern="^[0-9a-f]{16}$", description="`digest` of the hand-over as it was on the screen"),
]
MOST_TICKED = 2_000


class HandOverIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is meant to take over, as a principal; left out: any colleague who may."""

    arriver: Short | None = None


class HandOverNoteIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the next shift should know beside what the system lists."""

    text: Said


class HandOverSignIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature under what was on the screen."""

    digest: Digest


class HandOverReadIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was read, as it stood: key -> stamp."""

    read: Annotated[dict[str, str], msgspec.Meta(min_length=1, max_length=MOST_TICKED)]


class LogEntryIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the log. incident_id: what it is about; corrects: an earlier entry that it puts right."""

    text: Said
    incident_id: UUID | None = None
    corrects: UUID | None = None
