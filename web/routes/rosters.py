"""Rosters 勤务排班 at the door: put in as a list or a sheet, tried dry first; which shifts there are, and who is there or absent.

A roster goes in whole or not at all, and every row that can't be used is said in one sentence.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch import store as desk_store
from dispatch.desk import rostering
from dispatch.desk.rostering import Roster, RosterPut
from dispatch.errors import Invalid
from dispatch.rosters import store
from dispatch.rosters.model import ShiftState
from dispatch.rosters.planning import Replaces
from dispatch.rosters.rows import MOST_ROWS, RosterRow, read_roster, template
from dispatch.rosters.shown import Presence, ShiftShown, presence, rooms_asked, shifts_by_id, shifts_shown
from dispatch.work import Work
from web.acting import Asked, act_on, acts, perform, runtime_of
from web.listing import After, Limit, States, chosen, known_only
from web.routes.reference import LIST_BYTES
from web.schemas import Act, Moment, Page

TAGS = ["rosters"]
PLAN = acts("roster_shift.plan", "reference.administer")
READ = acts("roster_shift.read")
ONE = "/rosters/{shift_id:uuid}"
WINDOW = timedelta(days=1)
WIDEST = timedelta(days=62)
DryRun = Annotated[
    bool, QueryParameter(description="say what it would change and what is wrong with it; change nothing")
]
Sheet = Annotated[Replaces, QueryParameter(description="what else of that time it takes the place of")]


class RosterIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A roster as a list. dry_run: only say what it would change, and what is wrong with it.

    replaces: what lies ahead in the time it speaks of and is not in it is withdrawn: in all rooms it names, or of its units alone.
    """

    rows: Annotated[list[RosterRow], msgspec.Meta(min_length=1, max_length=MOST_ROWS)]
    replaces: Replaces = "rooms"
    dry_run: bool = False


@post("/admin/rosters", opt=PLAN, tags=TAGS, status_code=200, request_max_body_size=LIST_BYTES)
async def put_roster(request: Asked, data: JSONBody[RosterIn]) -> RosterPut:
    """Put in a roster whole: what lies ahead is as it says from now on, what has begun stays as it is."""
    roster = Roster(rows=list(enumerate(data.rows, start=1)), replaces=data.replaces)
    return await _put(request, data, roster, data.dry_run)


@post(
    "/admin/rosters/import", opt={**PLAN, "takes": "text/csv"}, tags=TAGS, status_code=200,
    request_max_body_size=LIST_BYTES,
)  # fmt: skip
async def import_roster(request: Asked, dry_run: DryRun = False, replaces: Sheet = "rooms") -> RosterPut:
    """The same as a CSV sheet (the body, as it is) with the columns of the template, in Chinese or English.

    Times without an offset are the city's; an end may be a clock time alone, of the same day or the next.
    """
    known_only(request, ("dry_run", "replaces"))
    zone = runtime_of(request).centre.zone
    rows, unread = read_roster(await request.body(), zone)
    return await _put(request, Act(), Roster(rows=rows, unread=unread, replaces=replaces), dry_run)


async def _put(request: Asked, data: Act, roster: Roster, dry_run: bool) -> RosterPut:
    async def do(w: Work) -> dict[str, Any]:
        made: dict[str, Any] = msgspec.to_builtins(await rostering.put_roster(w, roster, dry_run))
        return made

    return msgspec.convert(await perform(request, data, do), RosterPut)


@get("/admin/rosters/template", opt=PLAN, tags=TAGS, media_type="text/csv; charset=utf-8")
async def give_roster_template(
    request: Asked, lang: FromQuery[Literal["zh", "en"]] = "zh"
) -> Response[bytes]:
    """An empty sheet for a roster; lang: of its heads. Either is read."""
    rostering.check_may_plan(request.user)
    return Response(
        template(lang == "zh"), headers={"Content-Disposition": 'attachment; filename="roster.csv"'}
    )


From = Annotated[Moment | None, QueryParameter(name="from", description="now, when nobody says")]
Until = Annotated[Moment | None, QueryParameter(name="to", description="a day later, when nobody says")]


@get("/rosters", opt=READ, tags=TAGS)
async def list_shifts(  # noqa: PLR0913, PLR0917 - one argument a query parameter
    request: Asked,
    states: States = None,
    room: FromQuery[UUID | None] = None,
    unit: FromQuery[UUID | None] = None,
    since: From = None,
    until: Until = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[ShiftShown]:
    """Rostered shifts of a room and below that touch a time, by their beginning."""
    known_only(request, ("state", "room", "unit", "from", "to", "limit", "after"))
    runtime = runtime_of(request)
    rooms = rooms_asked(runtime.centre, request.user, room)
    async with runtime.pool.acquire() as conn:
        begin = since or await desk_store.now(conn)
        end = until or begin + WINDOW
        if not begin < end <= begin + WIDEST:
            raise Invalid(f"`to` lies after `from`, at most {WIDEST.days} days.", field="to")
        which = store.Narrowed(
            since=begin, until=end, unit_id=unit, states=chosen(states, [*ShiftState], "state")
        )
        found = await store.page(conn, rooms, which, _beyond(after), limit + 1)
        items = await shifts_shown(conn, runtime.centre, found[:limit])
    last = found[limit - 1] if len(found) > limit else None
    return Page(items, f"{last.begins_at.isoformat()}|{last.id}" if last is not None else None)


def _beyond(after: str | None) -> tuple[datetime, UUID] | None:
    if after is None:
        return None
    try:
        begins_at, id_ = after.split("|", 1)
        return datetime.fromisoformat(begins_at), UUID(id_)
    except ValueError:
        raise Invalid("`after` is the `next` of the page before.", field="after") from None


@get("/rosters/presence", opt=READ, tags=TAGS)
async def read_presence(request: Asked, room: FromQuery[UUID | None] = None) -> Presence:
    """Who of a room and below should be on duty now and is, who is not, who comes within two hours, who is there on no roster."""
    known_only(request, ("room",))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return await presence(conn, runtime.centre, request.user, room)


@post(f"{ONE}/withdraw", opt=acts("roster_shift.withdraw"), tags=TAGS, status_code=200)
async def withdraw_shift(
    request: Asked, shift_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[ShiftShown]:
    """Take one shift out, for a reason, while nobody has logged on for it."""
    return await act_on(shifts_by_id, request, shift_id, data, lambda w: rostering.withdraw(w, shift_id))


@post(f"{ONE}/notice", opt=acts("roster_shift.notice"), tags=TAGS, status_code=200)
async def notice_absence(
    request: Asked, shift_id: FromPath[UUID], data: JSONBody[Act]
) -> Response[ShiftShown]:
    """Acknowledge that nobody has come, for oneself."""
    return await act_on(shifts_by_id, request, shift_id, data, lambda w: rostering.notice(w, shift_id))


HANDLERS = (
    put_roster,
    import_roster,
    give_roster_template,
    list_shifts,
    read_presence,
    withdraw_shift,
    notice_absence,
)
