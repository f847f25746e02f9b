"""A timed report 首报、续报、终报 as the journal tells it, in both languages, for whoever signs it to correct and complete.

When and where, of which kind, who was sent and how far they got, what was decided, how it ended. A progress report tells what
came since the last one. It names no caller and quotes nobody. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from dispatch.instants import EPOCH
from dispatch.journal import FeedRow
from dispatch.plans.shown import Draft
from dispatch.rooms import Reference
from dispatch.shown import AssignmentShown, IncidentShown
from dispatch.waiting import UNPLACED, UNTYPED

type Both = tuple[str, str]
"""The same in Chinese and in English."""

_STAGES: Mapping[str, Both] = {
    "first": ("首报", "First report"), "progress": ("续报", "Progress report"), "final": ("终报", "Final report"),
}  # fmt: skip
_STATES: Mapping[str, Both] = {
    "stacked": ("待处", "kept for later"), "ordered": ("已派警", "ordered"), "delivered": ("已收到", "order delivered"),
    "accepted": ("已签收", "accepted"), "en_route": ("途中", "on the way"), "on_scene": ("在现场", "on scene"),
    "cleared": ("处置完毕", "cleared"), "unable": ("无法出警", "cannot go"), "expired": ("未签收", "never accepted"),
    "recalled": ("已撤回", "recalled"), "released": ("已解除", "released"), "preempted": ("另有急警", "taken for another job"),
}  # fmt: skip
_TOLD: Mapping[str, Both] = {
    "incident.surged": ("多人集中报警", "many callers report it"),
    "incident.raised": ("提级上报", "raised to the room above"),
    "incident.command_taken": ("上级接管指挥", "command taken by the room above"),
    "incident.command_handed_back": ("指挥权交回", "command handed back"),
    "incident.handed_over": ("移交管辖", "handed over to another room"),
    "incident.handled": ("处置结束", "handled"),
    "incident.reopened": ("重新处置", "taken up again"),
    "backup.asked": ("现场请求增援", "reinforcement asked for"),
    "emergency.pressed": ("民警紧急求援", "an officer pressed the emergency button"),
}
_NOTHING: Both = ("暂无新情况", "nothing new")
_UNKNOWN: Both = ("待补充", "to be completed")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. facts: of the incident's journal, in order; since: the report before; zone: of the city."""

    incident: IncidentShown
    facts: Sequence[FeedRow]
    stage: str
    since: datetime | None
    now: datetime
    zone: ZoneInfo


class _Lines:
    """Both texts, grown line by line."""

    def __init__(self) -> None:
        self._zh: list[str] = []
        self._en: list[str] = []

    def add(self, both: Both) -> None:
        self._zh.append(both[0])
        self._en.append(both[1])

    def draft(self) -> Draft:
        return Draft("\n".join(self._zh), "\n".join(self._en))


def draft(told: Told, reference: Reference) -> Draft:
    """The report as far as the journal knows it."""
    lines, incident = _Lines(), told.incident
    stage = _STAGES[told.stage]
    clock = _clock(told.now, told)
    lines.add(
        (f"【{stage[0]}】警情{incident.number}，{clock}", f"{stage[1]}: incident {incident.number}, {clock}")
    )
    lines.add(_situation(told, reference))
    course = _course(told, told.since if told.stage == "progress" else None)
    lines.add(
        (f"二、处置经过：{'' if course else _NOTHING[0]}", f"2. Course: {'' if course else _NOTHING[1]}")
    )
    for at, said in course:
        lines.add((f"{_clock(at, told)} {said[0]}", f"{_clock(at, told)} {said[1]}"))
    lines.add(_forces(incident.assignments))
    lines.add(_result(told, reference) if told.stage == "final" else _next_steps())
    return lines.draft()


def _situation(told: Told, reference: Reference) -> Both:
    incident, place = told.incident, told.incident.place
    began = incident.times.ringing or incident.times.entered or incident.opened_at
    at = _clock(datetime.fromisoformat(began), told) if began else ""
    where = (place.address or place.code) if place is not None else None
    zh, en = where or UNPLACED["zh"], where or UNPLACED["en"]
    kind = _kind(incident.type_verified or incident.type_reported, reference)
    return (
        f"一、基本情况：{at}接报，地点{zh}，类别{kind[0]}，等级P{incident.priority}，报警{incident.alarms_total}起。",
        f"1. Situation: reported {at}, at {en}, {kind[1]}, priority {incident.priority}, {incident.alarms_total} alarm(s).",
    )


def _kind(code: str | None, reference: Reference) -> Both:
    if code is None or code not in reference.types:
        return UNTYPED["zh"], UNTYPED["en"]
    kind = reference.types.get(code)
    return kind.name_zh, kind.name_en


def _forces(assignments: Iterable[AssignmentShown]) -> Both:
    sent = [a for a in assignments if a.unit is not None]
    zh = "、".join(f"{a.unit.call_sign}（{_STATES[a.state][0]}）" for a in sent if a.unit) or "未派警"
    en = ", ".join(f"{a.unit.call_sign} ({_STATES[a.state][1]})" for a in sent if a.unit) or "nobody was sent"
    return f"三、出警力量：{zh}。", f"3. Units: {en}."


def _next_steps() -> Both:
    return f"四、下步措施：{_UNKNOWN[0]}。", f"4. Next: {_UNKNOWN[1]}."


def _result(told: Told, reference: Reference) -> Both:
    incident = told.incident
    code, people = incident.disposition, _people(incident.assignments)
    named = _result_named(code, incident.type_verified or incident.type_reported, reference)
    concerned = (f"，涉及{people}人", f", {people} people concerned") if people is not None else ("", "")
    return f"四、处置结果：{named[0]}{concerned[0]}。", f"4. Result: {named[1]}{concerned[1]}."


def _result_named(code: str | None, type_code: str | None, reference: Reference) -> Both:
    if code is None:
        return _UNKNOWN
    results = reference.types.get(type_code).results if type_code and type_code in reference.types else ()
    return next(((one.zh, one.en) for one in results if one.code == code), (code, code))


def _people(assignments: Iterable[AssignmentShown]) -> int | None:
    counts = [
        form.people_count
        for a in assignments
        for form in a.feedback
        if form.kind == "final" and form.state in ("submitted", "accepted") and form.people_count is not None
    ]
    return sum(counts) if counts else None


def _course(told: Told, since: datetime | None) -> list[tuple[datetime, Both]]:
    """What happened, in order of the times that were claimed; since: only what was recorded after that."""
    signs = {a.id: a.unit.call_sign for a in told.incident.assignments if a.unit is not None}
    titles: dict[UUID, Both] = {}
    course = []
    for row in told.facts:
        body: dict[str, Any] = msgspec.json.decode(row.body)
        if (row.noun, row.fact) == ("task", "added"):
            titles[row.id] = body["step"]["title"]["zh"], body["step"]["title"]["en"]
        said = _said(row, body, signs, titles)
        if said is not None and (since is None or row.recorded_at > since):
            course.append((_moment(row, body), said))
    return sorted(course, key=lambda one: one[0])


def _said(
    row: FeedRow, body: Mapping[str, Any], signs: Mapping[UUID, str], titles: Mapping[UUID, Both]
) -> Both | None:
    key = f"{row.noun}.{row.fact}"
    if row.noun == "assignment" and row.id in signs:
        state = str(body.get("step") or body.get("state"))
        if row.fact == "sent" or (row.fact == "placed" and state == "ordered"):
            return f"派警{signs[row.id]}", f"{signs[row.id]} ordered"
        known = _STATES.get(state) if row.fact in ("stepped", "ended") and state != "delivered" else None
        return None if known is None else (f"{signs[row.id]}{known[0]}", f"{signs[row.id]} {known[1]}")
    if key == "plan.activated":
        return f"启用预案「{body['name']['zh']}」", f"plan “{body['name']['en']}” activated"
    if key == "task.done" and row.id in titles:
        return f"完成「{titles[row.id][0]}」", f"done: {titles[row.id][1]}"
    return _TOLD.get(key)


def _moment(row: FeedRow, body: Mapping[str, Any]) -> datetime:
    at = body.get("at")
    if isinstance(at, int):
        return EPOCH + timedelta(milliseconds=at)
    return (row.claimed_at or row.recorded_at).astimezone(UTC)


def _clock(at: datetime, told: Told) -> str:
    """A moment on the city's clock, with the day where it is another."""
    local, today = at.astimezone(told.zone), told.now.astimezone(told.zone)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"
