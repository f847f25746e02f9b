"""What a client is told when something is refused: one table from class to status, problem+json (RFC 9457) as its form.

Every refusal of the house ends here on its way out of HTTP. No traceback leaves; what nobody foresaw is logged under an id
that the client is given.
"""

from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from uuid_utils.compat import uuid7

from dispatch import errors as d
from dispatch.runtime import errors as r
from dispatch.runtime.metrics import REFUSALS
from dispatch.runtime.trouble import DATABASE_TROUBLE, passes
from geo import errors as g
from incidents import errors as i
from incidents.triage import UnknownAnswer
from incidents.type_file import TypeTreeRefused
from units import errors as u
from units.roll import UnknownHandle

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2


class WebError(Exception):
    """The door refused this."""

    code = "web_error"

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or type(self).__doc__ or self.code)
        self.details = details


class NotSignedIn(WebError):
    """Say who you are: send `Authorization: Bearer KEY`, or sign in."""

    code = "not_signed_in"


class CsrfRefused(WebError):
    """A signed-in page must send its token in the header X-CSRF-Token; GET /api/v1/session gives it."""

    code = "csrf_refused"


class LinkSpent(WebError):
    """This sign-in link was used or has expired; ask for a new one."""

    code = "link_spent"


class KeyMissing(WebError):
    """Every POST needs a header Idempotency-Key, new for each act and the same when it is sent again."""

    code = "key_missing"


class VersionMissing(WebError):
    """A change needs a header If-Match with the ETag of what was read."""

    code = "if_match_missing"


class WrongLogin(WebError):
    """This name and password do not fit together."""

    code = "wrong_login"


class TooManyLogins(WebError):
    """Too many attempts to sign in under this name."""

    code = "too_many_logins"


class WeakPassword(WebError):
    """This password is too easy to guess."""

    code = "weak_password"


class WrongOrigin(WebError):
    """This page belongs to another site; open the console itself."""

    code = "wrong_origin"


class TooLarge(WebError):
    """The body is larger than 1 MB."""

    code = "too_large"


class TooSlow(WebError):
    """The body did not arrive within 30 s."""

    code = "too_slow"


class NotReady(WebError):
    """This replica is still catching up; try another one, or again in a moment."""

    code = "not_ready"


STATUS: dict[type[BaseException], int] = {
    d.Invalid: 400, d.BadClaim: 400, i.UnknownType: 400, i.BadClaim: 400, TypeTreeRefused: 400, g.BadPosition: 400,
    g.UnknownDatum: 400, g.BadCell: 400, g.BadArea: 400, KeyMissing: 400,
    UnknownAnswer: 400,
    WeakPassword: 400,
    NotSignedIn: 401, WrongLogin: 401,
    d.NotAllowed: 403, CsrfRefused: 403, WrongOrigin: 403,
    d.NotFound: 404, UnknownHandle: 404, LinkSpent: 404,
    d.NotNow: 409, d.KeyReused: 409, d.UnitTaken: 409, d.UnitPromised: 409, d.UnitUnavailable: 409, d.PreemptionRefused: 409, d.RecommendationChanged: 409, d.FormTaken: 409, d.FormsRefused: 409, d.RosterRefused: 409, d.FactsRefused: 409, d.HandOverChanged: 409, d.Unread: 409,
    d.AssignmentOver: 409, i.NotInThisState: 409, i.AlreadyAnswered: 409, i.NothingRings: 409, i.NobodyFollows: 409, i.MergeRefused: 409, i.NotYetComplete: 409,
    i.RingBackBlocked: 409, i.RingBackOwed: 409, i.NoPursuit: 409,
    d.SeatTaken: 409, d.NotSeated: 409, d.DraftHeld: 409, d.DraftOver: 409,
    d.StillOpen: 409, d.NoRoads: 409, u.UnitNotInThisState: 409, u.UnitHasOpenJob: 409, g.NoArea: 409,
    d.Behind: 412,
    TooSlow: 408,
    TooLarge: 413,
    VersionMissing: 428,
    TooManyLogins: 429,
    d.Unavailable: 503, NotReady: 503, g.BadMap: 503, g.BadBundle: 503, r.DatabaseUnreachable: 503,
}  # fmt: skip

_HTTP_CODES = {
    400: "invalid",
    401: "not_signed_in",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}
_HTTP_SAID = {
    404: "There is nothing at this address; the interface is described at /schema.",
    405: "This address does not take that method; the interface is described at /schema.",
    413: TooLarge.__doc__,
}


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to any exception that leaves a handler."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return _answer(STATUS[kind], _code(error), str(error), _title(error), _details(error))
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, DATABASE_TROUBLE) and passes(error):
        log.warning("database_away", why=str(error) or type(error).__name__, path=request.url.path)
        return _answer(503, d.Unavailable.code, str(d.Unavailable()), "Unavailable", {})
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return _fenced(request, error)
    return _unforeseen(request, error)


def _fenced(
    request: Request[Any, Any, Any], error: asyncpg.IntegrityConstraintViolationError
) -> Response[Any]:
    """The database's own rules refused what the desk let pass: said without its words, which may quote people's."""
    rule = getattr(error, "constraint_name", None) or type(error).__name__
    log.warning("second_fence", rule=rule, method=request.method, path=request.url.path)
    said = f"This is in conflict with what is already there ({rule}); read it again."
    return _answer(409, "conflict", said, "Conflict", {"rule": rule})


def _unforeseen(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    id_ = str(uuid7())
    log.error("unexpected_error", error_id=id_, method=request.method, path=request.url.path, exc_info=error)
    said = f"Something went wrong that nobody foresaw; it is logged as {id_}. The act was not accepted."
    return _answer(500, "internal", said, "Unexpected", {"error_id": id_})


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "refused"))


def _title(error: Exception) -> str:
    return " ".join((type(error).__doc__ or "").split())


def _details(error: Exception) -> dict[str, object]:
    details = getattr(error, "details", None)
    return dict(details) if isinstance(details, dict) else {}


def _http(error: HTTPException) -> Response[Any]:
    status = error.status_code
    extra = error.extra if isinstance(error.extra, list) else []
    errors = [
        {"field": str(one.get("key", "")), "detail": str(one.get("message", ""))}
        for one in extra
        if isinstance(one, dict)
    ]
    details: dict[str, object] = {"field": errors[0]["field"], "errors": errors} if errors else {}
    said = (
        "; ".join(f"{one['field']}: {one['detail']}" for one in errors)
        or _HTTP_SAID.get(status)
        or error.detail
    )
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return _answer(status, _HTTP_CODES.get(status, "refused"), said, "Refused", details, headers)


def _answer(
    status: int,
    code: str,
    detail: str,
    title: str,
    details: dict[str, object],
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    body = details | {
        "type": f"urn:dispatch110:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    REFUSALS.labels(str(status), code).inc()
    headers = dict(headers or {})
    if status in (429, 503):
        headers["Retry-After"] = str(details.get("retry_after_s", RETRY_AFTER_S))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(body, enc_hook=str), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )
