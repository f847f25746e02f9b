"""The courses an incident may take: joined and parted, ended, handed on, settled, reviewed, closed, taken up again.

Each address is one act of the desk and answers with the incident that the address names.
"""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath, JSONBody

from dispatch import views
from dispatch.desk import closing, commanding, giving_duty, joining, noticing, scene
from dispatch.shown import IncidentShown
from dispatch.work import Work
from incidents.model import ExternalRef
from web.acting import Asked, act_on, acts, answer, perform, shown
from web.schemas import (
    Act,
    AlarmRef,
    CheckInIn,
    EndIn,
    HandleIn,
    HandOverIn,
    MergeIn,
    NoticeIn,
    RaiseIn,
    ReopenIn,
    ReviewIn,
    SceneIn,
    TransferIn,
)

TAGS = ["incidents"]
ONE = "/incidents/{incident_id:uuid}"


_take = partial(act_on, views.incidents)


@post(f"{ONE}/attach", opt=acts("incident.attach", "incident.detach"), tags=TAGS, status_code=200)
async def attach(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[AlarmRef]
) -> Response[IncidentShown]:
    """Move an alarm to this incident; one left without alarms is merged into it."""
    return await _take(request, incident_id, data, lambda w: joining.attach(w, incident_id, data.alarm_id))


@post(f"{ONE}/detach", opt=acts("incident.detach"), tags=TAGS, status_code=200)
async def detach(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[AlarmRef]
) -> Response[IncidentShown]:
    """Give one of several alarms an incident of its own again; `Location` is the address of that one."""

    async def do(w: Work) -> dict[str, Any]:
        return {"opened": (await joining.detach(w, incident_id, data.alarm_id)).id}

    made = await perform(request, data, do)
    told = answer((await shown(request, views.incidents, [incident_id]))[0])
    told.headers["Location"] = f"/api/v1/incidents/{made['opened']}"
    return told


@post(f"{ONE}/merge", opt=acts("incident.merge"), tags=TAGS, status_code=200)
async def merge(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[MergeIn]
) -> Response[IncidentShown]:
    """End this incident as the same event as another."""
    return await _take(request, incident_id, data, lambda w: joining.merge(w, incident_id, data.into))


@post(f"{ONE}/unmerge", opt=acts("incident.unmerge"), tags=TAGS, status_code=200)
async def unmerge(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[IncidentShown]:
    """Let a merged incident live on its own again."""
    return await _take(request, incident_id, data, lambda w: joining.unmerge(w, incident_id))


@post(f"{ONE}/void", opt=acts("incident.void", "incident.close_open"), tags=TAGS, status_code=200)
async def void(request: Asked, incident_id: FromPath[UUID], data: JSONBody[EndIn]) -> Response[IncidentShown]:
    """Nuisance, misdial or test; needs a reason."""
    return await _take(
        request, incident_id, data, lambda w: closing.end(w, incident_id, "void", None, data.despite_open)
    )


@post(f"{ONE}/advise", opt=acts("incident.advise", "incident.close_open"), tags=TAGS, status_code=200)
async def advise(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[EndIn]
) -> Response[IncidentShown]:
    """Settled by telephone; needs a reason."""
    return await _take(
        request, incident_id, data, lambda w: closing.end(w, incident_id, "advised", None, data.despite_open)
    )


@post(f"{ONE}/transfer", opt=acts("incident.transfer", "incident.close_open"), tags=TAGS, status_code=200)
async def transfer(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[TransferIn]
) -> Response[IncidentShown]:
    """Another agency has accepted it."""
    reference = ExternalRef(data.agency, data.reference)

    async def course(w: Work) -> object:
        return await closing.end(w, incident_id, "transferred", reference, data.despite_open)

    return await _take(request, incident_id, data, course)


@post(f"{ONE}/handle", opt=acts("incident.handle"), tags=TAGS, status_code=200)
async def handle(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[HandleIn]
) -> Response[IncidentShown]:
    """Settle it without a unit."""
    return await _take(request, incident_id, data, lambda w: closing.handle(w, incident_id, data.result))


@post(f"{ONE}/hand-over", opt=acts("incident.hand_over"), tags=TAGS, status_code=200)
async def hand_over(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[HandOverIn]
) -> Response[IncidentShown]:
    """Give duty to another room."""
    return await _take(
        request, incident_id, data, lambda w: giving_duty.hand_over(w, incident_id, data.room_id)
    )


@post(f"{ONE}/raise", opt=acts("incident.raise", "incident.raise_command"), tags=TAGS, status_code=200)
async def raise_to(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[RaiseIn]
) -> Response[IncidentShown]:
    """Draw in a room above: it watches, commands along, or commands."""
    return await _take(
        request, incident_id, data, lambda w: commanding.raise_to(w, incident_id, data.room_id, data.mode)
    )


@post(f"{ONE}/take", opt=acts("incident.take_command"), tags=TAGS, status_code=200)
async def take(request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]) -> Response[IncidentShown]:
    """Command it from one's own room, above the one that has duty."""
    return await _take(request, incident_id, data, lambda w: commanding.take(w, incident_id))


@post(f"{ONE}/hand-back", opt=acts("incident.hand_back"), tags=TAGS, status_code=200)
async def hand_back(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[IncidentShown]:
    """Command goes back to the room that has duty."""
    return await _take(request, incident_id, data, lambda w: commanding.hand_back(w, incident_id))


@post(f"{ONE}/scene", opt=acts("incident.scene"), tags=TAGS, status_code=200)
async def set_scene(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[SceneIn]
) -> Response[IncidentShown]:
    """Tell who commands there 现场指挥员, where to gather 集结点, how many are hurt, as counted when."""
    changes = scene.SceneChanges(
        commander_id=data.commander_id, staging=data.staging, casualties=data.casualties
    )
    return await _take(request, incident_id, data, lambda w: scene.set_scene(w, incident_id, changes))


@post(f"{ONE}/notice", opt=acts("incident.notice"), tags=TAGS, status_code=200)
async def notice(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[NoticeIn]
) -> Response[IncidentShown]:
    """Acknowledge what fell due: it is quiet for whoever did, stands as before, and stops no later milestone."""
    return await _take(request, incident_id, data, lambda w: noticing.notice(w, incident_id, data.alerts))


@post(f"{ONE}/follow", opt=acts("incident.follow"), tags=TAGS, status_code=200)
async def follow(request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]) -> Response[IncidentShown]:
    """Take notice and follow it by name, with check-ins."""
    return await _take(request, incident_id, data, lambda w: commanding.follow(w, incident_id))


@post(f"{ONE}/check-in", opt=acts("incident.follow"), tags=TAGS, status_code=200)
async def check_in(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[CheckInIn]
) -> Response[IncidentShown]:
    """Look in on what one follows."""
    return await _take(request, incident_id, data, lambda w: commanding.check_in(w, incident_id, data.text))


@post(f"{ONE}/let-go", opt=acts("incident.follow"), tags=TAGS, status_code=200)
async def let_go(request: Asked, incident_id: FromPath[UUID], data: JSONBody[Act]) -> Response[IncidentShown]:
    """End following it; needs a reason."""
    return await _take(request, incident_id, data, lambda w: commanding.let_go(w, incident_id))


@post(f"{ONE}/review", opt=acts("incident.review"), tags=TAGS, status_code=200)
async def review(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[ReviewIn]
) -> Response[IncidentShown]:
    """Accept all forms, or return one assignment's for correction."""
    return await _take(
        request, incident_id, data, lambda w: closing.review(w, incident_id, data.accept, data.assignment_id)
    )


@post(f"{ONE}/close", opt=acts("incident.close", "incident.close_open"), tags=TAGS, status_code=200)
async def close(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[EndIn]
) -> Response[IncidentShown]:
    """Close what is reviewed and complete, with nothing open; a leader may close it all the same, with the reason."""
    return await _take(request, incident_id, data, lambda w: closing.close(w, incident_id, data.despite_open))


@post(f"{ONE}/reopen", opt=acts("incident.reopen"), tags=TAGS, status_code=200)
async def reopen(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[ReopenIn]
) -> Response[IncidentShown]:
    """Take up again what ended; needs a reason."""
    return await _take(request, incident_id, data, lambda w: closing.reopen(w, incident_id, data.to))


HANDLERS = (
    attach,
    detach,
    merge,
    unmerge,
    void,
    advise,
    transfer,
    handle,
    hand_over,
    raise_to,
    take,
    hand_back,
    set_scene,
    notice,
    follow,
    check_in,
    let_go,
    review,
    close,
    reopen,
)
