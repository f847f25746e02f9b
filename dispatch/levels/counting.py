"""Counting who is on duty and who is free, out of memory, as every replica knows it.

Units of a running event are not their room's meanwhile and count for nothing.
"""

from datetime import datetime

from dispatch.centre import Centre
from dispatch.levels.cover import FreeUnits, asks
from units.roll import PROGRESS, Filter

REGULAR = frozenset({"regular"})
ON_DUTY = frozenset(PROGRESS) - {"off_duty"}
FREE = frozenset({"available"})
URGENT = 2
"""Up to this priority whoever is free goes."""


def counted(centre: Centre, now: datetime) -> FreeUnits:
    """All units as they are now."""
    held = (centre.units.get(id_) for id_ in centre.commitments.held(now))
    away = frozenset(unit.handle for unit in held if unit is not None)
    on_duty, free = (
        centre.live.tally(Filter(states=states, classes=REGULAR, exclude=away)) for states in (ON_DUTY, FREE)
    )
    return FreeUnits(centre.reference, on_duty, free)


def kept_free(centre: Centre, priority: int, now: datetime) -> FreeUnits | None:
    """The count for a ranking, where levels ask for it; what is urgent is told of no threshold."""
    return counted(centre, now) if priority > URGENT and asks(centre.reference) else None
