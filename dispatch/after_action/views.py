"""The read side of after-action reviews: lists and single ones for whoever may, and as they stand for the live feed.

A review is seen by its room and those above; an action also by the room that is to do it. The feed carries no texts: whoever may read
them asks, and is logged.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
import structlog

from dispatch import store as dispatch_store
from dispatch import timers
from dispatch.acts import Principal, authorise, may
from dispatch.after_action import store
from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.after_action.shown import (
    About,
    AboutIncident,
    AfterActionReviewShown,
    ReviewActionShown,
    action_shown,
    review_shown,
)
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import instant
from dispatch.journal import Connection
from dispatch.rules import FOLLOWING
from dispatch.shown import Now, TimerRow
from dispatch.unsealing import open_sealed
from dispatch.waiting import Spoken
from dispatch.work import ms
from incidents import store as incident_store

log = structlog.get_logger(__name__)


async def reviews(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[AfterActionReviewShown]:
    """These reviews by id with their texts, for who has just acted on them."""
    return await _show(conn, centre, await store.read(conn, ids), texts=True)


async def actions(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[ReviewActionShown]:
    """These actions by id with their texts, for who has just acted on them."""
    return await _show_actions(conn, centre, await store.read_actions(conn, ids), texts=True)


async def review_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: store.Narrowed,
    page: tuple[UUID | None, int],
) -> list[AfterActionReviewShown]:
    """Reviews of this seat's rooms, the newest first, without texts. Raises NotAllowed."""
    authorise(principal, "after_action_review", "read", ("room",))
    ids = await store.review_ids(conn, principal.rooms, which, page)
    shown = await _show(conn, centre, await store.read(conn, ids), texts=False)
    return sorted(shown, key=lambda one: one.id, reverse=True)


async def one_review(
    conn: Connection, centre: Centre, principal: Principal, id_: UUID
) -> AfterActionReviewShown:
    """One review. Its texts are opened for whom they are for, and that is logged. Raises NotFound, NotAllowed."""
    authorise(principal, "after_action_review", "read", ("room",))
    found = await store.read(conn, [id_])
    if not found or found[0].room_id not in principal.rooms:
        raise NotFound(f"There is no after-action review {id_}.", noun="after_action_review")
    texts = may(principal, "after_action_review", "open_texts", ("room",))
    if texts:
        log.info("review_texts_read", principal=principal.id, review_id=str(id_))
    return (await _show(conn, centre, found, texts=texts))[0]


async def action_page(
    conn: Connection,
    centre: Centre,
    principal: Principal,
    which: store.ActionsNarrowed,
    page: tuple[UUID | None, int],
) -> list[ReviewActionShown]:
    """What this seat's rooms have to do or have ordered, the newest first. Raises NotAllowed."""
    authorise(principal, "review_action", "read", ("room",))
    ids = await store.action_ids(conn, principal.rooms, which, page)
    texts = may(principal, "after_action_review", "open_texts", ("room",))
    shown = await _show_actions(conn, centre, await store.read_actions(conn, ids), texts=texts)
    return sorted(shown, key=lambda one: one.id, reverse=True)


async def reviews_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """What these reviews look like now and who may see them, for the live feed."""
    found = await store.read(conn, ids)
    shown = {one.id: one for one in await _show(conn, centre, found, texts=False)}
    return {
        one.id: Now(one.version, _lineage(centre, one.room_id), msgspec.Raw(msgspec.json.encode(shown[one.id])))
        for one in found
    }  # fmt: skip


async def actions_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, Now]:
    """The same of actions."""
    found = await store.read_actions(conn, ids)
    shown = {one.id: one for one in await _show_actions(conn, centre, found, texts=False)}
    return {
        one.id: Now(
            one.version, _lineage(centre, one.room_id) | _lineage(centre, one.from_room_id),
            msgspec.Raw(msgspec.json.encode(shown[one.id])),
        )
        for one in found
    }  # fmt: skip


def _lineage(centre: Centre, room_id: UUID) -> frozenset[UUID]:
    room = centre.reference.rooms.by_id.get(room_id)
    return frozenset({room_id, *(room.lineage if room else ())})


async def _show(
    conn: Connection, centre: Centre, found: Sequence[AfterActionReview], *, texts: bool
) -> list[AfterActionReviewShown]:
    if not found:
        return []
    following = await store.actions_of(conn, [one.id for one in found])
    sealed = [f.narrative_id for one in found for f in one.findings]
    sealed += [one.conclusion_id for one in found if one.conclusion_id]
    about = await _about(conn, centre, found, following, sealed if texts else None)
    return [review_shown(r, [a for a in following if a.review_id == r.id], about) for r in found]


async def _show_actions(
    conn: Connection, centre: Centre, found: Sequence[ReviewAction], *, texts: bool
) -> list[ReviewActionShown]:
    if not found:
        return []
    about = await _about(conn, centre, (), found, [] if texts else None)
    return [action_shown(one, about) for one in found]


async def _about(
    conn: Connection,
    centre: Centre,
    found: Iterable[AfterActionReview],
    following: Sequence[ReviewAction],
    sealed: list[UUID] | None,
) -> About:
    """What stands beside them; sealed: texts to open beside those of the actions, None: no text is opened."""
    rows = list(found)
    about = {one.incident_id for one in rows} | {one.incident_id for one in following}
    incidents = await incident_store.read_incidents(conn, list(about))
    ids = [] if sealed is None else [*sealed, *_said_in(following)]
    return About(
        incidents={
            id_: AboutIncident(
                number=i.number, type=i.type_verified or i.type_reported, priority=i.priority,
                exercise=i.exercise, opened_at=instant(i.opened_at),
            )
            for id_, i in incidents.items()
        },
        texts=(await open_sealed(conn, centre, ids, [])).texts,
        review_timers=await _timers(conn, "after_action_review", [one.id for one in rows]),
        action_timers=await _timers(conn, "review_action", [one.id for one in following]),
        spoken=Spoken(centre.rules, centre.reference, centre.units), now_ms=ms(await dispatch_store.now(conn)),
        sealed=sealed is None,
    )  # fmt: skip


def _said_in(following: Iterable[ReviewAction]) -> list[UUID]:
    return [
        id_
        for one in following
        for id_ in (one.narrative_id, *(turn.narrative_id for turn in one.turns))
        if id_ is not None
    ]


async def _timers(conn: Connection, noun: str, ids: Sequence[UUID]) -> dict[UUID, list[TimerRow]]:
    if not ids:
        return {}
    found = await timers.of_entities(conn, noun, ids)
    return {id_: [row for row in rows if row.kind not in FOLLOWING] for id_, rows in found.items()}
