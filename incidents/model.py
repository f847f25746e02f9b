"""The nouns of a report: place, alarm, incident. Frozen values with exactly the columns of their tables.

An alarm arrives, opens or joins an incident, and everything later hangs on that incident.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from incidents.call_points.presses import Press
from incidents.surges import Surge


class IncidentState(StrEnum):
    """Where an incident stands, in the order of its life; the last four are its exits beside closing."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    HANDLED = "handled"
    FED_BACK = "fed_back"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    MERGED = "merged"
    VOID = "void"
    ADVISED = "advised"
    TRANSFERRED = "transferred"


S = IncidentState
RESPONDING = frozenset({S.RECEIVED, S.DISPATCHED, S.ACCEPTED, S.EN_ROUTE, S.ON_SCENE})
SETTLING = frozenset({S.HANDLED, S.FED_BACK, S.REVIEWED})
OPEN = RESPONDING | SETTLING
ENDED = frozenset({S.CLOSED, S.VOID, S.ADVISED, S.TRANSFERRED})

AlarmSource = Literal[
    "call", "call_point", "panel", "sms", "app", "self_service", "officer", "agency", "paper"
]
CallBackOutcome = Literal[
    "satisfied", "basically_satisfied", "dissatisfied", "not_reached", "refused", "not_suitable"
]
FollowUp = Literal["supervise", "reopen"]
RingBackOutcome = Literal["spoken", "needs_help", "no_answer", "busy", "unreachable", "no_number"]
"""What came of ringing a caller back; `no_number`: none is known, so there was nothing to ring."""
RaiseMode = Literal["monitor", "share", "take"]
"""How a room above is drawn in: it watches, it commands along, or it commands."""
PURSUED = "pursuit"
"""The label of an incident that moves."""
NoteKind = Literal["caller", "scene", "hazard", "intelligence"]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where it happens. lon, lat: WGS-84 degrees, both or neither; accuracy_m: metres."""

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    address: str | None = None
    code: str | None = None
    floor: str | None = None
    direction: str | None = None
    source: str | None = None
    set_by: str | None = None

    @property
    def located(self) -> bool:
        return self.lon is not None and self.lat is not None


class CallBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the caller said when asked afterwards; the text lies sealed in `narrative`.

    then: what was done about a caller who was not satisfied; supervision_id: the order that was given; ended: not reached,
    and a person left it at that after enough attempts.
    """

    outcome: CallBackOutcome
    at: int
    narrative_id: UUID | None = None
    then: FollowUp | None = None
    supervision_id: UUID | None = None
    ended: bool = False


class Unreached(msgspec.Struct, frozen=True, omit_defaults=True):
    """A caller was called back and not reached, at `at` (ms since 1970), by whom; what is to be said of it lies sealed."""

    at: int
    by: str
    narrative_id: UUID | None = None


class RingBack(msgspec.Struct, frozen=True):
    """A caller was rung back. at: ms since 1970; to: on which number; what was said lies sealed in `narrative`."""

    outcome: RingBackOutcome
    at: int
    by: str
    to: Literal["number", "safe_number"] | None = None
    narrative_id: UUID | None = None


def promised_for(
    source: AlarmSource, marks: Collection[str], scheduled_for: datetime | None
) -> datetime | None:
    """For when somebody was promised; whoever presses, is silent or was cut off needs help now, whatever was said."""
    urgent = source in ("call_point", "panel") or not {"silent", "abandoned"}.isdisjoint(marks)
    return None if urgent else scheduled_for


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One report that came in. Names, numbers and texts lie apart, under `person_id` and `narrative_id`."""

    id: UUID
    incident_id: UUID
    source: AlarmSource
    version: int
    call_id: str | None = None
    call_point_id: UUID | None = None
    person_id: UUID | None = None
    narrative_id: UUID | None = None
    type: str | None = None
    place: Place | None = None
    language: str | None = None
    confidential: bool = False
    do_not_contact: bool = False
    exercise: bool = False
    scheduled_for: datetime | None = None
    taken_by: str
    claimed_at: datetime | None = None
    recorded_at: datetime
    flags: tuple[str, ...] = ()
    called_back: CallBack | None = None
    ring_backs: tuple[RingBack, ...] = ()
    unreached: tuple[Unreached, ...] = ()


class Absorbed(msgspec.Struct, frozen=True):
    """An incident merged into another: its response clock (ms since 1970), and the round of its orders that counts here.

    round None: its orders belong to an earlier round of the incident that took it in.
    """

    id: UUID
    clock: int | None
    round: int | None = None


class ExternalRef(msgspec.Struct, frozen=True):
    """The incident's name in another agency's books."""

    agency: str
    reference: str | None = None


class Raised(msgspec.Struct, frozen=True, omit_defaults=True):
    """A room above was drawn in at `at`; times in ms since 1970.

    owner: who follows it there; noticed_at: since when somebody does; checked_at: when that person last looked in.
    """

    room_id: UUID
    mode: RaiseMode
    at: int
    owner: str | None = None
    noticed_at: int | None = None
    checked_at: int | None = None


class Casualties(msgspec.Struct, frozen=True):
    """How many people, as counted at `at` (ms since 1970); missing: who should be there and was not found."""

    dead: int
    injured: int
    missing: int
    at: int


class Scene(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the scene is run. commander_id: the unit that commands there 现场指挥员; staging: where those who come gather 集结点."""

    commander_id: UUID | None = None
    staging: Place | None = None
    casualties: Casualties | None = None


PursuitOutcome = Literal["stopped", "lost", "caught"]


class LastSeen(msgspec.Struct, frozen=True):
    """The newest sighting by its claimed time. at: ms since 1970, UTC."""

    at: int
    lon: float
    lat: float

    @property
    def order(self) -> tuple[int, float, float]:
        """As `Sighting.order`."""
        return self.at, self.lon, self.lat


class Entered(msgspec.Struct, frozen=True, omit_defaults=True):
    """Into whose area a pursuit has come, when, and since when that room takes part."""

    room_id: UUID
    at: int
    joined_at: int | None = None


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """To whom command of a pursuit was offered."""

    room_id: UUID
    at: int
    declined_at: int | None = None


class Pursuit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The incident moves 追堵, since when; how it ended, once it has."""

    since: int
    seen: LastSeen | None = None
    entered: tuple[Entered, ...] = ()
    offer: Offer | None = None
    ended_at: int | None = None
    outcome: PursuitOutcome | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What is happening, where, how urgent. times: name -> ms since 1970, UTC, as claimed where a claim was kept."""

    id: UUID
    number: str
    state: IncidentState
    version: int
    round: int = 1
    base_state: Literal["received", "handled"] = "received"
    base_primary_id: UUID | None = None
    type_reported: str | None = None
    type_verified: str | None = None
    type_frozen: bool = False
    disposition: str | None = None
    priority: int
    lon: float | None = None
    lat: float | None = None
    place: Place | None = None
    cell15: int | None = None
    room_id: UUID
    proposed_room_id: UUID | None = None
    command_room_id: UUID
    command_seat: str | None = None
    labels: tuple[str, ...] = ()
    exercise: bool = False
    merged_into: UUID | None = None
    absorbed: tuple[Absorbed, ...] = ()
    primary_id: UUID | None = None
    call_point_id: UUID | None = None
    follows: UUID | None = None
    times: dict[str, int] = {}
    external_refs: tuple[ExternalRef, ...] = ()
    opened_at: datetime
    press: Press | None = None
    surge: Surge | None = None
    raised: tuple[Raised, ...] = ()
    scene: Scene | None = None
    pursuit: Pursuit | None = None
    areas_number: int | None = None  # of the set of jurisdictions it was opened in
    source: AlarmSource | None = None  # of its first report; None: older than this was kept

    @property
    def clock(self) -> int | None:
        """Start of the response clock, ms: its own or that of any incident merged into it, whichever is earliest.

        Its own is the first sign of it; for a report of a later time 预约 that time, which was promised.
        """
        return self._earliest("scheduled", "ringing", "entered")

    @property
    def began(self) -> int | None:
        """The first sign of it (ms), whatever was promised: no step was taken before."""
        return self._earliest("ringing", "entered")

    @property
    def promised(self) -> int | None:
        """When somebody was promised to be there (ms); None also once it was merged with what is urgent now."""
        at = self.times.get("scheduled")
        return at if at is not None and at == self.clock else None

    @property
    def is_moving(self) -> bool:
        """Whether it is a pursuit now: it was seen on the way or called one, or its label says so until it has ended."""
        if self.pursuit is None:
            return PURSUED in self.labels
        return self.pursuit.ended_at is None

    @property
    def last_seen(self) -> int:
        """When something was last heard of where it is (ms)."""
        if self.pursuit is None:
            return self.began or 0
        return self.pursuit.seen.at if self.pursuit.seen is not None else self.pursuit.since

    def _earliest(self, *names: str) -> int | None:
        own = [self.times[name] for name in names if name in self.times][:1]
        clocks = own + [a.clock for a in self.absorbed if a.clock is not None]
        return min(clocks) if clocks else None


def owes_ring_back(incident: Incident) -> bool:
    """Whether somebody was silent or cut off and may be rung back, and nobody has rung them back in this round."""
    broken_off = not {"silent", "abandoned"}.isdisjoint(incident.labels)
    return broken_off and "cannot_talk" not in incident.labels and "rung_back" not in incident.times
