"""The interface as an OpenAPI document: what the types don't say by themselves, said for every address.

Keys, versions and refusals are the same everywhere, so they are written here once and not on each route.
"""

from typing import Any

from litestar import Litestar
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.routes import HTTPRoute

from dispatch.instants import INSTANT_SAID
from web.errors import MEDIA_TYPE

PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    title="Problem",
    description="RFC 9457. Members beside these name the field, the holder of a unit and the like.",
    properties={
        "type": Schema(type=OpenAPIType.STRING, description="urn:dispatch110:error:CODE"),
        "title": Schema(type=OpenAPIType.STRING),
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": Schema(type=OpenAPIType.STRING, description="one sentence for people"),
        "code": Schema(type=OpenAPIType.STRING, description="stable, for programs"),
        "field": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
    },
    required=["type", "title", "status", "detail", "code"],
)
KEY = Parameter(
    name="Idempotency-Key",
    param_in="header",
    required=True,
    schema=Schema(type=OpenAPIType.STRING, min_length=1, max_length=200),
    description="New for each act, the same when it is sent again; kept for 7 days.",
)
VERSION = Parameter(
    name="If-Match",
    param_in="header",
    required=True,
    schema=Schema(type=OpenAPIType.STRING),
    description="The ETag of what was read.",
)
REFUSED = {
    "400": "Something in it is not valid; `field` names it.",
    "401": "Say who you are.",
    "403": "Not yours in any state.",
    "404": "There is none, or this seat may not see it.",
    "409": "Not in this state, or in conflict; the detail says with what.",
    "412": "Changed by somebody since it was read.",
    "413": "Larger than 1 MB.",
    "428": "If-Match is missing.",
    "503": "Not just now; Retry-After says when, and the same key makes it safe.",
}
_BY_METHOD = {
    "GET": ("400", "401", "403", "404", "503"),
    "DELETE": ("401", "503"),
    "POST": ("400", "401", "403", "404", "409", "413", "503"),
    "PATCH": ("400", "401", "403", "404", "409", "412", "413", "428", "503"),
    "PUT": ("400", "401", "403", "409", "412", "413", "428", "503"),
}


def describe(app: Litestar) -> None:
    """Complete the document that Litestar made from the types."""
    document = app.openapi_schema
    document.components.schemas["Problem"] = PROBLEM
    for schema in document.components.schemas.values():
        _say_times(schema)
    for route in app.routes:
        item = (document.paths or {}).get(route.path_format)
        if item is None or not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods:
                operation = getattr(item, method.lower(), None)
                if isinstance(operation, Operation):
                    operation.summary = handler.handler_name.replace("_", " ").capitalize()
                    _complete(operation, method, handler.opt)


def _say_times(schema: Schema) -> None:
    """Times go out as text of our own making; their format is said here."""
    for member in (schema.properties or {}).values():
        if isinstance(member, Schema) and member.description == INSTANT_SAID:
            member.format = OpenAPIFormat.DATE_TIME


def _complete(operation: Operation, method: str, opt: dict[str, Any]) -> None:
    told = dict(operation.responses or {})
    told.pop("400", None)
    public = bool(opt.get("public"))
    for status in _BY_METHOD[method]:
        if not (public and not opt.get("keyless") and status in ("400", "401", "403")):
            told[status] = _refusal(REFUSED[status])
    if opt.get("keyless"):
        told["429"] = _refusal("Too many attempts to sign in under this name; Retry-After says when.")
    operation.responses = told
    if "takes" in opt:  # a body that is no JSON
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        operation.request_body = RequestBody(content={opt["takes"]: text}, required=True)
    if opt.get("if_match") and method == "POST":
        told |= {status: _refusal(REFUSED[status]) for status in ("412", "428")}
        operation.parameters = [*(operation.parameters or []), VERSION]
    header = None if opt.get("keyless") else {"POST": KEY, "PATCH": VERSION, "PUT": VERSION}.get(method)
    if header is not None:
        operation.parameters = [*(operation.parameters or []), header]
    if public:
        operation.security = []


def _refusal(description: str) -> OpenAPIResponse:
    schema = Reference(ref="#/components/schemas/Problem")
    return OpenAPIResponse(description=description, content={MEDIA_TYPE: OpenAPIMediaType(schema=schema)})
