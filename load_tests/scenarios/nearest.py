"""Nearest 10 available units by straight line, among units that move once a second, beside PostGIS and Redis.

Every answer of ours is compared with looking at everybody. The peers stand still while they are asked and get their
updates in batches of 500; both favours them. Ours and theirs are asked in turns of TURN questions, so that whatever else
the machine does disturbs all alike.
"""

import inspect
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import msgspec
import numpy as np

from geo.coordinates import distances_m
from load_tests.patrols import EAST, METRES_A_DEGREE, NORTH, SOUTH, START_MS, WEST, Patrols
from load_tests.peers.postgis import PostGis, postgis
from load_tests.peers.redis import Redis, redis
from load_tests.rows import Row, Size, Skipped, spread_of
from units.gateways import packed
from units.gathering import Gathering
from units.live import LiveUnits
from units.roll import AVAILABLE

NAME = "nearest"
PATH = "nearest k"
K = 10
ROUNDS = 10
TURN = 20
BATCH = 500
AREA_KM2 = (EAST - WEST) * (NORTH - SOUTH) * (METRES_A_DEGREE / 1000) ** 2 * 0.77
TARGETS = {20_000: {"PostGIS": 3.0, "Redis": 2.0}, 100_000: {"PostGIS": 5.0, "Redis": 5.0}}

type Ask = Callable[[float, float], Awaitable[object] | object]


async def run(size: Size) -> list[Row]:
    rows: list[Row] = []
    questions = 20 if size == "small" else 200
    async with AsyncExitStack() as stack:
        peers: list[PostGis | Redis] = []
        try:
            peers.append(await stack.enter_async_context(postgis()))
        except Skipped as skipped:
            rows.append(_note(skipped))
        try:
            peers.append(stack.enter_context(redis()))
        except Skipped as skipped:
            rows.append(_note(skipped))
        for count in (2_000,) if size == "small" else TARGETS:
            rows += await _one_city(count, questions, peers)
    return rows


def _note(skipped: Skipped) -> Row:
    return Row(path=PATH, what=f"peer skipped: {skipped}", figure=None)


async def _one_city(count: int, questions: int, peers: list[PostGis | Redis]) -> list[Row]:
    patrols = Patrols(count)
    live = patrols.index()
    _apply(live, patrols, START_MS)
    for peer in peers:
        await _fill(peer, patrols)
    asks: dict[str, Ask] = {"ours": lambda lon, lat: live.nearest(lon, lat, K, AVAILABLE)}
    for peer in peers:
        asks |= _asks(peer)
    times_us: dict[str, list[float]] = {name: [] for name in asks}
    wrong, update_us = 0, []
    for second in range(1, ROUNDS + 1):
        patrols.drive(1.0)
        update_us.append(_apply(live, patrols, START_MS + second * 1_000) / count)
        asked = patrols.questions(questions)
        for start in range(0, len(asked), TURN):
            for name, ask in asks.items():
                times_us[name] += await _timed(ask, asked[start : start + TURN])
        wrong += sum(
            [near.entry.handle for near in live.nearest(*place, K, AVAILABLE)]
            != _by_looking_at_everybody(patrols, *place)
            for place in asked
        )
    updates = {_name(peer): await _update_us(peer, patrols) for peer in peers}
    return _rows(count, times_us, wrong, (float(np.median(update_us)), updates))


def _rows(
    count: int, times_us: dict[str, list[float]], wrong: int, updates: tuple[float, dict[str, float]]
) -> list[Row]:
    asked = len(times_us["ours"])
    title = f"{count:,} units"
    answers = f"{title}: wrong answers of {asked:,}"
    rows = [Row(path=PATH, what=answers, figure=wrong, unit="", target="0", met=wrong == 0)]
    for name, (percentile, label) in (
        (n, p) for n in times_us if n != "ours" for p in ((50, "p50"), (99, "p99"))
    ):
        ours, peer = (float(np.percentile(times_us[who], percentile)) for who in ("ours", name))
        least = TARGETS.get(count, {}).get(name)
        row = _beside(f"{title}: {label} of a query", (ours, peer), name, least)
        both = {"ours": times_us["ours"], name: times_us[name]}
        rows.append(msgspec.structs.replace(row, spread=spread_of(**both)) if label == "p99" else row)
    if len(times_us) == 1:
        rows += [
            Row(
                path=PATH,
                what=f"{title}: {p} of a query",
                figure=float(np.percentile(times_us["ours"], q)),
                unit="us",
            )
            for q, p in ((50, "p50"), (99, "p99"))
        ]
    for name, peer in updates[1].items():
        rows.append(_beside(f"{title}: update, a fix", (updates[0], peer), name, 5.0))
    return rows


def _beside(what: str, ours_and_peer: tuple[float, float], name: str, least: float | None) -> Row:
    ours, peer = ours_and_peer
    return Row(
        path=PATH,
        what=what,
        figure=ours,
        unit="us",
        target=f"{name} / {least:g}" if least else "",
        peer=name,
        peer_figure=peer,
        ratio=peer / ours,
        met=None if least is None else peer / ours >= least,
    )


def _name(peer: PostGis | Redis) -> str:
    return "PostGIS" if isinstance(peer, PostGis) else "Redis"


def _apply(live: LiveUnits, patrols: Patrols, t_ms: int) -> float:
    """Bring everybody's fix in as packed frames, as a replica takes them in; the microseconds of the processor it took."""
    payloads = [packed.encode(frame) for frame in patrols.frames(t_ms, BATCH)]
    gathering = Gathering(live)
    started = time.process_time()
    for payload in payloads:
        if gathering.add("cad.fixb.load", payload):
            gathering.take_in(t_ms)
    gathering.take_in(t_ms)
    live.settle()
    return (time.process_time() - started) * 1e6


def _by_looking_at_everybody(patrols: Patrols, lon: float, lat: float) -> list[int]:
    # What the index was told: positions travel in 1e-7 degree.
    lons, lats = np.rint(patrols.lon * 1e7) * 1e-7, np.rint(patrols.lat * 1e7) * 1e-7
    steps = np.hypot((lons - lon) * 0.77, lats - lat)
    steps[~patrols.available] = np.inf
    near = np.argpartition(steps, 40 * K)[: 40 * K]  # 40 times as many as asked for, by the flat earth
    metres = distances_m(lon, lat, lons[near], lats[near])
    ranked = near[np.lexsort((patrols.handles[near], metres))[:K]]
    return [int(handle) for handle in patrols.handles[ranked]]


async def _fill(peer: PostGis | Redis, patrols: Patrols) -> None:
    lon, lat = patrols.lon, patrols.lat
    if isinstance(peer, PostGis):
        await peer.fill(patrols.handles.tolist(), patrols.available.tolist(), lon.tolist(), lat.tolist())
    else:
        free = patrols.available
        peer.fill(patrols.handles[free].tolist(), lon[free].tolist(), lat[free].tolist(), AREA_KM2)


def _asks(peer: PostGis | Redis) -> dict[str, Ask]:
    if isinstance(peer, PostGis):
        return {"PostGIS": lambda lon, lat: peer.nearest(lon, lat, K)}
    return {
        "Redis": lambda lon, lat: peer.nearest(lon, lat, K),
        "Redis bare socket": lambda lon, lat: peer.nearest_bare(lon, lat, K),
    }


async def _timed(ask: Ask, asked: list[tuple[float, float]]) -> list[float]:
    times_us = []
    for lon, lat in asked:
        started = time.perf_counter()
        answer = ask(lon, lat)
        if inspect.isawaitable(answer):
            await answer
        times_us.append((time.perf_counter() - started) * 1e6)
    return times_us


async def _update_us(peer: PostGis | Redis, patrols: Patrols) -> float:
    """Wall time of one fix when a round of them comes in batches, client and server together."""
    frames = patrols.frames(0, BATCH)[:40]
    columns = [(frame.handle.tolist(), frame.lon.tolist(), frame.lat.tolist()) for frame in frames]
    started = time.perf_counter()
    for handles, lon, lat in columns:
        if isinstance(peer, PostGis):
            await peer.move(handles, lon, lat)
        else:
            peer.move(handles, lon, lat)
    return (time.perf_counter() - started) * 1e6 / sum(len(handles) for handles, _, _ in columns)
