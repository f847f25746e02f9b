"""Valhalla as a peer of the ranking by road: its matrix over the units nearest by straight line, as programs ask a router.

From the packages for development (pyvalhalla), in this process, its tiles built of the same map. It keeps nothing of one
question for the next, and neither do we.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.network import Floats
from load_tests.rows import Skipped
from tests.harness.valhalla import NoValhalla, Valhalla, valhalla_of


class Router:
    """Who is quickest of a shortlist. lon, lat: where everybody is."""

    def __init__(self, valhalla: Valhalla, lon: Floats, lat: Floats) -> None:
        self._valhalla = valhalla
        self._lon, self._lat = lon, lat

    def quickest(self, goal: tuple[float, float], shortlist: NDArray[np.intp], k: int) -> list[int]:
        """The first k of these rows by its time; fewer where it knows no way for more."""
        eta_s = self._valhalla.times(self._lon[shortlist], self._lat[shortlist], goal).eta_s
        order = np.argsort(eta_s, kind="stable")[:k]
        return [int(row) for row in shortlist[order[np.isfinite(eta_s[order])]]]


@contextmanager
def router(extract: Path, lon: Floats, lat: Floats) -> Iterator[Router]:
    """Valhalla on this map. Skipped when it is not installed or can't read it."""
    try:
        with valhalla_of(extract) as valhalla:
            yield Router(valhalla, lon, lat)
    except NoValhalla as absent:
        raise Skipped(str(absent)) from absent
