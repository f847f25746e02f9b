"""An incident as an act handles it: locked, with everything merged into it and all their assignments.

Locks are taken in one order everywhere: call points, incidents by id, assignments by id, units by id; those merged into an
incident are locked with it in that order, since an act may write them too. Only what is merged while its lock is waited for
is locked late; acts that meet there are undone and done again.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from dispatch import acts, lifecycle, standings, store
from dispatch import commands as ac
from dispatch import events as ae
from dispatch.acts import Principal
from dispatch.bearers.store import Told
from dispatch.desk import boards, briefing, called_away, informing, radio
from dispatch.errors import NotFound
from dispatch.model import Assignment, Feedback
from dispatch.planned_events import store as event_store
from dispatch.standing_facts.model import KnownFact
from dispatch.work import Work
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle as incident_lifecycle
from incidents import store as incident_store
from incidents.model import ENDED, RESPONDING, SETTLING, Incident
from incidents.model import IncidentState as S
from units import store as unit_store
from units.model import Unit


class Case:
    """One incident under lock. `tell*` apply commands and remember the facts; `save` writes what changed."""

    def __init__(
        self, w: Work, family: Iterable[Incident], assignments: Iterable[Assignment], id_: UUID
    ) -> None:
        self.w = w
        self.id = id_
        self.family = {incident.id: incident for incident in family}
        self.assignments = {a.id: a for a in assignments}
        self._restarted = False
        self._joined: set[UUID] = set()
        self._surged: set[UUID] = set()
        self._calmed: set[UUID] = set()
        self._left: set[UUID] = set()
        self._dirty_incidents: set[UUID] = set()
        self._dirty_assignments: set[UUID] = set()

    @property
    def incident(self) -> Incident:
        """The incident as it stands after the facts so far."""
        return self.family[self.id]

    @property
    def open_assignments(self) -> list[Assignment]:
        """Orders that stand, of the incident and those merged into it."""
        return [a for a in self.assignments.values() if a.is_open]

    @property
    def known_here(self) -> tuple[KnownFact, ...]:
        """Standing facts of its place as they are known now, for an order that goes out."""
        return tuple(one.fact.known for one in self.w.centre.ground.at(self.incident.place, self.w.now))

    def tell(self, command: ic.Command, of: UUID | None = None) -> bool:
        """Apply a command to the incident (or another of its family); whether anything changed."""
        id_ = of or self.id
        facts = incident_lifecycle.decide(self.family[id_], command)
        for fact in facts:
            if id_ == self.id:
                self._inform(informing.told_by(self.family[id_], fact))
            changed = incident_lifecycle.evolve(self.family[id_], id_, fact)
            self.family[id_] = changed
            self.w.append("incident", id_, changed.version, id_, fact)
            self._dirty_incidents.add(id_)
            if isinstance(fact, ie.TookIn):
                self._brief()
            if isinstance(fact, ie.Amended) and fact.place is not msgspec.UNSET:
                self.w.at_end(("placed", id_), lambda: event_store.look_at(self.w.conn, id_, self.w.now))
            if boards.concerns_plans(fact):
                self._settle_plans()
            if isinstance(fact, ie.Surged):
                self._surged.add(id_)
            if isinstance(fact, ie.SurgeEnded):
                self._calmed |= set(self.family) if id_ == self.id else {id_}
        return bool(facts)

    def label(self, labels: Iterable[str]) -> bool:
        """Give the incident labels that it has not; whether it got any."""
        new = tuple(label for label in labels if label not in self.incident.labels)
        kept = self.incident.proposed_room_id
        return bool(new) and self.tell(ic.Amend(labels=(*self.incident.labels, *new), proposed_room_id=kept))

    def tell_assignment(self, id_: UUID, command: ac.Command) -> bool:
        """Apply a command to one assignment; whether anything changed."""
        facts = lifecycle.decide(self.assignments[id_], command)
        for fact in facts:
            self._evolve(id_, fact)
        return bool(facts)

    def place(self, id_: UUID, fact: ae.Placed, unit: Unit | None = None) -> Assignment:
        """Enter a new assignment. unit: whose it is, as its row was read."""
        self._evolve(id_, fact)
        if unit is not None and self.assignments[id_].is_open:
            called_away.by_a_job(self.w, unit)
        return self.assignments[id_]

    def _evolve(self, id_: UUID, fact: ae.AssignmentFact) -> None:
        changed = lifecycle.evolve(self.assignments.get(id_), id_, fact)
        self.assignments[id_] = changed
        self.w.append("assignment", id_, changed.version, changed.incident_id, fact)
        self._dirty_assignments.add(id_)
        if changed.unit_id and changed.is_open and isinstance(fact, ae.Placed | ae.Sent):
            self._joined.add(changed.unit_id)
            self._brief()
            self._settle_plans()
        elif changed.unit_id and changed.is_over and isinstance(fact, ae.Stepped | ae.Ended):
            self._left.add(changed.unit_id)
            self._brief()

    def _inform(self, kind: Told | None) -> None:
        """Once everything of this act was done, write to the callers."""
        if kind is not None:
            self.w.at_end(("inform", self.id, kind), lambda: informing.tell_callers(self.w, self, kind))

    def _brief(self) -> None:
        """Once everything of this act was said, tell the units on it what they must know, and wait for no other."""
        self.w.at_end(("brief", self.id), lambda: briefing.settle(self.w, self, self._joined, self._left))

    def _settle_plans(self) -> None:
        """Once everything of this act was said, its plans and tasks go on."""
        self.w.at_end_of_all(boards.settle, self.id, self)

    async def follow(self, anew: bool = False) -> None:
        """Let the incident's state follow its assignments, and the final form close the circle.

        anew: ask the assignments although the incident was settled, because it lost or regained some of them.
        """
        if self.incident.state in RESPONDING or self._restarted or anew:
            self.tell(lifecycle.progress(self.incident, self.assignments.values()))
            await self.look_no_more()
        for assignment, role in lifecycle.roles(self.incident.primary_id, self.assignments.values()):
            self.tell_assignment(assignment.id, ac.ChangeRole(role))
        if self.incident.state is S.HANDLED:
            await self._settle()

    async def look_no_more(self) -> None:
        """Video patrols look for as long as somebody responds; then their orders end by themselves, and they are told."""
        if self.incident.state in RESPONDING:
            return
        for a in self.open_assignments:
            if a.watches and a.unit_id is not None:
                at = max(self.w.step_time(None)[0], *a.times.values())
                self.tell_assignment(a.id, ac.TakeExit("recalled", at))
                unit = (await unit_store.read_units(self.w.conn, [a.unit_id]))[a.unit_id]
                await radio.say(self.w, unit, "recall", self.family[a.incident_id], a)

    async def _settle(self) -> None:
        """`handled` becomes `fed_back` once the primary's final form is in, or the result of a handling stands.

        Not while a form that was sent back waits for its correction.
        """
        incident = self.incident
        forms = await store.feedback_of(self.w.conn, self.family)
        awaited = {a.id for a in lifecycle.of_this_round(incident, self.assignments.values())}
        awaited |= {id_ for id_ in (incident.primary_id,) if id_}
        if any(f.kind == "final" and f.state == "returned" and f.assignment_id in awaited for f in forms):
            return
        at = max(self.w.step_time(None)[0], incident.times.get("handled", 0))
        form = standing_final(forms, incident.primary_id)
        if form is not None:
            self.tell(ic.FeedBack(at, form.type_verified, form.result or incident.disposition))
        elif incident.primary_id is None and incident.disposition and incident.base_state == "handled":
            self.tell(ic.FeedBack(at, None, incident.disposition))

    async def restart_if_settled(self) -> None:
        """A new order on a settled incident starts a new round; `follow` then says its state."""
        if self.incident.state in SETTLING and self.tell(ic.StartRound()):
            self._restarted = True

    async def save(self) -> None:
        """Write what changed, as `save_cases` does."""
        await save_cases(self.w, [self])

    def calm(self) -> None:
        """A surge is over when nobody is on the way any more: there is nothing left to attach to."""
        for id_ in self._dirty_incidents & self.family.keys():
            if self.family[id_].state in SETTLING | ENDED:
                self.tell(ic.EndSurge(), of=id_)

    @property
    def calmed(self) -> set[UUID]:
        """Incidents that are no surge any more: rooms that saw them for that alone see them no longer."""
        return self._calmed

    def changed(self) -> tuple[list[Incident], list[Assignment], list[tuple[UUID, UUID, str]]]:
        """Rows that are otherwise than they were read; a surge is seen by every call-taker, so by every room."""
        rooms = self.w.centre.reference.rooms.everything if self._surged else ()
        return (
            [self.family[i] for i in self._dirty_incidents],
            [self.assignments[i] for i in self._dirty_assignments],
            [(id_, room, "surge") for id_ in self._surged for room in rooms],
        )

    def follow_timers(self) -> None:
        """Say how everything of this case stands now; what belongs to a merged incident counts with its survivor."""
        orders = list(self.assignments.values())
        for incident in self.family.values():
            self.w.follow(standings.incident(incident, orders))
        for a in orders:
            self.w.follow(standings.assignment(a, self.incident))


async def save_cases(w: Work, cases: Iterable[Case]) -> None:
    """Write changed rows of some cases: incidents first, then assignments, both by id; their timers follow."""
    incidents: list[Incident] = []
    assignments: list[Assignment] = []
    seen: list[tuple[UUID, UUID, str]] = []
    calmed: set[UUID] = set()
    for case in cases:
        case.calm()
        calmed |= case.calmed
        its_own, orders, rooms = case.changed()
        incidents += its_own
        assignments += orders
        seen += rooms
        if its_own or orders:
            case.follow_timers()
    if incidents:
        await incident_store.save_incidents(w.conn, sorted(incidents, key=lambda one: one.id))
    if assignments:
        await store.save_assignments(w.conn, sorted(assignments, key=lambda one: one.id))
    if seen:
        await store.add_audience(w.conn, sorted(seen))
    if calmed:
        await store.drop_surge_audience(w.conn, calmed)


def standing_final(forms: Sequence[Feedback], assignment_id: UUID | None) -> Feedback | None:
    """The final form of an assignment that was neither returned nor replaced."""
    mine = (f for f in forms if f.assignment_id == assignment_id and f.kind == "final")
    return next((f for f in mine if f.state in ("submitted", "accepted")), None)


async def survivor_of(w: Work, incident_id: UUID) -> UUID:
    """The incident itself, or the one it was merged into. Raises NotFound."""
    found = await incident_store.read_incidents(w.conn, [incident_id])
    if incident_id not in found:
        raise NotFound(f"There is no incident {incident_id}.", noun="incident")
    return found[incident_id].merged_into or incident_id


async def open_case(w: Work, incident_id: UUID, follow_merge: bool = False) -> Case:
    """Lock an incident and its family; with `follow_merge` the one it was merged into. Raises NotFound."""
    id_ = await survivor_of(w, incident_id) if follow_merge else incident_id
    cases = await open_cases(w, [id_])
    if id_ not in cases:
        raise NotFound(f"There is no incident {incident_id}.", noun="incident")
    case = cases[id_]
    moved = case.incident.merged_into is not None or incident_id not in case.family
    if follow_merge and moved:  # merged or unmerged while the lock was waited for
        return await open_case(w, incident_id, follow_merge=True)
    return case


async def open_cases(w: Work, incident_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """Lock several incidents in order of id, each with its family; unknown ids are absent."""
    wanted = set(incident_ids)
    rows = await incident_store.lock_incidents(w.conn, wanted)
    locked = {id_: row for id_, row in rows.items() if id_ in wanted}
    if not locked:
        return {}
    child_ids = await incident_store.children(w.conn, list(locked))
    late = [id_ for id_ in child_ids if id_ not in rows]  # merged by whoever had the lock before
    read = await incident_store.read_incidents(w.conn, late) if late else {}
    family = {id_: (rows | read)[id_] for id_ in child_ids}
    assignments = await store.lock_assignments(w.conn, [*locked, *family])
    cases = {}
    for id_, incident in locked.items():
        members = [incident] + [child for child in family.values() if child.merged_into == id_]
        ids = {member.id for member in members}
        cases[id_] = Case(w, members, [a for a in assignments if a.incident_id in ids], id_)
    return cases


def by_member(cases: Mapping[UUID, Case]) -> dict[UUID, Case]:
    """Each incident of these families -> its case, for one statement about all of them."""
    return {id_: case for case in cases.values() for id_ in case.family}


async def relations(w: Work, case: Case) -> set[str]:
    """How the principal stands to the incident: own, sees, room, commands, ordered, assigned, gateway, offered, entered, shares.

    commands: its own room has command, or one below it; offered: duty is proposed to it; entered: a pursuit has come into its
    area; shares: and it takes part.
    """
    principal, incident = w.principal, case.incident
    found = {"commands"} if incident.command_room_id in principal.rooms else set[str]()
    if incident.room_id in principal.rooms or incident.command_room_id in principal.rooms:
        found |= {"room", "sees"}
    elif principal.rooms:
        audience = await store.audience_of(w.conn, [incident.id])
        if audience.get(incident.id, set()) & principal.rooms:
            found.add("sees")
    found |= _beside(principal, incident)
    if any(a.room_id in principal.rooms for a in case.open_assignments if a.room_id):
        found |= {"ordered", "sees"}
    if principal.unit_id and any(a.unit_id == principal.unit_id for a in case.assignments.values()):
        found.add("assigned")
    if principal.gateway is not None:
        units = await unit_store.read_units(w.conn, [a.unit_id for a in case.open_assignments if a.unit_id])
        if any(unit.speaks_through(principal.gateway) for unit in units.values()):
            found.add("gateway")
    return found | await _as_reporter(w, case)


async def _as_reporter(w: Work, case: Case) -> set[str]:
    """Whose alarms these are: a call-taker who took them all, or any of them; a crew that reported one of them itself."""
    roles = w.principal.roles
    if not roles & {"call_taker", "unit"}:
        return set()
    takers = {alarm.taken_by for alarm in await incident_store.alarms_of(w.conn, case.family)}
    if w.principal.id not in takers:
        return set()
    return {"own", "sees"} if "unit" in roles or takers == {w.principal.id} else {"sees"}


def _beside(principal: Principal, incident: Incident) -> set[str]:
    """How rooms stand to it that have neither duty nor command."""
    found = {"offered"} if incident.proposed_room_id in principal.rooms else set[str]()
    pursuit = incident.pursuit
    mine = [one for one in pursuit.entered if one.room_id in principal.rooms] if pursuit is not None else []
    found |= {"entered"} if mine else set()
    found |= {"shares"} if any(one.joined_at is not None for one in mine) else set()
    return found


async def authorised(w: Work, case: Case, act: str) -> set[str]:
    """Check the act on an incident against the table; the relations it was judged by.

    An incident this seat may not see at all is NotFound, not NotAllowed.
    """
    found = await relations(w, case)
    if not found & {"sees", "assigned", "gateway"}:
        raise NotFound(f"There is no incident {case.id}.", noun="incident")
    acts.authorise(w.principal, "incident", act, found, case.incident.state)
    return found
