"""What happens when a timer falls due: the second bearer, SMS or phone, a look at a promised arrival; else an alert.

EFFECTS is the whole list of what rules may do, STANDING how entities of each noun are asked how they stand, and FIRED how
a firing is written into the history of its noun. The engine calls them with the entity locked, inside the transaction
that marks the timer fired.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dispatch import standings, timers
from dispatch.acts import authorise
from dispatch.desk import (
    acknowledging,
    boards,
    chasing,
    crowding,
    demanding,
    devices,
    disputed,
    expiring,
    following_up,
    giving_up,
    handing_over,
    holding,
    keeping_free,
    leveling,
    next_wave,
    notifying,
    picking_up,
    raising,
    reaching,
    replacing,
    requesting,
    reviewing,
    rostering,
    safety,
    standing_in,
    supervising,
    taking_up,
)
from dispatch.desk.briefing import follow_notes
from dispatch.desk.case import Case, open_cases, save_cases
from dispatch.desk.checking import ask_status
from dispatch.desk.endangered import fire_on_emergencies, follow_emergencies, stand_emergencies
from dispatch.journal import Connection
from dispatch.places import Changed
from dispatch.plans import store as plan_store
from dispatch.rooms import Reference
from dispatch.rules import RuleFile, Rules, Standing
from dispatch.seating import links
from dispatch.soundness import Known
from dispatch.timers import Timer
from dispatch.work import Work, ms
from incidents import commands as ic
from incidents.triage import LABELS

RULES_ID = UUID(int=112)

type Effect = Callable[[Work, Timer], Awaitable[datetime | None]]
"""Does what a rule says. None: it has fired. A time: nothing to be done yet, look again then; leaves no trace."""
type Look = Callable[[Work, Sequence[Timer]], Awaitable[set[int]]]
"""Ids of those timers of one kind whose effect would do nothing; called with their entities locked."""
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
    "second_bearer": reaching.second_bearer,
    "sms": reaching.sms,
    "phone": reaching.phone,
    "propose_other": replacing.propose_other,
    "watch_arrival": reaching.watch_arrival,
    "pass_ring_on": picking_up.pass_on,
    "declare_surge": crowding.declare_surge,
    "end_surge": picking_up.end_surge,
    devices.SILENCE: devices.silence,
    "report_abandoned": giving_up.report_abandoned,
    "accept_forms": reviewing.accept_forms,
    "watch_touch": safety.watch_touch,
    "watch_return": safety.watch_return,
    "end_break": expiring.end_break,
    "end_lending": expiring.end_lending,
    "end_standby": expiring.end_standby,
    "end_level": leveling.end_level,
    "miss_shift": rostering.miss_shift,
    "notify_auxiliaries": notifying.notify_auxiliaries,
    links.WATCH: standing_in.watch_link,
    "end_handover": handing_over.end_abandoned,
    "raise_monitor": raising.monitor,
    "raise_share": raising.share,
    "raise_take": raising.take,
    "next_wave": next_wave.next_wave,
    "chase": chasing.chase,
    "start_event": holding.start_event,
    "look_inside": holding.look_inside,
    "watch_broadcast": acknowledging.watch,
    "broadcast_bearer": acknowledging.second_bearer,
    "expire_broadcast": acknowledging.expire,
    "demand": demanding.demand,
    "activate_plan": taking_up.activate_plan,
    "call_back_again": alert,
}
"""Name in the rules file -> what is done. An effect runs as the system and must be quick: 900 ms are all it has.

What it works on, whom it reaches and what it starts stands beside it in `floods.TRAITS`.
"""

NEEDLESS: Mapping[str, Look] = {"declare_surge": crowding.nothing_to_declare}
"""Effects of which a crowd asks many at once: one look for all says which have nothing to do."""


async def fire_on_incidents(w: Work, timers: Sequence[Timer], survivors: Mapping[UUID, UUID]) -> None:
    """Tell the firings of everything that belongs to incidents; survivors: incident -> the one it was merged into."""
    cases = await open_cases(w, {survivors[t.incident_id] for t in timers if t.incident_id})
    for timer in timers:
        if timer.incident_id is not None:
            command = ic.FireRule(
                timer.rule, timer.noun, timer.entity_id, ms(timer.armed_at), ms(timer.due_at)
            )
            cases[survivors[timer.incident_id]].tell(command, of=timer.incident_id)
    await save_cases(w, [cases[id_] for id_ in sorted(cases)])


FIRED: Mapping[str, Fire] = {
    "call": giving_up.fire_on_calls,
    "call_point": devices.fire,
    "unit": expiring.fire_on_units,
    "seat": standing_in.fire_on_seats,
    "supervision": supervising.fire_on_supervision,
    "handover": handing_over.fire_on_handovers,
    "event": holding.fire_on_events,
    "broadcast": acknowledging.fire_on_broadcasts,
    "emergency": fire_on_emergencies,
    "after_action_review": following_up.fire_on_reviews,
    "review_action": following_up.fire_on_actions,
    "duty_level": leveling.fire_on_levels,
    "roster_shift": rostering.fire_on_shifts,
    "shortfall": keeping_free.fire_on_shortfalls,
}
"""For timers that belong to no incident, by noun."""


PARTS: Sequence[Part] = (
    follow_notes,
    follow_emergencies,
    requesting.follow_requests,
    disputed.follow_disputes,
    boards.settle,
)
"""Whatever belongs to incidents and has timers of its own beside orders: told anew when rules change."""


async def stand_incidents(w: Work, ids: Sequence[UUID]) -> list[Standing]:
    """Incidents with their orders and all that has timers of its own."""
    cases = await open_cases(w, ids)
    for case in cases.values():
        case.follow_timers()
    for part in PARTS:
        await part(w, cases)
    return []


STANDING: Mapping[str, Stand] = {
    "incident": stand_incidents,
    "call": giving_up.stand_calls,
    "call_point": devices.stand,
    "unit": expiring.stand_units,
    "seat": standing_in.stand_seats,
    "supervision": supervising.stand_supervision,
    "handover": handing_over.stand_handovers,
    "event": holding.stand_events,
    "broadcast": acknowledging.stand_broadcasts,
    "emergency": stand_emergencies,
    "after_action_review": following_up.stand_reviews,
    "review_action": following_up.stand_actions,
    "duty_level": leveling.stand_levels,
    "roster_shift": rostering.stand_shifts,
    "shortfall": keeping_free.stand_shortfalls,
}
"""Asked for every open entity of a noun when rules change, and for a new incident."""


async def known(conn: Connection, reference: Reference) -> Known:
    """What rules of this city may name."""
    rooms, plans = reference.rooms, await plan_store.read_set(conn)
    tiers = {room.tier for room in rooms.by_id.values()}
    return Known(reference.types, rooms.by_code, tiers, LABELS, plans.by_code)


async def put_rules(w: Work, file: RuleFile) -> Rules:
    """Put in rules as the next version; the engine looks at everything that is open. Raises Invalid, NotAllowed."""
    authorise(w.principal, "reference", "administer")
    city = await known(w.conn, w.centre.reference)
    rules = standings.checked(file, await timers.rules_version(w.conn) + 1, EFFECTS, city)
    await timers.add_rules(w.conn, rules, w.now, STANDING)
    w.append("rule_set", RULES_ID, rules.version, None, Changed(version=rules.version))
    return rules
