"""Whether answers will do for a form, field by field: what is missing, what is not asked, what is out of bounds.

The crew's page says the same before it sends (`web/console/src/core/forms.ts`), over the same cases. Pure.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from dispatch.forms.file import NO, SOME, YES, Ask, FieldKind, Form, FormField, FormFile

type Answer = str | bool | int | float | list[str]
type Answers = Mapping[str, Answer | None]

MOST_TEXT = 5_000
MOST_REFERENCES = 50
_REFERENCE = re.compile(r"[A-Za-z0-9_./:#-]{1,200}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
FaultKind = Literal["missing", "not_asked", "kind", "choice", "least", "most", "decimals", "too_long"]
SAID: Mapping[FaultKind, str] = {
    "missing": "The form asks for {name!r}; answer it.",
    "not_asked": "The form does not ask for {name!r} after these answers; leave it out.",
    "kind": "{name!r} is not answered in the way the form asks it.",
    "choice": "{name!r} is answered with what is not among its choices.",
    "least": "{name!r} is less than the form allows.",
    "most": "{name!r} is more than the form allows.",
    "decimals": "{name!r} has more digits behind the point than the form allows.",
    "too_long": "{name!r} is longer than the form allows.",
}


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one answer."""

    key: str
    what: FaultKind


class Codes(Protocol):
    """Codes there are, whatever holds them."""

    def __contains__(self, code: str, /) -> bool: ...


class Allowed(msgspec.Struct, frozen=True):
    """What lies outside the forms: the results of the type that is fed back about, and all types there are."""

    results: Codes
    types: Codes


def given(answers: Answers) -> dict[str, Answer]:
    """What was answered at all; an empty answer is none."""
    return {
        key: value
        for key, value in answers.items()
        if value is not None and value != [] and not (isinstance(value, str) and not value.strip())
    }


def shown(ask: Ask, file: FormFile, form: Form, answers: Answers) -> bool:
    """Whether a field is asked after these answers; what hangs on a field that is not asked is not asked either."""
    if ask.shown_if is None:
        return True
    on = next((one for one in form.asks if one.field == ask.shown_if.field), None)
    if on is None or not shown(on, file, form, answers):
        return False
    return bool(_words(file.fields[on.field].kind, answers.get(on.field)) & set(ask.shown_if.one_of))


def _words(kind: FieldKind, value: Answer | None) -> set[str]:
    """An answer as `one_of` may name it."""
    if isinstance(value, bool):
        return {YES if value else NO}
    if kind == "number":
        return {SOME} if isinstance(value, int | float) and value > 0 else set()
    if isinstance(value, list):
        return set(value)
    return {value} if isinstance(value, str) else set()


def faults(file: FormFile, form: Form, answers: Answers, final: bool, allowed: Allowed) -> Iterator[Fault]:
    """What is wrong, in the order of the form; an interim one may leave anything out."""
    said = given(answers)
    for ask in form.asks:
        if not shown(ask, file, form, said):
            if ask.field in said:
                yield Fault(ask.field, "not_asked")
        elif ask.field in said:
            wrong = _wrong(file.fields[ask.field], ask, said[ask.field], allowed)
            if wrong is not None:
                yield Fault(ask.field, wrong)
        elif final and ask.required:
            yield Fault(ask.field, "missing")
    asked = {ask.field for ask in form.asks}
    yield from (Fault(key, "not_asked") for key in said if key not in asked)


def _wrong(field: FormField, ask: Ask, value: Answer, allowed: Allowed) -> FaultKind | None:
    match field.kind, value:
        case "result", str():
            return None if value in allowed.results else "choice"
        case "type", str():
            return None if value in allowed.types else "choice"
        case "choice", str():
            return None if value in choices(field, ask) else "choice"
        case "multi_choice", list():
            return None if set(value) <= choices(field, ask) and len(set(value)) == len(value) else "choice"
        case "yes_no", bool():
            return None
        case "number", int() | float() if not isinstance(value, bool):
            return _bounds(field, value)
        case "text", str():
            return None if len(value) <= MOST_TEXT else "too_long"
        case "time", str():
            return None if _is_time(value) else "kind"
        case "reference", list():
            return _references(value)
        case _:
            return "kind"


def choices(field: FormField, ask: Ask) -> set[str]:
    """The codes a form offers."""
    return set(ask.choices) or {choice.code for choice in field.choices}


def _bounds(field: FormField, value: float) -> FaultKind | None:
    if not math.isfinite(value):
        return "kind"
    if field.least is not None and value < field.least:
        return "least"
    if field.most is not None and value > field.most:
        return "most"
    return None if round(value, field.decimals) == value else "decimals"


def _is_time(value: str) -> bool:
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _references(value: list[str]) -> FaultKind | None:
    """Names of things that lie elsewhere, never words: a fact may hold them."""
    if len(value) > MOST_REFERENCES:
        return "most"
    return None if all(_REFERENCE.fullmatch(one) for one in value) else "kind"


class Sorted(msgspec.Struct, frozen=True):
    """Answers by where they are kept: facts hold what says nothing of a person, texts are sealed."""

    facts: dict[str, Answer]
    texts: dict[str, str]
    people: int | None


def sort(file: FormFile, form: Form, answers: Answers) -> Sorted:
    """Sound answers divided. people: how many were concerned, None when none of the form's counts was given."""
    said = given(answers)
    asked = [ask.field for ask in form.asks if ask.field in said]
    texts = [key for key in asked if file.fields[key].kind == "text"]
    counts = [
        int(value) for key in asked if file.fields[key].people and isinstance(value := said[key], int | float)
    ]
    return Sorted(
        facts={key: said[key] for key in asked if key not in texts},
        texts={key: str(said[key]) for key in texts},
        people=sum(counts) if counts else None,
    )  # fmt: skip
