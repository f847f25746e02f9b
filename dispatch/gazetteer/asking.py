"""What a call-taker may mean by what was typed: coordinates, a crossing, a house number, or simply a name or code. Pure.

One text may have several readings; `search` tries each and the best answers come first.
"""

import re
import unicodedata

import msgspec

from geo.datums import Datum
from geo.gazetteer import house_number

LONGEST = 200
_WORDS = str.maketrans(
    {"′": "'", "’": "'", "″": '"', "”": '"', "º": "°", "，": ",", "、": ",", "；": ",", ";": ","}
)
_SIDES = (("北纬", "N"), ("南纬", "S"), ("东经", "E"), ("西经", "W"), ("经度", "E"), ("纬度", "N"),
          ("LON", "E"), ("LNG", "E"), ("LAT", "N"), ("度", "°"), ("分", "'"), ("秒", '"'))  # fmt: skip
_ANGLE = r"""([+-]?\d{1,3}(?:\.\d+)?)(?:\s*°\s*(?:(\d{1,2}(?:\.\d+)?)\s*'\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:"|'')\s*)?)?)?"""
_SPACED = r"(\d{1,3})\s+(\d{1,2}(?:\.\d+)?)(?:\s+(\d{1,2}(?:\.\d+)?))?"
_PAIRS = tuple(
    re.compile(pattern)
    for angle in (_ANGLE, _SPACED)
    for pattern in (
        rf"([NSEW])\s*[:=]?\s*{angle}\s*[, ]?\s*([NSEW])\s*[:=]?\s*{angle}",
        rf"{angle}\s*([NSEW])\s*[, ]?\s*{angle}\s*([NSEW])",
    )
)
_BARE = re.compile(rf"{_ANGLE}\s*(?:,|\s)\s*{_ANGLE}")
_DATUM = re.compile(rf"[ ,(]*({'|'.join(re.sub(r'(?=\d)', '-?', name, count=1) for name in Datum)})\)?$")
_JUNCTION = r"\s*(?:的)?(?:交叉路口|交叉口|交汇处|交会处|交界处?|十字路口|丁字路口|(?:(?<=[路道街巷弄里段])|(?<=大桥))(?:路口|口))$"
_AND = re.compile(
    r"\s*[/&＆@×]\s*|\s+(?:and|at|x)\s+|(?<=\S\S)\s*[与與跟]\s*(?=\S\S)|(?<=[路道街巷弄里段线桥])\s*[和及同]\s*",
    re.IGNORECASE,
)
_TWO_ROADS = re.compile(r"(.+?(?:大道|路|街|道|巷|弄)(?:[东西南北中]段)?)(.+(?:大道|路|街|道|巷|弄))")
_NUMBER = r"\d{1,5}(?:[-之]\d{1,4})?[A-Za-z]?"
_HOUSES = (
    re.compile(rf"(?P<street>.*?[^\d\s#.,+-])\s*(?P<number>{_NUMBER})\s*[号號弄](?![线線]).*"),
    re.compile(rf"(?P<street>.*?[^\d\s#.,+-])\s*(?P<number>{_NUMBER})"),
    re.compile(rf"(?P<number>{_NUMBER})(?:\s*,\s*|\s+)(?P<street>.*[^\W\d]{{2}}.*)"),
)


class Degrees(msgspec.Struct, frozen=True):
    """One pair of numbers, lon before lat, in the datum named beside them; None: none was named."""

    lon: float
    lat: float
    datum: Datum | None = None


class HouseAsked(msgspec.Struct, frozen=True):
    """A number of a street."""

    street: str
    number: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Every reading of one text. degrees: both orders where the numbers alone don't tell; then nothing else is meant."""

    text: str
    degrees: tuple[Degrees, ...] = ()
    crossing: tuple[str, str] | None = None
    house: HouseAsked | None = None


def read(text: str) -> Asked:
    """What may be meant."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST])
    said = " ".join(unicodedata.normalize("NFKC", shown).split())[:LONGEST]
    degrees = _degrees(said)
    if degrees:
        return Asked(text=said, degrees=degrees)
    return Asked(text=said, crossing=_crossing(said), house=_house(said))


def _degrees(said: str) -> tuple[Degrees, ...]:
    text, datum = _without_datum(said.upper().translate(_WORDS))
    for word, sign in _SIDES:
        text = text.replace(word, sign)
    text = text.strip(" ()[]")
    for pattern in _PAIRS:
        found = pattern.fullmatch(text)
        if found:
            return _with_sides(found.groups(), datum)
    bare = _BARE.fullmatch(text)
    return _without_sides(bare.groups(), datum) if bare else ()


def _without_datum(text: str) -> tuple[str, Datum | None]:
    named = _DATUM.search(text)
    return (text[: named.start()], Datum(named[1].replace("-", ""))) if named else (text, None)


def _with_sides(groups: tuple[str | None, ...], datum: Datum | None) -> tuple[Degrees, ...]:
    letters = [part for part in groups if part in ("N", "S", "E", "W")]
    parts = [part for part in groups if part not in ("N", "S", "E", "W")]
    half = len(parts) // 2
    values: dict[bool, float] = {}
    for letter, angle in zip(letters, (parts[:half], parts[half:]), strict=True):
        value = _angle(angle)
        if value is None:
            return ()
        values[letter in "EW"] = -value if letter in "SW" else value
    if len(values) != 2:
        return ()
    return _possible(Degrees(values[True], values[False], datum))


def _without_sides(groups: tuple[str | None, ...], datum: Datum | None) -> tuple[Degrees, ...]:
    first, second = _angle(groups[:3]), _angle(groups[3:])
    written = [any(groups[n + 1 : n + 3]) or "." in str(groups[n]) for n in (0, 3)]
    if first is None or second is None or not all(written):  # two whole numbers are no place
        return ()
    return (*_possible(Degrees(first, second, datum)), *_possible(Degrees(second, first, datum)))


def _angle(parts: "tuple[str | None, ...] | list[str | None]") -> float | None:
    degrees, minutes, seconds = (float(part or 0) for part in parts)
    if minutes >= 60 or seconds >= 60:
        return None
    rest = minutes / 60 + seconds / 3600
    return degrees - rest if str(parts[0]).startswith("-") else degrees + rest


def _possible(one: Degrees) -> tuple[Degrees, ...]:
    return (one,) if abs(one.lon) <= 180 and abs(one.lat) <= 90 else ()


def _crossing(said: str) -> tuple[str, str] | None:
    bare = re.sub(_JUNCTION, "", said)
    parts = [part.strip() for part in _AND.split(bare) if part.strip()]
    if len(parts) == 2:
        return parts[0], parts[1]
    if bare != said:
        two = _TWO_ROADS.fullmatch(bare)
        if two:
            return two[1], two[2]
    return None


def _house(said: str) -> HouseAsked | None:
    for pattern in _HOUSES:
        found = pattern.fullmatch(said)
        if found:
            return HouseAsked(found["street"].strip(" ,"), house_number(found["number"].replace("之", "-")))
    return None
