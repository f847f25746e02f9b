"""A bus in memory that does to messages what a bad night does: late, twice, unconfirmed, out of order between senders.

Like a stream it loses nothing that it confirmed: a message comes again until its handler has returned.
"""

import heapq
from collections.abc import Awaitable, Callable
from random import Random

from dispatch.runtime.bus import NotStored
from dispatch.runtime.consumer import Message, Poison, Retry

AGAIN_MS = 5_000


class LossyBus:
    """Stands where `dispatch.runtime.bus.Bus` stands. `trouble`: share of messages that something happens to."""

    def __init__(self, chance: Random, trouble: float) -> None:
        self.prefix = ""
        self.trouble = trouble
        self.now_ms = 0
        self.said: list[tuple[str, bytes]] = []
        self.put_aside: list[tuple[str, str, str]] = []
        self._chance = chance
        self._under_way: list[tuple[int, int, Message]] = []
        self._counter = 0

    def _happens(self) -> bool:
        return self._chance.random() < self.trouble

    async def publish(self, subject: str, data: bytes, _headers: dict[str, str] | None = None) -> bool:
        """A core message: heard at once, or never."""
        if self._happens():
            return False
        self.said.append((subject, data))
        return True

    async def store(self, subject: str, data: bytes, msg_id: str) -> None:
        """Into the stream; now and then it isn't there, or is there and not confirmed. Raises NotStored."""
        if self._happens():
            raise NotStored("The stream did not answer.")
        self.send(subject, data, msg_id)
        if self._happens():
            raise NotStored("The stream did not confirm.")

    async def quarantine(self, subject: str, _data: bytes, reason: str) -> None:
        """Put aside what can't be used."""
        self.put_aside.append((subject, "", reason))

    def send(self, subject: str, data: bytes, msg_id: str, at_ms: int | None = None) -> None:
        """A message on its way: it arrives at `at_ms` (now), late or twice if it has bad luck."""
        copies = 2 if self._happens() else 1
        for _ in range(copies):
            late_ms = self._chance.randrange(1, 20_000) if self._happens() else 0
            self._put((at_ms or self.now_ms) + late_ms, Message(subject, data, msg_id, 1))

    def _put(self, at_ms: int, message: Message) -> None:
        self._counter += 1
        heapq.heappush(self._under_way, (at_ms, self._counter, message))

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    async def deliver(self, kinds: dict[str, Callable[[Message], Awaitable[None]]]) -> None:
        """Hand out everything that has arrived by `now_ms`, by subject prefix; what fails comes again."""
        while self._under_way and self._under_way[0][0] <= self.now_ms:
            _, _, message = heapq.heappop(self._under_way)
            handle = next(h for prefix, h in kinds.items() if message.subject.startswith(prefix))
            try:
                await handle(message)
            except Poison as poison:
                self.put_aside.append((message.subject, message.msg_id, str(poison)))
            except Retry:
                self._put(self.now_ms + AGAIN_MS, message)
