"""What seats and crews are shown of standing facts: in short beside an incident or a place, in full where they are looked after.

What is about a person is masked everywhere: its kind warns, its words are opened one by one, for a reason. Texts are opened
before and handed in by id.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Area
from dispatch.instants import Instant, instant
from dispatch.standing_facts.ground import Found, Held
from dispatch.standing_facts.model import NAMES, FactState, Kind, Severity, StandingFact, Status

type Texts = Mapping[UUID, str]


class FactBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A standing fact as it pops up. name: of its kind, by language; text null and masked: it is about a person, see `reveal`.

    distance_m: from the place to where it holds, 0 inside, null when it was found by the address; doubted: somebody says
    that it may not be so any more.
    """

    id: UUID
    version: int
    kind: Kind
    severity: Severity
    name: dict[Literal["zh", "en"], str]
    text: str | None
    masked: bool
    address: str | None
    distance_m: float | None
    until: Instant | None
    doubted: bool


class FactTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When it was written, last looked at, doubted, and when it ended."""

    written: Instant | None = None
    reviewed: Instant | None = None
    doubted: Instant | None = None
    ended: Instant | None = None


class FactShown(msgspec.Struct, frozen=True, kw_only=True):
    """A standing fact of a place in full. state: what people made of it, status: what it is now; due: a leader must look at it.

    text, why, doubt: null where they are masked (it is about a person) or erased; area: a ring or a polygon, WGS-84; source,
    ref: the list it came from and its name there.
    """

    id: UUID
    version: int
    state: FactState
    status: Status
    due: bool
    kind: Kind
    severity: Severity
    name: dict[Literal["zh", "en"], str]
    personal: bool
    masked: bool
    text: str | None
    why: str | None
    doubt: str | None
    doubted: bool
    room: UUID
    area: Area
    address: str | None
    valid_from: Instant
    until: Instant | None
    review_at: Instant | None
    source: str | None
    ref: str | None
    by: str
    decided_by: str | None
    times: FactTimes


class FactOnMap(msgspec.Struct, frozen=True, kw_only=True):
    """A standing fact as a map draws it; none that is about a person, and no words."""

    id: UUID
    kind: Kind
    severity: Severity
    name: dict[Literal["zh", "en"], str]
    area: Area


class FactRevealed(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a standing fact, opened; null once they were erased."""

    id: UUID
    version: int
    text: str | None
    why: str | None
    doubt: str | None


def briefs(found: Iterable[Found], texts: Texts) -> tuple[FactBrief, ...]:
    """These as they pop up."""
    return tuple(_brief(one.fact, one.distance_m, texts) for one in found)


def texts_of(found: Iterable[Found]) -> list[UUID]:
    """The sealed words that pop up with these; of none that is about a person."""
    return [one.fact.text_id for one in found if not one.fact.personal]


def _brief(fact: Held, distance_m: float | None, texts: Texts) -> FactBrief:
    return FactBrief(
        id=fact.id, version=fact.version, kind=fact.kind, severity=fact.severity, name=_name(fact.kind),
        text=None if fact.personal else texts.get(fact.text_id), masked=fact.personal, address=fact.address,
        distance_m=distance_m, until=instant(fact.until), doubted=fact.doubted,
    )  # fmt: skip


def fact_shown(fact: StandingFact, texts: Texts, now: datetime) -> FactShown:
    """One in full, masked where it is about a person."""
    said = {} if fact.personal else texts
    return FactShown(
        id=fact.id, version=fact.version, state=fact.state, status=fact.status(now), due=fact.is_due(now), kind=fact.kind,
        severity=fact.severity, name=_name(fact.kind), personal=fact.personal, masked=fact.personal,
        text=said.get(fact.text_id), why=said.get(fact.why_id), doubt=said.get(fact.doubt_id) if fact.doubt_id else None,
        doubted=fact.doubt_id is not None, room=fact.room_id, area=fact.area, address=fact.address,
        valid_from=instant(fact.valid_from), until=instant(fact.until), review_at=instant(fact.review_at),
        source=fact.source, ref=fact.ref, by=fact.by, decided_by=fact.decided_by,
        times=FactTimes(**{name: instant(at) for name, at in fact.times.items()}),
    )  # fmt: skip


def on_map(fact: Held) -> FactOnMap:
    """One as a map draws it."""
    return FactOnMap(
        id=fact.id, kind=fact.kind, severity=fact.severity, name=_name(fact.kind), area=fact.area
    )


def _name(kind: Kind) -> dict[Literal["zh", "en"], str]:
    return {"zh": NAMES[kind]["zh"], "en": NAMES[kind]["en"]}
