"""Phases of a planned event that has been approved: what lies ahead may be other than was approved, what has begun stays.

A post may be for a phase: it follows when that one is shifted, by as much at each end, and a phase with posts is not taken
out under them. What changes is told by what was and what is instead. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from dispatch.errors import Invalid, NotNow
from dispatch.instants import EPOCH
from dispatch.planned_events.model import WRITTEN, Phase, PhaseChange, PlannedEvent, Post, PostTimes


class Rephase(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for these phases, all of them. at: ms since 1970, UTC."""

    phases: tuple[Phase, ...]
    by: str
    at: int


def as_read(phase: Phase) -> Phase:
    """As seats are shown it, to the millisecond: what is sent back unchanged is the same."""
    starts_at, ends_at = _read(phase.starts_at), _read(phase.ends_at)
    return msgspec.structs.replace(phase, starts_at=starts_at, ends_at=ends_at)


def in_order(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    """As they follow each other."""
    return tuple(sorted(phases, key=lambda one: (one.starts_at, one.ends_at, one.name)))


def changes(before: Sequence[Phase], after: Sequence[Phase]) -> tuple[PhaseChange, ...]:
    """What was and what is instead, in the order of time: shifted or renamed, added (it was nothing), taken out."""
    left = [one for one in before if one not in after]
    known = {one.id: one for one in left if one.id is not None}
    told = [
        PhaseChange(was=known.pop(one.id, None) if one.id else None, now=one)
        for one in after
        if one not in before
    ]
    told += [PhaseChange(was=one, now=None) for one in left if one.id is None or one.id in known]
    return tuple(sorted(told, key=_begins))


def asked(event: PlannedEvent, wanted: Rephase) -> tuple[PhaseChange, ...]:
    """What the phases asked for change, none when nothing does. Raises Invalid and NotNow."""
    now = EPOCH + timedelta(milliseconds=wanted.at)
    told = changes(event.phases, wanted.phases)
    for change in told:
        if change.was is not None and change.was.starts_at <= now:
            raise NotNow(f"The phase {change.was.name} has begun: it stays as it is; change what lies ahead.")
        if change.now is not None:
            _check(event, change.now, now)
    _check_once(wanted.phases)
    _check_left(event, told)
    return told


def applied(phases: Iterable[Phase], told: Sequence[PhaseChange]) -> tuple[Phase, ...]:
    """The phases after these changes."""
    gone = {change.was for change in told}
    return in_order(
        [*(one for one in phases if one not in gone), *(one.now for one in told if one.now is not None)]
    )


def followed(event: PlannedEvent, told: Sequence[PhaseChange], now: datetime) -> tuple[PostTimes, ...]:
    """When posts for shifted phases are to be manned instead. Raises NotNow: one would end before it begins."""
    return tuple(
        moved
        for change in told
        for post in _posts_of(event, change)
        if (moved := _moved(event, post, change, now))
    )


def no_posts_left(event: PlannedEvent, phases: Sequence[Phase]) -> None:
    """The same phases as a whole leave no post without its phase. Raises NotNow naming posts."""
    _check_once(phases)
    _check_left(event, changes(event.phases, phases))


def _read(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _begins(change: PhaseChange) -> tuple[datetime, str]:
    told = change.now or change.was
    if told is None:
        raise ValueError("a change of a phase is of something")
    return told.starts_at, told.name


def _check(event: PlannedEvent, phase: Phase, now: datetime) -> None:
    if not _read(event.starts_at) <= phase.starts_at < phase.ends_at <= event.ends_at:
        raise Invalid(
            f"The phase {phase.name} does not lie within the approved times; extend the event first, or correct it.",
            field="phases",
        )
    if phase.starts_at < now.replace(second=0, microsecond=0):
        raise Invalid(
            f"The phase {phase.name} would have begun already; it begins now or later.", field="phases"
        )


def _check_once(phases: Sequence[Phase]) -> None:
    known = [one.id for one in phases if one.id is not None]
    if len(set(known)) < len(known):
        raise Invalid("A phase is named twice by its id; leave the id out of what is new.", field="phases")


def _check_left(event: PlannedEvent, told: Sequence[PhaseChange]) -> None:
    for change in told:
        left = [post for post in _posts_of(event, change) if change.now is None]
        if change.was is not None and left:
            names = ", ".join(post.name for post in left)
            raise NotNow(
                f"{names} {'is' if len(left) == 1 else 'are'} manned for the phase {change.was.name}; "
                "withdraw the units there first, or keep the phase.",
                post_ids=[post.id for post in left],
            )  # fmt: skip


def _posts_of(event: PlannedEvent, change: PhaseChange) -> Iterator[Post]:
    """Posts that stand for what was changed."""
    of: UUID | None = change.was.id if change.was is not None else None
    return (post for post in event.standing if of is not None and post.phase_id == of)


def _moved(event: PlannedEvent, post: Post, change: PhaseChange, now: datetime) -> PostTimes | None:
    """Shifted as its phase is; a report time that has come stays, one that would lie in the past is now.

    While the event is written no report time has come: nobody was told of one.
    """
    if change.was is None or change.now is None:
        return None
    starts_at = post.starts_at + (change.now.starts_at - change.was.starts_at)
    if event.state not in WRITTEN:
        has_begun = post.checked_in_at is not None or post.starts_at <= now
        starts_at = post.starts_at if has_begun else max(starts_at, now)
    ends_at = min(post.ends_at + (change.now.ends_at - change.was.ends_at), max(event.ends_at, post.ends_at))
    if starts_at >= ends_at:
        raise NotNow(
            f"The post {post.name} would end before it begins if the phase {change.was.name} were shifted so; "
            "withdraw its unit first.",
            post_ids=[post.id],
        )  # fmt: skip
    if (starts_at, ends_at) == (post.starts_at, post.ends_at):
        return None
    return PostTimes(post_id=post.id, starts_at=starts_at, ends_at=ends_at)
