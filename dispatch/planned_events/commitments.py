"""Which units belong to a running event just now, as every replica holds it: they are outside ordinary ranking meanwhile.

Worked out from the posts of running events, never kept on the unit. Ranking, board and coverage ask here. Pure.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.planned_events.model import PlannedEvent, Post, S


class Commitment(msgspec.Struct, frozen=True):
    """The event a unit belongs to, and its post there. An exercise keeps nobody from what is real: it is only said."""

    event_id: UUID
    name: str
    exercise: bool
    post: Post


class Commitments:
    """Of all running events, by unit."""

    def __init__(self, running: Iterable[PlannedEvent] = ()) -> None:
        self._of: dict[UUID, list[Commitment]] = {}
        for event in running:
            if event.state is not S.RUNNING:
                continue
            for post in event.standing:
                known = self._of.setdefault(post.unit_id, [])
                known.append(Commitment(event.id, event.name, event.exercise, post))

    def of(self, unit_id: UUID, now: datetime) -> Commitment | None:
        """Where the unit belongs from its report time on; of several the one it reported to last, a real one first."""
        due = [one for one in self._of.get(unit_id, ()) if one.post.starts_at <= now]
        return max(due, key=lambda one: (not one.exercise, one.post.starts_at), default=None)

    def holds(self, unit_id: UUID, now: datetime) -> bool:
        """Whether it is kept out of ordinary ranking."""
        held = self.of(unit_id, now)
        return held is not None and not held.exercise


NO_COMMITMENTS = Commitments()
