"""The watch of a camera as facts and two pure functions: a patrol begins, looks, finds it out of order, ends.

Folding the facts of a camera in order of version gives its row. What changes nothing is no fact, so that every act may be said twice.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from dispatch.cameras.model import CameraWatch, Fault, How, Watcher, Why


class Begin(msgspec.Struct, frozen=True):
    """A patrol watches it from now on."""

    unit_id: UUID
    how: How


class End(msgspec.Struct, frozen=True):
    """A patrol watches it no longer."""

    unit_id: UUID
    why: Why


class Look(msgspec.Struct, frozen=True):
    """A patrol has looked 巡查一遍. fault: what is wrong with the camera, None: it shows what it should."""

    unit_id: UUID
    at: datetime
    fault: Fault | None = None


Command = Begin | End | Look


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """Base of every fact."""

    unit_id: UUID
    at: datetime


class WatchBegun(Fact, frozen=True, kw_only=True, tag="watch_begun"):
    """A patrol watches it."""

    how: How


class WatchEnded(Fact, frozen=True, kw_only=True, tag="watch_ended"):
    """A patrol watches it no longer."""

    why: Why


class Looked(Fact, frozen=True, kw_only=True, tag="looked"):
    """A person of the patrol looked through it."""


class OutOfOrder(Fact, frozen=True, kw_only=True, tag="out_of_order"):
    """It does not show what it should."""

    fault: Fault


class InOrder(Fact, frozen=True, kw_only=True, tag="in_order"):
    """It shows again what it should."""


WatchFact = WatchBegun | WatchEnded | Looked | OutOfOrder | InOrder


def decide(watch: CameraWatch, command: Command, now: datetime) -> Sequence[WatchFact]:
    """The facts a command leads to; empty when nothing changes."""
    match command:
        case Begin(unit_id=unit_id, how=how):
            known = watch.watcher(unit_id) is not None
            return () if known else (WatchBegun(unit_id=unit_id, how=how, at=now),)
        case End(unit_id=unit_id, why=why):
            known = watch.watcher(unit_id) is not None
            return (WatchEnded(unit_id=unit_id, why=why, at=now),) if known else ()
        case Look():
            return _look(watch, command)
        case _:
            assert_never(command)


def _look(watch: CameraWatch, command: Look) -> Sequence[WatchFact]:
    """A look that is told after a later one says nothing new."""
    unit_id, at = command.unit_id, command.at
    told = max(
        (moment for moment in (watch.looked_at, watch.fault_since) if moment is not None), default=None
    )
    if told is not None and at <= told:
        return ()
    if command.fault is not None:
        same = command.fault == watch.fault
        return () if same else (OutOfOrder(unit_id=unit_id, at=at, fault=command.fault),)
    again = () if watch.fault is None else (InOrder(unit_id=unit_id, at=at),)
    return (*again, Looked(unit_id=unit_id, at=at))


def evolve(watch: CameraWatch | None, id_: UUID, fact: WatchFact) -> CameraWatch:
    """The watch after one more fact; it begins with any."""
    before = watch or CameraWatch(id=id_)
    changed = msgspec.structs.replace(before, version=before.version + 1)
    rest = tuple(one for one in before.watchers if one.unit_id != fact.unit_id)
    match fact:
        case WatchBegun(unit_id=unit_id, at=at, how=how):
            return msgspec.structs.replace(
                changed, watchers=(*rest, Watcher(unit_id, at, how)), unwatched_since=None
            )
        case WatchEnded(at=at):
            return msgspec.structs.replace(changed, watchers=rest, unwatched_since=None if rest else at)
        case Looked(unit_id=unit_id, at=at):
            return msgspec.structs.replace(changed, looked_at=at, looked_by=unit_id)
        case OutOfOrder(unit_id=unit_id, at=at, fault=fault):
            return msgspec.structs.replace(changed, fault=fault, fault_since=at, fault_by=unit_id)
        case InOrder():
            return msgspec.structs.replace(changed, fault=None, fault_since=None, fault_by=None)
        case _:
            assert_never(fact)
