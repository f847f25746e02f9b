"""Boundary disputes at the door: raised, answered, decided by the room above both, conceded, withdrawn.

Each address is one act of the desk and answers with the dispute as it stands.
"""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dispatch.desk import disputing
from dispatch.disputes.shown import DisputeShown
from dispatch.disputes.views import disputes, disputes_of
from dispatch.work import Work
from web.acting import Asked, act_on, acts, answer, perform, runtime_of, shown
from web.borders import DecisionIn, DisputeIn, StatementIn
from web.listing import known_only
from web.schemas import Act, Items

TAGS = ["incidents"]
ONE = "/disputes/{dispute_id:uuid}"


@get("/incidents/{incident_id:uuid}/disputes", opt=acts("incident.read"), tags=TAGS)
async def list_disputes(request: Asked, incident_id: FromPath[UUID]) -> Items[DisputeShown]:
    """All disputes about the duty of this incident, in the order they were raised."""
    known_only(request, ())
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await disputes_of(conn, runtime.centre, request.user, incident_id))


@post("/incidents/{incident_id:uuid}/disputes", opt=acts("incident.dispute"), tags=TAGS)
async def raise_dispute(
    request: Asked, incident_id: FromPath[UUID], data: JSONBody[DisputeIn]
) -> Response[DisputeShown]:
    """Say that duty is another room's; the first room above both decides, and nothing stops meanwhile."""

    async def do(w: Work) -> dict[str, Any]:
        return {"dispute": (await disputing.dispute(w, incident_id, data.text, data.other_room_id)).id}

    made = await perform(request, data, do)
    return answer((await shown(request, disputes, [made["dispute"]]))[0], 201)


_take = partial(act_on, disputes)


@post(f"{ONE}/state", opt=acts("dispute.state"), tags=TAGS, status_code=200)
async def state_in_dispute(
    request: Asked, dispute_id: FromPath[UUID], data: JSONBody[StatementIn]
) -> Response[DisputeShown]:
    """One of the rooms says something to it."""
    return await _take(request, dispute_id, data, lambda w: disputing.state(w, dispute_id, data.text))


@post(f"{ONE}/decide", opt=acts("dispute.decide"), tags=TAGS, status_code=200)
async def decide_dispute(
    request: Asked, dispute_id: FromPath[UUID], data: JSONBody[DecisionIn]
) -> Response[DisputeShown]:
    """The room above both gives duty to one of them, to another below it or to itself; it is handed over at once."""
    return await _take(
        request, dispute_id, data, lambda w: disputing.decide(w, dispute_id, data.room_id, data.text)
    )


@post(f"{ONE}/concede", opt=acts("dispute.concede"), tags=TAGS, status_code=200)
async def concede_dispute(
    request: Asked, dispute_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[DisputeShown]:
    """The other room takes it: duty is handed over at once."""
    return await _take(request, dispute_id, data, lambda w: disputing.concede(w, dispute_id))


@post(f"{ONE}/withdraw", opt=acts("dispute.withdraw"), tags=TAGS, status_code=200)
async def withdraw_dispute(
    request: Asked, dispute_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[DisputeShown]:
    """Whoever disputed it does so no longer: duty stays where it is."""
    return await _take(request, dispute_id, data, lambda w: disputing.withdraw(w, dispute_id))


HANDLERS = (
    list_disputes,
    raise_dispute,
    state_in_dispute,
    decide_dispute,
    concede_dispute,
    withdraw_dispute,
)
