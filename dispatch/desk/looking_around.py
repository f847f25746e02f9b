"""Repeats in the same place: a new incident is compared with what happened in its H3 cell and the cells around it.

Asked by the engine when an incident is new, and by the act that gives it another place; what is found is a label of the incident.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.desk.case import Case, open_cases, save_cases
from dispatch.signs import Repeats
from dispatch.work import Work
from geo import cells
from incidents import store as incident_store
from incidents.model import OPEN, RESPONDING, Incident


async def look_around(w: Work, ids: Sequence[UUID]) -> None:
    """Give these incidents, which are locked, the labels of those signs that count repeats."""
    if not _counting(w):
        return
    found = await _found(w, (await incident_store.read_incidents(w.conn, ids)).values())
    cases = await open_cases(w, found) if found else {}
    await save_cases(w, _labelled(cases.values(), found))


async def look_again(w: Work, case: Case) -> None:
    """Its place is another, or has become known; a label that it bears stays, people take it away."""
    case.label((await _found(w, [case.incident])).get(case.id, ()))


async def beside_surges(w: Work, ids: Sequence[UUID], repeats: Repeats) -> set[UUID]:
    """Those of these incidents that are responded to and beside which one that counts with them is a surge already."""
    incidents = (await incident_store.read_incidents(w.conn, ids)).values()
    going_on = [one for one in incidents if one.state in RESPONDING]
    crowds = [(one.id, _crowd(w, one, repeats, 1, surging=True)) for one in going_on]
    asked = {id_: crowd for id_, crowd in crowds if crowd is not None}
    return (
        {list(asked)[n] for n in await incident_store.crowded(w.conn, list(asked.values()))}
        if asked
        else set()
    )


def _counting(w: Work) -> list[tuple[str, Repeats]]:
    return [(sign.label, sign.repeats) for sign in w.centre.rules.signs if sign.repeats is not None]


async def _found(w: Work, incidents: Iterable[Incident]) -> dict[UUID, list[str]]:
    """The labels of each of those that have any, with one statement for all."""
    asked, crowds = [], []
    for incident in incidents:
        for label, repeats in _counting(w) if incident.state in OPEN else ():
            crowd = _crowd(w, incident, repeats, repeats.count - 1)
            if crowd is not None:
                asked.append((incident.id, label))
                crowds.append(crowd)
    found: dict[UUID, list[str]] = {}
    for n in sorted(await incident_store.crowded(w.conn, crowds) if crowds else ()):
        id_, label = asked[n]
        found.setdefault(id_, []).append(label)
    return found


def _crowd(
    w: Work, incident: Incident, repeats: Repeats, least: int, surging: bool = False
) -> incident_store.Crowd | None:
    """What is to be asked of the others beside it; None where nobody can count with it."""
    code, tree = incident.type_reported, w.centre.reference.types
    known = code is not None and code in tree
    if incident.cell15 is None or (repeats.same_group and not known):
        return None
    codes = tree.group(code) if code is not None and repeats.same_group else None
    return incident_store.Crowd(
        of=incident, ranges=_ranges(incident.cell15, repeats), since=_since(incident, repeats), least=least,
        codes=codes, surging=surging,
    )  # fmt: skip


def _labelled(cases: Iterable[Case], found: dict[UUID, list[str]]) -> list[Case]:
    return [case for case in cases if case.label(found[case.id])]


async def beside(w: Work, incident: Incident, repeats: Repeats) -> list[incident_store.Beside]:
    """The others that count with it, as a sign says: in its cell and the rings around, of that time, of its group."""
    if incident.cell15 is None:
        return []
    ranges, since = _ranges(incident.cell15, repeats), _since(incident, repeats)
    others = await incident_store.others_in(w.conn, ranges, since, incident)
    if not repeats.same_group:
        return others
    code, tree = incident.type_reported, w.centre.reference.types
    alike = tree.group(code) if code is not None and code in tree else ()
    return [one for one in others if one.type in alike]


def _ranges(cell15: int, repeats: Repeats) -> list[tuple[int, int]]:
    middle = cells.parent(cell15, repeats.resolution)
    return [cells.cell_range(cell) for cell in cells.disk(middle, repeats.rings)]


def _since(incident: Incident, repeats: Repeats) -> datetime:
    return incident.opened_at - timedelta(seconds=repeats.within_s)
