"""What is wrong with plans before anything of them counts: each fault is one sentence that names the plan and the step.

Asked when an administrator puts plans in; a test asks it of the shipped ones. Pure.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from dispatch.plans.file import KINDS, OPENS, ROLES, SINCE, STAGES, TIERS, Hours, Match, Plan, Step
from dispatch.rules import Phrase
from incidents.types import TypeTree

MAX_PLANS = 200
MAX_STEPS = 60
MAX_TEXT = 1_000
LEAST_S, MOST_S = 30.0, 30 * 24 * 3600.0
MAX_MINUTES = 30.0
_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def faults(plans: Sequence[Plan], tree: TypeTree, rooms: Collection[str]) -> list[str]:
    """What is wrong, first things first; none when they can be used. rooms: codes of the city's rooms."""
    found = (
        [] if len(plans) <= MAX_PLANS else [f"There are {len(plans)} plans; at most {MAX_PLANS} can be used."]
    )
    found += [f"Plan {code} stands twice." for code in _twice(plan.code for plan in plans)]
    for plan in plans:
        found += [f"Plan {plan.code} {wrong}." for wrong in _of_plan(plan, tree, rooms)]
        keys = {step.key for step in plan.steps}
        for step in plan.steps:
            found += [
                f"Plan {plan.code}, step {step.key} {wrong}." for wrong in _of_step(step, plan, keys, tree)
            ]
    return found


def _of_plan(plan: Plan, tree: TypeTree, rooms: Collection[str]) -> Iterator[str]:
    if not _CODE.fullmatch(plan.code):
        yield "has no usable code: letters, digits, _ and - only, at most 60"
    yield from _phrases("name", (plan.name,))
    yield from _phrases("purpose", (plan.purpose,) if plan.purpose else ())
    if not 1 <= len(plan.steps) <= MAX_STEPS:
        yield f"has {len(plan.steps)} steps; 1 to {MAX_STEPS} can be used"
    yield from (f"has the step {key} twice" for key in _twice(step.key for step in plan.steps))
    yield from (f"has the contact {key} twice" for key in _twice(contact.key for contact in plan.contacts))
    for match in plan.match:
        yield from _of_match(match, tree, rooms)
    if plan.automatic and not plan.match:
        yield "is automatic and matches nothing, so it would never be activated"
    circle = _circle(plan.steps)
    if circle:
        yield f"waits for itself: {' after '.join([*circle, circle[0]])}"
    for resource in plan.resources:
        yield from _phrases("resource", (Phrase(resource.zh, resource.en),))
        if resource.skill is not None and resource.skill not in tree.skills:
            yield f"needs the skill {resource.skill!r}, which the type tree does not know"


def _of_match(match: Match, tree: TypeTree, rooms: Collection[str]) -> Iterator[str]:
    yield from (
        f"matches the type {code!r}, which is not in the tree" for code in match.types if code not in tree
    )
    yield from (
        f"matches the label {one!r}, which is not in the type tree"
        for one in match.labels
        if one not in tree.labels
    )
    yield from (f"matches the room {code!r}, which is not there" for code in match.rooms if code not in rooms)
    if match.priority is not None and not 1 <= match.priority <= 4:
        yield f"matches the priority {match.priority}; priorities are 1 to 4"
    if any(not word.strip() for word in match.words):
        yield "matches an empty word, which stands in every address"
    if match == Match():
        yield "has a match that names nothing and would fit everything"
    if match.hours is not None:
        yield from _of_hours(match.hours)


def _of_hours(hours: Hours) -> Iterator[str]:
    for time in (hours.start, hours.end):
        if not _CLOCK.fullmatch(time):
            yield f"matches the time {time!r}; times are written 07:30, and 24:00 for the end of the day"
    if any(not 1 <= day <= 7 for day in hours.days):
        yield "matches a day of the week that is not 1 (Monday) to 7 (Sunday)"


def _of_step(step: Step, plan: Plan, keys: Collection[str], tree: TypeTree) -> Iterator[str]:
    if not _CODE.fullmatch(step.key):
        yield "has no usable key: letters, digits, _ and - only, at most 60"
    yield from _phrases("title", (step.title,))
    yield from _phrases("detail", (step.detail,) if step.detail else ())
    for name, value, known in (
        ("tier", step.tier, TIERS), ("role", step.role, ROLES), ("kind", step.kind, KINDS),
        ("opening", step.opens, OPENS), ("beginning", step.since, SINCE),
    ):  # fmt: skip
        if value not in known:
            yield f"names the {name} {value!r}; it is one of {', '.join(known)}"
    yield from (
        f"comes after {key!r}, which is no other step"
        for key in step.after
        if key not in keys or key == step.key
    )
    contacts = {contact.key for contact in plan.contacts}
    yield from (f"rings {key!r}, which is no contact of the plan" for key in step.to if key not in contacts)
    yield from (
        f"needs the skill {one!r}, which the type tree does not know"
        for one in step.skills
        if one not in tree.skills
    )
    yield from _of_kind(step)
    for field in step.form:
        yield from _phrases(f"field {field.key}", (Phrase(field.zh, field.en),))
    yield from (f"asks for {key} twice" for key in _twice(field.key for field in step.form))


def _of_kind(step: Step) -> Iterator[str]:
    """What belongs to one kind of step alone."""
    times = [seconds for seconds in (step.due_s, step.every_s) if seconds is not None]
    if any(not LEAST_S <= seconds <= MOST_S for seconds in times):
        yield f"gives a time outside {LEAST_S:.0f} seconds to 30 days"
    if step.kind == "report" and step.stage not in STAGES:
        yield f"is a report of no stage; it is one of {', '.join(STAGES)}"
    if step.kind == "report" and step.due_s is None:
        yield "is a report that is never due; give due_s"
    if step.every_s is not None and step.stage != "progress":
        yield "comes again and is no progress report"
    if step.kind == "order" and step.units is not None and not 1 <= step.units <= 50:
        yield "orders no number of units that could be sent; 1 to 50"
    if step.kind == "checkpoint" and (step.place is None or not _on_earth(step.place.lon, step.place.lat)):
        yield "is a checkpoint without a place on earth"
    if step.kind == "cordon" and not (step.minutes is not None and 0 < step.minutes <= MAX_MINUTES):
        yield f"is a cordon of no usable width; give minutes up to {MAX_MINUTES:.0f}"
    for name, given, kind in (
        ("stage", step.stage, "report"), ("units", step.units, "order"), ("minutes", step.minutes, "cordon"),
        ("place", step.place, "checkpoint"), ("to", step.to or None, "notification"),
    ):  # fmt: skip
        if given is not None and step.kind != kind and step.kind in KINDS:
            yield f"has {name}, which only a {kind} has"


def _on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def _phrases(name: str, phrases: Iterable[Phrase]) -> Iterator[str]:
    for phrase in phrases:
        if not phrase.zh.strip() or not phrase.en.strip():
            yield f"has a {name} that lacks a language; both are needed"
        elif max(len(phrase.zh), len(phrase.en)) > MAX_TEXT:
            yield f"has a {name} longer than {MAX_TEXT} characters"


def _twice(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        again |= {name: None} if name in seen else {}
        seen.add(name)
    return list(again)


def _circle(steps: Sequence[Step]) -> list[str]:
    """Steps that wait for each other in a circle, each after the next; none when there is no such circle."""
    after = {step.key: step.after for step in steps}
    done: set[str] = set()
    for first, earlier in after.items():
        line = [first]
        ways = [iter(earlier)]
        while ways:
            before = next((key for key in ways[-1] if key in after and key not in done), None)
            if before is None:
                done.add(line.pop())
                ways.pop()
            elif before in line:
                return line[line.index(before) :]
            else:
                line.append(before)
                ways.append(iter(after[before]))
    return []
