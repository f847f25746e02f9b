"""Which open incidents an alarm may be about: found while it is typed, ranked, with reasons.

Each replica keeps the open incidents in memory, fed from the journal in order: added when opened or changed, counted
when an alarm joins, removed when handled or merged. An alarm is compared with at most SCORED_AT_MOST of them, the newest
around it, so that ten thousand calls about one explosion cost ten thousand times the same.
"""

import math
from bisect import insort
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain, count, islice
from uuid import UUID

import msgspec

from incidents.addresses import is_number
from incidents.likeness import (
    SENTENCES,
    WINDOW_MS,
    Agreement,
    Ceiling,
    OpenIncident,
    Report,
    agreement,
    explain,
    likeness,
)
from incidents.reasons import Reason
from incidents.spots import Spots
from incidents.types import TypeTree
from incidents.vicinity import CELL_RES, RINGS, Entry, Vicinity

__all__ = ["CELL_RES", "RINGS", "SENTENCES", "Candidate", "OpenIncident", "OpenIncidents", "Report"]

SCORED_AT_MOST = 50
LEAST_SCORE = 0.2
_BY_KEY_AT_MOST = 10
_PER_DEGREE_M = 110_500.0  # less than a degree of latitude anywhere, and of longitude at the equator
_WORDS_KEPT = 64


class Candidate(msgspec.Struct, frozen=True):
    """An open incident that may be the same: score from 0 to 1 (see incidents.likeness), strongest reasons first."""

    incident_id: UUID
    score: float
    reasons: tuple[Reason, ...]


class OpenIncidents:
    """The open incidents of a city, by place, call point, caller's number and address words. One writer, no lock.

    `scored` counts comparisons made since the start.
    """

    def __init__(self, tree: TypeTree) -> None:
        self.scored = 0
        self._tree = tree
        self._agreements: dict[tuple[str | None, str | None], Agreement] = {}
        self._entries: dict[UUID, Entry] = {}
        self._serial = count()
        self._spots = Spots()
        self._vicinities = {exercise: Vicinity() for exercise in (False, True)}
        self._by_key: dict[Hashable, dict[OpenIncident, None]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, incident_id: UUID) -> bool:
        return incident_id in self._entries

    def within(self, box: tuple[float, float, float, float]) -> list[OpenIncident]:
        """Those whose place is known and lies in a box: west, south, east, north."""
        return self._spots.within(box)

    def use_tree(self, tree: TypeTree) -> None:
        """Compare types by a new version of the tree from now on."""
        self._tree = tree
        self._agreements.clear()

    def add(self, incident: OpenIncident) -> None:
        """Take in an open incident, or put it in the place of what was known under its id; keeps a copy.

        Nothing is moved for one that is known as it is: labels and orders tell nothing that is compared.
        """
        known = self._entries.get(incident.id)
        if known is not None and _content(known.incident) == _content(incident):
            return
        self.remove(incident.id)
        own = msgspec.structs.replace(
            incident,
            numbers=set(incident.numbers),
            call_points=set(incident.call_points),
            words=set(incident.words),
        )
        self._place(own)
        self._spots.put(own)
        for key in _keys(own.numbers, own.call_points, own.words):
            self._by_key.setdefault(key, {})[own] = None

    def attach(self, incident_id: UUID, report: Report) -> bool:
        """An alarm joined: count it and remember its number, call point and words; False when the incident is not open.

        The incident's place and type stay its own. Costs the same however many alarms it has.
        """
        if incident_id not in self._entries:
            return False
        incident = self._lift(incident_id)
        incident.alarms += 1
        incident.opened_ms = min(incident.opened_ms, report.at_ms)
        incident.last_alarm_ms = max(incident.last_alarm_ms, report.at_ms)
        numbers = {report.caller_hmac} if report.caller_hmac is not None else set()
        call_points = {report.call_point_id} if report.call_point_id is not None else set()
        words = report.words - incident.words if len(incident.words) < _WORDS_KEPT else frozenset()
        incident.numbers |= numbers
        incident.call_points |= call_points
        incident.words |= words
        self._place(incident)
        for key in _keys(numbers, call_points, words):
            under = self._by_key.setdefault(key, {})
            under.pop(incident, None)
            under[incident] = None
        return True

    def remove(self, incident_id: UUID) -> bool:
        """Forget an incident that is no longer open; False when it was not known."""
        if incident_id not in self._entries:
            return False
        incident = self._lift(incident_id)
        self._spots.take(incident)
        for key in _keys(incident.numbers, incident.call_points, incident.words):
            under = self._by_key[key]
            del under[incident]
            if not under:
                del self._by_key[key]
        return True

    def candidates(self, report: Report, now_ms: int, limit: int = 5) -> list[Candidate]:
        """The open incidents most likely the same as the report, best first, none below LEAST_SCORE.

        Compared are those of the same call point and number, those with the same address words, then the newest within
        the disk and window; never an exercise with a real one. A report claimed for later than `now_ms` counts as now.
        """
        if report.at_ms > now_ms:
            report = msgspec.structs.replace(report, at_ms=now_ms)
        best: list[tuple[float, int, int, OpenIncident]] = []
        for most, last_alarm_ms, n, incident in sorted(self._promising(report), reverse=True):
            if len(best) == limit and most < best[-1][0]:
                break
            self.scored += 1
            types = self._agreement(report.type_code, incident.type_code)
            score = likeness(report, incident, types)
            if score >= LEAST_SCORE:
                insort(best, (score, last_alarm_ms, n, incident), key=lambda one: (-one[0], -one[1], one[2]))
                del best[limit:]
        return [self._candidate(report, score, incident) for score, _, _, incident in best]

    def _promising(self, report: Report) -> list[tuple[float, int, int, OpenIncident]]:
        """(what its score can't exceed, last alarm, a number, incident) of those worth comparing that may count at all.

        Most pairs of a crowded quarter end here, at a hundredth of the cost. Metres per degree are taken low, so that no
        distance is overrated.
        """
        keyed, complete = self._keyed(report)
        compared, by_key = [*keyed, *self._near(report, keyed)], len(keyed)
        lon, lat = report.lon, report.lat
        if lon is None or lat is None:
            return [(1.0, one.last_alarm_ms, n, one) for n, one in enumerate(compared)]
        per_lon = _PER_DEGREE_M * math.cos(math.radians(min(abs(lat) + 0.05, 90.0)))
        ceilings: dict[str | None, Ceiling] = {}
        found = []
        for n, one in enumerate(compared):
            there, above = one.lon, one.lat
            known = (n < by_key or not complete) and _same_caller(report, one)
            if known or there is None or above is None or abs(there - lon) > 1:
                found.append((1.0, one.last_alarm_ms, n, one))
                continue
            ceiling = ceilings.get(one.type_code)
            if ceiling is None:
                types = self._agreement(report.type_code, one.type_code)
                ceiling = ceilings[one.type_code] = Ceiling(types, report.accuracy_m, LEAST_SCORE)
            east, north = (there - lon) * per_lon, (above - lat) * _PER_DEGREE_M
            distance_2 = east * east + north * north
            if distance_2 <= ceiling.reach_2:
                found.append((ceiling.at(distance_2), one.last_alarm_ms, n, one))
        return found

    def _near(self, report: Report, keyed: dict[OpenIncident, None]) -> list[OpenIncident]:
        """The newest in the disk and window that are not among those, so that there are SCORED_AT_MOST together."""
        if report.cell15 is None:
            return []
        vicinity = self._vicinities[report.exercise]
        newest = vicinity.newest(report.cell15, report.at_ms - WINDOW_MS, SCORED_AT_MOST)
        return [one for one in newest if one not in keyed][: SCORED_AT_MOST - len(keyed)] if keyed else newest

    def _candidate(self, report: Report, score: float, incident: OpenIncident) -> Candidate:
        types = self._agreement(report.type_code, incident.type_code)
        return Candidate(incident.id, round(score, 3), explain(report, incident, types))

    def _keyed(self, report: Report) -> tuple[dict[OpenIncident, None], bool]:
        """The newest that share a telling key; whether all with its call point and its number are among them."""
        keyed: dict[OpenIncident, None] = {}
        complete = True
        for key in self._telling_keys(report):
            under = self._by_key.get(key)
            if under is None:
                continue
            complete = complete and (isinstance(key, str) or len(under) <= _BY_KEY_AT_MOST)
            for one in islice(reversed(under), _BY_KEY_AT_MOST):
                if one.exercise == report.exercise:
                    keyed[one] = None
        return keyed, complete

    def _telling_keys(self, report: Report) -> Iterator[Hashable]:
        """Call point, number, and the three address words that fewest incidents share."""
        if report.call_point_id is not None:
            yield report.call_point_id
        if report.caller_hmac is not None:
            yield report.caller_hmac
        known = [word for word in report.words if word in self._by_key and not is_number(word)]
        yield from sorted(known, key=lambda word: (len(self._by_key[word]), word))[:3]

    def _agreement(self, reported: str | None, known: str | None) -> Agreement:
        pair = (reported, known)
        found = self._agreements.get(pair)
        if found is None:
            found = self._agreements[pair] = agreement(self._tree, reported, known)
        return found

    def _place(self, incident: OpenIncident) -> None:
        entry = self._entries[incident.id] = Entry(incident, next(self._serial))
        if incident.cell15 is not None:
            self._vicinities[incident.exercise].place(entry, incident.cell15)

    def _lift(self, incident_id: UUID) -> OpenIncident:
        """Take an incident out of its cell, to be placed again or forgotten."""
        entry = self._entries.pop(incident_id)
        incident = entry.incident
        if incident.cell15 is not None:
            self._vicinities[incident.exercise].lift(entry, incident.cell15)
        return incident


def _content(incident: OpenIncident) -> tuple[object, ...]:
    return msgspec.structs.astuple(incident)


def _same_caller(report: Report, incident: OpenIncident) -> bool:
    return report.caller_hmac in incident.numbers or report.call_point_id in incident.call_points


def _keys(numbers: Iterable[bytes], call_points: Iterable[UUID], words: Iterable[str]) -> Iterator[Hashable]:
    """Bytes, UUIDs and words never equal each other, so one dictionary holds them all."""
    return chain(numbers, call_points, words)
