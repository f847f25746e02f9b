"""What clients send of the closed loop: supervision orders, requests to agencies, what becomes of a dissatisfied caller.

Types of the doors in `web.routes.supervision` and `web.routes.agencies`; the OpenAPI document is made from them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.agencies.model import Agency
from web.schemas import Act, Moment, Short, Text, in_this_age

Said = Annotated[Text, msgspec.Meta(min_length=1)]


class SupervisionIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is demanded of a room below, until when; incident_id: what it is about, if about one."""

    to_room_id: UUID
    text: Said
    due_at: Moment
    incident_id: UUID | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("due_at", self.due_at)


class SupervisionAnswerIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer of the room it was given to."""

    text: Said


class SupervisionSignOffIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer is accepted; text: with these words."""

    text: Text | None = None


class SupervisionReturnIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the answer lacks; due_at: when a better one is due, left out while the old time lies ahead."""

    text: Said
    due_at: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("due_at", self.due_at)


class AgencyRequestIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which agency is asked, for what; name: of an agency without a code of its own (`other`)."""

    agency: Agency
    text: Text | None = None
    name: Short | None = None


class AgencyStepIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the agency told; reference: its own number for the matter."""

    text: Text | None = None
    reference: Short | None = None
