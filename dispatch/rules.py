"""Rules: what may not be forgotten, as data. Which timers an entity wants is a pure function of how it stands.

After every act the desk says how what it changed stands now; from that and the rules follow the timers that should run,
and the difference is written with the act. No rule acts from here: the engine fires timers when they fall due.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from string import Formatter
from typing import Literal
from uuid import UUID

import msgspec

Noun = Literal[
    "incident",
    "assignment",
    "call",
    "call_point",
    "unit",
    "note",
    "seat",
    "supervision",
    "agency_request",
    "plan",
    "task",
]
On = Literal["room", "ring", "seat", "unit", "primary", "device"]
"""Who is waited for: the incident's room (or the one that asks), the room where its press rings, the seat that answers or
ordered, the one ordered (or asked: a unit, a room, an agency), the primary, the device."""

CREATED = "rules:created"
CHANGED = "rules:changed"
FOLLOWING = (CREATED, CHANGED)
"""Kinds of rows that only ask the engine to look at an entity; they have no rule and leave no trace."""
AHEAD_MS = 10_000
"""A moment this far ahead of the act is a promise and counts from itself."""
MAX_AFTER_S = 7 * 24 * 3600.0
MAX_RULES = 500


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same said in both languages. `{name}` is filled in when it is shown."""

    zh: str
    en: str


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """While an entity of this noun is in one of `states` with all of `flags` and none of `without`: a timer.

    since: the moment it counts from; after_s: seconds, or by priority ("1" to "4", "other"; not named: no timer); before a
    moment that was promised they are negative;
    effect: what is done when it falls due, `alert` is nothing more than that it shows; on: who is waited for;
    what, then: the row's words for what it waits for and what happens then; say: a line ready to be spoken;
    quiet: watches without being waited for.
    """

    id: str
    noun: Noun
    states: tuple[str, ...]
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    since: str
    after_s: float | dict[str, float]
    effect: str = "alert"
    on: On = "room"
    what: Phrase
    then: Phrase
    say: Phrase | None = None
    quiet: bool = False

    def after(self, priority: int | None) -> timedelta | None:
        """How long after its moment; None when the rule says nothing of this priority."""
        if isinstance(self.after_s, dict):
            seconds = self.after_s.get(str(priority), self.after_s.get("other"))
            return None if seconds is None else timedelta(seconds=seconds)
        return timedelta(seconds=self.after_s)


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules as an administrator exports and imports them."""

    rules: tuple[Rule, ...]


class Rules(msgspec.Struct, frozen=True, dict=True):
    """One version of all rules; 0 is the shipped file."""

    version: int
    rules: tuple[Rule, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """id -> rule."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def by_noun(self) -> Mapping[str, tuple[Rule, ...]]:
        """noun -> its rules."""
        nouns = {rule.noun for rule in self.rules}
        return {noun: tuple(rule for rule in self.rules if rule.noun == noun) for noun in nouns}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one entity stands, as rules may ask. moments: name -> ms since 1970, UTC; absent when it has not come."""

    noun: Noun
    id: UUID
    incident_id: UUID | None = None
    state: str
    flags: frozenset[str] = frozenset()
    moments: Mapping[str, int] = {}
    priority: int | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A timer that should run: one for a rule, an entity and the moment it counts from."""

    key: str
    kind: str
    noun: str
    entity_id: UUID
    incident_id: UUID | None
    rule: str
    armed_at: datetime
    due_at: datetime


def applies(rule: Rule, standing: Standing) -> bool:
    """Whether the condition holds, whatever the time."""
    return (
        standing.state in rule.states
        and rule.since in standing.moments
        and standing.flags.issuperset(rule.flags)
        and standing.flags.isdisjoint(rule.without)
    )


def timers_for(standing: Standing, rules: Rules, counted_from_ms: int | None = None) -> list[Wanted]:
    """The timers that should run for an entity as it stands.

    counted_from_ms: when the act was recorded (ms): a new timer runs from there, whatever time was claimed, unless its
    moment is a promise that lies ahead. None: from the moments themselves, for rules that are newer than what they watch.
    """
    wanted = []
    for rule in rules.by_noun.get(standing.noun, ()):
        after = rule.after(standing.priority)
        if after is None or not applies(rule, standing):
            continue
        since = standing.moments[rule.since]
        promised = counted_from_ms is None or since > counted_from_ms + AHEAD_MS
        armed_at = _moment(since if promised or counted_from_ms is None else counted_from_ms)
        wanted.append(
            Wanted(
                key=f"{rule.id}:{standing.id}:{since}", kind=rule.effect, noun=standing.noun, entity_id=standing.id,
                incident_id=standing.incident_id, rule=rule.id, armed_at=armed_at, due_at=armed_at + after,
            )
        )  # fmt: skip
    return wanted


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


class Vocabulary(msgspec.Struct, frozen=True):
    """What rules may ask of a noun. promises: moments that may lie ahead."""

    states: frozenset[str]
    flags: frozenset[str]
    moments: frozenset[str]
    promises: frozenset[str] = frozenset()


WORDS = frozenset({"unit", "room", "number", "address", "type", "after", "task"})
"""What a phrase may fill in; task: how a task or a plan is called."""


def faults(rules: Iterable[Rule], nouns: Mapping[str, Vocabulary], effects: Collection[str]) -> list[str]:
    """What is wrong with rules, one sentence each, first things first; none when they can be used."""
    found = []
    seen: set[str] = set()
    rules = list(rules)
    if len(rules) > MAX_RULES:
        found.append(f"There are {len(rules)} rules; at most {MAX_RULES} can be used.")
    for rule in rules:
        if rule.id in seen:
            found.append(f"Rule {rule.id} stands twice.")
        seen.add(rule.id)
        found += [f"Rule {rule.id} {wrong}." for wrong in _faults_of(rule, nouns[rule.noun], effects)]
    return found


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
    return found + _time_faults(rule, known) + _phrase_faults(rule)


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
            "gives a time outside 0 seconds to 7 days; up to 7 days before what was promised is written with a minus"
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
