"""The demo's call points as devices: each says once a minute that it is alive; a few have a flat battery or a fault.

On the same subject as real ones. One device in a hundred goes silent for a while, as they do.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from web.drive import Devices, wall_clock

EVERY_S = 60.0  # by the clock of the wall, at any speed: the centre judges silence by its own
LOW_SHARE, FAULT_SHARE, SILENT_SHARE = 0.01, 0.01, 0.01
SILENT_BEATS = (8, 20)
FAULTS = ("摄像头离线", "扬声器无声", "防拆开关触发")


class Heartbeats:
    """All devices of one city, one after the other."""

    def __init__(self, devices: Devices, codes: Sequence[str], chance: Random) -> None:
        self._devices = devices
        self._chance = chance
        self._battery = {code: chance.uniform(55, 100) for code in codes}
        for code in chance.sample(sorted(codes), round(len(codes) * LOW_SHARE)):
            self._battery[code] = chance.uniform(6, 15)
        self._faults = {
            code: chance.choice(FAULTS)
            for code in chance.sample(sorted(codes), round(len(codes) * FAULT_SHARE))
        }
        self._silent = dict.fromkeys(chance.sample(sorted(codes), round(len(codes) * SILENT_SHARE)), 0)

    async def work(self) -> None:
        """Once a minute each, until cancelled."""
        while self._battery:
            for code in self._battery:
                if self._speaks(code):
                    await self._devices.beat(code, self._said(code))
                await asyncio.sleep(EVERY_S / len(self._battery))

    def _speaks(self, code: str) -> bool:
        if code not in self._silent:
            return True
        self._silent[code] += 1
        return self._silent[code] % SILENT_BEATS[1] < SILENT_BEATS[0]

    def _said(self, code: str) -> dict[str, Any]:
        said = {
            "at": wall_clock().isoformat(timespec="milliseconds"),
            "battery": round(self._battery[code], 1),
        }
        return {**said, "fault": self._faults[code]} if code in self._faults else said
