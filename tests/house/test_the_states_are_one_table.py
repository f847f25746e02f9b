"""One truth promise: a state machine's table, its enum, the database's CHECK and the README's picture say the same."""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from enum import StrEnum
from typing import Any

import asyncpg
import pytest

from dispatch import lifecycle as assignment_lifecycle
from dispatch.after_action import actions as review_actions
from dispatch.after_action import lifecycle as review_lifecycle
from dispatch.after_action.model import ActionState, ReviewState
from dispatch.agencies import lifecycle as agency_lifecycle
from dispatch.agencies.model import RequestState
from dispatch.broadcasts import lifecycle as broadcast_lifecycle
from dispatch.broadcasts.model import BroadcastState
from dispatch.disputes import lifecycle as dispute_lifecycle
from dispatch.disputes.model import DisputeState
from dispatch.handovers.model import TRANSITIONS as HANDOVER_TRANSITIONS
from dispatch.handovers.model import HandOverState
from dispatch.model import OPEN, OVER, AssignmentState
from dispatch.planned_events import lifecycle as event_lifecycle
from dispatch.planned_events.model import EventState
from dispatch.plans.model import PLAN_TRANSITIONS, TASK_TRANSITIONS, PlanState, TaskState
from dispatch.rosters.model import TRANSITIONS as SHIFT_TRANSITIONS
from dispatch.rosters.model import ShiftState
from dispatch.shortfalls.model import TRANSITIONS as SHORTFALL_TRANSITIONS
from dispatch.shortfalls.model import ShortfallState
from dispatch.standing_facts import lifecycle as fact_lifecycle
from dispatch.standing_facts.model import FactState
from dispatch.supervision import lifecycle as supervision_lifecycle
from dispatch.supervision.model import SupervisionState
from incidents import lifecycle as incident_lifecycle
from incidents.model import IncidentState
from incidents.telephone import lifecycle as call_lifecycle
from incidents.telephone.model import CallState
from tests.harness.databases import Databases
from tests.harness.diagrams import MACHINES, Machine, drawn, in_readme, read_back
from units import lifecycle as unit_lifecycle
from units.model import Duty

TABLES: dict[tuple[str, str], tuple[type[StrEnum], Mapping[Any, Collection[StrEnum]]]] = {
    ("incident", "state"): (IncidentState, incident_lifecycle.TRANSITIONS),
    ("assignment", "state"): (AssignmentState, assignment_lifecycle.TRANSITIONS),
    ("call", "state"): (CallState, call_lifecycle.TRANSITIONS),
    ("unit", "duty"): (Duty, unit_lifecycle.TRANSITIONS),
    ("incident_plan", "state"): (PlanState, PLAN_TRANSITIONS),
    ("task", "state"): (TaskState, TASK_TRANSITIONS),
    ("supervision", "state"): (SupervisionState, supervision_lifecycle.TRANSITIONS),
    ("handover", "state"): (HandOverState, HANDOVER_TRANSITIONS),
    ("planned_event", "state"): (EventState, event_lifecycle.TRANSITIONS),
    ("agency_request", "state"): (RequestState, agency_lifecycle.TRANSITIONS),
    ("broadcast", "state"): (BroadcastState, broadcast_lifecycle.TRANSITIONS),
    ("after_action_review", "state"): (ReviewState, review_lifecycle.TRANSITIONS),
    ("review_action", "state"): (ActionState, review_actions.TRANSITIONS),
    ("dispute", "state"): (DisputeState, dispute_lifecycle.TRANSITIONS),
    ("roster_shift", "state"): (ShiftState, SHIFT_TRANSITIONS),
    ("shortfall", "state"): (ShortfallState, SHORTFALL_TRANSITIONS),
    ("standing_fact", "state"): (FactState, fact_lifecycle.TRANSITIONS),
}
CHECKS = """
SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.contype = 'c' AND c.conrelid = $1::text::regclass AND a.attname = $2 AND cardinality(c.conkey) = 1
"""
INDEX = "SELECT indexdef FROM pg_indexes WHERE indexname = 'one_open_assignment_a_unit'"


@pytest.fixture(scope="module")
async def connection(databases: Databases) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with databases.copy() as url:
        opened = await asyncpg.connect(url)
        yield opened
        await opened.close()


def words(sql: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", sql))


@pytest.mark.parametrize("where", TABLES, ids=".".join)
async def test_enum_table_and_check_name_the_same_states(
    connection: "asyncpg.Connection[asyncpg.Record]", where: tuple[str, str]
) -> None:
    enum, transitions = TABLES[where]
    assert set(transitions) == set(enum)
    [check] = [row[0] for row in await connection.fetch(CHECKS, *where)]
    assert words(check) == {state.value for state in enum}


@pytest.mark.parametrize("where", TABLES, ids=".".join)
def test_a_transition_leads_to_a_state_of_the_table_and_never_to_itself(where: tuple[str, str]) -> None:
    enum, transitions = TABLES[where]
    for source, targets in transitions.items():
        assert set(targets) <= set(enum) - {source}


async def test_the_database_counts_the_same_assignments_as_open(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert words(await connection.fetchval(INDEX)) == {state.value for state in OPEN}
    assert OPEN.isdisjoint(OVER)
    assert set(AssignmentState) - {AssignmentState.STACKED} == OPEN | OVER


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.title)
def test_a_picture_says_exactly_what_the_table_says(machine: Machine) -> None:
    assert read_back(machine.draw()) == machine.edges


def test_the_readme_shows_the_tables_as_they_are() -> None:
    assert in_readme() == drawn(), "draw it anew: python -m tests.harness.diagrams"


def test_every_state_can_be_reached() -> None:
    first: dict[type[StrEnum], set[StrEnum]] = {
        IncidentState: {IncidentState.RECEIVED},
        AssignmentState: {AssignmentState.STACKED},
        CallState: {CallState.RINGING},
        Duty: {Duty.OFF_DUTY},
        PlanState: {PlanState.PROPOSED},
        TaskState: {TaskState.PENDING},
        SupervisionState: {SupervisionState.GIVEN},
        HandOverState: {HandOverState.DRAFTED},
        RequestState: {RequestState.SENT},
        EventState: {EventState.DRAFT},
        BroadcastState: {BroadcastState.PROPOSED},
        ReviewState: {ReviewState.WAITING},
        ActionState: {ActionState.OPEN},
        DisputeState: {DisputeState.RAISED},
        ShiftState: {ShiftState.PLANNED},
        ShortfallState: {ShortfallState.STANDS},
        FactState: {FactState.PROPOSED},
    }
    for enum, transitions in TABLES.values():
        reached = set(first[enum])
        while more := {target for state in reached for target in transitions[state]} - reached:
            reached |= more
        assert reached == set(enum)
