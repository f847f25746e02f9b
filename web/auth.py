"""Who knocks: API keys of programs, sessions of people at a seat, and the one-time link that opens a session.

Asked at the door before anything else, for requests and live sockets alike. Tokens are random and opaque; the database
holds their digests. What was found is believed for a second, so a revoked key or session is out well within five.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from uuid_utils.compat import uuid7

from dispatch.acts import Principal
from dispatch.errors import Invalid
from dispatch.journal import Connection
from dispatch.roles import ROLES
from dispatch.runtime.postgres import Pool
from web import store
from web.errors import CsrfRefused, LinkSpent, NotSignedIn

COOKIE = "cad_session"
CSRF_HEADER = "x-csrf-token"
SESSION_S = 12 * 3600
LINK_S = 24 * 3600
BELIEVED_S = 1.0
REMEMBERED = 20_000
_KEY, _SESSION = b"k", b"s"
CREW = frozenset({"unit"})
UNIT = "unit"
"""How the principal of a unit's link begins; its id follows."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who knocks. credential: names the key or session, never the secret; the rest belongs to a session only.

    allowed_roles, home_room_id: all that this person may do and where, whatever is exercised at the seat taken now.
    """

    principal: Principal
    credential: bytes
    session_id: UUID | None = None
    csrf_hash: bytes = b""
    expires_at: datetime | None = None
    account_id: UUID | None = None
    login: str | None = None
    name: str | None = None
    allowed_roles: frozenset[str] = frozenset()
    home_room_id: UUID | None = None


class Issued(msgspec.Struct, frozen=True):
    """Something that opens, shown once: the secret, and the id under which it can be revoked."""

    id: UUID
    secret: str


def digest(secret: str) -> bytes:
    """What is kept of a secret: SHA-256. Secrets have 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_token(session_secret: str) -> str:
    """The token a page sends back in X-CSRF-Token; follows from the session's secret, which the page can't read."""
    raw = hmac.digest(session_secret.encode(), b"csrf", "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Doorkeeper:
    """Knows who knocks. `clock` counts seconds, monotonically."""

    def __init__(self, pool: Pool, clock: Callable[[], float]) -> None:
        self._pool = pool
        self._clock = clock
        self._known: dict[bytes, tuple[float, Visitor]] = {}

    async def by_key(self, secret: str) -> Visitor | None:
        """The owner of an API key; None when it is unknown or revoked."""
        return await self._find(_KEY + digest(secret))

    async def by_session(self, secret: str) -> Visitor | None:
        """Who is signed in with this cookie; None when the session has ended."""
        return await self._find(_SESSION + digest(secret))

    async def _find(self, credential: bytes) -> Visitor | None:
        now = self._clock()
        known = self._known.get(credential)
        if known is not None and known[0] > now:
            return known[1]
        if known is not None:  # one asks anew, the others go on believing for that moment
            self._known[credential] = (now + BELIEVED_S, known[1])
        visitor = (await self._read([credential])).get(credential)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        if visitor is None:
            self._known.pop(credential, None)
        else:
            self._known[credential] = (now + BELIEVED_S, visitor)
        return visitor

    async def _read(self, credentials: Collection[bytes]) -> dict[bytes, Visitor]:
        keys = [name[1:] for name in credentials if name.startswith(_KEY)]
        sessions = [name[1:] for name in credentials if name.startswith(_SESSION)]
        async with self._pool.acquire() as conn:
            visitors = [_of_key(row) for row in await store.read_keys(conn, keys)] if keys else []
            if sessions:
                visitors += [_of_session(row) for row in await store.read_sessions(conn, sessions)]
        return {visitor.credential: visitor for visitor in visitors}

    async def still_valid(self, credentials: Iterable[bytes]) -> dict[bytes, Principal]:
        """Those of these credentials that still let somebody in, each with its principal as it is now."""
        return {name: visitor.principal for name, visitor in (await self._read(set(credentials))).items()}

    async def visitor(self, connection: "ASGIConnection[Any, Any, Any, Any]") -> Visitor | None:
        """Who knocks with these headers: a key goes before a cookie."""
        scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret:
            return await self.by_key(secret.strip())
        cookie = connection.cookies.get(COOKIE)
        return await self.by_session(cookie) if cookie else None

    def forget(self) -> None:
        """Believe nothing that was found before; after a session or key was ended here."""
        self._known.clear()


def _of_key(row: store.KeyRow) -> Visitor:
    principal = Principal(
        id=f"key:{row.id}",
        roles=frozenset(row.roles),
        room_id=row.room_id,
        rooms=frozenset(row.rooms),
        unit_id=row.unit_id,
        gateway=row.gateway,
    )
    return Visitor(principal=principal, credential=_KEY + row.hash)


def _of_session(row: store.SessionRow) -> Visitor:
    return Visitor(
        principal=_principal(row),
        credential=_SESSION + row.hash,
        session_id=row.id,
        csrf_hash=row.csrf_hash,
        expires_at=row.expires_at,
        account_id=row.account_id,
        login=row.login,
        name=row.name,
        allowed_roles=frozenset(row.allowed_roles),
        home_room_id=row.home_room_id,
    )


def _principal(row: store.SessionRow) -> Principal:
    """A crew is its unit, as the unit's own key is; everybody else works in a room, and may crew a unit besides."""
    roles = frozenset(row.roles)
    if roles == CREW and row.unit_id is not None:
        return Principal(id=row.principal, roles=roles, unit_id=row.unit_id)
    covering = frozenset(row.covering)
    return Principal(
        id=row.principal,
        roles=roles,
        room_id=row.room_id,
        rooms=frozenset(row.rooms) | covering,
        unit_id=row.unit_id if "unit" in roles else None,
        seat_id=row.seat_id,
        covering=covering,
    )


async def guard(connection: "ASGIConnection[Any, Any, Any, Any]", handler: BaseRouteHandler) -> None:
    """Before every route: who knocks, and for a signed-in page that the page itself asks. Raises NotSignedIn, CsrfRefused.

    Whether that visitor may do the act is for the desk, which knows the entity; a route names its acts in `opt["acts"]`.
    """
    if handler.opt.get("public"):
        return
    doorkeeper: Doorkeeper = connection.app.state.doorkeeper
    visitor = await doorkeeper.visitor(connection)
    if visitor is None:
        raise NotSignedIn
    method = connection.scope.get("method", "GET")
    if visitor.session_id is not None and method not in SAFE_METHODS:
        sent = connection.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(digest(sent), visitor.csrf_hash):
            raise CsrfRefused
    connection.scope["user"] = visitor.principal
    connection.scope["auth"] = visitor


def _checked(roles: Collection[str]) -> list[str]:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        named = ", ".join(unknown) or "none"
        raise Invalid(f"The role {named} is not known; roles are {', '.join(ROLES)}.", field="role")
    return sorted(set(roles))


async def issue_key(
    conn: Connection,
    label: str,
    roles: Collection[str],
    of: UUID | str,
    kind: Literal["room", "unit", "gateway"] = "room",
    id_: UUID | None = None,
) -> Issued:
    """Make an API key for a room, a unit (their id) or a gateway (its name). With the id of an earlier key: renew that one.

    A renewed key stays the same principal. Raises Invalid for an unknown role.
    """
    issued = Issued(id_ or uuid7(), f"cad_{secrets.token_urlsafe(32)}")
    owner = [of if kind == name else None for name in ("room", "unit", "gateway")]
    await store.save_key(conn, (issued.id, label, digest(issued.secret), _checked(roles), *owner))
    return issued


async def issue_link(conn: Connection, principal: str, roles: Collection[str], room_id: UUID) -> str:
    """Make a one-time sign-in: the path to open, good for a day. Raises Invalid for an unknown role."""
    secret = secrets.token_urlsafe(32)
    await store.add_link(conn, (digest(secret), _checked(roles), room_id, principal, LINK_S))
    return f"/sign-in/{secret}"


async def issue_unit_link(conn: Connection, unit_id: UUID, room_id: UUID) -> str:
    """Make a one-time sign-in for the crew of a unit: the path to open, good for a day."""
    return await issue_link(conn, f"{UNIT}:{unit_id}", CREW, room_id)


async def sign_in(conn: Connection, link_secret: str) -> tuple[str, UUID | None]:
    """Spend a link and open a session; its secret, for the cookie, and the unit it is of. Raises LinkSpent.

    Call it inside a transaction.
    """
    used = await store.use_link(conn, digest(link_secret))
    if used is None:
        raise LinkSpent
    principal, roles, room_id = used
    unit_id = _unit_named(principal)
    session = await open_session(conn, Person(principal, roles, room_id, unit_id=unit_id))
    return session, unit_id


def _unit_named(principal: str) -> UUID | None:
    kind, _, id_ = principal.partition(":")
    return UUID(id_) if kind == UNIT else None


class Person(msgspec.Struct, frozen=True):
    """Who signs in, as what. account_id, unit_id: of somebody with an account."""

    principal: str
    roles: Sequence[str]
    room_id: UUID
    account_id: UUID | None = None
    unit_id: UUID | None = None


async def open_session(conn: Connection, person: Person) -> str:
    """A new session; its secret, for the cookie."""
    secret = secrets.token_urlsafe(32)
    csrf_hash = digest(csrf_token(secret))
    columns = (
        digest(secret),
        uuid7(),
        person.principal,
        list(person.roles),
        person.room_id,
        csrf_hash,
        SESSION_S,
    )
    await store.add_session(conn, (*columns, person.account_id, person.unit_id))
    return secret
