"""What speaks for or against sending a unit just now, beside its distance and what it can do: shift, post, lending, fix, job.

Stands between the live index and ranking. Nothing here refuses an order; it says who is proposed last and in what words.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from uuid import UUID

from dispatch.planned_events.commitments import Commitment
from incidents.reasons import Catalogue, Param, Reason
from units.answers import Fix
from units.doubts import DOUBTS, Doubt
from units.model import SHIFT_ENDING, Unit
from units.posts import AtPost

STALE_S = 60.0

# Whose job may be given up for a more urgent one. A leader may also take one urgency for the next below it.
PREEMPTS: Mapping[int, frozenset[int]] = {1: frozenset({3, 4}), 2: frozenset({4})}
LEADER_PREEMPTS: Mapping[int, frozenset[int]] = {1: frozenset({2, 3, 4}), 2: frozenset({3, 4})}

SENTENCES: Catalogue = {
    "lent_here": ("借调至本所，还有{minutes}分钟", "lent to this room for {minutes} more min"),
    "lent_away": ("已借调至{room}，还有{minutes}分钟", "lent to {room} for {minutes} more min"),
    "shift_ending": ("{minutes}分钟后下班", "shift ends in {minutes} min"),
    "over_time": ("已超时{minutes}分钟未下班", "{minutes} min past the end of its shift"),
    "at_post": ("在岗：{post}，还有{minutes}分钟", "at its post: {post}, for {minutes} more min"),
    "committed": (
        "安保任务“{event}”岗位：{post}，至{until}",
        "committed to event {event}, post {post}, until {until}",
    ),
    "secures_here": (
        "属安保任务“{event}”（{post}），警情就在其中",
        "belongs to event {event}, post {post}, that this lies in",
    ),
    "committed_exercise": ("演练“{event}”岗位：{post}", "in the exercise {event}, post {post}"),
    "stale_fix": ("定位已{age_s}秒未更新", "position is {age_s} s old"),
    "lost_fix": (
        "定位失联{age_s}秒，在最后位置显示",
        "nothing heard for its position, last seen {age_s} s ago",
    ),
    "poor_fix": ("定位欠佳（{quality}）", "poor position ({quality})"),
    "doubtful_fix": ("定位存疑：{why_zh}", "doubtful position: {why_en}"),
    "never_seen": ("从未收到定位", "never positioned"),
    "interrupts_busy": ("正忙，仅一二级警情可派", "busy, may be ordered for P1-P2 only"),
    "interrupts_break": ("休息中，一级警情可打断", "on a break that a P1 interrupts"),
    "not_free": ("不可派：{state_zh}", "not free: {state_en}"),
    "held_by": ("正处{number}（{priority}级，{state_zh}）", "{state_en} for {number} (P{priority})"),
    "may_preempt": ("可抢派，须说明理由", "may be taken from there, with a reason"),
    "may_preempt_leader": ("值班领导可抢派，须说明理由", "a leader may take it from there, with a reason"),
}


def goes_last(unit: Unit, priority: int, now: datetime, post: AtPost | None, lost: bool) -> bool:
    """Whether it is proposed after all others, however near: its place is in doubt, its shift ends, or it has a post.

    The end of a shift counts for nothing at P1, a post for nothing at P1-P2: then it is only a warning.
    """
    left = unit.shift_left(now)
    ending = left is not None and left <= SHIFT_ENDING
    return lost or (ending and priority > 1) or (post is not None and priority > 2)


def speaks_for(unit: Unit, now: datetime) -> list[Reason]:
    """What is said for it beside its distance and skills."""
    if unit.lent_until is None:
        return []
    return [Reason("lent_here", {"minutes": _minutes(unit.lent_until, now)})]


def speaks_against(unit: Unit, now: datetime, post: AtPost | None, fix: Fix | None) -> list[Reason]:
    """What a dispatcher should know before sending it."""
    said = [*_shift(unit, now), *_duty(unit), *_fix(fix)]
    if post is not None:
        said.append(Reason("at_post", {"post": post.position.name, "minutes": _minutes(post.until, now)}))
    return said


def committed(held: Commitment | None, zone: tzinfo) -> list[Reason]:
    """That it belongs to a running event, which it does until somebody frees it."""
    if held is None or _secures_here(held):
        return []
    if held.exercise:
        return [Reason("committed_exercise", {"event": held.name, "post": held.post.name})]
    until = f"{held.post.ends_at.astimezone(zone):%H:%M}"
    return [Reason("committed", {"event": held.name, "post": held.post.name, "until": until})]


def secures_here(held: Commitment | None) -> list[Reason]:
    """That it belongs to the running event in which it happens: it is there for this."""
    if held is None or not _secures_here(held):
        return []
    return [Reason("secures_here", {"event": held.name, "post": held.post.name})]


def _secures_here(held: Commitment) -> bool:
    return held.here and not held.exercise


def _minutes(until: datetime, now: datetime) -> int:
    return max(round((until - now).total_seconds() / 60), 0)


def _shift(unit: Unit, now: datetime) -> list[Reason]:
    left = unit.shift_left(now)
    if left is None or left > SHIFT_ENDING:
        return []
    minutes = round(left.total_seconds() / 60)
    if unit.is_over_time(now):
        return [Reason("over_time", {"minutes": -minutes})]
    return [Reason("shift_ending", {"minutes": minutes})]


def _duty(unit: Unit) -> list[Reason]:
    return [Reason(f"interrupts_{unit.duty}")] if unit.duty.value in ("busy", "break") else []


def _fix(fix: Fix | None) -> list[Reason]:
    if fix is None:
        return [Reason("never_seen")]
    age: dict[str, Param] = {"age_s": round(fix.age_s)}
    if fix.quality == "lost":
        return [Reason("lost_fix", age)]
    if fix.doubt is not Doubt.NONE:
        why_zh, why_en = DOUBTS[fix.doubt]
        return [Reason("doubtful_fix", {"why_zh": why_zh, "why_en": why_en})]
    said = [Reason("stale_fix", age)] if fix.age_s > STALE_S else []
    return said + ([Reason("poor_fix", {"quality": fix.quality})] if fix.quality != "good" else [])


def kept_out(held: Commitment | None, priority: int) -> bool:
    """Whether a running event keeps it out: not of a P1, nor of what lies in the event; a drill keeps nobody from anything."""
    return held is not None and held.holds and priority > 1


def eligible(priority: int) -> frozenset[str]:
    """Duties a unit may be ordered from: busy for P1-P2, a break for P1."""
    states = {"available"} | ({"busy"} if priority <= 2 else set()) | ({"break"} if priority == 1 else set())
    return frozenset(states)


def may_preempt(priority: int, held: int, leader: bool) -> bool:
    """Whether an incident of this priority may take a unit from one of priority `held`."""
    return held in (LEADER_PREEMPTS if leader else PREEMPTS).get(priority, frozenset())


_STATES = {
    "available": ("空闲", "available"), "busy": ("忙碌", "busy"), "break": ("小休", "on a break"), "out_of_service": ("停用", "out of service"),
    "off_duty": ("下班", "off duty"), "stacked": ("待处", "kept for later"), "ordered": ("已派", "ordered"), "delivered": ("已送达", "told"),
    "accepted": ("已签收", "accepted"), "en_route": ("出动", "en route"), "on_scene": ("到场", "on scene"), "unable": ("无法执行", "unable to go"),
    "expired": ("已过期", "expired"), "lost": ("失联", "lost"),
}  # fmt: skip


def in_words(state: str) -> dict[str, Param]:
    """A state as programs read it and as people do."""
    zh, en = _STATES.get(state, (state, state.replace("_", " ")))
    return {"state": state, "state_zh": zh, "state_en": en}


def held_elsewhere(priority: int, number: str, held: int, state: str) -> list[Reason]:
    """Why a unit with a job is not free, and whether it may be taken from there."""
    said = [Reason("held_by", {"number": number, "priority": held, **in_words(state)})]
    if may_preempt(priority, held, leader=False):
        return [*said, Reason("may_preempt")]
    return [*said, Reason("may_preempt_leader")] if may_preempt(priority, held, leader=True) else said


def lent_away(unit: Unit, rooms: frozenset[UUID], named: Mapping[UUID, str], now: datetime) -> list[Reason]:
    """Why a unit of these rooms may not be ordered by them: it is lent to another."""
    if unit.ordered_by in rooms or unit.lent_until is None:
        return []
    minutes = _minutes(unit.lent_until, now)
    return [Reason("lent_away", {"room": named.get(unit.ordered_by, ""), "minutes": minutes})]
