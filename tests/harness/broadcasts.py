"""Broadcasts for tests on the little town: sent by somebody, what terminals were told, what became of the lamps."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from dispatch.acts import Principal
from dispatch.broadcasts import store
from dispatch.broadcasts.model import Audience, Broadcast, Kind, Mark
from dispatch.broadcasts.shown import BroadcastShown
from dispatch.broadcasts.views import broadcasts
from dispatch.desk import broadcasting
from dispatch.desk.broadcasting import Writing
from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness.town import CITY, Town
from units.frames import Frame
from units.live import LiveUnits

PLANTED = "某人泄露了的话"
PLATE, NAME = "粤B·12345", "张三丰"
MARKS = (Mark("plate", PLATE), Mark("name", NAME), Mark("vehicle", "白色轿车"))


async def now_of(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


def everybody() -> Audience:
    return Audience(rooms=(CITY,))


async def said(
    town: Town,
    who: Principal,
    audience: Audience,
    kind: Kind = "call",
    within: timedelta | None = None,
    **more: Any,
) -> Broadcast:
    """Something said to many, or a lookout for MARKS that holds two hours unless told otherwise."""
    holds = within or timedelta(hours=2)
    until = await now_of(town) + holds if kind == "lookout" or within else None
    marks = more.pop("marks", MARKS if kind == "lookout" else ())
    writing = Writing(
        kind=kind, text=more.pop("text", PLANTED), audience=audience, expires_at=until, marks=marks, **more
    )
    made: Broadcast = await town.do(who, lambda w: broadcasting.write(w, writing))
    await look_out(town)
    return made


async def look_out(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await town.followers.look_out(conn)


async def parties(town: Town, b: Broadcast) -> set[UUID]:
    """Whom it went to."""
    async with town.pool.acquire() as conn:
        found = (await store.parties(conn, [b.id])).get(b.id, {})
    return found.get("unit", set()) | found.get("room", set())


async def shown(town: Town, b: Broadcast) -> BroadcastShown:
    async with town.pool.acquire() as conn:
        return (await broadcasts(conn, town.centre, [b.id]))[0]


async def counted(town: Town, b: Broadcast) -> tuple[int, int, int]:
    counts = (await shown(town, b)).counts
    return counts.recipients, counts.delivered, counts.read


def stand(live: LiveUnits, at_ms: int, where: dict[UUID, tuple[float, float]]) -> None:
    """Let units be seen there."""
    nothing = np.full(len(where), np.nan, np.float32)
    frame = Frame(
        np.array([id_.int for id_ in where], np.uint32), np.full(len(where), at_ms, np.int64),
        np.array([lon for lon, _ in where.values()]), np.array([lat for _, lat in where.values()]),
        nothing, nothing, nothing,
    )  # fmt: skip
    live.apply(frame, at_ms)


async def sound(town: Town) -> None:
    """The journal tells exactly what the tables hold, and gives away no word, mark or reason."""
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval(
            "SELECT count(*) FROM journal WHERE body::text ~ $1 OR coalesce(why, '') ~ $1",
            f"{PLANTED}|{NAME}|12345|白色轿车",
        )
        radio = await conn.fetchval("SELECT count(*) FROM radio_message WHERE body::text ~ $1", PLANTED)
    assert found.sound, found.broken
    assert (leaked, radio) == (0, 0)
