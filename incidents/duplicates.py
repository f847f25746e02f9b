"""Which open incidents an alarm may be about: found while it is typed, ranked, with reasons.

Each replica keeps the open incidents in memory, fed from the journal in order: added when opened or changed, counted
when an alarm joins, removed when handled or merged. An alarm is compared with at most SCORED_AT_MOST of them, the newest
around it, so that ten thousand calls about one explosion cost ten thousand times the same.
"""

import heapq
import math
from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain, count, islice, takewhile
from uuid import UUID

import msgspec

from geo import cells
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
from incidents.types import TypeTree

__all__ = ["SENTENCES", "Candidate", "OpenIncident", "OpenIncidents", "Report"]

SCORED_AT_MOST = 50
LEAST_SCORE = 0.2
CELL_RES = 8
# Two rings of res-8 cells hold every point within likeness.REACH_M of any point of the middle cell (a test walks the globe).
RINGS = 2
_BY_KEY_AT_MOST = 10
_PER_DEGREE_M = 110_500.0  # less than a degree of latitude anywhere, and of longitude at the equator
_WORDS_KEPT = 64
_DISKS_KEPT = 50_000

type _Entry = tuple[int, int, OpenIncident]


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
        self._entries: dict[UUID, _Entry] = {}
        self._serial = count()
        # By (exercise, cell), each list from the one reported longest ago to the newest.
        self._cells: dict[tuple[bool, int], list[_Entry]] = {}
        self._by_key: dict[Hashable, dict[UUID, None]] = {}
        self._disks: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, incident_id: UUID) -> bool:
        return incident_id in self._entries

    def use_tree(self, tree: TypeTree) -> None:
        """Compare types by a new version of the tree from now on."""
        self._tree = tree
        self._agreements.clear()

    def add(self, incident: OpenIncident) -> None:
        """Take in an open incident, or put it in the place of what was known under its id; keeps a copy."""
        self.remove(incident.id)
        own = msgspec.structs.replace(
            incident,
            numbers=set(incident.numbers),
            call_points=set(incident.call_points),
            words=set(incident.words),
        )
        self._place(own)
        for key in _keys(own.numbers, own.call_points, own.words):
            self._by_key.setdefault(key, {})[incident.id] = None

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
            under.pop(incident_id, None)
            under[incident_id] = None
        return True

    def remove(self, incident_id: UUID) -> bool:
        """Forget an incident that is no longer open; False when it was not known."""
        if incident_id not in self._entries:
            return False
        incident = self._lift(incident_id)
        for key in _keys(incident.numbers, incident.call_points, incident.words):
            under = self._by_key[key]
            del under[incident_id]
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

        Most pairs of a crowded quarter end here, at a tenth of the cost. Metres per degree are taken low, so that no
        distance is overrated.
        """
        lon, lat, call_point, number = report.lon, report.lat, report.call_point_id, report.caller_hmac
        per_lon = _PER_DEGREE_M * math.cos(math.radians(min(abs(lat or 0.0) + 0.05, 90.0)))
        ceilings: dict[str | None, Ceiling] = {}
        found = []
        for n, incident in enumerate(self._around(report)):
            most, there, above = 1.0, incident.lon, incident.lat
            if lon is not None and lat is not None and there is not None and above is not None:
                east, north = (there - lon) * per_lon, (above - lat) * _PER_DEGREE_M
                known = number in incident.numbers or call_point in incident.call_points
                if not known and abs(there - lon) < 1:
                    ceiling = ceilings.get(incident.type_code)
                    if ceiling is None:
                        types = self._agreement(report.type_code, incident.type_code)
                        ceiling = ceilings[incident.type_code] = Ceiling(types, report.accuracy_m)
                    most = ceiling.at(east * east + north * north)
            if most >= LEAST_SCORE:
                found.append((most, incident.last_alarm_ms, n, incident))
        return found

    def _candidate(self, report: Report, score: float, incident: OpenIncident) -> Candidate:
        types = self._agreement(report.type_code, incident.type_code)
        return Candidate(incident.id, round(score, 3), explain(report, incident, types))

    def _around(self, report: Report) -> Iterator[OpenIncident]:
        """At most SCORED_AT_MOST different incidents worth comparing."""
        keyed = dict.fromkeys(chain.from_iterable(self._newest(key) for key in self._telling_keys(report)))
        near = self._near(report)
        if not keyed:
            return islice(near, SCORED_AT_MOST)
        others = (incident for incident in near if incident.id not in keyed)
        known = (self._entries[incident_id][2] for incident_id in keyed)
        both = chain((one for one in known if one.exercise == report.exercise), others)
        return islice(both, SCORED_AT_MOST)

    def _telling_keys(self, report: Report) -> Iterator[Hashable]:
        """Call point, number, and the three address words that fewest incidents share."""
        if report.call_point_id is not None:
            yield report.call_point_id
        if report.caller_hmac is not None:
            yield report.caller_hmac
        known = [word for word in report.words if word in self._by_key and not is_number(word)]
        yield from sorted(known, key=lambda word: (len(self._by_key[word]), word))[:3]

    def _newest(self, key: Hashable) -> Iterator[UUID]:
        return islice(reversed(self._by_key.get(key, {})), _BY_KEY_AT_MOST)

    def _near(self, report: Report) -> Iterator[OpenIncident]:
        """The newest in the disk and window, newest first where there are too many to compare them all."""
        if report.cell15 is None:
            return iter(())
        oldest_ms = report.at_ms - WINDOW_MS
        around = ((report.exercise, cell) for cell in self._disk(report.cell15))
        lists = [found for cell in around if (found := self._cells.get(cell))]
        if sum(map(len, lists)) <= SCORED_AT_MOST:
            return (entry[2] for found in lists for entry in found if entry[0] >= oldest_ms)
        newest_first = heapq.merge(*map(reversed, lists), reverse=True)
        return (entry[2] for entry in takewhile(lambda entry: entry[0] >= oldest_ms, newest_first))

    def _disk(self, cell15: int) -> tuple[int, ...]:
        cell = cells.parent(cell15, CELL_RES)
        disk = self._disks.get(cell)
        if disk is None:
            if len(self._disks) >= _DISKS_KEPT:
                self._disks.clear()
            disk = self._disks[cell] = tuple(cells.disk(cell, RINGS))
        return disk

    def _agreement(self, reported: str | None, known: str | None) -> Agreement:
        pair = (reported, known)
        found = self._agreements.get(pair)
        if found is None:
            found = self._agreements[pair] = agreement(self._tree, reported, known)
        return found

    def _place(self, incident: OpenIncident) -> None:
        entry = (incident.last_alarm_ms, next(self._serial), incident)
        self._entries[incident.id] = entry
        if incident.cell15 is not None:
            cell = cells.parent(incident.cell15, CELL_RES)
            insort(self._cells.setdefault((incident.exercise, cell), []), entry)

    def _lift(self, incident_id: UUID) -> OpenIncident:
        """Take an incident out of its cell, to be placed again or forgotten."""
        entry = self._entries.pop(incident_id)
        incident = entry[2]
        if incident.cell15 is not None:
            cell = incident.exercise, cells.parent(incident.cell15, CELL_RES)
            found = self._cells[cell]
            del found[bisect_left(found, entry)]
            if not found:
                del self._cells[cell]
        return incident


def _keys(numbers: Iterable[bytes], call_points: Iterable[UUID], words: Iterable[str]) -> Iterator[Hashable]:
    """Bytes, UUIDs and words never equal each other, so one dictionary holds them all."""
    return chain(numbers, call_points, words)
