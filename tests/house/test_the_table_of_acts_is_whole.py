"""Access promise: acts.csv is the whole truth of who may do what, every line of it counts, and no act goes around it."""

import ast
import csv
from collections.abc import Iterator
from itertools import product
from typing import get_args

import pytest

from dispatch.acts import RELATIONS, RULES, Principal, authorise
from dispatch.after_action.model import ActionState, ReviewState
from dispatch.agencies.model import RequestState
from dispatch.broadcasts.model import BroadcastState
from dispatch.desk import (
    addressing,
    broadcasting,
    closing,
    disputing,
    event_case,
    following_up,
    going,
    handing_over,
    keeping_facts,
    looking_back,
    requesting,
    rostering,
    supervising,
    watching,
)
from dispatch.disputes.model import DisputeState
from dispatch.errors import NotAllowed, NotNow
from dispatch.handovers.model import HandOverState
from dispatch.model import AssignmentState
from dispatch.planned_events.model import EventState
from dispatch.plans.model import TaskState
from dispatch.roles import ROLES
from dispatch.rosters.model import ShiftState
from dispatch.standing_facts.model import FactState
from dispatch.supervision.model import SupervisionState
from incidents.model import IncidentState
from incidents.telephone.model import CallState
from tests.house.source import ROOT, python_files, tree
from units.model import Duty

LINES = list(csv.DictReader((ROOT / "dispatch/acts.csv").read_text(encoding="utf-8").splitlines()))
ACTS = sorted({(line["noun"], line["act"]) for line in LINES})
STATES: dict[str, set[str]] = {
    "incident": {*IncidentState},
    "alarm": {*IncidentState},  # of its incident
    "assignment": {*AssignmentState},
    "unit": {*Duty},
    "call": {*CallState},
    "nuisance_number": set(),
    "note": set(),
    "message": set(),
    "task": {*TaskState},
    "roll_call": set(),
    "closure": set(),
    "supervision": {*SupervisionState},
    "event": {*EventState},
    "agency_request": {*RequestState},
    "broadcast": {*BroadcastState},
    "after_action_review": {*ReviewState},
    "review_action": {*ActionState},
    "dispute": {*DisputeState},
    "seat": set(),
    "handover": {*HandOverState},
    "duty_level": set(),
    "roster_shift": {*ShiftState},
    "shortfall": set(),
    "standing_fact": {*FactState},
    "camera": set(),
    "log_entry": set(),
    "draft": set(),
    "account": set(),
    "types": set(),
    "reference": set(),
}
RELATIONS_OF = {
    "incident": {
        "own",
        "sees",
        "room",
        "commands",
        "ordered",
        "assigned",
        "gateway",
        "offered",
        "entered",
        "shares",
    },
    "alarm": {"any", "room", "sees"},
    "call": {"any", "room"},
    "nuisance_number": {"any"},
    "assignment": {"ordering", "room", "unit", "gateway"},
    "unit": {"room", "lent", "unit", "gateway"},
    "note": {"room", "lent", "ordering", "unit", "gateway"},
    "message": {"room", "lent", "unit", "gateway"},
    "roll_call": {"room"},
    "task": {"room"},
    "closure": {"any", "room"},
    "supervision": {"room", "ordering"},
    "event": {"room", "commands", "ordering", "unit", "sees"},
    "agency_request": {"room", "sees", "gateway"},
    "broadcast": {"any", "room", "ordering", "sees", "unit", "gateway"},
    "after_action_review": {"room", "own"},
    "review_action": {"room", "ordering"},
    "dispute": {"disputing", "other", "judging"},
    "seat": {"any", "own", "room"},
    "draft": {"own", "room"},
    "handover": {"own", "room"},
    "duty_level": {"any", "room"},
    "roster_shift": {"room"},
    "shortfall": {"room"},
    "standing_fact": {"any", "room", "assigned"},
    "camera": {"room", "unit"},
    "log_entry": {"room"},
    "account": {"any"},
    "types": {"any"},
    "reference": {"any"},
}


def named(line: dict[str, str]) -> str:
    return f"{line['act']} {line['noun']} as {line['roles'].replace(' ', '+')} by {line['relation']}"


def states(line: dict[str, str]) -> set[str]:
    return STATES[line["noun"]] if line["states"] == "*" else set(line["states"].split())


def roles(line: dict[str, str]) -> set[str]:
    """Those named, and the replayer, who may do any act."""
    return {*line["roles"].split(), "replayer"}


@pytest.mark.parametrize("line", LINES, ids=named)
def test_a_line_names_only_what_exists(line: dict[str, str]) -> None:
    assert line["noun"] in STATES
    assert set(line["roles"].split()) <= set(ROLES)
    assert line["relation"] in RELATIONS
    assert line["relation"] in RELATIONS_OF[line["noun"]]
    assert states(line) <= STATES[line["noun"]]
    assert line["states"] == " ".join(line["states"].split())


def test_no_line_is_shadowed_by_another() -> None:
    """Every line gives somebody something that no other line gives."""
    shadowed = []
    for line in LINES:
        others = [o for o in LINES if o is not line and (o["noun"], o["act"]) == (line["noun"], line["act"])]
        gives = set(product(line["roles"].split(), states(line) or {"*"}))
        for other in others:
            if other["relation"] in (line["relation"], "any"):
                gives -= set(product(other["roles"].split(), states(other) or {"*"}))
        if not gives:
            shadowed.append(named(line))
    assert shadowed == []


@pytest.mark.parametrize(("noun", "act"), ACTS)
def test_what_is_asked_is_answered_as_the_lines_say(noun: str, act: str) -> None:
    """Every role, relation and state, judged once by the lines as they are written and once by the code."""
    lines = [line for line in LINES if (line["noun"], line["act"]) == (noun, act)]
    for role, relation in product(ROLES, RELATIONS):
        mine = [line for line in lines if role in roles(line) and line["relation"] in ("any", relation)]
        allowed = set().union(*(states(line) for line in mine))
        who = Principal(id="somebody", roles=frozenset({role}))
        for state in STATES[noun]:
            expected = None if state in allowed else NotNow if mine else NotAllowed
            assert outcome(who, noun, act, relation, state) is expected, (role, relation, state)
        assert outcome(who, noun, act, relation, None) is (None if mine else NotAllowed)


def outcome(who: Principal, noun: str, act: str, relation: str, state: str | None) -> type[Exception] | None:
    try:
        authorise(who, noun, act, {relation}, state)
    except (NotAllowed, NotNow) as refused:
        return type(refused)
    return None


def test_several_seats_are_worth_their_sum() -> None:
    both = Principal(id="one", roles=frozenset({"call_taker", "reviewer"}))
    authorise(both, "incident", "note", {"sees"}, "received")
    authorise(both, "incident", "review", {"room"}, "fed_back")
    with pytest.raises(NotAllowed):
        authorise(both, "incident", "order", {"room", "sees", "own"}, "received")


@pytest.mark.parametrize("role", ["security_admin", "auditor", "admin"])
def test_who_looks_after_the_system_never_acts_in_it(role: str) -> None:
    acting = {rule.act for rule in RULES if role in rule.roles}
    assert acting <= {"read", "administer"}


def test_a_principal_without_a_role_may_nothing() -> None:
    nobody = Principal(id="nobody", roles=frozenset())
    for noun, act in ACTS:
        with pytest.raises(NotAllowed):
            authorise(nobody, noun, act, RELATIONS)


def asked() -> Iterator[tuple[str, str]]:
    """(noun, act) of every question that dispatch and web ask of the table."""
    for path in python_files("dispatch", "web"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                yield from question(node)
    yield from (("assignment", act) for act in (*going.STEP_ACTS, *going.EXIT_ACTS.values()))
    yield from (("incident", act) for act in closing.EXIT_ACTS.values())
    yield from (("supervision", act) for act in get_args(supervising.ActName))
    yield from (("handover", act) for act in get_args(handing_over.ActName))
    yield from (("agency_request", act) for act in get_args(requesting.ActName))
    yield from (("event", act) for act in get_args(event_case.ActName))
    yield from (
        ("broadcast", act) for act in (*get_args(broadcasting.ActName), *get_args(addressing.ActName))
    )
    yield from (("after_action_review", act) for act in get_args(looking_back.ReviewActName))
    yield from (("review_action", act) for act in get_args(following_up.ActionActName))
    yield from (("dispute", act) for act in get_args(disputing.ActName))
    yield from (("unit", act) for act in get_args(watching.ActName))
    yield from (("roster_shift", act) for act in get_args(rostering.ActName))
    yield from (("standing_fact", act) for act in get_args(keeping_facts.ActName))


def question(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = ast.unparse(call.func)
    said = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in ("authorise", "acts.authorise", "may", "acts.may") and len(said) >= 2:
        yield said[0], said[1]
    elif name == "authorised" and said:
        yield "incident", said[0]
    elif name == "going.authorise" and said:
        yield "assignment", said[0]
    elif name == "_tell" and len(said) == 1:
        yield "unit", said[0]


def test_every_act_is_in_the_table_and_every_line_is_asked() -> None:
    assert sorted(set(asked())) == ACTS


def test_the_roles_are_listed_in_one_place() -> None:
    lists = {
        path
        for path in python_files("dispatch", "web")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Tuple | ast.List | ast.Set)
        and {"supervisor", "security_admin", "reviewer"}
        <= {e.value for e in node.elts if isinstance(e, ast.Constant)}
    }
    assert {path.as_posix() for path in lists} == {"dispatch/roles.py"}
