"""Places: 100,000 in the gazetteer, asked as call-takers type: names, sound, initials, errors, crossings, house numbers.

The peer is the plain way, a scan with ILIKE over names and spellings of the same table, asked in turns with ours. A question
counts as answered when the place that was meant is among the eight.
"""

import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

import asyncpg
import numpy as np

from dispatch.acts import Principal
from dispatch.gazetteer.search import MOST_ANSWERS, near, search
from dispatch.gazetteer.store import CITY, put_places
from dispatch.journal import Connection
from dispatch.runtime.embedded import embedded
from dispatch.runtime.migrate import migrate
from dispatch.seeds.bay.names import KINDS
from dispatch.work import Actor, work
from geo.gazetteer import Entry, crossing_name, house_name, named
from geo.spelling import initials, spelling
from load_tests.rows import Row, Size
from load_tests.served import reachable
from tests.harness import town

NAME = "places"
PATH = "a place is found"
TARGET_MS = 30.0
WEST, SOUTH, WIDE = 113.8, 22.45, 0.6
SCAN = """
SELECT name FROM place WHERE name ILIKE '%' || $1 || '%' OR keys ILIKE '%' || $2 || '%'
ORDER BY abs(lon - $3) + abs(lat - $4) LIMIT 8
"""
_CHARACTERS = "青银紫金兰桂梅竹荷柳枫榕桃杏鹭鹤雁云月星霞晴春华丰永福安康泰和顺兴义文德仁明朝长宝玉翠碧锦丹听揽沐川澜沙溪泉湖塘浦湾屿汐桥亭园圃林岭坪坊庭台苑府门阁"
_WAYS = ("路", "街", "大道", "巷", "一路", "北路", "南路")
_ENGLISH = ("Garden", "Plaza", "Tower", "School", "Market", "Station", "Center", "Hotel")

type Question = tuple[str, str, Entry]
type Ask = Callable[[Question], Awaitable[list[str]]]


def invented(count: int, chance: random.Random) -> list[Entry]:
    """A city of so many entries: 8 % streets, 12 % crossings, 30 % house numbers, the rest named places."""

    def spot() -> tuple[float, float]:
        return WEST + chance.random() * WIDE, SOUTH + chance.random() * WIDE

    def stem() -> str:
        return "".join(chance.choices(_CHARACTERS, k=chance.choice((2, 2, 2, 3))))

    streets = [named("street", stem() + chance.choice(_WAYS), spot()) for _ in range(count * 8 // 100)]
    found: list[Entry] = [*streets]
    for _ in range(count * 12 // 100):
        one, other = chance.sample(streets, 2)
        found.append(
            Entry(kind="crossing", name=crossing_name(one.name, other.name), lon=one.lon, lat=other.lat)
        )
    for _ in range(count * 30 // 100):
        street, number = chance.choice(streets), str(chance.randint(1, 400))
        name = house_name(street.name, number)
        found.append(
            Entry(
                kind="house_number",
                name=name,
                lon=street.lon,
                lat=street.lat,
                street=street.name,
                number=number,
            )
        )
    endings = [ending for kind in KINDS.values() for ending in kind]
    while len(found) < count:
        said = stem()
        alt = f"{spelling(said).title()} {chance.choice(_ENGLISH)}" if chance.random() < 0.3 else None
        found.append(named("place", said + chance.choice(endings), spot(), [alt]))
    return found


def questions(entries: list[Entry], count: int, chance: random.Random) -> dict[str, list[Question]]:
    """By how it is asked: (text, the same as a spelling for the scan, what is meant)."""
    by_kind: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_kind[entry.kind].append(entry)
    called = [*by_kind["street"], *by_kind["place"]]
    english = [one for one in called if one.alt]
    asked: dict[str, list[Question]] = defaultdict(list)
    for _ in range(count):
        one = chance.choice(called)
        typed = spelling(one.name)
        for how, text in (
            ("characters", one.name),
            ("first two characters", one.name[:2]),
            ("pinyin", typed),
            ("pinyin begun", typed[:5]),
            ("initials", initials(one.name)),
            ("one letter wrong", _mistyped(typed, chance)),
        ):
            asked[how].append((text, spelling(text), one))
        english_one, crossing, house = (
            chance.choice(english),
            chance.choice(by_kind["crossing"]),
            chance.choice(by_kind["house_number"]),
        )
        asked["English"].append((english_one.alt[0], spelling(english_one.alt[0]), english_one))
        first, second = crossing.name.split("/")
        asked["crossing"].append((f"{second}与{first}路口", "/", crossing))
        asked["house number"].append((house.name, house.name, house))
    return asked


def _mistyped(typed: str, chance: random.Random) -> str:
    """One letter left out, doubled, or changed places with the next one."""
    at = chance.randrange(1, len(typed) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return typed[:at] + typed[at + 1 :]
    if kind == 1:
        return typed[:at] + typed[at] + typed[at:]
    return typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]


async def run(size: Size) -> list[Row]:
    """The rows of this path."""
    count, each = (5_000, 10) if size == "small" else (100_000, 150)
    chance = random.Random(110)
    with tempfile.TemporaryDirectory(prefix="dispatch110-load-") as folder:
        async with embedded(reachable(folder) / "data") as servers:
            await migrate(servers.database_url)
            async with asyncpg.create_pool(servers.database_url, min_size=1, max_size=2) as pool:
                began = time.perf_counter()
                entries = invented(count, chance)
                made_s = time.perf_counter() - began
                began = time.perf_counter()
                who = Actor(
                    principal=Principal(
                        id="load", roles=frozenset({"admin"}), room_id=town.CITY, rooms=frozenset()
                    )
                )
                async with work(pool, town.centre_without_data(), who) as w:
                    await put_places(w, entries, CITY)
                put_s = time.perf_counter() - began
                async with pool.acquire() as conn:
                    rows = await _asked(conn, questions(entries, each, chance))
                    rows += await _near(conn, entries, each, chance)
    return [
        Row(path=PATH, what=f"{count:,} places put in, one transaction", figure=put_s, unit="s"),
        Row(path=PATH, what=f"{count:,} names spelt beforehand", figure=made_s, unit="s"),
        *rows,
    ]


async def _asked(conn: Connection, asked: dict[str, list[Question]]) -> list[Row]:
    async def ours(question: Question) -> list[str]:
        text, _, meant = question
        return [one.name for one in await search(conn, text, (meant.lon + 0.01, meant.lat), MOST_ANSWERS)]

    async def scan(question: Question) -> list[str]:
        text, typed, meant = question
        rows = await conn.fetch(SCAN, text, typed or text, meant.lon + 0.01, meant.lat)
        return [row[0] for row in rows]

    rows: list[Row] = []
    all_ours: list[float] = []
    all_scans: list[float] = []
    for how, some in asked.items():
        times: dict[str, list[float]] = {"ours": [], "scan": []}
        hits = {"ours": 0, "scan": 0}
        for question in some:
            for name, ask in (("ours", ours), ("scan", scan)):
                began = time.perf_counter()
                answer = await ask(question)
                times[name].append((time.perf_counter() - began) * 1e3)
                hits[name] += question[2].name in answer
        all_ours += times["ours"]
        all_scans += times["scan"]
        share = {name: 100 * hit / len(some) for name, hit in hits.items()}
        rows.append(_row(f"{how}: p95 of an answer", times["ours"], times["scan"], 95))
        rows.append(
            Row(
                path=PATH,
                what=f"{how}: the place meant is among the eight",
                figure=share["ours"],
                unit="%",
                peer="ILIKE scan",
                peer_figure=share["scan"],
            )
        )
    return [
        _row("all: p50 of an answer", all_ours, all_scans, 50),
        _row("all: p95 of an answer", all_ours, all_scans, 95, TARGET_MS),
        *rows,
    ]


def _row(
    what: str, ours: list[float], scans: list[float], percentile: int, target_ms: float | None = None
) -> Row:
    mine, theirs = float(np.percentile(ours, percentile)), float(np.percentile(scans, percentile))
    return Row(
        path=PATH, what=what, figure=mine, unit="ms", target=f"<= {target_ms:g} ms" if target_ms else "", peer="ILIKE scan",
        peer_figure=theirs, ratio=theirs / mine, met=None if target_ms is None else mine <= target_ms,
    )  # fmt: skip


async def _near(conn: Connection, entries: list[Entry], count: int, chance: random.Random) -> list[Row]:
    times = []
    for one in chance.sample(entries, count):
        began = time.perf_counter()
        await near(conn, one.lon + 0.0005, one.lat)
        times.append((time.perf_counter() - began) * 1e3)
    return [
        Row(path=PATH, what="what a point lies near: p95", figure=float(np.percentile(times, 95)), unit="ms")
    ]
