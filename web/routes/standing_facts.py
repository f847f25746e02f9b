"""Standing facts of places 地点须知 at the door: what holds at a place, the lists that leaders look after, every act, lists from files.

Whoever changes one is answered when it counts here; other replicas follow the feed.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dispatch.desk import importing_facts, keeping_facts
from dispatch.desk.importing_facts import DryRun, FactsPut
from dispatch.errors import Invalid
from dispatch.standing_facts.file import read_facts, template
from dispatch.standing_facts.model import Kind
from dispatch.standing_facts.shown import FactBrief, FactOnMap, FactRevealed, FactShown
from dispatch.standing_facts.store import Which
from dispatch.standing_facts.views import fact_page, facts, facts_at, facts_on_map, revealed
from dispatch.work import Work
from geo.coordinates import check_position
from geo.datums import parse_datum, to_wgs84
from incidents.model import Place
from web.acting import (
    Asked,
    OnOne,
    acts,
    answer,
    entity_version_read,
    perform,
    perform_on,
    runtime_of,
    shown,
)
from web.listing import After, Limit, known_only, page_of, uuid_after
from web.places_known import DoubtFactIn, KeepFactIn, NewFactIn, RevealFactIn, StandingFactIn
from web.routes.reference import LIST_BYTES
from web.schemas import Act, Items, Page

TAGS = ["standing facts"]
READ = acts("standing_fact.read")
WRITE = acts("standing_fact.write")
ONE = "/standing-facts/{fact_id:uuid}"
Datum = Annotated[
    str, QueryParameter(name="datum", description="of what is sent: WGS84, CGCS2000, GCJ02 or BD09")
]
Accuracy = Annotated[
    float | None, QueryParameter(name="accuracy_m", ge=0, description="how well the place is known")
]
Address = Annotated[
    str | None, QueryParameter(name="address", max_length=1_000, description="where there is no point")
]
Named = Annotated[
    str, QueryParameter(name="source", min_length=1, max_length=60, description="what the list is called")
]
DryRunAsked = Annotated[
    bool, QueryParameter(name="dry_run", description="say what it would change; change nothing")
]


@get("/standing-facts", opt=READ, tags=TAGS)
async def list_facts(
    request: Asked,
    which: FromQuery[Which] = "stands",
    room: FromQuery[UUID | None] = None,
    kind: FromQuery[Kind | None] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[FactShown]:
    """Standing facts of a room and below, the newest first. which: `stands`, `due` (a leader must look at it) or `all` there ever were."""
    known_only(request, ("which", "room", "kind", "limit", "after"))
    runtime, page = runtime_of(request), (uuid_after(after), limit + 1)
    async with runtime.pool.acquire() as conn:
        return page_of(await fact_page(conn, runtime.centre, request.user, (room, which, kind), page), limit)


@get("/standing-facts/at", opt=READ, tags=TAGS)
async def read_facts_at(
    request: Asked,
    lon: FromQuery[float | None] = None,
    lat: FromQuery[float | None] = None,
    datum: Datum = "WGS84",
    accuracy_m: Accuracy = None,
    address: Address = None,
) -> Items[FactBrief]:
    """What must be known of a place, what warns first: at a point, or at an address while there is none."""
    known_only(request, ("lon", "lat", "datum", "accuracy_m", "address"))
    if (lon is None) != (lat is None):
        raise Invalid("lon and lat go together.", field="lon" if lon is None else "lat")
    if lon is not None and lat is not None:
        lon, lat = to_wgs84(lon, lat, parse_datum(datum))
    place = Place(lon=lon, lat=lat, accuracy_m=accuracy_m, address=address)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await facts_at(conn, runtime.centre, request.user, place))


@get("/standing-facts/map", opt=READ, tags=TAGS)
async def read_facts_on_map(
    request: Asked,
    west: FromQuery[float],
    south: FromQuery[float],
    east: FromQuery[float],
    north: FromQuery[float],
) -> Items[FactOnMap]:
    """What holds within a box and is about nobody, without its words; at most 2,000."""
    known_only(request, ("west", "south", "east", "north"))
    for spot in ((west, south), (east, north)):
        check_position(*spot)
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return Items(await facts_on_map(conn, runtime.centre, request.user, (west, south, east, north)))


@post("/standing-facts", opt=acts("standing_fact.write", "standing_fact.propose"), tags=TAGS)
async def write_fact(request: Asked, data: JSONBody[NewFactIn]) -> Response[FactShown]:
    """Put one in, for a leader of the room whose place it is; from anybody else it is proposed to that leader."""

    async def do(w: Work) -> dict[str, Any]:
        return {"fact": (await keeping_facts.write(w, data.writing, data.incident_id)).id}

    made = await perform(request, data, do)
    await _take_over(request, [UUID(str(made["fact"]))])
    return answer((await shown(request, facts, [made["fact"]]))[0], 201)


async def _act(request: Asked, fact_id: UUID, data: Act, act: OnOne) -> Response[FactShown]:
    await perform_on(request, fact_id, data, act)
    await _take_over(request, [fact_id])
    return answer((await shown(request, facts, [fact_id]))[0])


@post(f"{ONE}/approve", opt={**acts("standing_fact.approve"), "if_match": True}, tags=TAGS, status_code=200)
async def approve_fact(request: Asked, fact_id: FromPath[UUID], data: JSONBody[Act]) -> Response[FactShown]:
    """Let what was proposed stand. Needs If-Match."""
    version = entity_version_read(request)
    return await _act(request, fact_id, data, lambda w: keeping_facts.approve(w, fact_id, version))


@post(f"{ONE}/decline", opt=acts("standing_fact.decline"), tags=TAGS, status_code=200)
async def decline_fact(request: Asked, fact_id: FromPath[UUID], data: JSONBody[Act]) -> Response[FactShown]:
    """Let it not stand; needs a reason."""
    return await _act(request, fact_id, data, lambda w: keeping_facts.decline(w, fact_id))


@post(f"{ONE}/amend", opt={**acts("standing_fact.amend"), "if_match": True}, tags=TAGS, status_code=200)
async def amend_fact(
    request: Asked, fact_id: FromPath[UUID], data: JSONBody[StandingFactIn]
) -> Response[FactShown]:
    """Let it say something else from now on. Needs If-Match."""
    version = entity_version_read(request)
    return await _act(
        request, fact_id, data, lambda w: keeping_facts.amend(w, fact_id, data.writing, version)
    )


@post(f"{ONE}/keep", opt={**acts("standing_fact.keep"), "if_match": True}, tags=TAGS, status_code=200)
async def keep_fact(
    request: Asked, fact_id: FromPath[UUID], data: JSONBody[KeepFactIn]
) -> Response[FactShown]:
    """It was looked at and is still so. Needs If-Match, so that no doubt is answered that was not read."""
    version = entity_version_read(request)
    return await _act(
        request, fact_id, data, lambda w: keeping_facts.keep(w, fact_id, data.until, data.review_at, version)
    )


@post(f"{ONE}/doubt", opt=acts("standing_fact.doubt"), tags=TAGS, status_code=200)
async def doubt_fact(
    request: Asked, fact_id: FromPath[UUID], data: JSONBody[DoubtFactIn]
) -> Response[FactShown]:
    """Say that it may not be so any more; it holds until a leader of its room has looked."""
    return await _act(request, fact_id, data, lambda w: keeping_facts.doubt(w, fact_id, data.text))


@post(f"{ONE}/withdraw", opt=acts("standing_fact.withdraw"), tags=TAGS, status_code=200)
async def withdraw_fact(request: Asked, fact_id: FromPath[UUID], data: JSONBody[Act]) -> Response[FactShown]:
    """Let it hold no longer; needs a reason."""
    return await _act(request, fact_id, data, lambda w: keeping_facts.withdraw(w, fact_id))


@post(f"{ONE}/reveal", opt=acts("standing_fact.reveal"), tags=TAGS, status_code=200)
async def reveal_fact(
    request: Asked, fact_id: FromPath[UUID], data: JSONBody[RevealFactIn]
) -> Response[FactRevealed]:
    """Open what it says of a person; who did and why is kept. A crew may for a place it is ordered to."""
    await perform_on(request, fact_id, data, lambda w: keeping_facts.reveal(w, fact_id, data.incident_id))
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        return answer(await revealed(conn, runtime.centre, fact_id))


@post(
    "/admin/standing-facts/import", opt={**WRITE, "takes": "text/csv"}, tags=TAGS, status_code=200,
    request_max_body_size=LIST_BYTES,
)  # fmt: skip
async def import_facts(
    request: Asked, source: Named, datum: Datum = "WGS84", dry_run: DryRunAsked = False
) -> FactsPut:
    """Put in a list of another system, whole or not at all: a CSV sheet with the columns of the template, or GeoJSON (the body).

    An entry of the same name (`ref`) is the same fact: brought again it is amended. What is missing in it stays as it is.
    """
    known_only(request, ("source", "datum", "dry_run"))
    read = read_facts(await request.body(), source, parse_datum(datum), runtime_of(request).centre.zone)

    async def do(w: Work) -> dict[str, Any]:
        made: dict[str, Any] = msgspec.to_builtins(await importing_facts.put_list(w, source, read, dry_run))
        return made

    try:
        put = msgspec.convert(await perform(request, Act(), do), FactsPut)
    except DryRun as tried:
        return tried.would
    await _take_over(request, put.ids)
    return put


@get("/admin/standing-facts/template", opt=WRITE, tags=TAGS, media_type="text/csv; charset=utf-8")
async def give_fact_template(request: Asked, lang: FromQuery[Literal["zh", "en"]] = "zh") -> Response[bytes]:
    """An empty sheet for a list; lang: of its heads. Either is read."""
    known_only(request, ("lang",))
    headers = {"Content-Disposition": 'attachment; filename="standing-facts.csv"'}
    return Response(template(lang == "zh"), headers=headers)


async def _take_over(request: Asked, ids: Iterable[UUID]) -> None:
    runtime = runtime_of(request)
    async with runtime.pool.acquire() as conn:
        await runtime.followers.know_facts(conn, list(ids))


HANDLERS = (
    list_facts,
    read_facts_at,
    read_facts_on_map,
    write_fact,
    approve_fact,
    decline_fact,
    amend_fact,
    keep_fact,
    doubt_fact,
    withdraw_fact,
    reveal_fact,
    import_facts,
    give_fact_template,
)
