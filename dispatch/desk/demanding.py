"""A demand by rule 督办: the room that owes something must answer for it to the one above, by a time.

The effect of a rule; its words (`say`, else `what`) are the question, in both languages. One rule demands nothing twice of a room
about one incident while its first demand stands.
"""

from datetime import datetime, timedelta
from uuid import UUID

from dispatch import store
from dispatch.desk import supervising
from dispatch.desk.case import Case, open_case
from dispatch.model import Assignment
from dispatch.rules import Rule
from dispatch.supervision import store as supervision_store
from dispatch.timers import Timer
from dispatch.waiting import LANGUAGES, Spoken, names_of
from dispatch.work import Work
from incidents.model import OPEN

GIVEN_BY = "rule:{rule}"


async def demand(w: Work, timer: Timer) -> datetime | None:
    """Open a supervision order from the room the rule speaks to, else from the one that commands; none where none is above."""
    rule = w.centre.rules.by_id.get(timer.rule)
    if timer.incident_id is None or rule is None:
        return None
    case = await open_case(w, timer.incident_id, follow_merge=True)
    if case.incident.state not in OPEN:
        return None
    order = case.assignments.get(timer.entity_id)
    owing = _owing(case, order)
    giver = _giver(w, case, owing, rule)
    seeing = (await store.audience_of(w.conn, [case.id])).get(case.id, set())
    if giver is None or owing not in seeing or await _stands(w, case, owing, rule):
        return None
    asked = supervising.Demand(
        to_room_id=owing, text=_question(w, case, order, rule, timer), incident_id=case.id,
        due_at=w.now + timedelta(seconds=float(rule.args["due_s"])),
    )  # fmt: skip
    await supervising.by_rule(w, case, giver, asked, GIVEN_BY.format(rule=rule.id))
    return None


def _owing(case: Case, order: Assignment | None) -> UUID:
    """The room an order went to, else the one that has duty."""
    return order.room_id if order is not None and order.room_id is not None else case.incident.room_id


def _giver(w: Work, case: Case, owing: UUID, rule: Rule) -> UUID | None:
    """Only a room above may demand."""
    above = w.centre.reference.rooms.by_id[owing].lineage[1:]
    if rule.to is not None:
        meant = w.centre.reference.addressed(owing, rule.to)
    else:
        commanding = case.incident.command_room_id
        meant = commanding if commanding in above else next(iter(above), None)
    return meant if meant in above else None


async def _stands(w: Work, case: Case, owing: UUID, rule: Rule) -> bool:
    given_by = GIVEN_BY.format(rule=rule.id)
    standing = await supervision_store.open_of(w.conn, case.family)
    return any(one.to_room_id == owing and one.given_by == given_by for one in standing)


def _question(w: Work, case: Case, order: Assignment | None, rule: Rule, timer: Timer) -> str:
    words = Spoken(w.centre.rules, w.centre.reference, w.centre.units)
    names = names_of(case.incident, order, rule, timer.due_at - timer.armed_at, words)
    said = rule.say or rule.what
    return " ".join(getattr(said, lang).format(**names[lang]) for lang in LANGUAGES)
