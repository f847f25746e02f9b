"""Ranking for what moves 追堵: the roads are searched towards where it will be, and who can be there before it goes first.

As `ordering.quickest`, with several searches instead of one. Nothing is asked of the database.
"""

from datetime import datetime
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.centre import Centre
from dispatch.driving import ByRoad, Line, Ways
from dispatch.pursuits.meeting import Meeting, meeting, places, seen_from
from dispatch.ranking import Question, Ranking, asked_about, enough_for, rank, seconds_of, with_routes
from dispatch.work import ms
from incidents.sightings.trail import Motion
from units.answers import Around


async def ahead_of(
    centre: Centre, question: Question, motion: Motion, now: datetime
) -> tuple[Literal["road", "straight_line"], Ranking]:
    """Who meets it first, by road where roads are known; whoever only chases comes after them."""
    enough = enough_for(question)
    while True:
        around, found = asked_about(centre.live, question), list[ByRoad]()
        goals = places(motion, ms(now))
        if centre.ways is not None:
            found = await _searched(centre.ways, around, goals, question.priority, enough)
        met = _meeting(around, motion, ms(now), goals, found)
        ranking = rank(centre.reference.types, centre.live, centre.units.get, question, ms(now), met)
        if met.road is None or centre.ways is None:
            return "straight_line", ranking
        if ranking.sure:
            return "road", with_routes(ranking, await _ways(centre.ways, ranking, found, met))
        enough *= 4


async def _searched(
    ways: Ways, around: Around, goals: list[tuple[float, float]], priority: int, enough: int
) -> list[ByRoad]:
    """A search towards each place; none of them when one takes too long."""
    found = []
    for goal in goals:
        road = await ways.times(goal, priority, seen_from(around, goal), enough)
        if road is None:
            return []
        found.append(road)
    return found


def _meeting(
    around: Around, motion: Motion, now_ms: int, goals: list[tuple[float, float]], found: list[ByRoad]
) -> Meeting:
    if not found:
        straight = [seconds_of(seen_from(around, goal), None) for goal in goals]
        return meeting(around, motion, now_ms, straight, [np.inf] * len(goals))
    seconds: list[NDArray[np.float64]] = [seconds_of(road.around, road) for road in found]
    met = meeting(around, motion, now_ms, seconds, [road.reached_s for road in found])
    return msgspec.structs.replace(met, road=found[0])


async def _ways(
    ways: Ways, ranking: Ranking, found: list[ByRoad], met: Meeting
) -> dict[int, tuple[Line, tuple[str, ...]]]:
    """Each of those proposed on the way to where it meets the target."""
    drawn: dict[int, tuple[Line, tuple[str, ...]]] = {}
    handles = [row.handle for wave in ranking.waves for row in wave]
    to: dict[int, list[int]] = {}
    for handle in handles:
        row = found[0].row(handle)
        if row is not None:
            to.setdefault(int(met.place[row]), []).append(handle)
    for place, some in to.items():
        drawn |= await ways.routes(found[place], some)
    return drawn
