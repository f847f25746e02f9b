"""After-action reviews and their actions in PostgreSQL: whole rows in and out, locked after their incident, a review before its actions.

A partial unique index stands behind the rule that an incident has one review at a time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.after_action.model import AfterActionReview, ReviewAction
from dispatch.journal import Connection

_REVIEW = ", ".join(AfterActionReview.__struct_fields__)
_REVIEW_EXCLUDED = ", ".join(f"excluded.{name}" for name in AfterActionReview.__struct_fields__)
_ACTION = ", ".join(ReviewAction.__struct_fields__)
_ACTION_EXCLUDED = ", ".join(f"excluded.{name}" for name in ReviewAction.__struct_fields__)
REVIEW_SAVE = f"""
INSERT INTO after_action_review ({_REVIEW})
SELECT {_REVIEW} FROM jsonb_populate_recordset(NULL::after_action_review, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_REVIEW}) = ({_REVIEW_EXCLUDED})
"""
REVIEW_LOCK = (
    "SELECT to_jsonb(r)::text FROM after_action_review r WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
REVIEW_READ = "SELECT to_jsonb(r)::text FROM after_action_review r WHERE id = ANY($1::uuid[]) ORDER BY id"
REVIEWS_OF = """
SELECT to_jsonb(r)::text FROM after_action_review r WHERE incident_id = ANY($1::uuid[]) ORDER BY id
"""
ACTION_SAVE = f"""
INSERT INTO review_action ({_ACTION})
SELECT {_ACTION} FROM jsonb_populate_recordset(NULL::review_action, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET ({_ACTION}) = ({_ACTION_EXCLUDED})
"""
ACTION_LOCK = (
    "SELECT to_jsonb(a)::text FROM review_action a WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
)
ACTION_READ = "SELECT to_jsonb(a)::text FROM review_action a WHERE id = ANY($1::uuid[]) ORDER BY id"
ACTIONS_LOCK_OF = "SELECT to_jsonb(a)::text FROM review_action a WHERE review_id = $1 ORDER BY id FOR UPDATE"
ACTIONS_OF = "SELECT to_jsonb(a)::text FROM review_action a WHERE review_id = ANY($1::uuid[]) ORDER BY id"
# $1 rooms of the seat; $2 below this id; $3 states; $4 somebody who takes part; $5 about this incident; $6 for one of these causes
REVIEW_PAGE = """
SELECT r.id FROM after_action_review r
WHERE r.room_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR r.id < $2)
    AND ($3::text[] IS NULL OR r.state = ANY($3))
    AND ($4::text IS NULL OR r.participants ? $4)
    AND ($5::uuid IS NULL OR r.incident_id = $5)
    AND ($6::text[] IS NULL OR r.causes ?| $6)
ORDER BY r.id DESC LIMIT $7
"""
# $3 states; $4 of the room it is for or that ordered it; $5 due before this
ACTION_PAGE = """
SELECT a.id FROM review_action a
WHERE (a.room_id = ANY($1::uuid[]) OR a.from_room_id = ANY($1::uuid[])) AND ($2::uuid IS NULL OR a.id < $2)
    AND ($3::text[] IS NULL OR a.state = ANY($3))
    AND ($4::uuid IS NULL OR a.room_id = $4)
    AND ($5::timestamptz IS NULL OR a.due_at < $5)
ORDER BY a.id DESC LIMIT $6
"""
# What has fallen due and still stands, of these rooms: found by its timers, however many reviews there are.
REVIEWS_LATE = """
SELECT r.id FROM after_action_review r
WHERE r.room_id = ANY($1::uuid[]) AND r.state IN ('waiting', 'open')
    AND EXISTS (SELECT FROM timer t WHERE t.noun = 'after_action_review' AND t.entity_id = r.id AND t.fired_at IS NOT NULL)
ORDER BY r.id DESC
"""
ACTIONS_LATE = """
SELECT a.id FROM review_action a
WHERE (a.room_id = ANY($1::uuid[]) OR a.from_room_id = ANY($1::uuid[])) AND a.state IN ('open', 'done', 'returned')
    AND EXISTS (SELECT FROM timer t WHERE t.noun = 'review_action' AND t.entity_id = a.id AND t.fired_at IS NOT NULL)
ORDER BY a.id DESC
"""

_review = msgspec.json.Decoder(AfterActionReview)
_action = msgspec.json.Decoder(ReviewAction)


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which reviews a list is about; None lets all pass. who: takes part."""

    states: list[str] | None = None
    who: str | None = None
    incident_id: UUID | None = None
    causes: list[str] | None = None


class ActionsNarrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which actions a list is about; None lets all pass. room_id: who is to do it."""

    states: list[str] | None = None
    room_id: UUID | None = None
    due_before: datetime | None = None


async def save(conn: Connection, reviews: Iterable[AfterActionReview]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(REVIEW_SAVE, msgspec.json.encode(list(reviews)).decode())


async def lock(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, AfterActionReview]:
    """These, held until this act is over."""
    found = [_review.decode(row[0]) for row in await conn.fetch(REVIEW_LOCK, sorted(set(ids)))]
    return {review.id: review for review in found}


async def read(conn: Connection, ids: Iterable[UUID]) -> list[AfterActionReview]:
    """These, whatever became of them, by id."""
    return [_review.decode(row[0]) for row in await conn.fetch(REVIEW_READ, list(ids))]


async def of_incidents(conn: Connection, incident_ids: Iterable[UUID]) -> list[AfterActionReview]:
    """All that there ever were of these incidents."""
    return [_review.decode(row[0]) for row in await conn.fetch(REVIEWS_OF, list(incident_ids))]


async def save_actions(conn: Connection, actions: Iterable[ReviewAction]) -> None:
    """Write whole rows, new or changed."""
    await conn.execute(ACTION_SAVE, msgspec.json.encode(list(actions)).decode())


async def lock_actions(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, ReviewAction]:
    """These, held until this act is over."""
    found = [_action.decode(row[0]) for row in await conn.fetch(ACTION_LOCK, sorted(set(ids)))]
    return {action.id: action for action in found}


async def lock_actions_of(conn: Connection, review_id: UUID) -> list[ReviewAction]:
    """All of a review, held until this act is over."""
    return [_action.decode(row[0]) for row in await conn.fetch(ACTIONS_LOCK_OF, review_id)]


async def read_actions(conn: Connection, ids: Iterable[UUID]) -> list[ReviewAction]:
    """These, whatever became of them, by id."""
    return [_action.decode(row[0]) for row in await conn.fetch(ACTION_READ, list(ids))]


async def actions_of(conn: Connection, review_ids: Iterable[UUID]) -> list[ReviewAction]:
    """All of these reviews, in the order of their orders."""
    return [_action.decode(row[0]) for row in await conn.fetch(ACTIONS_OF, list(review_ids))]


async def review_ids(
    conn: Connection, rooms: Iterable[UUID], which: Narrowed, page: tuple[UUID | None, int]
) -> Sequence[UUID]:
    """Ids of the reviews of these rooms, the newest first."""
    rows = await conn.fetch(
        REVIEW_PAGE, list(rooms), page[0], which.states, which.who, which.incident_id, which.causes, page[1]
    )
    return [row[0] for row in rows]


async def action_ids(
    conn: Connection, rooms: Iterable[UUID], which: ActionsNarrowed, page: tuple[UUID | None, int]
) -> Sequence[UUID]:
    """Ids of the actions that these rooms have to do or have ordered, the newest first."""
    rows = await conn.fetch(
        ACTION_PAGE, list(rooms), page[0], which.states, which.room_id, which.due_before, page[1]
    )
    return [row[0] for row in rows]


async def late_ids(conn: Connection, rooms: Iterable[UUID]) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Ids of the reviews and of the actions of these rooms of which something has fallen due."""
    seen = list(rooms)
    reviews = await conn.fetch(REVIEWS_LATE, seen)
    actions = await conn.fetch(ACTIONS_LATE, seen)
    return [row[0] for row in reviews], [row[0] for row in actions]
