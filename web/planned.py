"""What clients send of planned events: the plan, posts, extensions, what is said.

Types of the doors in `web.routes.events`; the OpenAPI document is made from them.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec

from dispatch.desk.manning_posts import PostPlan
from dispatch.desk.preparing import EventPlan
from dispatch.planned_events.events import LogKind
from dispatch.planned_events.model import Kind, Phase
from web.schemas import Act, Moment, Short, Text, in_this_age

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Said = Annotated[Text, msgspec.Meta(min_length=1)]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]


class PhaseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of it with a name, within its times. id: of one there is, or that was taken out; left out, it is a new one."""

    id: UUID | None = None
    name: Title
    starts_at: Moment
    ends_at: Moment

    def __post_init__(self) -> None:
        in_this_age("starts_at", self.starts_at)
        in_this_age("ends_at", self.ends_at)

    def phase(self) -> Phase:
        """The same for the desk."""
        return Phase(id=self.id, name=self.name.strip(), starts_at=self.starts_at, ends_at=self.ends_at)


Phases = Annotated[tuple[PhaseIn, ...], msgspec.Meta(max_length=20)]


class EventIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A planned event. name: public; area: GeoJSON in WGS-84, polygons or a route; room_id: who owns it, one's own if left out.

    command_room_id, command_seat: who commands it, the owner if left out; crowd: people expected; note: duty level; contact: whom
    to ring first. Note and contact are kept sealed.
    """

    name: Title
    kind: Kind = "other"
    area: dict[str, Any]
    starts_at: Moment
    ends_at: Moment
    room_id: UUID | None = None
    command_room_id: UUID | None = None
    command_seat: Short | None = None
    phases: Phases = ()
    crowd: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] | None = None
    talk_group: Short | None = None
    note: Text | None = None
    contact: Text | None = None
    exercise: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("starts_at", self.starts_at)
        in_this_age("ends_at", self.ends_at)

    def plan(self) -> EventPlan:
        """The same for the desk."""
        said = {name: getattr(self, name) for name in EventPlan.__struct_fields__ if name != "phases"}
        return EventPlan(**said, phases=tuple(one.phase() for one in self.phases))


class EventPostIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit for a post: a name and a point, a fixed position, or another post that it relieves.

    Times left out: those of its phase, or of the event; phase_id: the phase it is for and follows; task: what it has to do there, kept sealed.
    """

    unit_id: UUID
    name: Title | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    fixed_position_id: UUID | None = None
    relieves: UUID | None = None
    phase_id: UUID | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    task: Text | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("starts_at", self.starts_at)
        in_this_age("ends_at", self.ends_at)

    def plan(self) -> PostPlan:
        """The same for the desk."""
        return PostPlan(**{name: getattr(self, name) for name in PostPlan.__struct_fields__})


class EventTextIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that have to be said, kept sealed."""

    text: Said


class EventExtendIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When it ends instead, later than before."""

    ends_at: Moment

    def __post_init__(self) -> None:
        super().__post_init__()
        in_this_age("ends_at", self.ends_at)


class EventPhasesIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All its phases as they are to be: one that is left out is taken out, one without an id is new."""

    phases: Phases


class EventLogIn(Act, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the log, which is only ever added to; kept sealed."""

    text: Said
    kind: LogKind = "note"
