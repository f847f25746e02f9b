"""A press among the reports: which matter of its call point it belongs to, where it rings, what is remembered of it.

Beside the intake. It joins its call point's incident before `handled` and within ten minutes of the last press; any later
one opens an incident that follows that one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.desk.reports import Report
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.call_points import store as point_store
from incidents.call_points.presses import REPEATED, Press, Ring
from incidents.call_points.store import Pressed
from incidents.model import RESPONDING, Incident

JOIN_WITHIN = timedelta(minutes=10)


def point_of(report: Report) -> tuple[UUID, bool] | None:
    """The call point and world (real or exercise) of a press; None for any other report."""
    if report.command.source != "call_point" or report.call_point is None:
        return None
    return report.call_point.id, report.command.exercise


def is_live(report: Report) -> bool:
    """Whether it comes as it happens, and is not told later: then its receipt says which press it follows."""
    return report.actor.is_live


def is_of_now(now: datetime, report: Report) -> bool:
    """Whether it is watched from its receipt on: it is fresh, or live from a device, whose clock or line may have been dead.

    And what was promised for later is still to come, whenever it was reported.
    """
    ahead = report.promised is not None and report.promised > now
    return report.actor.arms_timers(now) or (is_live(report) and (report.actor.principal.is_device or ahead))


def moment(w: Work, report: Report) -> datetime:
    """When the press counts as having come."""
    claimed = report.actor.claimed_at
    return w.now if is_live(report) or claimed is None else min(claimed, w.now)


async def last_matters(w: Work, reports: Sequence[Report]) -> dict[UUID, Pressed]:
    """The last press of each press's call point, by alarm; locks the call points."""
    own = {report.alarm_id: found for report in reports if (found := point_of(report)) is not None}
    if not own:
        return {}
    last = await point_store.lock_pressed(w.conn, {point_id for point_id, _ in own.values()})
    return {alarm_id: last[point] for alarm_id, point in own.items() if point in last}


def is_near(w: Work, report: Report, last: Pressed) -> bool:
    """Whether a press comes soon enough after (or, told late, before) the last one to be of the same matter."""
    return abs(moment(w, report) - last.at) <= JOIN_WITHIN


def joins(report: Report, incident: Incident) -> bool:
    """Whether the call point's incident still takes presses."""
    return incident.state in RESPONDING and incident.exercise == report.command.exercise


def first(w: Work, report: Report, at: int) -> Press | None:
    """What the presses of an incident begin with; it rings unless it is long past. None: it is no press."""
    if point_of(report) is None:
        return None
    room_id = _rings_in(w, report)
    return Press(alarm_id=report.alarm_id, at=at, ring=None if room_id is None else Ring(room_id, ms(w.now)))


def again(w: Work, report: Report, at: int) -> ic.PressAgain:
    """The command for a press that joins."""
    return ic.PressAgain(
        alarm_id=report.alarm_id, at=at, room_id=_rings_in(w, report), now=ms(w.now), labels=(REPEATED,)
    )


def _rings_in(w: Work, report: Report) -> UUID | None:
    """Where it rings first: nowhere when it is long past, or when a seat has it in hand and attaches it."""
    if report.call_point is None or not is_of_now(w.now, report) or report.command.attach_to is not None:
        return None
    return w.centre.reference.answering(report.call_point)[0]


async def remember(w: Work, presses_made: Sequence[tuple[Report, UUID]]) -> None:
    """Keep the last press of each call point: (its report, the incident it belongs to)."""
    kept: dict[tuple[UUID, bool], Pressed] = {}
    for report, incident_id in presses_made:
        point = point_of(report)
        if point is not None:
            kept[point] = Pressed(point[0], incident_id, moment(w, report), point[1])
    if kept:
        await point_store.keep_pressed(w.conn, list(kept.values()))
