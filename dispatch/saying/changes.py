"""What a file changes: what is new, gone or otherwise than in the version that holds, each in a sentence. Pure.

Two files that differ in nothing give nothing, whatever order their lines have.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from dispatch.cards.file import Card
from dispatch.plans.file import Plan, Step
from dispatch.rules import Phrase, Rule
from dispatch.saying import cards
from dispatch.saying.cards import Levels
from dispatch.saying.plans import meant
from dispatch.saying.rules import City, sentence


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something of this key is other than it was; before null: it is new, after null: it is gone.

    fields: which parts differ, where both are there.
    """

    key: str
    before: Phrase | None = None
    after: Phrase | None = None
    fields: tuple[str, ...] = ()


def rule_changes(old: Iterable[Rule], new: Iterable[Rule], city: City) -> tuple[Change, ...]:
    """By id, in the order of the new file; what is gone comes last."""
    return _changes(
        {rule.id: rule for rule in old}, {rule.id: rule for rule in new}, lambda rule: sentence(rule, city)
    )


def plan_changes(old: Iterable[Plan], new: Iterable[Plan], city: City) -> tuple[Change, ...]:
    """By code; a plan that differs says which of its steps do."""
    before, after = {plan.code: plan for plan in old}, {plan.code: plan for plan in new}
    changes = _changes(before, after, lambda plan: _plan_said(plan, city))
    return tuple(
        msgspec.structs.replace(one, fields=_plan_fields(before[one.key], after[one.key])) if one.before and one.after else one
        for one in changes
    )  # fmt: skip


def card_changes(old: Iterable[Card], new: Iterable[Card], city: City, levels: Levels) -> tuple[Change, ...]:
    """By code, each card with whom it is for and its waves; types that came or went are named."""
    before, after = ({card.code: card for card in those} for those in (old, new))

    def said(card: Card) -> Phrase:
        kinds = [set(one.when.types) for one in (before.get(card.code), after.get(card.code)) if one]
        return cards.sentence(card, city, levels, kinds[0] ^ kinds[-1])

    return _changes(before, after, said)


def _changes[T: (Rule, Plan, Card)](
    old: Mapping[str, T], new: Mapping[str, T], said: Callable[[T], Phrase]
) -> tuple[Change, ...]:
    found = []
    for key, one in new.items():
        was = old.get(key)
        if was is None:
            found.append(Change(key=key, after=said(one)))
        elif was != one:
            found.append(Change(key=key, before=said(was), after=said(one), fields=_differing(was, one)))
    found += [Change(key=key, before=said(was)) for key, was in old.items() if key not in new]
    return tuple(found)


def _differing(old: msgspec.Struct, new: msgspec.Struct) -> tuple[str, ...]:
    return tuple(name for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name))


def _plan_said(plan: Plan, city: City) -> Phrase:
    """Its name, how many steps it has, and for whom it is."""
    when = meant(plan, city)
    automatic = (
        "自动启用" if plan.automatic else "推送供启用",
        "taken up by itself" if plan.automatic else "pushed",
    )
    zh = "；或".join(one.zh for one in when) or "人工选用"
    en = "; or ".join(one.en for one in when) or "chosen by hand"
    return Phrase(
        f"「{plan.name.zh}」共{len(plan.steps)}步，{automatic[0]}：{zh}。",
        f"“{plan.name.en}”, {len(plan.steps)} steps, {automatic[1]}: {en}.",
    )


def _plan_fields(old: Plan, new: Plan) -> tuple[str, ...]:
    """The parts that differ; of steps each by its key, with + for new and − for gone."""
    fields = [name for name in _differing(old, new) if name != "steps"]
    before, after = _steps(old.steps), _steps(new.steps)
    fields += [f"+{key}" for key in after if key not in before]
    fields += [f"−{key}" for key in before if key not in after]
    fields += [key for key in after if key in before and before[key] != after[key]]
    if not fields:
        fields.append("steps")  # only their order
    return tuple(fields)


def _steps(steps: Sequence[Step]) -> dict[str, Step]:
    return {step.key: step for step in steps}
