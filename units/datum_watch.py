"""Who speaks another datum than he says: terminals and gateways steadily beside the truth by the shift of GCJ-02 or BD-09.

Evidence only, no guesses: a fix beside a place that is known otherwise (the scene of its incident, where it stood a moment
before) counts when one datum explains it and the other does not. Nothing is corrected here; it is said, and checked by people.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import distance_m
from geo.datums import Datum, to_wgs84

EXPLAINED_M = 100.0  # a unit on scene stands this near
BESIDE_M = 250.0  # GCJ-02 lies 300 to 700 m beside the truth, BD-09 up to 1.2 km
STEADY = 2  # so many observations of one terminal in a row
COMPANIONS = 3  # or so many terminals of one gateway ...
MOST_OF_THEM = 0.8  # ... and this share of those of whom anything is known

type Place = tuple[float, float]


def datum_seen(fix: Place, truth: Place) -> Datum | None:
    """The datum in which a fix (lon, lat said to be WGS-84) lies at the true place; None when that is not clear."""
    beside_m = distance_m(*fix, *truth)
    if beside_m <= EXPLAINED_M:
        return Datum.WGS84
    if beside_m < BESIDE_M:
        return None
    explained = [
        datum
        for datum in (Datum.GCJ02, Datum.BD09)
        if distance_m(*to_wgs84(*fix, datum), *truth) <= EXPLAINED_M
    ]
    return explained[0] if len(explained) == 1 else None


class DatumWatch:
    """Observations by slot. `gateway_of` codes stand beside each; -1 is no gateway in particular."""

    def __init__(self) -> None:
        self._seen: dict[int, list[Datum]] = {}  # of each terminal the last STEADY that said something
        self._gateway: dict[int, int] = {}
        self._suspected: dict[int, Datum] = {}
        self._spoken: dict[int, Datum] = {}  # by gateways all of whose terminals are suspected

    def observe(self, slot: int, gateway: int, fix: Place, truth: Place) -> bool:
        """A fix beside the place where the unit truly was; whether that changed who is suspected."""
        datum = datum_seen(fix, truth)
        if datum is None:
            return False
        self._seen[slot] = [*self._seen.get(slot, []), datum][-STEADY:]
        self._gateway[slot] = gateway
        return self._judge()

    def _judge(self) -> bool:
        before = self._suspected, self._spoken
        self._spoken = self._gateways()
        self._suspected = self._terminals() | {
            slot: self._spoken[code] for slot, code in self._gateway.items() if code in self._spoken
        }
        return before != (self._suspected, self._spoken)

    def _terminals(self) -> dict[int, Datum]:
        return {
            slot: seen[-1]
            for slot, seen in self._seen.items()
            if len(seen) == STEADY and len(set(seen)) == 1 and seen[-1] is not Datum.WGS84
        }

    def _of(self, gateway: int) -> list[int]:
        return [slot for slot, code in self._gateway.items() if code == gateway]

    def _spoken_by(self, gateway: int) -> Datum | None:
        latest = [self._seen[slot][-1] for slot in self._of(gateway)]
        for datum in (Datum.GCJ02, Datum.BD09):
            if latest.count(datum) >= max(COMPANIONS, MOST_OF_THEM * len(latest)):
                return datum
        return None

    def _gateways(self) -> dict[int, Datum]:
        spoken = ((gateway, self._spoken_by(gateway)) for gateway in set(self._gateway.values()) - {-1})
        return {gateway: datum for gateway, datum in spoken if datum is not None}

    def mark(self, slots: NDArray[np.intp], gateways: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Of these slots, fed by these gateways, who is suspected."""
        if not self._suspected:
            return np.zeros(len(slots), np.bool_)
        mask = np.isin(slots, list(self._suspected))
        return mask | np.isin(gateways, list(self._spoken)) if self._spoken else mask

    def forget(self, slots: Iterable[int]) -> None:
        """These terminals were changed: what was seen of them says nothing any more."""
        for slot in slots:
            self._seen.pop(slot, None)
            self._gateway.pop(slot, None)
        self._judge()
