"""The read side of standing facts: by id for whoever acted, at a place, on a map, and the list of a room that a leader looks after.

Every seat of the centre may ask for a place; what it answers about persons are kinds, never words.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from dispatch import store as clock
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.journal import Connection
from dispatch.standing_facts import store
from dispatch.standing_facts.model import StandingFact
from dispatch.standing_facts.shown import (
    FactBrief,
    FactOnMap,
    FactRevealed,
    FactShown,
    briefs,
    fact_shown,
    on_map,
    texts_of,
)
from dispatch.standing_facts.store import Which
from dispatch.unsealing import open_sealed
from incidents.model import Place

ON_MAP_AT_MOST = 2_000


async def facts(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[FactShown]:
    """These by id, whoever asks."""
    return await _show(conn, centre, await store.read(conn, ids))


async def facts_at(conn: Connection, centre: Centre, principal: Principal, place: Place) -> list[FactBrief]:
    """What holds at a place now, what warns first. Raises NotAllowed."""
    authorise(principal, "standing_fact", "read")
    found = centre.ground.at(place, await clock.now(conn))
    opened = await open_sealed(conn, centre, texts_of(found), [])
    return list(briefs(found, opened.texts))


async def facts_on_map(
    conn: Connection, centre: Centre, principal: Principal, bounds: tuple[float, float, float, float]
) -> list[FactOnMap]:
    """What holds within a box and is about nobody, at most ON_MAP_AT_MOST. Raises NotAllowed."""
    authorise(principal, "standing_fact", "read")
    held = centre.ground.within(bounds, await clock.now(conn))
    return [on_map(one) for one in held if not one.personal][:ON_MAP_AT_MOST]


async def fact_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    asked: tuple[UUID | None, Which, str | None],
    page: tuple[UUID | None, int],
) -> list[FactShown]:
    """Those of a room and below, or of every one this seat sees, the newest first. asked: the room, which of them, which kind.

    Raises NotFound, NotAllowed.
    """
    authorise(principal, "standing_fact", "read")
    room_id, which, kind = asked
    if room_id is not None and room_id not in principal.rooms:
        raise NotFound(f"There is no room {room_id}.", noun="room")
    below = principal.rooms if room_id is None else centre.reference.rooms.subtree(room_id) & principal.rooms
    found = await _show(conn, centre, await store.page(conn, below, (which, kind), page))
    return sorted(found, key=lambda one: one.id, reverse=True)


async def revealed(conn: Connection, centre: Centre, id_: UUID) -> FactRevealed:
    """The words of one, opened. Raises NotFound."""
    found = await store.read(conn, [id_])
    if not found:
        raise NotFound(f"There is no standing fact {id_}.", noun="standing_fact")
    [one] = found
    opened = await open_sealed(conn, centre, _words_of(one), [])
    return FactRevealed(
        id=id_,
        version=one.version,
        text=opened.text(one.text_id),
        why=opened.text(one.why_id),
        doubt=opened.text(one.doubt_id),
    )


def _words_of(fact: StandingFact) -> list[UUID]:
    return [id_ for id_ in (fact.text_id, fact.why_id, fact.doubt_id) if id_]


async def _show(conn: Connection, centre: Centre, found: Iterable[StandingFact]) -> list[FactShown]:
    rows = list(found)
    opened = await open_sealed(
        conn, centre, [id_ for one in rows if not one.personal for id_ in _words_of(one)], []
    )
    now = await clock.now(conn)
    return [fact_shown(one, opened.texts, now) for one in rows]
