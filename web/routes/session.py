"""Signing in and out: by a one-time link or by name and password; who am I, and what a page needs to know of itself.

Sessions are opaque, out of reach of scripts, new at every sign-in, and can be ended at any moment.
"""

from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from dispatch import store as clock
from dispatch.accounts import store as accounts
from dispatch.desk import accounts as desk_accounts
from dispatch.desk import sitting
from dispatch.instants import instant
from dispatch.seating import shown as seats
from dispatch.work import Actor, Work
from web import auth, logins, store
from web.acting import Asked, acts, address_of, runtime_of
from web.errors import NotSignedIn, WrongOrigin
from web.live import origin_fits
from web.passwords import Passwords, check_password
from web.people import LoginIn, PasswordIn, PersonShown, SessionShown
from web.schemas import Items

TAGS = ["system"]
PUBLIC: dict[str, Any] = {"public": True}
OWN: dict[str, Any] = {"own": True}
"""About nothing but the visitor's own session."""
KEYLESS: dict[str, Any] = {"keyless": True}
"""Made anew each time it is asked; no Idempotency-Key."""


@get("/sign-in/{secret:str}", opt=PUBLIC, include_in_schema=False, status_code=303)
async def sign_in(request: Asked, secret: FromPath[str]) -> Redirect:
    """Spend a one-time link, open a session, go to the page."""
    async with runtime_of(request).pool.acquire() as conn, conn.transaction():
        session, unit_id = await auth.sign_in(conn, secret)
    return Redirect(_page_of(request, unit_id), status_code=303, cookies=[_cookie(request, session)])


def _page_of(request: Asked, unit_id: UUID | None) -> str:
    """Where one goes after signing in by a link: a crew's page opens there without a line later."""
    if unit_id is None:
        return "/"
    unit = runtime_of(request).centre.units.get(unit_id)
    return "/video" if unit is not None and unit.is_video_patrol else "/unit"


def _cookie(request: Asked, session: str) -> Cookie:
    return Cookie(
        key=auth.COOKIE, value=session, path="/", max_age=auth.SESSION_S, httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


@post("/api/v1/session", opt=PUBLIC | KEYLESS, tags=TAGS)
async def log_in(request: Asked, data: JSONBody[LoginIn]) -> Response[SessionShown]:
    """Sign in by name and password; five attempts a minute for a name from one address. Sets the cookie."""
    if not origin_fits(request.headers.get("origin"), request.headers.get("host"), by_cookie=False):
        raise WrongOrigin
    runtime = runtime_of(request)
    passwords: Passwords = request.app.state.passwords
    attempt = logins.Attempt(data.login, data.password, address_of(request))
    secret = await logins.sign_in(runtime.pool, passwords, attempt, runtime.centre.zone)
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    visitor = await doorkeeper.by_session(secret)
    if visitor is None:
        raise NotSignedIn
    await _end_former(request, visitor)
    told = Response(await _told(request, visitor, secret), status_code=201)
    told.set_cookie(_cookie(request, secret))
    return told


async def _end_former(request: Asked, now: auth.Visitor) -> None:
    """The session this browser had before ends; a seat stays for the one who comes back to it."""
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    cookie = request.cookies.get(auth.COOKIE)
    former = await doorkeeper.by_session(cookie) if cookie else None
    if former is None or former.session_id is None:
        return
    if former.principal.id != now.principal.id:
        await _rise(request, former)
    async with runtime_of(request).pool.acquire() as conn:
        await store.revoke_session(conn, former.session_id)
    doorkeeper.forget()


@get("/api/v1/session", opt=OWN, tags=TAGS)
async def who_am_i(request: Asked) -> SessionShown:
    """Who is asking, where they work and sit, and for a signed-in page the token it must send back with every change."""
    visitor: auth.Visitor = request.auth
    cookie = request.cookies.get(auth.COOKIE) if visitor.session_id else None
    return await _told(request, visitor, cookie)


async def _told(request: Asked, visitor: auth.Visitor, secret: str | None) -> SessionShown:
    runtime, principal = runtime_of(request), visitor.principal
    async with runtime.pool.acquire() as conn:
        now = await clock.now(conn)
        seat = await seats.seats(conn, runtime.centre, [principal.seat_id]) if principal.seat_id else []
    return SessionShown(
        principal=principal.id,
        account_id=visitor.account_id,
        login=visitor.login,
        name=visitor.name,
        roles=sorted(principal.roles),
        allowed_roles=sorted(visitor.allowed_roles or principal.roles),
        room_id=principal.room_id,
        home_room_id=visitor.home_room_id if principal.room_id else None,
        rooms=sorted(principal.rooms),
        covering=sorted(principal.covering),
        seat=seat[0] if seat else None,
        seat_id=principal.seat_id,
        unit_id=principal.unit_id,
        gateway=principal.gateway,
        expires_at=instant(visitor.expires_at),
        csrf_token=auth.csrf_token(secret) if secret else None,
        server_time=instant(now),
    )


@delete("/api/v1/session", opt=OWN, tags=TAGS, status_code=204)
async def sign_out(request: Asked) -> Response[None]:
    """End this session and leave its seat; its sockets close within seconds."""
    visitor: auth.Visitor = request.auth
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    if visitor.session_id is not None:
        await _rise(request, visitor)
        async with runtime_of(request).pool.acquire() as conn:
            await store.revoke_session(conn, visitor.session_id)
        doorkeeper.forget()
    told: Response[None] = Response(None, status_code=204)
    told.delete_cookie(auth.COOKIE)
    return told


async def _rise(request: Asked, visitor: auth.Visitor) -> None:
    session_id = visitor.session_id
    if session_id is None:
        return

    async def do(w: Work) -> dict[str, Any]:
        await sitting.sign_off(w, session_id)
        return {}

    await runtime_of(request).acting.act(Actor(principal=visitor.principal), do)


@post("/api/v1/session/password", opt=OWN | KEYLESS, tags=TAGS, status_code=204)
async def change_password(request: Asked, data: JSONBody[PasswordIn]) -> Response[None]:
    """Another password for oneself; all other sessions of this person end."""
    visitor: auth.Visitor = request.auth
    if visitor.account_id is None or visitor.session_id is None or visitor.login is None:
        raise NotSignedIn("Only somebody with an account, signed in at a page, has a password to change.")
    runtime = runtime_of(request)
    passwords: Passwords = request.app.state.passwords
    new = check_password(data.new, visitor.login)
    attempt = logins.Attempt(visitor.login, data.old, address_of(request))
    proven = await logins.prove(runtime.pool, passwords, attempt, runtime.centre.zone)
    if proven.id != visitor.account_id:
        raise NotSignedIn("Your login was changed a moment ago; sign in again.")
    with passwords.place(attempt.address):
        hash_ = await passwords.hash(new)
    session_id = visitor.session_id

    async def do(w: Work) -> dict[str, Any]:
        await desk_accounts.change_password(w, proven, hash_, session_id)
        return {}

    await runtime.acting.act(Actor(principal=visitor.principal), do)
    doorkeeper: auth.Doorkeeper = request.app.state.doorkeeper
    doorkeeper.forget()
    return Response(None, status_code=204)


@get("/api/v1/people", opt=acts("seat.read"), tags=["seats"])
async def people(request: Asked) -> Items[PersonShown]:
    """Names of those who have an account: facts, seats and drafts name them by principal only."""
    seats.may_read(request.user)
    async with runtime_of(request).pool.acquire() as conn:
        known = await accounts.names(conn)
    return Items(
        [PersonShown(principal=principal, name=name, room_id=room) for principal, name, room in known]
    )


HANDLERS = (sign_in, log_in, who_am_i, sign_out, change_password, people)
