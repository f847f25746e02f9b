"""The life of a dispute as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

Whose duty it is decided by `judge_of`: the first room above both, or above the one that has decided on the same facts before.
"""

from collections.abc import Sequence
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.disputes import events as e
from dispatch.disputes.model import D, Dispute, DisputeState, Ground, Statement
from dispatch.errors import NotNow

TRANSITIONS: dict[DisputeState, frozenset[DisputeState]] = {
    D.RAISED: frozenset({D.DECIDED, D.CONCEDED, D.WITHDRAWN}),
    D.DECIDED: frozenset(),
    D.CONCEDED: frozenset(),
    D.WITHDRAWN: frozenset(),
}


class State(msgspec.Struct, frozen=True):
    """A room says something to it."""

    room_id: UUID
    by: str
    at: int
    narrative_id: UUID


class Decide(msgspec.Struct, frozen=True):
    """The room above both says who has duty."""

    owner_room_id: UUID
    by: str
    at: int
    narrative_id: UUID
    ground: Ground


class Concede(msgspec.Struct, frozen=True):
    """The other room takes it."""

    by: str
    at: int


class Withdraw(msgspec.Struct, frozen=True):
    """It is disputed no longer."""

    by: str
    at: int


Command = State | Decide | Concede | Withdraw


def decide(dispute: Dispute, command: Command) -> e.DisputeFact:
    """The fact a command leads to. Raises NotNow once it is over."""
    if not dispute.is_open:
        raise NotNow(
            f"This dispute is {dispute.state}; raise a new one if there are new facts.", state=dispute.state
        )
    match command:
        case State():
            return e.Stated(**msgspec.structs.asdict(command))
        case Decide():
            return e.Decided(**{name: getattr(command, name) for name in command.__struct_fields__})
        case Concede():
            return e.Conceded(owner_room_id=dispute.other_room_id, by=command.by, at=command.at)
        case Withdraw():
            return e.Withdrawn(by=command.by, at=command.at)
        case _:
            assert_never(command)


def evolve(dispute: Dispute | None, dispute_id: UUID, fact: e.DisputeFact) -> Dispute:
    """The dispute after one more fact; its version rises by one. Only `Raised` may start from None."""
    if isinstance(fact, e.Raised):
        if dispute is not None:
            raise ValueError(f"dispute {dispute_id} is raised twice")
        said = Statement(fact.by_room_id, fact.by, fact.at, fact.narrative_id)
        return Dispute(
            id=dispute_id, version=1, incident_id=fact.incident_id, state=D.RAISED, by_room_id=fact.by_room_id,
            other_room_id=fact.other_room_id, judge_room_id=fact.judge_room_id, raised_by=fact.by,
            statements=(said,), times={D.RAISED.value: fact.at},
        )  # fmt: skip
    if dispute is None:
        raise ValueError(f"the history of dispute {dispute_id} does not start with its raising")
    return msgspec.structs.replace(dispute, version=dispute.version + 1, **_changes(dispute, fact))


def _changes(dispute: Dispute, fact: e.Stated | e.Decided | e.Conceded | e.Withdrawn) -> dict[str, Any]:
    match fact:
        case e.Stated():
            said = Statement(fact.room_id, fact.by, fact.at, fact.narrative_id)
            return {"statements": (*dispute.statements, said)}
        case e.Decided():
            told = {
                "owner_room_id": fact.owner_room_id,
                "narrative_id": fact.narrative_id,
                "ground": fact.ground,
            }
            return _over(dispute, D.DECIDED, fact.by, fact.at) | told
        case e.Conceded():
            return _over(dispute, D.CONCEDED, fact.by, fact.at) | {"owner_room_id": fact.owner_room_id}
        case e.Withdrawn():
            return _over(dispute, D.WITHDRAWN, fact.by, fact.at)
        case _:
            assert_never(fact)


def _over(dispute: Dispute, state: DisputeState, by: str, at: int) -> dict[str, Any]:
    return {"state": state, "ended_by": by, "times": dispute.times | {state.value: at}}


def settled_on(disputes: Sequence[Dispute], ground: Ground) -> Dispute | None:
    """The newest decision, while nothing of what it was made on has changed; None: there was none, or there are new facts."""
    decided = [one for one in disputes if one.state is D.DECIDED]
    newest = max(decided, key=lambda one: (one.times[D.DECIDED], one.id), default=None)
    return newest if newest is not None and newest.ground == ground else None


def judge_of(one: Sequence[UUID], other: Sequence[UUID], before: Sequence[UUID] | None = None) -> UUID | None:
    """The first room that stands above both (lineages: a room, its parent, ... the root) and is neither; None: there is none.

    before: the lineage of a room that has decided on the same facts; then only a room above that one may.
    """
    above = set(other[1:])
    common = [room for room in one[1:] if room in above and room not in (one[0], other[0])]
    if before is not None:
        higher = set(before[1:])
        common = [room for room in common if room in higher]
    return common[0] if common else None
