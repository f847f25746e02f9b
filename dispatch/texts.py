"""What may be written down: the one check of people's words, whatever door and field they come in by.

Everything readable is kept as typed, right-to-left marks, zero-width characters and rare Han included; only what
PostgreSQL cannot store is refused, at once and by the field's name.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from dispatch.errors import Invalid


def check_texts(value: Any, field: str = "") -> None:
    """Raise Invalid naming the field when a text anywhere in `value` (structs, dicts, lists) cannot be stored."""
    if _surely_fine(value):
        return
    for where, text in _texts(value, field):
        if "\x00" in text:
            raise Invalid(
                f"The text in {where or 'the request'} contains a NUL character, which cannot be stored; send it without.",
                field=where,
            )
        if any("\ud800" <= ch <= "\udfff" for ch in text):
            raise Invalid(
                f"The text in {where or 'the request'} contains half a character (a lone surrogate); send it whole.",
                field=where,
            )


def _surely_fine(value: Any) -> bool:
    """One look at the encoded whole, since nearly everything is fine; what looks doubtful is looked through."""
    try:
        return b"\\u0000" not in msgspec.json.encode(value)
    except UnicodeEncodeError:
        return False


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name), f"{field}.{name}" if field else name)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(name, field)
            yield from _texts(one, f"{field}.{name}" if field else str(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one, field)
