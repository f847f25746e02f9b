"""For whom a plan is, as sentences: what an incident must be like so that it is pushed. Pure.

A plan that matches nothing is chosen by hand alone and has no sentence.
"""

from collections.abc import Iterable

from dispatch.plans.file import Hours, Match, Plan
from dispatch.rules import Phrase
from dispatch.saying.rules import AND, City, Language, label_name, room_name, type_name

DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def meant(plan: Plan, city: City) -> tuple[Phrase, ...]:
    """One sentence for each way in which it matches; none: it is chosen by hand alone."""
    return tuple(Phrase(_match(one, city, "zh"), _match(one, city, "en")) for one in plan.match)


def _match(match: Match, city: City, lang: Language) -> str:
    said = [text for text in _parts(match, city, lang) if text]
    return ("，且" if lang == "zh" else " and ").join(said) or (
        "所有警情" if lang == "zh" else "every incident"
    )


def _parts(match: Match, city: City, lang: Language) -> Iterable[str]:
    zh, known = lang == "zh", city.reference
    types = AND[lang].join(type_name(known, code, lang) for code in match.types)
    labels = AND[lang].join(label_name(known, code, lang) for code in match.labels)
    rooms = AND[lang].join(room_name(known, code, lang) for code in match.rooms)
    words = AND[lang].join(f"“{word}”" for word in match.words)
    if types:
        yield f"类别为{types}及其下级" if zh else f"of the types {types} and those below"
    if match.priority is not None:
        yield f"{match.priority}级及以上" if zh else f"at least P{match.priority}"
    if labels:
        yield f"标签含{labels}" if zh else f"labelled {labels}"
    if rooms:
        yield f"属于{rooms}" if zh else f"in the rooms {rooms} and those below"
    if words:
        yield f"地址含{words}" if zh else f"with {words} in the address"
    if match.hours is not None:
        yield hours_said(match.hours, lang)


def hours_said(hours: Hours, lang: Language) -> str:
    """On which days from when to when, on the city's clock."""
    names = [DAYS[lang][day - 1] for day in hours.days]
    if lang == "zh":
        return f"{'周' + '、'.join(names) if names else '每天'} {hours.start} 至 {hours.end}"
    return f"{', '.join(names) if names else 'every day'} from {hours.start} to {hours.end}"
