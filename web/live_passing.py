"""What passes by without a place in the ledger: forms while they are typed, who has an incident open, that a seat is here.

Every replica keeps in PostgreSQL what it knows of its own sockets and reads there what the others know, once a second and
at once when something happens here. The newest counts; whatever is missed is in the next reading.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from dispatch.centre import Centre
from dispatch.drafts import store as drafts
from dispatch.drafts.shown import drafts_now
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.runtime.trouble import DATABASE_TROUBLE, survived
from dispatch.seating import store as seats
from dispatch.seating.store import Opened, Present
from dispatch.store import now as cad_now
from web.live_hub import Hub
from web.live_messages import Entity, said
from web.live_session import Session

LINKS_S = 2.0
BEAT_MS = 8_000
"""Whoever has sent beats is not here any more after so long without one; beats come each 5 s."""
OPEN_S = 15.0
"""So long an incident counts as open after it was last said so."""
READ_S = 1.0
LOOK_BACK = timedelta(seconds=5)
"""An act may commit a while after the time it carries."""
REMEMBERED = 5_000


class Passing:
    """Run `run` as a task and `hear` every LINKS_S.

    Args:
        pool: of requests.
        centre: for masking and rooms.
        hub: who listens.
        sessions: the sockets of this replica.
        clock: ms since 1970.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Any]", centre: Centre, hub: Hub, sessions: Callable[[], Collection[Session]],
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._pool = pool
        self._centre = centre
        self._hub = hub
        self._sessions = sessions
        self._clock = clock
        self._replica = str(uuid7())
        self._wake = asyncio.Event()
        self._lines: dict[Session, str] = {}
        self._ended: set[str] = set()
        self._told: dict[UUID, int] = {}
        self._present: dict[UUID, bytes] = {}

    def wake(self) -> None:
        """Something happened here: others should see it at once."""
        self._wake.set()

    def left(self, session: Session) -> None:
        """A socket is gone."""
        line = self._lines.pop(session, None)
        if line is not None:
            self._ended.add(line)
            self.wake()

    async def run(self) -> None:
        """Read and tell, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(READ_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self.once()
            except DATABASE_TROUBLE as error:
                survived("live_passing", error)
                await asyncio.sleep(READ_S)

    async def once(self) -> None:
        """Write what is new here, read what is new anywhere, tell it."""
        if not len(self._hub) and not self._ended:
            return
        async with self._pool.acquire() as conn:
            await self._keep_open(conn)
            await self._tell_drafts(conn)
            await self._tell_present(conn)

    async def hear(self) -> None:
        """Keep that the seats of these sockets are here."""
        now_ms = self._clock()
        heard: dict[UUID, float] = {}
        for session in self._sessions():
            seat_id, age_ms = session.principal.seat_id, now_ms - (session.beat_ms or now_ms)
            if seat_id is not None and age_ms <= BEAT_MS:
                heard[seat_id] = min(heard.get(seat_id, age_ms / 1000), age_ms / 1000)
        async with self._pool.acquire() as conn:
            await seats.listen(conn, self._replica)
            if heard:
                await seats.hear(conn, heard)
        if any(session.open_id for session in self._sessions()):
            self.wake()

    async def _keep_open(self, conn: Connection) -> None:
        opened = []
        for session in self._sessions():
            if session.open_id is not None:
                line = self._lines.setdefault(session, str(uuid7()))
                principal = session.principal
                opened.append(Opened(line, session.open_id, principal.id, principal.seat_id))
            elif session in self._lines:
                self._ended.add(self._lines.pop(session))
        if self._ended:
            ended, self._ended = self._ended, set()
            await seats.end_open(conn, ended)
        if opened:
            await seats.keep_open(conn, opened, OPEN_S)

    async def _tell_drafts(self, conn: Connection) -> None:
        saved = await drafts.saved_since(conn, await cad_now(conn) - LOOK_BACK)
        if not saved:
            return
        if len(self._told) > REMEMBERED:
            self._told.clear()
        for id_, now in (await drafts_now(conn, self._centre, saved)).items():
            if self._told.get(id_) == now.version:
                continue
            self._told[id_] = now.version
            entity = Entity(now.version, bytes(now.entity), now.rooms)
            told, gone = said("draft", msgspec.Raw(now.entity)), said("draft", {"id": id_, "gone": True})
            self._hub.whisper(("draft", id_), entity, told, gone)

    async def _tell_present(self, conn: Connection) -> None:
        now = _by_incident(await seats.present(conn))
        for id_ in {**self._present, **now}:
            if now.get(id_) != self._present.get(id_):
                nobody = msgspec.json.encode({"incident_id": id_, "by": []})
                self._hub.tell_present(id_, said("presence", msgspec.Raw(now.get(id_, nobody))))
        self._present = now


async def presence_of(conn: Connection, incident_ids: Collection[UUID]) -> list[Entity]:
    """Who has these incidents open, for a snapshot."""
    found = _by_incident(await seats.present(conn))
    return [Entity(0, text, None) for id_, text in found.items() if id_ in incident_ids]


def _by_incident(present: Iterable[Present]) -> dict[UUID, bytes]:
    return {
        id_: msgspec.json.encode({"incident_id": id_, "by": [_shown(one) for one in some]})
        for id_, some in groupby(present, key=lambda one: one.incident_id)
    }


def _shown(one: Present) -> dict[str, Any]:
    return {
        "seat_id": one.seat_id, "code": one.code, "room_id": one.room_id, "principal": one.principal,
        "name": one.name, "since": instant(one.since),
    }  # fmt: skip
