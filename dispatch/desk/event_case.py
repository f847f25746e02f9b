"""A planned event as an act handles it: locked, judged against the table of acts, told, kept, its timers following.

Locks come after those of incidents, assignments and units. What its units must know is said to their terminals from here.
"""

from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from dispatch import acts, standings
from dispatch.desk import radio
from dispatch.desk.sealed import keep_text
from dispatch.errors import Behind, Invalid, NotFound, UnitPromised
from dispatch.planned_events import events as e
from dispatch.planned_events import lifecycle as life
from dispatch.planned_events import store
from dispatch.planned_events.model import PlannedEvent, Post
from dispatch.planned_events.relations import relations
from dispatch.texts import check_texts
from dispatch.work import Work
from units import store as unit_store

ActName = Literal[
    "amend", "submit", "approve", "return", "cancel", "start", "extend", "end", "sum_up", "dedicate", "withdraw_unit",
    "check_in", "log", "message", "notice", "rephase",
]  # fmt: skip
"""Acts on an event, as acts.csv calls them."""


async def opened(w: Work, event_id: UUID, act: ActName) -> PlannedEvent:
    """The event under lock, when this act on it is the principal's; one that is none of theirs is NotFound."""
    event = (await store.lock(w.conn, [event_id])).get(event_id)
    found = set() if event is None else relations(w.principal, w.centre.reference.rooms, event)
    if event is None or not found:
        raise NotFound(f"There is no planned event {event_id}.", noun="event")
    acts.authorise(w.principal, "event", act, found, event.state)
    return event


async def opened_with_units(
    w: Work, event_id: UUID, act: ActName, moving: Callable[[PlannedEvent], Iterable[Post]]
) -> PlannedEvent:
    """The same, locked after the units of posts that may be for another time then. Raises Behind (one more came meanwhile)."""
    before = next(iter(await store.read(w.conn, [event_id])), None)
    locked = {post.unit_id for post in moving(before)} if before is not None else set()
    await unit_store.lock_units(w.conn, locked)
    event = await opened(w, event_id, act)
    if not locked.issuperset(post.unit_id for post in moving(event)):
        raise Behind
    return event


async def check_free(w: Work, after: PlannedEvent, moved: Container[UUID], otherwise: str) -> None:
    """Raise UnitPromised naming every moved post whose unit would have to be in two places. otherwise: what else helps.

    Units are under lock already. moved: ids of posts.
    """
    posts = [post for post in after.posts if post.id in moved]
    others = [
        one for one in await store.of_units(w.conn, {post.unit_id for post in posts}) if one.id != after.id
    ]
    met = [
        (post, other.name, theirs)
        for post in posts
        for other in (after, *others)
        for theirs in other.standing
        if theirs.id != post.id
        and theirs.unit_id == post.unit_id
        and theirs.meets(post.starts_at, post.ends_at)
    ]
    if not met:
        return
    units = await unit_store.read_units(w.conn, {post.unit_id for post, _, _ in met})
    said = "; ".join(
        f"{units[post.unit_id].call_sign} of {post.name} stands at {theirs.name} of {name} "
        f"from {w.centre.local(theirs.starts_at):%m-%d %H:%M} to {w.centre.local(theirs.ends_at):%m-%d %H:%M}"
        for post, name, theirs in met
    )
    raise UnitPromised(
        f"{said}; withdraw it there first, or {otherwise}.", post_ids=[post.id for post, _, _ in met]
    )


async def tell(w: Work, event: PlannedEvent | None, id_: UUID, facts: Iterable[e.EventFact]) -> PlannedEvent:
    """Append the facts and save the event after them; its timers follow."""
    changed = event
    for fact in facts:
        changed = life.evolve(changed, id_, fact)
        w.append("event", id_, changed.version, None, fact)
    if changed is None:
        raise ValueError(f"nothing is told of event {id_}")
    if changed is not event:
        await store.save(w.conn, [changed])
        w.follow(standings.event(changed))
    return changed


async def done(w: Work, event: PlannedEvent, command: life.Command) -> PlannedEvent:
    """Carry a command out on an event under lock. Raises NotNow, NotFound."""
    return await tell(w, event, event.id, life.decide(event, command))


async def kept(w: Work, event_id: UUID, text: str | None, field: str = "text") -> UUID:
    """Seal words that have to be said. Raises Invalid when there are none."""
    check_texts(text, field)
    if text is None or not text.strip():
        raise Invalid(f"Say in {field} what it is about.", field=field)
    return await keep_text(w, event_id, text)


async def kept_if_said(w: Work, event_id: UUID, text: str | None, field: str) -> UUID | None:
    """Seal words if there are any."""
    check_texts(text, field)
    return await keep_text(w, event_id, text) if text and text.strip() else None


async def say_to_units(w: Work, event: PlannedEvent, unit_ids: Iterable[UUID], text: str) -> None:
    """A line to these terminals; it names events, posts and times only."""
    for unit in (await unit_store.read_units(w.conn, set(unit_ids))).values():
        await radio.say(
            w, unit, "message", None, text=text, exercise=event.exercise, prompt="message", about=event.id
        )


def posted(w: Work, event: PlannedEvent, post: str, starts_at: datetime, ends_at: datetime) -> str:
    """What a unit is told of its post, on the city's clock."""
    begins, ends = w.centre.local(starts_at), w.centre.local(ends_at)
    return (
        f"{event.name}：岗位{post}，{begins:%m-%d %H:%M}至{ends:%m-%d %H:%M} at your post from then to then"
    )
