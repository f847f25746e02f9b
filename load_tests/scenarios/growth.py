"""Growth: the same work at four sizes, each twice the one before, and the power with which it grows.

Units in the index, open incidents, consoles; the graph grows in `roads`. One is twice as much work for twice as many, nought is
no more. Processor time of this process, so that what else the machine does is not in the figures; but what needs a database is
by the clock.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from dispatch import views
from dispatch.acts import Principal
from dispatch.journal import FeedRow
from load_tests.listening import outlooks
from load_tests.patrols import ROOMS, START_MS, Patrols
from load_tests.rows import Curve, Row, Size, grown
from load_tests.scenarios.alarms_in import CLIENTS, _drive, _ours, replica
from tests.harness import town
from units.gateways import packed
from units.gathering import Gathering
from units.live import LiveUnits
from units.roll import AVAILABLE
from units.wire import Sheet
from web.live_hub import Hub
from web.live_messages import Change, Entity
from web.live_seats import Outbox, Seat
from web.live_source import StoredTruth

NAME = "growth"
UNITS, OPEN, SEATS = 100_000, 2_000, 400
SMALL = 0.04
K, FRAME_ROWS, CONSOLES, SPAN = 10, 500, 200, 0.08
PAGE, MEASURED, FACT_BYTES = 50, 200, 2_000
EVERYWHERE = frozenset(UUID(int=1 + n) for n in range(ROOMS))

type Points = dict[str, list[tuple[float, float]]]


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    share = SMALL if size == "small" else 1.0
    rows = _rows("units", _units(_sizes(UNITS * share)))
    rows += _rows("consoles", _consoles(_sizes(SEATS * share), round(20_000 * share)))
    return rows + _rows("open incidents", await _incidents(_sizes(OPEN * share)))


def _sizes(largest: float) -> list[int]:
    return [round(largest / 2**n) for n in (3, 2, 1, 0)]


def _rows(of: str, points: Points) -> list[Row]:
    return [
        grown(f"growth with the {of}", what, Curve(of=of, unit="ms", points=seen))
        for what, seen in points.items()
    ]


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """Median of the processor's milliseconds."""
    took = []
    for _ in range(times):
        began = time.process_time_ns()
        work()
        took.append((time.process_time_ns() - began) / 1e6)
    return float(np.median(took))


def _units(sizes: list[int]) -> Points:
    points: Points = {}
    for count in sizes:
        for what, ms in _with_units(count):
            points.setdefault(what, []).append((count, ms))
    return points


def _with_units(count: int) -> Iterator[tuple[str, float]]:
    """What each job costs with so many units."""
    patrols = Patrols(count)
    live = patrols.index()
    seconds = iter(range(10**6))
    gathering = Gathering(live)

    def second() -> float:
        patrols.drive(1.0)
        t_ms = START_MS + 1_000 * next(seconds)
        payloads = [packed.encode(frame) for frame in patrols.frames(t_ms, FRAME_ROWS)]
        began = time.process_time_ns()
        for payload in payloads:
            if gathering.add("cad.fixb.load", payload):
                gathering.take_in(t_ms)
        gathering.take_in(t_ms)
        live.refresh_quality(t_ms)
        live.settle()
        return (time.process_time_ns() - began) / 1e6

    second()
    yield "a second's fixes taken in", float(np.median([second() for _ in range(5)]))
    asked = patrols.questions(100)
    near = cpu_ms(lambda: [live.nearest(*place, K, AVAILABLE) for place in asked], 5)
    yield f"the nearest {K} by straight line", near / len(asked)
    around = cpu_ms(lambda: [live.around(*place, AVAILABLE) for place in asked[:20]], 5)
    yield "everybody seen from an incident", around / 20
    yield f"a tick for {CONSOLES} consoles", _tick_ms(live, hub_of(CONSOLES))


def hub_of(count: int) -> Hub:
    """A hub with so many seats, each with its own part of the map."""
    hub = Hub()
    for box in outlooks(count, SPAN):
        principal = Principal(id="load", roles=frozenset({"dispatcher"}), rooms=EVERYWHERE)
        seat = Seat(UUID(int=1), principal, True, Outbox(pending_max=1 << 30, bytes_max=1 << 40))
        seat.view = (box,)
        hub.attach(seat)
    return hub


def _tick_ms(live: LiveUnits, hub: Hub) -> float:
    """One tick: everybody's position encoded, each console's part cut and put into its outbox."""
    now_ms = START_MS + 20_000

    def tick() -> None:
        hub.tick(Sheet(live.positions(now_ms), now_ms), live.room_codes)

    tick()
    return cpu_ms(tick, 10)


def _consoles(sizes: list[int], units: int) -> Points:
    patrols = Patrols(units)
    live = patrols.index()
    for frame in patrols.frames(START_MS, FRAME_ROWS):
        live.apply(frame, START_MS)
    points: Points = {f"a tick of {units:,} units": [], "a fact told to all": []}
    ticks, facts = points.values()
    for count in sizes:
        hub = hub_of(count)
        ticks.append((count, _tick_ms(live, hub)))
        changes = [_change(n + 1) for n in range(200)]
        began = time.process_time_ns()
        hub.publish(changes)
        facts.append((count, (time.process_time_ns() - began) / 1e6 / len(changes)))
    return points


def _change(seq: int) -> Change:
    """A fact of an incident as large as they are."""
    now = datetime.fromtimestamp(START_MS / 1e3, UTC)
    row = FeedRow(
        seq, seq, "incident", UUID(int=seq), 2, UUID(int=seq), "amended", "load", "console", None, None, now, "{}"
    )  # fmt: skip
    return Change(row, Entity(2, b'{"id":"%s"}' % (b"x" * FACT_BYTES), EVERYWHERE))


async def _incidents(sizes: list[int]) -> Points:
    points: Points = {
        f"an alarm of {CLIENTS} callers at a time": [],
        "the picture a console begins with": [],
        "a page of the list": [],
    }
    alarms, pictures, pages = points.values()
    async with replica() as (runtime, _):
        rooms = runtime.centre.reference.rooms.subtree(town.CITY)
        who = Principal(id="load", roles=frozenset({"dispatcher"}), room_id=town.CITY, rooms=rooms)
        truth, open_ = StoredTruth(runtime.pool, runtime.centre), 0

        async def page() -> None:
            async with runtime.pool.acquire() as conn:
                which = views.IncidentFilter(open_only=True)
                await views.incident_page(conn, runtime.centre, who, which, (None, PAGE))

        for count in sizes:
            some = min(MEASURED, count // 4)
            await _drive(_ours(runtime, f"more-{count}"), count - open_ - some, CLIENTS)
            rate, _ = await _drive(_ours(runtime, f"measured-{count}"), some, CLIENTS)
            open_ = count
            alarms.append((count, 1e3 / rate))
            pictures.append((count, await _clock_ms(lambda: truth.picture(who))))
            pages.append((count, await _clock_ms(page)))
    return points


async def _clock_ms(work: Callable[[], Awaitable[object]]) -> float:
    """Median milliseconds by the clock."""
    took = []
    for _ in range(7):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1e3)
    return float(np.median(took))
