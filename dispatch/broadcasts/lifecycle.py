"""The life of a broadcast and of its lamps as data and pure functions: `decide` what a command leads to, `evolve` by each fact.

What has ended never begins again, and a lamp never goes back.
"""

from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from dispatch.broadcasts import events as e
from dispatch.broadcasts.model import B, Broadcast, BroadcastState, Lamp, Party, Spotting
from dispatch.errors import NotNow
from dispatch.firings import FireRule, RuleFired

TRANSITIONS: dict[BroadcastState, frozenset[BroadcastState]] = {
    B.PROPOSED: frozenset({B.ACTIVE, B.DECLINED, B.CANCELLED, B.EXPIRED}),
    B.ACTIVE: frozenset({B.EXPIRED, B.CANCELLED, B.SUPERSEDED}),
    B.EXPIRED: frozenset(),
    B.CANCELLED: frozenset(),
    B.SUPERSEDED: frozenset(),
    B.DECLINED: frozenset(),
}
SPOTTINGS_KEPT = 100
"""So many are remembered with the broadcast, the newest; the journal has all."""


class Send(msgspec.Struct, frozen=True):
    """It goes out now."""

    recipients: int
    line_id: UUID
    by: str
    at: int


class Extend(msgspec.Struct, frozen=True):
    """Let it hold longer."""

    expires_at: datetime
    at: int


class CallAgain(msgspec.Struct, frozen=True):
    """Say it again to so many."""

    recipients: int
    at: int


class Spot(msgspec.Struct, frozen=True):
    """A mark of it was found."""

    spotting: Spotting


class Notice(msgspec.Struct, frozen=True):
    """The sender has seen where."""

    by: str
    at: int


class End(msgspec.Struct, frozen=True):
    """It holds no longer."""

    state: Literal["expired", "cancelled", "superseded", "declined"]
    at: int
    by: str | None = None
    outcome_id: UUID | None = None
    replaced_by: UUID | None = None


class NoticeAlert(msgspec.Struct, frozen=True):
    """Somebody has seen what fell due."""

    rule: str
    by: str
    at: int


Command = Send | Extend | CallAgain | Spot | Notice | End | FireRule | NoticeAlert


def decide(b: Broadcast, command: Command) -> list[e.BroadcastFact]:
    """The facts a command leads to; empty when it changes nothing. Raises NotNow in a state that does not allow it."""
    match command:
        case Send(recipients=recipients, line_id=line_id, by=by, at=at):
            _must_lead_to(b, B.ACTIVE)
            return [e.Sent(recipients=recipients, line_id=line_id, by=by, at=at)]
        case Extend(expires_at=expires_at, at=at):
            _must_be_active(b)
            return [] if expires_at == b.expires_at else [e.Extended(expires_at=expires_at, at=at)]
        case CallAgain(recipients=recipients, at=at):
            _must_be_active(b)
            return [e.CalledAgain(recipients=recipients, at=at)] if recipients else []
        case Spot(spotting=spotting):
            return _spot(b, spotting)
        case Notice(by=by, at=at):
            return [e.Noticed(by=by, at=at)] if any(not s.noticed for s in b.spottings) else []
        case End():
            _must_lead_to(b, BroadcastState(command.state))
            return [e.Ended(**msgspec.structs.asdict(command))]
        case FireRule(rule=rule, armed_at=armed_at, due_at=due_at):
            return [RuleFired(rule=rule, armed_at=armed_at, due_at=due_at)]
        case NoticeAlert(rule=rule, by=by, at=at):
            return [e.AlertNoticed(rule=rule, by=by, at=at)]
        case _:
            assert_never(command)


def _spot(b: Broadcast, found: Spotting) -> list[e.BroadcastFact]:
    """Once for an incident and a way; a person's word that it is the one counts beside what was found."""
    _must_be_active(b)
    known = {(s.incident_id, s.source == "linked", s.mark) for s in b.spottings}
    new = (found.incident_id, found.source == "linked", found.mark) not in known
    return [e.Spotted(spotting=found)] if new else []


def _must_be_active(b: Broadcast) -> None:
    if b.state is not B.ACTIVE:
        raise NotNow(f"Broadcast {b.called} is {b.state}; send a new one.", state=b.state)


def _must_lead_to(b: Broadcast, state: BroadcastState) -> None:
    if state not in TRANSITIONS[b.state]:
        raise NotNow(f"A broadcast that is {b.state} cannot become {state}.", state=b.state)


def evolve(b: Broadcast | None, id_: UUID, fact: e.BroadcastFact) -> Broadcast:
    """The broadcast after one more fact; its version rises by one. Only `Written` may start from None."""
    if isinstance(fact, e.Written):
        if b is not None:
            raise ValueError(f"broadcast {id_} is written twice")
        values = {name: getattr(fact, name) for name in fact.__struct_fields__ if name != "at"}
        return Broadcast(id=id_, version=1, state=B.PROPOSED, times={"written": fact.at}, **values)
    if b is None:
        raise ValueError(f"the history of broadcast {id_} does not start with its writing")
    return msgspec.structs.replace(b, version=b.version + 1, **_changes(b, fact))


def _changes(b: Broadcast, fact: e.BroadcastFact) -> dict[str, Any]:
    match fact:
        case e.Sent(recipients=recipients, line_id=line_id, at=at):
            times = dict(b.times) | {"sent": at, "called": at}
            return {"state": B.ACTIVE, "recipients": recipients, "line_id": line_id, "times": times}
        case e.Extended(expires_at=expires_at, at=at):
            return {"expires_at": expires_at, "times": dict(b.times) | {"extended": at}}
        case e.CalledAgain(at=at):
            return {"times": dict(b.times) | {"called": at}}
        case e.Spotted(spotting=spotting):
            return {"spottings": (*b.spottings, spotting)[-SPOTTINGS_KEPT:]}
        case e.Noticed():
            seen = tuple(msgspec.structs.replace(s, noticed=True) for s in b.spottings)
            return {"spottings": seen}
        case e.Ended(state=state, at=at):
            return {
                "state": BroadcastState(state), "ended_by": fact.by, "outcome_id": fact.outcome_id,
                "replaced_by": fact.replaced_by, "times": dict(b.times) | {"ended": at},
            }  # fmt: skip
        case RuleFired() | e.AlertNoticed() | e.Written():
            return {}
        case _:
            assert_never(fact)


def deliver(lamp: Lamp | None, of: tuple[UUID, UUID, Party], at: datetime) -> list[e.LampFact]:
    """The terminal has it; nothing when that is known. of: broadcast, recipient, what it is."""
    if lamp is not None and lamp.delivered_at is not None:
        return []
    return [e.Delivered(broadcast_id=of[0], party_id=of[1], party=of[2], delivered_at=at)]


def read(lamp: Lamp | None, of: tuple[UUID, UUID, Party], at: datetime, by: str) -> list[e.LampFact]:
    """Somebody has read it; who was first counts."""
    if lamp is not None and lamp.read_at is not None:
        return []
    return [e.Read(broadcast_id=of[0], party_id=of[1], party=of[2], read_at=at, read_by=by)]


def evolve_lamp(lamp: Lamp | None, id_: UUID, fact: e.LampFact) -> Lamp:
    """The lamp after one more fact."""
    if lamp is None:
        lamp = Lamp(
            id=id_, broadcast_id=fact.broadcast_id, party_id=fact.party_id, party=fact.party, version=0
        )
    changes: dict[str, Any]
    match fact:
        case e.Added(added_at=added_at):
            changes = {"added_at": lamp.added_at or added_at}
        case e.Delivered(delivered_at=delivered_at):
            changes = {"delivered_at": lamp.delivered_at or delivered_at}
        case e.Read(read_at=read_at, read_by=read_by):
            changes = {
                "delivered_at": lamp.delivered_at or read_at, "read_at": lamp.read_at or read_at,
                "read_by": lamp.read_by or read_by,
            }  # fmt: skip
        case _:
            assert_never(fact)
    return msgspec.structs.replace(lamp, version=lamp.version + 1, **changes)
