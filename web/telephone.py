"""Plays a simulated switchboard at a running centre: each thing it tells goes out on NATS when it happens.

Whoever plays callers rings here and is told when a seat has answered, as a person at a telephone is. A call that a person
at the page has taken is theirs: nothing more is told of it until the caller hangs up.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from random import Random
from typing import Self

import msgspec

from incidents.telephone.simulator import PlayedCall, Position, Switchboard, Telling, disturbed
from web.drive import Devices, Door, Refused, Unreachable, wall_clock

RETRY_S = 1.0
STAYS_S = 120.0  # so long, by the wall clock, a caller speaks with a person at the page who does not hang up
GOES_ON = frozenset({"answered", "held", "conferenced", "transferred", "released", "abandoned"})


class Connected(msgspec.Struct, frozen=True):
    """A call that was answered by a seat, or given up (`seat` None). call_id: for the alarm that is made of it.

    by_person: somebody at the page has it, and writes it down.
    """

    call_id: str
    seat: str | None
    by_person: bool = False

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
        door: where to ask who has a call; None: nobody but the simulated seats answers.
    """

    def __init__(
        self,
        devices: Devices,
        switchboard: Switchboard,
        speed: float = 1.0,
        chance: Random | None = None,
        door: Door | None = None,
    ) -> None:
        self._devices = devices
        self._switchboard = switchboard
        self._speed = speed
        self._chance = chance
        self._door = door
        self._began_s = asyncio.get_running_loop().time()
        self._began_at = wall_clock()
        self._tasks: asyncio.TaskGroup | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        devices: Devices,
        switchboard: Switchboard,
        speed: float = 1.0,
        chance: Random | None = None,
        door: Door | None = None,
    ) -> AsyncIterator[Self]:
        """At work inside the block; at its end every call is told to its end."""
        telephone = cls(devices, switchboard, speed, chance, door)
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
        settled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._tasks.create_task(self._tell(call, settled))
        await self._until(call.ended_s if call.answered_s is None else call.answered_s)
        if await settled:
            return Connected(call.call_id, None, by_person=True)
        return Connected(call.call_id, call.seat)

    def _now_s(self) -> float:
        return (asyncio.get_running_loop().time() - self._began_s) * self._speed

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, (at_s - self._now_s()) / self._speed))

    async def _tell(self, call: PlayedCall, settled: asyncio.Future[bool]) -> None:
        tellings = disturbed(call.tellings, self._chance) if self._chance is not None else call.tellings
        for telling in tellings:
            await self._until(telling.sent_s)
            if not settled.done() and telling.act in GOES_ON:
                settled.set_result(await self._is_a_persons(call))
            if settled.done() and settled.result():
                await self._hang_up(call)
                return
            while not await self._send(telling):  # noqa: ASYNC110 - it is sent anew
                await asyncio.sleep(RETRY_S)

    async def _is_a_persons(self, call: PlayedCall) -> bool:
        """Whether somebody who is no simulated seat has answered meanwhile."""
        if self._door is None:
            return False
        try:
            known = await self._door.get(f"/calls/{call.call_id}")
        except (Refused, Unreachable):
            return False
        return known["seat"] is not None and known["seat"] not in self._switchboard.seats

    async def _hang_up(self, call: PlayedCall) -> None:
        """The caller ends a call that a person has; older than what they told of it, it changes nothing."""
        await asyncio.sleep(STAYS_S)
        last = call.tellings[-1]
        said = {"call_id": call.call_id, "act": "released"}
        now_s = self._now_s()
        ended = msgspec.structs.replace(last, said=said, at_s=now_s, sent_s=now_s)
        while not await self._send(ended):  # noqa: ASYNC110 - it is sent anew
            await asyncio.sleep(RETRY_S)

    async def _send(self, telling: Telling) -> bool:
        at = self._began_at + timedelta(seconds=telling.at_s / self._speed)
        event = telling.said | {"at": at.astimezone(UTC).isoformat(timespec="milliseconds")}
        return await self._devices.tell_call(self._switchboard.acd, telling.line, telling.msg_id, event)
