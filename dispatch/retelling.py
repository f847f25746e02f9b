"""Entities as the facts so far leave them, of every noun that rules know, and how each of them stands among the others.

The journal is told again, act by act, into a `World`; what stands in it is said in the words that rules use, as the desk says it
after each act. Pure: it knows what a noun is and nothing of which rules ask for it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from dispatch import standings
from dispatch.folds import FOLDS
from dispatch.journal import FeedRow
from dispatch.rules import Standing
from dispatch.verify import Fold
from incidents.model import Incident

_BY_ITSELF: Mapping[str, Callable[[Any], Standing]] = {
    "call": standings.call,
    "call_point_health": standings.call_point,
    "unit": standings.unit,
    "seat": standings.seat,
    "supervision": standings.supervision,
    "handover": standings.handover,
    "broadcast": standings.broadcast,
    "event": standings.event,
    "after_action_review": standings.after_action_review,
    "review_action": standings.review_action,
    "duty_level": standings.duty_level,
    "roster_shift": standings.roster_shift,
    "shortfall": standings.shortfall,
}
_WITH_INCIDENT: Mapping[str, Callable[[Any, Incident], Standing]] = {
    "assignment": standings.assignment,
    "emergency": standings.emergency,
    "plan": standings.plan,
    "task": standings.task,
    "agency_request": standings.agency_request,
    "dispute": standings.dispute,
}
TOGETHER = ("incident", *_WITH_INCIDENT, "note_read")
"""Nouns of facts that are told again with their incident and all that belongs to it."""
ALONE = (*_BY_ITSELF, "emergency")
"""Nouns of facts that are told again one by one; an emergency only when it never belonged to an incident."""
_CALLED = {"note_read": "note", "call_point_health": "call_point"}
_NAMED = {"broadcast": "number", "event": "name", "seat": "code", "unit": "call_sign", "call": "reference"}
_OF_ITS_ROW = ("note", "call")
"""Which incident these belong to says their place in the journal alone."""
TOLD = frozenset(_CALLED.get(noun, noun) for noun in (*TOGETHER, *ALONE))
"""The same in the words of rules."""
_FOLDS: Mapping[str, Fold[Any, Any]] = {fold.noun: fold for fold in FOLDS if fold.noun in {*TOGETHER, *ALONE}}


def nouns_of(rule_nouns: frozenset[str], told: tuple[str, ...]) -> list[str]:
    """Those nouns of facts that rules about these nouns need."""
    return [noun for noun in told if _CALLED.get(noun, noun) in rule_nouns]


class Whose(msgspec.Struct, frozen=True):
    """By what people know a thing: its incident, else its own name, its unit or the room it concerns."""

    incident_id: UUID | None = None
    unit_id: UUID | None = None
    room_id: UUID | None = None
    name: str | None = None
    exercise: bool = False


class World:
    """Everything that was told of so far. With an incident all that is merged into it must be told as well."""

    def __init__(self) -> None:
        self._known: dict[str, dict[UUID, Any]] = {noun: {} for noun in _FOLDS}
        self._of: dict[UUID, UUID] = {}

    def tell(self, row: FeedRow) -> None:
        """One more fact."""
        of_noun = self._known[row.noun]
        of_noun[row.id] = _FOLDS[row.noun].next(of_noun.get(row.id), row)
        if row.incident_id is not None:
            self._of[row.id] = row.incident_id

    def label(self, incident_id: UUID, labels: tuple[str, ...]) -> None:
        """Give an incident labels that no fact gave it."""
        known = self._known["incident"]
        incident: Incident = known[incident_id]
        new = tuple(label for label in labels if label not in incident.labels)
        if new:
            known[incident_id] = msgspec.structs.replace(incident, labels=(*incident.labels, *new))

    def stand(self) -> Iterator[Standing]:
        """How everything stands; what belongs to a merged incident counts with its survivor."""
        roots = {one.id: one.merged_into or one.id for one in self._known["incident"].values()}
        for root_id in sorted(set(roots.values()) & roots.keys()):
            family = {id_ for id_, root in roots.items() if root == root_id}
            yield from self._stand_together(self._known["incident"][root_id], family)
        for noun, standing in _BY_ITSELF.items():
            yield from map(standing, self._known[noun].values())
        for one in self._known["emergency"].values():
            if one.incident_id is None:
                yield standings.emergency(one, None)

    def _stand_together(self, root: Incident, family: set[UUID]) -> Iterator[Standing]:
        orders = [one for one in self._known["assignment"].values() if one.incident_id in family]
        for id_ in sorted(family):
            yield standings.incident(self._known["incident"][id_], orders)
        for noun, standing in _WITH_INCIDENT.items():
            for one in self._known[noun].values():
                if one.incident_id in family:
                    yield standing(one, root)
        there = {order.unit_id for order in orders if order.is_open}
        for lamp in self._known["note_read"].values():
            if self._of[lamp.id] in family:
                yield standings.note(lamp, self._of[lamp.id], on_it=lamp.unit_id in there)

    def whose(self, noun: str, id_: UUID) -> Whose:
        """By what people know the thing that a standing (its noun, its id) is of."""
        known = next(n for n in _FOLDS if _CALLED.get(n, n) == noun)
        one = self._known[known][id_]
        of = id_ if noun == "incident" else getattr(one, "incident_id", None)
        if noun in _OF_ITS_ROW:
            of = self._of.get(id_)
        unit_id = id_ if noun == "unit" else getattr(one, "unit_id", None)
        room_id = getattr(one, "to_room_id", None) or getattr(one, "room_id", None)
        name = getattr(one, _NAMED[noun]) if noun in _NAMED else None
        return Whose(of, unit_id, room_id, name, bool(getattr(one, "exercise", False)))
