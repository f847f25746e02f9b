"""What the run cards of a type tree ask for, for tests of who fits and what is short."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from dispatch.cards.file import derived
from dispatch.cards.matching import Look, demand
from dispatch.conditions import Subject, To
from dispatch.response import Requirement
from incidents.types import TypeTree

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Plain:
    """A city of one room that knows nothing but types."""

    def __init__(self, types: TypeTree) -> None:
        self.types = types

    def is_kind(self, code: str, of: str) -> bool:
        return code in self.types and self.types.is_under(code, of)

    def lies_under(self, room_id: UUID, code: str) -> bool:  # noqa: ARG002
        return False

    def is_hazard(self, label: str) -> bool:
        return label == "hazard"

    def addressed(self, room_id: UUID, to: To) -> UUID | None:  # noqa: ARG002
        return None

    def pace(self, rule: str, room_id: UUID) -> float:  # noqa: ARG002
        return 1.0


def subject(type_code: str | None, priority: int = 3, labels: Iterable[str] = ()) -> Subject:
    """An incident of that kind, somewhere."""
    return Subject(
        type=type_code, priority=priority, labels=tuple(labels), source="call", room_id=UUID(int=1), cell15=None, alarms=1
    )  # fmt: skip


def requirement(
    tree: TypeTree, type_code: str | None, priority: int, response: int = 1, labels: Iterable[str] = ()
) -> Requirement:
    """What goes first by the tree's own cards."""
    look = Look(subject=subject(type_code, priority, labels), at=NOON, duty="level_4", response=response)
    return demand(derived(tree), look, Plain(tree)).first
