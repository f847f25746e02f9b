"""Marks that are found when they are typed: plates and names in one way of writing, and every stretch of a text that could be one.

Pure. Width, case, spaces, hyphens and dots never count; what is kept of a mark to be found by is a keyed digest of this writing
and its length, so that a text is searched without any mark in the clear.
"""

import unicodedata
from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

SoughtKind = Literal["plate", "name"]
SHORTEST: dict[SoughtKind, int] = {"plate": 4, "name": 2}
LONGEST = 40
MOST_SEARCHED = 20_000
"""Characters of a text that are looked through."""
# No Chinese plate has an I or an O, and whoever reads one out or types it from hearing mistakes them.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1"})


class Written(msgspec.Struct, frozen=True):
    """A text without what does not count. joined: before which of its characters a word goes on."""

    text: str
    joined: tuple[bool, ...]


def written(kind: SoughtKind, text: str) -> Written:
    """A text as plates, or names, are compared: width and case as one, only letters and digits left."""
    kept: list[str] = []
    joined: list[bool] = []
    before = False  # whether the last character seen counted and belongs to a word that may go on
    for ch in unicodedata.normalize("NFKC", text[:MOST_SEARCHED]).upper():
        if not ch.isalnum():
            if not unicodedata.category(ch).startswith(
                ("M", "C")
            ):  # marks and what can't be seen part no words
                before = False
            continue
        spaced = not _is_ideograph(ch)
        kept.append(ch)
        joined.append(before and spaced)
        before = spaced
    plain = "".join(kept)
    return Written(plain.translate(_LOOKALIKES) if kind == "plate" else plain, tuple(joined))


def sought(kind: str) -> SoughtKind | None:
    """The kind, when marks of it are found by what is typed."""
    return "plate" if kind == "plate" else "name" if kind == "name" else None


def canonical(kind: SoughtKind, text: str) -> str | None:
    """A mark in its one way of writing; None when it is too short or too long to be looked for."""
    plain = written(kind, text).text
    return plain if SHORTEST[kind] <= len(plain) <= LONGEST else None


def candidates(kind: SoughtKind, text: str, lengths: Collection[int]) -> Iterator[str]:
    """Each stretch of a text that could be a mark of one of these lengths, once.

    It begins and ends where a word may: in Latin script at its borders, between ideographs anywhere.
    """
    found = written(kind, text)
    plain, joined = found.text, (*found.joined, False)
    seen: set[str] = set()
    for length in sorted(lengths):
        for start in range(len(plain) - length + 1):
            if joined[start] or joined[start + length]:
                continue
            stretch = plain[start : start + length]
            if stretch not in seen:
                seen.add(stretch)
                yield stretch


def _is_ideograph(ch: str) -> bool:
    """Whether words in this script are written without spaces."""
    return "\u2e80" <= ch <= "\u9fff" or "\uf900" <= ch <= "\ufaff" or ch >= "\U00020000"
