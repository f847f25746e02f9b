"""Whether rules can be used: every word of theirs is known, every time possible, every phrase fillable, none loops or floods.

Judged before a file is taken over. What is wrong is said in one sentence each, naming the rule; nothing is taken of a file
that has a fault.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from string import Formatter

import msgspec

from dispatch.conditions import MOST_ALARMS, To, When
from dispatch.floods import TRAITS, Trait, floods, loop
from dispatch.rules import Rule, RuleFile
from dispatch.signs import MAX_WITHIN_S, MOST_RINGS, RESOLUTIONS, Repeats, Sign, is_word
from geo.cells import parse_cell
from geo.errors import BadCell
from incidents.types import TypeTree

MAX_AFTER_S = 31 * 24 * 3600.0
MAX_DUE_S = 7 * 24 * 3600
MAX_RULES = 500
MAX_SIGNS = 100
MAX_WORDS = 500
MAX_WHEN = 50
MOST_ABOVE = 6


class Known(msgspec.Struct, frozen=True):
    """What a city has: its types, codes and tiers of its rooms, labels that come from elsewhere than its types, codes of plans."""

    types: TypeTree
    rooms: Collection[str]
    tiers: Collection[str]
    labels: Collection[str]
    plans: Collection[str] = ()


class Vocabulary(msgspec.Struct, frozen=True):
    """What rules may ask of a noun. promises: moments that may lie ahead; of_incident: it is told with its incident."""

    states: frozenset[str]
    flags: frozenset[str]
    moments: frozenset[str]
    promises: frozenset[str] = frozenset()
    of_incident: bool = False


WORDS = frozenset({"unit", "room", "number", "address", "type", "after", "task", "to", "done"})
"""What a phrase may fill in; task: how a task or a plan is called; to: the room spoken to; done: what automatic dispatch did."""


def faults(
    file: RuleFile, nouns: Mapping[str, Vocabulary], effects: Collection[str], city: Known | None = None
) -> list[str]:
    """What is wrong with rules, one sentence each, first things first; none when they can be used.

    city: None leaves unasked whether types, rooms and labels are known.
    """
    found = []
    seen: set[str] = set()
    if len(file.rules) > MAX_RULES:
        found.append(f"There are {len(file.rules)} rules; at most {MAX_RULES} can be used.")
    signs = {sign.label for sign in file.signs}
    for rule in file.rules:
        if rule.id in seen:
            found.append(f"Rule {rule.id} stands twice.")
        seen.add(rule.id)
        wrongs = [
            *_faults_of(rule, nouns[rule.noun], effects),
            *_meaning_faults(rule, signs, city),
            *_told_faults(rule, {sign.label for sign in file.signs if sign.repeats is not None}, city),
            *floods(rule),
        ]
        found += [f"Rule {rule.id} {wrong}." for wrong in wrongs]
    circle = loop(file.rules)
    if circle:
        found.append(f"Rule {circle[0]} starts itself again: {' → '.join((*circle, circle[0]))}.")
    return found + _sign_faults(file.signs, city) + _unknown_types("automatic", file.automatic, city)


def _faults_of(rule: Rule, known: Vocabulary, effects: Collection[str]) -> list[str]:
    found = []
    if not rule.id or not rule.id.replace("_", "").isalnum() or not rule.id.isascii() or len(rule.id) > 60:
        found.append("has no usable id: letters, digits and _ only, at most 60")
    for name, given, allowed in (
        ("state", rule.states, known.states),
        ("flag", (*rule.flags, *rule.without), known.flags),
        ("moment", (rule.since,), known.moments),
        ("effect", (rule.effect,), effects),
    ):
        unknown = [one for one in given if one not in allowed]
        if unknown:
            may = ", ".join(sorted(allowed))
            found.append(f"names the {name} {unknown[0]!r}, which {rule.noun} does not know; it knows {may}")
    if not rule.states:
        found.append("names no state, so it could never apply")
    if (rule.when or rule.to) and not known.of_incident:
        found.append(
            f"names a condition or a room, and {rule.noun} is told without its incident; leave when and to out"
        )
    return [*found, *_effect_faults(rule), *_time_faults(rule, known), *_phrase_faults(rule)]


def _effect_faults(rule: Rule) -> Iterator[str]:
    trait = TRAITS.get(rule.effect, Trait())
    if trait.nouns is not None and rule.noun not in trait.nouns:
        may = ", ".join(sorted(trait.nouns))
        yield f"has the effect {rule.effect!r}, which works on {may} only, not on {rule.noun}"
    if trait.needs_room and (rule.to is None or rule.to.above == 0):
        yield f"has the effect {rule.effect!r} and does not say to which room above; give to"
    for name in sorted(trait.args - rule.args.keys()):
        yield f"has the effect {rule.effect!r} and does not say {name}; give it in args"
    for name in sorted(rule.args.keys() - trait.args):
        yield f"says {name!r} in args, which the effect {rule.effect!r} does not know"


def _told_faults(rule: Rule, repeats: Collection[str], city: Known | None) -> Iterator[str]:
    """What an effect is told by name, where it is told it at all. repeats: signs of this file that count them."""
    sign = rule.args.get("sign")
    if rule.effect == "declare_surge" and sign is not None and sign not in repeats:
        yield f"declares a surge by the sign {sign!r}, and this file has no sign of that label that counts repeats"
    plan = rule.args.get("plan")
    if rule.effect == "activate_plan" and plan is not None and city is not None and plan not in city.plans:
        yield f"activates the plan {plan!r}, which this city has not"
    due_s = rule.args.get("due_s")
    if (
        rule.effect == "demand"
        and due_s is not None
        and not (due_s.isdecimal() and 0 < int(due_s) <= MAX_DUE_S)
    ):
        yield f"says due_s {due_s!r}; a demand is due after whole seconds, up to {MAX_DUE_S} (7 days)"


def _meaning_faults(rule: Rule, signs: Collection[str], city: Known | None) -> Iterator[str]:
    if len(rule.when) > MAX_WHEN:
        yield f"has {len(rule.when)} conditions; at most {MAX_WHEN} can be used"
    for when in rule.when:
        yield from _when_faults(when, signs, city)
    if rule.to is not None:
        yield from _room_faults(rule.to, city)


def _when_faults(when: When, signs: Collection[str], city: Known | None) -> Iterator[str]:
    wrong = [one for one in when.priorities if not 1 <= one <= 4]
    if wrong:
        yield f"names the priority {wrong[0]}; priorities are 1 to 4"
    if not 0 <= when.alarms <= MOST_ALARMS:
        yield f"asks for {when.alarms} alarms; so many are remembered: {MOST_ALARMS}"
    unknown = [one for one in when.signs if one not in signs]
    if unknown:
        yield f"names the sign {unknown[0]!r}, and this file has no sign that gives this label"
    for cell in when.cells:
        try:
            parse_cell(cell)
        except BadCell as bad:
            yield f"names a cell that is none: {bad}"
    if city is None:
        return
    types = [one for one in when.types if one not in city.types]
    if types:
        yield f"names the type {types[0]!r}, which the type tree does not know"
    rooms = [one for one in when.rooms if one not in city.rooms]
    if rooms:
        yield f"names the room {rooms[0]!r}, which this city has not"
    labels = [
        one
        for one in (*when.labels, *when.without_labels)
        if one not in {*city.labels, *city.types.labels, *signs}
    ]
    if labels:
        yield f"names the label {labels[0]!r}, which nothing gives to an incident"


def _room_faults(to: To, city: Known | None) -> Iterator[str]:
    if (to.above is None) == (to.tier is None):
        yield "says to which room it speaks by above or by tier, one of them"
    if to.above is not None and not 0 <= to.above <= MOST_ABOVE:
        yield f"speaks to a room {to.above} above; 0 (the room itself) to {MOST_ABOVE} are possible"
    if to.tier is not None and city is not None and to.tier not in city.tiers:
        yield f"speaks to the tier {to.tier!r}; this city has {', '.join(sorted(city.tiers))}"


def _sign_faults(signs: Iterable[Sign], city: Known | None) -> list[str]:
    found = []
    signs = list(signs)
    if len(signs) > MAX_SIGNS:
        found.append(f"There are {len(signs)} signs; at most {MAX_SIGNS} can be used.")
    for sign in signs:
        found += [f"The sign {sign.label} {wrong}." for wrong in _faults_of_sign(sign, city)]
    return found


def _faults_of_sign(sign: Sign, city: Known | None) -> Iterator[str]:
    if city is not None and sign.label not in {*city.labels, *city.types.labels}:
        yield "gives a label that has no name; enter it among the labels of the type tree first"
    if not sign.words and sign.repeats is None:
        yield "names neither words nor repeats, so it could never be seen"
    if len(sign.words) > MAX_WORDS:
        yield f"has {len(sign.words)} words; at most {MAX_WORDS} can be used"
    vague = [word for word in sign.words if not is_word(word)]
    if vague:
        yield f"looks for {vague[0]!r}, which would be found everywhere, a flood"
    if sign.repeats is not None:
        yield from _repeat_faults(sign.repeats)


def _repeat_faults(repeats: Repeats) -> Iterator[str]:
    if repeats.count < 2:
        yield "counts from the first incident on, a flood: repeats need a count of 2 or more"
    if not 0 < repeats.within_s <= MAX_WITHIN_S:
        yield f"looks back {repeats.within_s:g} s; up to {MAX_WITHIN_S:g} (31 days) are possible"
    if repeats.resolution not in RESOLUTIONS:
        yield f"has the resolution {repeats.resolution}; {RESOLUTIONS[0]} to {RESOLUTIONS[-1]} are possible"
    if not 0 <= repeats.rings <= MOST_RINGS:
        yield f"looks at {repeats.rings} rings of neighbours; 0 to {MOST_RINGS} are possible"


def _unknown_types(where: str, codes: Iterable[str], city: Known | None) -> list[str]:
    unknown = [code for code in codes if city is not None and code not in city.types]
    return [f"{where} names the type {code!r}, which the type tree does not know." for code in unknown[:1]]


def _time_faults(rule: Rule, known: Vocabulary) -> list[str]:
    times = rule.after_s if isinstance(rule.after_s, dict) else {"other": rule.after_s}
    if not times:
        return ["gives no time"]
    wrong = [key for key in times if key not in ("1", "2", "3", "4", "other")]
    if wrong:
        return [f"gives a time for {wrong[0]!r}; priorities are 1 to 4, and other"]
    least = -MAX_AFTER_S if rule.since in known.promises else 0
    if not all(least <= seconds <= MAX_AFTER_S for seconds in times.values()):
        return [
            "gives a time outside 0 seconds to 31 days; up to 31 days before what was promised is written with a minus"
        ]
    return []


def _phrase_faults(rule: Rule) -> list[str]:
    for phrase in (rule.what, rule.then, *((rule.say,) if rule.say else ())):
        for text in (phrase.zh, phrase.en):
            if not text.strip():
                return ["has an empty phrase; both languages are needed"]
            if not _fillable(text):
                may = ", ".join(sorted(WORDS))
                return [f"has a phrase that cannot be filled in: {text!r}; it may use {may} in braces"]
    return []


def _fillable(text: str) -> bool:
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (name in WORDS and not spec and not how) for _, name, spec, how in fields)
