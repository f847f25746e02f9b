"""Terminals for tests of what is said to units and by them: replies through their gateway, and what they were told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dispatch.acts import Principal
from dispatch.desk import hearing, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.work import Work
from tests.harness.clock import Clock
from tests.harness.town import Town

GATEWAY = Principal(id="gateway:sim", roles=frozenset({"gateway"}), gateway="sim")


async def report(town: Town, who: Principal, priority: str = "200100") -> UUID:
    """An incident in the north; the type says how urgent."""
    command = ReportAlarm(source="call", type=priority, place=PlaceIn(lon=114.02, lat=22.54))
    return (await town.report(who, command)).incident_id


async def order(town: Town, who: Principal, id_: UUID, *units: UUID) -> list[Assignment]:
    """Order these units."""
    return await town.do(who, lambda w: ordering.order(w, id_, [Order(unit_id=unit) for unit in units]))


async def reply(town: Town, unit: UUID, act: Any, **more: Any) -> dict[str, object]:
    """A reply of the unit's terminal, `late_s` after it was said; raises what it is refused with."""
    late = timedelta(seconds=more.pop("late_s", 0))
    async with town.pool.acquire() as conn:
        at = await conn.fetchval("SELECT cad_now()") - late

    async def do(w: Work) -> dict[str, object]:
        known = await hearing.unit_of(w, unit.int)
        assert known is not None
        return await hearing.hear(w, known, hearing.Reply(reply_id="r", act=act, at=at, **more))

    return await town.do(GATEWAY, do, via="radio", claimed_at=at)


async def told(town: Town, unit: UUID, prompt: str | None) -> list[dict[str, Any]]:
    """What its terminal was told with this prompt, in order."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT order_id, about, n, kind, assignment_id, body->>'text' AS text FROM radio_message "
            "WHERE handle = $1 AND prompt IS NOT DISTINCT FROM $2 ORDER BY position",
            unit.int, prompt,
        )  # fmt: skip
    return [dict(row) for row in rows]


async def pass_time(town: Town, clock: Clock, seconds: float) -> None:
    """Let time pass and do what falls due."""
    await clock.forward(timedelta(seconds=seconds))
    keeper = Timekeeper(town.pool, town.centre, lambda: None)
    while await keeper.fire_due():
        pass


async def standing(town: Town, *rules: str, fired: bool) -> list[str]:
    """Which of these rules stand."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT rule FROM timer WHERE rule = ANY($1::text[]) AND (fired_at IS NOT NULL) = $2 ORDER BY rule",
            list(rules), fired,
        )  # fmt: skip
    return [row[0] for row in rows]


async def assert_sound(pool: Pool) -> None:
    """The journal tells exactly what the tables hold."""
    async with pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).broken == ()
