"""Datums: every position that comes in names one of four, and is stored as WGS-84.

Call points, phones and map clicks in China speak GCJ-02 or BD-09, which lie up to 1.2 km beside the truth; an alarm read in the
wrong datum sends the unit to the wrong street. Scalars for one alarm, columns for a frame of fixes: the same formulas.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # re-exported without saying so

from geo.coordinates import Floats, are_positions, check_position
from geo.errors import UnknownDatum

# GCJ-02 and BD-09 are published only as reverse-engineered formulas (github.com/googollee/eviltransform, MIT; BD-09 as
# in github.com/wandergis/coordtransform). They apply inside the box those sources use, 72.004-137.8347 E and
# 0.8293-55.8271 N; outside it a point is returned untouched. The box reaches beyond China on every side, as it does in the
# devices and map services that make such positions.
# The sources jump by hundreds of metres at the border of the box, so that some shifted points there have two origins
# and some none. Here the shift fades linearly to zero over the outer 0.1 degree of the box, all of it sea or foreign land.
# So inside and outside mean the same forwards and backwards, and every point comes back: the inverse, iterated, is better
# than 1e-3 m everywhere (the promise is 0.5 m).

BOX_WEST, BOX_EAST = 72.004, 137.8347
BOX_SOUTH, BOX_NORTH = 0.8293, 55.8271
FADE_DEG = 0.1

# Krasovsky 1940, the ellipsoid of the GCJ-02 formulas.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
_BD09_TURN = math.pi * 3000 / 180

# The inverse stops when a step is below a micrometre. A step shrinks the error to a hundredth in the box, to about an eighth
# in its fading border; the limit is never reached, it only bounds the loop.
_STEP_DEG = 1e-11
_MOST_STEPS = 40


class Datum(StrEnum):
    """The names every input may use for its datum."""

    WGS84 = "WGS84"
    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


def parse_datum(text: str) -> Datum:
    """The datum of this name, exactly as the contract spells it; UnknownDatum otherwise."""
    try:
        return Datum(text)
    except ValueError:
        names = ", ".join(Datum)
        raise UnknownDatum(
            f"datum {text!r} is not known; use one of {names}", field="datum", value=text
        ) from None


def to_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """The WGS-84 (lon, lat) in degrees of a position given in `datum`; BadPosition when it is none."""
    check_position(lon, lat)
    if datum is Datum.WGS84:
        return lon, lat
    if datum is Datum.CGCS2000:
        return _between(Datum.CGCS2000, Datum.WGS84).transform(lon, lat)
    return _unshifted(lon, lat, datum, _ONE) if _in_box(lon, lat) else (lon, lat)


def from_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """The (lon, lat) in degrees that `datum` has for a WGS-84 position; BadPosition when it is none."""
    check_position(lon, lat)
    if datum is Datum.WGS84:
        return lon, lat
    if datum is Datum.CGCS2000:
        return _between(Datum.WGS84, Datum.CGCS2000).transform(lon, lat)
    return _shifted(lon, lat, datum, _ONE) if _in_box(lon, lat) else (lon, lat)


def to_wgs84_columns(lons: ArrayLike, lats: ArrayLike, datum: Datum) -> tuple[Floats, Floats]:
    """`to_wgs84` for two columns of equal length, as new arrays.

    Rows that are no position (NaN, infinite, out of range) come back as they are: the quarantine is the caller's.
    """
    lon, lat = np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)
    if datum is Datum.CGCS2000:
        rows = are_positions(lon, lat)
        lon[rows], lat[rows] = _between(Datum.CGCS2000, Datum.WGS84).transform(lon[rows], lat[rows])
    elif datum is not Datum.WGS84:
        rows = _are_in_box(lon, lat)
        lon[rows], lat[rows] = _unshifted(lon[rows], lat[rows], datum, _MANY)
    return lon, lat


def from_wgs84_columns(lons: ArrayLike, lats: ArrayLike, datum: Datum) -> tuple[Floats, Floats]:
    """`from_wgs84` for two columns of equal length, as new arrays; rows that are no position come back as they are."""
    lon, lat = np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64)
    if datum is Datum.CGCS2000:
        rows = are_positions(lon, lat)
        lon[rows], lat[rows] = _between(Datum.WGS84, Datum.CGCS2000).transform(lon[rows], lat[rows])
    elif datum is not Datum.WGS84:
        rows = _are_in_box(lon, lat)
        lon[rows], lat[rows] = _shifted(lon[rows], lat[rows], datum, _MANY)
    return lon, lat


@functools.cache
def _between(source: Datum, target: Datum) -> Transformer:
    """PROJ's transformation between EPSG:4490 and EPSG:4326, without network grids.

    PROJ's database holds no measured transformation between the two and treats the frames as one, so this changes no
    coordinate. CGCS2000 is ITRF97 at epoch 2000.0, WGS-84 is ITRF of today: what is left out is the drift of the
    plate since then, 3-4 cm a year in China, about a metre, within the 2 m that EPSG:4326 itself claims and below any
    fix. The ellipsoids differ by 0.1 mm. It stays a call to PROJ so that a city with a regional operation in its PROJ
    database gets it without a change here.
    """
    set_network_enabled(active=False)
    epsg = {Datum.CGCS2000: "EPSG:4490", Datum.WGS84: "EPSG:4326"}
    return Transformer.from_crs(epsg[source], epsg[target], always_xy=True)


def _in_box(lon: float, lat: float) -> bool:
    return BOX_WEST < lon < BOX_EAST and BOX_SOUTH < lat < BOX_NORTH


def _are_in_box(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return (lon > BOX_WEST) & (lon < BOX_EAST) & (lat > BOX_SOUTH) & (lat < BOX_NORTH)


@dataclass(frozen=True, slots=True)
class _Maths[N: (float, Floats)]:
    """The same functions for one number or for a column, so that each formula stands here once."""

    sin: Callable[[N], N]
    cos: Callable[[N], N]
    sqrt: Callable[[N], N]
    hypot: Callable[[N, N], N]
    atan2: Callable[[N, N], N]
    least: Callable[[N, N], N]
    clip01: Callable[[N], N]
    largest: Callable[[N], float]


def _clip01(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _clip01_column(values: Floats) -> Floats:
    return np.clip(values, 0.0, 1.0)


def _largest_of_column(values: Floats) -> float:
    return float(np.max(values, initial=0.0))


_ONE = _Maths[float](math.sin, math.cos, math.sqrt, math.hypot, math.atan2, min, _clip01, float)
_MANY = _Maths[Floats](
    np.sin, np.cos, np.sqrt, np.hypot, np.arctan2, np.minimum, _clip01_column, _largest_of_column
)


def _shifted[N: (float, Floats)](lon: N, lat: N, datum: Datum, maths: _Maths[N]) -> tuple[N, N]:
    east, north = _gcj02_shift(lon, lat, maths)
    lon, lat = lon + east, lat + north
    if datum is Datum.BD09:
        east, north = _bd09_shift(lon, lat, maths)
        lon, lat = lon + east, lat + north
    return lon, lat


def _unshifted[N: (float, Floats)](lon: N, lat: N, datum: Datum, maths: _Maths[N]) -> tuple[N, N]:
    if datum is Datum.BD09:
        lon, lat = _undo(_bd09_shift, lon, lat, maths)
    return _undo(_gcj02_shift, lon, lat, maths)


type _Shift[N: (float, Floats)] = Callable[[N, N, _Maths[N]], tuple[N, N]]


def _undo[N: (float, Floats)](shift: _Shift[N], lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    """The point that `shift` moves to (lon, lat): p = q - shift(p), a contraction, from p = q to a step below 1 µm."""
    found_lon, found_lat = lon, lat
    for _ in range(_MOST_STEPS):
        east, north = shift(found_lon, found_lat, maths)
        step = maths.largest(abs(lon - east - found_lon)) + maths.largest(abs(lat - north - found_lat))
        found_lon, found_lat = lon - east, lat - north
        if step < _STEP_DEG:
            break
    return found_lon, found_lat


def _fade[N: (float, Floats)](lon: N, lat: N, maths: _Maths[N]) -> N:
    """1 in the box, falling to 0 on its border."""
    inwards = maths.least(
        maths.least(lon - BOX_WEST, BOX_EAST - lon), maths.least(lat - BOX_SOUTH, BOX_NORTH - lat)
    )
    return maths.clip01(inwards / FADE_DEG)


def _gcj02_shift[N: (float, Floats)](lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    """GCJ-02 minus WGS-84 in degrees (lon, lat) at a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    sin, pi = maths.sin, math.pi
    root = maths.sqrt(abs(x))
    both = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    waves_east = (
        both
        + 20.0 * sin(pi * x)
        + 40.0 * sin(pi / 3 * x)
        + 150.0 * sin(pi / 12 * x)
        + 300.0 * sin(pi / 30 * x)
    )
    waves_north = (
        both
        + 20.0 * sin(pi * y)
        + 40.0 * sin(pi / 3 * y)
        + 160.0 * sin(pi / 12 * y)
        + 320.0 * sin(pi / 30 * y)
    )
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves_east * 2 / 3
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves_north * 2 / 3
    phi = lat * (pi / 180)
    sine = sin(phi)
    w_2 = 1 - _ECCENTRICITY_2 * sine * sine
    w = maths.sqrt(w_2)
    scale = _fade(lon, lat, maths) * (180 / pi / _SEMI_MAJOR_M)
    return scale * east_m * w / maths.cos(phi), scale * north_m * w * w_2 / (1 - _ECCENTRICITY_2)


def _bd09_shift[N: (float, Floats)](lon: N, lat: N, maths: _Maths[N]) -> tuple[N, N]:
    """BD-09 minus GCJ-02 in degrees (lon, lat) at a GCJ-02 position."""
    radius = maths.hypot(lon, lat) + 0.00002 * maths.sin(lat * _BD09_TURN)
    angle = maths.atan2(lat, lon) + 0.000003 * maths.cos(lon * _BD09_TURN)
    fade = _fade(lon, lat, maths)
    return fade * (radius * maths.cos(angle) + 0.0065 - lon), fade * (radius * maths.sin(angle) + 0.006 - lat)
