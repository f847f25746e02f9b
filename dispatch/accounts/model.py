"""An account: who may sign in, as what, from which room. No fact ever holds a name, only an id.

System administrator, security administrator and auditor are three people 三员分立.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dispatch.errors import Invalid
from dispatch.roles import PEOPLE

APART = frozenset({"admin", "security_admin", "auditor"})


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One person. login: lower case; unit_id: the unit this person crews; has exactly the columns of its table."""

    id: UUID
    login: str
    name: str
    roles: tuple[str, ...]
    room_id: UUID
    unit_id: UUID | None = None
    disabled: bool = False
    version: int = 1

    @property
    def principal(self) -> str:
        """Under which this person stands in the journal."""
        return principal_of(self.id)


class AccountChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag="changed"):
    """Somebody's account is new or different: what they may do, where, and whether they were given a password by this."""

    version: int
    roles: tuple[str, ...]
    room_id: UUID
    unit_id: UUID | None
    disabled: bool
    password_set: bool


def principal_of(account_id: UUID) -> str:
    """How an account is named in facts."""
    return f"user:{account_id}"


def checked_roles(login: str, roles: Sequence[str], unit_id: UUID | None) -> tuple[str, ...]:
    """The roles in order, when one person may have them together. Raises Invalid."""
    if not roles or (unknown := sorted(set(roles) - set(PEOPLE))):
        named = ", ".join(unknown) if roles else "none"
        raise Invalid(
            f"{login} has the role {named}; a person has one or more of {', '.join(sorted(PEOPLE))}.",
            field="roles",
        )
    if len(APART & set(roles)) > 1:
        raise Invalid(
            f"{login}: system administrator, security administrator and auditor are three people.",
            field="roles",
        )
    if "unit" in roles and unit_id is None:
        raise Invalid(f"{login} is a crew and needs the unit it belongs to.", field="unit_id")
    return tuple(sorted(set(roles)))
