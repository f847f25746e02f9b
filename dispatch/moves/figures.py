"""How well the ground of some rooms is covered just now, in figures and by the names of what is bare. Pure.

Read from the newest look at the free units (`coverage.snapshot`), with those on standby counted where they are going. Seconds are
rough, of everybody to everywhere at once: good for comparing, not for promising an arrival.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from dispatch.cover import Cover
from dispatch.coverage.snapshot import CoverSnapshot

MINUTES = (1, 3, 5)
BARE_S, BARE_SHARE = 300.0, 0.5
"""Ground is bare where less than so much of its expected calls has anybody free within five minutes."""

type Floats = NDArray[np.float64]
type Places = NDArray[np.intp]


class UnderWay(NamedTuple):
    """A unit on its way to where it is to stand by; it counts there, not where it is."""

    handle: int
    lon: float
    lat: float
    mps: float


class Ground:
    """Some rooms' share of a look at the whole city.

    places: columns of the snapshot that these rooms answer for; owners: the room of each.
    """

    def __init__(
        self, snapshot: CoverSnapshot, rooms: frozenset[UUID], under_way: Sequence[UnderWay] = ()
    ) -> None:
        self.snapshot = snapshot
        self.places: Places = np.array(
            [n for n, owner in enumerate(snapshot.owners) if owner is not None and owner in rooms], np.intp
        )
        self.owners = [snapshot.owners[n] for n in self.places.tolist()]
        whole = snapshot.cover
        for one in under_way:
            row = int(np.searchsorted(snapshot.units.handles, one.handle))
            if row < len(snapshot.units.handles) and snapshot.units.handles[row] == one.handle:
                whole = whole.without(snapshot.seconds(np.array([row]))[0])
            whole = whole.joined(snapshot.seconds_from(np.array([one.lon]), np.array([one.lat]), one.mps))
        self.share = snapshot.expected.share[self.places]
        self.cover = whole.of(self.places) if len(self.places) else Cover(np.zeros((0, 0)), np.zeros(0))

    @property
    def is_known(self) -> bool:
        """Whether these rooms answer for any ground at all."""
        return bool(len(self.places))

    def within(self, soonest_s: Floats) -> tuple[float, ...]:
        """The share of the expected calls that somebody reaches within each of MINUTES."""
        whole = max(float(self.share.sum()), 1e-12)
        return tuple(float(self.share[soonest_s <= 60.0 * minutes].sum()) / whole for minutes in MINUTES)

    def bare(self, soonest_s: Floats) -> list[UUID]:
        """The rooms whose ground is bare, in the order of their ids."""
        reached: dict[UUID, list[float]] = {}
        for owner, share, is_in in zip(
            self.owners, self.share.tolist(), (soonest_s <= BARE_S).tolist(), strict=True
        ):
            assert owner is not None
            told = reached.setdefault(owner, [0.0, 0.0])
            told[0] += share
            told[1] += share * is_in
        return sorted(room for room, (whole, some) in reached.items() if some < BARE_SHARE * whole)

    def seconds_from(self, lon: Floats, lat: Floats) -> Floats:
        """From any places to this ground (rows x its places)."""
        return np.asarray(self.snapshot.seconds_from(lon, lat)[:, self.places])

    def seconds(self, rows: NDArray[np.intp]) -> Floats:
        """From some of the free units (rows of the snapshot)."""
        return np.asarray(self.snapshot.seconds(rows)[:, self.places])


def in_rings(soonest_s: Floats) -> NDArray[np.intp]:
    """For each place the first of MINUTES within which somebody is there, as its number; beyond them all: their count."""
    return np.asarray(np.searchsorted(np.array(MINUTES) * 60.0, soonest_s, side="left"))
