"""The life of a planned event as data and two pure functions: `decide` what a command leads to, `evolve` by each fact.

Its time starts it; only a person ends it. Posts are given while it is prepared or runs, never while it waits for approval.
"""

from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

import msgspec

from dispatch.errors import NotFound, NotNow
from dispatch.firings import RuleFired
from dispatch.instants import EPOCH
from dispatch.planned_events import events as e
from dispatch.planned_events import phasing
from dispatch.planned_events.model import WRITTEN, EventState, Inside, PlannedEvent, Post, PostTimes, S
from dispatch.planned_events.phasing import Rephase

TRANSITIONS: dict[EventState, frozenset[EventState]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.CANCELLED}),
    S.SUBMITTED: frozenset({S.APPROVED, S.RETURNED, S.CANCELLED}),
    S.RETURNED: frozenset({S.SUBMITTED, S.CANCELLED}),
    S.APPROVED: frozenset({S.RUNNING, S.CANCELLED}),
    S.RUNNING: frozenset({S.ENDED}),
    S.ENDED: frozenset({S.SUMMED_UP}),
    S.SUMMED_UP: frozenset(),
    S.CANCELLED: frozenset(),
}
MANNED = frozenset({*WRITTEN, S.APPROVED, S.RUNNING})
"""Units may be given posts, or withdrawn: not while what was submitted waits for approval."""
CHECKED_IN = frozenset({S.APPROVED, S.RUNNING})
LOGGED = frozenset({S.APPROVED, S.RUNNING, S.ENDED})

REPHASED = "rephased"
"""Among its times: since when its phases are others than its approver knows."""

type _Turning = e.Submitted | e.Approved | e.Returned | e.Cancelled | e.Started | e.Ended | e.SummedUp
Command = e.EventFact | Rephase
"""A command asks for exactly the fact it names; `decide` refuses it, or lets it become one. Phases are asked for as a whole."""


def decide(event: PlannedEvent, command: Command) -> list[e.EventFact]:
    """The facts a command leads to; none when it is so already. Raises NotNow and NotFound."""
    kind = type(command)
    if kind in _STATE:
        _must_reach(event, _STATE[kind])
    elif kind in _ALLOWED:
        _must_be(event, *_ALLOWED[kind])
    match command:
        case e.Extended(ends_at=ends_at):
            if ends_at <= event.ends_at:
                raise NotNow(f"{event.name} lasts until then already.")
        case e.Withdrawn(post_id=post_id):
            return [command] if _known(event, post_id).stands else []
        case e.CheckedIn(post_id=post_id):
            return [command] if _may_check_in(event, post_id) else []
        case Rephase():
            return _rephased(event, command)
        case e.Amended():
            return [_with_followers(event, command)]
        case e.Linked(incident_id=incident_id):
            return [command] if event.state is S.RUNNING and not event.knows(incident_id) else []
        case _:
            pass
    return [command]


_STATE: dict[type[Any], EventState] = {
    e.Submitted: S.SUBMITTED, e.Approved: S.APPROVED, e.Returned: S.RETURNED, e.Cancelled: S.CANCELLED,
    e.Started: S.RUNNING, e.Ended: S.ENDED, e.SummedUp: S.SUMMED_UP,
}  # fmt: skip


_ALLOWED: dict[type[Any], tuple[frozenset[EventState], str]] = {
    e.Amended: (WRITTEN, "written anew"), e.Extended: (frozenset({S.RUNNING}), "extended"),
    e.Dedicated: (MANNED, "given units"), e.Withdrawn: (MANNED, "parted from a unit"),
    Rephase: (CHECKED_IN, "given other phases"), e.Rephased: (frozenset(), "given other phases one by one"),
    e.CheckedIn: (CHECKED_IN, "checked in to"), e.Logged: (LOGGED, "written about"),
}  # fmt: skip


def _rephased(event: PlannedEvent, wanted: Rephase) -> list[e.EventFact]:
    told = phasing.asked(event, wanted)
    now = EPOCH + timedelta(milliseconds=wanted.at)
    posts = phasing.followed(event, told, now)
    return [e.Rephased(changes=told, posts=posts, by=wanted.by, at=wanted.at)] if told else []


def _with_followers(event: PlannedEvent, command: e.Amended) -> e.Amended:
    """Posts for a phase follow it while the event is written, too."""
    phasing.no_posts_left(event, command.phases)
    ahead = msgspec.structs.replace(event, ends_at=max(event.ends_at, command.ends_at))
    now = EPOCH + timedelta(milliseconds=command.at)
    posts = phasing.followed(ahead, phasing.changes(event.phases, command.phases), now)
    return msgspec.structs.replace(command, posts=posts)


def _may_check_in(event: PlannedEvent, post_id: UUID) -> bool:
    post = _known(event, post_id)
    if not post.stands:
        raise NotNow(f"The unit was taken from post {post.name}; it does not check in there.")
    return post.checked_in_at is None


def _known(event: PlannedEvent, post_id: UUID) -> Post:
    post = event.post(post_id)
    if post is None:
        raise NotFound(f"{event.name} has no post {post_id}.", noun="post")
    return post


def _must_reach(event: PlannedEvent, state: EventState) -> None:
    if state not in TRANSITIONS[event.state]:
        raise NotNow(
            f"{event.name} is {event.state}; from there it does not become {state}.", state=event.state
        )


def _must_be(event: PlannedEvent, states: frozenset[EventState], said: str) -> None:
    if event.state not in states:
        raise NotNow(f"{event.name} is {event.state}; in that state it cannot be {said}.", state=event.state)


def evolve(event: PlannedEvent | None, event_id: UUID, fact: e.EventFact) -> PlannedEvent:
    """The event after one more fact; its version rises by one. Only `Drafted` may start from None."""
    if isinstance(fact, e.Drafted):
        if event is not None:
            raise ValueError(f"event {event_id} is drafted twice")
        return PlannedEvent(
            id=event_id,
            version=1,
            state=S.DRAFT,
            drafted_by=fact.by,
            times={S.DRAFT.value: fact.at},
            **_said(fact),
        )
    if event is None:
        raise ValueError(f"the history of event {event_id} does not start with its draft")
    return msgspec.structs.replace(event, version=event.version + 1, **_changes(event, fact))


def _said(fact: e.Drafted | e.Amended) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.structs.asdict(fact).items()
        if name not in ("by", "at", "posts")
    }


def _changes(event: PlannedEvent, fact: e.EventFact) -> dict[str, Any]:
    match fact:
        case (
            e.Submitted()
            | e.Approved()
            | e.Returned()
            | e.Cancelled()
            | e.Started()
            | e.Ended()
            | e.SummedUp()
        ):
            return _turned(event, fact)
        case e.Amended():
            return _said(fact) | {"posts": _retimed(event.posts, fact.posts)}
        case e.Rephased():
            return _with_phases(event, fact)
        case e.Extended(ends_at=ends_at):
            return {"ends_at": ends_at, "posts": _retimed(event.posts, _longer(event, ends_at))}
        case e.Dedicated() | e.Withdrawn() | e.CheckedIn():
            return {"posts": _posts(event, fact)}
        case e.Linked(incident_id=incident_id, at=at):
            return {"inside": (*event.inside, Inside(incident_id, at))}
        case e.Logged():
            return {"logged": event.logged + 1}
        case RuleFired() | e.AlertNoticed():
            return {}
        case e.Drafted():
            raise ValueError(f"event {event.id} is drafted twice")
        case _:
            assert_never(fact)


def _with_phases(event: PlannedEvent, fact: e.Rephased) -> dict[str, Any]:
    """What its approver changes is known to its approver."""
    known = {name: at for name, at in event.times.items() if name != REPHASED}
    return {
        "phases": phasing.applied(event.phases, fact.changes), "posts": _retimed(event.posts, fact.posts),
        "times": known if fact.by == event.approved_by else known | {REPHASED: fact.at},
    }  # fmt: skip


def _longer(event: PlannedEvent, ends_at: datetime) -> tuple[PostTimes, ...]:
    return tuple(
        PostTimes(post_id=post.id, starts_at=post.starts_at, ends_at=ends_at) for post in event.lasting
    )


def _retimed(posts: tuple[Post, ...], moved: tuple[PostTimes, ...]) -> tuple[Post, ...]:
    for times in moved:
        posts = _with(posts, times.post_id, starts_at=times.starts_at, ends_at=times.ends_at)
    return posts


def _turned(event: PlannedEvent, fact: _Turning) -> dict[str, Any]:
    state = _STATE[type(fact)]
    changes: dict[str, Any] = {"state": state, "times": event.times | {state.value: fact.at}}
    if isinstance(fact, e.Submitted):
        changes["submitted_by"] = fact.by
    if isinstance(fact, e.Approved):
        changes["approved_by"] = fact.by
    if isinstance(fact, e.SummedUp):
        changes["summary_id"] = fact.narrative_id
    return changes


def _posts(event: PlannedEvent, fact: e.Dedicated | e.Withdrawn | e.CheckedIn) -> tuple[Post, ...]:
    if isinstance(fact, e.Dedicated):
        said = {
            name: value
            for name, value in msgspec.structs.asdict(fact).items()
            if name not in ("by", "at", "post_id")
        }
        return (*event.posts, Post(id=fact.post_id, **said))
    if isinstance(fact, e.Withdrawn):
        return _with(event.posts, fact.post_id, withdrawn_at=fact.at)
    there = event.post(fact.post_id)
    posts = _with(event.posts, fact.post_id, checked_in_at=fact.at, checked_in_by=fact.by)
    before = event.post(there.relieves) if there is not None and there.relieves else None
    if before is None or not before.stands:
        return posts
    return _with(posts, before.id, relieved_at=fact.at)


def _with(posts: tuple[Post, ...], post_id: UUID, **changes: Any) -> tuple[Post, ...]:
    return tuple(msgspec.structs.replace(post, **changes) if post.id == post_id else post for post in posts)
