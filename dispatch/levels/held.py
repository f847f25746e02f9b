"""Which duty level, and so which beat plan, held when: out of the orders that stood in a time. Pure.

By what levels and schedules mean today: what they meant then is not kept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from dispatch.beats.schedule import BeatPlan, Schedules
from dispatch.levels.board import Board
from dispatch.levels.file import Level
from dispatch.levels.model import DutyLevel


class Held(NamedTuple):
    """A level held in a room from one moment to another, with its beat plan."""

    since: datetime
    until: datetime
    level: Level
    plan: BeatPlan | None


def board_at(orders: Sequence[DutyLevel], board: Board, at: datetime) -> Board:
    """Which levels held at a moment, by what was ordered."""
    stood = {
        one.room_id: one.level
        for one in orders
        if one.ordered_at <= at and (one.ended_at is None or at < one.ended_at)
    }
    return Board(board.number, board.levels, stood)


def held_between(
    orders: Sequence[DutyLevel], board: Board, lineage: Sequence[UUID], span: tuple[datetime, datetime]
) -> list[Held]:
    """The levels of a room one after the other; lineage: the room and all above it."""
    turns = (at for one in orders for at in (one.ordered_at, one.ended_at) if at is not None)
    since, until = span
    marks = sorted({since, *(at for at in turns if since < at < until)})
    found: list[Held] = []
    for begun, over in zip(marks, [*marks[1:], until], strict=True):
        level = board_at(orders, board, begun).holds(lineage)
        if found and found[-1].level == level:
            found[-1] = found[-1]._replace(until=over)
        else:
            found.append(Held(begun, over, level, board.levels.plan_of(level)))
    return found


def to_be_walked_s(schedules: Schedules, code: str, held: Iterable[Held]) -> float:
    """For how long a beat should have been walked, by the hours in force and today's schedules."""
    total = 0.0
    for one in held:
        at = one.since
        while at < one.until:
            due = schedules.due(code, at, one.plan)
            following = schedules.next_at(code, at, one.plan) if due is None else due.until
            over = one.until if following is None else min(following, one.until)
            total += (over - at).total_seconds() if due is not None else 0.0
            at = over
    return total
