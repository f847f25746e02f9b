"""Who reviews an incident that is fed back: complete routine forms are accepted by rule, the rest waits for a person.

A person reviews P1 and P2, what is sensitive, followed or demanded of by a room above, what was once sent back, what is
not complete, and a random 3 % that nobody can foresee. Pure: the draw is handed in.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from dispatch.lifecycle import of_this_round
from dispatch.model import Assignment, Feedback
from dispatch.model import AssignmentState as A
from incidents.closure import missing
from incidents.model import Incident
from incidents.reasons import Catalogue
from incidents.types import IncidentType

SAMPLE_SHARE = 0.03
"""Of routine incidents and of routine callers that are looked at all the same."""
URGENT = 2
SENTENCES: Catalogue = {
    "priority": ("一、二级警情", "priority 1 or 2"),
    "sensitive": ("敏感类别", "a sensitive type"),
    "followed": ("上级盯办", "followed by a room above"),
    "supervised": ("督办中", "under a supervision order"),
    "returned": ("反馈曾被退回或更改", "its form was sent back or changed before"),
    "type": ("该类别须人工审核", "this type is reviewed by a person"),
    "untyped": ("类别未定", "its type is not known"),
    "incomplete": ("反馈不完整", "its forms are not complete"),
    "sample": ("随机抽查", "drawn at random"),
}


class ReviewWhy(msgspec.Struct, frozen=True):
    """One reason why a person reviews; key is stable."""

    key: str
    zh: str
    en: str


class ReviewShown(msgspec.Struct, frozen=True):
    """Who reviews what is fed back: a rule accepts it, or a person looks, and why."""

    by: Literal["rule", "person"]
    why: tuple[ReviewWhy, ...]


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What the judgement looks at. returned: it was once sent back; supervised: a supervision order about it stands.

    draw: a number from 0 up to 1 that belongs to its primary order, or to itself where no unit went.
    """

    incident: Incident
    kind: IncidentType | None
    forms: Sequence[Feedback]
    orders: Iterable[Assignment]
    returned: bool
    supervised: bool
    draw: float


def reasons(m: Matter) -> tuple[str, ...]:
    """Why a person reviews it, as keys of SENTENCES; none: its forms are accepted by rule."""
    found = {
        "priority": m.incident.priority <= URGENT,
        "sensitive": m.kind is not None and m.kind.sensitive,
        "followed": bool(m.incident.raised),
        "supervised": m.supervised,
        "returned": m.returned or any(_corrected(form) for form in m.forms),
        "type": m.kind is not None and m.kind.closure.review == "person",
        "untyped": m.kind is None,
        "incomplete": m.kind is not None and not _complete(m, m.kind),
        "sample": m.draw < SAMPLE_SHARE,
    }
    return tuple(key for key, holds in found.items() if holds)


def _corrected(form: Feedback) -> bool:
    """Whether it was sent back, or accepted and then changed: its third version at the least."""
    return form.state == "returned" or (form.state == "replaced" and form.version > 2)


def _complete(m: Matter, kind: IncidentType) -> bool:
    """Every unit that went has handed in its final form, and each says all that the form of its type asks.

    Nor is anything missing that closing demands of forms.
    """
    went = [
        a for a in of_this_round(m.incident, m.orders) if a.unit_id and not a.watches and a.state is A.CLEARED
    ]
    finals = [f for f in m.forms if f.kind == "final" and f.state in ("submitted", "accepted")]
    in_ = {f.assignment_id for f in finals if f.complete is not False}
    return all(a.id in in_ for a in went) and not missing(kind.closure, (), m.forms, bool(went))
