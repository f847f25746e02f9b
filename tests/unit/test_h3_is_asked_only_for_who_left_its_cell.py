"""Promise: H3, which costs more than all the rest of a fix, is asked only for a unit that left the cell it was in."""

from collections import Counter

import numpy as np
import pytest

from geo.cells import cell_at
from units import cells
from units.cells import RESOLUTION, CellTable

UNITS = 400
STEPS = 120
RADIUS_M = 6_371_000.0


def on_the_ground(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """x, y, z in metres, near enough for circles of a kilometre."""
    lam, phi = np.radians(lon), np.radians(lat)
    return RADIUS_M * np.stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)), axis=-1)


def test_it_is_asked_once_for_each_cell_that_a_drive_comes_into(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[int] = Counter()

    def counted(lon: float, lat: float, resolution: int) -> int:
        found = cell_at(lon, lat, resolution)
        asked[found] += 1
        return found

    monkeypatch.setattr(cells, "cell_at", counted)
    chance = np.random.default_rng(110)
    lon, lat = 116.2 + chance.random(UNITS) * 0.2, 39.8 + chance.random(UNITS) * 0.2
    east, north = (chance.normal(0, 0.0003, UNITS) for _ in range(2))  # some 30 m a step
    slots, table = np.arange(UNITS), CellTable(UNITS)
    stood, entered = [-1] * UNITS, 0
    for _ in range(STEPS):
        table.move(slots, lon, lat, on_the_ground(lon, lat))
        now = [cell_at(*place, RESOLUTION) for place in zip(lon.tolist(), lat.tolist(), strict=True)]
        assert [int(table.cell[index]) for index in table.index] == now
        entered += sum(a != b for a, b in zip(stood, now, strict=True))
        stood, lon, lat = now, lon + east, lat + north
    assert UNITS < entered < UNITS * STEPS / 10
    assert sum(asked.values()) == entered
