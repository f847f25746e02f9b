"""Plans on incidents, their tasks, kept cordons and the versions of all plans, in PostgreSQL: whole rows in and out.

The lock of the incident is the lock of its plans and tasks; nothing here is locked by itself but the versions.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from dispatch.journal import Connection
from dispatch.plans.file import PlanFile, PlanSet, shipped
from dispatch.plans.model import IncidentPlan, Task

_PLAN = ", ".join(IncidentPlan.__struct_fields__)
_TASK = ", ".join(Task.__struct_fields__)


def _excluded(columns: str) -> str:
    return ", ".join(f"excluded.{name}" for name in columns.split(", "))


PLANS_SAVE = f"""
INSERT INTO incident_plan ({_PLAN}) SELECT {_PLAN} FROM jsonb_populate_recordset(NULL::incident_plan, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_PLAN}) = ({_excluded(_PLAN)})
"""
TASKS_SAVE = f"""
INSERT INTO task ({_TASK}) SELECT {_TASK} FROM jsonb_populate_recordset(NULL::task, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_TASK}) = ({_excluded(_TASK)})
"""
# Everything a settling asks, in one round trip: which version of the plans holds, and what stands on these incidents.
OF_INCIDENTS = """
SELECT coalesce((SELECT version FROM plan_set ORDER BY version DESC LIMIT 1), 0),
    (SELECT coalesce(json_agg(p ORDER BY p.id), '[]') FROM incident_plan p WHERE p.incident_id = ANY($1::uuid[]))::text,
    (SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM task t WHERE t.incident_id = ANY($1::uuid[]))::text
"""
PLANS_READ = "SELECT to_jsonb(p)::text FROM incident_plan p WHERE id = ANY($1::uuid[]) ORDER BY id"
TASKS_READ = "SELECT to_jsonb(t)::text FROM task t WHERE id = ANY($1::uuid[]) ORDER BY id"
# $1 rooms; $2 kind of step; $3 at most. Those of incidents that go on, the soonest due first.
TASKS_OPEN = """
SELECT t.id FROM task t JOIN incident i ON i.id = t.incident_id
WHERE t.state = 'open' AND t.room_id = ANY($1::uuid[]) AND ($2::text IS NULL OR t.step->>'kind' = $2)
ORDER BY t.due_at NULLS LAST, t.id LIMIT $3
"""
TASK_INCIDENT = "SELECT incident_id FROM task WHERE id = $1"
SET_READ = "SELECT version, body::text FROM plan_set ORDER BY version DESC LIMIT 1"
SET_LOCK = "LOCK TABLE plan_set IN SHARE ROW EXCLUSIVE MODE"
SET_ADD = "INSERT INTO plan_set (version, body, recorded_at) VALUES ($1, $2::jsonb, $3)"
CORDON_ADD = "INSERT INTO cordon (id, incident_id, computed_at, by, shown) VALUES ($1, $2, $3, $4, $5::jsonb)"
CORDON_READ = "SELECT shown::text FROM cordon WHERE id = $1 AND incident_id = $2 AND computed_at > $3"
CORDONS_FORGET = "DELETE FROM cordon WHERE computed_at < $1"

_plans = msgspec.json.Decoder(list[IncidentPlan])
_tasks = msgspec.json.Decoder(list[Task])
_plan = msgspec.json.Decoder(IncidentPlan)
_task = msgspec.json.Decoder(Task)


def _rows(structs: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(list(structs)).decode()


async def of_incidents(conn: Connection, ids: Iterable[UUID]) -> tuple[int, list[IncidentPlan], list[Task]]:
    """The number of the newest plans; plans and tasks of these incidents, each in the order in which they were made."""
    [(version, plans, tasks)] = await conn.fetch(OF_INCIDENTS, list(ids))
    return version, _plans.decode(plans), _tasks.decode(tasks)


async def save_plans(conn: Connection, plans: Sequence[IncidentPlan]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(PLANS_SAVE, _rows(plans))


async def save_tasks(conn: Connection, tasks: Sequence[Task]) -> None:
    """Write their rows, new or changed."""
    await conn.execute(TASKS_SAVE, _rows(tasks))


async def read_plans(conn: Connection, ids: Iterable[UUID]) -> list[IncidentPlan]:
    """These plans, by id."""
    return [_plan.decode(row[0]) for row in await conn.fetch(PLANS_READ, list(ids))]


async def open_tasks(conn: Connection, rooms: Iterable[UUID], kind: str | None, at_most: int) -> list[UUID]:
    """Tasks of these rooms that are to be done now, the soonest due first. kind: of their step, None: any."""
    return [row[0] for row in await conn.fetch(TASKS_OPEN, list(rooms), kind, at_most)]


async def read_tasks(conn: Connection, ids: Iterable[UUID]) -> list[Task]:
    """These tasks, by id."""
    return [_task.decode(row[0]) for row in await conn.fetch(TASKS_READ, list(ids))]


async def incident_of(conn: Connection, task_id: UUID) -> UUID | None:
    """The incident of a task; None when there is no such task."""
    found: UUID | None = await conn.fetchval(TASK_INCIDENT, task_id)
    return found


async def read_set(conn: Connection) -> PlanSet:
    """The newest plans; the shipped ones while none were put in."""
    row = await conn.fetchrow(SET_READ)
    return shipped() if row is None else PlanSet(row[0], msgspec.json.decode(row[1], type=PlanFile).plans)


async def lock_set(conn: Connection) -> None:
    """Let nobody else change the plans until this act is over."""
    await conn.execute(SET_LOCK)


async def add_set(conn: Connection, plans: PlanSet, at: datetime) -> None:
    """Keep a new version."""
    await conn.execute(SET_ADD, plans.version, msgspec.json.encode(PlanFile(plans.plans)).decode(), at)


async def add_cordon(conn: Connection, shown: Any, by: str) -> None:
    """Keep a cordon as it was shown: it has id, incident_id and computed_at."""
    text = msgspec.json.encode(shown).decode()
    await conn.execute(CORDON_ADD, shown.id, shown.incident_id, shown.computed_at, by, text)


async def read_cordon(conn: Connection, id_: UUID, incident_id: UUID, since: datetime) -> str | None:
    """What was shown, as JSON; None when it was never, or too long ago, or for another incident."""
    found: str | None = await conn.fetchval(CORDON_READ, id_, incident_id, since)
    return found


async def forget_cordons(conn: Connection, before: datetime) -> None:
    """Drop what was shown long ago; its tasks have their points of their own."""
    await conn.execute(CORDONS_FORGET, before)
