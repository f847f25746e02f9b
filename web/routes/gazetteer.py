"""The gazetteer 地名 at the door: what place is meant, where a point lies, and the lists that places come from.

Call-takers ask while they type; administrators put in the registries of lamp poles, kilometre posts and the like.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from dispatch.acts import authorise
from dispatch.cities.beats import Beat
from dispatch.errors import Invalid
from dispatch.gazetteer import store
from dispatch.gazetteer.registry import Refused, read_registry
from dispatch.gazetteer.search import MOST_ANSWERS, Around, Match, near, search
from dispatch.gazetteer.store import OURS, Source, put_places
from dispatch.rooms import Reference, Room
from dispatch.work import Work
from geo.cells import cell15, cell_text
from geo.datums import parse_datum, to_wgs84
from geo.gazetteer import Entry
from web.acting import Asked, perform, runtime_of
from web.listing import known_only
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE
from web.schemas import Act, Items

DISTRICT = "district"
REFUSED_SHOWN = 1_000
Datum = Annotated[
    str, QueryParameter(name="datum", description="of what is sent: WGS84, CGCS2000, GCJ02 or BD09")
]
Query = Annotated[
    str,
    QueryParameter(
        name="q", description="a name, its pinyin or initials, A/B, a house number, a code, degrees"
    ),
]
Few = Annotated[int, QueryParameter(name="limit", ge=1, le=MOST_ANSWERS)]
Lon = Annotated[float | None, QueryParameter(name="lon", description="of the middle of what one looks at")]
Lat = Annotated[float | None, QueryParameter(name="lat")]
Registry = Annotated[str, QueryParameter(name="registry", min_length=1, max_length=60)]
Whole = Annotated[bool, QueryParameter(name="all_or_nothing", description="Refuse all when one is refused.")]


class RoomNamed(msgspec.Struct, frozen=True):
    """A room as places show it."""

    id: UUID
    code: str
    tier: str
    name_zh: str
    name_en: str


class PlaceFound(Match, frozen=True, kw_only=True):
    """A place that may be meant. district: the room of that tier in whose area it lies, or None."""

    district: RoomNamed | None = None


class RoadNear(msgspec.Struct, frozen=True):
    """The nearest road for cars; name None: it has none."""

    name: str | None
    distance_m: float


class Located(Around, frozen=True, kw_only=True):
    """Where a point lies: its owner and the rooms above, its H3 cell (res 15), what is near. lon, lat: WGS-84 degrees."""

    lon: float
    lat: float
    cell: str
    rooms: list[RoomNamed]
    road: RoadNear | None = None
    beat: Beat | None = None


class PlacesImported(msgspec.Struct, frozen=True):
    """What became of a file: how many places the source has now, and the lines that were left out (the first 1,000)."""

    source: str
    entries: int
    refused: int
    items: list[Refused]


@get("/places", opt=READ, tags=TAGS)
async def find_places(
    request: Asked,
    q: Query,
    lon: Lon = None,
    lat: Lat = None,
    datum: Datum = "WGS84",
    limit: Few = MOST_ANSWERS,
) -> Response[Items[PlaceFound]]:
    """The places that may be meant, the likeliest first, nearer ones before those as likely; lon, lat: what one looks at."""
    authorise(request.user, "reference", "read")
    known_only(request, ("q", "lon", "lat", "datum", "limit"))
    sent_in = parse_datum(datum)
    if (lon is None) != (lat is None):
        raise Invalid("lon and lat go together.", field="lon" if lon is None else "lat")
    middle = None if lon is None or lat is None else to_wgs84(lon, lat, sent_in)
    runtime = runtime_of(request)
    reference = runtime.centre.reference
    async with runtime.pool.acquire() as conn:
        found = await search(conn, q, middle, limit, datum=sent_in, city=reference.areas.bounds())
    return Response(Items([with_district(match, reference) for match in found]))


@get("/locate", opt=READ, tags=TAGS)
async def locate(
    request: Asked,
    lon: Annotated[float, QueryParameter(name="lon")],
    lat: Annotated[float, QueryParameter(name="lat")],
    datum: Datum = "WGS84",
) -> Response[Located]:
    """Where a point lies: the room that answers for it, and what a caller or a patrol would call the place."""
    authorise(request.user, "reference", "read")
    known_only(request, ("lon", "lat", "datum"))
    runtime = runtime_of(request)
    spot = to_wgs84(lon, lat, parse_datum(datum))
    reference = runtime.centre.reference
    owner = reference.rooms.by_id[reference.owner(*spot)]
    roads = runtime.roads.roads
    road = None if roads is None else roads.nearest_road(*spot)
    async with runtime.pool.acquire() as conn:
        around = await near(conn, *spot)
    return Response(
        Located(
            lon=spot[0], lat=spot[1], cell=cell_text(cell15(*spot)),
            rooms=[_named(reference.rooms.by_id[id_]) for id_ in owner.lineage],
            beat=runtime.atlases.beats.at(*spot),
            road=None if road is None else RoadNear(road[0], round(road[1], 1)),
            **msgspec.structs.asdict(around),
        )
    )  # fmt: skip


@get("/admin/places", opt=READ, tags=TAGS)
async def list_place_sources(request: Asked) -> Response[Items[Source]]:
    """The lists that places come from: the city's map and every registry."""
    authorise(request.user, "reference", "read")
    async with runtime_of(request).pool.acquire() as conn:
        return Response(Items(await store.sources(conn)))


@post(
    "/admin/places/import",
    opt={**WRITE, "takes": "text/csv"},
    tags=TAGS,
    status_code=200,
    request_max_body_size=LIST_BYTES,
)
async def import_places(
    request: Asked,
    registry: Registry,
    datum: Datum = "WGS84",
    all_or_nothing: Whole = False,
) -> Response[PlacesImported]:
    """Replace a registry by a CSV file (the body): code 编码, kind 类别, name 名称, lon 经度, lat 纬度, direction 方向."""
    authorise(request.user, "reference", "administer")
    known_only(request, ("registry", "datum", "all_or_nothing"))
    name = registry.strip()
    if not name or name in OURS or not name.isprintable():
        raise Invalid(
            f"A registry needs a name of its own; {' and '.join(sorted(OURS))} are taken.", field="registry"
        )
    body = await request.body()
    file = await asyncio.to_thread(read_registry, body, parse_datum(datum))
    if file.refused and (all_or_nothing or not file.entries):
        first = file.refused[0]
        raise Invalid(
            f"{len(file.refused)} lines can't be used, so nothing was changed; line {first.line}: {first.said}",
            line=first.line,
        )
    return await _put_in(request, name, file.entries, file.refused)


async def _put_in(
    request: Asked, source: str, places: Sequence[Entry], refused: Sequence[Refused]
) -> Response[PlacesImported]:
    async def do(w: Work) -> dict[str, Any]:
        authorise(w.principal, "reference", "administer")
        count = await put_places(w, places, source)
        shown = list(refused[:REFUSED_SHOWN])
        return msgspec.to_builtins(PlacesImported(source, count, len(refused), shown))  # type: ignore[no-any-return]

    return Response(msgspec.convert(await perform(request, Act(), do), PlacesImported))


def with_district(match: Match, reference: Reference) -> PlaceFound:
    """The match with the district it lies in."""
    owner = reference.rooms.by_id[reference.owner(match.lon, match.lat)]
    above = (reference.rooms.by_id[id_] for id_ in owner.lineage)
    district = next((room for room in above if room.tier == DISTRICT), None)
    told = {name: getattr(match, name) for name in Match.__struct_fields__}
    return PlaceFound(**told, district=_named(district) if district else None)


def _named(room: Room) -> RoomNamed:
    return RoomNamed(room.id, room.code, room.tier, room.name_zh, room.name_en)


HANDLERS = (find_places, locate, list_place_sources, import_places)
