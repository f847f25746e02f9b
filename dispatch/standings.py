"""How each noun stands, in the words that rules use: states, flags and moments of incidents, orders and the rest.

One adapter a noun, from its row to a `Standing`; a rule can ask only for what stands in NOUNS. Pure.
"""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any
from uuid import UUID

import msgspec

from dispatch.errors import Invalid
from dispatch.model import Assignment, AssignmentState
from dispatch.rules import RuleFile, Rules, Standing, Vocabulary, faults
from dispatch.talk.model import NoteLamp
from incidents.model import Incident, IncidentState

NOUNS: Mapping[str, Vocabulary] = {
    "incident": Vocabulary(
        states=frozenset(IncidentState),
        flags=frozenset({"place", "exercise"}),
        moments=frozenset({"opened", "unassigned", "handled"}),
    ),
    "assignment": Vocabulary(
        states=frozenset(AssignmentState),
        flags=frozenset({"unit", "room", "primary", "exercise", "check_owed"}),
        moments=frozenset(
            {"ordered", "delivered", "accepted", "en_route", "on_scene", "promised", "checked", "check_asked"}
        ),
    ),
    "call": Vocabulary(
        states=frozenset(
            {"ringing", "answered", "held", "conferenced", "transferred", "released", "abandoned"}
        ),
        flags=frozenset({"exercise"}),
        moments=frozenset({"ringing", "abandoned"}),
    ),
    "call_point": Vocabulary(
        states=frozenset({"ok", "low_battery", "fault", "silent"}),
        flags=frozenset(),
        moments=frozenset({"heard"}),
    ),
    "unit": Vocabulary(
        states=frozenset({"available", "busy", "break", "out_of_service", "off_duty"}),
        flags=frozenset(),
        moments=frozenset(),
    ),
    "note": Vocabulary(states=frozenset({"unread"}), flags=frozenset(), moments=frozenset({"sent"})),
}
"""Whoever gives a noun a new flag or moment enters it here, so that rules may name it."""


def incident(i: Incident, assignments: Iterable[Assignment] = ()) -> Standing:
    """An incident. unassigned: since when nobody is sent: its entry, its reopening or the end of its last order."""
    flags = {"place"} if i.place is not None and (i.place.located or i.place.address) else set()
    entered = i.times.get("entered", i.times.get("ringing", 0))
    ends = [max(a.times.values()) for a in assignments if a.is_over and a.times]
    moments = {"opened": entered, "unassigned": max([entered, *ends])}
    if "handled" in i.times:
        moments["handled"] = i.times["handled"]
    return Standing(
        noun="incident", id=i.id, incident_id=i.id, state=i.state, priority=i.priority,
        flags=frozenset(flags | ({"exercise"} if i.exercise else set())), moments=moments,
    )  # fmt: skip


def assignment(a: Assignment, of: Incident) -> Standing:
    """One order; `of`: the incident it is for, which gives its priority."""
    flags = {"unit" if a.unit_id else "room"}
    if a.role == "primary":
        flags.add("primary")
    if of.exercise:
        flags.add("exercise")
    names = ("ordered", "delivered", "accepted", "en_route", "on_scene", "check_asked")
    moments = {name: a.times[name] for name in names if name in a.times}
    if "on_scene" in moments:
        moments["checked"] = max(moments["on_scene"], a.times.get("checked", 0))
        if moments.get("check_asked", 0) > a.times.get("checked", 0):
            flags.add("check_owed")
    if a.promised_at is not None:
        moments["promised"] = round(a.promised_at.timestamp() * 1000)
    return Standing(
        noun="assignment", id=a.id, incident_id=a.incident_id, state=a.state, priority=of.priority,
        flags=frozenset(flags), moments=moments,
    )  # fmt: skip


def note(lamp: NoteLamp, incident_id: UUID, *, on_it: bool = True) -> Standing:
    """An urgent note as one unit has it; on_it: whether that unit is still on the incident."""
    state = "over" if not on_it else "unread" if lamp.read_at is None else "read"
    sent = {"sent": round(lamp.sent_at.timestamp() * 1000)}
    return Standing(noun="note", id=lamp.id, incident_id=incident_id, state=state, moments=sent)


def read_rules(file: Mapping[str, Any], version: int, effects: Iterable[str]) -> Rules:
    """A file's rules, checked. Raises Invalid with the first fault and how many more there are."""
    try:
        rules = msgspec.convert(file, RuleFile).rules
    except msgspec.ValidationError as wrong:
        raise Invalid(f"These rules cannot be read: {wrong}.", field="rules") from wrong
    found = faults(rules, NOUNS, {"alert", *effects})
    if found:
        more = f" ({len(found) - 1} more faults.)" if len(found) > 1 else ""
        raise Invalid(found[0] + more, field="rules", faults=found)
    return Rules(version, rules)


def shipped_file() -> dict[str, Any]:
    """The rules the house comes with, as their file says them."""
    return tomllib.loads(resources.files("dispatch").joinpath("rules.toml").read_text("utf-8"))


def shipped_rules() -> Rules:
    """Version 0: what holds until an administrator puts in other rules. Tests check it against the effects there are."""
    return Rules(0, msgspec.convert(shipped_file(), RuleFile).rules)
