"""Why the system says what it says: a reason is a stable key with its parameters, spoken in Chinese or English.

Whatever is proposed to a seat, an incident that may be the same or a unit that may go, carries reasons. Programs read
the key, people the sentence; each module that gives reasons keeps its own catalogue of sentences.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

type Language = Literal["zh", "en"]
type Param = str | int | float | tuple[str, ...]
type Catalogue = Mapping[str, tuple[str, str]]
"""Key -> (Chinese, English); `{name}` is filled from the parameters, `{name_zh}` or `{name_en}` where words differ."""


class Reason(msgspec.Struct, frozen=True):
    """A key of its module's catalogue and what fills the sentence. May quote an address: never put it into a fact."""

    key: str
    params: dict[str, Param] = {}


def sentence(reason: Reason, catalogue: Catalogue, language: Language) -> str:
    """The reason as people read it. Raises KeyError for a key that is not in the catalogue."""
    zh, en = catalogue[reason.key]
    shown = {
        name: (" " if language == "en" else "、").join(value) if isinstance(value, tuple) else value
        for name, value in reason.params.items()
    }
    return (zh if language == "zh" else en).format(**shown)
