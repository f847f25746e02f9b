"""The database's clock in the hands of a test: time is fast-forwarded, never slept.

`cad_now()` is the one clock of the house; here its body is replaced in the database of one test.
"""

from datetime import datetime, timedelta

import asyncpg

BODY = "SELECT prosrc FROM pg_proc WHERE oid = 'cad_now()'::regprocedure"
REPLACE = (
    "CREATE OR REPLACE FUNCTION cad_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $cad_now${}$cad_now$"
)


class Clock:
    """Shifts and stops `cad_now()` of one database for every connection, those that are open included.

    Args:
        database_url: as the owner of the function.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._true_body: str | None = None
        self.offset = timedelta()

    async def forward(self, by: timedelta) -> None:
        """Let `by` pass at once; the clock goes on from there. A negative `by` sets it back."""
        self.offset += by
        await self._replace(
            f"SELECT ({{true}}) + interval '{self.offset / timedelta(microseconds=1):.0f} microseconds'"
        )

    async def stop_at(self, at: datetime) -> None:
        """Stand still at a time with a zone."""
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone")
        await self._replace(f"SELECT timestamptz '{at.isoformat()}'")

    async def restore(self) -> None:
        """The true time again."""
        self.offset = timedelta()
        await self._replace("{true}")

    async def _replace(self, body: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            if self._true_body is None:
                self._true_body = str(await connection.fetchval(BODY)).strip().rstrip(";")
            await connection.execute(REPLACE.format(body.format(true=self._true_body)))
        finally:
            await connection.close()
