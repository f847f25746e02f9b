"""When each device was last heard on this replica, and since when it listens at all: silence counts only while we hear.

Plain and in memory: ten thousand devices beat several hundred times a second, and only what changes is worth a row.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from incidents.call_points.health import Beat


class Last(NamedTuple):
    """The newest heartbeat of a device, and when it was received (ms since 1970, UTC, ours)."""

    beat: Beat
    received_at: int


class Heard:
    """One writer, no lock. `listening_since`: ms since 1970, UTC; None while nothing could be heard."""

    def __init__(self) -> None:
        self.listening_since: int | None = None
        self._last: dict[UUID, Last] = {}
        self._fresh: set[UUID] = set()

    def __len__(self) -> int:
        return len(self._last)

    def listen(self, now_ms: int, hears: bool) -> None:
        """Say whether heartbeats can arrive just now."""
        if not hears:
            self.listening_since = None
        elif self.listening_since is None:
            self.listening_since = now_ms

    def take(self, id_: UUID, beat: Beat, received_at: int) -> None:
        """A heartbeat arrived; the newest received counts, whatever the device's clock says."""
        known = self._last.get(id_)
        if known is None or received_at >= known.received_at:
            self._last[id_] = Last(beat, received_at)
            self._fresh.add(id_)

    def load(self, kept: Mapping[UUID, Last]) -> None:
        """Take over what was stored, where it is newer."""
        for id_, last in kept.items():
            known = self._last.get(id_)
            if known is None or last.received_at > known.received_at:
                self._last[id_] = last

    def last(self, id_: UUID) -> Last | None:
        """The newest heartbeat of a device."""
        return self._last.get(id_)

    def fresh(self) -> set[UUID]:
        """Devices heard since this was last asked."""
        fresh, self._fresh = self._fresh, set()
        return fresh

    def since(self, ids: Iterable[UUID], after_ms: int) -> dict[UUID, Last]:
        """Those of these devices that were heard after a moment."""
        found = {id_: last for id_ in ids if (last := self._last.get(id_)) is not None}
        return {id_: last for id_, last in found.items() if last.received_at > after_ms}

    def known(self) -> Iterable[UUID]:
        """Every device that was heard."""
        return self._last.keys()

    def silent_from(self, id_: UUID, after_ms: int) -> int | None:
        """When a device counts as silent if nothing more is heard (ms); None while we could not have heard it."""
        if self.listening_since is None:
            return None
        last = self._last.get(id_)
        return max(self.listening_since, last.received_at if last else 0) + after_ms
