"""On the spot: who commands there, where those who come gather, how many are hurt, told by the room or by a unit that is on it.

Units on the incident learn of a new staging place as they learn of a new place; who commands must be on it with an open order.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.desk import radio
from dispatch.desk.case import Case, authorised, open_case
from dispatch.desk.reports import PlaceIn, wgs84_place
from dispatch.errors import Invalid
from dispatch.texts import check_texts
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.model import Casualties, Incident, Place, Scene
from units import store as unit_store

AHEAD_MS = 10_000

type Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class CasualtiesIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people as counted at `at`, else now; missing: who should be there and was not found."""

    dead: Count = 0
    injured: Count = 0
    missing: Count = 0
    at: datetime | None = None


class SceneChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is known now; UNSET leaves a field as it is, None takes it back."""

    commander_id: UUID | None | msgspec.UnsetType = msgspec.UNSET
    staging: PlaceIn | None | msgspec.UnsetType = msgspec.UNSET
    casualties: CasualtiesIn | None | msgspec.UnsetType = msgspec.UNSET


async def set_scene(w: Work, incident_id: UUID, changes: SceneChanges) -> Incident:
    """Tell how the scene is run. Raises NotFound, NotAllowed, NotNow, Invalid, BadPosition."""
    check_texts(changes)
    case = await open_case(w, incident_id, follow_merge=True)
    found = await authorised(w, case, "scene")
    if changes.commander_id is not msgspec.UNSET and not found & {"room", "ordered"}:
        raise Invalid("Who commands the scene is named by the room, not by a unit.", field="commander_id")
    before = case.incident.scene or Scene()
    scene = _changed(w, case, before, changes)
    case.tell(ic.SetScene(scene))
    await case.save()
    if scene.staging != before.staging:
        await _gather(w, case, scene)
    return case.incident


def _changed(w: Work, case: Case, before: Scene, changes: SceneChanges) -> Scene:
    commander, staging, casualties = before.commander_id, before.staging, before.casualties
    if changes.commander_id is not msgspec.UNSET:
        commander = changes.commander_id
        if commander is not None and commander not in {a.unit_id for a in case.open_assignments}:
            raise Invalid("The scene is commanded by a unit with an open order there.", field="commander_id")
    if changes.staging is not msgspec.UNSET:
        staging = None if changes.staging is None else _located(w, changes.staging)
    if changes.casualties is not msgspec.UNSET:
        casualties = None if changes.casualties is None else _counted(w, changes.casualties)
    return Scene(commander, staging, casualties)


def _located(w: Work, given: PlaceIn) -> Place:
    place = wgs84_place(given, "staging", w.principal.id)
    if not place.located:
        raise Invalid("A staging place needs lon and lat.", field="staging")
    return place


def _counted(w: Work, given: CasualtiesIn) -> Casualties:
    at = ms(w.now if given.at is None else given.at)
    if at > ms(w.now) + AHEAD_MS:
        raise Invalid("Nobody can have been counted in the future.", field="casualties.at")
    return Casualties(given.dead, given.injured, given.missing, at)


async def _gather(w: Work, case: Case, scene: Scene) -> None:
    """Every unit on it is told where to gather, or that the place is given up."""
    jobs = {a.unit_id: a for a in case.open_assignments if a.unit_id}
    place = scene.staging
    where = "" if place is None else place.address or f"{place.lon:.5f}, {place.lat:.5f}"
    text = f"集结点：{where} / staging: {where}" if where else "集结点取消 / no staging place any more"
    for unit in (await unit_store.read_units(w.conn, list(jobs))).values() if jobs else ():
        await radio.say(w, unit, "update", case.incident, jobs[unit.id], text=text)
