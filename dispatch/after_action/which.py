"""Which incidents are looked back on without anybody asking: sensitive ones, major ones, and a random part of the rest.

The draw belongs to the incident and cannot be foreseen, and is another than that of the review of its forms. Pure.
"""

import hashlib
from uuid import UUID

import msgspec

from dispatch.after_action.model import Cause
from dispatch.review import SAMPLE_SHARE
from incidents.model import Incident
from incidents.types import IncidentType

MAJOR_UNITS = 6
"""So many units on one incident, or so many hurt, and it is major."""
MAJOR_HURT = 3


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that closes. units: how many were sent; endangered: an officer was in danger; draw: 0 up to 1."""

    incident: Incident
    kind: IncidentType | None
    units: int
    endangered: bool
    draw: float


def causes(over: Over) -> tuple[Cause, ...]:
    """Why it is looked back on; none: it is not."""
    found: dict[Cause, bool] = {
        "sensitive": over.kind is not None and over.kind.sensitive,
        "major": is_major(over),
        "sample": over.draw < SAMPLE_SHARE,
    }
    return tuple(cause for cause, holds in found.items() if holds)


def is_major(over: Over) -> bool:
    """Somebody died or several are hurt or missing, a room above took command, an officer was in danger, or many units went."""
    scene = over.incident.scene
    hurt = scene.casualties if scene is not None else None
    harmed = hurt is not None and (hurt.dead > 0 or hurt.injured + hurt.missing >= MAJOR_HURT)
    taken = any(one.mode == "take" for one in over.incident.raised)
    return harmed or taken or over.endangered or over.units >= MAJOR_UNITS


def drawn_by(incident_id: UUID) -> UUID:
    """Whose lot decides: one of the incident's own, so that whoever was drawn for the one look is not drawn for the other."""
    return UUID(bytes=hashlib.sha256(b"after-action" + incident_id.bytes).digest()[:16])
