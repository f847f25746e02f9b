"""The file a type tree is written in: its rows and catalogues, and everything that can be wrong with them.

A city brings its own tree as a file. It is checked here as a whole, before any alarm is typed by it, and every
fault is named in one sentence, so that an administrator can put all of them right in one go.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec

from incidents.errors import IncidentError

MAX_LEVEL = 4
MOST_UNITS = 100
PRIORITIES = range(1, 5)
RESPONSE_LEVELS = range(1, 5)
INHERITED = (
    "priority",
    "questions",
    "run_card",
    "results",
    "closure",
    "sensitive",
    "auxiliary",
    "spread_m",
)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}", re.ASCII)
_SHOWN_PROBLEMS = 20


class TypeTreeRefused(IncidentError):
    """The type tree cannot be used."""

    code = "type_tree_refused"

    def __init__(self, problems: list[str]) -> None:
        shown = problems[:_SHOWN_PROBLEMS]
        left = len(problems) - len(shown)
        more = f" And {left} more." if left else ""
        super().__init__(f"The type tree cannot be used: {' '.join(shown)}{more}", problems=problems)
        self.problems = problems


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word of the tree in both languages; `armed` marks what no auxiliary may be sent to."""

    zh: str
    en: str
    armed: bool = False


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer, given with a single key; it may propose a priority and put a label on the incident."""

    code: str
    key: str
    zh: str
    en: str
    priority: int | None = None
    label: str | None = None


class QuestionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question as it stands in the file, under its key."""

    zh: str
    en: str
    answers: tuple[Answer, ...]


class Seat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`count` units, each of one of `kinds` and with all of `skills`; asked for up to the priority named (1 to 4)."""

    count: int
    kinds: tuple[str, ...]
    skills: tuple[str, ...] = ()
    upto_priority: int = 4


class Closure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be there before an incident closes: a call-back per alarm, the final form, its people, who reviews."""

    call_back: bool
    final_feedback: bool
    people: bool
    review: Literal["rule", "person"]


class TypeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One type. What is left out comes from the parent, `alike` too; names, initials and aliases are its own."""

    code: str
    parent: str | None
    level: int
    zh: str
    en: str
    initials: str = ""
    aliases: tuple[str, ...] = ()
    priority: int | None = None
    questions: tuple[str, ...] | None = None
    run_card: str | None = None
    results: str | None = None
    closure: str | None = None
    sensitive: bool | None = None
    auxiliary: bool | None = None
    spread_m: int | None = None
    alike: tuple[str, ...] | None = None


class TypeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole tree: the catalogues its rows point into, and the rows, parents anywhere among them."""

    version: int
    name: Term
    kinds: dict[str, Term]
    skills: dict[str, Term]
    labels: dict[str, Term]
    results: dict[str, Term]
    result_lists: dict[str, tuple[str, ...]]
    closures: dict[str, Closure]
    run_cards: dict[str, dict[int, tuple[Seat, ...]]]
    questions: dict[str, QuestionRow]
    types: tuple[TypeRow, ...]


def read(data: bytes) -> TypeFile:
    """Decode and check a tree. Raises TypeTreeRefused naming every fault found."""
    try:
        file = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=TypeFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TypeTreeRefused([f"the file cannot be read: {error}."]) from error
    problems = [*_catalogue_problems(file), *_shape_problems(file)]
    if not problems:
        problems = list(_auxiliary_problems(file))
    if problems:
        raise TypeTreeRefused(problems)
    return file


def lineage(row: TypeRow, rows: dict[str, TypeRow]) -> list[TypeRow]:
    """The row itself, its parent, and so on up to level 1; stops at an unknown parent or where a cycle would start."""
    line = [row]
    seen = {row.code}
    while (parent := rows.get(line[-1].parent or "")) and parent.code not in seen:
        line.append(parent)
        seen.add(parent.code)
    return line


def _catalogue_problems(file: TypeFile) -> Iterator[str]:
    for name, codes in file.result_lists.items():
        if "handled" not in codes:
            yield f"The result list {name} lacks `handled`, which every list has."
        yield from _unknown(f"The result list {name}", "result", codes, file.results)
    for name, levels in file.run_cards.items():
        if 1 not in levels:
            yield f"The run card {name} says nothing for response level 1."
        for level, seats in levels.items():
            yield from _seat_problems(f"The run card {name} at level {level}", level, seats, file)
    for key, question in file.questions.items():
        yield from _question_problems(f"The question {key}", question, file)


def _seat_problems(who: str, level: int, seats: tuple[Seat, ...], file: TypeFile) -> Iterator[str]:
    if level not in RESPONSE_LEVELS:
        yield f"{who} is outside the response levels 1 to 4."
    if sum(seat.count for seat in seats) > MOST_UNITS:
        yield f"{who} asks for more than {MOST_UNITS} units in all."
    for seat in seats:
        if seat.count < 1:
            yield f"{who} asks for {seat.count} units; a seat asks for at least 1."
        if not seat.kinds:
            yield f"{who} has a seat without a kind of unit."
        if seat.upto_priority not in PRIORITIES:
            yield f"{who} names priority {seat.upto_priority}; priorities are 1 to 4."
        yield from _unknown(who, "kind of unit", seat.kinds, file.kinds)
        yield from _unknown(who, "skill", seat.skills, file.skills)


def _question_problems(who: str, question: QuestionRow, file: TypeFile) -> Iterator[str]:
    if not question.answers:
        yield f"{who} has no answers."
    for word, values in (
        ("key", [a.key for a in question.answers]),
        ("code", [a.code for a in question.answers]),
    ):
        for value in _twice(values):
            yield f"{who} has two answers with the {word} {value!r}."
    for answer in question.answers:
        if len(answer.key) != 1 or not answer.key.isprintable():
            yield f"{who}: the answer {answer.code} needs one single key, not {answer.key!r}."
        if answer.priority is not None and answer.priority not in PRIORITIES:
            yield f"{who}: the answer {answer.code} proposes priority {answer.priority}; priorities are 1 to 4."
        yield from _unknown(who, "label", (answer.label,) if answer.label else (), file.labels)


def _shape_problems(file: TypeFile) -> Iterator[str]:
    if not file.types:
        yield "It holds no types."
    rows = {row.code: row for row in file.types}
    for code in _twice([row.code for row in file.types]):
        yield f"The code {code} stands there twice."
    for row in file.types:
        if not _CODE.fullmatch(row.code):
            yield f"The code {row.code!r} is not 1 to 16 letters, digits, dots or dashes."
        if not (row.zh.strip() and row.en.strip()):
            yield f"Type {row.code} needs a name in both languages."
        yield from _parent_problems(row, rows)
        yield from _value_problems(row, file)


def _parent_problems(row: TypeRow, rows: dict[str, TypeRow]) -> Iterator[str]:
    if row.parent is None:
        if row.level != 1:
            yield f"Type {row.code} is of level {row.level} but has no parent."
        missing = [name for name in INHERITED if getattr(row, name) is None]
        if missing:
            yield f"Type {row.code} has no parent to inherit {', '.join(missing)} from, so it must say it."
        return
    parent = rows.get(row.parent)
    if parent is None:
        yield f"Type {row.code} names the parent {row.parent}, which is not in the file."
    elif lineage(row, rows)[-1].parent in rows:
        yield f"Type {row.code} is its own ancestor: its parents run in a circle."
    elif row.level != parent.level + 1:
        yield f"Type {row.code} is of level {row.level}; under {parent.code} (level {parent.level}) it must be {parent.level + 1}."
    elif row.level > MAX_LEVEL:
        yield f"Type {row.code} is of level {row.level}; a tree has {MAX_LEVEL} levels."


def _value_problems(row: TypeRow, file: TypeFile) -> Iterator[str]:
    who = f"Type {row.code}"
    if row.priority is not None and row.priority not in PRIORITIES:
        yield f"{who} has priority {row.priority}; priorities are 1 to 4."
    if row.spread_m is not None and not 1 <= row.spread_m <= 5_000:
        yield f"{who} has a spread of {row.spread_m} m; it must be 1 to 5000 m."
    yield from _unknown(who, "question", row.questions or (), file.questions)
    yield from _unknown(who, "run card", (row.run_card,) if row.run_card else (), file.run_cards)
    yield from _unknown(who, "result list", (row.results,) if row.results else (), file.result_lists)
    yield from _unknown(who, "closure", (row.closure,) if row.closure else (), file.closures)


def _auxiliary_problems(file: TypeFile) -> Iterator[str]:
    """Auxiliaries never go to weapons: whoever admits them may not ask for an armed skill."""
    rows = {row.code: row for row in file.types}
    for row in file.types:
        line = lineage(row, rows)
        if not next(r.auxiliary for r in line if r.auxiliary is not None):
            continue
        card = next(r.run_card for r in line if r.run_card is not None)
        skills = {s for seats in file.run_cards[card].values() for seat in seats for s in seat.skills}
        for skill in sorted(s for s in skills if file.skills[s].armed):
            yield f"Type {row.code} admits auxiliaries although its run card {card} asks for the armed skill {skill}."


def _unknown(who: str, what: str, values: tuple[str, ...], known: object) -> Iterator[str]:
    assert isinstance(known, dict)
    for value in values:
        if value not in known:
            yield f"{who} names the {what} {value}, which the file does not define."


def _twice(values: list[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
