"""What a row waits for, on whom, until when and what happens then; and what has fallen due and still stands.

Read off the timers of an incident and of all that belongs to it, in the words of the rules, in both languages. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from dispatch import standings
from dispatch.instants import instant
from dispatch.model import AUTOMATIC, Assignment
from dispatch.plans.shown import PlanRow, TaskBrief
from dispatch.rooms import Reference
from dispatch.rules import CREATED, FOLLOWING, Phrase, Rule, Rules, timers_for
from dispatch.shown import AlertShown, AlertWords, Family, TimerRow, Waiting, WaitingWords
from incidents.model import Incident
from units.model import Unit

UNPLACED = {"zh": "位置待核", "en": "a place still unknown"}
UNTYPED = {"zh": "类别待定", "en": "of a kind still unknown"}
NOBODY = {"zh": "单位", "en": "a unit"}
ORDERED = {"zh": "已自动派警", "en": "ordered automatically"}
PROPOSED = {"zh": "已推荐，请确认派警", "en": "proposed: confirm to send them"}
LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")

type Names = Mapping[str, Mapping[str, str]]
"""Language -> what fills a phrase."""


type Said = Mapping[str, str]
"""Language -> a name."""
type Naming = Callable[[TimerRow, Rule], Names]
type Addressed = Callable[[TimerRow, Rule], UUID | None]


class Spoken(msgspec.Struct, frozen=True):
    """What phrases are filled from: the rules, the city's rooms and types, and call signs of units; lot: the centre's draw."""

    rules: Rules
    reference: Reference
    units: Mapping[UUID, Unit]
    lot: Callable[[UUID], float] | None = None


def rows_of(family: Family, spoken: Spoken) -> list[TimerRow]:
    """The timers of an incident with those that the engine is about to make of a new one."""
    rows = [row for row in family.timers if row.kind not in FOLLOWING]
    asked = next((row for row in family.timers if row.kind == CREATED), None)
    if asked is None:
        return rows
    stand = {
        (row.noun, row.entity_id, row.rule) for row in rows
    }  # an act was quicker than the engine: what stands, stays
    first = at_first(family, spoken, round(asked.due_at.timestamp() * 1000))
    return rows + [row for row in first if (row.noun, row.entity_id, row.rule) not in stand]


def first_timer(incident: Incident) -> TimerRow:
    """What a new incident's report left for the engine."""
    at = incident.opened_at
    return TimerRow("incident", incident.id, incident.id, CREATED, "rules", at, at)


def at_first(family: Family, spoken: Spoken, opened_ms: int) -> list[TimerRow]:
    """What a new incident will wait for, counted from when it was entered (ms)."""
    standing = standings.incident(family.incident)
    return [
        TimerRow(w.noun, w.entity_id, w.incident_id, w.kind, w.rule, w.armed_at, w.due_at)
        for w in timers_for(standing, spoken.rules, opened_ms, spoken.reference)
    ]


def waiting_for(family: Family, rows: Iterable[TimerRow], spoken: Spoken) -> Waiting | None:
    """The next of them to fall due; None when nothing is waited for."""
    return next_of(rows, spoken, lambda row, rule: _names(family, row, rule, spoken))


def next_of(rows: Iterable[TimerRow], spoken: Spoken, named: Naming) -> Waiting | None:
    """The same of any rows, with what fills their phrases."""
    rules = spoken.rules.by_id
    ahead = [r for r in rows if r.fired_at is None and r.rule in rules and not rules[r.rule].quiet]
    if not ahead:
        return None
    row = min(ahead, key=lambda one: (one.due_at, one.rule))
    rule = rules[row.rule]
    names = named(row, rule)
    return Waiting(
        what=rule.id,
        on=names["zh"]["on"],
        until=instant(row.due_at),
        then=rule.effect,
        noun=row.noun,
        id=row.entity_id,
        said={
            "zh": WaitingWords(
                *(text.format(**names["zh"]) for text in (rule.what.zh, "{on}", rule.then.zh))
            ),
            "en": WaitingWords(
                *(text.format(**names["en"]) for text in (rule.what.en, "{on}", rule.then.en))
            ),
        },
    )


def alerts_of(family: Family, rows: Iterable[TimerRow], spoken: Spoken) -> tuple[AlertShown, ...]:
    """What of an incident has fallen due and still stands, the oldest first."""
    shown = [row for row in rows if not _is_said(family, row, spoken)]
    spoken_to: Addressed = lambda row, rule: _spoken_to(family, row, rule, spoken)  # noqa: E731
    return fallen(shown, spoken, lambda row, rule: _names(family, row, rule, spoken), spoken_to)


def fallen(
    rows: Iterable[TimerRow], spoken: Spoken, named: Naming, spoken_to: Addressed | None = None
) -> tuple[AlertShown, ...]:
    """The same of any rows, with what fills their phrases, and whose seats are to notice each."""
    return tuple(
        _alert(row, rule, named(row, rule), spoken_to(row, rule) if spoken_to else None)
        for row, rule in _standing(rows, spoken)
    )


def _is_said(family: Family, row: TimerRow, spoken: Spoken) -> bool:
    """Whether nobody at a seat has to notice it: a unit that was chased was told on its terminal."""
    rule = spoken.rules.by_id.get(row.rule)
    chased = rule is not None and rule.effect == "chase"
    return chased and any(a.id == row.entity_id and a.unit_id for a in family.assignments)


def alone(row: TimerRow, name: str, number: str = "") -> Names:
    """What fills the phrases for something that belongs to no incident, or to one of which only the number is told."""
    said = {
        "on": name,
        "unit": name,
        "number": number,
        **dict.fromkeys(("room", "address", "type", "task", "to", "done"), ""),
    }
    return {lang: said | {"after": _after(row.due_at - row.armed_at, lang)} for lang in LANGUAGES}


def _standing(rows: Iterable[TimerRow], spoken: Spoken) -> list[tuple[TimerRow, Rule]]:
    fired = [row for row in rows if row.fired_at is not None and row.rule in spoken.rules.by_id]
    fired.sort(key=lambda row: (str(row.fired_at), row.due_at, row.rule))
    return [(row, spoken.rules.by_id[row.rule]) for row in fired]


def _alert(row: TimerRow, rule: Rule, names: Names, room: UUID | None = None) -> AlertShown:
    zh, en = names["zh"], names["en"]
    return AlertShown(
        rule=rule.id,
        what=rule.what.zh.format(**zh),
        on=zh["on"],
        since=instant(row.armed_at),
        fired_at=instant(row.fired_at or row.due_at),
        noun=row.noun,
        id=row.entity_id,
        said={
            "zh": AlertWords(
                rule.what.zh.format(**zh), zh["on"], rule.say.zh.format(**zh) if rule.say else None
            ),
            "en": AlertWords(
                rule.what.en.format(**en), en["on"], rule.say.en.format(**en) if rule.say else None
            ),
        },
        room=room,
        noticed_by=tuple(sorted(row.noticed)),
    )


def _names(family: Family, row: TimerRow, rule: Rule, spoken: Spoken) -> Names:
    i = family.incident
    if row.noun in ("plan", "task"):
        return _names_of_task(family, row, rule, spoken)
    order = next((a for a in family.assignments if a.id == row.entity_id), None)
    if row.noun == "note":
        reader = next((lamp.unit_id for lamp in family.reads if lamp.id == row.entity_id), None)
        order = next((a for a in family.assignments if a.unit_id == reader and a.is_open), None)
    if row.noun == "emergency":
        caller = next((one.unit_id for one in family.emergencies if one.id == row.entity_id), None)
        order = next((a for a in family.assignments if a.unit_id == caller and a.is_open), None)
    if order is None and rule.on == "primary":
        order = next((a for a in family.assignments if a.id == i.primary_id), None)
    done = any(AUTOMATIC in a.flags for a in family.assignments)
    names = names_of(i, order, rule, row.due_at - row.armed_at, spoken, done)
    parties = _parties(family, row, spoken)
    if parties is None:
        return names
    if row.noun == "dispute":
        names = _with_above(family, row, rule, spoken, names)
    return between(*parties, rule, names)


def _with_above(family: Family, row: TimerRow, rule: Rule, spoken: Spoken, names: Names) -> Names:
    """The names with the room that a rule about a dispute speaks to, counted from the one that decides."""
    room_id = _spoken_to(family, row, rule, spoken)
    if room_id is None:
        return names
    return {lang: {**names[lang], "to": _room(spoken, room_id, lang)} for lang in LANGUAGES}


def _parties(family: Family, row: TimerRow, spoken: Spoken) -> tuple[Said, Said] | None:
    """Who is asked and who asks, of a supervision order, an agency request or a dispute."""
    demand = next((one for one in family.supervision if one.id == row.entity_id), None)
    if demand is not None:
        return room_said(spoken, demand.to_room_id), room_said(spoken, demand.from_room_id)
    request = next((one for one in family.requests if one.id == row.entity_id), None)
    if request is not None:
        return {lang: request.called(lang) for lang in LANGUAGES}, room_said(spoken, request.room_id)
    disputed = next((one for one in family.disputes if one.id == row.entity_id), None)
    if disputed is not None:
        return room_said(spoken, disputed.judge_room_id), room_said(spoken, disputed.by_room_id)
    return None


def between(asked: Said, asking: Said, rule: Rule, names: Names) -> Names:
    """The names with who is asked as `unit` and who asks as `room`; the rule says on whom it waits."""
    on = asked if rule.on == "unit" else asking
    return {
        lang: {**names[lang], "on": on[lang], "unit": asked[lang], "room": asking[lang]} for lang in LANGUAGES
    }


def room_said(spoken: Spoken, room_id: UUID) -> Said:
    """A room's name by language."""
    return {lang: _room(spoken, room_id, lang) for lang in LANGUAGES}


def _names_of_task(family: Family, row: TimerRow, rule: Rule, spoken: Spoken) -> Names:
    """The room waited for is that of the task; a plan is waited for in the incident's own."""
    names = names_of(family.incident, None, rule, row.due_at - row.armed_at, spoken)
    known: tuple[TaskBrief | PlanRow, ...] = (*family.tasks, *family.plans)
    brief = next((one for one in known if one.id == row.entity_id), None)
    room_id = brief.room_id if isinstance(brief, TaskBrief) else family.incident.room_id
    called = brief.name if brief is not None else Phrase("", "")
    return {
        lang: {
            **names[lang],
            "on": _room(spoken, room_id, lang),
            "room": _room(spoken, room_id, lang),
            "task": said,
        }
        for lang, said in (("zh", called.zh), ("en", called.en))
    }


def names_of(
    i: Incident, order: Assignment | None, rule: Rule, after: timedelta, spoken: Spoken, done: bool = False
) -> Names:
    """What fills the phrases of a rule for an incident, or for one of its orders. done: a rule has ordered units by itself."""
    names: dict[str, Mapping[str, str]] = {}
    for lang in LANGUAGES:
        unit = _ordered(order, spoken, lang) if order else ""
        names[lang] = {
            "on": unit
            if unit and rule.on in ("unit", "primary")
            else _room(spoken, _asked(i, order, rule), lang),
            "unit": unit or NOBODY[lang],
            "room": _room(spoken, order.ordered_by if order else i.room_id, lang),
            **described(i, spoken, lang),
            "after": _after(after, lang),
            "task": "",
            "to": _room(spoken, _addressed(i, rule, spoken) or i.room_id, lang),
            "done": (ORDERED if done else PROPOSED)[lang],
        }
    return names


def described(i: Incident, spoken: Spoken, lang: str) -> dict[str, str]:
    """Number, address and type of an incident as people say them."""
    return {
        "number": i.number, "address": _address(i) or UNPLACED[lang], "type": _type(i, spoken, lang),
    }  # fmt: skip


def _addressed(i: Incident, rule: Rule, spoken: Spoken) -> UUID | None:
    if rule.to is None:
        return None
    room_id = spoken.reference.addressed(i.room_id, rule.to)
    return _drawn_in(i, room_id, spoken) if rule.since == "raised" else room_id


def _drawn_in(i: Incident, room_id: UUID | None, spoken: Spoken) -> UUID | None:
    """That room, or where it has nothing to take notice of, the first further up that was drawn in and has not."""
    unnoticed = sorted((one for one in i.raised if one.noticed_at is None), key=lambda one: one.at)
    room = spoken.reference.rooms.by_id.get(room_id) if room_id else None
    if room is None or any(one.room_id == room_id for one in unnoticed):
        return room_id
    return next((one.room_id for one in unnoticed if one.room_id in room.lineage), room_id)


def _spoken_to(family: Family, row: TimerRow, rule: Rule, spoken: Spoken) -> UUID | None:
    """The room whose seats are to notice an alert: the one a rule speaks to, or whom it chases, who follows it; None: whoever works on it."""
    if row.noun == "dispute":
        judge = next((one.judge_room_id for one in family.disputes if one.id == row.entity_id), None)
        return judge if rule.to is None or judge is None else spoken.reference.addressed(judge, rule.to)
    if rule.effect == "chase" and rule.to is None:
        order = next((a for a in family.assignments if a.id == row.entity_id), None)
        return family.incident.room_id if order is None else order.room_id
    if rule.to is None and rule.since == "looked_in":
        watched = [one for one in family.incident.raised if one.checked_at is not None]
        return min(watched, key=lambda one: one.checked_at or 0).room_id if watched else None
    return _addressed(family.incident, rule, spoken)


def _asked(i: Incident, order: Assignment | None, rule: Rule) -> UUID:
    """The room that is waited for: where a press rings, the one that ordered, else the incident's own."""
    if order is not None and rule.noun == "assignment" and rule.on == "room":
        return order.ordered_by
    ring = i.press.ring if i.press is not None else None
    return ring.room_id if ring is not None and rule.on == "ring" else i.room_id


def _ordered(order: Assignment, spoken: Spoken, lang: str) -> str:
    if order.room_id is not None:
        return _room(spoken, order.room_id, lang)
    unit = spoken.units.get(order.unit_id) if order.unit_id else None
    return unit.call_sign if unit else NOBODY[lang]


def _room(spoken: Spoken, id_: UUID, lang: str) -> str:
    room = spoken.reference.rooms.by_id.get(id_)
    return "" if room is None else room.name_zh if lang == "zh" else room.name_en


def _address(i: Incident) -> str | None:
    return (i.place.address or i.place.code) if i.place else None


def _type(i: Incident, spoken: Spoken, lang: str) -> str:
    code = i.type_verified or i.type_reported
    if code is None or code not in spoken.reference.types:
        return UNTYPED[lang]
    kind = spoken.reference.types.get(code)
    return kind.name_zh if lang == "zh" else kind.name_en


def _after(after: timedelta, lang: str) -> str:
    seconds = abs(round(after.total_seconds()))
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds // 60}分钟" if lang == "zh" else f"{seconds // 60} min"
    return f"{seconds}秒" if lang == "zh" else f"{seconds} s"
