"""A rostered shift and a beat as they stand beside a unit: enough to fill in its log-on, and to say who should be where.

Made in `dispatch.showing`, from rows that `dispatch.views` reads with the unit.
"""

from uuid import UUID

import msgspec

from dispatch.cities.beats import Beats
from dispatch.instants import Instant, instant
from dispatch.rosters.model import RosterShift, ShiftState
from units.model import UnitKind

__all__ = ["BeatBrief", "RosterShift", "ShiftBrief", "beat_brief", "shift_brief"]


class BeatBrief(msgspec.Struct, frozen=True):
    """A beat as people name it; one that the city has no more is called by its code."""

    code: str
    name: str


class ShiftBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit is on duty for, or should come to next."""

    id: UUID
    state: ShiftState
    begins_at: Instant
    ends_at: Instant
    crew: tuple[str, ...]
    vehicle: str | None
    equipment: tuple[str, ...]
    beat: BeatBrief | None
    patrol: UnitKind | None


def beat_brief(code: str | None, beats: Beats) -> BeatBrief | None:
    """The beat of a code."""
    if code is None:
        return None
    beat = beats.of_code(code)
    return BeatBrief(code, beat.name if beat is not None else code)


def shift_brief(shift: RosterShift | None, beats: Beats) -> ShiftBrief | None:
    """A shift beside its unit."""
    if shift is None:
        return None
    return ShiftBrief(
        id=shift.id, state=shift.state, begins_at=instant(shift.begins_at), ends_at=instant(shift.ends_at), crew=shift.crew,
        vehicle=shift.vehicle, equipment=shift.equipment, beat=beat_brief(shift.beat, beats), patrol=shift.patrol,
    )  # fmt: skip
