"""What is wrong with a file of forms before anything of it counts: each fault is one sentence that names form and field.

Asked when an administrator puts forms in; a test asks it of the shipped ones. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from dispatch.forms.file import NO, SOME, YES, Ask, Form, FormField, FormFile
from incidents.types import TypeTree

MAX_FORMS, MAX_FIELDS, MAX_CHOICES, MAX_WORDS = 200, 300, 60, 120
MAX_DAYS = 90
MOST_PEOPLE = 10_000
RESULT, TYPE, TEXT, PHOTOS = "result", "type_verified", "text", "photos"
"""Fields every part of the house knows by these names."""
NAMED = {RESULT: "result", TYPE: "type", TEXT: "text", PHOTOS: "reference"}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def faults(file: FormFile, tree: TypeTree) -> list[str]:
    """What is wrong, first things first; none when the forms can be used."""
    found = list(_of_file(file))
    for key, field in file.fields.items():
        found += [f"Field {key} {wrong}." for wrong in _of_field(key, field)]
    for form in file.forms:
        found += [f"Form {form.code} {wrong}." for wrong in _of_form(form, file, tree)]
    return found


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]


def _of_file(file: FormFile) -> Iterator[str]:
    if not 0 <= file.accept_days <= MAX_DAYS:
        yield f"accept_days is {file.accept_days}; 0 to {MAX_DAYS} can be used."
    if not 1 <= len(file.forms) <= MAX_FORMS or len(file.fields) > MAX_FIELDS:
        yield f"1 to {MAX_FORMS} forms with at most {MAX_FIELDS} fields can be used."
    yield from (f"Form {code} stands twice." for code in _twice(form.code for form in file.forms))
    for code in _twice(code for form in file.forms for code in form.types):
        yield f"Type {code} is named by two forms, so that nobody knows which one asks."
    others = [form.code for form in file.forms if not form.types]
    if len(others) != 1:
        yield f"Exactly one form names no types and is for all others; there are {len(others)}."


def _of_field(key: str, field: FormField) -> Iterator[str]:
    if not _KEY.fullmatch(key):
        yield "has no usable key: a small letter, then small letters, digits and _, at most 40"
    yield from _words("label", field.zh, field.en)
    if field.unit is not None:
        yield from _words("unit", field.unit.zh, field.unit.en)
    if key in NAMED and field.kind != NAMED[key]:
        yield f"is of the kind {field.kind}; by this name it is {NAMED[key]}"
    if field.kind in ("result", "type") and NAMED.get(key) != field.kind:
        yield f"is of the kind {field.kind}, which only {RESULT} or {TYPE} is"
    if (field.kind in ("choice", "multi_choice")) != bool(field.choices):
        yield "needs choices exactly when it is a choice or multi_choice"
    if len(field.choices) > MAX_CHOICES:
        yield f"has more than {MAX_CHOICES} choices"
    yield from (f"has the choice {code} twice" for code in _twice(one.code for one in field.choices))
    for one in field.choices:
        if not _KEY.fullmatch(one.code):
            yield f"has the choice {one.code!r}, which is no usable code"
        yield from _words(f"choice {one.code}", one.zh, one.en)
    yield from _of_number(field)


def _of_number(field: FormField) -> Iterator[str]:
    bounded = (
        field.least is not None or field.most is not None or field.decimals or field.unit or field.people
    )
    if field.kind != "number":
        if bounded:
            yield "has bounds, a unit or counts people, which only a number does"
        return
    if field.least is None or field.most is None or field.least > field.most:
        yield "is a number and needs least and most, in this order"
    elif field.people and not (field.least == 0 and field.most <= MOST_PEOPLE and not field.decimals):
        yield f"counts people: whole, from 0 to at most {MOST_PEOPLE}"
    if not 0 <= field.decimals <= 3:
        yield "has decimals other than 0 to 3"


def _words(what: str, zh: str, en: str) -> Iterator[str]:
    for language, text in (("zh", zh), ("en", en)):
        if not text.strip() or len(text) > MAX_WORDS:
            yield f"needs a {what} of 1 to {MAX_WORDS} characters in {language}"


def _of_form(form: Form, file: FormFile, tree: TypeTree) -> Iterator[str]:
    if not _KEY.fullmatch(form.code):
        yield "has no usable code: a small letter, then small letters, digits and _, at most 40"
    yield from _words("name", form.name.zh, form.name.en)
    yield from (
        f"is for the type {code!r}, which is not in the tree" for code in form.types if code not in tree
    )
    yield from (f"asks for {key} twice" for key in _twice(ask.field for ask in form.asks))
    if not any(ask.field == RESULT and ask.required and ask.shown_if is None for ask in form.asks):
        yield f"does not ask for {RESULT} always, and without a result nothing is fed back"
    earlier: dict[str, Ask] = {}
    for ask in form.asks:
        if ask.field not in file.fields:
            yield f"asks for {ask.field!r}, which is not among the fields"
            continue
        yield from (f"asks for {ask.field}, which {wrong}" for wrong in _of_ask(ask, earlier, file, tree))
        earlier[ask.field] = ask


def _of_ask(ask: Ask, earlier: dict[str, Ask], file: FormFile, tree: TypeTree) -> Iterator[str]:
    offered = {choice.code for choice in file.fields[ask.field].choices}
    unknown = [code for code in ask.choices if code not in offered]
    if unknown:
        yield f"does not have the choice {unknown[0]!r}"
    if ask.shown_if is None:
        return
    on = earlier.get(ask.shown_if.field)
    if on is None:
        yield f"depends on {ask.shown_if.field!r}, which this form does not ask before it"
        return
    possible = _answers(on, file, tree)
    if not ask.shown_if.one_of or possible is None or set(ask.shown_if.one_of) - possible:
        yield f"depends on an answer that {on.field} never has"


def _answers(on: Ask, file: FormFile, tree: TypeTree) -> set[str] | None:
    """What `one_of` may name of a field; None: nothing can depend on such a field."""
    field = file.fields[on.field]
    match field.kind:
        case "choice" | "multi_choice":
            return set(on.choices) or {choice.code for choice in field.choices}
        case "yes_no":
            return {YES, NO}
        case "number":
            return {SOME}
        case "result":
            return {result.code for kind in tree for result in kind.results}
        case _:
            return None
