"""The port outward: what rules wrote for duty phones, seats for other agencies and callers is handed over by the lease's holder.

A provider is plugged in by giving `Outward` an object with `name` and `send`, by bearer. Until then the stand-in keeps what was sent
as the row it is: it can be read, nothing leaves the house. Every attempt is counted before it begins, failures of any kind
are tried again with growing pauses, and what is given up becomes an alert. A message may be handed over twice when its
success could not be recorded; providers know it by its id.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from dispatch.acts import Principal
from dispatch.bearers import store
from dispatch.bearers.store import BEARERS, TRIES, Attempt, Bearer, OutwardMessage
from dispatch.centre import Centre
from dispatch.desk import reaching, requesting
from dispatch.runtime.acting import Acting
from dispatch.runtime.lease import Lease
from dispatch.runtime.metrics import OUTWARD
from dispatch.runtime.postgres import Pool
from dispatch.runtime.trouble import survived
from dispatch.unsealing import open_sealed
from dispatch.work import Actor, Work

AT_ONCE = 50
"""Attempts under way on one bearer; the bearers never wait for each other."""
POLL_S = 0.5
SAID_AT_MOST = 500
PATIENCE_S = store.PATIENCE.total_seconds()
SYSTEM = Actor(principal=Principal(id="system:outward", roles=frozenset()), via="system")

log = structlog.get_logger(__name__)


class NotTaken(Exception):
    """The provider did not take a message; its text says why."""


class Provider(Protocol):
    """Somebody who carries messages to telephones or to other agencies."""

    @property
    def name(self) -> str:
        """What it is called in the row of a message."""
        ...

    async def send(self, message: OutwardMessage) -> str:
        """Hand over one message; the reference by which the provider knows it. Whatever it raises is a failed attempt."""
        ...


class Recorded:
    """The stand-in: takes everything, sends nothing; the row of the message is the proof of it."""

    name = "recorded"

    async def send(self, message: OutwardMessage) -> str:
        return str(message.id)


class Outward:
    """Hands messages over while the lease is held.

    Args:
        pool: the engine's.
        lease: the relay's.
        centre: what acts lean on.
        committed: called after each commit that left facts.
        providers: who carries them, by bearer; exercises, and what nobody carries, go to the stand-in.
    """

    def __init__(
        self,
        pool: Pool,
        lease: Lease,
        centre: Centre,
        committed: Callable[[], None],
        providers: Mapping[Bearer, Provider] | None = None,
    ) -> None:
        self._pool = pool
        self._lease = lease
        self._centre = centre
        self._acting = Acting(pool, centre, committed)
        self._stand_in: Provider = Recorded()
        self._providers = dict.fromkeys(BEARERS, self._stand_in) | dict(providers or {})
        self._under_way: dict[Bearer, set[asyncio.Task[bool]]] = {bearer: set() for bearer in BEARERS}
        self._left: set[asyncio.Task[str]] = set()
        self._taken: dict[UUID, str] = {}

    async def run(self) -> None:
        """Hand over what waits, until cancelled."""
        try:
            while True:
                await self._lease.wait_held()
                await self._begin()
                await asyncio.sleep(POLL_S)
        finally:
            for task in [*self._left, *(task for tasks in self._under_way.values() for task in tasks)]:
                task.cancel()

    async def hand_over(self) -> int:
        """Hand over what is due now, and wait for what comes of it; how many were taken."""
        begun = await self._begin()
        return sum(await asyncio.gather(*begun))

    async def _begin(self) -> list[asyncio.Task[bool]]:
        """Begin attempts at what is due, as far as there is room; nobody waits for those under way."""
        begun = []
        for bearer, under_way in self._under_way.items():
            try:
                async with self._pool.acquire() as conn:
                    attempts = await store.claim(conn, bearer, AT_ONCE - len(under_way))
            except Exception as error:  # noqa: BLE001  # a task loop: what is not claimed is claimed the next time
                survived("outward", error)
                continue
            for attempt in attempts:
                task = asyncio.create_task(self._attempt(attempt))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                begun.append(task)
        return begun

    async def _attempt(self, attempt: Attempt) -> bool:
        """One attempt at one message, and what came of it written down; whether it was taken."""
        try:
            outcome = await self._outcome(attempt)
        except Exception as error:  # noqa: BLE001  # what could not be written down is looked at again after its pause
            survived("outward", error)
            return False
        if outcome is not None:
            OUTWARD.labels(attempt.message.bearer, outcome).inc()
        return outcome == "taken"

    async def _outcome(self, attempt: Attempt) -> str | None:
        message = attempt.message
        provider = self._stand_in if message.exercise else self._providers[message.bearer]
        if message.id not in self._taken:
            if not attempt.wanted:
                return await self._overtaken(message)
            if attempt.nth > TRIES:
                return await self._give_up(message, provider.name)
            if not self._lease.held:
                return None  # this replica stood still meanwhile: another one has it
            opened = message
            try:
                opened = await self._opened(message)
                self._taken[message.id] = _kept(await self._send(provider, opened), opened)
            except Exception as why:  # noqa: BLE001  # whatever fails in a provider is a failed attempt
                return await self._failed(
                    attempt, provider.name, _kept(str(why) or type(why).__name__, opened)
                )
        async with self._pool.acquire() as conn:
            await store.sent(conn, message.id, provider.name, self._taken[message.id])
        del self._taken[message.id]
        return "taken"

    async def _opened(self, message: OutwardMessage) -> OutwardMessage:
        """The message with what lay sealed: the words of who asks, or the caller's number. Raises NotTaken without one."""
        texts = [message.narrative_id] if message.narrative_id else []
        persons = [message.person_id] if message.person_id else []
        async with self._pool.acquire() as conn:
            opened = await open_sealed(conn, self._centre, texts, persons)
        message = msgspec.structs.replace(message, text=opened.text(message.narrative_id))
        if message.person_id is None:
            return message
        caller = opened.callers.get(message.person_id)
        number = (caller.safe_number or caller.number) if caller else None
        if number is None:
            raise NotTaken("the caller's number was erased")
        return msgspec.structs.replace(message, address=number)

    async def _send(self, provider: Provider, message: OutwardMessage) -> str:
        """What the provider answers within PATIENCE; one that does not even stop when told to is left to itself."""
        asked = asyncio.create_task(provider.send(message))
        self._left.add(asked)
        asked.add_done_callback(self._heard)
        done, _ = await asyncio.wait({asked}, timeout=PATIENCE_S)
        if not done:
            asked.cancel()
            raise NotTaken(f"no answer within {PATIENCE_S:.0f} s")
        if asked.cancelled():
            raise NotTaken("its sending was broken off")
        return str(asked.result())

    def _heard(self, asked: asyncio.Task[str]) -> None:
        self._left.discard(asked)
        if not asked.cancelled():
            asked.exception()  # looked at, so that one that came too late is no complaint of the loop

    async def _failed(self, attempt: Attempt, provider: str, said: str) -> str:
        message = attempt.message
        log.warning(
            "outward_not_taken", message=str(message.id), provider=provider, nth=attempt.nth, why=said
        )
        async with self._pool.acquire() as conn:
            await store.failed(conn, message.id, provider, said)
        return await self._give_up(message, provider) if attempt.nth >= TRIES else "failed"

    async def _overtaken(self, message: OutwardMessage) -> str:
        async with self._pool.acquire() as conn:
            await store.overtaken(conn, message.id)
        return "overtaken"

    async def _give_up(self, message: OutwardMessage, provider: str) -> str:
        async def do(w: Work) -> dict[str, str]:
            if message.bearer == "citizen":  # a caller who is not reached is nobody's alarm
                await store.give_up(w.conn, message.id, provider)
                return {}
            about = requesting if message.bearer == "agency" else reaching
            await about.give_up(w, message, provider)
            return {}

        await self._acting.act(SYSTEM, do)
        return "given_up"


def _kept(said: str, opened: OutwardMessage) -> str:
    """What a provider said as it may be written down: without what was unsealed for it alone."""
    for secret in (opened.address if opened.person_id else None, opened.text):
        said = said.replace(secret, "…") if secret else said
    return said.replace("\0", "")[:SAID_AT_MOST]
