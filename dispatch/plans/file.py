"""The templates as an administrator exports and imports them: what a plan is for, its steps, whom to ring, what it needs.

One version of all plans is one `PlanSet`; those the house comes with lie in `shipped/`, one file each. `faults` checks them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import resources

import msgspec

from dispatch.rules import Phrase

TIERS = ("station", "district", "city")
"""Whose step it is, from below; where a city has no such room, the next one above it."""
KINDS = ("task", "order", "cordon", "checkpoint", "notification", "report")
ROLES = ("call_taker", "dispatcher", "leader", "supervisor", "reviewer")
STAGES = ("first", "progress", "final")
"""Of a timed report: 首报, 续报, 终报."""
OPENS = ("activated", "handled")
SINCE = ("opened", "began", "reported")


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """On these days of the week (1 Monday to 7), from one time of the city's clock to another, over midnight too."""

    start: str = "00:00"
    end: str = "24:00"
    days: tuple[int, ...] = ()


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an incident must be like, in all of these ways; what is not named does not count.

    types: of one of these or below; priority: at least so urgent; labels: all of these; rooms: duty lies with one of these
    (codes) or below; words: one stands in the address; hours: when it is pushed.
    """

    types: tuple[str, ...] = ()
    priority: int | None = None
    labels: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    hours: Hours | None = None


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer a form asks for."""

    key: str
    zh: str
    en: str


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place to be held: lon, lat in WGS-84 degrees, and how it is called on the map."""

    lon: float
    lat: float
    name: str


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to ring. number: of an office, nobody's private one."""

    key: str
    zh: str
    en: str
    number: str | None = None


class Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the plan needs at hand. skill: of the units that bring it."""

    zh: str
    en: str
    count: int = 1
    skill: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing to do, of one tier and role. It opens once all of `after` are over, or when the incident is handled.

    due_s: seconds since it opened, since the incident began (anew when it is reopened), or since it was first reported.
    stage, every_s: of a report, and how often a progress report comes again; units, skills: of an order, done by itself once
    so many such were sent; minutes: of a cordon; to: contacts.
    """

    key: str
    title: Phrase
    detail: Phrase | None = None
    kind: str = "task"
    tier: str = "station"
    role: str = "dispatcher"
    after: tuple[str, ...] = ()
    opens: str = "activated"
    due_s: float | None = None
    since: str = "opened"
    stage: str | None = None
    every_s: float | None = None
    units: int | None = None
    skills: tuple[str, ...] = ()
    minutes: float | None = None
    place: Point | None = None
    to: tuple[str, ...] = ()
    form: tuple[Field, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One template. automatic: it is activated as soon as it matches, without being asked for."""

    code: str
    name: Phrase
    purpose: Phrase | None = None
    automatic: bool = False
    match: tuple[Match, ...] = ()
    resources: tuple[Resource, ...] = ()
    contacts: tuple[Contact, ...] = ()
    steps: tuple[Step, ...]


class PlanFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All plans, as they go out and come in."""

    plans: tuple[Plan, ...]


class PlanSet(msgspec.Struct, frozen=True, dict=True):
    """One version of all plans; 0 are the shipped ones."""

    version: int
    plans: tuple[Plan, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Plan]:
        """code -> plan."""
        return {plan.code: plan for plan in self.plans}

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.plans)


@cache
def shipped() -> PlanSet:
    """Version 0: the plans the house comes with, by the names of their files."""
    folder = resources.files("dispatch.plans").joinpath("shipped")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return PlanSet(0, tuple(msgspec.convert(tomllib.loads(one.read_text("utf-8")), Plan) for one in files))
