"""A boundary dispute 管辖争议: a room says that duty is another's, both are heard, the first room above both decides.

Nothing stops meanwhile: orders stand, the ordered unit goes first 先期处置, and the room that has duty answers. A decision or
a concession hands over in its own transaction, so that exactly one room has duty at any time.
"""

from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import acts, standings, store
from dispatch.desk.case import Case, authorised, open_case, relations
from dispatch.desk.describing import tell_units
from dispatch.desk.disputed import ground_of
from dispatch.desk.giving_duty import give_duty
from dispatch.desk.sealed import keep_text
from dispatch.disputes import events as e
from dispatch.disputes import lifecycle as life
from dispatch.disputes import store as dispute_store
from dispatch.disputes.model import Dispute
from dispatch.errors import Invalid, NotFound, NotNow
from dispatch.rooms import Room
from dispatch.texts import check_texts
from dispatch.work import Work

ActName = Literal["state", "decide", "concede", "withdraw"]
"""Acts on a dispute that stands, as acts.csv calls them."""


async def dispute(w: Work, incident_id: UUID, text: str, other_room_id: UUID | None = None) -> Dispute:
    """Say that duty is another room's, and why. other_room_id: None takes the room that was proposed, or the one that has it.

    Raises NotFound, NotAllowed, NotNow (one stands, or nobody may decide it any more), Invalid.
    """
    _check_text(text)
    case = await open_case(w, incident_id, follow_merge=True)
    await authorised(w, case, "dispute")
    disputes = await dispute_store.of_incidents(w.conn, case.family)
    standing = next((one for one in disputes if one.is_open), None)
    if standing is not None:
        raise NotNow(
            f"The duty of {case.incident.number} is disputed already; add a statement to that dispute.",
            dispute_id=str(standing.id),
        )
    own, other = _parties(w, case, other_room_id)
    judge_id = _judge(w, case, disputes, own, other)
    at, _ = w.step_time(case.incident.began)
    fact = e.Raised(
        incident_id=case.id, by_room_id=own.id, other_room_id=other.id, judge_room_id=judge_id, by=w.principal.id,
        at=at, narrative_id=await keep_text(w, case.id, text),
    )  # fmt: skip
    raised = await _told(w, case, None, uuid7(), fact)
    asked = {room_id: "disputed" for room in (own, other) for room_id in room.lineage}
    await store.add_audience(w.conn, [(case.id, room_id, why) for room_id, why in sorted(asked.items())])
    return raised


async def state(w: Work, dispute_id: UUID, text: str) -> Dispute:
    """One of the rooms says something to it. Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim."""
    _check_text(text)
    case, standing = await _opened(w, dispute_id, "state")
    at, _ = w.step_time(max(standing.times.values()))
    command = life.State(
        _speaks_for(w, standing), w.principal.id, at, await keep_text(w, standing.incident_id, text)
    )
    return await _told(w, case, standing, standing.id, life.decide(standing, command))


async def decide(w: Work, dispute_id: UUID, owner_room_id: UUID, text: str) -> Dispute:
    """The room above both says who has duty: one of them, another below it, or itself; it is handed over at once.

    Raises NotFound, NotAllowed, NotNow, Invalid, BadClaim.
    """
    _check_text(text)
    case, standing = await _opened(w, dispute_id, "decide")
    rooms = w.centre.reference.rooms
    if owner_room_id not in rooms.subtree(standing.judge_room_id):
        judge = rooms.by_id[standing.judge_room_id]
        raise Invalid(
            f"{judge.name_en} gives duty to itself or to a room below it; raise the incident for others.",
            field="room_id",
        )
    at, _ = w.step_time(max(standing.times.values()))
    reason = await keep_text(w, standing.incident_id, text)
    command = life.Decide(owner_room_id, w.principal.id, at, reason, ground_of(case.incident))
    ended = await _told(w, case, standing, standing.id, life.decide(standing, command))
    await _hand_over(w, case, owner_room_id)
    return ended


async def concede(w: Work, dispute_id: UUID) -> Dispute:
    """The other room takes it: it is over, and duty is handed over at once. Raises NotFound, NotAllowed, NotNow, BadClaim."""
    case, standing = await _opened(w, dispute_id, "concede")
    at, _ = w.step_time(max(standing.times.values()))
    ended = await _told(
        w, case, standing, standing.id, life.decide(standing, life.Concede(w.principal.id, at))
    )
    await _hand_over(w, case, standing.other_room_id)
    return ended


async def withdraw(w: Work, dispute_id: UUID) -> Dispute:
    """Whoever disputed it does so no longer: duty stays where it is. Raises NotFound, NotAllowed, NotNow, BadClaim."""
    case, standing = await _opened(w, dispute_id, "withdraw")
    at, _ = w.step_time(max(standing.times.values()))
    return await _told(
        w, case, standing, standing.id, life.decide(standing, life.Withdraw(w.principal.id, at))
    )


def _parties(w: Work, case: Case, other_room_id: UUID | None) -> tuple[Room, Room]:
    """The room that disputes, and the one whose it should be. Raises Invalid, NotFound."""
    incident, rooms = case.incident, w.centre.reference.rooms.by_id
    offered = incident.proposed_room_id
    own_id = incident.room_id
    if own_id not in w.principal.rooms and offered in w.principal.rooms and offered is not None:
        own_id = offered
    usual = offered if own_id == incident.room_id else incident.room_id
    other_id = other_room_id or usual
    if other_id is None:
        raise Invalid("Say in other_room_id whose duty it is.", field="other_room_id")
    if other_id not in rooms:
        raise NotFound(f"There is no room {other_id}.", noun="room")
    if other_id == own_id:
        raise Invalid(f"{rooms[own_id].name_en} cannot dispute with itself.", field="other_room_id")
    return rooms[own_id], rooms[other_id]


def _judge(w: Work, case: Case, disputes: list[Dispute], own: Room, other: Room) -> UUID:
    """Who decides. Raises NotNow where nobody stands above both, or above whoever has decided on the same facts."""
    rooms = w.centre.reference.rooms.by_id
    decided = life.settled_on(disputes, ground_of(case.incident))
    before = rooms[decided.judge_room_id] if decided is not None else None
    judge_id = life.judge_of(own.lineage, other.lineage, before.lineage if before else None)
    if judge_id is not None:
        return judge_id
    if before is not None:
        raise NotNow(
            f"{before.name_en} has decided this, and no room stands above it; a new dispute needs a changed place or type.",
            dispute_id=str(decided.id) if decided else None,
        )
    raise NotNow(
        f"No room stands above both {own.name_en} and {other.name_en}; agree with each other and hand it over."
    )


def _speaks_for(w: Work, standing: Dispute) -> UUID:
    """The room for which somebody speaks: their own where it is a party or the judge, else the party below them."""
    own = w.principal.room_id
    if own is not None and own in (*standing.rooms, standing.judge_room_id):
        return own
    return next((room for room in standing.rooms if room in w.principal.rooms), standing.judge_room_id)


async def _hand_over(w: Work, case: Case, room_id: UUID) -> None:
    if room_id == case.incident.room_id:
        return
    await give_duty(w, case, room_id)
    room = w.centre.reference.rooms.by_id[room_id]
    await tell_units(w, case, paced=True, text=f"管辖单位：{room.name_zh} / duty is with {room.name_en}")


async def _opened(w: Work, dispute_id: UUID, act: ActName) -> tuple[Case, Dispute]:
    """The dispute with its incident under lock, when this act on it is the principal's; else NotFound or refused."""
    found = await dispute_store.read(w.conn, [dispute_id])
    if not found:
        raise NotFound(f"There is no dispute {dispute_id}.", noun="dispute")
    case = await open_case(w, found[0].incident_id, follow_merge=True)
    [standing] = await dispute_store.read(w.conn, [dispute_id])
    mine = w.principal.rooms
    related = (await relations(w, case)) & {"sees"}
    related |= {"disputing"} if standing.by_room_id in mine else set()
    related |= {"other"} if standing.other_room_id in mine else set()
    related |= {"judging"} if standing.judge_room_id in mine else set()
    if not related:
        raise NotFound(f"There is no dispute {dispute_id}.", noun="dispute")
    acts.authorise(w.principal, "dispute", act, related, standing.state)
    return case, standing


async def _told(w: Work, case: Case, before: Dispute | None, id_: UUID, fact: e.DisputeFact) -> Dispute:
    changed = life.evolve(before, id_, fact)
    w.append("dispute", id_, changed.version, changed.incident_id, fact)
    await dispute_store.save(w.conn, [changed])
    w.follow(standings.dispute(changed, case.incident))
    return changed


def _check_text(text: str) -> None:
    check_texts(text, "text")
    if not text.strip():
        raise Invalid("Say why in text.", field="text")
