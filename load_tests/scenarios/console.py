"""The console in the machine's own Chromium on a real centre: from event to paint, one tick, one key, a cold load, a line that was cut.

The bay city stands as a demo without callers; its units report once a second by a gateway of their own, half of them driving at 3 to
18 m/s, incidents by HTTP. The browser draws with software GL on the processors that serve and simulate too, so every figure is
worse than at a seat with a machine of its own.
"""

import asyncio
import gzip
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from playwright.async_api import CDPSession, Page

from dispatch.runtime.gateway import Station
from dispatch.runtime.ports import free_port
from load_tests.patrolling import Beat, Order, Told
from load_tests.rows import Row, Size, Skipped
from load_tests.told import process
from tests.harness import browser
from tests.harness.browser import Chromium, Person, open_chromium, until
from tests.harness.commands import data_folder, demo_file, running
from tests.harness.seated import take_seat
from tests.harness.wire import Wire, open_wire
from web.console.hatch_build import STATIC
from web.standing import GATEWAY

NAME = "console"
PATH = "console"
UNITS, ROWS = {"small": 200, "full": 20_000}, {"small": 60, "full": 2_000}
TICKS = {"small": 10, "full": 60}
ALARMS = {"small": 5, "full": 40}
KEYS = {"small": 10, "full": 60}
CUT_S = {"small": 5, "full": 30}
SHIFT_REPORTS = {"small": 20, "full": 1_320}
"""110 an hour for twelve hours, each taken in, looked at and ended as fast as it goes."""
GROWS_MB = 10
UNIT_PAGE_KB = 60
AROUND = 0.012
DAY_S = 86_400.0
WHOLE = "!document.querySelector('.panel.queue header .count').textContent.includes('+')"
SETTLED_S = 5.0
"""A seat is at work once its picture is whole and its map stands."""

_WATCH = """
(() => {
  const seen = (globalThis.seen = new Map());
  globalThis.firstRow = null;
  const look = () => requestAnimationFrame(() => {
    const now = performance.timeOrigin + performance.now();
    for (const one of document.querySelectorAll('.panel.queue .number')) if (!seen.has(one.title)) seen.set(one.title, now);
    if (seen.size && globalThis.firstRow === null) globalThis.firstRow = performance.now();
  });
  document.addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true }));
  globalThis.keyMs = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'keydown') globalThis.keyMs.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
})();
"""


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    program = browser.chromium()
    if program is None:
        raise Skipped(browser.MISSING)
    rows = bundle_rows()
    async with _centre(size) as centre, open_chromium(program) as chromium:
        await centre.report(ROWS[size])
        rows.append(await _cold(chromium, centre, size))  # a seat's machine has one console
        async with open_wire(centre.port) as wire, _desk(chromium, centre, wire) as desk:
            rows.append(await _painted(desk, centre, size))
            rows += await _ticks(desk, size)
            rows += await _keys(desk, centre, size)
            rows += await _cut(desk, centre, wire, size)
            rows.append(await _heap(desk, centre, size))
    return rows


class _Centre:
    """A demo: where it is, how to report there."""

    def __init__(self, demo: dict[str, Any], port: int, client: httpx.AsyncClient) -> None:
        self.url: str = demo["http"]
        self.nats: str = demo["nats"]
        self.port = port
        self.people = {person["login"]: person["password"] for person in demo["accounts"]}
        self._keys: dict[str, str] = demo["keys"]
        self._client = client
        self.open: set[str] = set()
        self._n = 0

    async def post(self, role: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._keys[role]}", "Idempotency-Key": str(uuid4())}
        told = await self._client.post(f"{self.url}/api/v1{path}", json=body, headers=headers)
        return told.raise_for_status().json()

    async def get(self, path: str, **params: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self._keys['admin' if path.startswith('/admin') else 'leader']}"
        }
        told = await self._client.get(f"{self.url}/api/v1{path}", params=params, headers=headers)
        return told.raise_for_status().json()

    async def units(self) -> AsyncIterator[Any]:
        """All of them, page by page."""
        after: dict[str, str] = {}
        while True:
            page = await self.get("/units", limit=500, **after)
            for unit in page["items"]:
                yield unit
            if page["next"] is None:
                return
            after = {"after": page["next"]}

    async def one(self, **more: Any) -> Any:
        """One report somewhere in the city; its incident."""
        self._n += 1
        spot = {"lon": self.middle[0] + self._n % 61 / 2_000, "lat": self.middle[1] + self._n % 37 / 2_000}
        body = {"source": "call", "text": f"报警 {self._n}", "place": spot, "exercise": True} | more
        incident = (await self.post("call_taker", "/alarms", body))["incident"]
        self.open.add(incident["id"])
        return incident

    async def facts(self) -> float:
        """How many were told so far."""
        text = (await self._client.get(f"{self.url}/metrics")).raise_for_status().text
        found = re.search(r"^cad_relay_facts_total (\S+)$", text, re.MULTILINE)
        assert found is not None
        return float(found[1])

    async def end(self, incident: Any) -> None:
        await self.post("leader", f"/incidents/{incident['id']}/void", {"reason": "试线"})
        self.open.discard(incident["id"])

    async def report(self, count: int) -> None:
        """So many, a few at a time."""
        for done in range(0, count, 8):
            await asyncio.gather(*(self.one() for _ in range(min(8, count - done))))

    middle: tuple[float, float] = (114.05, 22.54)


@asynccontextmanager
async def _centre(size: Size) -> AsyncIterator[_Centre]:
    port = free_port()
    async with data_folder() as folder:
        options = ("--data", folder, "--port", port, "--units", UNITS[size], "--no-traffic", "--no-radios")
        async with running("demo", *options) as command, httpx.AsyncClient(timeout=60) as client:
            await command.says("page")
            centre = _Centre(await demo_file(folder, command), port, client)
            async with _patrols(centre, folder):
                yield centre


@asynccontextmanager
async def _patrols(centre: _Centre, folder: Path) -> AsyncIterator[None]:
    """Every unit reports once a second inside the block, around the room it belongs to."""
    async with running("gateway", "create", GATEWAY, "--data", folder) as made:  # the units are its own
        seed = (await made.says("seed")).split()[1]
        await made.ends()
    rooms = {room["id"]: room for room in (await centre.get("/admin/rooms"))["items"]}
    chance = np.random.default_rng(110)
    places: list[tuple[int, float, float]] = []
    async for unit in centre.units():
        lon, lat = chance.normal((rooms[unit["room"]]["lon"], rooms[unit["room"]]["lat"]), AROUND)
        places.append((unit["handle"], float(lon), float(lat)))
    centre.middle = (
        float(np.median([lon for _, lon, _ in places])),
        float(np.median([lat for *_, lat in places])),
    )
    station = Station(name=GATEWAY, url=f"nats://{centre.nats.rpartition('@')[2]}", nkey_seed=seed)
    async with process("load_tests.patrolling", Told) as radios:
        await radios.ask(Beat([station], len(places), places))
        await radios.ask(Order(len(places)))
        while [unit async for unit in centre.units() if unit["fix"] is None]:  # noqa: ASYNC110 - nobody tells when all are placed
            await asyncio.sleep(1)
        driving = asyncio.create_task(radios.ask(Order(len(places), DAY_S)))
        try:
            yield
        finally:
            driving.cancel()
            with suppress(asyncio.CancelledError):
                await driving


class _Desk:
    """A dispatcher's page, and the browser's own instruments on it."""

    def __init__(self, person: Person, page: Page, wire: CDPSession) -> None:
        self.person = person
        self.page = page
        self.tools = wire


async def _sit(person: Person, centre: _Centre, url: str) -> None:
    seats = (await centre.get("/seats"))["items"]
    free = next(seat for seat in seats if seat["kind"] == "dispatcher" and seat["holder"] is None)
    await take_seat(person, url, "dispatcher1", free["id"], centre.people["dispatcher1"])


@asynccontextmanager
async def _desk(chromium: Chromium, centre: _Centre, wire: Wire) -> AsyncIterator[_Desk]:
    person = await chromium.person(gl=True)
    await person.context.add_init_script(_WATCH)
    await _sit(person, centre, wire.url)
    page = await person.page(f"{wire.url}/desk")
    await page.locator(".link.live").wait_for()
    await page.locator(".panel.queue .number").first.wait_for()
    await until(page, WHOLE)
    await asyncio.sleep(SETTLED_S)
    tools = await person.context.new_cdp_session(page)
    await tools.send("Performance.enable")
    yield _Desk(person, page, tools)
    await person.context.close()


def _row(what: str, figure: float, unit: str, most: float | None) -> Row:
    target = "" if most is None else f"<= {most:g}"
    return Row(
        path=PATH,
        what=what,
        figure=figure,
        unit=unit,
        target=target,
        met=None if most is None else figure <= most,
    )


def p95(values: list[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")


def bundle_rows(static: Path = STATIC) -> list[Row]:
    """What each page must load before it begins, compressed."""
    rows = []
    for document in sorted(static.glob("*.html")):
        kb = sum(len(gzip.compress(path.read_bytes(), 9)) for path in _needed(static, document)) / 1_024
        most = UNIT_PAGE_KB if document.stem == "unit" else None
        rows.append(_row(f"{document.stem} page before the map, gzip", kb, "KB", most))
    return rows


def _needed(static: Path, document: Path) -> set[Path]:
    """Scripts and styles that a document names, and what those import at once."""
    named = re.findall(r'(?:src|href)="/(assets/[\w.-]+\.(?:js|css))"', document.read_text("utf-8"))
    found: set[Path] = set()
    waiting = [static / name for name in named]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        if path.suffix == ".js":
            imports = re.findall(r'(?:from|import)\s*["\']\./([\w.-]+\.js)["\']', path.read_text("utf-8"))
            waiting += [path.parent / name for name in imports]
    return found


async def _cold(chromium: Chromium, centre: _Centre, size: Size) -> Row:
    """A browser that was never here: navigation to the first row of the queue."""
    times = []
    for _ in range(2 if size == "small" else 5):
        person = await chromium.person(gl=True)
        await person.context.add_init_script(_WATCH)
        await _sit(person, centre, centre.url)
        page = await person.page(f"{centre.url}/desk")
        times.append(float(await until(page, "firstRow")) / 1_000)
        await person.context.close()
    return _row(f"cold load to the queue, {ROWS[size]:,} rows: median", float(np.median(times)), "s", 2)


async def _painted(desk: _Desk, centre: _Centre, size: Size) -> Row:
    """From the answer to a report, sent after its commit, to the frame that shows its row."""
    took = []
    for _ in range(ALARMS[size]):
        incident = await centre.one(type="100211", text="持刀抢劫")
        answered_ms = time.time() * 1_000
        seen_ms = await until(desk.page, f"seen.get({json.dumps(incident['number'])})")
        took.append(max(0.0, float(seen_ms) - answered_ms))
        await centre.end(incident)  # the next one stands on top as well
    return _row("event to paint: p95", p95(took), "ms", 250)


async def _scripts(desk: _Desk, seconds: float) -> tuple[list[float], list[float]]:
    """Script of the page's main thread meanwhile, as its processor time: ms in every second, ms of every task."""
    browser = desk.person.context.browser
    assert browser is not None
    await browser.start_tracing(page=desk.page, categories=["devtools.timeline"])
    await asyncio.sleep(seconds)
    told = json.loads(await browser.stop_tracing())
    events = told["traceEvents"]
    main = next(
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"].get("name") == "CrRendererMain"
        and any(other["pid"] == event["pid"] and other.get("name") == "FunctionCall" for other in events)
    )  # fmt: skip
    calls = sorted(
        (event["ts"], event["dur"], event.get("tdur", event["dur"])) for event in events
        if event.get("name") == "FunctionCall" and event.get("ph") == "X" and (event["pid"], event["tid"]) == main
    )  # fmt: skip
    ends, tasks = 0, []
    seconds_of: dict[int, float] = {}
    for ts, dur, worked in calls:
        if ts < ends:  # part of the one before
            continue
        ends = ts + dur
        tasks.append(worked / 1_000)
        seconds_of[ts // 1_000_000] = seconds_of.get(ts // 1_000_000, 0.0) + worked / 1_000
    return list(seconds_of.values()), tasks


async def _ticks(desk: _Desk, size: Size) -> list[Row]:
    """Nothing happens but that units move, then the board is in front of one."""
    a_second, _ = await _scripts(desk, TICKS[size])
    await desk.page.keyboard.press("F4")
    _, tasks = await _scripts(desk, TICKS[size] / 2)
    heavy = [ms for ms in tasks if ms >= 1]
    return [
        _row(f"script of a tick, {UNITS[size]:,} units: p95", p95(a_second), "ms", 10),
        _row(f"repainting the board of {UNITS[size]:,} units: p95 of tasks over 1 ms", p95(heavy), "ms", 20),
    ]


async def _keys(desk: _Desk, centre: _Centre, size: Size) -> list[Row]:
    """Arrows through the queue while facts pour in; how long until the frame that shows it."""
    stop, sent = asyncio.Event(), 0

    async def pour() -> None:
        nonlocal sent
        while not stop.is_set():
            await centre.one()
            sent += 1

    pouring = [asyncio.create_task(pour()) for _ in range(16)]
    await desk.page.keyboard.press("F2")
    await desk.page.evaluate("keyMs.length = 0")
    began, facts = time.perf_counter(), await centre.facts()
    for _ in range(KEYS[size]):
        await desk.page.keyboard.press("ArrowDown")
        await asyncio.sleep(0.2)
    took, came = time.perf_counter() - began, await centre.facts() - facts
    stop.set()
    await asyncio.gather(*pouring)
    times: list[float] = await desk.page.evaluate("keyMs")
    quick = [16.0] * max(0, KEYS[size] - len(times))  # what is quicker than a frame is not told
    return [
        _row("key to paint while reports pour in: p95", p95(times + quick), "ms", 100),
        Row(path=PATH, what="reports that poured in meanwhile", figure=sent / took, unit="a second"),
        Row(
            path=PATH,
            what="events of all of it meanwhile",
            figure=came / took,
            unit="a second",
            target=">= 200",
            met=came / took >= 200,
        ),
    ]


async def _cut(desk: _Desk, centre: _Centre, wire: Wire, size: Size) -> list[Row]:
    """The line is cut while reports come in; how long after it is mended the screen is right again."""
    count = "Number(document.querySelector('.panel.queue header .count').textContent)"
    wire.cut()
    ends = time.monotonic() + CUT_S[size]
    while time.monotonic() < ends:
        await asyncio.sleep(0.2)
        await centre.one()
    joined = wire.joined
    wire.mend()
    mended = time.perf_counter()
    while wire.joined == joined:  # noqa: ASYNC110 - the page comes back by itself
        await asyncio.sleep(0.01)
    again = time.perf_counter()
    await until(desk.page, f"{count} === {len(centre.open)}")
    right = time.perf_counter()
    return [
        _row(
            f"right again after {CUT_S[size]} s without a line, since the line was mended",
            right - mended,
            "s",
            2,
        ),
        _row("the same, since the page was connected", right - again, "s", None),
    ]


async def _heap(desk: _Desk, centre: _Centre, size: Size) -> Row:
    """What is left on the heap after a shift's reports came and ended, and one incident after another was looked at."""
    await desk.page.keyboard.press("F2")
    await _look_on(desk, centre, 10)  # what is kept once and for all
    before = await _heap_mb(desk)
    await _look_on(desk, centre, SHIFT_REPORTS[size])
    after = await _heap_mb(desk)
    what = f"growth of the heap in a shift of {SHIFT_REPORTS[size]:,} reports that end, an incident looked at with each"
    return _row(what, after - before, "MB", GROWS_MB)


async def _look_on(desk: _Desk, centre: _Centre, reports: int) -> None:
    for _ in range(reports):
        incident = await centre.one()
        await desk.page.keyboard.press("ArrowDown")
        await centre.end(incident)
    await asyncio.sleep(SETTLED_S)


async def _heap_mb(desk: _Desk) -> float:
    await desk.tools.send("HeapProfiler.collectGarbage")
    told = await desk.tools.send("Runtime.getHeapUsage")
    return float(told["usedSize"]) / 2**20
