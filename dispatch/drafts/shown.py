"""Drafts as they are shown: whole to the seat that has it, with the caller masked to everybody else who may look on.

The dispatcher of the room that will answer sees it while it is typed.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.drafts import store
from dispatch.drafts.model import Draft, End
from dispatch.drafts.store import Kept
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.showing import masked_name, masked_number
from dispatch.shown import Now

AT_MOST = 500


class DraftShown(msgspec.Struct, frozen=True, kw_only=True):
    """One draft. room_id: which will answer, by its place; taking_room_id: where it is taken; form null once it ended."""

    id: UUID
    room_id: UUID
    taking_room_id: UUID
    seat_id: UUID | None
    by: str
    call_id: UUID | None
    form: dict[str, Any] | None
    opened_at: Instant
    saved_at: Instant
    ended: End | None
    alarm_id: UUID | None
    version: int


async def drafts(
    conn: Connection, centre: Centre, principal: Principal, ids: Sequence[UUID]
) -> list[DraftShown]:
    """These drafts as this visitor sees them; those out of sight left out."""
    found = await store.read(conn, ids)
    return [
        _shown(centre, found[id_], principal) for id_ in ids if id_ in found and _sees(principal, found[id_])
    ]


async def draft(conn: Connection, centre: Centre, principal: Principal, id_: UUID) -> DraftShown:
    """One draft. Raises NotFound, also when it may not be seen."""
    authorise(principal, "draft", "read", {"room"})
    found = await drafts(conn, centre, principal, [id_])
    if not found:
        raise NotFound(f"There is no draft {id_}.", noun="draft")
    return found[0]


async def draft_list(
    conn: Connection, centre: Centre, principal: Principal, room_id: UUID | None
) -> list[DraftShown]:
    """Open drafts that this visitor, or this room of theirs, sees; the newest first. Raises NotAllowed."""
    authorise(principal, "draft", "read", {"room"})
    rooms = principal.rooms if room_id is None else centre.reference.rooms.subtree(room_id) & principal.rooms
    return [_shown(centre, one, principal) for one in await store.open_ones(conn, rooms, AT_MOST)]


async def drafts_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What drafts look like now, for the live feed: masked."""
    return {
        id_: Now(kept.version, frozenset(kept.rooms), msgspec.Raw(msgspec.json.encode(_shown(centre, kept))))
        for id_, kept in (await store.read(conn, ids)).items()
    }


async def drafts_seen(conn: Connection, principal: Principal) -> list[UUID]:
    """The drafts that belong into a snapshot."""
    return [kept.draft.id for kept in await store.open_ones(conn, principal.rooms, AT_MOST)]


def is_of(draft: Draft, principal: Principal) -> bool:
    """Whether it is this visitor's own: at their seat, or without seat and begun by them."""
    if draft.seat_id is not None:
        return draft.seat_id == principal.seat_id
    return draft.by == principal.id


def _sees(principal: Principal, kept: Kept) -> bool:
    return is_of(kept.draft, principal) or not principal.rooms.isdisjoint(kept.rooms)


def _shown(centre: Centre, kept: Kept, principal: Principal | None = None) -> DraftShown:
    draft = kept.draft
    form = _opened(centre, kept)
    own = principal is not None and is_of(draft, principal)
    return DraftShown(
        id=draft.id, room_id=kept.answering_room_id, taking_room_id=draft.room_id, seat_id=draft.seat_id, by=draft.by,
        call_id=kept.call_id, form=form if own or form is None else masked(form), opened_at=instant(draft.opened_at),
        saved_at=instant(kept.saved_at), ended=draft.ended, alarm_id=draft.alarm_id, version=kept.version,
    )  # fmt: skip


def _opened(centre: Centre, kept: Kept) -> dict[str, Any] | None:
    """What stands in it; None once it ended, or when the key it was sealed with is another."""
    if not kept.sealed:
        return None
    try:
        form: dict[str, Any] = msgspec.json.decode(centre.seal.open(kept.salt, kept.sealed))
    except InvalidTag:
        return None
    return form


def masked(form: dict[str, Any]) -> dict[str, Any]:
    """The same with the caller's numbers and name masked, and nothing of a confidential one."""
    caller = form.get("caller")
    if not isinstance(caller, dict):
        return form
    if caller.get("confidential"):
        return form | {"caller": {"confidential": True}}
    hidden: dict[str, Any] = {}
    for name, mask in (("number", masked_number), ("safe_number", masked_number), ("name", masked_name)):
        if name in caller:
            hidden[name] = mask(caller[name]) if isinstance(caller[name], str) else None
    return form | {"caller": caller | hidden}
