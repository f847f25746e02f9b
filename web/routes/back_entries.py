"""Paper forms at the door: after an outage they are keyed in as a list or as a sheet, each with its true times.

One act takes up to 200 forms and answers for each what became of it. Sending it again is harmless, by key and by form.
"""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, Parameter

from dispatch.acts import authorise
from dispatch.desk.back_entering import Entered, Row, back_enter
from dispatch.paper.forms import PaperForm
from dispatch.paper.sheet import read_sheet, template
from dispatch.work import Work
from web.acting import Asked, acts, perform
from web.schemas import Act

ACTS = acts("alarm.back_enter")
TAGS = ["alarms"]
LANGUAGES = Literal["zh", "en"]


class BackEntriesIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paper forms in the order they lie. all_or_nothing: refuse all when one is refused; else the sound ones are kept."""

    forms: list[PaperForm]
    all_or_nothing: bool = False


class BackEntered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each form, and how many of each."""

    entered: int
    already: int
    refused: int
    items: list[Entered]


@post("/back-entries", opt=ACTS, tags=TAGS)
async def enter_forms(request: Asked, data: JSONBody[BackEntriesIn]) -> Response[BackEntered]:
    """Key in paper forms as a list; one that can't be keyed in is refused with its reason and the others stand."""
    rows: list[Row] = list(enumerate(data.forms, start=1))
    return await _enter(request, data, rows, data.all_or_nothing)


@post("/back-entries/sheet", opt={**ACTS, "takes": "text/csv"}, tags=TAGS)
async def enter_sheet(
    request: Asked,
    all_or_nothing: Annotated[
        FromQuery[bool], Parameter(description="Refuse all when one is refused.")
    ] = False,
) -> Response[BackEntered]:
    """Key in paper forms as a CSV sheet (the body, as it is) with the columns of the template, in Chinese or English."""
    return await _enter(request, Act(back_entry=True), list(read_sheet(await request.body())), all_or_nothing)


@get("/back-entries/template", opt=ACTS, tags=TAGS, media_type="text/csv; charset=utf-8")
async def give_template(request: Asked, lang: FromQuery[LANGUAGES] = "zh") -> Response[bytes]:
    """An empty sheet for paper forms; lang: of its heads. Either is read."""
    authorise(request.user, "alarm", "back_enter")
    return Response(
        template(lang == "zh"),
        headers={"Content-Disposition": 'attachment; filename="paper-forms.csv"'},
    )


async def _enter(request: Asked, data: Act, rows: list[Row], all_or_nothing: bool) -> Response[BackEntered]:
    async def do(w: Work) -> dict[str, Any]:
        return {"items": msgspec.to_builtins(await back_enter(w, rows, all_or_nothing))}

    made = await perform(request, data, do)
    items = msgspec.convert(made["items"], list[Entered])
    counts = {name: sum(one.outcome == name for one in items) for name in ("entered", "already", "refused")}
    return Response(BackEntered(items=items, **counts), status_code=201)


HANDLERS = (enter_forms, enter_sheet, give_template)
