"""Repeats in the same place: a new incident is compared with what happened in its H3 cell and the cells around it.

Asked by the engine when an incident is new, and by the act that gives it another place; what is found is a label of the incident.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.desk.case import Case, open_cases
from dispatch.signs import Repeats
from dispatch.work import Work
from geo import cells
from incidents import store as incident_store
from incidents.model import OPEN, Incident


async def look_around(w: Work, ids: Sequence[UUID]) -> None:
    """Give these incidents, which are locked, the labels of those signs that count repeats."""
    if not _counting(w):
        return
    found: dict[UUID, list[str]] = {}
    for incident in (await incident_store.read_incidents(w.conn, ids)).values():
        labels = await _found(w, incident)
        found |= {incident.id: labels} if labels else {}
    cases = await open_cases(w, found) if found else {}
    for case in _labelled(cases.values(), found):
        await case.save()


async def look_again(w: Work, case: Case) -> None:
    """Its place is another, or has become known; a label that it bears stays, people take it away."""
    case.label(await _found(w, case.incident))


def _counting(w: Work) -> list[tuple[str, Repeats]]:
    return [(sign.label, sign.repeats) for sign in w.centre.rules.signs if sign.repeats is not None]


async def _found(w: Work, incident: Incident) -> list[str]:
    if incident.cell15 is None or incident.state not in OPEN:
        return []
    found, around = [], dict[tuple[int, int], list[incident_store.Beside]]()
    for label, repeats in sorted(_counting(w), key=lambda one: -one[1].within_s):
        ground = repeats.resolution, repeats.rings
        if ground not in around:  # those of a shorter time are among them
            around[ground] = await _around(w, incident, repeats)
        if len(_counted(w, incident, repeats, around[ground])) + 1 >= repeats.count:
            found.append(label)
    return found


def _labelled(cases: Iterable[Case], found: dict[UUID, list[str]]) -> list[Case]:
    return [case for case in cases if case.label(found[case.id])]


async def beside(w: Work, incident: Incident, repeats: Repeats) -> list[incident_store.Beside]:
    """The others that count with it, as a sign says: in its cell and the rings around, of that time, of its group."""
    return _counted(w, incident, repeats, await _around(w, incident, repeats))


async def _around(w: Work, incident: Incident, repeats: Repeats) -> list[incident_store.Beside]:
    if incident.cell15 is None:
        return []
    middle = cells.parent(incident.cell15, repeats.resolution)
    ranges = [cells.cell_range(cell) for cell in cells.disk(middle, repeats.rings)]
    return await incident_store.others_in(w.conn, ranges, _since(incident, repeats), incident)


def _counted(
    w: Work, incident: Incident, repeats: Repeats, others: Iterable[incident_store.Beside]
) -> list[incident_store.Beside]:
    in_time = [one for one in others if one.opened_at > _since(incident, repeats)]
    if not repeats.same_group:
        return in_time
    own = _group(w, incident.type_reported)
    return [one for one in in_time if own is not None and _group(w, one.type) == own]


def _since(incident: Incident, repeats: Repeats) -> datetime:
    return incident.opened_at - timedelta(seconds=repeats.within_s)


def _group(w: Work, code: str | None) -> str | None:
    tree = w.centre.reference.types
    return tree.get(code).at_level(1) if code is not None and code in tree else None
