"""From what somebody says about a place to at most eight places, the likeliest first, each saying how well it fits.

What is written exactly so comes before what sounds so, then what begins so, holds it, and is merely like it; of equals the
nearer one first. What fits equally well and is called the same is marked: the caller must be asked which one.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from dispatch.errors import Invalid
from dispatch.gazetteer.asking import Asked, Degrees, HouseAsked, read
from dispatch.gazetteer.store import Kept, Looking
from dispatch.journal import Connection
from geo.coordinates import distance_m
from geo.datums import Datum, to_wgs84
from geo.gazetteer import CALL_POINT, CROSSING, HOUSE_NUMBER, PLACE, STREET, crossing_name, house_number
from geo.spelling import folded, has_chinese, spelling

MOST_ANSWERS = 8
COORDINATES = "coordinates"
_STREETS_TRIED = 6
_SURE_ALIKE = 0.75
LEAST_CODE = 2
ONE_PLACE_M = 100.0
MARKS = ("lamp_pole", "kilometre_post")

type How = Literal[
    "exact", "sounds_alike", "initials", "begins", "nearby_number", "contains", "close", "does_not_cross"
]
type Box = tuple[float, float, float, float]
_RANK: dict[How, float] = {
    "exact": 0, "sounds_alike": 1, "initials": 2, "nearby_number": 2.5, "begins": 3, "contains": 4, "close": 5,
}  # fmt: skip


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One place that may be meant, WGS-84 degrees. distance_m: from the middle that was asked around; None without one.

    match: how it fits. `sounds_alike`: other characters, the same sound; `nearby_number`: the house is not known, the next
    one that is; `does_not_cross`: one of two streets that meet nowhere. ambiguous: others fit as well.
    """

    kind: str
    name: str
    lon: float
    lat: float
    match: How
    alt: tuple[str, ...] = ()
    code: str | None = None
    street: str | None = None
    number: str | None = None
    direction: str | None = None
    source: str | None = None
    distance_m: float | None = None
    ambiguous: bool = False


class Nearby(msgspec.Struct, frozen=True):
    """Something near a place, and how far it is in a straight line."""

    kind: str
    name: str
    code: str | None
    lon: float
    lat: float
    distance_m: float


class Around(msgspec.Struct, frozen=True):
    """What a place lies near; None where nothing of the sort is within a kilometre. mark: a lamp pole or kilometre post."""

    crossing: Nearby | None
    place: Nearby | None
    house_number: Nearby | None
    mark: Nearby | None


async def search(
    conn: Connection,
    text: str,
    middle: tuple[float, float] | None = None,
    limit: int = MOST_ANSWERS,
    *,
    datum: Datum = Datum.WGS84,
    city: Box | None = None,
) -> list[Match]:
    """The places that may be meant, the likeliest first.

    middle: lon, lat, WGS-84 degrees, around which one is asked; datum: of coordinates in the text that name none; city:
    west, south, east, north, which may tell the order of two numbers. Raises Invalid for an empty text.
    """
    asked = read(text)
    if not asked.text:
        raise Invalid("Say what place is looked for.", field="q")
    if asked.degrees:
        return _coordinates(asked.degrees, middle, datum, city)[:limit]
    found = await _Search(Looking(conn, middle), middle).of(asked)
    return _marked(found)[: min(limit, MOST_ANSWERS)]


async def near(conn: Connection, lon: float, lat: float) -> Around:
    """What a place (WGS-84 degrees) lies near."""
    looking = Looking(conn, (lon, lat))

    async def of(*kinds: str) -> Nearby | None:
        kept = await looking.nearest(kinds)
        if kept is None:
            return None
        away_m = round(distance_m(lon, lat, kept.lon, kept.lat), 1)
        return Nearby(kept.kind, kept.name, kept.code, kept.lon, kept.lat, away_m)

    return Around(
        crossing=await of(CROSSING),
        place=await of(PLACE, CALL_POINT, "metro_exit", "bus_stop"),
        house_number=await of(HOUSE_NUMBER, "door_plate"),
        mark=await of(*MARKS),
    )


class _Ranked(msgspec.Struct, frozen=True):
    match: Match
    rank: float
    likeness: float

    @property
    def order(self) -> tuple[float, float, float, str]:
        """Nearness decides between what fits in the same way; of what is merely like it, likeness does, roughly."""
        away_m = self.match.distance_m
        likeness = round(self.likeness, 1) if self.match.match == "close" or away_m is None else 1.0
        return (self.rank, -likeness, away_m or 0.0, self.match.name)


class _Search:
    """One question to the database."""

    def __init__(self, looking: Looking, middle: tuple[float, float] | None) -> None:
        self._looking = looking
        self._middle = middle

    async def of(self, asked: Asked) -> list[_Ranked]:
        found = await self._codes(asked.text)
        if asked.crossing is not None:
            found += await self._crossing(*asked.crossing)
        if asked.house is not None:
            found += await self._house(asked.house)
        if not found or min(one.rank for one in found) > _RANK["exact"]:
            found += await self._names(asked.text)
        return sorted(found, key=lambda one: one.order)

    async def _codes(self, text: str) -> list[_Ranked]:
        code = text.upper().replace(" ", "")
        if not code.isascii() or len(code) < LEAST_CODE:
            return []
        return [
            self._ranked(kept, "exact" if _code_of(kept) == code else "begins")
            for kept in await self._looking.coded(code)
        ]

    async def _names(self, text: str, kind: str | None = None) -> list[_Ranked]:
        spaced = spelling(text)
        joined = spaced.replace(" ", "")
        letters = (
            joined if joined == folded(text).replace(" ", "") else ""
        )  # initials are typed as letters only
        kept = await self._looking.called(text, letters, kind)
        if joined:
            kept += await self._looking.spelt(spaced, joined, kind)
            fits = [self._fit(one, text, spaced, joined) for one in kept]
            if len(joined) > 2 and len(kept) < MOST_ANSWERS and "exact" not in fits:
                kept += await self._looking.alike(spaced, joined, kind)
        ranked = []
        for one in _once(kept):
            how = self._fit(one, text, spaced, joined)
            ranked.append(self._ranked(one, how, _likeness(one, text, joined, how)))
        return ranked

    def _fit(self, kept: Kept, text: str, spaced: str, joined: str) -> How:
        said, names = folded(text), [folded(name) for name in (kept.name, *kept.alt)]
        if said in names:
            return "exact"
        if any(f"|{typed}|" in kept.keys for typed in (spaced, joined) if typed):
            return "sounds_alike" if has_chinese(text) else "exact"
        if kept.initials and kept.initials == joined:
            return "initials"
        if any(name.startswith(said) for name in names) or any(
            f"|{t}" in kept.keys for t in (spaced, joined) if t
        ):
            return "begins"
        if joined and kept.initials.startswith(joined):
            return "begins"
        return "contains" if any(t in kept.keys for t in (spaced, joined) if t) else "close"

    async def _streets(self, text: str) -> list[_Ranked]:
        """The likeliest streets that somebody calls so, each name once."""
        ranked = sorted(await self._names(text, STREET), key=lambda one: one.order)
        return list({one.match.name: one for one in reversed(ranked)}.values())[::-1][:_STREETS_TRIED]

    async def _crossing(self, one: str, other: str) -> list[_Ranked]:
        first, second = await self._streets(one), await self._streets(other)
        ranks = {
            crossing_name(a.match.name, b.match.name): max(a.rank, b.rank) for a in first for b in second
        }
        found = [
            self._ranked(kept, _how(ranks[kept.name]))
            for kept in await self._looking.named(list(ranks), CROSSING)
        ]
        return [*found, *_apart(first[:1], second[:1], found)]

    async def _house(self, house: HouseAsked) -> list[_Ranked]:
        streets = {
            one.match.name: one.rank
            for one in await self._streets(house.street)
            if one.rank < _RANK["contains"] or one.likeness >= _SURE_ALIKE
        }
        if not streets:
            return []
        best = min(streets.values())
        wanted = [name for name, rank in streets.items() if rank == best]
        known = await self._looking.houses(wanted, house_number(house.number))
        exact = [kept for kept in known if kept.number == house.number]
        if exact:
            return [self._ranked(kept, _how(best)) for kept in exact]
        rank = max(_RANK["nearby_number"], best + 0.5)
        return [_Ranked(self._ranked(kept, "nearby_number").match, rank, 1.0) for kept in known[:2]]

    def _ranked(self, kept: Kept, how: How, likeness: float = 1.0) -> _Ranked:
        away_m = None if self._middle is None else round(distance_m(*self._middle, kept.lon, kept.lat), 1)
        match = Match(
            kind=kept.kind, name=kept.name, lon=kept.lon, lat=kept.lat, match=how, alt=kept.alt, code=kept.code,
            street=kept.street, number=kept.number, direction=kept.direction, source=kept.source, distance_m=away_m,
        )  # fmt: skip
        return _Ranked(match, _RANK[how], likeness)


def _apart(first: Sequence[_Ranked], second: Sequence[_Ranked], found: Sequence[_Ranked]) -> list[_Ranked]:
    """The two streets by themselves, when none of the crossings that were found is one of just these two."""
    if not first or not second:
        return []
    rank = max(first[0].rank, second[0].rank)
    if any(one.rank <= rank for one in found):
        return []
    return [
        _Ranked(msgspec.structs.replace(one.match, match="does_not_cross"), rank + 0.5, one.likeness)
        for one in (first[0], second[0])
    ]


def _code_of(kept: Kept) -> str:
    return (kept.code or "").upper().replace(" ", "")


def _how(rank: float) -> How:
    return next(how for how, its in _RANK.items() if its == rank)


def _likeness(kept: Kept, text: str, joined: str, how: How) -> float:
    """Of the spelling, and of the characters themselves, which decide between what sounds alike; else by length alone."""
    said = folded(text)
    if how != "close":
        return min(len(said) / max(len(kept.name), 1), 1.0)
    names = [folded(name) for name in (kept.name, *kept.alt)]
    written = max(difflib.SequenceMatcher(None, said, name, autojunk=False).ratio() for name in names)
    typed = max(
        difflib.SequenceMatcher(None, joined, key.replace(" ", ""), autojunk=False).ratio()
        for key in kept.keys.split("|")
    )
    return max(written, typed) if has_chinese(text) else typed


def _once(found: Iterable[Kept]) -> list[Kept]:
    """Each entry once, as it was found first."""
    once: dict[tuple[object, ...], Kept] = {}
    for kept in found:
        once.setdefault((kept.source, kept.kind, kept.name, kept.code, kept.lon, kept.lat), kept)
    return list(once.values())


def _marked(found: Sequence[_Ranked]) -> list[Match]:
    """Each place once, and those marked that another of the same name, somewhere else, fits as well as."""
    places: dict[tuple[object, ...], _Ranked] = {}
    for one in found:
        match = one.match
        places.setdefault((match.kind, match.name, match.code, match.lon, match.lat), one)
    alike: dict[tuple[str, float], list[Match]] = {}
    for one in places.values():
        alike.setdefault((folded(one.match.name), one.rank), []).append(one.match)
    return [
        msgspec.structs.replace(one.match, ambiguous=any(_apart_from(one.match, other) for other in same))
        for one in places.values()
        for same in (alike[(folded(one.match.name), one.rank)],)
    ]


def _apart_from(one: Match, other: Match) -> bool:
    """Two lists may know the same house, each a few metres off."""
    return one is not other and distance_m(one.lon, one.lat, other.lon, other.lat) > ONE_PLACE_M


def _coordinates(
    degrees: Sequence[Degrees], middle: tuple[float, float] | None, datum: Datum, city: Box | None
) -> list[Match]:
    spots = list(dict.fromkeys(to_wgs84(one.lon, one.lat, one.datum or datum) for one in degrees))
    inside = [spot for spot in spots if city and _within(spot, city)]
    if len(inside) == 1:
        spots = inside
    told = [
        Match(
            kind=COORDINATES, name=f"{lon:.6f}, {lat:.6f}", lon=lon, lat=lat, match="exact",
            distance_m=round(distance_m(*middle, lon, lat), 1) if middle else None, ambiguous=len(spots) > 1,
        )
        for lon, lat in spots
    ]  # fmt: skip
    return sorted(told, key=lambda one: one.distance_m or 0.0)


def _within(spot: tuple[float, float], city: Box) -> bool:
    west, south, east, north = city
    return west <= spot[0] <= east and south <= spot[1] <= north
