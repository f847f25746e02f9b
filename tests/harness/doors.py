"""A replica with its doors open on the little town: HTTP without a network, keys for every role, units with positions."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from argon2 import PasswordHasher, profiles
from litestar import Litestar

from dispatch.runtime.bootstrap import Runtime, open_runtime
from dispatch.runtime.settings import Settings
from tests.harness import town
from web import auth
from web.app import empty_front, furnish
from web.passwords import Passwords

API = "/api/v1"
PATIENCE_S = 60.0
"""For searches along roads: a machine that runs tests may be slow, and nobody waits at a seat."""
_IDLE: list[Litestar] = []
"""Fronts of replicas that are gone: to make one costs more than most tests, and the next replica furnishes it anew."""


class Seat:
    """One client at the door. `post` brings a fresh Idempotency-Key unless it is given one. version: what was read."""

    def __init__(self, client: httpx.AsyncClient, key_id: UUID, secret: str) -> None:
        self.client = client
        self.key_id = key_id
        self.principal = f"key:{key_id}"
        self.secret = secret

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(API + path, params=params)

    async def post(self, path: str, body: Any = None, key: str | None = None, **more: Any) -> httpx.Response:
        version = more.pop("version", None)
        read = {} if version is None else {"If-Match": f'"{version}"'}
        headers = {"Idempotency-Key": key or str(uuid4())} | read | more.pop("headers", {})
        if isinstance(body, bytes):
            return await self.client.post(API + path, content=body, headers=headers, **more)
        return await self.client.post(API + path, json=body or {}, headers=headers, **more)

    async def patch(self, path: str, body: Any, version: object = None) -> httpx.Response:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.client.patch(API + path, json=body, headers=headers)

    async def put(self, path: str, body: Any, etag: str | None = None) -> httpx.Response:
        headers = {} if etag is None else {"If-Match": etag}
        return await self.client.put(API + path, json=body, headers=headers)

    async def made(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """Post and expect it to be done; the answer."""
        told = await self.post(path, body, **more)
        assert told.status_code == status, told.text
        return told.json()


class Doors:
    """The open doors: `runtime`, `app`, and a `seat` for whoever should knock."""

    def __init__(self, runtime: Runtime, app: Litestar, stack: AsyncExitStack) -> None:
        self.runtime = runtime
        self.app = app
        self._stack = stack
        self._seats: dict[tuple[Any, ...], Seat] = {}

    async def seat(self, *roles: str, of: UUID | str = town.CITY, kind: Any = "room") -> Seat:
        """A client with a key of these roles; the same one when asked again."""
        known = self._seats.get((roles, of, kind))
        if known is not None:
            return known
        async with self.runtime.pool.acquire() as conn:
            issued = await auth.issue_key(conn, "+".join(roles), roles, of, kind)
        headers = {"Authorization": f"Bearer {issued.secret}"}
        client = await self.visitor(headers)
        seat = self._seats[(roles, of, kind)] = Seat(client, issued.id, issued.secret)
        return seat

    async def visitor(
        self, headers: dict[str, str] | None = None, base: str = "http://centre", address: str = "127.0.0.1"
    ) -> httpx.AsyncClient:
        """A client without any key of its own. address: it comes from there."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(address, 110))  # type: ignore[arg-type]
        client = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)
        return await self._stack.enter_async_context(client)

    async def incident(self, **more: Any) -> dict[str, Any]:
        """A fresh incident in the north, reported by a call-taker of the city."""
        seat = await self.seat("call_taker")
        body = {"source": "call", "place": {"lon": 114.02, "lat": 22.54}} | more
        told: dict[str, Any] = (await seat.made("/alarms", body, 201))["incident"]
        return told


@asynccontextmanager
async def open_doors(
    database_url: str, nats_url: str, folder: Path, city: Path | None = None
) -> AsyncIterator[Doors]:
    """The little town behind open doors. city: a bundle of geography, which is made the active one."""
    async with asyncpg.create_pool(database_url, min_size=1, server_settings={"timezone": "UTC"}) as pool:
        built = await town.build(pool)
        if city is not None:
            await built.activate(city)
    (folder / "master.key").write_bytes(bytes(range(32)))
    async with open_replica(database_url, nats_url, folder, city) as doors:
        yield doors


@asynccontextmanager
async def open_replica(
    database_url: str, nats_url: str, folder: Path, city: Path | None = None
) -> AsyncIterator[Doors]:
    """One more replica of a centre that `open_doors` has built in this folder."""
    settings = Settings(
        database_url=database_url,
        nats_url=nats_url,
        master_key_file=folder / "master.key",
        pool_size=8,
        engine_pool_size=4,
        city=city,
    )
    async with open_runtime(settings) as runtime, AsyncExitStack() as stack:
        runtime.roads.patience_s = runtime.centre.cover.patience_s = PATIENCE_S
        with front_of(runtime) as app:
            yield Doors(runtime, app, stack)


@contextmanager
def front_of(runtime: Runtime) -> Iterator[Litestar]:
    """What speaks HTTP for this replica, inside the block. Its passwords are real and cheap: the cost of one is a test of its own."""
    app = _IDLE.pop() if _IDLE else empty_front()
    furnish(app, runtime, passwords=Passwords(PasswordHasher.from_parameters(profiles.CHEAPEST)))
    yield app
    _IDLE.append(app)  # one that a test failed with is not used again
