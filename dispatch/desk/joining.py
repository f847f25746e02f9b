"""One event, several reports: alarms are attached and detached, incidents merged and unmerged.

A merge moves no row: the incident that ends keeps its alarms and assignments, the survivor lists them and its state is
computed over them, and units on the way are told the survivor's number.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from dispatch import lifecycle, store
from dispatch.desk import radio
from dispatch.desk.case import Case, authorised, open_cases, survivor_of
from dispatch.desk.intake import numbers
from dispatch.errors import Invalid, NotFound
from dispatch.work import Work
from geo.cells import cell15
from incidents import commands as ic
from incidents import events as ie
from incidents import lifecycle as incident_lifecycle
from incidents import store as incident_store
from incidents.errors import MergeRefused
from incidents.model import OPEN, RESPONDING, SETTLING, Absorbed, Alarm, Incident
from units import store as unit_store


async def attach(w: Work, incident_id: UUID, alarm_id: UUID) -> Incident:
    """Move an alarm to this incident; an incident left without alarms is merged into this one.

    Raises NotFound, NotNow or MergeRefused.
    """
    alarm = await _alarm(w, alarm_id)
    to_id, from_id = await survivor_of(w, incident_id), alarm.incident_id
    if to_id == from_id:
        return (await _both(w, to_id, to_id))[0].incident
    to, old = await _both(w, to_id, from_id)
    await authorised(w, to, "attach")
    await authorised(w, old, "detach")
    alarm = await _alarm(w, alarm_id)
    if alarm.incident_id != from_id:
        return await attach(w, incident_id, alarm_id)
    at, _ = w.step_time(None)
    _, left = await _move(w, alarm, to_id)
    old.tell(ic.DropAlarm(alarm_id))
    to.tell(ic.CountAlarm(alarm_id, (), at))
    if not left and old.incident.state in OPEN:
        await _merge(w, old, to)
    await old.save()
    await to.save()
    return to.incident


async def detach(w: Work, incident_id: UUID, alarm_id: UUID) -> Incident:
    """Give one of several alarms an incident of its own again; the new incident. Raises NotFound or Invalid."""
    alarm = await _alarm(w, alarm_id)
    old = (await _both(w, incident_id, incident_id))[0]
    await authorised(w, old, "detach")
    alarm = await _alarm(w, alarm_id)
    if alarm.incident_id != old.id:
        raise NotFound(f"Alarm {alarm_id} does not belong to incident {old.incident.number}.", noun="alarm")
    opened = await _open_for(w, alarm, old.incident)
    _, left = await _move(w, alarm, opened.id)
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
    await authorised(w, ending, "merge")
    await authorised(w, survivor, "merge")
    await _merge(w, ending, survivor)
    await ending.save()
    await survivor.save()
    return ending.incident


async def _merge(w: Work, ending: Case, survivor: Case) -> None:
    absorbed = [Absorbed(ending.id, ending.incident.clock)]
    absorbed += [Absorbed(a.id, a.clock) for a in ending.incident.absorbed]
    ending.tell(ic.MergeInto(survivor.id))
    for child_id in [id_ for id_ in ending.family if id_ != ending.id]:
        ending.tell(ic.FollowMerge(survivor.id), of=child_id)
    survivor.tell(ic.Absorb(tuple(absorbed)))
    arriving = ending.open_assignments
    for assignment in ending.assignments.values():
        survivor.assignments[assignment.id] = assignment
    survivor.family |= ending.family
    if arriving:
        await survivor.restart_if_settled()
    await survivor.follow()
    await _tell_units(w, survivor.incident, [a.unit_id for a in arriving if a.unit_id])
    await store.add_audience(
        w.conn,
        [(survivor.id, room, "ordered") for room in {a.room_id for a in arriving if a.room_id}]
        + [(survivor.id, ending.incident.room_id, "lent")],
    )


async def _tell_units(w: Work, incident: Incident, unit_ids: list[UUID]) -> None:
    units = await unit_store.read_units(w.conn, unit_ids) if unit_ids else {}
    jobs = {a.unit_id: a for a in await store.assignments_of(w.conn, [incident.id])}
    for unit in units.values():
        await radio.say(w, unit, "update", incident, jobs.get(unit.id))


async def unmerge(w: Work, incident_id: UUID) -> Incident:
    """Let a merged incident live on its own again, with the state its own assignments say."""
    survivor_id = await survivor_of(w, incident_id)
    ended, survivor = await _both(w, incident_id, survivor_id)
    await authorised(w, ended, "unmerge")
    if ended.incident.merged_into != survivor_id:
        return await unmerge(w, incident_id)
    own = [a for a in survivor.assignments.values() if a.incident_id == incident_id]
    for assignment in own:
        ended.assignments[assignment.id] = survivor.assignments.pop(assignment.id)
    said = lifecycle.progress(ended.incident, own)
    ended.tell(ic.Unmerge(said.state))
    await ended.follow()
    survivor.family.pop(incident_id, None)
    survivor.tell(ic.Separate(incident_id))
    if survivor.incident.state in RESPONDING | SETTLING and survivor.incident.primary_id in {
        a.id for a in own
    }:
        survivor.tell(lifecycle.progress(survivor.incident, survivor.assignments.values()))
    await survivor.follow()
    await ended.save()
    await survivor.save()
    await _tell_units(w, ended.incident, [a.unit_id for a in own if a.is_open and a.unit_id])
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


async def _move(w: Work, alarm: Alarm, to_id: UUID) -> tuple[Alarm, list[Alarm]]:
    """The alarm under its new incident, and those left at the old one."""
    fact = ie.AlarmMoved(incident_id=to_id)
    moved = incident_lifecycle.evolve_alarm(alarm, alarm.id, fact)
    w.append("alarm", alarm.id, moved.version, to_id, fact)
    await incident_store.save_alarms(w.conn, [moved])
    return moved, await incident_store.alarms_of(w.conn, [alarm.incident_id])


async def _open_for(w: Work, alarm: Alarm, like: Incident) -> Incident:
    place = alarm.place
    located = place is not None and place.lon is not None and place.lat is not None
    lon, lat = (place.lon, place.lat) if place is not None and located else (None, None)
    room_id = w.centre.reference.owner(lon, lat) if lon is not None and lat is not None else like.room_id
    at = int((alarm.claimed_at or alarm.recorded_at).timestamp() * 1000)
    fact = ie.Opened(
        number=(await numbers(w, 1))[0],
        type_reported=alarm.type,
        priority=w.centre.reference.types.get(alarm.type).priority if alarm.type else like.priority,
        lon=lon,
        lat=lat,
        place=place,
        cell15=cell15(lon, lat) if lon is not None and lat is not None else None,
        room_id=room_id,
        exercise=alarm.exercise,
        call_point_id=alarm.call_point_id,
        times={"ringing": at, "entered": at},
        opened_at=w.now,
        alarm_id=alarm.id,
    )
    id_: UUID = uuid7()
    w.append("incident", id_, 1, id_, fact)
    incident = incident_lifecycle.evolve(None, id_, fact)
    await incident_store.add_incidents(w.conn, [incident])
    seen = w.centre.reference.audience(room_id, lon, lat, incident.priority)
    await store.add_audience(w.conn, [(id_, room, why) for room, why in sorted(seen)])
    return incident
