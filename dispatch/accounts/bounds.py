"""Whose account who may touch 三员分立: the three who look after the system are kept apart, and no hand reaches too far.

Asked for every account that an act would make otherwise than it is, as it stands and as it is to be. Pure.
"""

from collections.abc import Mapping
from uuid import UUID

from dispatch.accounts.model import APART, Account
from dispatch.acts import Principal
from dispatch.errors import NotAllowed

KEEPER = "security_admin"
"""Who keeps the accounts of those three."""


def check_touch(
    principal: Principal, standing: Account | None, wanted: Account, unit_rooms: Mapping[UUID, UUID]
) -> None:
    """Pass silently, or raise NotAllowed with the remedy. unit_rooms: of the units that are crewed."""
    both = [one for one in (standing, wanted) if one is not None]
    if wanted.principal == principal.id:
        raise NotAllowed(
            "Nobody changes their own account; ask another administrator. A new password is set at your own page.",
            login=wanted.login,
        )
    if KEEPER not in principal.roles and any(APART & set(one.roles) for one in both):
        raise NotAllowed(
            f"{wanted.login} is, or would be, an administrator, security administrator or auditor; "
            "such accounts are kept by the security administrator.",
            login=wanted.login,
        )
    rooms = {one.room_id for one in both} | {
        unit_rooms[one.unit_id] for one in both if one.unit_id and one.unit_id in unit_rooms
    }
    if not rooms <= principal.rooms:
        raise NotAllowed(
            f"{wanted.login} belongs, or would belong, to a room outside yours; ask an administrator above.",
            login=wanted.login,
        )
