"""What a seat is shown of a request to an agency; the incident it belongs to carries all of them.

Texts are opened before and handed in by id.
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.agencies.model import Agency, AgencyRequest, RequestState
from dispatch.instants import Instant, instant


class AgencyTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each step was reached; chased: when it was last told again; unreached: when the port gave up."""

    sent: Instant | None = None
    taken: Instant | None = None
    arrived: Instant | None = None
    result: Instant | None = None
    declined: Instant | None = None
    withdrawn: Instant | None = None
    chased: Instant | None = None
    unreached: Instant | None = None


class AgencyRequestShown(msgspec.Struct, frozen=True, kw_only=True):
    """Help asked of an agency. name: by language; text: what was asked; outcome: what came of it, in words; chased: how often."""

    id: UUID
    incident_id: UUID
    agency: Agency
    name: dict[Literal["zh", "en"], str]
    state: RequestState
    version: int
    room: UUID
    by: str
    text: str | None
    outcome: str | None
    reference: str | None
    chased: int
    times: AgencyTimes


def agency_request_shown(r: AgencyRequest, texts: Mapping[UUID, str]) -> AgencyRequestShown:
    """A request with its texts."""
    return AgencyRequestShown(
        id=r.id, incident_id=r.incident_id, agency=r.agency, name={"zh": r.called("zh"), "en": r.called("en")},
        state=r.state, version=r.version, room=r.room_id, by=r.by,
        text=texts.get(r.narrative_id) if r.narrative_id else None,
        outcome=texts.get(r.outcome_id) if r.outcome_id else None,
        reference=r.reference, chased=r.chased, times=AgencyTimes(**{n: instant(at) for n, at in r.times.items()}),
    )  # fmt: skip
