"""What happens when a timer falls due: the second bearer, SMS or phone, a look at a promised arrival; else an alert.

EFFECTS is the whole list of what rules may do, STANDING how entities of each noun are asked how they stand, and FIRED how
a firing is written into the history of its noun. The engine calls them with the entity locked, inside the transaction
that marks the timer fired.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dispatch.desk.briefing import follow_notes
from dispatch.desk.case import Case, open_cases
from dispatch.desk.checking import ask_status
from dispatch.rules import Standing
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic

type Effect = Callable[[Work, Timer], Awaitable[datetime | None]]
"""Does what a rule says. None: it has fired. A time: nothing to be done yet, look again then; leaves no trace."""
type Stand = Callable[[Work, Sequence[UUID]], Awaitable[list[Standing]]]
"""How these entities stand; called with them locked."""
type Part = Callable[[Work, Mapping[UUID, Case]], Awaitable[None]]
"""Says how things that belong to these incidents stand (`w.follow`)."""
type Fire = Callable[[Work, Sequence[Timer]], Awaitable[None]]
"""Appends a `rule_fired` fact for each of these timers of one noun, and saves the entities."""


async def alert(w: Work, timer: Timer) -> datetime | None:  # noqa: ARG001  # one signature for all effects
    """Nothing more than that it shows."""
    return None


EFFECTS: Mapping[str, Effect] = {
    "alert": alert,
    "ask_status": ask_status,
    "second_bearer": alert,
    "sms_or_phone": alert,
    "watch_arrival": alert,
}
"""Name in the rules file -> what is done. An effect runs as the system and must be quick: 900 ms are all it has."""


async def fire_on_incidents(w: Work, timers: Sequence[Timer], survivors: Mapping[UUID, UUID]) -> None:
    """Tell the firings of everything that belongs to incidents; survivors: incident -> the one it was merged into."""
    cases = await open_cases(w, {survivors[t.incident_id] for t in timers if t.incident_id})
    for timer in timers:
        if timer.incident_id is not None:
            command = ic.FireRule(
                timer.rule, timer.noun, timer.entity_id, ms(timer.armed_at), ms(timer.due_at)
            )
            cases[survivors[timer.incident_id]].tell(command, of=timer.incident_id)
    for id_ in sorted(cases):
        await cases[id_].save()


FIRED: Mapping[str, Fire] = {}
"""For timers that belong to no incident, by noun."""


PARTS: Sequence[Part] = (follow_notes,)
"""Whatever belongs to incidents and has timers of its own beside orders: told anew when rules change."""


async def stand_incidents(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """Incidents with their orders and all that has timers of its own."""
    cases = await open_cases(w, ids)
    for case in cases.values():
        case.follow_timers()
    for part in PARTS:
        await part(w, cases)
    return []


STANDING: Mapping[str, Stand] = {"incident": stand_incidents}
"""Asked for every open entity of a noun when rules change, and for a new incident."""
