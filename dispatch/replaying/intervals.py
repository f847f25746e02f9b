"""Times against targets: each interval of an incident, how long it took, what it should have taken, who was late and by how much. Pure.

Where a step is missing nothing is counted: the interval says which one is missing, or that it still runs.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.instants import Instant, instant
from dispatch.model import Assignment
from dispatch.work import ms
from incidents.model import ENDED, Incident

Key = Literal[
    "answer", "processing", "acceptance_room", "acceptance", "turnout", "response", "arrival", "feedback"
]
URGENT = 2


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Within so many seconds in so large a share of all. urgent_only: of priority 1 and 2."""

    within_s: int
    share: float
    urgent_only: bool = False


TARGETS: Mapping[Key, Target] = {
    "answer": Target(within_s=15, share=0.9),  # NENA-STA-020
    "processing": Target(within_s=60, share=0.9, urgent_only=True),  # NFPA 1225-2022 as a yardstick
    "acceptance_room": Target(within_s=30, share=0.98),
    "acceptance": Target(within_s=60, share=0.9),
    "turnout": Target(within_s=60, share=0.9),
    "response": Target(within_s=300, share=0.9),  # urban
    "feedback": Target(within_s=3600, share=0.9),
}
"""In force now; an interval keeps the one it was judged by. An arrival is judged by what was promised for it."""


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """From one step to another. took_s, late_s null: a step is missing, so nothing is said of it.

    state: done, running (its end may still come) or missing; missing: the step that is not there; target_s null: none is set for
    such an incident; assignment_id, unit_id, room_id: whose it was, of the incident where all are null.
    """

    key: Key
    from_step: str
    to_step: str
    from_at: Instant | None
    to_at: Instant | None
    state: Literal["done", "running", "missing"]
    missing: str | None
    took_s: float | None
    target_s: float | None
    target_share: float | None
    late_s: float | None
    assignment_id: UUID | None = None
    unit_id: UUID | None = None
    room_id: UUID | None = None


def intervals(i: Incident, orders: Iterable[Assignment], now: datetime) -> tuple[Interval, ...]:
    """All of an incident and of its orders, in the order of its life."""
    sent = sorted((a for a in orders if "ordered" in a.times), key=lambda a: (a.times["ordered"], a.id))
    first = min((a.times["ordered"] for a in sent), default=None)
    there = min((a.times["on_scene"] for a in sent if "on_scene" in a.times), default=None)
    began = "answered" if "answered" in i.times else "entered"
    look = _Look(i.priority, ms(now), i.state not in ENDED)
    found = [
        look.judge(
            "answer",
            ("ringing", i.times.get("ringing")),
            ("answered", i.times.get("answered")),
            runs=look.is_open and first is None,  # once somebody was sent, nothing rings any more
        ),
        look.judge("processing", (began, i.times.get(began)), ("dispatched", first)),
    ]
    for order in sent:
        found += look.of_order(order)
    found += [
        look.judge("response", ("clock", i.clock), ("on_scene", there)),
        look.judge("feedback", ("handled", i.times.get("handled")), ("fed_back", i.times.get("fed_back"))),
    ]
    return tuple(found)


class _Look:
    """What every interval of one incident is judged by."""

    def __init__(self, priority: int, now_ms: int, is_open: bool) -> None:
        self.priority = priority
        self.now_ms = now_ms
        self.is_open = is_open

    def of_order(self, a: Assignment) -> list[Interval]:
        """What one order took."""
        at = a.times.get
        ordered = ("ordered", at("ordered"))
        runs = self.is_open and a.is_open
        if a.room_id:
            return [self.judge("acceptance_room", ordered, ("accepted", at("accepted")), a, runs=runs)]
        left, there = at("en_route"), at("on_scene")
        found = [
            self.judge("acceptance", ordered, ("accepted", at("accepted")), a, runs=runs),
            self.judge("turnout", ordered, ("en_route", left), a, runs=runs),
        ]
        if a.promised_at is not None and there is not None:
            promised = max(0, ms(a.promised_at) - a.times["ordered"]) / 1000
            arrival = self.judge("arrival", ordered, ("on_scene", there), a)
            late = max(0.0, (arrival.took_s or 0) - promised)
            found.append(msgspec.structs.replace(arrival, target_s=promised, late_s=late))
        return found

    def judge(
        self,
        key: Key,
        start: tuple[str, int | None],
        end: tuple[str, int | None],
        order: Assignment | None = None,
        *,
        runs: bool | None = None,
    ) -> Interval:
        """One interval; runs: whether its end may still come."""
        target = TARGETS.get(key)
        if target is not None and target.urgent_only and self.priority > URGENT:
            target = None
        missing = next((name for name, at in (start, end) if at is None), None)
        running = start[1] is not None and end[1] is None and (self.is_open if runs is None else runs)
        took = None
        if start[1] is not None and end[1] is not None:
            took = max(0, end[1] - start[1]) / 1000
        elif running and start[1] is not None:
            took = max(0, self.now_ms - start[1]) / 1000
        late = None if target is None or took is None else max(0.0, took - target.within_s)
        return Interval(
            key=key, from_step=start[0], to_step=end[0], from_at=instant(start[1]), to_at=instant(end[1]),
            state="running" if running else "missing" if missing else "done", missing=missing, took_s=took,
            target_s=target.within_s if target else None, target_share=target.share if target else None,
            late_s=late, assignment_id=order.id if order else None, unit_id=order.unit_id if order else None,
            room_id=order.room_id if order else None,
        )  # fmt: skip
