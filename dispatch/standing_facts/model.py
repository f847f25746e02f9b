"""A standing fact of a place, and the kinds there are. Frozen values with exactly the columns of their table.

What it says, why it was put in and every remark lie sealed apart, under a key of the fact's own.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args
from uuid import UUID

import msgspec

from dispatch.broadcasts.model import Area

Kind = Literal[
    "dog", "violence", "weapon", "hazmat", "contaminated", "structure", "vulnerable", "key_holder", "access",
    "rendezvous", "school", "hydrant", "other",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Severity = Literal["warns", "informs"]
"""warns: said aloud before anybody goes; informs: stands there for whoever looks."""
Status = Literal["proposed", "planned", "in_force", "expired", "declined", "withdrawn"]
PERSONAL: frozenset[Kind] = frozenset({"violence", "weapon", "vulnerable", "key_holder"})
"""They say something of a person: masked until revealed for a reason, and never without an end and a review."""
WARNING: frozenset[Kind] = frozenset({"dog", "violence", "weapon", "hazmat", "contaminated", "structure"})
NAMES: Mapping[Kind, Mapping[str, str]] = {
    "dog": {"zh": "恶犬", "en": "dangerous dog"},
    "violence": {"zh": "曾暴力抗法", "en": "earlier violence against officers"},
    "weapon": {"zh": "持枪持械许可", "en": "licensed weapon"},
    "hazmat": {"zh": "燃气、危化品", "en": "gas or hazardous store"},
    "contaminated": {"zh": "污染", "en": "contaminated"},
    "structure": {"zh": "危房", "en": "unsafe building"},
    "vulnerable": {"zh": "需照护人员", "en": "person in need of care"},
    "key_holder": {"zh": "钥匙保管人", "en": "key holder"},
    "access": {"zh": "门禁、进入方式", "en": "door code, access"},
    "rendezvous": {"zh": "集结点", "en": "rendezvous"},
    "school": {"zh": "学校", "en": "school"},
    "hydrant": {"zh": "消火栓", "en": "hydrant"},
    "other": {"zh": "其他须知", "en": "other"},
}


class FactState(StrEnum):
    """Where a standing fact stands; proposed: a leader of its room is asked. That it has run out is asked of the clock."""

    PROPOSED = "proposed"
    STANDS = "stands"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


F = FactState
OVER = frozenset({F.DECLINED, F.WITHDRAWN})


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a standing fact says of where. text_id, why_id: what and why, sealed; area: around which it holds.

    personal: it is about a person; until None: as long as nobody withdraws it; review_at: when somebody must look whether
    it is still so; source, ref: the list it came from and its name there.
    """

    kind: Kind
    severity: Severity
    personal: bool
    area: Area
    address: str | None = None
    text_id: UUID
    why_id: UUID
    valid_from: datetime
    until: datetime | None = None
    review_at: datetime | None = None
    source: str | None = None
    ref: str | None = None


class StandingFact(Content, frozen=True, kw_only=True):
    """A standing fact of a place. room_id: whose place it is; by: who wrote it, decided_by: who let it stand or ended it.

    doubt_id: why somebody doubts it, sealed, until it was looked at; times: what happened -> ms since 1970, UTC.
    """

    id: UUID
    version: int
    state: FactState
    room_id: UUID
    by: str
    decided_by: str | None = None
    doubt_id: UUID | None = None
    times: Mapping[str, int]

    def status(self, at: datetime) -> Status:
        """What it is at a moment."""
        match self.state:
            case F.PROPOSED:
                return "proposed"
            case F.DECLINED:
                return "declined"
            case F.WITHDRAWN:
                return "withdrawn"
            case F.STANDS:
                if self.until is not None and self.until <= at:
                    return "expired"
                return "planned" if at < self.valid_from else "in_force"

    def is_due(self, at: datetime) -> bool:
        """Whether a leader must look at it: somebody proposed it, doubts it, or its time of review has come."""
        if self.status(at) not in ("planned", "in_force"):
            return self.state is F.PROPOSED
        return self.doubt_id is not None or (self.review_at is not None and self.review_at <= at)


class KnownFact(msgspec.Struct, frozen=True):
    """A standing fact as it was known when an order went out: which version, and how it was told."""

    id: UUID
    version: int
    kind: Kind
    severity: Severity
