"""Whatever the house can say of a state, a fact or a refusal, the console has words and a shape for it; read from its source."""

import re
from pathlib import Path
from typing import get_args

from dispatch.folds import FOLDS
from dispatch.model import AssignmentState
from dispatch.plans.file import ROLES
from dispatch.plans.model import TaskState
from incidents.model import IncidentState
from incidents.triage import LABELS
from units.roll import PROGRESS
from web.errors import STATUS

SOURCE = Path(__file__).parents[2] / "web" / "console" / "src"
REFUSED = {403, 409, 412, 503}


def table(file: str, name: str) -> set[str]:
    """Keys of an object literal: a table of words or of shapes."""
    text = (SOURCE / file).read_text("utf-8")
    found = re.search(rf"const {name}\b[^{{]*\{{(.*?)\n\}}", text, re.DOTALL)
    assert found is not None, f"{file} has no table {name}"
    return {key.strip("'") for key in re.findall(r"(?:^|[,{]|\n)\s*('[\w.]+'|\w+): \[", found[1])}


def test_every_fact_of_the_journal_is_told() -> None:
    facts = {
        f"{fold.noun}.{kind.__struct_config__.tag}"
        for fold in FOLDS
        for kind in (get_args(fold.facts) or (fold.facts,))
    }
    assert facts - table("words/facts.ts", "facts") == set()


def test_every_state_has_a_name() -> None:
    assert set(IncidentState) - table("words/states.ts", "incidentStates") == set()
    assert {*AssignmentState, *PROGRESS} - table("words/states.ts", "unitStates") == set()
    assert set(TaskState) - table("words/states.ts", "taskStates") == set()
    assert set(ROLES) - table("words/terms.ts", "roles") == set()
    assert set(LABELS) - table("words/labels.ts", "labels") == set()


def test_every_state_has_a_shape() -> None:
    assert {*IncidentState, *AssignmentState, *PROGRESS} - table("look/shapes.ts", "LOOK") == set()


def test_every_conflict_is_told() -> None:
    codes = {kind.code for kind, status in STATUS.items() if status in REFUSED and hasattr(kind, "code")}
    assert codes - table("words/refusals.ts", "refusals") == set()
