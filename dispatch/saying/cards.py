"""A run card in words: which incidents it is for, and what goes in which wave after what. Pure.

For who reads the cards that hold, and for who is about to change them.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from dispatch.cards.file import After, Card
from dispatch.cards.wording import seats_said
from dispatch.conditions import When
from dispatch.levels.file import Level
from dispatch.rules import Phrase
from dispatch.saying.plans import hours_said
from dispatch.saying.rules import AND, City, Language, condition, type_name

type Levels = Sequence[Level]
FEW = 6
"""So many types are named in a sentence; of more the rest is counted."""
AFTER: Mapping[After, tuple[str, str]] = {
    "at_once": ("即派", "at once"), "unaccepted": ("无人签收加派", "if nobody accepts"), "asked": ("请求增援加派", "if more is asked for"),
}  # fmt: skip


class WaveSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One wave: after what it goes, who, and how many units that are at the most urgent."""

    after: After
    said: Phrase
    units: int


class CardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One card. types: names of those it is for, with all below, none: any; when: what else must be so, null: nothing else."""

    code: str
    name: Phrase
    types: tuple[Phrase, ...]
    when: Phrase | None
    waves: tuple[WaveSaid, ...]


def line(card: Card, city: City, levels: Levels) -> CardLine:
    """One card as it is shown."""
    zh, en = (_beside(card, city, levels, lang) for lang in ("zh", "en"))
    return CardLine(
        code=card.code, name=card.name, when=Phrase(zh, en) if zh else None,
        types=tuple(
            Phrase(type_name(city.reference, code, "zh"), type_name(city.reference, code, "en")) for code in card.when.types
        ),
        waves=tuple(
            WaveSaid(
                after=wave.after, said=seats_said(wave.seats, city.reference.types), units=sum(seat.count for seat in wave.seats)
            )
            for wave in card.waves
        ),
    )  # fmt: skip


def sentence(card: Card, city: City, levels: Levels, first: Collection[str] = ()) -> Phrase:
    """The whole card: its name, whom it is for, and each wave. first: types that are named whatever others there are."""
    waves = [(AFTER[wave.after], seats_said(wave.seats, city.reference.types)) for wave in card.waves]
    zh, en = (_meant(card, city, levels, first, lang) for lang in ("zh", "en"))
    return Phrase(
        f"「{card.name.zh}」{zh}：" + "；".join(f"{after[0]}{said.zh}" for after, said in waves) + "。",
        f"“{card.name.en}” for {en}: " + "; ".join(f"{after[1]} {said.en}" for after, said in waves) + ".",
    )


def _meant(card: Card, city: City, levels: Levels, first: Collection[str], lang: Language) -> str:
    types, beside = _types(card, city, first, lang), _beside(card, city, levels, lang)
    said = ("，且" if lang == "zh" else " and ").join(part for part in (types, beside) if part)
    return said or ("所有警情" if lang == "zh" else "every incident")


def _types(card: Card, city: City, first: Collection[str], lang: Language) -> str:
    codes = sorted(card.when.types, key=lambda code: code not in first)
    shown = codes[: max(FEW, sum(code in first for code in codes))]
    names = AND[lang].join(type_name(city.reference, code, lang) for code in shown)
    more = len(codes) > len(shown)
    if not codes:
        return ""
    if lang == "zh":
        return f"类别为{names}{f'等{len(codes)}类' if more else ''}及其下级"
    return f"the types {names}{f' and {len(codes) - len(shown)} more' if more else ''} and those below"


def _beside(card: Card, city: City, levels: Levels, lang: Language) -> str:
    """What else than the type decides; '' when nothing does."""
    zh, when = lang == "zh", msgspec.structs.replace(card.when, types=())
    said = [] if when == When() else [condition(when, city, lang)]
    if card.response:
        named = AND[lang].join(_strength(one, levels, lang) for one in card.response)
        said.append(f"响应强度为{named}" if zh else f"answered with strength {named}")
    if card.duty:
        known = {level.code: level.name for level in levels}
        named = AND[lang].join(getattr(known.get(one, Phrase(one, one)), lang) for one in card.duty)
        said.append(f"勤务等级为{named}" if zh else f"while the duty level is {named}")
    if card.hours is not None:
        said.append(hours_said(card.hours, lang))
    return ("，且" if zh else " and ").join(said)


def _strength(response: int, levels: Levels, lang: Language) -> str:
    """With the duty levels at which so strongly is answered."""
    names = AND[lang].join(getattr(level.name, lang) for level in levels if level.response == response)
    if not names:
        return str(response)
    return f"{response}（{names}）" if lang == "zh" else f"{response} ({names})"
