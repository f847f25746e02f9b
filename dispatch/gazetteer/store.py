"""The gazetteer in PostgreSQL: whole lists by their source, found by spelling, code, street and number, or nearness.

Nothing here judges what is meant; `search` does.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from uuid_utils.compat import uuid7

from dispatch.instants import Instant
from dispatch.journal import Connection
from dispatch.rooms import CallPoint
from dispatch.work import Work
from geo.gazetteer import CALL_POINT, Entry, named

CITY = "city"
"""The source of what a city's map tells, but for its call points."""
CALL_POINTS = "call_points"
"""The source that follows the centre's own list of call points."""
OURS = frozenset({CITY, CALL_POINTS})
LOOSE = "0.5"
"""The share of its trigrams that a misspelt word must have in common with a place (pg_trgm.word_similarity)."""
TRIGRAM = 3
MOST = 64
MOST_ALIKE = 24
NEAR_M = 1_000.0
_DEGREE_M = 111_195.0

_SHOWN = "source, kind, name, alt, code, street, number, direction, lon, lat, keys, initials"
SOURCE_TAKE = """
INSERT INTO place_source (source, id, version, entries, put_at, put_by) VALUES ($1, $2, 1, $3, $4, $5)
ON CONFLICT (source) DO UPDATE SET version = place_source.version + 1, entries = excluded.entries,
    put_at = excluded.put_at, put_by = excluded.put_by
RETURNING id, version
"""
SOURCES = "SELECT source, version, entries, put_at, put_by FROM place_source ORDER BY source"
PLACES_DROP = "DELETE FROM place WHERE source = $1"
_ANALYZE = "ANALYZE place"
PENDING_IN = "SELECT gin_clean_pending_list('place_keys')"
"""What was put in waits beside the index; sorted in at once it takes a fifth of the time, and nobody's search pays for it."""
TRIGRAMS = "SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)"
SPELT = f"""
SELECT {_SHOWN}, 1.0::float8 AS likeness FROM place
WHERE keys <> '' AND (keys LIKE $1 OR keys LIKE $2) AND ($5::text IS NULL OR kind = $5)
ORDER BY (keys LIKE '%|' || $3 || '|%' OR keys LIKE '%|' || $4 || '|%') IS TRUE DESC,
    (keys LIKE '%|' || $3 || '%' OR keys LIKE '%|' || $4 || '%') IS TRUE DESC, spot <-> point($6, $7), length(keys), id
LIMIT {MOST}
"""
ALIKE = f"""
SELECT {_SHOWN}, greatest(word_similarity($1, keys), word_similarity($2, keys))::float8 AS likeness FROM place
WHERE keys <> '' AND ($1 <% keys OR $2 <% keys) AND ($3::text IS NULL OR kind = $3)
ORDER BY likeness DESC, spot <-> point($4, $5), id
LIMIT {MOST_ALIKE}
"""
CALLED = f"""
(SELECT {_SHOWN}, 1.0::float8 AS likeness FROM place
 WHERE name LIKE $1 || '%' AND keys <> '' AND ($4::text IS NULL OR kind = $4)
 ORDER BY name <> $2, spot <-> point($5, $6), id LIMIT {MOST})
UNION ALL
(SELECT {_SHOWN}, 1.0::float8 FROM place
 WHERE initials <> '' AND initials LIKE $3 || '%' AND $3 <> '' AND ($4::text IS NULL OR kind = $4)
 ORDER BY initials <> $3, spot <-> point($5, $6), id LIMIT {MOST})
"""
CODED = f"""
SELECT {_SHOWN}, 1.0::float8 AS likeness FROM place
WHERE code IS NOT NULL AND upper(replace(code, ' ', '')) LIKE $1 || '%'
ORDER BY upper(replace(code, ' ', '')) <> $2, upper(replace(code, ' ', '')), spot <-> point($3, $4), id
LIMIT {MOST}
"""
NAMED = f"""
SELECT {_SHOWN}, 1.0::float8 AS likeness FROM place WHERE name = ANY($1) AND kind = $2
ORDER BY spot <-> point($3, $4), id LIMIT {MOST}
"""
HOUSES = f"""
SELECT {_SHOWN}, 1.0::float8 AS likeness FROM (
    SELECT *, coalesce(left(substring(number FROM '^[0-9]+'), 9), '0')::integer AS counted
    FROM place WHERE street = ANY($1) AND number IS NOT NULL
) house
ORDER BY number <> $2, abs(counted - $3), (counted - $3) % 2 <> 0, spot <-> point($4, $5), id
LIMIT {MOST}
"""
NEAREST = f"""
SELECT {_SHOWN}, 1.0::float8 AS likeness FROM place
WHERE kind = ANY($1) AND spot <@ circle(point($2, $3), $4)
ORDER BY spot <-> point($2, $3) LIMIT 1
"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it is kept. likeness: of its spelling to what was asked for, 0 to 1."""

    source: str
    kind: str
    name: str
    alt: tuple[str, ...]
    code: str | None
    street: str | None
    number: str | None
    direction: str | None
    lon: float
    lat: float
    keys: str
    initials: str
    likeness: float


class Source(msgspec.Struct, frozen=True):
    """A list of places that was put in as a whole: the city's map, or a registry."""

    source: str
    version: int
    entries: int
    put_at: Instant
    put_by: str


class PlacesPutIn(msgspec.Struct, frozen=True, tag_field="fact", tag="put_in"):
    """A source's places were replaced."""

    version: int
    source: str
    entries: int


async def put_places(w: Work, entries: Iterable[Entry], source: str) -> int:
    """Replace everything of a source by these entries; how many there are now. Two who do so at once wait for each other."""
    rows = list(entries)
    taken = await w.conn.fetchrow(SOURCE_TAKE, source, uuid7(), len(rows), w.now, w.principal.id)
    assert taken is not None
    id_, version = taken
    await w.conn.execute(PLACES_DROP, source)
    await w.conn.copy_records_to_table(
        "place",
        columns=["source", *Entry.__struct_fields__],
        records=[(source, *msgspec.structs.astuple(row)) for row in rows],
    )
    await w.conn.execute(PENDING_IN)
    await w.conn.execute(_ANALYZE)
    w.append("place", id_, version, None, PlacesPutIn(version=version, source=source, entries=len(rows)))
    return len(rows)


async def follow_call_points(w: Work, points: Iterable[CallPoint]) -> None:
    """Let the gazetteer know all call points as they are now."""
    told = [named(CALL_POINT, one.name, (one.lon, one.lat), (one.address,), one.code) for one in points]
    await put_places(w, told, CALL_POINTS)


async def put_map(w: Work, entries: Iterable[Entry]) -> int:
    """Replace what a map told, but for its call points: those are the centre's own, wherever they are by now."""
    return await put_places(w, [entry for entry in entries if entry.kind != CALL_POINT], CITY)


async def sources(conn: Connection) -> list[Source]:
    """Which lists there are."""
    return [Source(*row) for row in await conn.fetch(SOURCES)]


class Looking:
    """Looks things up around a middle (WGS-84 degrees; None: nowhere in particular), which only decides between equals."""

    def __init__(self, conn: Connection, middle: tuple[float, float] | None) -> None:
        self._conn = conn
        self._spot = on_paper(*middle) if middle else (0.0, 0.0)

    async def spelt(self, spaced: str, joined: str, kind: str | None = None) -> list[Kept]:
        """Those in whose spelling this stands, the whole first, then at the beginning; one or two letters only there."""
        patterns = [f"%{one}%" if len(one) >= TRIGRAM else f"%|{one}%" for one in (spaced, joined)]
        also = (
            (None, None) if joined == spaced else (patterns[1], joined)
        )  # the same twice would be looked up twice
        return _kept(await self._conn.fetch(SPELT, patterns[0], also[0], spaced, also[1], kind, *self._spot))

    async def alike(self, spaced: str, joined: str, kind: str | None = None) -> list[Kept]:
        """Those whose spelling is like this one."""
        async with self._conn.transaction():
            await self._conn.execute(TRIGRAMS, LOOSE)
            also = None if joined == spaced else joined
            return _kept(await self._conn.fetch(ALIKE, spaced, also, kind, *self._spot))

    async def called(self, name: str, initials: str, kind: str | None = None) -> list[Kept]:
        """Those whose name begins so, character by character, or whose initials do."""
        return _kept(await self._conn.fetch(CALLED, _literal(name), name, initials, kind, *self._spot))

    async def coded(self, code: str) -> list[Kept]:
        """Those whose code begins so."""
        return _kept(await self._conn.fetch(CODED, _literal(code), code, *self._spot))

    async def named(self, names: Sequence[str], kind: str) -> list[Kept]:
        """Those of a kind with one of these names exactly."""
        return _kept(await self._conn.fetch(NAMED, list(names), kind, *self._spot))

    async def houses(self, streets: Sequence[str], number: str) -> list[Kept]:
        """The numbers of these streets, the wanted one first, then the nearest ones in counting."""
        counted = int(number[: len(number) - len(number.lstrip("0123456789"))][:9] or "0")
        return _kept(await self._conn.fetch(HOUSES, list(streets), number, counted, *self._spot))

    async def nearest(self, kinds: Sequence[str]) -> Kept | None:
        """The nearest of these kinds within NEAR_M of the middle."""
        radius = NEAR_M / _DEGREE_M / math.cos(math.radians(_lat_of(self._spot[1])))
        found = _kept(await self._conn.fetch(NEAREST, list(kinds), *self._spot, radius))
        return found[0] if found else None


def on_paper(lon: float, lat: float) -> tuple[float, float]:
    """A place as the column `spot` has it: degrees of Mercator's projection."""
    kept = min(max(lat, -89.0), 89.0)
    return lon, math.degrees(math.log(math.tan(math.radians(45 + kept / 2))))


def _lat_of(paper: float) -> float:
    return 2 * math.degrees(math.atan(math.exp(math.radians(paper)))) - 90


def _literal(text: str) -> str:
    """For LIKE: nothing in it is a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _kept(rows: Iterable[Any]) -> list[Kept]:
    return [msgspec.convert(dict(row), Kept) for row in rows]
