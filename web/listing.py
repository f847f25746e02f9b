"""Lists: what a query string asks for, in words the read side understands, and where the next page begins.

Pages go on from the last entity shown, so what arrives meanwhile neither hides nor repeats anything.
"""

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar.params import QueryParameter

from dispatch.acts import Principal
from dispatch.centre import Centre
from dispatch.errors import Invalid
from dispatch.views import IncidentFilter, UnitFilter
from geo.cells import cell_range, parse_cell
from geo.coordinates import check_position
from incidents.model import OPEN, IncidentState
from incidents.types import TypeTree
from units.roll import PROGRESS, Filter
from web.acting import Asked
from web.schemas import Page

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="rows a page, at most 500")]
After = Annotated[str | None, QueryParameter(name="after", description="`next` of the page before")]
States = Annotated[
    list[str] | None,
    QueryParameter(name="state", description="repeat or divide by commas; `open`: none of the ends"),
]
Types = Annotated[
    list[str] | None,
    QueryParameter(name="type", description="codes; those below them in the tree are meant too"),
]
Priorities = Annotated[list[str] | None, QueryParameter(name="priority", description="1 to 4")]
Text = Annotated[
    str | None, QueryParameter(name="q", description="part of number or address, or a whole telephone number")
]
TypeCode = Annotated[str | None, QueryParameter(name="type", description="a code of the type tree")]

OPEN_STATES = sorted(state.value for state in OPEN)
TEXT_LENGTH = 200


def known_only(request: Asked, names: Collection[str]) -> None:
    """A misspelt filter would silently show everything. Raises Invalid naming it."""
    for name in request.query_params:
        if name not in names:
            raise Invalid(
                f"The parameter {name[:100]} is not known here; it is one of {', '.join(names)}.", field=name
            )


def split(values: Sequence[str] | None) -> list[str] | None:
    """Values given repeatedly or divided by commas; None when none was given."""
    if not values:
        return None
    return [part.strip() for value in values for part in value.split(",") if part.strip()] or None


def chosen(values: Sequence[str] | None, allowed: Collection[str], field: str) -> list[str] | None:
    """The same, each one of `allowed`. Raises Invalid."""
    parts = split(values)
    for part in parts or ():
        if part not in allowed:
            raise Invalid(
                f"{field} {part[:100]!r} is not known; it is one of {', '.join(allowed)}.", field=field
            )
    return parts


def rooms_below(centre: Centre, room: UUID | None) -> list[UUID] | None:
    """The room and those below it; None for no room. Raises Invalid for an unknown one."""
    if room is None:
        return None
    if room not in centre.reference.rooms.by_id:
        raise Invalid(f"There is no room {room}.", field="room")
    return list(centre.reference.rooms.subtree(room))


def types_below(tree: TypeTree, codes: Sequence[str] | None) -> list[str] | None:
    """These types and all below them. Raises UnknownType."""
    wanted = split(codes)
    if wanted is None:
        return None
    return [
        kind.code for kind in tree if any(tree.is_under(kind.code, tree.get(code).code) for code in wanted)
    ]


def incident_filter(
    centre: Centre, states: Sequence[str] | None, room: UUID | None, more: "Narrowed"
) -> IncidentFilter:
    """What a list of incidents is about. Raises Invalid, UnknownType, BadCell."""
    allowed = [*(state.value for state in IncidentState), "open"]
    wanted = chosen(states, allowed, "state")
    if wanted is not None and "open" in wanted:
        wanted = sorted({*wanted, *OPEN_STATES} - {"open"})
    priorities = chosen(more.priorities, ("1", "2", "3", "4"), "priority")
    if more.since is not None and more.since.tzinfo is None:
        raise Invalid("since needs an offset or Z, such as 2026-05-01T08:00:00Z.", field="since")
    return IncidentFilter(
        open_only=wanted is not None and set(wanted) <= set(OPEN_STATES),
        states=wanted,
        rooms=rooms_below(centre, room),
        types=types_below(centre.reference.types, more.types),
        priorities=[int(digit) for digit in priorities] if priorities else None,
        cells=cell_range(parse_cell(more.cell)) if more.cell else None,
        since=more.since,
        text=_text(more.text),
    )


class Narrowed:
    """The filters beside state and room."""

    __slots__ = ("cell", "priorities", "since", "text", "types")

    def __init__(
        self,
        types: Sequence[str] | None,
        priorities: Sequence[str] | None,
        cell: str | None,
        since: datetime | None,
        text: str | None,
    ) -> None:
        self.types, self.priorities, self.cell, self.since, self.text = types, priorities, cell, since, text


def _text(text: str | None) -> str | None:
    wanted = (text or "").strip().lower()
    if len(wanted) > TEXT_LENGTH:
        raise Invalid(f"q has at most {TEXT_LENGTH} characters.", field="q")
    if "\0" in wanted:
        raise Invalid("q contains a NUL character; send it without.", field="q")
    return wanted or None


def unit_filter(centre: Centre, states: Sequence[str] | None, room: UUID | None) -> UnitFilter:
    """What a list of units is about. Raises Invalid."""
    return UnitFilter(rooms=rooms_below(centre, room), states=chosen(states, PROGRESS, "state"))


def live_filter(principal: Principal, which: UnitFilter) -> Filter:
    """The same for the live index, within what the principal may see."""
    rooms = principal.rooms if which.rooms is None else principal.rooms & frozenset(which.rooms)
    return Filter(rooms=rooms, states=None if which.states is None else frozenset(which.states))


def near_point(text: str) -> tuple[float, float]:
    """`lon,lat` in WGS-84 degrees. Raises Invalid and BadPosition."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("near is a longitude and a latitude, such as 116.39,39.91.", field="near") from None
    check_position(lon, lat)
    return lon, lat


def cursor(value: object) -> str:
    """An opaque mark of the last row shown."""
    return base64.urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def _opened(mark: str) -> str:
    padded = mark + "=" * (-len(mark) % 4)
    return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()


def uuid_after(mark: str | None) -> UUID | None:
    """The id behind a mark. Raises Invalid."""
    try:
        return None if mark is None else UUID(_opened(mark))
    except ValueError:
        raise _not_a_mark() from None


def text_after(mark: str | None) -> str | None:
    """The text behind a mark. Raises Invalid."""
    try:
        return None if mark is None else _opened(mark)
    except ValueError:
        raise _not_a_mark() from None


def number_after(mark: str | None) -> int | None:
    """The number behind a mark. Raises Invalid."""
    try:
        number = None if mark is None else int(_opened(mark))
    except ValueError:
        raise _not_a_mark() from None
    if number is not None and not 0 <= number < 2**63:
        raise _not_a_mark()
    return number


def _not_a_mark() -> Invalid:
    return Invalid("after is the `next` of the page before, unchanged.", field="after")


def page_of[T](rows: Sequence[T], limit: int, name: str = "id") -> Page[T]:
    """A page of `limit` rows out of one more than that; `name` is the field that marks where it ended."""
    shown = list(rows[:limit])
    return Page(shown, cursor(getattr(shown[-1], name)) if len(rows) > limit else None)
