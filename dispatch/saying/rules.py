"""A rule as one sentence: of what, in which states, how long after which moment, then what is done and who is told. Pure.

Which part of an incident's life it watches, `milestone` says.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from dispatch.conditions import To, When
from dispatch.rooms import Reference
from dispatch.rules import Phrase, Rule
from dispatch.saying import words as say
from dispatch.saying.words import Pair
from incidents.triage import LABELS

Language = Literal["zh", "en"]
AND = {"zh": "、", "en": ", "}
OR = {"zh": "或", "en": " or "}


class City(msgspec.Struct, frozen=True):
    """What sentences name: types, labels and rooms of a city, and its plans by code."""

    reference: Reference
    plans: Mapping[str, Phrase]


def sentence(rule: Rule, city: City) -> Phrase:
    """The rule in both languages."""
    return Phrase(_chinese(rule, city), _english(rule, city))


def _chinese(rule: Rule, city: City) -> str:
    when = _when(rule.when, city, "zh")
    said = f"{_things(rule, 'zh')}{_states(rule, 'zh')}，{_after(rule, 'zh')}：{_does(rule, city, 'zh')}。"
    return f"{said}仅限{when}。" if when else said


def _english(rule: Rule, city: City) -> str:
    when = _when(rule.when, city, "en")
    said = f"While {_things(rule, 'en')} is {_states(rule, 'en')}, {_after(rule, 'en')}: {_does(rule, city, 'en')}."
    return f"{said} Only for {when}." if when else said


def _pick(pair: Pair, lang: Language) -> str:
    return pair[0] if lang == "zh" else pair[1]


def _bare(word: str) -> Pair:
    """What has no words yet is said as the file says it; a test asks for the words."""
    said = word.replace("_", " ")
    return said, said


def _things(rule: Rule, lang: Language) -> str:
    """The noun with what must hold and must not; a Chinese flag stands before its noun."""
    noun = _pick(say.NOUNS.get(rule.noun, _bare(rule.noun)), lang)
    held = [say.FLAGS.get(flag, _bare(flag) * 2)[:2] for flag in rule.flags]
    held += [say.FLAGS.get(flag, _bare(f"no {flag}") * 2)[2:] for flag in rule.without]
    told = [_pick(pair, lang) for pair in held]
    if not told:
        return noun
    return f"{AND[lang].join(told)}的{noun}" if lang == "zh" else f"{noun} {AND['en'].join(told)}"


def _states(rule: Rule, lang: Language) -> str:
    """Three and more that follow each other in the life of the thing are said by the first and the last."""
    names = {state: _bare(state) for state in rule.states} | dict(say.STATES.get(rule.noun, {}))
    states = [state for state in names if state in rule.states]
    order = list(names)
    follow = len(states) > 2 and order.index(states[-1]) - order.index(states[0]) == len(states) - 1
    if follow and rule.noun in ("incident", "assignment"):
        first, last = _pick(names[states[0]], lang), _pick(names[states[-1]], lang)
        return f"{first}至{last}" if lang == "zh" else f"between “{first}” and “{last}”"
    return OR[lang].join(_pick(names[state], lang) for state in states)


def _after(rule: Rule, lang: Language) -> str:
    if not isinstance(rule.after_s, dict):
        return _from(rule.after_s, rule.since, lang)
    levels: dict[float, list[str]] = {}
    for key, seconds in sorted(rule.after_s.items()):
        levels.setdefault(seconds, []).append(key)
    moment = _pick(say.MOMENTS.get(rule.since, _bare(rule.since)), lang)
    if lang == "zh":
        return f"{moment}后" + "、".join(
            f"{_levels(keys, lang)}{span(s, lang)}" for s, keys in levels.items()
        )
    return (
        ", ".join(f"{span(s, lang)} ({_levels(keys, lang)})" for s, keys in levels.items())
        + f" after {moment}"
    )


def _levels(keys: Iterable[str], lang: Language) -> str:
    numbers = [key for key in keys if key != "other"]
    if lang == "zh":
        named = [f"{'、'.join(numbers)}级"] if numbers else []
        return "和".join([*named, *(["其余"] if "other" in keys else [])])
    return ", ".join([*(f"P{key}" for key in numbers), *(["others"] if "other" in keys else [])])


def _from(seconds: float, since: str, lang: Language) -> str:
    moment = _pick(say.MOMENTS.get(since, _bare(since)), lang)
    if seconds == 0 and lang == "zh":
        return f"{moment}即刻"
    if seconds == 0:
        return f"at once {'at' if since in say.POINTS else 'when'} {moment}"
    how_long = span(abs(seconds), lang)
    if lang == "zh":
        return f"{moment}{'前' if seconds < 0 else '后'}{how_long}"
    return f"{how_long} {'before' if seconds < 0 else 'after'} {moment}"


def span(seconds: float, lang: Language) -> str:
    """A length of time as people say it."""
    left = round(seconds)
    parts = []
    for size, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分", "min"), (1, "秒", "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{zh}" if lang == "zh" else f"{count} {en}")
    return ("" if lang == "zh" else " ").join(parts) or ("0秒" if lang == "zh" else "0 s")


def _does(rule: Rule, city: City, lang: Language) -> str:
    plan = rule.args.get("plan", "")
    named = city.plans.get(plan, Phrase(plan, plan))
    due_s = rule.args.get("due_s", "0")
    effect = say.EFFECTS.get(rule.effect, _bare(rule.effect))
    does = _pick(effect, lang).format(
        to=_to(rule.to, lang, rule.effect), plan=getattr(named, lang),
        due_s=span(float(due_s) if due_s.isdecimal() else 0, lang),
    )  # fmt: skip
    above = rule.to is not None and rule.to.above != 0 and "{to}" not in effect[0]
    told = f"；并提醒{_to(rule.to, lang)}" if lang == "zh" else f", and tell {_to(rule.to, lang)}"
    return does + (told if above else "")


def _to(to: To | None, lang: Language, effect: str = "alert") -> str:
    if to is None:
        own: Pair = (
            ("发令的上级室", "the room that commands")
            if effect == "demand"
            else ("办理席位", "whoever works on it")
        )
        return _pick(own, lang)
    if to.tier is not None:
        return _pick(say.TIERS.get(to.tier, (to.tier, to.tier)), lang)
    steps: Mapping[int, Pair] = {
        0: ("本室", "the room that has duty"),
        1: ("上一级指挥室", "the room above"),
        2: ("上两级指挥室", "the room two above"),
    }
    above = to.above or 0
    return _pick(steps.get(above, (f"上{above}级指挥室", f"the room {above} above")), lang)


def _when(conditions: Iterable[When], city: City, lang: Language) -> str:
    alternatives = [condition(when, city, lang) for when in conditions]
    return ("；或" if lang == "zh" else "; or for ").join(alternatives)


def condition(when: When, city: City, lang: Language) -> str:
    """What an incident must be like so that this holds."""
    said = [text for text in _parts(when, city, lang) if text]
    everything = "所有警情" if lang == "zh" else "every incident"
    return ("，且" if lang == "zh" else " and ").join(said) or everything


def _parts(when: When, city: City, lang: Language) -> Iterable[str]:
    zh = lang == "zh"
    known = city.reference

    def listed(codes: Iterable[object], named: Callable[[str], str]) -> str:
        return AND[lang].join(named(str(code)) for code in codes)

    def of(before: Pair, codes: Iterable[object], named: Callable[[str], str], after: Pair = ("", "")) -> str:
        told = listed(codes, named)
        return f"{_pick(before, lang)}{told}{_pick(after, lang)}" if told else ""

    def label(code: str) -> str:
        return label_name(known, code, lang) if zh else f"“{label_name(known, code, lang)}”"

    def kind(code: str) -> str:
        return type_name(known, code, lang) if zh else f"“{type_name(known, code, lang)}”"

    yield of(("", "priority "), when.priorities, str, ("级警情", ""))
    yield of(("类别为", "the types "), when.types, kind, ("及其下级", " and those below"))
    yield of(("标签含", "the labels "), when.labels, label)
    yield of(("标签不含", "without the labels "), when.without_labels, label)
    yield of(("词语或地点判为", "signs of "), when.signs, label)
    yield of(("来自", "reported by "), when.sources, lambda code: _pick(say.SOURCES[code], lang))
    yield of(
        ("属于", "the rooms "),
        when.rooms,
        lambda code: room_name(known, code, lang),
        ("及其下级", " and those below"),
    )
    yield of(("位于单元格", "the cells "), when.cells, str)
    if when.hazard:
        yield "有凶器或现场危险" if zh else "weapons or a danger on scene"
    if when.alarms > 1:
        yield f"报警{when.alarms}次以上" if zh else f"at least {when.alarms} reports"


def type_name(reference: Reference, code: str, lang: Language) -> str:
    """As the tree calls it; the code where it has none such."""
    if code not in reference.types:
        return code
    kind = reference.types.get(code)
    return kind.name_zh if lang == "zh" else kind.name_en


def room_name(reference: Reference, code: str, lang: Language) -> str:
    """By its code."""
    room = reference.rooms.by_code.get(code)
    return code if room is None else room.name_zh if lang == "zh" else room.name_en


def label_name(reference: Reference, code: str, lang: Language) -> str:
    """As the tree calls it, or the house."""
    term = reference.types.labels.get(code)
    if term is not None:
        return term.zh if lang == "zh" else term.en
    return _pick(LABELS.get(code, (code, code)), lang)


_BY_NOUN = {
    "call": "intake", "unit": "resources", "seat": "resources", "call_point": "resources", "note": "scene", "emergency": "scene",
    "supervision": "command", "plan": "plans", "task": "plans", "agency_request": "agencies", "handover": "resources", "event": "resources",
    "broadcast": "command", "after_action_review": "feedback", "review_action": "feedback", "dispute": "command", "duty_level": "resources",
    "roster_shift": "resources", "shortfall": "resources",
}  # fmt: skip
_BY_SINCE = {
    "incident": {
        "opened": "intake", "rang": "intake", "unanswered": "intake", "reported": "intake", "scheduled": "dispatch", "unassigned": "dispatch",
        "dispatched": "dispatch", "accepted": "arrival", "en_route": "arrival", "on_scene": "scene", "raised": "command", "looked_in": "command",
    },
    "assignment": {
        "ordered": "delivery", "delivered": "delivery", "unreached": "delivery", "unable": "delivery", "accepted": "arrival", "en_route": "arrival",
        "promised": "arrival",
    },
}  # fmt: skip


def milestone(rule: Rule) -> str:
    """Which part of an incident's life it watches, of `words.MILESTONES`."""
    if rule.effect == "activate_plan":
        return "plans"
    if rule.noun == "emergency":
        return "scene"
    if rule.since == "dissatisfied":
        return "feedback"
    if rule.effect.startswith("raise_") or rule.effect == "demand":
        return "command"
    if rule.noun in _BY_NOUN:
        return _BY_NOUN[rule.noun]
    return _BY_SINCE.get(rule.noun, {}).get(rule.since, "scene" if rule.noun == "assignment" else "feedback")
