"""Numbers that ring for nothing: a registry of labels, by the sealed number. A label warns; it never queues anybody lower.

Asked when an alarm is judged. Pure: the value, its facts and its fold.
"""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec


class NuisanceNumber(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled number; `person_id` is the sealed row that holds it. Has exactly the columns of its table."""

    id: UUID
    person_id: UUID
    standing: bool = True
    version: int
    by: str
    recorded_at: datetime


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of both facts."""


class Labelled(Fact, frozen=True, kw_only=True, tag="labelled"):
    """The number was entered."""

    person_id: UUID
    by: str
    recorded_at: datetime


class Lifted(Fact, frozen=True, kw_only=True, tag="lifted"):
    """The label was taken off."""


NuisanceFact = Labelled | Lifted


def evolve(number: NuisanceNumber | None, id_: UUID, fact: NuisanceFact) -> NuisanceNumber:
    """The entry after one more fact; only `Labelled` may start from None."""
    match fact:
        case Labelled():
            return NuisanceNumber(
                id=id_, person_id=fact.person_id, version=1, by=fact.by, recorded_at=fact.recorded_at
            )
        case Lifted():
            changes: dict[str, Any] = {"standing": False}
        case _:
            assert_never(fact)
    if number is None:
        raise ValueError(f"the history of nuisance number {id_} does not start with its label")
    return msgspec.structs.replace(number, version=number.version + 1, **changes)
