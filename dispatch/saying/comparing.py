"""A changed file beside what holds, before anything is put in: whether it can be, in words, and what it would change.

The version that it was compared with comes along, so that it is put in under that and no other.
"""

from collections.abc import Iterable

import msgspec

from dispatch import standings, timers
from dispatch.cards import store as card_store
from dispatch.cards.file import CardFile
from dispatch.centre import Centre
from dispatch.desk.carding import card_faults
from dispatch.desk.escalating import EFFECTS, known
from dispatch.journal import Connection
from dispatch.plans import store as plan_store
from dispatch.plans.faults import faults as plan_faults
from dispatch.plans.file import PlanFile
from dispatch.rules import Phrase, RuleFile
from dispatch.saying.card_book import levels_now
from dispatch.saying.changes import Change, card_changes, plan_changes, rule_changes
from dispatch.saying.rules import City, type_name
from dispatch.saying.shown import city_of, sign_said
from dispatch.soundness import faults


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A file beside what holds. faults: why it cannot be put in, one sentence each; empty: it can be."""

    version: int
    faults: tuple[str, ...]
    changes: tuple[Change, ...]
    count: int


async def compare_rules(conn: Connection, centre: Centre, file: RuleFile) -> Compared:
    """What this file would change of the rules that hold, and whether it may."""
    held, city = await timers.read_rules(conn), await city_of(conn, centre)
    found = faults(file, standings.NOUNS, frozenset(EFFECTS), await known(conn, centre.reference))
    changes = () if found else rule_changes(held.rules, file.rules, city)
    if not found and (held.signs, held.automatic) != (file.signs, file.automatic):
        changes += _beside(held.file, file, city)
    return Compared(version=held.version, faults=tuple(found), changes=changes, count=len(file.rules))


def _beside(held: RuleFile, file: RuleFile, city: City) -> tuple[Change, ...]:
    """Signs, and the types of automatic dispatch."""
    before = {sign.label: sign_said(sign, city) for sign in held.signs}
    after = {sign.label: sign_said(sign, city) for sign in file.signs}
    labels = [label for label in {**after, **before} if before.get(label) != after.get(label)]
    changes = [Change(key=f"signs: {one}", before=before.get(one), after=after.get(one)) for one in labels]
    if held.automatic != file.automatic:
        changes.append(
            Change(key="automatic", before=_types(held.automatic, city), after=_types(file.automatic, city))
        )
    return tuple(changes)


def _types(codes: Iterable[str], city: City) -> Phrase:
    zh = "、".join(type_name(city.reference, code, "zh") for code in codes)
    en = ", ".join(type_name(city.reference, code, "en") for code in codes)
    return Phrase(f"自动派警：{zh or '无'}。", f"Automatic dispatch: {en or 'none'}.")


async def compare_plans(conn: Connection, centre: Centre, file: PlanFile) -> Compared:
    """What this file would change of the plans that hold, and whether it may."""
    held, reference = await plan_store.read_set(conn), centre.reference
    found = plan_faults(file.plans, reference.types, frozenset(reference.rooms.by_code))
    city = City(reference, {plan.code: plan.name for plan in (*held.plans, *file.plans)})
    changes = () if found else plan_changes(held.plans, file.plans, city)
    return Compared(version=held.version, faults=tuple(found), changes=changes, count=len(file.plans))


async def compare_cards(conn: Connection, centre: Centre, file: CardFile) -> Compared:
    """What this file would change of the run cards that hold, and whether it may."""
    reference = centre.reference
    held = await card_store.read_set(conn, reference.types)
    found = await card_faults(conn, reference, file)
    city, levels = await city_of(conn, centre), await levels_now(conn)
    changes = () if found else card_changes(held.cards, file.cards, city, levels)
    return Compared(version=held.version, faults=tuple(found), changes=changes, count=len(file.cards))
