"""Acts on tasks: taken in hand, done, a report signed, not applicable with the reason, due at another time, to be done again.

Who does a task has its role, or leads, in its room or above. What is said of it is sealed; whatever waited for it opens.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.desk.boards import Board, open_board
from dispatch.desk.case import open_case
from dispatch.desk.sealed import keep_texts
from dispatch.errors import Behind, Invalid, NotAllowed, NotFound, NotNow
from dispatch.plans import course, store
from dispatch.plans import events as pe
from dispatch.plans.model import P, Task
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment, ms
from incidents.model import OPEN

MAX_CHARACTERS = 10_000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a task; UNSET leaves it as it is.

    taken: whether whoever acts has it in hand; text: of a report as it is signed, or what was done; form: answers by key.
    """

    state: str | msgspec.UnsetType = msgspec.UNSET
    taken: bool | msgspec.UnsetType = msgspec.UNSET
    due_at: datetime | msgspec.UnsetType = msgspec.UNSET
    text: str | None = None
    form: Mapping[str, str] = {}


async def change(w: Work, task_id: UUID, version: int | None, said: Said) -> Task:
    """Do, skip, reopen, take or reschedule a task read at `version`. Raises NotFound, NotAllowed, NotNow, Invalid, Behind."""
    check_texts(said)
    board, task = await _opened(w, task_id)
    if version is not None and version != task.version:
        raise Behind(
            f"The task {task.step.title.zh} was changed since you read it; read it again.",
            version=task.version,
        )
    if said.taken is not msgspec.UNSET:
        acts.authorise(w.principal, "task", "do", ("room",), task.state)
        _check_role(w, task)
        owner = w.principal.id if said.taken else None
        if owner != task.owner:
            board.tell_task(task_id, pe.Taken(owner=owner))
    if said.due_at is not msgspec.UNSET:
        _reschedule(w, board, task, said.due_at)
    if said.state is not msgspec.UNSET and said.state != task.state:
        await _turn(w, board, task, said)
    elif said.text or said.form:
        raise Invalid("A text or answers belong to a task that becomes done; give state.", field="state")
    board.go_on()
    await board.save()
    return board.tasks[task_id]


async def _opened(w: Work, task_id: UUID) -> tuple[Board, Task]:
    incident_id = await store.incident_of(w.conn, task_id)
    if incident_id is None:
        raise NotFound(f"There is no task {task_id}.", noun="task")
    case = await open_case(w, incident_id, follow_merge=True)
    board = await open_board(w, case)
    task = board.tasks[task_id]
    acts.authorise(w.principal, "task", "read", ("room",))
    if task.room_id not in w.principal.rooms:
        raise NotFound(f"There is no task {task_id}.", noun="task")
    if case.incident.state not in OPEN:
        raise NotNow(
            f"Incident {case.incident.number} is {case.incident.state}; reopen it first.",
            state=case.incident.state,
        )
    return board, task


def _check_role(w: Work, task: Task) -> None:
    """A task is for its role; whoever leads its room may do it too."""
    if not w.principal.roles & {task.step.role, "leader", "replayer"}:
        raise NotAllowed(
            f"The task {task.step.title.zh} is for a {task.step.role} of its room.", role=task.step.role
        )


def _reschedule(w: Work, board: Board, task: Task, due_at: datetime) -> None:
    acts.authorise(w.principal, "task", "reschedule", ("room",), task.state)
    check_moment(due_at, "due_at")
    if due_at <= w.now:
        raise Invalid("due_at lies in the past; give a time to come.", field="due_at")
    board.tell_task(task.id, pe.Rescheduled(due_at=due_at))


async def _turn(w: Work, board: Board, task: Task, said: Said) -> None:
    if said.state == "done":
        await _do(w, board, task, said)
    elif said.state == "not_applicable":
        await _skip(w, board, task)
    elif said.state == "open":
        acts.authorise(w.principal, "task", "reopen", ("room",), task.state)
        fact = pe.TaskReopened(opened_at=w.now, due_at=course.due(task.step, board.case.incident, w.now))
        board.tell_task(task.id, fact)
    else:
        raise Invalid("A task becomes done, not_applicable, or open again.", field="state")


async def _do(w: Work, board: Board, task: Task, said: Said) -> None:
    acts.authorise(w.principal, "task", "do", ("room",), task.state)
    _check_role(w, task)
    waits = [board.tasks[id_] for id_ in task.after if id_ in board.tasks and board.tasks[id_].stands]
    if task.state == "pending" and waits:
        names = "、".join(one.step.title.zh for one in waits)
        raise NotNow(f"The task {task.step.title.zh} comes after {names}.", state=task.state)
    text = (said.text or "").strip()
    if task.step.kind == "report" and not text:
        raise Invalid("A report is signed with its text; GET the task for a draft.", field="text")
    _check_form(task, said.form)
    texts = [text] if text else []
    answers = {key: answer.strip() for key, answer in said.form.items()}
    texts += [msgspec.json.encode(answers).decode()] if answers else []
    ids = await keep_texts(w, task.incident_id, texts) if texts else []
    at, _ = w.step_time(ms(task.opened_at or task.added_at))
    fact = pe.Done(
        done_at=datetime.fromtimestamp(at / 1000, UTC), done_by=w.principal.id, narrative_id=ids[0] if text else None,
        form_id=ids[-1] if answers else None,
    )  # fmt: skip
    board.tell_task(task.id, fact)
    _report_again(w, board, task)


def _report_again(w: Work, board: Board, task: Task) -> None:
    """A progress report that was signed is due again, while its plan goes on."""
    plan = board.plans.get(task.plan_id) if task.plan_id else None
    fact = course.again(task, board.scene, w.now)
    if fact is not None and plan is not None and plan.state is P.ACTIVE and not _followed(board, task):
        board.tell_task(uuid7(), fact)


def _followed(board: Board, task: Task) -> bool:
    return any(one.parent_id == task.id for one in board.tasks.values())


def _check_form(task: Task, form: Mapping[str, str]) -> None:
    known = {field.key: field for field in task.step.form}
    for key, answer in form.items():
        if key not in known:
            raise Invalid(f"The task {task.step.title.zh} does not ask for {key!r}.", field=f"form.{key}")
        if len(answer) > MAX_CHARACTERS:
            raise Invalid(f"An answer has at most {MAX_CHARACTERS} characters.", field=f"form.{key}")
    for key, field in known.items():
        if not form.get(key, "").strip():
            raise Invalid(
                f"The task {task.step.title.zh} asks for {field.zh} ({field.en}).", field=f"form.{key}"
            )


async def _skip(w: Work, board: Board, task: Task) -> None:
    acts.authorise(w.principal, "task", "skip", ("room",), task.state)
    _check_role(w, task)
    reason = (w.actor.reason or "").strip()
    if not reason:
        raise Invalid("To leave a task undone, give the reason.", field="reason")
    said = (await keep_texts(w, task.incident_id, [reason]))[0]
    fact = pe.NotApplicable(done_at=w.now, done_by=w.principal.id, cause="said", narrative_id=said)
    board.tell_task(task.id, fact)
