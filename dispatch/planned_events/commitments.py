"""Which units belong to a running event just now, as every replica holds it: they are outside ordinary ranking meanwhile.

Worked out from the posts of running events, never kept on the unit. Ranking, board and coverage ask here; for what happens
inside an event its units are as free as any. Pure.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch.planned_events import grounds
from dispatch.planned_events.model import PlannedEvent, Post, S


class Commitment(msgspec.Struct, frozen=True):
    """The event a unit belongs to, and its post there. An exercise keeps nobody from what is real: it is only said.

    here: what is asked about lies in the event.
    """

    event_id: UUID
    name: str
    exercise: bool
    post: Post
    here: bool = False

    @property
    def holds(self) -> bool:
        """Whether it keeps the unit from what is asked about."""
        return not self.exercise and not self.here


class Commitments:
    """Of all running events, by unit. here: those in which what is asked about happens."""

    def __init__(self, running: Iterable[PlannedEvent] = (), here: frozenset[UUID] = frozenset()) -> None:
        self._of: dict[UUID, list[Commitment]] = {}
        self._running = tuple(running)
        self._here = here
        for event in self._running:
            if event.state is not S.RUNNING:
                continue
            for post in event.standing:
                known = self._of.setdefault(post.unit_id, [])
                known.append(Commitment(event.id, event.name, event.exercise, post))

    def at(self, lon: float, lat: float) -> "Commitments":
        """The same, asked for something that happens at this place: whoever secures its ground is there for it.

        The ground decides, as it does when an incident is linked, so that it holds before that and for a form still open.
        """
        here = frozenset(event.id for event in self._running if grounds.holds(event.area, lon, lat))
        return Commitments(self._running, here) if here else self

    def of(self, unit_id: UUID, now: datetime) -> Commitment | None:
        """Where the unit belongs from its report time on; of several the one it reported to last, a real one first."""
        due = [one for one in self._of.get(unit_id, ()) if one.post.starts_at <= now]
        found = max(due, key=lambda one: (not one.exercise, one.post.starts_at), default=None)
        if found is None or found.event_id not in self._here:
            return found
        return msgspec.structs.replace(found, here=True)

    def holds(self, unit_id: UUID, now: datetime) -> bool:
        """Whether it is kept out of ordinary ranking."""
        held = self.of(unit_id, now)
        return held is not None and held.holds

    def held(self, now: datetime) -> list[UUID]:
        """All that are kept out of ordinary ranking."""
        return [unit_id for unit_id in self._of if self.holds(unit_id, now)]


NO_COMMITMENTS = Commitments()
