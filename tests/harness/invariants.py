"""What must hold of the tables after every act, whatever was done before: judged by the product's words, not by the code."""

from typing import Any

from dispatch.after_action.model import ACTION_ENDED as ACTIONS_OVER
from dispatch.after_action.model import ENDED as REVIEWS_OVER
from dispatch.broadcasts.model import OVER as BROADCASTS_OVER
from dispatch.journal import Connection
from dispatch.lifecycle import STEPS
from dispatch.model import AssignmentState as A
from incidents.model import ENDED, RESPONDING, SETTLING, Incident
from incidents.model import IncidentState as S
from tests.harness.oracle import primary_said, state_said
from tests.harness.town import CITY
from tests.harness.wandering import PLANTED, World

AUDIENCE = "SELECT incident_id, array_agg(room_id) FROM audience GROUP BY 1"
LEAKS = """
SELECT 'journal ' || fact FROM journal WHERE body::text ~ $1
UNION ALL SELECT 'incident' FROM incident i WHERE to_jsonb(i)::text ~ $1
UNION ALL SELECT 'alarm' FROM alarm a WHERE to_jsonb(a)::text ~ $1
UNION ALL SELECT 'assignment' FROM assignment a WHERE to_jsonb(a)::text ~ $1
UNION ALL SELECT 'feedback' FROM feedback f WHERE to_jsonb(f)::text ~ $1
UNION ALL SELECT 'note' FROM note n WHERE to_jsonb(n)::text ~ $1
UNION ALL SELECT 'call' FROM call c WHERE to_jsonb(c)::text ~ $1
UNION ALL SELECT 'radio' FROM radio_message r WHERE to_jsonb(r)::text ~ $1
UNION ALL SELECT 'recommendation' FROM recommendation r WHERE to_jsonb(r)::text ~ $1
UNION ALL SELECT 'message' FROM unit_message m WHERE to_jsonb(m)::text ~ $1
UNION ALL SELECT 'emergency' FROM emergency e WHERE to_jsonb(e)::text ~ $1
UNION ALL SELECT 'backup' FROM backup b WHERE to_jsonb(b)::text ~ $1
UNION ALL SELECT 'task' FROM task t WHERE to_jsonb(t)::text ~ $1
UNION ALL SELECT 'plan' FROM incident_plan p WHERE to_jsonb(p)::text ~ $1
UNION ALL SELECT 'supervision' FROM supervision s WHERE to_jsonb(s)::text ~ $1
UNION ALL SELECT 'handover' FROM handover h WHERE to_jsonb(h)::text ~ $1
UNION ALL SELECT 'log' FROM log_entry l WHERE to_jsonb(l)::text ~ $1
UNION ALL SELECT 'planned event' FROM planned_event p WHERE to_jsonb(p)::text ~ $1
UNION ALL SELECT 'agency request' FROM agency_request r WHERE to_jsonb(r)::text ~ $1
UNION ALL SELECT 'after-action review' FROM after_action_review r WHERE to_jsonb(r)::text ~ $1
UNION ALL SELECT 'review action' FROM review_action a WHERE to_jsonb(a)::text ~ $1
UNION ALL SELECT 'dispute' FROM dispute d WHERE to_jsonb(d)::text ~ $1
UNION ALL SELECT 'broadcast' FROM broadcast b WHERE to_jsonb(b)::text ~ $1
UNION ALL SELECT 'sighting' FROM sighting s WHERE to_jsonb(s)::text ~ $1
UNION ALL SELECT 'outward' FROM outward_message o WHERE to_jsonb(o)::text ~ $1
UNION ALL SELECT 'idempotency' FROM idempotency i WHERE to_jsonb(i)::text ~ $1
"""

UNTOLD = """
SELECT n.id, a.unit_id FROM note n JOIN incident i ON i.id = n.incident_id
JOIN incident j ON coalesce(j.merged_into, j.id) = coalesce(i.merged_into, i.id)
JOIN assignment a ON a.incident_id = j.id
WHERE n.urgent AND a.unit_id IS NOT NULL
    AND a.state IN ('ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired')
    AND NOT EXISTS (SELECT FROM note_read r WHERE r.note_id = n.id AND r.unit_id = a.unit_id)
"""


def check_world(world: World, before: World) -> None:
    """Raise AssertionError naming what does not hold."""
    assert before.alarms.keys() <= world.alarms.keys(), "an alarm was lost"
    assert before.incidents.keys() <= world.incidents.keys(), "an incident was lost"
    for incident in world.incidents.values():
        try:
            check_incident(world, incident)
        except AssertionError as broken:
            raise AssertionError(f"{incident.number} ({incident.state}): {broken}\n{incident}") from broken
    check_orders(world)
    check_tasks(world, before)
    check_aftermath(world, before)


def check_aftermath(world: World, before: World) -> None:
    """No review, action or broadcast is lost or comes back from its end, and no review has closed with an action left."""
    for name, over in (("reviews", REVIEWS_OVER), ("actions", ACTIONS_OVER), ("broadcasts", BROADCASTS_OVER)):
        then, now = getattr(before, name), getattr(world, name)
        assert then.keys() <= now.keys(), f"one of the {name} was lost"
        again = [id_ for id_, one in then.items() if one.state in over and now[id_].state != one.state]
        assert not again, f"{again} of the {name} was over and goes on"
    for action in world.actions.values():
        of = world.reviews[action.review_id]
        assert of.stands or action.state in ACTIONS_OVER, f"{of.id} is {of.state} with {action}"


def check_ends(world: World, before: World, excepted: bool) -> None:
    """No demand, request or dispute is lost or ends twice, and nothing closes with one unless a leader was to say so."""
    for name in ("demands", "requests", "disputes"):
        then, now = getattr(before, name), getattr(world, name)
        assert then.keys() <= now.keys(), f"one of the {name} was lost"
        again = [id_ for id_, one in then.items() if not one.is_open and now[id_].state != one.state]
        assert not again, f"{again} of the {name} was over and goes on"
    for incident in world.incidents.values():
        was = before.incidents.get(incident.id)
        if incident.state in ENDED and was is not None and was.state not in ENDED and not excepted:
            left = world.open_ends(incident.id)
            assert not left, f"{incident.number} became {incident.state} with {left}"


def check_incident(world: World, incident: Incident) -> None:
    """One incident against its family."""
    if incident.state is S.MERGED:
        assert incident.merged_into is not None
        survivor = world.incidents[incident.merged_into]
        assert survivor.state is not S.MERGED, "a chain of merges is not flat"
        assert incident.id in {a.id for a in survivor.absorbed}, "the survivor does not know it"
        assert not incident.absorbed, "what it had taken in did not go on"
        return
    family, orders = world.family(incident.id), world.orders(incident.id)
    assert {a.id for a in incident.absorbed} == {i.id for i in family} - {incident.id}
    alarms = [a for a in world.alarms.values() if a.incident_id in {i.id for i in family}]
    assert alarms, "it stands without any alarm"
    assert {a.exercise for a in alarms} == {incident.exercise}, "a drill and real life are one"
    own = {a.id for a in orders}
    assert incident.primary_id is None or incident.primary_id in own, "its primary is not its own"
    assert incident.base_primary_id is None or incident.base_primary_id in own
    if incident.state in RESPONDING:
        assert incident.state == state_said(incident, orders), (
            f"its orders say {state_said(incident, orders)}"
        )
        assert incident.primary_id == primary_said(incident, orders), "another is primary"
    else:
        assert not any(a.is_open for a in orders), "it has settled while an order stands"
    if incident.state in ENDED:
        assert not any(a.state is A.STACKED for a in orders), "it has ended while a job is kept for it"
    primaries = {a.id for a in orders if a.role == "primary"}
    if incident.state in RESPONDING | SETTLING:
        assert primaries <= {incident.primary_id}, "somebody else is called primary"
    check_times(incident)


def check_times(incident: Incident) -> None:
    """What comes after comes later, and what has not come has no time."""
    times = incident.times
    line = [times[name] for name in ("handled", "fed_back", "reviewed", "closed") if name in times]
    assert incident.began is not None
    line.insert(0, incident.began)
    if incident.state is S.CLOSED:
        assert line == sorted(line), "its closing steps are out of order"
    if incident.state in RESPONDING | {S.HANDLED}:
        assert {"fed_back", "reviewed", "closed"}.isdisjoint(times), "it has times of steps it has not taken"
    if incident.state in {S.FED_BACK, S.REVIEWED, S.CLOSED}:
        assert {"handled", "fed_back"} <= times.keys()
        assert incident.disposition, "fed back without a result"


def check_orders(world: World) -> None:
    """One open order a unit; steps in order; every order on an incident that exists."""
    standing = [a.unit_id for a in world.assignments.values() if a.is_open and a.unit_id]
    assert len(standing) == len(set(standing)), "a unit has two open orders"
    for a in world.assignments.values():
        steps = [a.times[step] for step in STEPS if step in a.times]
        assert steps == sorted(steps), f"the steps of {a.id} are out of order: {a.times}"
        assert a.state in a.times, f"{a} has no time of its state"


def check_tasks(world: World, before: World) -> None:
    """No task is lost; none stands on an incident that has ended; one stands in a room of its incident."""
    assert before.tasks.keys() <= world.tasks.keys(), "a task was lost"
    assert before.plans.keys() <= world.plans.keys(), "a plan was lost"
    for task in world.tasks.values():
        own = world.incidents[task.incident_id]
        incident = world.incidents[own.merged_into] if own.merged_into else own
        if not task.stands:
            continue
        assert incident.state not in ENDED, (
            f"{incident.number} is {incident.state} with {task.step.key} to be done"
        )
        lasting = {CITY, incident.room_id}
        assert task.room_id in lasting, f"{task.step.key} of {incident.number} stays behind in {task.room_id}"
        waits = [id_ for id_ in task.after if world.tasks[id_].stands]
        assert task.state != "pending" or waits or task.step.opens == "handled", (
            f"{task.step.key} waits for nothing"
        )
    for plan in world.plans.values():
        own = world.incidents[plan.incident_id]
        incident = world.incidents[own.merged_into] if own.merged_into else own
        assert incident.state not in ENDED or plan.state not in ("proposed", "active"), (
            f"{plan.code} outlives its incident"
        )


async def check_audience(conn: Connection, world: World, above: dict[Any, Any]) -> None:
    """Owner, rooms above and ordered rooms see an incident."""
    seen = {row[0]: set(row[1]) for row in await conn.fetch(AUDIENCE)}
    for incident in world.incidents.values():
        wanted = {incident.room_id, CITY, *above[incident.room_id]}
        wanted |= {a.room_id for a in world.orders(incident.id) if a.room_id and a.is_open}
        commanding = {incident.room_id, CITY, *above[incident.room_id]}
        assert incident.command_room_id in commanding, f"{incident} is commanded from beside"
        assert wanted <= seen[incident.id], f"{incident} is not seen by {wanted - seen[incident.id]}"


async def check_notes(conn: Connection) -> None:
    """Every unit on an incident was sent every urgent note of it."""
    untold = [tuple(row) for row in await conn.fetch(UNTOLD)]
    assert untold == [], untold


async def check_secrets(conn: Connection) -> None:
    """No name, number or text of a person outside the sealed rows."""
    found = [row[0] for row in await conn.fetch(LEAKS, f"{PLANTED}|138[0-9]{{8}}")]
    assert found == [], found
