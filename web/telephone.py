"""Plays a simulated switchboard at a running centre: each thing it tells goes out on NATS when it happens.

Whoever plays callers rings here and is told when a seat has answered, as a person at a telephone is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from random import Random
from typing import Self

import msgspec

from incidents.telephone.simulator import PlayedCall, Position, Switchboard, Telling, disturbed
from web.drive import Devices, wall_clock

RETRY_S = 1.0


class Connected(msgspec.Struct, frozen=True):
    """A call that was answered by a seat, or given up (`seat` None). call_id: for the alarm that is made of it."""

    call_id: str
    seat: str | None

    @property
    def answered(self) -> bool:
        """Whether somebody has spoken."""
        return self.seat is not None


class Telephone:
    """A switchboard at work. Use `open`; the calls in hand are told to their end inside its block.

    Args:
        devices: the connection of the gateway that the switchboard is.
        switchboard: what happens.
        speed: so many times as fast.
        chance: for what arrives late or twice; None: everything arrives once and at once.
    """

    def __init__(
        self, devices: Devices, switchboard: Switchboard, speed: float = 1.0, chance: Random | None = None
    ) -> None:
        self._devices = devices
        self._switchboard = switchboard
        self._speed = speed
        self._chance = chance
        self._began_s = asyncio.get_running_loop().time()
        self._began_at = wall_clock()
        self._tasks: asyncio.TaskGroup | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, devices: Devices, switchboard: Switchboard, speed: float = 1.0, chance: Random | None = None
    ) -> AsyncIterator[Self]:
        """At work inside the block; at its end every call is told to its end."""
        telephone = cls(devices, switchboard, speed, chance)
        async with asyncio.TaskGroup() as tasks:
            telephone._tasks = tasks
            yield telephone

    async def ring(
        self,
        number: str | None,
        position: Position | None = None,
        *,
        talk_s: float | None = None,
        exercise: bool = False,
    ) -> Connected:
        """Call the centre; returns when a seat answers or the caller has given up. The call goes on by itself."""
        assert self._tasks is not None, "use `async with Telephone.open(...)`"
        call = self._switchboard.ring(self._now_s(), number, position, talk_s=talk_s, exercise=exercise)
        self._tasks.create_task(self._tell(call))
        await self._until(call.ended_s if call.answered_s is None else call.answered_s)
        return Connected(call.call_id, call.seat)

    def _now_s(self) -> float:
        return (asyncio.get_running_loop().time() - self._began_s) * self._speed

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, (at_s - self._now_s()) / self._speed))

    async def _tell(self, call: PlayedCall) -> None:
        tellings = disturbed(call.tellings, self._chance) if self._chance is not None else call.tellings
        for telling in tellings:
            await self._until(telling.sent_s)
            while not await self._send(telling):  # noqa: ASYNC110 - it is sent anew
                await asyncio.sleep(RETRY_S)

    async def _send(self, telling: Telling) -> bool:
        at = self._began_at + timedelta(seconds=telling.at_s / self._speed)
        event = telling.said | {"at": at.astimezone(UTC).isoformat(timespec="milliseconds")}
        return await self._devices.tell_call(self._switchboard.acd, telling.line, telling.msg_id, event)
