"""How a principal stands to a planned event, in the words of the table of acts.

Asked by acts and views alike. Pure.
"""

from dispatch.acts import Principal
from dispatch.planned_events.model import PlannedEvent
from dispatch.rooms import Rooms


def relations(principal: Principal, rooms: Rooms, event: PlannedEvent) -> set[str]:
    """How the principal stands to it: room, commands, ordering (it sits above the owning room, or in the city's), unit, sees."""
    found = {"sees"} if event.is_public and principal.rooms else set[str]()
    if event.room_id in principal.rooms:
        found |= {"room", "sees"}
    if event.command_room_id in principal.rooms:
        found |= {"commands", "sees"}
    owner = rooms.by_id.get(event.room_id)
    above = owner.lineage[1:] or owner.lineage if owner is not None else ()
    if principal.room_id is not None and principal.room_id in above:
        found |= {"ordering", "sees"}
    if principal.unit_id is not None and event.is_public and principal.unit_id in event.units:
        found |= {"unit", "sees"}
    return found
