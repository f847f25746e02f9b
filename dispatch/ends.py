"""What of an incident is still open: each part of the house that may stand in the way of closing says it in these words.

Seats are shown the list, and whoever closes all the same is refused with it.
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec

from dispatch.agencies.model import AgencyRequest
from dispatch.disputes.model import Dispute
from dispatch.rules import Phrase
from dispatch.supervision.model import SupervisionOrder


class OpenEnd(msgspec.Struct, frozen=True):
    """Something that stands in the way of closing; said: by language."""

    noun: str
    id: UUID
    said: dict[Literal["zh", "en"], str]

    @property
    def key(self) -> str:
        """As the journal names it."""
        return f"{self.noun}:{self.id}"


def supervision_end(order: SupervisionOrder, to_room: Mapping[str, str]) -> OpenEnd:
    """A supervision order that stands."""
    said_zh, said_en = f"对{to_room['zh']}的督办", f"the supervision order to {to_room['en']}"
    return OpenEnd("supervision", order.id, {"zh": said_zh, "en": said_en})


def task_end(id_: UUID, name: Phrase) -> OpenEnd:
    """A task of a plan that is still to be done."""
    return OpenEnd("task", id_, {"zh": f"任务「{name.zh}」", "en": f"the task “{name.en}”"})


def request_end(request: AgencyRequest) -> OpenEnd:
    """A request to an agency that stands."""
    said_zh, said_en = f"{request.called('zh')}联动单", f"the request to the {request.called('en')}"
    return OpenEnd("agency_request", request.id, {"zh": said_zh, "en": said_en})


def dispute_end(one: Dispute) -> OpenEnd:
    """A dispute about duty that nobody has decided."""
    return OpenEnd("dispute", one.id, {"zh": "管辖争议", "en": "the dispute about duty"})
