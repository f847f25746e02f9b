"""Alarms that join: what they say that nobody said before becomes an urgent note, everything else one paced update.

Beside the intake. A hundred callers of one fire are a hundred alarms; the units on it hear each new thing once, and are
not told a hundred times that somebody called again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch.desk import briefing
from dispatch.desk.case import Case
from dispatch.desk.describing import tell_units
from dispatch.desk.reports import Report
from dispatch.work import Work
from incidents import commands as ic
from incidents import store as incident_store
from incidents.surges import says_more

TEXTS_READ = 50
"""Newest texts that a new one is compared with."""


@asynccontextmanager
async def told(
    w: Work, cases: Mapping[UUID, Case], joined: Sequence[tuple[Report, UUID]]
) -> AsyncIterator[None]:
    """Save the incidents that reports have joined, let the alarms be written inside the block, then tell the units.

    joined: the reports with their incidents.
    """
    noted = await _note_what_differs(w, cases, joined)
    for id_ in sorted(cases):
        await cases[id_].save()
    yield
    for id_ in dict.fromkeys(incident_id for _, incident_id in joined):
        if id_ in noted:
            await briefing.brief(w, cases[id_])
        else:
            await tell_units(w, cases[id_], paced=True)


async def _note_what_differs(
    w: Work, cases: Mapping[UUID, Case], joined: Sequence[tuple[Report, UUID]]
) -> set[UUID]:
    """Note what the attached among them say that nobody has said; the incidents that learned something."""
    said: dict[UUID, list[str]] = {}
    noted: set[UUID] = set()
    for report, incident_id in joined:
        text, narrative_id = report.command.text, report.narrative_id
        if not text or narrative_id is None or report.command.attach_to is None:
            continue
        case = cases[incident_id]
        if case.id not in said:
            said[case.id] = await _texts(w, case)
        if says_more(text, said[case.id]):
            w.actor = report.actor
            await _note(w, case, narrative_id)
            noted.add(case.id)
        said[case.id].append(text)
    return noted


async def _texts(w: Work, case: Case) -> list[str]:
    """What was said about it so far; what was erased is not known any more."""
    sealed = await incident_store.texts_of(w.conn, case.family, TEXTS_READ)
    opened = (w.centre.seal.open_or_none(salt, body) for salt, body in sealed)
    return [plain.decode() for plain in opened if plain is not None]


async def _note(w: Work, case: Case, narrative_id: UUID) -> None:
    note_id: UUID = uuid7()
    case.tell(ic.Note(note_id, "caller", urgent=True))
    await incident_store.add_note(
        w.conn,
        {
            "id": note_id, "incident_id": case.id, "kind": "caller", "urgent": True, "narrative_id": narrative_id,
            "by": w.principal.id, "recorded_at": w.now,
        },
    )  # fmt: skip
