"""How urgent an alarm is, from what is known the moment it arrives, and the labels that everyone will see.

Runs when an alarm opens an incident and again with every change of type or answer; a person may always decide
otherwise afterwards. It needs neither the time nor the place itself, only whether there is one.
"""

from collections.abc import Iterable, Mapping

import msgspec

from incidents.errors import IncidentError
from incidents.model import AlarmSource
from incidents.reasons import Catalogue
from incidents.types import Answer, IncidentType, TypeTree

URGENT_UNTIL_KNOWN = 2
ROUTINE_UNTIL_KNOWN = 3
# A device cannot say what it is about, so until somebody has looked it is taken for urgent, but never for certain.
DEVICES = frozenset({"call_point", "panel"})

LABELS: Catalogue = {
    "unverified": ("未核实", "unverified"),
    "no_place": ("无位置", "no place"),
    "silent": ("无声", "silent"),
    "abandoned": ("中断", "abandoned"),
    "repeated": ("再次按下", "pressed again"),
    "unanswered": ("无人接听", "unanswered"),
    "cannot_talk": ("不便通话", "can't talk"),
    "nuisance": ("骚扰号码", "nuisance number"),
    "sensitive": ("敏感", "sensitive"),
    "exercise": ("演练", "exercise"),
    "pursuit": ("追堵", "pursuit"),
    "hazard": ("现场危险", "danger on scene"),
    "event": ("安保区内", "inside an event"),
}
HAZARD = "hazard"
"""Given by a note that says so."""
EVENT = "event"
"""Given by the engine to what lies inside the area of a running planned event."""


class UnknownAnswer(IncidentError):
    """This is not an answer to a question of the type."""

    code = "unknown_answer"


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an alarm besides its type. `answered`: a person has spoken with the caller or seen the scene."""

    placed: bool
    answered: bool = False
    silent: bool = False
    abandoned: bool = False
    cannot_talk: bool = False
    nuisance: bool = False
    exercise: bool = False


class Triage(msgspec.Struct, frozen=True):
    """Priority 1 (life in danger now) to 4 (can wait), and labels in the order they are shown."""

    priority: int
    labels: tuple[str, ...]


def assess(
    tree: TypeTree,
    type_code: str | None,
    answers: Mapping[str, str],
    source: AlarmSource,
    known: Circumstances,
) -> Triage:
    """Priority and labels of an alarm. `answers`: question key -> answer code, any of those of the type.

    - The type's own priority holds until an answer proposes another. Of several the most urgent counts. An answer may
      lower a priority, but never one that is 1 by its type.
    - Without a type, or under one of level 1 only: 2 from a device (call point, panel) and for silent, abandoned and
      "can't talk" alarms, else 3. Where the coarse type is more urgent than that, its priority holds.
    - Devices, and silent or abandoned calls, are `unverified` until a person has answered, and never below 2 so long:
      a press that nobody answers is an unverified P2, or P1 where its call point reports a type that is.
    - A nuisance number is labelled and never queued lower. An exercise is as urgent as the real thing, and says so.

    Raises UnknownType, and UnknownAnswer for an answer without its question.
    """
    kind = tree.get(type_code) if type_code is not None else None
    given = _given(kind, answers)
    unverified = not known.answered and (source in DEVICES or known.silent or known.abandoned)
    priority = _by_type(kind, source, known)
    proposals = [answer.priority for answer in given if answer.priority is not None]
    if proposals and priority != 1:
        priority = min(proposals)
    if unverified:
        priority = min(priority, URGENT_UNTIL_KNOWN)
    labels = [*_circumstantial(known, kind, unverified), *(a.label for a in given if a.label is not None)]
    return Triage(priority, tuple(dict.fromkeys(labels)))


def is_armed(tree: TypeTree, labels: Iterable[str]) -> bool:
    """Whether a label speaks of weapons, so that no auxiliary may be sent; labels the tree does not know say nothing."""
    return any(label in tree.labels and tree.labels[label].armed for label in labels)


def _by_type(kind: IncidentType | None, source: AlarmSource, known: Circumstances) -> int:
    if kind is not None and kind.level > 1:
        return kind.priority
    urgent = source in DEVICES or known.silent or known.abandoned or known.cannot_talk
    unknown = URGENT_UNTIL_KNOWN if urgent else ROUTINE_UNTIL_KNOWN
    return unknown if kind is None else min(unknown, kind.priority)


def _given(kind: IncidentType | None, answers: Mapping[str, str]) -> list[Answer]:
    """The answers in the order of the type's questions."""
    questions = {question.key: question for question in kind.questions} if kind is not None else {}
    for key, code in answers.items():
        if key not in questions:
            about = f"Type {kind.code}" if kind is not None else "An alarm without a type"
            raise UnknownAnswer(f"{about} does not ask {key!r}; leave that answer out.", question=key)
        if questions[key].answer(code) is None:
            allowed = ", ".join(answer.code for answer in questions[key].answers)
            raise UnknownAnswer(f"{code!r} does not answer {key}; choose one of {allowed}.", question=key)
    found = (question.answer(answers[key]) for key, question in questions.items() if key in answers)
    return [answer for answer in found if answer is not None]


def _circumstantial(known: Circumstances, kind: IncidentType | None, unverified: bool) -> list[str]:
    said = {
        "exercise": known.exercise,
        "unverified": unverified,
        "no_place": not known.placed,
        "silent": known.silent,
        "abandoned": known.abandoned,
        "cannot_talk": known.cannot_talk,
        "nuisance": known.nuisance,
        "sensitive": kind is not None and kind.sensitive,
    }
    return [label for label, applies in said.items() if applies]
