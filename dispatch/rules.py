"""Rules: what may not be forgotten, as data. Which timers an entity wants is a pure function of how it stands.

After every act the desk says how what it changed stands now; from that and the rules follow the timers that should run,
and the difference is written with the act. No rule acts from here: the engine fires timers when they fall due. Whether
rules can be used says `soundness`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from dispatch.conditions import Ground, Subject, To, When, holds_anywhere, lies_in
from dispatch.signs import Sign

Noun = Literal[
    "incident",
    "assignment",
    "call",
    "call_point",
    "unit",
    "note",
    "seat",
    "supervision",
    "handover",
    "broadcast",
    "agency_request",
    "dispute",
    "plan",
    "task",
    "emergency",
    "event",
    "after_action_review",
    "review_action",
    "duty_level",
    "roster_shift",
    "shortfall",
]
On = Literal["room", "ring", "seat", "unit", "primary", "device"]
"""Who is waited for: the incident's room (or the one that asks), the room where its press rings, the seat that answers or
ordered, the one ordered (or asked: a unit, a room, an agency), the primary, the device."""

CREATED = "rules:created"
CHANGED = "rules:changed"
PLACED = "events:placed"
FOLLOWING = (CREATED, CHANGED, PLACED)
"""Kinds of rows that only ask the engine to look at an entity; they have no rule and leave no trace."""
AHEAD_MS = 10_000
"""A moment this far ahead of the act is a promise and counts from itself."""
_KEPT = 4_096
"""So many kinds of incident are remembered with the rules that mean them."""


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same said in both languages. `{name}` is filled in when it is shown."""

    zh: str
    en: str


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """While an entity of this noun is in one of `states` with all of `flags` and none of `without`: a timer.

    when: and the incident is what one of these conditions means; none: whatever it is;
    since: the moment it counts from; after_s: seconds, or by priority ("1" to "4", "other"; not named: no timer); before a
    moment that was promised they are negative;
    effect: what is done when it falls due, `alert` is nothing more than that it shows; args: what the effect must be told;
    to: which room is spoken to, and whose seats are to notice it; none: whoever works on it. Where there is no such room
    the rule does not apply; on: who is waited for;
    what, then: the row's words for what it waits for and what happens then; say: a line ready to be spoken;
    quiet: watches without being waited for.
    """

    id: str
    noun: Noun
    states: tuple[str, ...]
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    when: tuple[When, ...] = ()
    since: str
    after_s: float | dict[str, float]
    effect: str = "alert"
    args: dict[str, str] = {}
    to: To | None = None
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


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rules as an administrator exports and imports them.

    signs: words and places that give an incident a label; automatic: types (with those below) for which a rule orders units
    by itself 自动派警. For all others it proposes them.
    """

    rules: tuple[Rule, ...]
    signs: tuple[Sign, ...] = ()
    automatic: tuple[str, ...] = ()


class Watch(NamedTuple):
    """A rule as it is asked: its flags as sets; cells: the incident must lie in one of them, None: anywhere."""

    rule: Rule
    flags: frozenset[str]
    without: frozenset[str]
    cells: frozenset[str] | None = None


class Rules(msgspec.Struct, frozen=True, dict=True):
    """One version of all rules; 0 is the shipped file."""

    version: int
    rules: tuple[Rule, ...]
    signs: tuple[Sign, ...] = ()
    automatic: tuple[str, ...] = ()

    @property
    def file(self) -> RuleFile:
        """As it is exported."""
        return RuleFile(self.rules, self.signs, self.automatic)

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """id -> rule."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def by_noun(self) -> Mapping[str, tuple[Rule, ...]]:
        """noun -> its rules."""
        nouns = {rule.noun for rule in self.rules}
        return {noun: tuple(rule for rule in self.rules if rule.noun == noun) for noun in nouns}

    @cached_property
    def _watches(self) -> dict[tuple[str, str], tuple[Watch, ...]]:
        found: dict[tuple[str, str], list[Watch]] = {}
        for rule in self.rules:
            for state in dict.fromkeys(rule.states):
                watch = Watch(rule, frozenset(rule.flags), frozenset(rule.without))
                found.setdefault((rule.noun, state), []).append(watch)
        return {key: tuple(watches) for key, watches in found.items()}

    def meaning(
        self, noun: str, state: str, subject: Subject | None, ground: Ground | None
    ) -> tuple[Watch, ...]:
        """The rules that ask about this noun in this state and mean such an incident, but for the cells they name.

        Most incidents are alike but for their place, so that of hundreds of rules only those that mean it are asked again.
        """
        if self._ground is not ground:
            self.__dict__["_ground"] = ground
            self._known.clear()
        alike = None if subject is None else msgspec.structs.replace(subject, cell15=None)
        key = (noun, state, alike)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            meant = (_meant(watch, subject, ground) for watch in self._watches.get((noun, state), ()))
            found = self._known[key] = tuple(watch for watch in meant if watch is not None)
        return found

    @cached_property
    def _known(self) -> dict[tuple[str, str, Subject | None], tuple[Watch, ...]]:
        return {}

    @cached_property
    def _ground(self) -> Ground | None:
        return None


def _meant(watch: Watch, subject: Subject | None, ground: Ground | None) -> Watch | None:
    """The rule with the cells it still depends on; None when it does not mean such an incident wherever it is."""
    rule = watch.rule
    if not rule.when and rule.to is None:
        return watch
    if subject is None or ground is None:
        return None
    if rule.to is not None and ground.addressed(subject.room_id, rule.to) is None:
        return None
    held = [when for when in rule.when if holds_anywhere(when, subject, ground)]
    if not rule.when or any(not when.cells for when in held):
        return watch
    return watch._replace(cells=frozenset(cell for when in held for cell in when.cells)) if held else None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one entity stands, as rules may ask. moments: name -> ms since 1970, UTC; absent when it has not come.

    of: the incident it is or belongs to, as conditions ask; None: only rules without conditions mean it.
    """

    noun: Noun
    id: UUID
    incident_id: UUID | None = None
    state: str
    flags: frozenset[str] = frozenset()
    moments: Mapping[str, int] = {}
    priority: int | None = None
    of: Subject | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A timer that should run: one for a rule, an entity and the moment it counts from.

    factor: by which the duty level has shortened its time, 1: not.
    """

    key: str
    kind: str
    noun: str
    entity_id: UUID
    incident_id: UUID | None
    rule: str
    armed_at: datetime
    due_at: datetime
    factor: float = 1.0


def applies(rule: Rule, standing: Standing) -> bool:
    """Whether what a rule without conditions asks for holds, whatever the time."""
    return (
        standing.state in rule.states
        and rule.since in standing.moments
        and standing.flags.issuperset(rule.flags)
        and standing.flags.isdisjoint(rule.without)
    )


def timers_for(
    standing: Standing, rules: Rules, counted_from_ms: int | None = None, ground: Ground | None = None
) -> list[Wanted]:
    """The timers that should run for an entity as it stands.

    counted_from_ms: when the act was recorded (ms): a new timer runs from there, whatever time was claimed, unless its
    moment is a promise that lies ahead. None: from the moments themselves, for rules that are newer than what they watch.
    ground: the city; without it only rules apply that name neither a condition nor a room.
    """
    wanted = []
    for rule in _applying(standing, rules, ground):
        after = rule.after(standing.priority)
        if after is None:
            continue
        since = standing.moments[rule.since]
        promised = counted_from_ms is None or since > counted_from_ms + AHEAD_MS
        armed_at = _moment(since if promised or counted_from_ms is None else counted_from_ms)
        factor = 1.0 if ground is None or standing.of is None else ground.pace(rule.id, standing.of.room_id)
        wanted.append(
            Wanted(
                key=f"{rule.id}:{standing.id}:{since}", kind=rule.effect, noun=standing.noun, entity_id=standing.id,
                incident_id=standing.incident_id, rule=rule.id, armed_at=armed_at, due_at=armed_at + after * factor,
                factor=factor,
            )
        )  # fmt: skip
    return wanted


def _applying(standing: Standing, rules: Rules, ground: Ground | None) -> Iterator[Rule]:
    """The rules whose condition holds, whatever the time; what is cheap to ask is asked first."""
    moments, flags, subject = standing.moments, standing.flags, standing.of
    for rule, wanted, unwanted, cells in rules.meaning(standing.noun, standing.state, subject, ground):
        if rule.since not in moments or not wanted <= flags or not flags.isdisjoint(unwanted):
            continue
        if cells is None or (subject is not None and lies_in(cells, subject.cell15)):
            yield rule


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
