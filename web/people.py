"""What people at seats send and are shown: signing in, seats, drafts, accounts.

Types of the doors in `web.routes.session`, `seats`, `drafts` and `users`; the OpenAPI document is made from them.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant
from dispatch.roles import PersonRole
from dispatch.seating.model import Cover, Kind
from dispatch.seating.shown import SeatShown
from web.schemas import Act, Code, Short

Password = Annotated[str, msgspec.Meta(max_length=1_000)]


class LoginIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and password."""

    login: Short
    password: Password

    def __repr__(self) -> str:
        return "LoginIn(...)"


class PasswordIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The password that holds, and the one that is to."""

    old: Password
    new: Password

    def __repr__(self) -> str:
        return "PasswordIn(...)"


class SessionShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. roles, room_id: exercised now, at the seat taken; rooms: where one may act; covering: for others.

    csrf_token: for the header X-CSRF-Token; null for an API key.
    """

    principal: str
    account_id: UUID | None
    login: str | None
    name: str | None
    roles: list[str]
    allowed_roles: list[str]
    room_id: UUID | None
    home_room_id: UUID | None
    rooms: list[UUID]
    covering: list[UUID]
    seat: SeatShown | None
    seat_id: UUID | None
    unit_id: UUID | None
    gateway: str | None
    expires_at: Instant | None
    csrf_token: str | None
    server_time: Instant


class PersonShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a principal is called."""

    principal: str
    name: str
    room_id: UUID


class TakeSeatIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which seat, by seat_id or by room_id and code. roles: some of those allowed, by default all that fit it.

    take_over: also from somebody whose page and session are gone.
    """

    seat_id: UUID | None = None
    room_id: UUID | None = None
    code: Code | None = None
    roles: Annotated[tuple[PersonRole, ...], msgspec.Meta(min_length=1, max_length=10)] | None = None
    cover: Cover | None = None
    take_over: bool = False


class SeatStateIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """示闲 ready, 通话 on_call, 话后 wrap_up, 小休 break, 离席 away."""

    state: Literal["ready", "on_call", "wrap_up", "break", "away"]


class CoverIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seat or a room; neither: another seat of the room, else the room above."""

    seat_id: UUID | None = None
    room_id: UUID | None = None


class SeatIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seat. Without id it is known by its room and code, or new; version is ours."""

    id: UUID | None = None
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    room_id: UUID
    kind: Kind
    cover: Cover | None = None
    version: int = 1


class UserIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who may sign in. Without id known by the login, or new; password: a new one; the rest as GET gives it."""

    id: UUID | None = None
    login: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    roles: Annotated[tuple[PersonRole, ...], msgspec.Meta(min_length=1, max_length=10)]
    room_id: UUID
    unit_id: UUID | None = None
    disabled: bool = False
    password: Password | None = None
    can_sign_in: bool = False
    version: int = 1

    def __repr__(self) -> str:
        return f"UserIn({self.id})"


class UserShown(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in. can_sign_in: a password was set and the account is not disabled."""

    id: UUID
    login: str
    name: str
    roles: tuple[str, ...]
    room_id: UUID
    unit_id: UUID | None
    disabled: bool
    can_sign_in: bool
    version: int


class DraftIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a form so far, at most 32 KB; shaped like the body of POST /alarms, with what the page needs beside it."""

    form: dict[str, Any]
    call_id: UUID | None = None
