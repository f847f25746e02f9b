"""Rules that a new release brings: a city that changed its rules gets those it never had, and nothing of what it did is undone.

Once when a replica starts. `rule_shipped` holds every shipped rule this database has met, so that one the city took out
stays out, and one it changed stays as it is. While no rules were put in the shipped file holds as a whole; then only what
is open is looked at anew.
"""

from collections.abc import Iterable

import msgspec

from dispatch import standings, timers
from dispatch.desk.escalating import EFFECTS, RULES_ID, STANDING, known
from dispatch.rules import Rule, RuleFile, Rules
from dispatch.signs import Sign
from dispatch.soundness import Known, faults
from dispatch.work import Work


class Completed(msgspec.Struct, frozen=True, tag_field="fact", tag="completed"):
    """A release brought these rules, by id, to a city that has its own."""

    version: int
    brought: tuple[str, ...]


class Brought(msgspec.Struct, frozen=True):
    """Ids of rules that hold from now on, and of those that cannot be used in this city, with the fault of each."""

    rules: tuple[str, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()


NOTHING = Brought()


async def complete_rules(w: Work, shipped: Rules | None = None) -> Brought:
    """Take in the shipped rules that this database has not met. shipped: those of this program unless named."""
    program = shipped or standings.shipped_rules()
    ours = program.by_id
    if not await timers.unmet(w.conn, ours):  # nearly always
        return NOTHING
    await timers.lock_rules(w.conn)
    news = await timers.unmet(w.conn, ours)
    held = await timers.read_rules(w.conn)
    if held.version == 0:
        await timers.meet(w.conn, news, w.now)
        if news and news != ours.keys():  # of an empty database nothing is open
            await timers.look_anew(w.conn, 0, w.now, STANDING)
        return NOTHING
    lacking = [rule for id_, rule in ours.items() if id_ in news and id_ not in held.by_id]
    file, unusable = _completed(held.file, (lacking, program.signs), await known(w.conn, w.centre.reference))
    brought = tuple(rule.id for rule in file.rules[len(held.rules) :])
    await timers.meet(w.conn, news - unusable.keys(), w.now)
    if brought:
        rules = standings.rules_of(file, held.version + 1)
        await timers.add_rules(w.conn, rules, w.now, STANDING)
        w.append("rule_set", RULES_ID, rules.version, None, Completed(rules.version, brought))
    return Brought(brought, tuple(unusable.items()))


def _completed(
    file: RuleFile, brought: tuple[Iterable[Rule], Iterable[Sign]], city: Known
) -> tuple[RuleFile, dict[str, str]]:
    """The file with those rules that bring no fault to it, each with the signs it asks for, and the first fault of each that would.

    A rule may name a plan or a tier that the city has not; it is tried again when the house starts the next time.
    """
    lacking, signs = brought
    unusable = {}
    had = set(faults(file, standings.NOUNS, EFFECTS, city))
    for rule in lacking:
        longer = msgspec.structs.replace(
            file, rules=(*file.rules, rule), signs=(*file.signs, *_asked_for(rule, file, signs))
        )
        new = [fault for fault in faults(longer, standings.NOUNS, EFFECTS, city) if fault not in had]
        if new:
            unusable[rule.id] = new[0]
        else:
            file = longer
    return file, unusable


def _asked_for(rule: Rule, file: RuleFile, signs: Iterable[Sign]) -> list[Sign]:
    """The signs by which a rule goes and which the city's file has not."""
    named = {rule.args.get("sign"), *(label for when in rule.when for label in when.signs)}
    return [sign for sign in signs if sign.label in named - {own.label for own in file.signs}]
