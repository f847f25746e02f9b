"""Units at the posts of a planned event: given one, withdrawn, checked in, relieved.

A unit cannot stand in two places at one time: a second post then is refused and says where the first is. Whoever takes over
relieves by checking in, never before, so that no post is empty in between.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch.desk.event_case import done, kept_if_said, opened, posted, say_to_units
from dispatch.errors import Invalid, NotAllowed, NotFound, UnitPromised
from dispatch.planned_events import events as e
from dispatch.planned_events import store
from dispatch.planned_events.model import PlannedEvent, Post, S
from dispatch.planned_events.relations import relations
from dispatch.texts import check_texts
from dispatch.work import Work, check_moment, ms
from units import store as unit_store
from units.model import Unit

TOLD = frozenset({S.APPROVED, S.RUNNING})
MOST_POSTS = 500


class PostPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One unit at one point for one time; times None: those of its phase, or of the event.

    fixed_position_id: name and point of a fixed one; phase_id: it follows that phase; relieves: the post it takes over, whose name and point it has then; task: sealed.
    """

    unit_id: UUID
    name: str | None = None
    lon: float | None = None
    lat: float | None = None
    fixed_position_id: UUID | None = None
    relieves: UUID | None = None
    phase_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    task: str | None = None


async def dedicate(w: Work, event_id: UUID, plan: PostPlan) -> tuple[PlannedEvent, UUID]:
    """Give a unit a post; the event and the post's id. Raises NotFound, NotAllowed, NotNow, UnitPromised, Invalid."""
    unit = (await unit_store.lock_units(w.conn, [plan.unit_id])).get(plan.unit_id)
    event = await opened(w, event_id, "dedicate")
    if unit is None:
        raise NotFound(f"There is no unit {plan.unit_id}.", noun="unit", field="unit_id")
    if not unit.seen_by & w.principal.rooms:
        raise NotAllowed(
            f"{unit.call_sign} belongs to another room; ask that one, or have it lent.", act="dedicate"
        )
    if len(event.posts) >= MOST_POSTS:
        raise Invalid(f"An event has {MOST_POSTS} posts at most; divide it.", field="unit_id")
    name, lon, lat = _where(w, event, plan)
    starts_at, ends_at = _when(w, event, plan)
    await _check_free(w, event, unit, (starts_at, ends_at))
    post_id: UUID = uuid7()
    event = await done(w, event, e.Dedicated(
        post_id=post_id, unit_id=unit.id, name=name, lon=lon, lat=lat, starts_at=starts_at, ends_at=ends_at,
        task_id=await kept_if_said(w, event_id, plan.task, "task"), relieves=plan.relieves,
        phase_id=plan.phase_id, by=w.principal.id, at=ms(w.now),
    ))  # fmt: skip
    if event.state in TOLD:
        await say_to_units(w, event, [unit.id], posted(w, event, name, starts_at, ends_at))
    return event, post_id


async def withdraw_unit(w: Work, event_id: UUID, post_id: UUID) -> PlannedEvent:
    """The unit of a post is free again; while it counts a reason is needed. Raises NotFound, NotAllowed, NotNow, Invalid."""
    event = await opened(w, event_id, "withdraw_unit")
    if event.state in TOLD and not (w.actor.reason or "").strip():
        raise Invalid("To take a unit from its post, give the reason.", field="reason")
    before = event
    event = await done(w, event, e.Withdrawn(post_id=post_id, by=w.principal.id, at=ms(w.now)))
    post = event.post(post_id)
    if post is not None and event is not before and event.state in TOLD:
        await say_to_units(
            w, event, [post.unit_id], f"{event.name}：岗位{post.name}撤岗 you are taken from your post"
        )
    return event


async def check_in(w: Work, event_id: UUID, post_id: UUID) -> PlannedEvent:
    """The unit is there, by its own word or a dispatcher's. Raises NotFound, NotAllowed, NotNow, BadClaim."""
    event = await opened(w, event_id, "check_in")
    post = event.post(post_id)
    own = post is not None and post.unit_id == w.principal.unit_id
    if relations(w.principal, w.centre.reference.rooms, event) <= {"unit", "sees"} and not own:
        raise NotFound(f"{event.name} has no post {post_id} of this unit.", noun="post")
    at, _ = w.step_time(event.times[S.APPROVED.value])
    event = await done(w, event, e.CheckedIn(post_id=post_id, by=w.principal.id, at=at))
    before = event.post(post.relieves) if post is not None and post.relieves else None
    if before is not None and before.relieved_at == at:
        await say_to_units(
            w, event, [before.unit_id], f"{event.name}：岗位{before.name}已换岗 you are relieved"
        )
    return event


def _where(w: Work, event: PlannedEvent, plan: PostPlan) -> tuple[str, float, float]:
    """Name and point. Raises Invalid, NotFound."""
    check_texts(plan.name, "name")
    if plan.relieves is not None:
        before = event.post(plan.relieves)
        if before is None or not before.stands:
            raise NotFound(
                f"{event.name} has no post {plan.relieves} to be relieved.", noun="post", field="relieves"
            )
        return before.name, before.lon, before.lat
    if plan.fixed_position_id is not None:
        fixed = next((one for one in w.centre.reference.positions if one.id == plan.fixed_position_id), None)
        if fixed is None:
            raise NotFound(f"There is no fixed position {plan.fixed_position_id}.", noun="fixed_position")
        return plan.name or fixed.name, fixed.lon, fixed.lat
    if plan.lon is None or plan.lat is None or not (plan.name or "").strip():
        raise Invalid(
            "A post has a name and a point: name, lon and lat.", field="name" if plan.lon else "lon"
        )
    return (plan.name or "").strip(), plan.lon, plan.lat


def _when(w: Work, event: PlannedEvent, plan: PostPlan) -> tuple[datetime, datetime]:
    """Report time and end; one that takes over begins when the other ends. Raises Invalid, NotFound."""
    phase = event.phase(plan.phase_id) if plan.phase_id else None
    if plan.phase_id is not None and phase is None:
        raise NotFound(f"{event.name} has no phase {plan.phase_id}.", noun="phase", field="phase_id")
    before: Post | None = event.post(plan.relieves) if plan.relieves else None
    usual = event.starts_at if before is None else min(before.ends_at, event.ends_at)
    starts_at = plan.starts_at or (phase.starts_at if phase is not None else usual)
    ends_at = plan.ends_at or (phase.ends_at if phase is not None else event.ends_at)
    check_moment(starts_at, "starts_at")
    check_moment(ends_at, "ends_at")
    if before is not None and starts_at >= ends_at:
        starts_at = w.now
    if not starts_at < ends_at:
        raise Invalid("A post ends after it begins; correct its times.", field="ends_at")
    return starts_at, ends_at


async def _check_free(w: Work, event: PlannedEvent, unit: Unit, when: tuple[datetime, datetime]) -> None:
    others = [one for one in await store.of_units(w.conn, [unit.id]) if one.id != event.id]
    for other in (event, *others):
        for post in other.standing:
            if post.unit_id == unit.id and post.meets(*when):
                raise UnitPromised(
                    f"{unit.call_sign} stands at {post.name} of {other.name} "
                    f"from {w.centre.local(post.starts_at):%m-%d %H:%M} to {w.centre.local(post.ends_at):%m-%d %H:%M}; "
                    "withdraw it there first, or choose other times.",
                    event_id=other.id, post_id=post.id,
                )  # fmt: skip
