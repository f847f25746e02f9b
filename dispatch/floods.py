"""What no rule may do, however well it is written: start itself again, or speak to others at everything that happens.

Pure, and judged before rules are taken over: a loop orders units until none is left, a flood teaches people to look away.
What effects make happen by themselves, and whom they reach, stands in TRAITS.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dispatch.rules import Rule

SOON_S = 10.0
"""Who speaks to others sooner than this after something ordinary speaks before anybody could have acted."""
SILENCE_S = 60.0
"""Counted from a moment that comes again and again, a rule notices silence; sooner than this it repeats the moment itself."""
_EVERY_PRIORITY = frozenset({"1", "2", "3", "4"})


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """Of an effect. nouns: what it can work on, None: anything; reaches: it speaks to rooms or units, or gives them work.

    makes: moments and flags (noun, name) that it makes new by itself, whatever people do; needs_room: it must be told which.
    args: what it must be told by name.
    """

    nouns: frozenset[str] | None = None
    reaches: bool = False
    makes: frozenset[tuple[str, str]] = frozenset()
    needs_room: bool = False
    args: frozenset[str] = frozenset()


_ORDERS = frozenset({"assignment"})
_OF_INCIDENTS = frozenset({"incident", "assignment", "emergency", "plan", "task", "agency_request"})
_RAISES = Trait(nouns=_OF_INCIDENTS, reaches=True, makes=frozenset({("incident", "raised")}), needs_room=True)
_ORDERED = frozenset({("assignment", "ordered"), ("assignment", "promised"), ("assignment", "unit")})
_TAKES_UP = frozenset({("plan", "proposed"), ("task", "opened"), ("task", "due")})
TRAITS: Mapping[str, Trait] = {
    "raise_monitor": _RAISES,
    "raise_share": _RAISES,
    "raise_take": _RAISES,
    "next_wave": Trait(nouns=frozenset({"incident", "assignment"}), reaches=True, makes=_ORDERED),
    "chase": Trait(nouns=frozenset({"incident", "assignment", "dispute"}), reaches=True),
    "demand": Trait(nouns=_OF_INCIDENTS, reaches=True, args=frozenset({"due_s"})),
    "activate_plan": Trait(nouns=_OF_INCIDENTS, reaches=True, makes=_TAKES_UP, args=frozenset({"plan"})),
    "ask_status": Trait(
        nouns=_ORDERS, makes=frozenset({("assignment", "check_asked"), ("assignment", "check_owed")})
    ),
    "second_bearer": Trait(nouns=_ORDERS),
    "sms": Trait(nouns=_ORDERS),
    "phone": Trait(nouns=_ORDERS),
    "propose_other": Trait(nouns=_ORDERS),
    "watch_arrival": Trait(nouns=_ORDERS),
    "watch_touch": Trait(nouns=_ORDERS),
    "watch_return": Trait(nouns=_ORDERS),
    "accept_forms": Trait(nouns=frozenset({"incident"})),
    "call_back_again": Trait(nouns=frozenset({"incident"}), args=frozenset({"attempts"})),
    "pass_ring_on": Trait(nouns=frozenset({"incident"})),
    "declare_surge": Trait(
        nouns=frozenset({"incident"}),
        reaches=True,
        args=frozenset({"sign"}),
        makes=frozenset({("incident", "reported"), ("incident", "surge")}),
    ),
    "end_surge": Trait(nouns=frozenset({"incident"})),
    "report_abandoned": Trait(nouns=frozenset({"call"})),
    "silence": Trait(nouns=frozenset({"call_point"})),
    "end_break": Trait(nouns=frozenset({"unit"})),
    "end_handover": Trait(nouns=frozenset({"handover"})),
    "end_lending": Trait(nouns=frozenset({"unit"})),
    "end_standby": Trait(nouns=frozenset({"unit"})),
    "start_event": Trait(nouns=frozenset({"event"}), makes=frozenset({("event", "started")})),
    "look_inside": Trait(nouns=frozenset({"event"})),
    "watch_broadcast": Trait(nouns=frozenset({"broadcast"})),
    "broadcast_bearer": Trait(nouns=frozenset({"broadcast"})),
    "expire_broadcast": Trait(nouns=frozenset({"broadcast"})),
    "end_level": Trait(nouns=frozenset({"duty_level"})),
    "notify_auxiliaries": Trait(nouns=frozenset({"incident"}), reaches=True),
    "miss_shift": Trait(nouns=frozenset({"roster_shift"})),
    "watch_link": Trait(nouns=frozenset({"seat"})),
}
"""Effect -> its traits; one that is not named has none. `pass_ring_on` climbs room by room and ends at the top: no loop."""

RENEWED: Mapping[str, frozenset[str]] = {
    "incident": frozenset({"reported", "rang", "looked_in", "seen", "call_back_tried"}),
    "assignment": frozenset({"checked", "heard", "check_asked"}),
}
"""Moments that come again and again, with each alarm, press or word."""
_ORDINARY: Mapping[str, frozenset[str]] = {
    "incident": frozenset(
        {"opened", "unassigned", "dispatched", "accepted", "on_scene", "handled", "fed_back"}
    ),
    "assignment": frozenset({"ordered", "delivered", "accepted", "en_route", "on_scene", "promised"}),
}
_ORDINARY_FLAGS = frozenset({"place", "unit", "room", "primary"})


def floods(rule: Rule) -> list[str]:
    """Why a rule would speak to others at everything; nothing when it does not."""
    if not _reaches(rule):
        return []
    soonest_s = min(rule.after_s.values(), default=0.0) if isinstance(rule.after_s, dict) else rule.after_s
    if soonest_s < SILENCE_S and rule.since in RENEWED.get(rule.noun, ()):
        said = f"would fire again with every new {rule.since!r}, a flood: count from a moment that comes once, or wait"
        return [f"{said} at least {SILENCE_S:g} s for another"]
    if soonest_s < SOON_S and _is_everything(rule) and rule.since in _ORDINARY.get(rule.noun, ()):
        said = f"would fire for every single {rule.noun} within {SOON_S:g} s, a flood: say in `when` which are meant"
        return [f"{said}, or give people time first"]
    return []


def _reaches(rule: Rule) -> bool:
    above = rule.to is not None and rule.to.above != 0
    return above or TRAITS.get(rule.effect, Trait()).reaches


def _is_everything(rule: Rule) -> bool:
    if not _ORDINARY_FLAGS.issuperset(rule.flags):
        return False
    if (
        isinstance(rule.after_s, dict)
        and "other" not in rule.after_s
        and not rule.after_s.keys() >= _EVERY_PRIORITY
    ):
        return False
    return not rule.when or any(when.is_everything for when in rule.when)


def loop(rules: Iterable[Rule]) -> Sequence[str]:
    """The ids of rules of which each starts the next and the last the first; empty when there is no such circle."""
    rules = list(rules)
    starts = {rule.id: [other.id for other in rules if _starts(rule, other)] for rule in rules}
    done: set[str] = set()
    for rule in rules:
        found = _circle(rule.id, starts, [], done)
        if found:
            return found
    return ()


def _starts(rule: Rule, other: Rule) -> bool:
    made = {name for noun, name in TRAITS.get(rule.effect, Trait()).makes if noun == other.noun}
    return other.since in made


def _circle(id_: str, starts: Mapping[str, Sequence[str]], path: list[str], done: set[str]) -> Sequence[str]:
    if id_ in path:
        return path[path.index(id_) :]
    if id_ in done:
        return ()
    for following in starts[id_]:
        found = _circle(following, starts, [*path, id_], done)
        if found:
            return found
    done.add(id_)
    return ()
