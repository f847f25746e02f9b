"""Calls turned into acts: everything that is done to the centre, in one order of time.

The order keeps two promises that the driver relies on: the acts of a call follow each other, and so do those of a unit,
across calls. A unit that was really sent twice at once is thus ordered while it still has its first job, and the centre
refuses that order.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from incidents.types import TypeTree
from web.replaying.calls import STEPS, Call, Job

Step = Literal["report", "order", "accept", "en_route", "on_scene", "clear", "finish"]
_STEP: dict[str, Step] = {
    "ordered": "order",
    "accepted": "accept",
    "en_route": "en_route",
    "on_scene": "on_scene",
    "cleared": "clear",
}
ESTIMATED = "the file has no end of this job: cleared at its last known time"


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done. unit: None for `report` and `finish`; result: of a `clear`; reason: why, for the journal.

    `finish` stands at the end of every call: whatever its type still demands until it may be closed.
    """

    at: datetime
    step: Step
    call: Call
    job: Job | None = None
    result: str | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """What names this act for ever: running the same file again does nothing twice."""
        return ":".join([self.call.id, *([self.job.unit] if self.job else []), self.step])


def plan(calls: Sequence[Call], tree: TypeTree) -> list[Act]:
    """All acts of all calls, in the order in which they are to be begun.

    Within one second a unit that goes straight to its next job is cleared first; any other is cleared last, so that a unit
    sent in its place at that second still finds the call open.
    """
    orders = Counter((job.unit, job.ordered_at) for call in calls for job in call.jobs)
    keyed = [entry for place, call in enumerate(calls) for entry in _acts(call, place, orders, tree)]
    return [act for _, act in sorted(keyed, key=lambda entry: entry[0])]


type _Order = tuple[datetime, int, datetime, int, int, int]
_GOES_ON, _DONE, _ENDS, _FINISHES = range(4)  # the groups within one second


def _acts(
    call: Call, place: int, orders: Counter[tuple[str, datetime]], tree: TypeTree
) -> Iterator[tuple[_Order, Act]]:
    result = call.result if tree.get(call.type).accepts_result(call.result) else "handled"
    moments = [call.rang_at, *(at for job in call.jobs for at in job.times.values())]
    # Nothing of a call happens before it is known, nor after it is finished, whatever a damaged row says.
    first_at, last_at = min(moments), max(moments)
    yield (first_at, _DONE, first_at, place, -1, 0), Act(at=call.rang_at, step="report", call=call)
    for number, job in enumerate(call.jobs):
        for order, act in _job_acts(call, job, result, orders):
            began_at, group, rank = order
            yield (began_at, group, min(job.times.values()), place, number, rank), act
    end: _Order = (last_at, _FINISHES, last_at, place, len(call.jobs), 0)
    yield end, Act(at=last_at, step="finish", call=call)


def _job_acts(
    call: Call, job: Job, result: str, orders: Counter[tuple[str, datetime]]
) -> Iterator[tuple[tuple[datetime, int, int], Act]]:
    # An order goes before all other acts of its job and the end after them, whatever the times claim.
    began_at, ended_at = min(job.times.values()), max(job.times.values())
    for rank, name in enumerate(STEPS):
        at = job.times.get(name)
        if at is None:
            continue
        step = _STEP[name]
        act = Act(at=at, step=step, call=call, job=job)
        group = _DONE
        if step == "clear":
            result_known = result if "on_scene" in job.times else None
            act = msgspec.structs.replace(
                act, result=result_known, reason=ESTIMATED if job.estimated else None
            )
            goes_on = orders[job.unit, ended_at] > (job.ordered_at == ended_at)
            if not goes_on:
                group = _ENDS
            elif all(other < ended_at for moment, other in job.times.items() if moment != "cleared"):
                group = _GOES_ON
        yield ({"order": began_at, "clear": ended_at}.get(step, at), group, rank), act
