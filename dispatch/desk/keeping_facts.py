"""Looking after standing facts of places 地点须知: put in or proposed, approved, amended, looked at again, doubted, withdrawn, opened.

A leader of the room whose place it is lets one stand; anybody may propose one, or say that one may not be so any more. Units on
their way to a place that is warned of from now on are told at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts, store, views
from dispatch.broadcasts.audience import checked_area
from dispatch.broadcasts.model import Area
from dispatch.desk import radio
from dispatch.desk.sealed import keep_texts
from dispatch.errors import Behind, Invalid, NotFound
from dispatch.gazetteer.search import search
from dispatch.standing_facts import events as e
from dispatch.standing_facts import lifecycle as life
from dispatch.standing_facts import store as fact_store
from dispatch.standing_facts.ground import inside, warnings
from dispatch.standing_facts.model import (
    NAMES,
    PERSONAL,
    WARNING,
    Content,
    F,
    FactState,
    Kind,
    Severity,
    StandingFact,
)
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment, ms
from geo.coordinates import distance_m
from geo.polygons import polygon_from_geojson
from geo.spelling import folded
from incidents import store as incident_store
from incidents.model import Incident
from units import store as unit_store

ActName = Literal["approve", "decline", "amend", "keep", "doubt", "withdraw", "reveal"]
RADIUS_M = 50.0
"""Around a point, when nobody says."""
FURTHEST_M = 2_000.0
ONE_PLACE_M = 60.0
"""Entries of one name this close are one place."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of where. Either lon and lat, or a geometry, or an address that the gazetteer knows exactly.

    severity, personal None: as its kind has it; what kinds of it are personal can't be made otherwise. valid_from None: now.
    """

    kind: Kind
    text: str
    why: str
    severity: Severity | None = None
    personal: bool = False
    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    geometry: dict[str, Any] | None = None
    address: str | None = None
    valid_from: datetime | None = None
    until: datetime | None = None
    review_at: datetime | None = None
    source: str | None = None
    ref: str | None = None


async def write(
    w: Work, writing: Writing, incident_id: UUID | None = None, state: FactState = F.STANDS
) -> StandingFact:
    """Put one in, or propose it where the place is another room's. incident_id: the incident it was learned in; state: what is asked.

    Raises Invalid, BadArea, BadPosition, NotFound, NotAllowed.
    """
    if incident_id is not None:
        await views.must_see(w.conn, w.principal, incident_id)
    id_: UUID = uuid7()
    content, room_id = await content_of(w, writing, await keep_texts(w, id_, words(writing)))
    if not may_write(w, room_id):
        state = F.PROPOSED
    if state is F.PROPOSED:
        acts.authorise(w.principal, "standing_fact", "propose")
    fact = written(w, id_, content, room_id, state, incident_id)
    await fact_store.save(w.conn, [fact])
    await tell_units(w, fact)
    return fact


def may_write(w: Work, room_id: UUID) -> bool:
    """Whether what this principal puts in for this room stands at once."""
    relations = {"room"} if room_id in w.principal.rooms else ()
    return acts.may(w.principal, "standing_fact", "write", relations)


def words(writing: Writing) -> list[str]:
    """What is sealed of it: what it says, and why. Raises Invalid."""
    _check_words(writing)
    return [writing.text.strip(), writing.why.strip()]


async def content_of(w: Work, writing: Writing, sealed: Sequence[UUID]) -> tuple[Content, UUID]:
    """What it says where, and the room whose place that is. sealed: `words` put away. Raises Invalid, BadArea, BadPosition."""
    area, room_id = await _area_of(w, writing)
    text_id, why_id = sealed
    content = Content(
        kind=writing.kind, severity=writing.severity or ("warns" if writing.kind in WARNING else "informs"),
        personal=writing.personal or writing.kind in PERSONAL, area=area, address=(writing.address or "").strip() or None,
        text_id=text_id, why_id=why_id, valid_from=writing.valid_from or w.now, until=writing.until,
        review_at=writing.review_at, source=writing.source, ref=writing.ref,
    )  # fmt: skip
    life.check(content, w.now)
    return content, room_id


def written(
    w: Work, id_: UUID, content: Content, room_id: UUID, state: FactState, incident_id: UUID | None = None
) -> StandingFact:
    """A new one, remembered for the journal."""
    happened = e.Written(content=content, state=state, room_id=room_id, by=w.principal.id, at=ms(w.now))
    return _tell(w, None, id_, happened, incident_id)


async def approve(w: Work, id_: UUID, version: int) -> StandingFact:
    """Let what was proposed stand, as it was read at `version`. Raises NotFound, NotAllowed, NotNow, Behind, Invalid."""
    fact = await _apply(
        w, await _as_read(w, id_, "approve", version), life.Approve(w.principal.id, ms(w.now))
    )
    await tell_units(w, fact)
    return fact


async def decline(w: Work, id_: UUID) -> StandingFact:
    """Let it not stand, for a reason. Raises NotFound, NotAllowed, NotNow, Invalid."""
    fact = await _opened(w, id_, "decline")
    _must_say_why(w)
    return await _apply(w, fact, life.Decline(w.principal.id, ms(w.now)))


async def amend(w: Work, id_: UUID, writing: Writing, version: int) -> StandingFact:
    """Let what was read at `version` say something else; it stays of the list it came from. Raises as `write` does, NotNow, Behind."""
    before = await _as_read(w, id_, "amend", version)
    return await amended(
        w, before, msgspec.structs.replace(writing, source=before.source, ref=before.ref), True
    )


async def amended(w: Work, before: StandingFact, writing: Writing, looked: bool) -> StandingFact:
    """The same for one that is under lock. looked: somebody has looked whether it is so, which answers a doubt. Raises as `write` does."""
    content, room_id = await content_of(w, writing, await keep_texts(w, before.id, words(writing)))
    if not may_write(w, room_id):
        raise Invalid(
            "The new place is another room's; withdraw this one and propose a new one there.", field="lon"
        )
    fact = await _apply(w, before, life.Amend(content, room_id, w.principal.id, ms(w.now), looked))
    await tell_units(w, fact)
    return fact


async def keep(
    w: Work, id_: UUID, until: datetime | None, review_at: datetime | None, version: int
) -> StandingFact:
    """Somebody has looked: it is still so as it was read at `version`. Raises NotFound, NotAllowed, NotNow, Behind, Invalid."""
    fact = await _as_read(w, id_, "keep", version)
    check_moment(until, "until")
    check_moment(review_at, "review_at")
    return await _apply(w, fact, life.Keep(until, review_at, w.principal.id, ms(w.now)))


async def doubt(w: Work, id_: UUID, text: str) -> StandingFact:
    """Say that it may not be so any more; its room's leader looks at it. Raises NotFound, NotAllowed, NotNow, Invalid."""
    fact = await _opened(w, id_, "doubt")
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say in text what you found there.", field="text")
    [doubt_id] = await keep_texts(w, id_, [text.strip()])
    return await _apply(w, fact, life.Doubt(doubt_id, w.principal.id, ms(w.now)))


async def withdraw(w: Work, id_: UUID) -> StandingFact:
    """Let it hold no longer, for a reason. Raises NotFound, NotAllowed, NotNow, Invalid."""
    fact = await _opened(w, id_, "withdraw")
    _must_say_why(w)
    return await _apply(w, fact, life.Withdraw(w.principal.id, ms(w.now)))


async def reveal(w: Work, id_: UUID, incident_id: UUID | None = None) -> StandingFact:
    """Open what it says of a person; who did and why stands in the journal. incident_id: for which incident.

    Raises NotFound, NotAllowed, and Invalid without a reason.
    """
    fact = await _opened(w, id_, "reveal")
    _must_say_why(w)
    if incident_id is not None:
        await views.must_see(w.conn, w.principal, incident_id)
    return await _apply(w, fact, life.Reveal(w.principal.id, ms(w.now)), incident_id)


def cautions(w: Work, incident: Incident) -> list[dict[str, str]]:
    """What is said aloud to whoever is sent to an incident: kinds by code and language, never what is said of anybody."""
    return [
        {"kind": one.kind, **NAMES[one.kind]} for one in warnings(w.centre.ground.at(incident.place, w.now))
    ]


async def tell_units(w: Work, fact: StandingFact) -> None:
    """Units that are on their way to where it warns from now on, or are there, hear of it."""
    if fact.severity != "warns" or fact.status(w.now) != "in_force":
        return
    there = inside([fact.area], w.centre.open_incidents)
    if not there:
        return
    incidents = await incident_store.read_incidents(w.conn, there)
    jobs = [job for job in await store.assignments_of(w.conn, there) if job.is_open and job.unit_id]
    units = await unit_store.read_units(w.conn, [job.unit_id for job in jobs if job.unit_id])
    name = NAMES[fact.kind]
    for job in jobs:
        unit = units.get(job.unit_id) if job.unit_id else None
        if unit is not None:
            more = {
                "text": f"地点须知：{name['zh']} standing fact: {name['en']}",
                "cautions": [{"kind": fact.kind, **name}],
            }
            await radio.say(w, unit, "update", incidents[job.incident_id], job, **more)


def _check_words(writing: Writing) -> None:
    check_texts(writing)
    if not writing.text.strip():
        raise Invalid("Say in text what is to be known there.", field="text")
    if not writing.why.strip():
        raise Invalid("Say in why how this is known, such as 'met by car 118 on May 3'.", field="why")
    for field in ("valid_from", "until", "review_at"):
        check_moment(getattr(writing, field), field)


async def _area_of(w: Work, writing: Writing) -> tuple[Area, UUID]:
    """Where it holds, and the room that answers for the middle of it."""
    lon, lat = writing.lon, writing.lat
    if writing.geometry is None and lon is None and lat is None and writing.address:
        lon, lat = await _spot_of(w, writing.address)
    ring = Area(lon=lon, lat=lat, radius_m=writing.radius_m or RADIUS_M)
    if writing.geometry is not None and (lon is not None or lat is not None):
        raise Invalid("Give either lon and lat, or a geometry.", field="geometry")
    wanted = ring if writing.geometry is None else Area(geometry=writing.geometry)
    area = checked_area(wanted, "area", FURTHEST_M)
    if area.geometry is not None:
        spot = polygon_from_geojson(area.geometry).representative_point()
        lon, lat = spot.x, spot.y
    return area, w.centre.reference.owner(lon or 0.0, lat or 0.0)


async def _spot_of(w: Work, address: str) -> tuple[float, float]:
    """The one place of this name or number. Raises Invalid."""
    wanted = folded(address)
    said = [
        one
        for one in await search(w.conn, address, None)
        if wanted in {folded(one.name), folded(one.code or "")}
    ]
    if not said or any(distance_m(said[0].lon, said[0].lat, one.lon, one.lat) > ONE_PLACE_M for one in said):
        raise Invalid(
            f"The gazetteer knows {'several places' if said else 'no place'} called {address.strip()[:60]!r}; give lon and lat too.",
            field="address",
        )
    return said[0].lon, said[0].lat


async def _opened(w: Work, id_: UUID, act: ActName) -> StandingFact:
    """One under lock, when this act on it is the principal's. Raises NotFound, NotAllowed, NotNow."""
    fact = (await fact_store.lock(w.conn, [id_])).get(id_)
    if fact is None:
        raise NotFound(f"There is no standing fact {id_}.", noun="standing_fact")
    acts.authorise(w.principal, "standing_fact", act, await _relations(w, fact), fact.state)
    return fact


async def _as_read(w: Work, id_: UUID, act: ActName, version: int) -> StandingFact:
    """The same, when nothing has become of it since it was read; that its words were opened is nothing. Raises Behind too."""
    fact = await _opened(w, id_, act)
    if fact.version != version and (
        version > fact.version or await fact_store.changed_since(w.conn, id_, version)
    ):
        raise Behind(
            "This standing fact was changed or doubted since you read it; read it again.",
            version=fact.version,
        )
    return fact


async def _relations(w: Work, fact: StandingFact) -> set[str]:
    found = {"room"} if fact.room_id in w.principal.rooms else set()
    unit_id = w.principal.unit_id
    job = (await store.holders(w.conn, [unit_id])).get(unit_id) if unit_id else None
    if job is not None:
        incident = (await incident_store.read_incidents(w.conn, [job["incident_id"]]))[job["incident_id"]]
        if any(one.fact.id == fact.id for one in w.centre.ground.at(incident.place, w.now)):
            found.add("assigned")
    return found


def _must_say_why(w: Work) -> None:
    if not (w.actor.reason or "").strip():
        raise Invalid("Give the reason; it stays in the journal.", field="reason")


async def _apply(
    w: Work, fact: StandingFact, command: life.Command, incident_id: UUID | None = None
) -> StandingFact:
    changed = _tell(w, fact, fact.id, life.decide(fact, command, w.now), incident_id)
    await fact_store.save(w.conn, [changed])
    return changed


def _tell(
    w: Work, fact: StandingFact | None, id_: UUID, happened: e.FactHappened, incident_id: UUID | None
) -> StandingFact:
    changed = life.evolve(fact, id_, happened)
    w.append("standing_fact", id_, changed.version, incident_id, happened)
    return changed
