"""From a request to an act and back: who acts and when, the key, the version that was read, the answer with its ETag.

Between the routes and the desk; every route that changes something goes through `perform`.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from litestar import Request, Response

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.errors import Invalid
from dispatch.journal import Connection
from dispatch.runtime.bootstrap import Runtime
from dispatch.work import Actor, Work, body_hash
from web.errors import KeyMissing, TooSlow, VersionMissing
from web.schemas import Act


class Asked(Request[Principal, Any, Any]):
    """A request as the routes get it; one without a body asks for nothing in particular."""

    async def body(self) -> bytes:
        """The whole body. Raises TooSlow, so that a trickle holds nothing for long."""
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                return await super().body() or b"{}"
        except TimeoutError:
            raise TooSlow from None


type Do = Callable[[Work], Awaitable[dict[str, Any]]]
"""An act that makes something: its ids, kept under the key."""
type OnOne = Callable[[Work], Awaitable[object]]
"""An act on something that is there."""
type Read[T] = Callable[[Connection, Centre, list[UUID]], Awaitable[list[T]]]
"""How entities of one kind look now, by id."""

KEY_HEADER = "idempotency-key"
KEY_LENGTH = 200
BODY_WITHIN_S = 30.0
SUBSCRIBER_BITS = 64
"""Of an IPv6 address: so much of it is given to one subscriber."""


def acts(*names: str) -> dict[str, Any]:
    """The mark every route carries: which lines of acts.csv it leads to, each as `noun.act`."""
    return {"acts": names}


def runtime_of(request: Asked) -> Runtime:
    """The replica behind this door."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def address_of(request: Asked) -> str:
    """Where the request comes from; of IPv6 the network, since the rest is for a visitor to vary."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    network = ipaddress.ip_network((address, SUBSCRIBER_BITS if address.version == 6 else 32), strict=False)
    return str(network.network_address)


async def actor_of(request: Asked, data: Act) -> Actor:
    """Who acts, by which way and since when they say. Raises KeyMissing for a POST without a key."""
    key = request.headers.get(KEY_HEADER)
    if not key and request.method == "POST":
        raise KeyMissing
    if key and (len(key) > KEY_LENGTH or not key.isprintable()):
        raise Invalid(
            f"An Idempotency-Key has at most {KEY_LENGTH} printable characters.", field="Idempotency-Key"
        )
    return Actor(
        principal=request.user,
        via=data.via,
        claimed_at=data.at,
        reason=data.reason,
        back_entry=data.back_entry,
        route=f"{request.method} {request.scope['path']}",
        key=key or None,
        body_hash=body_hash(await request.body(), request.scope["query_string"]),
    )


async def perform(request: Asked, data: Act, do: Do) -> dict[str, Any]:
    """Carry out an act once per key; the ids of what it made, now or the first time."""
    return await runtime_of(request).acting.act(await actor_of(request, data), do)


async def perform_on(request: Asked, entity_id: UUID, data: Act, act: OnOne) -> None:
    """Carry out an act on one entity once per key."""

    async def do(w: Work) -> dict[str, Any]:
        await act(w)
        return {"entity": entity_id}

    await perform(request, data, do)


async def act_on[T](read: Read[T], request: Asked, entity_id: UUID, data: Act, act: OnOne) -> Response[T]:
    """Carry out an act on one entity once per key, and the entity as it is then."""
    await perform_on(request, entity_id, data, act)
    return answer((await shown(request, read, [entity_id]))[0])


def version_read(request: Asked) -> str:
    """What If-Match says was read. Raises VersionMissing."""
    sent = request.headers.get("if-match")
    if not sent:
        raise VersionMissing
    return sent.removeprefix("W/").strip().strip('"')


def entity_version_read(request: Asked) -> int:
    """The same as the version of an entity. Raises VersionMissing and Invalid."""
    text = version_read(request)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid('If-Match holds the ETag of what was read, such as "3".', field="If-Match")
    return int(text)


def answer[T](entity: T, status: int = 200) -> Response[T]:
    """An entity with its version as ETag."""
    version = getattr(entity, "version", None)
    headers = {} if version is None else {"ETag": f'"{version}"'}
    return Response(entity, status_code=status, headers=headers)


def as_id(value: object) -> UUID:
    """An id out of `perform`: an UUID from a first act, text from one that is given again."""
    return value if isinstance(value, UUID) else UUID(str(value))


async def shown[T](
    request: Asked,
    read: Read[T],
    ids: Iterable[object],
) -> list[T]:
    """What acts made, read anew; whoever did it is answered, wherever it lies now."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await read(conn, runtime.centre, [as_id(id_) for id_ in ids])
