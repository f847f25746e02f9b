"""Who could be at each of the incidents that wait, and how soon: the searches behind a joint offer.

By road where roads are known, each towards one incident and only as far as anybody could be of use. The database is not asked.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.cards.matching import Demand
from dispatch.centre import Centre
from dispatch.joint_offers.reckoning import Call, Candidate, reckon
from dispatch.joint_offers.shown import Offer
from dispatch.ranking import seconds_of
from dispatch.readiness import eligible, goes_last, kept_out
from dispatch.response import fits_seat
from dispatch.work import ms
from incidents.model import Incident
from incidents.types import Seat
from units.roll import Filter, UnknownHandle

BREATH = 2_000
"""After so many units looked at the loop takes a breath."""


class Waiting(msgspec.Struct, frozen=True):
    """An incident with its run card and what that still lacks: a seat for each unit; None: whoever comes."""

    incident: Incident
    wanted: Demand
    seats: tuple[Seat | None, ...]

    @property
    def place(self) -> tuple[float, float]:
        """(lon, lat): it has one, or nobody could be searched for."""
        assert self.incident.lon is not None
        assert self.incident.lat is not None
        return self.incident.lon, self.incident.lat


class Candidates:
    """Everybody who could be ordered to something, by rising handle, with which seats they may fill and who is lost."""

    def __init__(self, centre: Centre, rows: Sequence[Candidate], now: datetime) -> None:
        self.rows = rows
        self._centre, self._now = centre, now
        self._of: dict[Seat | None, NDArray[np.bool_]] = {None: np.ones(len(rows), np.bool_)}
        self._lost = centre.live.lost([one.unit.handle for one in rows], ms(now))

    def fit(self, seat: Seat | None) -> NDArray[np.bool_]:
        """Who may fill a seat, by row."""
        if seat is not None and seat not in self._of:
            like: dict[tuple[str, frozenset[str]], bool] = {}
            fits = []
            for one in self.rows:
                key = (one.unit.kind, one.unit.abilities)
                if key not in like:
                    like[key] = fits_seat(one.unit, seat)
                fits.append(like[key])
            self._of[seat] = np.array(fits, np.bool_)
        return self._of[seat]

    def may_go(self, of: Waiting) -> NDArray[np.intp]:
        """Rows of those who may be sent to it in their turn: whoever goes last is part of no offer."""
        priority, posts, now = of.incident.priority, self._centre.posts, self._now
        free, held = eligible(priority), self._centre.commitments.at(*of.place)
        any_seat = np.logical_or.reduce([self.fit(seat) for seat in of.seats])
        rows = []
        for row in np.flatnonzero(any_seat).tolist():
            unit = self.rows[row].unit
            if (
                self.rows[row].state in free
                and not kept_out(held.of(unit.id, now), priority)
                and not goes_last(unit, priority, now, posts.of(unit.id, now), self._lost[row])
            ):
                rows.append(row)
        return np.array(rows, np.intp)


async def reckoned(
    centre: Centre, waiting: Sequence[Waiting], rooms: frozenset[UUID], now: datetime
) -> Offer | None:
    """The offer; None where the usual way is as good, or a search failed: what rests on a guess for one of them is not offered."""
    candidates = await _candidates(centre, rooms, now)
    wanted = sum(len(one.seats) for one in waiting)
    basis: Literal["road", "straight_line"] = "straight_line"
    if centre.ways is not None and centre.ways.are_known:
        basis = "road"
    calls = []
    for one in waiting:
        call = await _call(centre, one, candidates, wanted)
        if call is None:
            return None
        calls.append(call)
    fits = [[candidates.fit(seat) for seat in one.seats] for one in waiting]
    return await asyncio.to_thread(reckon, calls, candidates.rows, fits, basis, now)


async def _candidates(centre: Centre, rooms: frozenset[UUID], now: datetime) -> Candidates:
    which = Filter(states=eligible(1), classes=frozenset({"regular"}), ordered_by=rooms)
    found = []
    for n, handle in enumerate(centre.live.around(0.0, 0.0, which).handles.tolist()):
        if n % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        try:
            entry = centre.live.entry(handle)
        except UnknownHandle:  # struck off meanwhile
            continue
        unit = centre.units.get(entry.unit_id)
        if unit is not None:
            found.append(Candidate(unit, entry.state))
    return Candidates(centre, found, now)


async def _call(centre: Centre, one: Waiting, candidates: Candidates, wanted: int) -> Call | None:
    """Seconds of the nearest, as many for each seat as could ever be taken.

    With n units wanted in all, a seat needs no more than its n nearest: the others leave one of them, whatever they take.
    """
    who, enough = candidates.may_go(one), wanted
    while True:
        handles = np.array([candidates.rows[row].unit.handle for row in who.tolist()], np.uint32)
        around = centre.live.around(*one.place, Filter(), only=handles.tolist())
        who = who[np.isin(handles, around.handles)]  # without those struck off while the roads were searched
        road = None
        if centre.ways is not None and centre.ways.are_known:
            road = await centre.ways.times(one.place, one.incident.priority, around, enough)
            if road is None:
                return None
        eta_s = seconds_of(around, road)
        reached = np.isfinite(eta_s)
        if road is None or road.reached_s == np.inf or all(
            np.count_nonzero(reached & candidates.fit(seat)[who]) >= wanted for seat in one.seats
        ):  # fmt: skip
            road_m = road.road_m if road is not None else np.full(len(eta_s), np.nan)
            return Call(incident=one.incident, seats=one.seats, who=who, eta_s=eta_s, road_m=road_m)
        enough *= 4
