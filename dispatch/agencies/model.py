"""An agency request, and the agencies that may be asked. Frozen values with exactly the columns of their table.

What is asked and what came of it are texts, sealed apart under the incident's key.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

Agency = Literal["119", "120", "122", "12345", "power", "water", "gas", "telecom", "transport", "other"]
AGENCIES: Mapping[str, Mapping[str, str]] = {
    "119": {"zh": "119消防", "en": "119 fire service"},
    "120": {"zh": "120急救", "en": "120 ambulance"},
    "122": {"zh": "122交警", "en": "122 traffic police"},
    "12345": {"zh": "12345热线", "en": "12345 hotline"},
    "power": {"zh": "供电", "en": "power supply"},
    "water": {"zh": "供水", "en": "water supply"},
    "gas": {"zh": "燃气", "en": "gas supply"},
    "telecom": {"zh": "通信", "en": "telecommunications"},
    "transport": {"zh": "交通运输", "en": "transport"},
    "other": {"zh": "其他联动单位", "en": "another agency"},
}


class RequestState(StrEnum):
    """Where a request stands; the first four in the order of its life."""

    SENT = "sent"
    TAKEN = "taken"
    ARRIVED = "arrived"
    RESULT = "result"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


R = RequestState
OPEN = frozenset({R.SENT, R.TAKEN, R.ARRIVED})
OVER = frozenset({R.RESULT, R.DECLINED, R.WITHDRAWN})


class AgencyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Help asked of one agency. name: of an agency that has no code of its own; reference: its own number for the matter.

    times: step -> ms since 1970, UTC, among them `chased` (the last time) and `unreached` (no port took it); chased: how
    often it was chased 催办; narrative_id: what is asked; outcome_id: what came of it.
    """

    id: UUID
    version: int
    incident_id: UUID
    agency: Agency
    name: str | None = None
    state: RequestState
    room_id: UUID
    by: str
    narrative_id: UUID | None = None
    outcome_id: UUID | None = None
    reference: str | None = None
    chased: int = 0
    times: dict[str, int]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def called(self, lang: str) -> str:
        """The agency's name for people."""
        return self.name or AGENCIES[self.agency][lang]
