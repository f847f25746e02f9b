"""One event, several reports: alarms are attached and detached, incidents merged and unmerged.

A merge moves no row: the incident that ends keeps its alarms and assignments, the survivor lists them and its state is
computed over them, and units on the way are told the survivor's number.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import lifecycle, standings, store
from dispatch.desk import briefing, disputed, radio, requesting
from dispatch.desk.case import Case, authorised, open_cases, survivor_of
from dispatch.desk.intake import check_same_world, numbers
from dispatch.desk.reports import layer_for
from dispatch.errors import Invalid, NotFound
from dispatch.model import Assignment
from dispatch.work import Work, ms
from geo.cells import cell15
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle as incident_lifecycle
from incidents import store as incident_store
from incidents.errors import MergeRefused
from incidents.model import OPEN, SETTLING, Absorbed, Alarm, Incident, promised_for
from incidents.model import IncidentState as S
from incidents.surges import KEPT
from units import store as unit_store

RECENTLY = timedelta(hours=1)
"""Older alarms make no surge of anything."""


async def attach(w: Work, incident_id: UUID, alarm_id: UUID) -> Incident:
    """Move an alarm to this incident; an incident left without alarms is merged into this one.

    Raises NotFound, NotNow or MergeRefused.
    """
    alarm = await _alarm(w, alarm_id)
    to_id, from_id = await survivor_of(w, incident_id), alarm.incident_id
    to, old = await _both(w, to_id, from_id)
    alarm = await _alarm(w, alarm_id)
    if alarm.incident_id != from_id or to.incident.merged_into is not None:
        return await attach(w, incident_id, alarm_id)
    await authorised(w, to, "attach")
    if to.id in (old.id, old.incident.merged_into):
        return to.incident
    await authorised(w, old, "read")
    _check_own(old.incident)
    await authorised(w, old, "detach")
    check_same_world(to.incident, alarm.exercise, "this alarm")
    at, _ = w.step_time(None)
    left = await _move(w, alarm, to_id, old)
    old.tell(ic.DropAlarm(alarm_id))
    at = ms(alarm.recorded_at) if alarm.claimed_at is None else at
    to.tell(ic.CountAlarm(alarm_id, (), at, fresh=w.now - alarm.recorded_at <= RECENTLY))
    if not left and old.incident.state in OPEN:
        await _merge(w, old, to)
    await old.save()
    await to.save()
    return to.incident


def _check_own(incident: Incident) -> None:
    if incident.merged_into is not None:
        raise MergeRefused(
            f"This alarm came with incident {incident.number}, which was merged; unmerge that one first.",
            incident_id=str(incident.id),
        )


async def detach(w: Work, incident_id: UUID, alarm_id: UUID) -> Incident:
    """Give one of several alarms an incident of its own again; the new incident. Raises NotFound or Invalid."""
    old = (await _both(w, incident_id, incident_id))[0]
    await authorised(w, old, "detach")
    alarm = await _alarm(w, alarm_id)
    if alarm.incident_id not in old.family:
        raise NotFound(f"Alarm {alarm_id} does not belong to incident {old.incident.number}.", noun="alarm")
    _check_own(old.family[alarm.incident_id])
    opened = await _open_for(w, alarm, old.incident)
    left = await _move(w, alarm, opened.id, old)
    if not left:
        raise Invalid(
            f"This is the only alarm of incident {old.incident.number}; there is nothing to separate."
        )
    old.tell(ic.DropAlarm(alarm_id))
    await old.save()
    return opened


async def merge(w: Work, incident_id: UUID, into: UUID) -> Incident:
    """End an incident as the same event as another; the ended one. Chains are flattened, cycles refused."""
    survivor_id = await survivor_of(w, into)
    if survivor_id == incident_id:
        raise MergeRefused("These two are already the same incident, or one was merged into the other.")
    ending, survivor = await _both(w, incident_id, survivor_id)
    if survivor.incident.merged_into is not None:  # it was merged on while its lock was waited for
        return await merge(w, incident_id, into)
    await authorised(w, ending, "merge")
    await authorised(w, survivor, "merge")
    check_same_world(survivor.incident, ending.incident.exercise, f"incident {ending.incident.number}")
    await _merge(w, ending, survivor)
    await ending.save()
    await survivor.save()
    return ending.incident


async def _merge(w: Work, ending: Case, survivor: Case) -> None:
    arriving = ending.open_assignments
    if arriving:
        await survivor.restart_if_settled()
    absorbed = [Absorbed(ending.id, ending.incident.clock, ending.incident.round), *ending.incident.absorbed]
    ending.tell(ic.MergeInto(survivor.id))
    for child_id in [id_ for id_ in ending.family if id_ != ending.id]:
        ending.tell(ic.FollowMerge(survivor.id), of=child_id)
    above = w.centre.reference.rooms.by_id[survivor.incident.room_id].lineage[1:]
    raised = tuple(one for one in ending.incident.raised if one.room_id in above)
    commanded_by = highest_command(above, survivor.incident, ending.incident)
    survivor.tell(ic.Absorb(tuple(absorbed), await _reported(w, ending), raised, commanded_by, ms(w.now)))
    survivor.assignments |= ending.assignments
    survivor.family |= ending.family
    await survivor.follow()
    await _tell_units(w, survivor.incident, arriving)
    await store.add_audience(
        w.conn,
        [(survivor.id, room, "ordered") for room in {a.room_id for a in arriving if a.room_id}]
        + [(survivor.id, ending.incident.room_id, "lent")]
        + [(survivor.id, one.room_id, "raised") for one in raised]
        + [(id_, survivor.incident.room_id, "lent") for id_ in sorted(ending.family)],
    )


def highest_command(above: Sequence[UUID], survivor: Incident, ending: Incident) -> UUID | None:
    """The room above the survivor's that commanded what ends, unless one at least as high commands the survivor."""
    room_id = ending.command_room_id
    if room_id not in above:
        return None
    outranked = survivor.command_room_id in above[above.index(room_id) :]
    return None if outranked else room_id


async def _reported(w: Work, ending: Case) -> tuple[int, ...]:
    """When its newest alarms came: merged with those of the survivor they may be a surge. Presses again count for none."""
    seen: set[UUID] = set()
    came = []
    for alarm in await incident_store.alarms_of(w.conn, ending.family):
        again = alarm.call_point_id is not None and alarm.call_point_id in seen
        if alarm.call_point_id is not None:
            seen.add(alarm.call_point_id)
        if not again and w.now - alarm.recorded_at <= RECENTLY:
            came.append(ms(alarm.recorded_at))
    return tuple(came[-KEPT:])


async def _tell_units(w: Work, incident: Incident, jobs: list[Assignment]) -> None:
    """Units on the way learn the number under which they go on."""
    of_units = {a.unit_id: a for a in jobs if a.unit_id and a.is_open}
    units = await unit_store.read_units(w.conn, list(of_units)) if of_units else {}
    for unit in units.values():
        await radio.say(w, unit, "update", incident, of_units[unit.id])


async def unmerge(w: Work, incident_id: UUID) -> Incident:
    """Let a merged incident live on its own again, with the state its own assignments say."""
    survivor_id = await survivor_of(w, incident_id)
    ended, survivor = await _both(w, incident_id, survivor_id)
    await authorised(w, ended, "unmerge")
    if ended.incident.merged_into != survivor_id:
        return await unmerge(w, incident_id)
    del survivor.family[incident_id]
    for alone, other in ((ended, survivor), (survivor, ended)):
        if not await incident_store.alarms_of(w.conn, alone.family):
            raise MergeRefused(
                f"Incident {alone.incident.number} has no alarm of its own left; detach one from "
                f"{other.incident.number} instead."
            )
    own = [a for a in survivor.assignments.values() if a.incident_id == incident_id]
    for a in own:
        del survivor.assignments[a.id]
    left = lifecycle.remains(survivor.incident, survivor.assignments.values())
    lost = left.primary_id != survivor.incident.primary_id
    if lost and survivor.incident.state is S.CLOSED:
        raise MergeRefused(
            f"Incident {survivor.incident.number} was closed by what a unit of {ended.incident.number} did; "
            "reopen it before you part them."
        )
    ended.tell(ic.Unmerge(lifecycle.remains(ended.incident, own)))
    await ended.follow(anew=True)
    survivor.tell(ic.Separate(incident_id, left))
    await survivor.follow(anew=lost and survivor.incident.state in SETTLING)
    await ended.save()
    await survivor.save()
    await briefing.part(w, ended, survivor)
    for case in (ended, survivor):  # one of them may have ended
        await requesting.follow(w, case)
        await disputed.follow(w, case)
    await _tell_units(w, ended.incident, own)
    return ended.incident


async def _both(w: Work, one: UUID, other: UUID) -> tuple[Case, Case]:
    cases = await open_cases(w, {one, other})
    for id_ in (one, other):
        if id_ not in cases:
            raise NotFound(f"There is no incident {id_}.", noun="incident")
    return cases[one], cases[other]


async def _alarm(w: Work, alarm_id: UUID) -> Alarm:
    alarms = await incident_store.read_alarms(w.conn, [alarm_id])
    if alarm_id not in alarms:
        raise NotFound(f"There is no alarm {alarm_id}.", noun="alarm")
    return alarms[alarm_id]


async def _move(w: Work, alarm: Alarm, to_id: UUID, old: Case) -> list[Alarm]:
    """Put the alarm under its new incident; those left at the old one and at what was merged into it."""
    fact = ie.AlarmMoved(incident_id=to_id)
    moved = incident_lifecycle.evolve_alarm(alarm, alarm.id, fact)
    w.append("alarm", alarm.id, moved.version, to_id, fact)
    await incident_store.save_alarms(w.conn, [moved])
    return await incident_store.alarms_of(w.conn, old.family)


async def _open_for(w: Work, alarm: Alarm, like: Incident) -> Incident:
    place = alarm.place
    located = place is not None and place.lon is not None and place.lat is not None
    lon, lat = (place.lon, place.lat) if place is not None and located else (None, None)
    reference, room_id = w.centre.reference, like.room_id
    if lon is not None and lat is not None:
        room_id = reference.owner(lon, lat, layer_for(reference, alarm.type))
    at = ms(
        alarm.recorded_at if alarm.claimed_at is None or "claim_replaced" in alarm.flags else alarm.claimed_at
    )
    times = {"ringing": at, "entered": at}
    promised = promised_for(alarm.source, alarm.flags, alarm.scheduled_for)
    if promised is not None and ms(promised) > at:
        times["scheduled"] = ms(promised)
    fact = ie.Opened(
        number=(await numbers(w, 1))[0],
        type_reported=alarm.type,
        priority=reference.types.get(alarm.type).priority if alarm.type else like.priority,
        lon=lon,
        lat=lat,
        place=place,
        cell15=cell15(lon, lat) if lon is not None and lat is not None else None,
        room_id=room_id,
        exercise=alarm.exercise,
        call_point_id=alarm.call_point_id,
        times=times,
        opened_at=w.now,
        alarm_id=alarm.id,
        areas_number=None if lon is None else reference.areas_number,
        source=alarm.source,
    )
    id_: UUID = uuid7()
    w.append("incident", id_, 1, id_, fact)
    incident = incident_lifecycle.evolve(None, id_, fact)
    await incident_store.add_incidents(w.conn, [incident])
    w.follow(standings.incident(incident))
    seen = reference.audience(room_id, lon, lat, incident.priority)
    await store.add_audience(w.conn, [(id_, room, why) for room, why in sorted(seen)])
    return incident
