"""The tree of incident types: what an alarm is about, how urgent that is, what to ask, whom to send, how it may end.

A call-taker picks a type in the first seconds; priority, questions, run card, possible results and what closing
demands follow from it. The tree is data (`data/types_110.json`, or a city's own file), versioned and immutable here.
"""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

import msgspec

from incidents import type_file
from incidents.errors import UnknownType
from incidents.type_file import Answer, Closure, Seat, Term, TypeFile, TypeRow, TypeTreeRefused

__all__ = [
    "Answer",
    "Closure",
    "IncidentType",
    "Question",
    "Result",
    "RunCard",
    "Seat",
    "Term",
    "TypeTree",
    "TypeTreeRefused",
    "load_tree",
    "shipped_file",
    "shipped_tree",
]


class Question(msgspec.Struct, frozen=True):
    """What to ask for a type; `answers` are in the order they are shown."""

    key: str
    zh: str
    en: str
    answers: tuple[Answer, ...]

    def answer(self, code: str) -> Answer | None:
        """The answer with that code, or None."""
        return next((answer for answer in self.answers if answer.code == code), None)


class Result(msgspec.Struct, frozen=True):
    """A way an incident may end; the code `handled` is in every list."""

    code: str
    zh: str
    en: str


class RunCard(msgspec.Struct, frozen=True):
    """Whom to send, by response level: 1 everyday, 2 raised, 3 major, 4 everything there is."""

    name: str
    levels: dict[int, tuple[Seat, ...]]

    def seats(self, response_level: int) -> tuple[Seat, ...]:
        """The seats of that level, or of the next lower one the card speaks of."""
        return self.levels[max(level for level in self.levels if level <= max(response_level, 1))]


class IncidentType(msgspec.Struct, frozen=True, kw_only=True):
    """One type with everything it inherits.

    `ancestors`: codes, parent first. `spread_m`: how far apart two reports lie when the odds are even that they
    mean one such incident. `alike`: tags shared with the types it is mistaken for.
    """

    code: str
    parent: str | None
    level: int
    name_zh: str
    name_en: str
    initials: str
    aliases: tuple[str, ...]
    ancestors: tuple[str, ...]
    priority: int
    questions: tuple[Question, ...]
    run_card: RunCard
    results: tuple[Result, ...]
    closure: Closure
    sensitive: bool
    auxiliary: bool
    spread_m: int
    alike: frozenset[str]

    @property
    def lineage(self) -> tuple[str, ...]:
        """Its own code and its ancestors', from the finest to level 1."""
        return (self.code, *self.ancestors)

    def at_level(self, level: int) -> str | None:
        """The code of itself or its ancestor at that level; None where the type is coarser than that."""
        return self.lineage[self.level - level] if 1 <= level <= self.level else None

    def accepts_result(self, code: str) -> bool:
        """Whether an incident of this type may end so."""
        return any(result.code == code for result in self.results)


class _Spelling:
    """Everything a type may be called, folded once so that each keystroke is answered at once."""

    def __init__(self, kind: IncidentType) -> None:
        names = [_folded(name) for name in (kind.name_zh, kind.name_en, *kind.aliases)]
        self.kind = kind
        self._code = _folded(kind.code)
        self._names = "".join(f"\n{name}" for name in names) + "\n"
        self._words = "".join(f" {word}" for name in names for word in name.split())

    def rank(self, wanted: str) -> int | None:
        """How close the type comes to what was typed (folded, so one line), 0 the closest; None: not at all."""
        initials = self.kind.initials
        closest_first = (
            self._code == wanted or f"\n{wanted}\n" in self._names,
            self._code.startswith(wanted),
            initials == wanted,
            f"\n{wanted}" in self._names,
            initials.startswith(wanted),
            f" {wanted}" in self._words,
            wanted in self._names,
            all(f" {part}" in self._words for part in wanted.split()),
        )
        return closest_first.index(True) if True in closest_first else None


class TypeTree:
    """An immutable tree of types; `load_tree` makes one. Iterating gives the types in file order."""

    def __init__(self, file: TypeFile) -> None:
        rows = {row.code: row for row in file.types}
        self.version = file.version
        self.name = file.name
        self.kinds = file.kinds
        self.skills = file.skills
        self.skill_words = {
            word: code for code, term in file.skills.items() for word in (code, term.zh, term.en)
        }
        self.labels = file.labels
        self._types = {row.code: _resolved(type_file.lineage(row, rows), file) for row in file.types}
        self._children: dict[str | None, tuple[IncidentType, ...]] = {}
        for kind in self._types.values():
            self._children[kind.parent] = (*self._children.get(kind.parent, ()), kind)
        groups: dict[str | None, list[str]] = {}
        for kind in self:
            groups.setdefault(kind.at_level(1), []).append(kind.code)
        self._groups = {group: tuple(codes) for group, codes in groups.items()}
        self._spellings = [_Spelling(kind) for kind in self]

    def __iter__(self) -> Iterator[IncidentType]:
        return iter(self._types.values())

    def __len__(self) -> int:
        return len(self._types)

    def __contains__(self, code: str) -> bool:
        return code in self._types

    def get(self, code: str) -> IncidentType:
        """The type with that code. Raises UnknownType."""
        found = self._types.get(code)
        if found is None:
            raise UnknownType(
                f"There is no incident type {code!r} in the tree; search it by name or code.", type=code
            )
        return found

    def children(self, code: str | None = None) -> tuple[IncidentType, ...]:
        """The types one level below; without a code those of level 1."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[IncidentType, ...]:
        """The types above it, parent first. Raises UnknownType."""
        return tuple(self._types[above] for above in self.get(code).ancestors)

    def group(self, code: str) -> tuple[str, ...]:
        """The codes of all types that lie with it under one type of level 1, its own among them. Raises UnknownType."""
        return self._groups[self.get(code).at_level(1)]

    def is_under(self, code: str, ancestor: str) -> bool:
        """Whether `code` is `ancestor` or lies anywhere below it. Raises UnknownType for `code`."""
        return ancestor in self.get(code).lineage

    def search(self, query: str, limit: int = 20) -> list[IncidentType]:
        """Types by code, Chinese or English name, alias or pinyin initials; the closest match first, then the coarser."""
        wanted = _folded(query)
        if not wanted:
            return []
        ranked = (
            (rank, spelling.kind.level, spelling.kind.code)
            for spelling in self._spellings
            if (rank := spelling.rank(wanted)) is not None
        )
        return [self._types[code] for _, _, code in sorted(ranked)[:limit]]


def load_tree(data: bytes) -> TypeTree:
    """A tree from the bytes of its file (JSON, UTF-8). Raises TypeTreeRefused naming every fault."""
    return TypeTree(type_file.read(data))


def shipped_file() -> bytes:
    """The file of the 110 tree that comes with the program."""
    return files("incidents").joinpath("data", "types_110.json").read_bytes()


@cache
def shipped_tree() -> TypeTree:
    """The 110 tree that comes with the program; its second level keeps the six-digit 110 codes."""
    return load_tree(shipped_file())


def _resolved(line: list[TypeRow], file: TypeFile) -> IncidentType:
    row = line[0]

    def inherited[T](value: Callable[[TypeRow], T | None]) -> T:
        return next(found for found in map(value, line) if found is not None)

    card = inherited(lambda r: r.run_card)
    questions = ((key, file.questions[key]) for key in inherited(lambda r: r.questions))
    results = ((code, file.results[code]) for code in file.result_lists[inherited(lambda r: r.results)])
    return IncidentType(
        code=row.code,
        parent=row.parent,
        level=row.level,
        name_zh=row.zh,
        name_en=row.en,
        initials=row.initials,
        aliases=row.aliases,
        ancestors=tuple(above.code for above in line[1:]),
        priority=inherited(lambda r: r.priority),
        questions=tuple(Question(key, q.zh, q.en, q.answers) for key, q in questions),
        run_card=RunCard(card, file.run_cards[card]),
        results=tuple(Result(code, term.zh, term.en) for code, term in results),
        closure=file.closures[inherited(lambda r: r.closure)],
        sensitive=inherited(lambda r: r.sensitive),
        auxiliary=inherited(lambda r: r.auxiliary),
        spread_m=inherited(lambda r: r.spread_m),
        alike=frozenset(next((r.alike for r in line if r.alike is not None), ())),
    )


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
