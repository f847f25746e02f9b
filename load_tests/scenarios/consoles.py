"""200 consoles, each with its own part of the map, on one real replica while 20,000 units move: what positions cost, alarms too.

What positions cost is what the replica's process uses with consoles less what it uses without, the same units moving. Consoles come
back on the feed where they left it, so that no snapshot is in the figures. Some hang: the others must not notice.
"""

import asyncio
from contextlib import AsyncExitStack

import msgspec
import numpy as np

from load_tests import grounds
from load_tests.calling import Calls, calling
from load_tests.fleet import MB, Fleet, fleet
from load_tests.listening import Look, Looked
from load_tests.rows import Row, Size, spread_of
from load_tests.told import Process, process

NAME = "consoles"
PATH = "positions to screens"
NEWS = "alarm to screens"
UNITS, CONSOLES, SECONDS = (
    {"small": 1_000, "full": 20_000},
    {"small": 20, "full": 200},
    {"small": 4, "full": 20},
)
SPAN = 0.08  # degrees of longitude: 7 km wide, a district
HANG = 10
A_SECOND = 8
SETTLE_S, SEAT_S = 6.0, 0.02
MOST_SHARE, ONE_CORE, FRAMES_S, FIRST_MS, LAST_MS = 3.0, 100.0, 0.95, 5.0, 250.0


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    units, count, seconds = UNITS[size], CONSOLES[size], SECONDS[size]
    async with fleet(units, units, replicas=1) as city, process("load_tests.listening", Looked) as room:
        await city.report(units)
        place = Place(city, room, units, await city.seq())
        alone = await place.watch(0, SPAN, seconds)
        own = await place.watch(count, SPAN, seconds)
        called = await place.watch(count, SPAN, seconds, calls=True)
        hung = await place.watch(count, SPAN, seconds, calls=True, hang=HANG)
        await place.watch(0, SPAN, 0.0)  # who hangs is hung up on
        everybody = await place.watch(count, 0.0, seconds)
    what = f"{count} consoles, {units:,} units"
    everything = f"{what}, all in each's view"
    share, whole = own.share - alone.share, everybody.share - alone.share
    a_console = (own.memory - alone.memory) / MB / count
    return [
        Row(path=PATH, what=f"{what}: the replica without any console", figure=alone.share, unit="% of a core"),
        Row(path=PATH, what=f"{what}, {own.seen.units:,.0f} in each's view: positions to screens", figure=share,
            unit="% of a core", target=f"<= {MOST_SHARE:g}", met=share <= MOST_SHARE, key="consoles_share"),
        *_held(what, own.seen),
        Row(path=PATH, what=f"{everything}: positions to screens", figure=whole, unit="% of a core"),
        Row(path=PATH, what=f"{everything}: the whole replica", figure=everybody.share, unit="% of a core",
            target=f"<= {ONE_CORE:g}", met=everybody.share <= ONE_CORE, key="consoles_all_share"),
        *_held(everything, everybody.seen),
        Row(path=PATH, what=f"{what}: consoles", figure=count, key="consoles_count"),
        Row(path=PATH, what=f"{what}: memory of the replica a console", figure=a_console, unit="MB", key="console_memory_mb"),
        *_news(what, called, count),
        *_news(f"{what}, {HANG} of which hang", hung, count - HANG),
    ]  # fmt: skip


class Watched(msgspec.Struct, frozen=True):
    """What consoles saw meanwhile, the replica's share of a core in percent and its memory in bytes then, and the alarms."""

    seen: Looked
    share: float
    memory: int
    calls: Calls


class Place:
    """One replica with its consoles. seq: from where they follow."""

    def __init__(self, city: Fleet, room: Process[Looked], units: int, seq: int) -> None:
        self._city, self._room, self._units, self._seq = city, room, units, seq

    async def watch(
        self, count: int, span: float, seconds: float, *, calls: bool = False, hang: int = 0
    ) -> Watched:
        """So many consoles that each see so much, for so long, while all units move."""
        look = Look(
            port=int(self._city.centre.server.url.rpartition(":")[2]), key=self._city.key, room=str(grounds.CITY),
            seq=self._seq, consoles=count, span=span, hang=hang,
        )  # fmt: skip
        driving = asyncio.create_task(
            self._city.report(self._units, SETTLE_S + count * SEAT_S + seconds if seconds else 0.0)
        )
        await self._room.ask(look)
        before = self._city.used()
        async with AsyncExitStack() as stack:
            url = self._city.centre.server.url
            made = (
                await stack.enter_async_context(calling(url, self._city.key, A_SECOND)) if calls else Calls()
            )
            seen = await self._room.ask(msgspec.structs.replace(look, seconds=seconds))
        after = self._city.used()
        await driving
        return Watched(seen, after.share(before, "replica a"), after.memory["replica a"], made)


def _held(what: str, seen: Looked) -> list[Row]:
    """Whether everybody got a frame every second, how soon after the tick, and how large it is."""
    last_ms = float(np.median(seen.last_ms)) if seen.last_ms else None
    bytes_s = seen.frames_s * seen.bytes_
    return [
        Row(path=PATH, what=f"{what}: frames a console", figure=seen.frames_s, unit="/s", target=f">= {FRAMES_S:g}",
            met=seen.frames_s >= FRAMES_S),
        Row(path=PATH, what=f"{what}: the last console after the tick, p50", figure=last_ms, unit="ms",
            spread=spread_of(last=seen.last_ms)),
        Row(path=PATH, what=f"{what}: to each", figure=bytes_s / 1e3, unit="kB/s",
            key="" if "all" in what else "console_kb_s"),
    ]  # fmt: skip


def _news(what: str, watched: Watched, readers: int) -> list[Row]:
    """How soon after the answer to an alarm consoles that read had it."""
    answered, opened = watched.calls.answered, watched.seen.opened
    whole = {id_: at for id_, at in opened.items() if len(at) >= readers and id_ in answered}
    first = [(min(at) - answered[id_]) * 1e3 for id_, at in whole.items()]
    last = [(max(at) - answered[id_]) * 1e3 for id_, at in whole.items()]
    if not whole:
        return [Row(path=NEWS, what=f"{what}: no alarm reached all of them", figure=None, met=False)]
    p50, p99 = float(np.median(first)), float(np.percentile(last, 99))
    return [
        Row(path=NEWS, what=f"{what}: answer to the first, p50 of {len(first)}", figure=p50, unit="ms",
            target=f"<= {FIRST_MS:g}", met=p50 <= FIRST_MS),
        Row(path=NEWS, what=f"{what}: answer to the last, p99", figure=p99, unit="ms", target=f"<= {LAST_MS:g}",
            met=p99 <= LAST_MS, spread=spread_of(first=first, last=last)),
    ]  # fmt: skip
