"""How likely an alarm and an open incident are the same event, with the reasons that say so.

Pure arithmetic on one pair; `duplicates` chooses the pairs. The weights are judgement, not measurement: the order they
give is what the stories in the tests hold fast.
"""

import math
from uuid import UUID

import msgspec

from geo.coordinates import approx_distance_m
from incidents.addresses import overlap
from incidents.reasons import Catalogue, Param, Reason
from incidents.types import TypeTree

REACH_M = 900.0
FRESH_MS = 10 * 60_000
WINDOW_MS = 120 * 60_000
_SAME_CALL_POINT = 0.90
_SAME_NUMBER = 0.70
_PLACE = 0.90
_ADDRESS_ALONE = 0.60
_ADDRESS_BESIDE_PLACE = 0.15
_DEFAULT_SPREAD_M = 120.0
_UNKNOWN_TYPE = 0.75
_OTHER_TYPE = 0.2
_ROUNDING = 1 + 1e-9

SENTENCES: Catalogue = {
    "same_call_point": ("同一报警点", "same call point"),
    "same_number": ("同一来电号码", "same caller's number"),
    "distance": ("相距{distance_m}米", "{distance_m} m away"),
    "far_apart": ("但相距{distance_m}米", "but {distance_m} m apart"),
    "same_words": ("地址相同：{words}", "same address words: {words}"),
    "same_type": ("同为{type_zh}", "both {type_en}"),
    "alike_type": ("类型相近：{type_zh}", "a type often mistaken for it: {type_en}"),
    "same_family": ("同属{type_zh}", "same family: {type_en}"),
    "other_type": ("但类型不同：{type_zh}", "but another type: {type_en}"),
    "still_reported": ("正在被报告", "being reported right now"),
    "minutes_ago": ("{minutes}分钟前", "{minutes} min ago"),
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an alarm says that can be compared. lon, lat: WGS-84 degrees; they and `cell15` come together or not at all."""

    at_ms: int
    lon: float | None = None
    lat: float | None = None
    cell15: int | None = None
    accuracy_m: float = 0.0
    type_code: str | None = None
    caller_hmac: bytes | None = None
    call_point_id: UUID | None = None
    words: frozenset[str] = frozenset()
    exercise: bool = False


class OpenIncident(msgspec.Struct, kw_only=True, eq=False):
    """An open incident as the index keeps it, itself and no other; `numbers`: HMACs of callers' numbers, times: ms."""

    id: UUID
    number: str
    opened_ms: int
    last_alarm_ms: int
    lon: float | None = None
    lat: float | None = None
    cell15: int | None = None
    type_code: str | None = None
    numbers: set[bytes] = msgspec.field(default_factory=set)
    call_points: set[UUID] = msgspec.field(default_factory=set)
    words: set[str] = msgspec.field(default_factory=set)
    alarms: int = 1
    exercise: bool = False


class Agreement(msgspec.Struct, frozen=True):
    """How two types agree: factor, whether they differ outright, the larger spread, and the reason."""

    factor: float
    differs: bool
    spread_m: float
    reason: Reason | None = None


def agreement(tree: TypeTree, reported: str | None, known: str | None) -> Agreement:
    """How the type of an alarm agrees with that of an incident; a type the tree does not hold counts as not known."""
    one = tree.get(reported) if reported is not None and reported in tree else None
    other = tree.get(known) if known is not None and known in tree else None
    if one is None or other is None:
        given = one or other
        return Agreement(_UNKNOWN_TYPE, False, float(given.spread_m) if given else _DEFAULT_SPREAD_M)
    spread_m = float(max(one.spread_m, other.spread_m))
    shared = next((code for code in one.lineage if code in other.lineage), None)
    level = tree.get(shared).level if shared else 0
    if shared and (level >= 2 or one.code == other.code):
        return Agreement(1.0, False, spread_m, _about("same_type", tree, shared))
    if one.alike & other.alike:
        return Agreement(0.9, False, spread_m, _about("alike_type", tree, other.code))
    if shared:
        return Agreement(0.5, False, spread_m, _about("same_family", tree, shared))
    return Agreement(_OTHER_TYPE, True, spread_m, _about("other_type", tree, other.code))


def likeness(report: Report, incident: OpenIncident, types: Agreement) -> float:
    """Score from 0 to 1.

    Each piece of evidence has a weight; they join as independent chances, 1 - (1 - a)(1 - b):

        identity       the call point that was pressed 0.90, the caller's number 0.70
        circumstance   place 0.90 x closeness, address 0.60 x shared words (0.15 where both have a place)

    - closeness = (s / w) / (1 + (d / w)²); d: distance; s: spread of the type, the distance at which the odds are even;
      w² = s² + accuracy², so that a position known to 500 m says little.
    - Circumstance is multiplied by how the types agree: same branch 1, often mistaken for each other 0.9, one not known
      0.75, same family 0.5, different 0.2; identity by 0.6 for different types, and by 0.4 when the two places lie
      farther apart than REACH_M, which leaves no circumstance.
    - Both fade with the time since the incident was last reported: 1 up to 10 min, falling evenly to 0.4 at 2 h, where
      circumstance ends and identity stays.
    """
    distance_m = _distance_m(report, incident)
    far = distance_m is not None and distance_m > REACH_M
    identity = _identity(report, incident)
    gap_ms = _gap_ms(report, incident)
    circumstance = 0.0
    if not far and gap_ms <= WINDOW_MS:
        circumstance = types.factor * _circumstance(report, incident, distance_m, types.spread_m)
    if identity:
        identity *= (0.6 if types.differs else 1.0) * (0.4 if far else 1.0)
    fading = _fading(gap_ms)
    return 1 - (1 - identity * fading) * (1 - circumstance * fading)


class Ceiling:
    """What the score of a pair without common number or call point can't exceed, by distance; one pair of types.

    reach_2: the square (m²) of the distance beyond which it stays below `least`; inf: nowhere.
    """

    __slots__ = ("_most", "_nearest", "_width_2", "reach_2")

    def __init__(self, types: Agreement, accuracy_m: float, least: float) -> None:
        spread_2 = types.spread_m * types.spread_m
        self._width_2 = spread_2 + accuracy_m * accuracy_m
        self._nearest = _PLACE * math.sqrt(spread_2 / self._width_2) * (1 - _ADDRESS_BESIDE_PLACE)
        self._most = types.factor
        beside = least / self._most - _ADDRESS_BESIDE_PLACE
        self.reach_2 = math.inf if beside <= 0 else self._width_2 * (self._nearest / beside - 1) * _ROUNDING

    def at(self, distance_2: float) -> float:
        """At a distance (its square, m²) that is not overrated."""
        return self._most * (_ADDRESS_BESIDE_PLACE + self._nearest / (1 + distance_2 / self._width_2))


def explain(report: Report, incident: OpenIncident, types: Agreement) -> tuple[Reason, ...]:
    """The reasons behind the score: who, where, what, when, and what speaks against it."""
    reasons = []
    if report.call_point_id in incident.call_points:
        reasons.append(Reason("same_call_point"))
    if report.caller_hmac in incident.numbers:
        reasons.append(Reason("same_number"))
    distance_m = _distance_m(report, incident)
    if distance_m is not None:
        key = "far_apart" if distance_m > REACH_M else "distance"
        reasons.append(Reason(key, {"distance_m": round(distance_m)}))
    shared = overlap(report.words, incident.words)[1]
    if shared:
        reasons.append(Reason("same_words", {"words": shared}))
    if types.reason is not None:
        reasons.append(types.reason)
    minutes = _gap_ms(report, incident) // 60_000
    reasons.append(Reason("minutes_ago", {"minutes": minutes}) if minutes else Reason("still_reported"))
    return tuple(reasons)


def _identity(report: Report, incident: OpenIncident) -> float:
    missed = 1.0
    if report.call_point_id in incident.call_points:
        missed *= 1 - _SAME_CALL_POINT
    if report.caller_hmac in incident.numbers:
        missed *= 1 - _SAME_NUMBER
    return 1 - missed


def _circumstance(report: Report, incident: OpenIncident, distance_m: float | None, spread_m: float) -> float:
    missed = 1.0
    if distance_m is not None:
        width_2 = spread_m * spread_m + report.accuracy_m * report.accuracy_m
        closeness = spread_m / math.sqrt(width_2) / (1 + distance_m * distance_m / width_2)
        missed *= 1 - _PLACE * closeness
    if report.words and incident.words:
        weight = _ADDRESS_ALONE if distance_m is None else _ADDRESS_BESIDE_PLACE
        missed *= 1 - weight * overlap(report.words, incident.words)[0]
    return 1 - missed


def _gap_ms(report: Report, incident: OpenIncident) -> int:
    """How long before its first or after its last alarm; 0 in between."""
    return max(incident.opened_ms - report.at_ms, report.at_ms - incident.last_alarm_ms, 0)


def _distance_m(report: Report, incident: OpenIncident) -> float | None:
    if report.lon is None or report.lat is None or incident.lon is None or incident.lat is None:
        return None
    return approx_distance_m(report.lon, report.lat, incident.lon, incident.lat)


def _fading(gap_ms: int) -> float:
    late = min(max(gap_ms - FRESH_MS, 0), WINDOW_MS - FRESH_MS) / (WINDOW_MS - FRESH_MS)
    return 1.0 - 0.6 * late


def _about(key: str, tree: TypeTree, code: str) -> Reason:
    kind = tree.get(code)
    params: dict[str, Param] = {"type": code, "type_zh": kind.name_zh, "type_en": kind.name_en}
    return Reason(key, params)
