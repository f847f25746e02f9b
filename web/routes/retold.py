"""Incidents told again at the door: the course, how one stood at any moment, the tracks of whoever was sent.

Read only; each reading is logged with who asked.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from dispatch.errors import Invalid, NotFound
from dispatch.replaying import course as retelling
from dispatch.replaying import tracks as retracing
from dispatch.replaying.course import Course
from dispatch.replaying.frames import Frame
from dispatch.replaying.tracks import Tracks
from dispatch.work import check_moment, ms
from web.acting import Asked, acts, runtime_of
from web.listing import known_only

TAGS = ["after-action reviews"]
At = Annotated[datetime, QueryParameter(name="at", description="a moment, with an offset or Z")]
From = Annotated[datetime | None, QueryParameter(name="from", description="with an offset or Z")]
To = Annotated[datetime | None, QueryParameter(name="to", description="with an offset or Z")]


@get(
    "/incidents/{incident_id:uuid}/course",
    opt=acts("incident.read", "incident.open_texts"),
    tags=TAGS,
)
async def read_course(request: Asked, incident_id: FromPath[UUID], texts: FromQuery[bool] = False) -> Course:
    """How an incident went, or goes: times against targets, who knew what when, every picture of it. With texts only where asked for."""
    known_only(request, ("texts",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await retelling.course(conn, runtime.centre, request.user, incident_id, texts=texts)


@get("/incidents/{incident_id:uuid}/as-known", opt=acts("incident.read"), tags=TAGS)
async def read_as_known(request: Asked, incident_id: FromPath[UUID], at: At) -> Frame:
    """The incident as it was known at a moment: the journal folded up to there."""
    known_only(request, ("at",))
    check_moment(at, "at")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        found = await retelling.as_known(conn, request.user, incident_id, ms(at))
    if found is None:
        raise NotFound("Nobody knew of this incident at that moment.", noun="incident", field="at")
    return found


@get(
    "/incidents/{incident_id:uuid}/course/tracks",
    opt=acts("incident.read", "unit.track"),
    tags=TAGS,
)
async def read_course_tracks(
    request: Asked, incident_id: FromPath[UUID], first: From = None, to: To = None
) -> Tracks:
    """Where the units that were ordered were while on it; gaps are told as gaps, and what is not kept any more as gone."""
    known_only(request, ("from", "to"))
    check_moment(first, "from")
    check_moment(to, "to")
    if first is not None and to is not None and first >= to:
        raise Invalid("A span is told from an earlier to a later time.", field="to")
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await retracing.tracks(conn, runtime.centre, request.user, incident_id, (first, to))


HANDLERS = (read_course, read_as_known, read_course_tracks)
