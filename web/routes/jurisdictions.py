"""Jurisdictions from a file at the door: read, mended, measured, and put in as the next set, with a report of everything.

Mode `dry_run` gives the same report and changes nothing, so that an administrator sees gaps and overlaps before they own alarms.
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from dispatch import places
from dispatch.acts import authorise
from dispatch.errors import Invalid
from dispatch.jurisdictions import store
from dispatch.jurisdictions.importing import Imported, Reading, Taken, read_file
from dispatch.jurisdictions.store import AreaSetListed
from dispatch.work import Work, check_moment
from geo.area_file import LeftOut, Refused
from geo.areas import Layer
from geo.coverage import Gap, Overlap, Sliver
from geo.datums import parse_datum
from geo.mending import Mend
from web.acting import Asked, perform, runtime_of
from web.listing import known_only
from web.routes.reference import LIST_BYTES, READ, TAGS, WRITE, begin, take_over
from web.schemas import Act, Items

SHOWN = 500
"""So many findings of each kind are told, the largest first; their number is told in any case."""

Mode = Annotated[
    Literal["whole", "usable", "dry_run"],
    QueryParameter(
        name="mode",
        description="whole: nothing is put in when one feature is refused; usable: the rest is; dry_run: the report only",
    ),
]
InLayer = Annotated[str, QueryParameter(name="layer", description="of features that name none")]
InDatum = Annotated[str | None, QueryParameter(name="datum", description="where the file says nothing")]
Called = Annotated[str | None, QueryParameter(name="called", description="the property that names a feature")]
From = Annotated[
    datetime | None, QueryParameter(name="valid_from", description="a moment to come; without it from now on")
]


class JurisdictionsImported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. number: of the set that is in force or planned now, null after a dry run.

    refused and left_out: by name, nothing of them was taken; said: of the file as a whole; overlaps, gaps and slivers of what
    was taken, the largest first, in square metres with a point in each; findings: how many of these there are in all.
    """

    dry_run: bool
    number: int | None
    valid_from: datetime | None
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    left_out: tuple[LeftOut, ...]
    said: tuple[Mend, ...]
    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]
    slivers: tuple[Sliver, ...]
    findings: int


@post(
    "/admin/jurisdictions/import",
    opt={**WRITE, "takes": "application/geo+json"},
    tags=TAGS,
    status_code=200,
    request_max_body_size=LIST_BYTES,
)
async def import_file(
    request: Asked,
    layer: InLayer = Layer.POLICE.value,
    datum: InDatum = None,
    called: Called = None,
    valid_from: From = None,
    mode: Mode = "whole",
) -> Response[JurisdictionsImported]:
    """Put in all jurisdictions of the layers a GeoJSON file (the body) speaks of; those of other layers stay.

    A feature finds its room by the property room (code or id), else by name. Any byte-order mark, any declared datum.
    """
    authorise(request.user, "reference", "administer")
    known_only(request, ("layer", "datum", "called", "valid_from", "mode"))
    check_moment(valid_from, "valid_from")
    reading = _reading(layer, datum, called)
    body, runtime = await request.body(), runtime_of(request)
    async with runtime.pool.acquire() as conn:
        standing = await places.read_jurisdictions(conn)
    rooms = runtime.centre.reference.rooms
    read = await asyncio.to_thread(read_file, body, rooms, standing, reading)
    if mode == "dry_run":
        return Response(_report(read, None, valid_from))
    if read.refused and (mode == "whole" or not read.taken):
        first = read.refused[0]
        raise Invalid(
            f"{len(read.refused)} features can't be used, so nothing was changed; {first.name}: {first.said}.",
            n=first.n,
        )

    async def do(w: Work) -> dict[str, Any]:
        await begin(w, "jurisdictions")
        now_standing = await places.read_jurisdictions(w.conn)
        others = [one for one in now_standing if one.layer not in read.layers]
        await places.put_jurisdictions(w, [*others, *read.jurisdictions], valid_from)
        return {"number": await store.newest_number(w.conn)}

    done = await perform(request, Act(), do)
    await take_over(request)
    return Response(_report(read, done["number"], valid_from))


@get("/admin/jurisdictions/sets", opt=READ, tags=TAGS)
async def list_sets(request: Asked) -> Response[Items[AreaSetListed]]:
    """Every set of jurisdictions there ever was, the last to take over first; an incident keeps the one it was opened in."""
    authorise(request.user, "reference", "read")
    async with runtime_of(request).pool.acquire() as conn:
        return Response(Items(await store.listed_sets(conn)))


def _reading(layer: str, datum: str | None, called: str | None) -> Reading:
    try:
        usual = Layer(layer)
    except ValueError:
        raise Invalid(
            f"There is no layer {layer!r}; the layers are {', '.join(Layer)}.", field="layer"
        ) from None
    return Reading(layer=usual, datum=None if datum is None else parse_datum(datum), called=called)


def _report(read: Imported, number: int | None, valid_from: datetime | None) -> JurisdictionsImported:
    found = read.survey
    return JurisdictionsImported(
        dry_run=number is None, number=number, valid_from=valid_from, taken=read.taken, refused=read.refused,
        left_out=read.left_out, said=read.said, overlaps=found.overlaps[:SHOWN], gaps=found.gaps[:SHOWN],
        slivers=found.slivers[:SHOWN], findings=len(found.overlaps) + len(found.gaps) + len(found.slivers),
    )  # fmt: skip


HANDLERS = (import_file, list_sets)
