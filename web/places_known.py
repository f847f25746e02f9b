"""What clients send about standing facts of places: new ones and changes, how long they are kept, doubts, reasons to open them.

From here they go to `dispatch.desk.keeping_facts`, in WGS-84 whatever datum they were sent in.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from dispatch.desk.keeping_facts import FURTHEST_M, Writing
from dispatch.standing_facts.model import Kind, Severity
from geo.datums import parse_datum, to_wgs84
from web.schemas import Act, Line, Moment, Short, in_this_age

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class StandingFactIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be known of a place, and why (how that is known). Where: lon and lat with radius_m (50 m when left out), a GeoJSON polygon, or an address that the gazetteer knows.

    severity: left out, as its kind has it; personal: also of other kinds, what is said is about a person, which makes until and
    review_at compulsory; valid_from: left out, now.
    """

    kind: Kind
    text: Words
    why: Words
    severity: Severity | None = None
    personal: bool = False
    lon: float | None = None
    lat: float | None = None
    datum: Short = "WGS84"
    radius_m: Annotated[float, msgspec.Meta(ge=1, le=FURTHEST_M)] | None = None
    geometry: dict[str, Any] | None = None
    address: Line | None = None
    valid_from: Moment | None = None
    until: Moment | None = None
    review_at: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("valid_from", "until", "review_at"):
            in_this_age(name, getattr(self, name))
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat go together")

    @property
    def writing(self) -> Writing:
        """The same for the desk, in WGS-84. Raises BadPosition, UnknownDatum."""
        lon, lat = self.lon, self.lat
        if lon is not None and lat is not None:
            lon, lat = to_wgs84(lon, lat, parse_datum(self.datum))
        told = {name: getattr(self, name) for name in Writing.__struct_fields__ if hasattr(self, name)}
        return Writing(**told | {"lon": lon, "lat": lat})


class NewFactIn(StandingFactIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new one. incident_id: the incident it was learned in, whose timeline then tells of it."""

    incident_id: UUID | None = None


class KeepFactIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It is still so: until when it holds, and when to look again; both compulsory when it is about a person."""

    until: Moment | None = None
    review_at: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("until", "review_at"):
            in_this_age(name, getattr(self, name))


class DoubtFactIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it may not be so any more."""

    text: Words


class RevealFactIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open what it says of a person; needs a reason. incident_id: for which incident, whose timeline then tells of it."""

    incident_id: UUID | None = None
