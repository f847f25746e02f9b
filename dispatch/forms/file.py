"""The forms as an administrator exports and imports them: every field once, and which of them each kind of incident is asked.

One version of all forms is one `FormSet`; version 0 lies in `shipped.toml`. `faults` checks a file before it counts.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from typing import Literal

import msgspec

from dispatch.rules import Phrase

FieldKind = Literal[
    "result", "type", "choice", "multi_choice", "number", "text", "time", "yes_no", "reference"
]
"""result: a code of the type's result list; type: a code of the type tree; text: sealed; reference: names of photos or records."""
YES, NO, SOME = "yes", "no", "some"
"""What `one_of` may name of a yes_no field, and of a number that is more than none."""


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of a choice."""

    code: str
    zh: str
    en: str


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a form may ask. least, most: bounds of a number.

    decimals: its digits behind the point; people: it counts people who are concerned, all such together how many they were.
    """

    kind: FieldKind
    zh: str
    en: str
    choices: tuple[Choice, ...] = ()
    unit: Phrase | None = None
    least: float | None = None
    most: float | None = None
    decimals: int = 0
    people: bool = False


class ShownIf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asked only when an earlier field of the form has one of these answers."""

    field: str
    one_of: tuple[str, ...]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A field as one form asks it. required: of a final form, while it is shown; choices: only these of the field's."""

    field: str
    required: bool = False
    shown_if: ShownIf | None = None
    choices: tuple[str, ...] = ()


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is asked about incidents of these types and those below; the one without types is for all others."""

    code: str
    name: Phrase
    types: tuple[str, ...] = ()
    asks: tuple[Ask, ...]


class FormFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All forms, as they go out and come in. accept_days: so long a form of the version before is still taken."""

    accept_days: int = 14
    fields: dict[str, FormField]
    forms: tuple[Form, ...]


class FormRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which form was filled in, and by which version of all forms."""

    code: str
    version: int


class FormSet(msgspec.Struct, frozen=True, dict=True):
    """One version of all forms; 0 are the shipped ones."""

    version: int
    file: FormFile

    @cached_property
    def by_code(self) -> Mapping[str, Form]:
        """code -> form."""
        return {form.code: form for form in self.file.forms}

    @cached_property
    def by_type(self) -> Mapping[str, Form]:
        """Code of a type it is named for -> form."""
        return {code: form for form in self.file.forms for code in form.types}

    @cached_property
    def default(self) -> Form:
        """For whatever no other form is named for."""
        return next(form for form in self.file.forms if not form.types)

    def of(self, lineage: tuple[str, ...]) -> Form:
        """The one form of a type: of itself or of the nearest type above that has one. lineage: its own code first."""
        return next((self.by_type[code] for code in lineage if code in self.by_type), self.default)


@cache
def shipped() -> FormSet:
    """Version 0: the forms the house comes with."""
    text = resources.files("dispatch.forms").joinpath("shipped.toml").read_text("utf-8")
    return FormSet(0, msgspec.convert(tomllib.loads(text), FormFile))
