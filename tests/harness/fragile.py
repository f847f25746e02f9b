"""A database connection that breaks at a chosen statement, before it ran or after: every point where a process may die.

To the database a process that dies is a connection that breaks, so this stands for both. Whoever used it learns only that
the line broke, and whether a COMMIT came through stays unknown.
"""

from collections.abc import Coroutine
from typing import Any

import asyncpg


class Fuse:
    """Burns once: at the `left`-th statement from now that begins with `of`, over all connections. left None: holds."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.of = ""
        self.burnt = 0

    def arm(self, statements: int, after: bool, of: str = "") -> None:
        """Break at that statement (1 is the next one): before it is sent, or after the server has done it."""
        self.left, self.after, self.of = statements, after, of

    def disarm(self) -> None:
        """Hold from now on."""
        self.left = None

    def burns(self, statement: str) -> bool:
        """Count one statement; whether it is the one."""
        if self.left is None or not statement.startswith(self.of):
            return False
        self.left -= 1
        if self.left > 0:
            return False
        self.left = None
        self.burnt += 1
        return True


def fragile(fuse: Fuse) -> "type[asyncpg.Connection[Any]]":
    """A connection class for `asyncpg.create_pool` whose connections hang on this fuse."""

    class Fragile(asyncpg.Connection):
        async def _live[T](self, sql: str, statement: Coroutine[Any, Any, T]) -> T:
            if not fuse.burns(sql):
                return await statement
            if fuse.after:
                await statement
            else:
                statement.close()
            self.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

        async def execute(self, query: str, *args: Any, **more: Any) -> Any:
            return await self._live(query, super().execute(query, *args, **more))

        async def executemany(self, command: str, *args: Any, **more: Any) -> Any:
            return await self._live(command, super().executemany(command, *args, **more))

        async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
            return await self._live(query, super().fetch(query, *args, **more))

        async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
            return await self._live(query, super().fetchval(query, *args, **more))

        async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
            return await self._live(query, super().fetchrow(query, *args, **more))

    return Fragile
