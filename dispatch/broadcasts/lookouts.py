"""What is looked out for now, as one replica knows it by heart: digests only, so that a text is searched without a mark in the clear.

Replaced whole when a broadcast changes. A report is searched here before anything touches the database; nothing of a text that
holds no mark is kept anywhere.
"""

from collections.abc import Callable, Iterable
from typing import cast
from uuid import UUID

import msgspec

from dispatch.broadcasts.marks import SoughtKind, candidates
from dispatch.broadcasts.store import SoughtMark
from incidents.sealing import Seal


class Found(msgspec.Struct, frozen=True):
    """A mark of a lookout stands in a text."""

    broadcast_id: UUID
    mark: SoughtKind


class Lookouts:
    """The active lookouts. marks: their digests; seal: makes those of what is searched."""

    def __init__(self, seal: Seal, marks: Iterable[SoughtMark] = ()) -> None:
        self._index: Callable[[str, str], bytes] = seal.mark_index
        self._by_digest: dict[bytes, list[SoughtMark]] = {}
        self._lengths: dict[SoughtKind, set[int]] = {}
        for mark in marks:
            self._by_digest.setdefault(mark.digest, []).append(mark)
            self._lengths.setdefault(cast(SoughtKind, mark.kind), set()).add(mark.length)

    def __bool__(self) -> bool:
        return bool(self._by_digest)

    def find(self, text: str, exercise: bool = False) -> list[Found]:
        """The lookouts of which a mark stands in a text, each once a kind; a drill finds only a drill's.

        Whether they still hold is asked where something is done about it.
        """
        found: dict[Found, None] = {}
        for kind, lengths in self._lengths.items():
            for stretch in candidates(kind, text, lengths):
                for mark in self._by_digest.get(self._index(kind, stretch), ()):
                    if mark.exercise == exercise:
                        found[Found(mark.broadcast_id, kind)] = None
        return list(found)
