"""Words beside orders at the door: messages, officers in danger, backup, notes that were read, status checks, the roll.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from dispatch import views
from dispatch.desk import checking, endangered, messaging, reading, reinforcing
from dispatch.shown import NoteShown, UnitShown
from dispatch.talk import views as talk_views
from dispatch.talk.shown import BackupShown, EmergencyShown, MessageShown, RollCallShown
from dispatch.work import Work
from web.acting import Asked, acts, answer, perform, runtime_of, shown
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.schemas import Act, Page
from web.words import BackupIn, EmergencyIn, MessageIn, ReadIn, ResetIn, RollCallIn

TAGS = ["units"]
ONE = "/units/{unit_id:uuid}"


@post(f"{ONE}/message", opt=acts("unit.message"), tags=TAGS)
async def send_message(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[MessageIn]
) -> Response[MessageShown]:
    """A short text between a unit and its dispatchers; who sends it says which way it goes."""

    async def do(w: Work) -> dict[str, Any]:
        return {"message": (await messaging.message(w, unit_id, data.text)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, talk_views.messages, [made["message"]]))[0], 201)


@get(f"{ONE}/messages", opt=acts("unit.read"), tags=TAGS)
async def list_messages(
    request: Asked, unit_id: FromPath[UUID], limit: Limit = 100, after: After = None
) -> Page[MessageShown]:
    """What was said, newest first."""
    known_only(request, ("limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await talk_views.message_page(conn, runtime.centre, request.user, unit_id, page)
    return page_of(found, limit)


@post("/messages/{message_id:uuid}/read", opt=acts("message.read"), tags=TAGS, status_code=200)
async def read_message(
    request: Asked, message_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[MessageShown]:
    """The other side has seen it."""

    async def do(w: Work) -> dict[str, Any]:
        return {"message": (await messaging.read_message(w, message_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, talk_views.messages, [message_id]))[0])


@post(f"{ONE}/emergency", opt=acts("unit.emergency"), tags=TAGS)
async def press_emergency(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[EmergencyIn]
) -> Response[EmergencyShown]:
    """An officer is in danger. Counts whatever the unit's duty or job; pressed again it sounds again."""
    place = (data.lon, data.lat) if data.lon is not None and data.lat is not None else None

    async def do(w: Work) -> dict[str, Any]:
        return {"emergency": (await endangered.press(w, unit_id, place, data.text)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, talk_views.emergencies, [made["emergency"]]))[0], 201)


@post(f"{ONE}/reset-emergency", opt=acts("unit.reset_emergency"), tags=TAGS, status_code=200)
async def reset_emergency(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[ResetIn]
) -> Response[EmergencyShown]:
    """The crew was spoken with and is safe; nothing else ends an emergency."""

    async def do(w: Work) -> dict[str, Any]:
        over = await endangered.reset(w, unit_id, data.voice_contact, data.presses)
        return {"emergency": over.id}

    made = await perform(request, data, do)
    return answer((await shown(request, talk_views.emergencies, [made["emergency"]]))[0])


@get("/emergencies", opt=acts("unit.read"), tags=TAGS)
async def list_emergencies(
    request: Asked, standing: FromQuery[bool] = True, limit: Limit = 100, after: After = None
) -> Page[EmergencyShown]:
    """Emergencies that sound at this seat, newest first; `standing=false`: those that are over too."""
    known_only(request, ("standing", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await talk_views.emergency_page(conn, runtime.centre, request.user, standing, page)
    return page_of(found, limit)


@post(f"{ONE}/backup", opt=acts("unit.backup"), tags=TAGS)
async def ask_backup(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[BackupIn]
) -> Response[BackupShown]:
    """A unit on a job asks for reinforcement; the nearest are proposed at once, by `recommendation_id`."""

    async def do(w: Work) -> dict[str, Any]:
        asked = await reinforcing.ask_backup(w, unit_id, data.count, data.skills, data.text)
        return {"backup": asked.id}

    made = await perform(request, data, do)
    return answer((await shown(request, talk_views.backups, [made["backup"]]))[0], 201)


@post(
    "/backups/{backup_id:uuid}/answer",
    opt=acts("incident.answer_backup"),
    tags=["incidents"],
    status_code=200,
)
async def answer_backup(
    request: Asked, backup_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[BackupShown]:
    """The unit was told what becomes of it; `reason` says what."""

    async def do(w: Work) -> dict[str, Any]:
        return {"backup": (await reinforcing.answer_backup(w, backup_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, talk_views.backups, [backup_id]))[0])


@post("/notes/{note_id:uuid}/read", opt=acts("note.read"), tags=["incidents"], status_code=200)
async def read_note(request: Asked, note_id: FromPath[UUID], data: JSONBody[ReadIn]) -> Response[NoteShown]:
    """A unit has read an urgent note, or had it read out by voice."""

    async def do(w: Work) -> dict[str, Any]:
        return {"incident": await reading.read_note(w, note_id, data.unit_id)}

    await perform(request, data, do)
    return answer((await shown(request, views.notes, [note_id]))[0])


@post(f"{ONE}/checked", opt=acts("unit.check"), tags=TAGS, status_code=200)
async def mark_checked(request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]) -> Response[UnitShown]:
    """The unit was heard: answers its status check and the roll."""

    async def do(w: Work) -> dict[str, Any]:
        return {"unit": (await checking.check(w, unit_id)).id}

    await perform(request, data, do)
    return answer((await shown(request, views.units, [unit_id]))[0])


@post("/roll-calls", opt=acts("roll_call.call"), tags=TAGS)
async def call_roll(request: Asked, data: JSONBody[RollCallIn]) -> Response[RollCallShown]:
    """Ask every unit on duty under a room whether it is there; any word of it answers."""

    async def do(w: Work) -> dict[str, Any]:
        return {"roll_call": (await checking.call_roll(w, data.room_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, talk_views.roll_calls, [made["roll_call"]]))[0], 201)


@get("/roll-calls", opt=acts("roll_call.read"), tags=TAGS)
async def list_roll_calls(request: Asked, limit: Limit = 100, after: After = None) -> Page[RollCallShown]:
    """Roll-calls of the seat's rooms, newest first."""
    known_only(request, ("limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        found = await talk_views.roll_call_page(conn, runtime.centre, request.user, page)
    return page_of(found, limit)


@get("/roll-calls/{roll_call_id:uuid}", opt=acts("roll_call.read"), tags=TAGS)
async def read_roll_call(request: Asked, roll_call_id: FromPath[UUID]) -> Response[RollCallShown]:
    """One roll-call with everyone asked, the silent ones first."""
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await talk_views.roll_call(conn, runtime.centre, request.user, roll_call_id))


HANDLERS = (
    send_message,
    list_messages,
    read_message,
    press_emergency,
    reset_emergency,
    list_emergencies,
    ask_backup,
    answer_backup,
    read_note,
    mark_checked,
    call_roll,
    list_roll_calls,
    read_roll_call,
)
