"""From calls that wait and who could be there when, to the offer. Pure.

The calls are those of one queue, in its order; each asks for what its run card still lacks.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.instants import instant
from dispatch.joint import Wanted, together
from dispatch.joint_offers.shown import CallOffered, Offer, UnitOffered, in_words
from incidents.model import Incident
from incidents.types import Seat
from units.model import Unit

SAME_S = 300
"""So long the same offer keeps its ids: what is ordered by it may be 15 minutes old, and it is far from that."""

type Floats = NDArray[np.float64]


class Candidate(msgspec.Struct, frozen=True):
    """A unit that is free, with its state."""

    unit: Unit
    state: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One incident that waits. seats: one for each unit it still wants; None: whoever comes.

    who: rows of all candidates that may be sent to it; eta_s, road_m: of those, inf: too far to matter, nan: not by road.
    """

    incident: Incident
    seats: tuple[Seat | None, ...]
    who: NDArray[np.intp]
    eta_s: Floats
    road_m: Floats


def reckon(
    calls: Sequence[Call],
    candidates: Sequence[Candidate],
    fits: Sequence[Sequence[NDArray[np.bool_]]],
    basis: Literal["road", "straight_line"],
    now: datetime,
) -> Offer | None:
    """The offer; None where the usual way is as good. fits: for each call and seat, which of all candidates may fill it."""
    waiting = [
        Wanted(one.incident.priority, np.array([_seconds(one, seat) for seat in seats]))
        for one, seats in zip(calls, fits, strict=True)
    ]
    found = together(waiting)
    if found is None:
        return None
    both = zip(calls, found.usual, found.offered, strict=True)
    changed = [(one, usual, ours) for one, usual, ours in both if set(usual) != set(ours)]
    more = sum(len(ours) > len(usual) for _, usual, ours in changed)
    fewer = any(len(ours) < len(usual) for _, usual, ours in changed)
    saved_s = sum(_sooner_s(one, usual, ours) or 0.0 for one, usual, ours in changed)
    if len(changed) < 2 or (not more and saved_s <= 0) or fewer:
        return None
    key = _key([(one.incident, usual, ours) for one, usual, ours in changed], candidates)
    return Offer(
        key=key, computed_at=instant(now), basis=basis, saved_s=round(saved_s, 1), more=more,
        calls=tuple(_call(one, (usual, ours), candidates, _id(key, one.incident, now)) for one, usual, ours in changed),
        said=in_words(saved_s, more),
    )  # fmt: skip


def _seconds(one: Call, seat: NDArray[np.bool_]) -> Floats:
    seconds = np.full(len(seat), np.inf)
    seconds[one.who] = one.eta_s
    return np.where(seat, seconds, np.inf)


def _eta(one: Call, unit: int) -> float:
    return float(one.eta_s[np.searchsorted(one.who, unit)])


def _sooner_s(one: Call, usual: Sequence[int], ours: Sequence[int]) -> float | None:
    """How much sooner all its units are there; None where one way sends more of them."""
    if len(usual) != len(ours):
        return None
    return sum(_eta(one, unit) for unit in usual) - sum(_eta(one, unit) for unit in ours)


def _call(
    one: Call, ways: tuple[Sequence[int], Sequence[int]], candidates: Sequence[Candidate], id_: UUID
) -> CallOffered:
    def told(unit: int) -> UnitOffered:
        road_m = float(one.road_m[np.searchsorted(one.who, unit)])
        who = candidates[unit]
        return UnitOffered(
            unit_id=who.unit.id, call_sign=who.unit.call_sign, eta_s=round(_eta(one, unit), 1), state=who.state,
            road_m=round(road_m, 1) if np.isfinite(road_m) else None,
        )  # fmt: skip

    usual, ours = ways
    sooner_s = _sooner_s(one, usual, ours)
    return CallOffered(
        incident_id=one.incident.id, number=one.incident.number, priority=one.incident.priority, wanted=len(one.seats),
        recommendation_id=id_, usual=tuple(map(told, usual)), offered=tuple(map(told, ours)),
        sooner_s=None if sooner_s is None else round(sooner_s, 1),
    )  # fmt: skip


def _key(
    changed: Sequence[tuple[Incident, Sequence[int], Sequence[int]]], candidates: Sequence[Candidate]
) -> str:
    """The same wherever and whenever the same units are offered to the same incidents."""
    told = [
        f"{incident.id}:"
        + "|".join(",".join(str(candidates[unit].unit.id) for unit in way) for way in (usual, ours))
        for incident, usual, ours in changed
    ]
    return sha256(";".join(told).encode()).hexdigest()[:32]


def _id(key: str, incident: Incident, now: datetime) -> UUID:
    """Of the recommendation of one call, as that stands. Not drawn but worked out: two replicas that see the same give one offer."""
    turn = int(now.timestamp()) // SAME_S
    return uuid5(NAMESPACE_OID, f"{key}:{incident.id}:{incident.version}:{turn}")
