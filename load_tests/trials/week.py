"""What happens to a trial city in a week: calls with their times, places and work; patrols with their posts.

Times of day, urgency, how many units and how long they stay are drawn from a real week where it is here; places lie along the
streets, denser in some quarters than in others. One seed is one week; every rule lives through the same one.
"""

import csv
import math
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.cover import Floats
from geo.roads import Roads

HOUR_S, WEEK_S = 3_600.0, 604_800.0
MOST_UNITS = 3
STAY_S = 120.0, 10_800.0
"""Shorter was called off, longer is a clock nobody stopped."""
LUCK = 0.25
"""How far a journey is off its estimate: the standard deviation of the logarithm."""
URGENCY = {"Potentially Life-Threatening": 1, "Fire": 2, "Alarm": 3}
OTHERS = 4
QUARTERS, QUARTER, CROWDED = 8, 0.1, 0.6
"""So many busy quarters, of such a part of the city's width as radius, where at least that share of all calls comes from."""
STATIONS = 9
TRIED = 10
"""So many spots along the streets are drawn for each place that is kept."""

type Rows = NDArray[np.intp]


class Call(NamedTuple):
    """One call: when, at which place of the city, how urgent, how long each unit it needs stays; luck multiplies journeys."""

    at_s: float
    place: int
    priority: int
    stays_s: tuple[float, ...]
    luck: float


class Seen(NamedTuple):
    """A call as it really was: second of its week, urgency, how long each of its units stayed."""

    at_s: float
    priority: int
    stays_s: tuple[float, ...]


class Town(NamedTuple):
    """Places where something may happen with how likely, posts where patrols stand; both are rows of lon and lat."""

    lon: Floats
    lat: Floats
    share: Floats
    posts: tuple[int, ...]


def read_week(path: Path) -> list[Seen]:
    """The calls of a real week (the public table of the San Francisco Fire Department) to which somebody came."""
    rows = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["Call Number"]].append(row)
    seen = [one for call in rows.values() if (one := _seen(call)) is not None]
    first = min(one.at_s for one in seen)
    return sorted(one._replace(at_s=(one.at_s - first) % WEEK_S) for one in seen)


def _seen(rows: list[dict[str, str]]) -> Seen | None:
    stays = [
        min(max(_second(row["Available DtTm"]) - _second(row["On Scene DtTm"]), STAY_S[0]), STAY_S[1])
        for row in rows
        if row["On Scene DtTm"] and row["Available DtTm"]
    ]
    if not stays:
        return None
    priority = URGENCY.get(rows[0]["Call Type Group"], OTHERS)
    return Seen(_second(rows[0]["Received DtTm"]), priority, tuple(stays[:MOST_UNITS]))


def _second(text: str) -> float:
    return (datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") - datetime(2016, 1, 1)).total_seconds()  # noqa: DTZ001, DTZ007  # as written


def invented_week(seed: int, calls: int) -> list[Seen]:
    """Where the real one is not here: more by evening than by night, most of it little."""
    lot = np.random.default_rng(seed)
    hours = lot.random(calls) * 168
    kept = lot.random(calls) < 0.55 + 0.45 * np.sin((hours % 24 - 10) / 24 * 2 * math.pi)
    return [
        Seen(float(hour) * HOUR_S, int(lot.choice([1, 2, 3, 4], p=[0.15, 0.2, 0.4, 0.25])),
             tuple(lot.lognormal(6.9, 0.6, int(lot.choice([1, 2], p=[0.7, 0.3]))).tolist()))
        for hour in np.sort(hours[kept])
    ]  # fmt: skip


def draw_week(seed: int, seen: list[Seen], town: Town, load: float = 1.0) -> list[Call]:
    """A week like the one that was seen: as many calls an hour as then, each like one of the same hour, at places of this town."""
    lot = np.random.default_rng(seed)
    hours: dict[int, list[Seen]] = defaultdict(list)
    for one in seen:
        hours[int(one.at_s // HOUR_S)].append(one)
    calls = []
    for hour, ones in sorted(hours.items()):
        for _ in range(lot.poisson(len(ones) * load)):
            like = ones[int(lot.integers(len(ones)))]
            place = int(lot.choice(len(town.share), p=town.share))
            calls.append(
                Call(
                    float((hour + lot.random()) * HOUR_S),
                    place,
                    like.priority,
                    like.stays_s,
                    float(lot.lognormal(0.0, LUCK)),
                )
            )
    return sorted(calls)


def town_on(roads: Roads, seed: int, places: int, posts: int) -> Town:
    """Places along the streets of a city by the length of its roads, most of them in some quarters; posts where they are missed most.

    Posts are along the same streets, but nothing ever happens exactly there.
    """
    lot = np.random.default_rng(seed)
    network = roads.network
    component = network.travelled["car"].component[network.starts]
    metres = np.where(component >= 0, network.metres, 0.0)
    main = np.bincount(np.maximum(component, 0), weights=metres).argmax()
    metres = np.where(component == main, metres, 0.0)
    segments = lot.choice(len(metres), size=TRIED * places, p=metres / metres.sum()).astype(np.int32)
    lon, lat = roads.snapper.places(segments, lot.random(TRIED * places))
    x, y = metric(lon, lat, float(lat[0]))
    radius_m = QUARTER * math.sqrt(float(np.ptp(x) * np.ptp(y)))
    centres = lot.choice(len(x), QUARTERS, replace=False)
    crowded = (np.hypot(x[:, None] - x[centres], y[:, None] - y[centres]) < radius_m).any(axis=1)
    inside = round(CROWDED * places)
    chosen = np.concatenate([
        lot.choice(np.flatnonzero(crowded), inside, replace=False), lot.choice(len(x), places - inside, replace=False)
    ])  # fmt: skip
    candidates = np.setdiff1d(lot.permutation(len(x))[: 2 * places], chosen)
    chosen = np.concatenate([chosen, candidates[_posts(x, y, chosen, candidates, radius_m / 2, posts)]])
    share = np.where(np.arange(len(chosen)) < places, 1 / places, 0.0)
    return Town(lon[chosen], lat[chosen], share, tuple(range(places, len(chosen))))


def _posts(x: Floats, y: Floats, places: Rows, candidates: Rows, close_m: float, count: int) -> list[int]:
    """Greedily, of the candidates, where most calls come from that nobody stands close to, each further one worth half."""
    worth, chosen = np.ones(len(places)), list[int]()
    near = np.hypot(x[candidates][:, None] - x[places], y[candidates][:, None] - y[places]) < close_m
    for _ in range(count):
        won = near @ worth
        won[chosen] = -1.0
        best = int(won.argmax())
        chosen.append(best)
        worth[near[best]] /= 2
    return chosen


def stations_of(town: Town) -> Rows:
    """Of each place: seats as far as possible from each other, every place belongs to the nearest."""
    x, y = metric(town.lon, town.lat, float(town.lat[0]))
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    seats = [int(apart.sum(axis=1).argmin())]
    while len(seats) < min(STATIONS, len(x)):
        seats.append(int(apart[seats].min(axis=0).argmax()))
    return np.asarray(apart[seats].argmin(axis=0))


def metric(lon: Floats, lat: Floats, around: float) -> tuple[Floats, Floats]:
    """Degrees as metres east and north on the plane that touches the city at that latitude."""
    return lon * 111_320.0 * math.cos(math.radians(around)), lat * 110_574.0
