"""Where units stand by at the door: how the ground of a seat is covered, who might be moved, and what becomes of it.

Each route names its line of acts.csv and leads to one function of the desk.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dispatch import views
from dispatch.desk import standing_by
from dispatch.instants import Instant, instant
from dispatch.moves.shown import GroundShown
from dispatch.shown import UnitShown
from dispatch.work import Work
from units.model import Unit
from web.acting import Asked, act_on, acts, perform, runtime_of
from web.listing import known_only
from web.schemas import Act

TAGS = ["units"]
ONE = "/units/{unit_id:uuid}/standby"


class StandByIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to: a fixed position or a call point. gain_s: as it was proposed."""

    post_id: UUID
    gain_s: float | None = None


class DeclineIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which proposal is not wanted."""

    unit_id: UUID
    post_id: UUID


class Declined(msgspec.Struct, frozen=True):
    """Until when this unit is not proposed to this room again."""

    until: Instant


@get("/coverage/now", opt=acts("unit.read"), tags=["roads"])
async def read_ground(request: Asked) -> GroundShown:
    """How the ground of this seat's rooms is covered: the next call's wait, shares in 1, 3 and 5 minutes, what is bare, who might be moved."""
    known_only(request, ())
    return await runtime_of(request).moves.ground(request.user)


@post(ONE, opt=acts("unit.stand_by"), tags=TAGS, status_code=200)
async def send_to_standby(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[StandByIn]
) -> Response[UnitShown]:
    """Ask a unit without a job to stand by at a known place; its terminal is told, any order ends it."""

    async def do(w: Work) -> Unit:
        return await standing_by.send(w, unit_id, data.post_id, data.gain_s)

    return await act_on(views.units, request, unit_id, data, do)


@post(f"{ONE}/accept", opt=acts("unit.take_standby"), tags=TAGS, status_code=200)
async def accept_standby(request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]) -> Response[UnitShown]:
    """The crew goes there; nothing where no standby counts any more."""
    return await act_on(
        views.units, request, unit_id, data, lambda w: standing_by.step(w, unit_id, "accepted")
    )


@post(f"{ONE}/there", opt=acts("unit.take_standby"), tags=TAGS, status_code=200)
async def reach_standby(request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]) -> Response[UnitShown]:
    """The crew is there."""
    return await act_on(views.units, request, unit_id, data, lambda w: standing_by.step(w, unit_id, "there"))


@post(f"{ONE}/refuse", opt=acts("unit.take_standby"), tags=TAGS, status_code=200)
async def refuse_standby(request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]) -> Response[UnitShown]:
    """The crew cannot go there."""
    return await act_on(views.units, request, unit_id, data, lambda w: standing_by.refuse(w, unit_id))


@post(f"{ONE}/call-off", opt=acts("unit.end_standby"), tags=TAGS, status_code=200)
async def call_off_standby(
    request: Asked, unit_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[UnitShown]:
    """It is not wanted there any more, and told so."""
    return await act_on(views.units, request, unit_id, data, lambda w: standing_by.call_off(w, unit_id))


@post("/moves/decline", opt=acts("unit.decline_move"), tags=TAGS, status_code=200)
async def decline_move(request: Asked, data: JSONBody[DeclineIn]) -> Declined:
    """This room does not want that; it is not proposed to it for 20 minutes."""

    async def do(w: Work) -> dict[str, Any]:
        return {"until": instant(await standing_by.decline(w, data.unit_id, data.post_id))}

    return Declined((await perform(request, data, do))["until"])


HANDLERS = (
    read_ground,
    send_to_standby,
    accept_standby,
    reach_standby,
    refuse_standby,
    call_off_standby,
    decline_move,
)
