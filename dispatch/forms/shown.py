"""A form as it is asked about one assignment: its fields with everything about them, and the version to answer it by.

Whoever fills it in without a line keeps all forms (`GET /forms`) and finds the one of a type in the same way.
"""

from uuid import UUID

import msgspec

from dispatch.forms.file import Choice, FieldKind, Form, FormSet, ShownIf
from dispatch.rules import Phrase


class FieldShown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the form asks. choices: those it offers; of the result those of the incident's type."""

    key: str
    kind: FieldKind
    label: Phrase
    required: bool
    shown_if: ShownIf | None
    choices: tuple[Choice, ...]
    unit: Phrase | None
    least: float | None
    most: float | None
    decimals: int


class FormShown(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an assignment's incident. type: by which it was chosen, null when it is not known."""

    assignment_id: UUID
    code: str
    version: int
    name: Phrase
    type: str | None
    fields: tuple[FieldShown, ...]


def form_fields(forms: FormSet, form: Form, results: tuple[Choice, ...]) -> tuple[FieldShown, ...]:
    """The fields of a form in its order."""
    made = []
    for ask in form.asks:
        field = forms.file.fields[ask.field]
        offered = results if field.kind == "result" else field.choices
        made.append(
            FieldShown(
                key=ask.field, kind=field.kind, label=Phrase(field.zh, field.en), required=ask.required,
                shown_if=ask.shown_if, unit=field.unit, least=field.least, most=field.most, decimals=field.decimals,
                choices=tuple(one for one in offered if not ask.choices or one.code in ask.choices),
            )
        )  # fmt: skip
    return tuple(made)
