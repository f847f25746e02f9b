"""Rules and plans as a page shows them: each a sentence, with how often it fired, who changed it, and where it is at work.

Everybody who may read reference data reads them; where a plan is at work, only of incidents that the seat sees.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import timers
from dispatch.accounts import store as account_store
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.conditions import Ground, When
from dispatch.desk.escalating import RULES_ID
from dispatch.desk.planning import PLANS_ID
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.plans import store as plan_store
from dispatch.plans.file import Plan
from dispatch.rules import Phrase, Rule
from dispatch.saying import store, words
from dispatch.saying.plans import meant
from dispatch.saying.rules import City, label_name, milestone, sentence, span, type_name
from dispatch.signs import Sign

WEEK = timedelta(days=7)


class VersionShown(msgspec.Struct, frozen=True):
    """One version of rules or plans: when it came, by whom (a name, else the principal), and how many it holds.

    brought: what each rule watches that a release brought to the city's own.
    """

    version: int
    at: Instant
    by: str | None
    count: int
    brought: tuple[Phrase, ...] = ()


class RuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. fired: so often in the last seven days; milestone: of the incident's life, a key of `milestones`."""

    id: str
    said: Phrase
    milestone: str
    what: Phrase
    quiet: bool
    fired: int
    last_fired_at: Instant | None


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that hold, in the order of an incident's life. automatic: names of types whose units rules order by themselves."""

    version: int
    rules: tuple[RuleShown, ...]
    milestones: dict[str, Phrase]
    signs: tuple[Phrase, ...]
    automatic: tuple[Phrase, ...]
    versions: tuple[VersionShown, ...]


class ActiveShown(msgspec.Struct, frozen=True):
    """An incident on which a plan is at work."""

    incident_id: UUID
    number: str
    since: Instant
    automatic: bool


class PlanLine(msgspec.Struct, frozen=True, kw_only=True):
    """One plan with whom it is for, as sentences, and the incidents of this seat on which it is active now."""

    plan: Plan
    when: tuple[Phrase, ...]
    active: tuple[ActiveShown, ...]


class PlanBook(msgspec.Struct, frozen=True, kw_only=True):
    """The plans that hold."""

    version: int
    plans: tuple[PlanLine, ...]
    versions: tuple[VersionShown, ...]


class Narrowed(msgspec.Struct, frozen=True):
    """Rules that may mean such an incident: of this type, in this room (its code), of this priority."""

    type: str | None = None
    room: str | None = None
    priority: int | None = None


def concerns(rule: Rule, asked: Narrowed, ground: Ground, room_id: UUID | None) -> bool:
    """Whether a rule may mean an incident like that, whatever else is known of it."""
    if asked.priority is not None and isinstance(rule.after_s, dict) and rule.after(asked.priority) is None:
        return False
    return not rule.when or any(_may_hold(when, asked, ground, room_id) for when in rule.when)


def _may_hold(when: When, asked: Narrowed, ground: Ground, room_id: UUID | None) -> bool:
    code = asked.type
    return (
        (asked.priority is None or not when.priorities or asked.priority in when.priorities)
        and (code is None or not when.types or any(ground.is_kind(code, of) for of in when.types))
        and (room_id is None or not when.rooms or any(ground.lies_under(room_id, one) for one in when.rooms))
    )


async def city_of(conn: Connection, centre: Centre) -> City:
    """What sentences of this city name."""
    plans = await plan_store.read_set(conn)
    return City(centre.reference, {plan.code: plan.name for plan in plans})


async def rules(conn: Connection, centre: Centre, principal: Principal, asked: Narrowed) -> RulesShown:
    """The rules that hold, those that may mean such an incident. Raises NotAllowed."""
    authorise(principal, "reference", "read")
    held, city = await timers.read_rules(conn), await city_of(conn, centre)
    fired = await store.rules_fired(conn, await dispatch_store.now(conn) - WEEK)
    rows = await store.rule_versions(conn, RULES_ID)
    came = {id_: sentence(rule, city) for row in rows for id_ in row.brought if (rule := held.by_id.get(id_))}
    versions = await versions_named(conn, rows, came)
    room = centre.reference.rooms.by_code.get(asked.room or "")
    order = list(words.MILESTONES)
    lines = [
        _line(rule, city, fired)
        for rule in held.rules
        if concerns(rule, asked, centre.reference, room.id if room else None)
    ]
    return RulesShown(
        version=held.version, rules=tuple(sorted(lines, key=lambda line: order.index(line.milestone))),
        milestones={key: Phrase(*pair) for key, pair in words.MILESTONES.items()},
        signs=tuple(sign_said(sign, city) for sign in held.signs), versions=versions,
        automatic=tuple(Phrase(type_name(city.reference, c, "zh"), type_name(city.reference, c, "en")) for c in held.automatic),
    )  # fmt: skip


def _line(rule: Rule, city: City, fired: Mapping[str, store.FiredRow]) -> RuleShown:
    row = fired.get(rule.id)
    return RuleShown(
        id=rule.id, said=sentence(rule, city), milestone=milestone(rule), what=rule.what, quiet=rule.quiet,
        fired=row.fired if row else 0, last_fired_at=instant(row.last_at) if row else None,
    )  # fmt: skip


def sign_said(sign: Sign, city: City) -> Phrase:
    """Which words, or how many in one place, give which label."""
    label = {lang: label_name(city.reference, sign.label, lang) for lang in ("zh", "en")}
    zh, en = [], []
    if sign.words:
        zh.append("报警或备注中出现" + "、".join(f"“{word}”" for word in sign.words))
        en.append("a report or note says " + ", ".join(f"“{word}”" for word in sign.words))
    if sign.repeats is not None:
        count, within_s = sign.repeats.count, sign.repeats.within_s
        zh.append(
            f"同一地点{span(within_s, 'zh')}内第{count}起{'同类' if sign.repeats.same_group else ''}警情"
        )
        en.append(
            f"number {count}{' of its group' if sign.repeats.same_group else ''} in one place within {span(within_s, 'en')}"
        )
    return Phrase(
        f"{'或'.join(zh)}：标为「{label['zh']}」。", f"If {' or '.join(en)}: it is labelled “{label['en']}”."
    )


async def plans(conn: Connection, centre: Centre, principal: Principal) -> PlanBook:
    """The plans that hold, and where this seat sees them at work. Raises NotAllowed."""
    authorise(principal, "reference", "read")
    held = await plan_store.read_set(conn)
    city = City(centre.reference, {plan.code: plan.name for plan in held})
    active: dict[str, list[ActiveShown]] = {}
    for row in await store.plans_active(conn, principal.rooms):
        one = ActiveShown(row.incident_id, row.number, instant(row.activated_at), row.automatic)
        active.setdefault(row.code, []).append(one)
    return PlanBook(
        version=held.version, versions=await versions_named(conn, await store.plan_versions(conn, PLANS_ID)),
        plans=tuple(
            PlanLine(plan=plan, when=meant(plan, city), active=tuple(active.get(plan.code, ()))) for plan in held
        ),
    )  # fmt: skip


async def versions_named(
    conn: Connection, rows: Iterable[store.VersionRow], said: Mapping[str, Phrase] | None = None
) -> tuple[VersionShown, ...]:
    """With names of people and the words of what was brought; a rule taken out since goes by its id."""
    rows, said = list(rows), said or {}
    names = await account_store.names_of(conn, {row.who for row in rows if row.who})
    return tuple(
        VersionShown(
            row.version,
            instant(row.at),
            names.get(row.who or "", row.who),
            row.count,
            tuple(said.get(id_, Phrase(id_, id_)) for id_ in row.brought),
        )
        for row in rows
    )
