"""A migrated database for every test, copied from a template within milliseconds and dropped at its end."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from dispatch.runtime.embedded_postgres import ROLE
from dispatch.runtime.migrate import migrate

TEMPLATE = "test_template"
NUMBER = itertools.count(1)


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


class Databases:
    """Makes and drops databases on one server.

    Args:
        owner_url: any database of the server, as the centre's role.
        admin: a superuser's connection.
    """

    def __init__(self, owner_url: str, admin: "asyncpg.Connection[Any]") -> None:
        self._owner_url = owner_url
        self._admin = admin

    async def make_template(self) -> None:
        await self.make_empty(TEMPLATE)
        await migrate(with_database(self._owner_url, TEMPLATE))

    async def make_empty(self, name: str) -> str:
        await self._admin.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0")
        return with_database(self._owner_url, name)

    async def drop(self, name: str) -> None:
        await self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[str]:
        """The URL of a fresh migrated database, as its owner."""
        name = f"test_{os.getpid()}_{next(NUMBER)}"
        await self._admin.execute(
            f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {TEMPLATE} STRATEGY file_copy"
        )
        try:
            yield with_database(self._owner_url, name)
        finally:
            await self.drop(name)

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        """The URL of a database without any schema, as its owner."""
        name = f"test_{os.getpid()}_{next(NUMBER)}"
        try:
            yield await self.make_empty(name)
        finally:
            await self.drop(name)


@asynccontextmanager
async def open_databases(owner_url: str, superuser_url: str) -> AsyncIterator[Databases]:
    """With the template made."""
    admin = await asyncpg.connect(superuser_url)
    try:
        databases = Databases(owner_url, admin)
        await databases.make_template()
        yield databases
    finally:
        await admin.close()
