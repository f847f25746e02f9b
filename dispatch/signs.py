"""Signs: what the words or the place of an incident say by themselves. A sign gives its incident a label, nothing else.

Words are looked at while they pass through an act; afterwards only the label is known, never what was said. Everybody sees
the label, and a person may take it away again.
"""

import unicodedata
from collections.abc import Iterable
from functools import cached_property

import msgspec

MOST_RINGS = 3
RESOLUTIONS = range(7, 12)
"""From a city quarter (5 km², H3 resolution 7) to a few houses (2,000 m², resolution 11)."""
MAX_WITHIN_S = 31 * 24 * 3600.0


class Repeats(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """With this one, at least so many incidents in the same H3 cell and `rings` of neighbours, opened within so long.

    resolution: of the cell; same_group: only those of the same group of types (level 1) count.
    """

    count: int
    within_s: float
    resolution: int = 9
    rings: int = 1
    same_group: bool = False


class Sign(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, dict=True
):
    """One sign: any of `words` in a report or a note, or repeats in the same place; label: what the incident is given."""

    label: str
    words: tuple[str, ...] = ()
    repeats: Repeats | None = None

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Its words as they are looked for."""
        return tuple(_folded(word) for word in self.words)


def labels_in(signs: Iterable[Sign], *texts: str | None) -> tuple[str, ...]:
    """The labels of those signs whose words stand in one of these texts, each once."""
    said = [_folded(text) for text in texts if text]
    if not said:
        return ()
    found = [
        sign.label
        for sign in signs
        for text in said
        if any(word in text and _stands(word, text) for word in sign.folded)
    ]
    return tuple(dict.fromkeys(found))


def is_word(word: str) -> bool:
    """Whether it says enough to be looked for: one Chinese character does, one letter would be found everywhere."""
    bare = _folded(word)
    return bool(bare) and (len(bare) > 2 or not bare.isascii())


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stands(word: str, text: str) -> bool:
    """Chinese is written without spaces; a word in letters has to stand by itself: "gun" is not in "begun"."""
    at = text.find(word)
    while at >= 0:
        if _is_border(text[at - 1 : at], word[0]) and _is_border(
            text[at + len(word) : at + len(word) + 1], word[-1]
        ):
            return True
        at = text.find(word, at + 1)
    return False


def _is_border(beside: str, edge: str) -> bool:
    return not (beside.isascii() and beside.isalnum() and edge.isascii() and edge.isalnum())
