"""Plans at the door: what an incident calls for, activating, refusing and ending; one task; the cordon; all plans as a file.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch.acts import authorise
from dispatch.desk import cordoning, planning, tasking
from dispatch.desk.cordoning import CordonAsked, CordonShown
from dispatch.errors import Invalid
from dispatch.plans import store, views
from dispatch.plans.file import KINDS, PlanFile
from dispatch.plans.shown import PlanShown, PlansShown, TaskShown
from dispatch.saying import comparing
from dispatch.saying import shown as told
from dispatch.saying.comparing import Compared
from dispatch.saying.shown import PlanBook
from dispatch.work import Work
from web.acting import (
    Asked,
    actor_of,
    acts,
    answer,
    entity_version_read,
    perform,
    runtime_of,
    shown,
    version_read,
)
from web.listing import Limit, known_only
from web.schemas import Act, CordonIn, Drawn, Items, PlanIn, PlansIn, TaskIn

TAGS = ["plans"]
ONE = "/incidents/{incident_id:uuid}"
FILE_BYTES = 4_000_000
Kinds = Annotated[str | None, QueryParameter(name="kind", description="one of: " + ", ".join(KINDS))]


@get(f"{ONE}/plans", opt=acts("incident.read"), tags=TAGS)
async def read_plans(request: Asked, incident_id: FromPath[UUID]) -> PlansShown:
    """Which plans match the incident, and those at work on it with the tasks this seat may see."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await views.of_incident(conn, runtime.centre, request.user, incident_id)


@post(f"{ONE}/plans", opt=acts("incident.activate_plan"), tags=TAGS)
async def activate_plan(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[PlanIn]
) -> Response[PlanShown]:
    """Activate a plan, whether it was pushed or is chosen by hand; its steps become tasks."""

    async def do(w: Work) -> dict[str, Any]:
        return {"plan": (await planning.activate(w, incident_id, data.code, data.set_version)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, views.plans, [made["plan"]]))[0], 201)


@post(f"{ONE}/plans/{{plan_id:uuid}}/dismiss", opt=acts("incident.dismiss_plan"), tags=TAGS, status_code=200)
async def dismiss_plan(
    request: Asked, incident_id: FromPath[UUID], plan_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[PlanShown]:
    """Decide against a plan that was pushed."""

    async def do(w: Work) -> dict[str, Any]:
        return {"plan": (await planning.dismiss(w, incident_id, plan_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.plans, [plan_id]))[0])


@post(f"{ONE}/plans/{{plan_id:uuid}}/end", opt=acts("incident.end_plan"), tags=TAGS, status_code=200)
async def end_plan(
    request: Asked, incident_id: FromPath[UUID], plan_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[PlanShown]:
    """End an active plan before its time, with the reason; what is left of it need not be done."""

    async def do(w: Work) -> dict[str, Any]:
        return {"plan": (await planning.end(w, incident_id, plan_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.plans, [plan_id]))[0])


@get("/tasks", opt=acts("task.read"), tags=TAGS)
async def list_tasks(request: Asked, kind: Kinds = None, limit: Limit = 100) -> Items[TaskShown]:
    """What is to be done now in this seat's rooms, on whatever incident, the soonest due first."""
    known_only(request, ("kind", "limit"))
    if kind is not None and kind not in KINDS:
        raise Invalid(f"There is no kind of task {kind!r:.40}.", field="kind")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await views.open_tasks(conn, runtime.centre, request.user, kind, limit))


@get("/tasks/{task_id:uuid}", opt=acts("task.read"), tags=TAGS)
async def read_task(request: Asked, task_id: FromPath[UUID]) -> Response[TaskShown]:
    """One task; a report that is still to be signed comes with a draft made from the journal, in both languages."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await views.task(conn, runtime.centre, request.user, task_id))


@patch("/tasks/{task_id:uuid}", opt=acts("task.do", "task.skip", "task.reschedule", "task.reopen"), tags=TAGS)
async def change_task(request: Asked, task_id: FromPath[UUID], data: JSONBody[TaskIn]) -> Response[TaskShown]:
    """Take it in hand, do it, sign a report, leave it undone with the reason, give it another time, or open it again."""
    version = entity_version_read(request)
    said = tasking.Said(
        state=data.state, taken=data.taken, due_at=data.due_at, text=data.text, form=data.form
    )

    async def do(w: Work) -> dict[str, Any]:
        return {"task": (await tasking.change(w, task_id, version, said)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.tasks, [task_id]))[0])


@get(f"{ONE}/cordon", opt=acts("incident.recommend"), tags=TAGS)
async def read_cordon(
    request: Asked,
    incident_id: FromPath[UUID],
    minutes: FromQuery[float] = 5.0,
    profile: FromQuery[str] = "car",
    lead_s: FromQuery[float | None] = None,
) -> CordonShown:
    """The crossings that cut every way out within so many minutes, each with the unit proposed for it; kept for 15 min."""
    known_only(request, ("minutes", "profile", "lead_s"))
    runtime, principal = runtime_of(request), request.user
    asked = CordonAsked(minutes, profile, lead_s)
    async with runtime.pool.acquire() as conn:
        judged = await cordoning.judge(conn, principal, incident_id, asked)
    cordon = await cordoning.search(runtime.centre, principal, judged, asked)
    async with runtime.pool.acquire() as conn:
        await cordoning.keep(conn, cordon, principal.id)
    return cordoning.cordon_shown(cordon)


@post(f"{ONE}/cordon", opt=acts("incident.draw_cordon"), tags=TAGS)
async def draw_cordon(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[CordonIn]
) -> Response[Drawn]:
    """Draw a cordon that was shown: one task for each of its points, or for those named."""

    async def do(w: Work) -> dict[str, Any]:
        made = await cordoning.draw(w, incident_id, data.cordon_id, data.points)
        return {"tasks": [task.id for task in made]}

    made = await perform(request, data, do)
    return Response(Drawn(await shown(request, views.tasks, made["tasks"])), status_code=201)


@get("/admin/plans", opt=acts("reference.read"), tags=["reference"])
async def read_plan_file(request: Asked) -> Response[PlanFile]:
    """All plans as a file; version 0 are the shipped ones."""
    authorise(request.user, "reference", "read")
    return await _plan_file(request)


@put("/admin/plans", opt=acts("reference.administer"), tags=["reference"], request_max_body_size=FILE_BYTES)
async def put_plan_file(request: Asked, data: JSONBody[PlanFile]) -> Response[PlanFile]:
    """Put in plans as the next version; what is active on an incident keeps the words it was activated with."""
    read = version_read(request)

    async def do(w: Work) -> dict[str, Any]:
        await planning.put_plans(w, data, read)
        return {}

    await perform(request, Act(), do)
    return await _plan_file(request)


@get("/admin/plans/sentences", opt=acts("reference.read"), tags=["reference"])
async def read_plan_book(request: Asked) -> PlanBook:
    """The plans that hold, each with whom it is for and where it is active now, and who put in which version."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await told.plans(conn, runtime.centre, request.user)


@post(
    "/admin/plans/compare",
    opt=acts("reference.administer"),
    tags=["reference"],
    status_code=200,
    request_max_body_size=FILE_BYTES,
)
async def compare_plans(request: Asked, data: JSONBody[PlansIn]) -> Compared:
    """What a file would change of the plans that hold, in sentences, or every fault it has. Nothing is put in."""
    authorise(request.user, "reference", "administer")
    await actor_of(request, data)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await comparing.compare_plans(conn, runtime.centre, data.file)


async def _plan_file(request: Asked) -> Response[PlanFile]:
    async with runtime_of(request).pool.acquire() as conn:
        plans = await store.read_set(conn)
    return Response(PlanFile(plans.plans), headers={"ETag": f'"{plans.version}"'})


HANDLERS = (
    read_plans,
    activate_plan,
    dismiss_plan,
    end_plan,
    list_tasks,
    read_task,
    change_task,
    read_cordon,
    draw_cordon,
    read_plan_file,
    put_plan_file,
    read_plan_book,
    compare_plans,
)
