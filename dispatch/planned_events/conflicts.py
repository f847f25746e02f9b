"""Why a unit may not be at its post when it is wanted: off duty, lent, its shift ends, on a job, promised elsewhere. Pure.

Said beside the post, refused nowhere: much of it will have changed by then, and a person judges.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.planned_events.model import PlannedEvent, Post
from incidents.reasons import Catalogue, Reason
from units.model import Duty, Unit

SOON = timedelta(minutes=30)
"""Who is off duty or on a job this long before the report time is missed there."""
SENTENCES: Catalogue = {
    "post_unknown": ("警组已撤编", "the unit is no longer on the roll"),
    "post_off_duty": ("未上岗（{duty}）", "not on duty ({duty})"),
    "post_lent": ("借调至{room}，到{until}", "lent to {room} until {until}"),
    "post_shift_ends": ("{ends}下班，早于岗位结束", "its shift ends at {ends}, before the post does"),
    "post_on_job": ("正在处警（{state}）", "on a job ({state})"),
    "post_overlaps": ("同时在「{event}」{post}岗", "also at {post} of “{event}” at that time"),
}


def conflicts(
    post: Post,
    unit: Unit | None,
    doing: str | None,
    others: Iterable[PlannedEvent],
    around: tuple[datetime, Mapping[UUID, str]],
) -> Iterator[Reason]:
    """What speaks against a post that stands. doing: the state of its open job; around: now in the city's zone, names of rooms."""
    now, rooms = around
    if unit is None:
        yield Reason("post_unknown")
        return
    is_near = post.starts_at <= now + SOON
    if is_near and unit.duty in (Duty.OFF_DUTY, Duty.OUT_OF_SERVICE):
        yield Reason("post_off_duty", {"duty": unit.duty.value})
    if unit.lent_to is not None and unit.lent_until is not None and unit.lent_until > post.starts_at:
        until = f"{unit.lent_until.astimezone(now.tzinfo):%m-%d %H:%M}"
        yield Reason("post_lent", {"room": rooms.get(unit.lent_to, ""), "until": until})
    if is_near and unit.on_duty and unit.shift_ends_at is not None and unit.shift_ends_at < post.ends_at:
        yield Reason("post_shift_ends", {"ends": f"{unit.shift_ends_at.astimezone(now.tzinfo):%H:%M}"})
    if is_near and doing is not None:
        yield Reason("post_on_job", {"state": doing})
    for other in others:
        for theirs in other.standing:
            if (
                theirs.id != post.id
                and theirs.unit_id == unit.id
                and theirs.meets(post.starts_at, post.ends_at)
            ):
                yield Reason("post_overlaps", {"event": other.name, "post": theirs.name})
