"""The state machines of the house as Mermaid diagrams: drawn from their tables, and read back into edges.

python -m tests.harness.diagrams        # draws them anew into README.md
"""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from itertools import product

from dispatch import lifecycle as assignment_lifecycle
from dispatch.after_action import actions as review_actions
from dispatch.after_action import lifecycle as review_lifecycle
from dispatch.after_action.model import ACTION_ENDED, ACTION_STANDING, ActionState, ReviewState
from dispatch.after_action.model import ENDED as REVIEW_ENDED
from dispatch.after_action.model import STANDING as REVIEW_STANDING
from dispatch.agencies import lifecycle as agency_lifecycle
from dispatch.agencies.model import OPEN as REQUEST_OPEN
from dispatch.agencies.model import OVER as REQUEST_OVER
from dispatch.agencies.model import RequestState
from dispatch.broadcasts import lifecycle as broadcast_lifecycle
from dispatch.broadcasts.model import OVER as BROADCAST_OVER
from dispatch.broadcasts.model import BroadcastState
from dispatch.disputes import lifecycle as dispute_lifecycle
from dispatch.disputes.model import OVER as DISPUTE_OVER
from dispatch.disputes.model import DisputeState
from dispatch.handovers import model as handovers
from dispatch.model import OPEN as OPEN_ASSIGNMENT
from dispatch.model import OVER
from dispatch.model import AssignmentState as A
from dispatch.planned_events import lifecycle as event_lifecycle
from dispatch.planned_events.model import OVER as EVENT_OVER
from dispatch.planned_events.model import PREPARED as EVENT_PREPARED
from dispatch.planned_events.model import EventState
from dispatch.plans.model import PLAN_TRANSITIONS, STANDING, TASK_TRANSITIONS, PlanState, TaskState
from dispatch.rosters.model import OVER as SHIFT_OVER
from dispatch.rosters.model import TRANSITIONS as SHIFT_TRANSITIONS
from dispatch.rosters.model import ShiftState
from dispatch.standing_facts import lifecycle as fact_lifecycle
from dispatch.standing_facts.model import OVER as FACT_OVER
from dispatch.standing_facts.model import FactState
from dispatch.supervision import lifecycle as supervision_lifecycle
from dispatch.supervision.model import OPEN as SUPERVISION_OPEN
from dispatch.supervision.model import OVER as SUPERVISION_OVER
from dispatch.supervision.model import SupervisionState
from incidents import lifecycle as incident_lifecycle
from incidents.model import ENDED, OPEN, RESPONDING, SETTLING
from incidents.model import IncidentState as S
from incidents.telephone import lifecycle as call_lifecycle
from incidents.telephone.model import ENDED as CALL_ENDED
from incidents.telephone.model import LIVE, CallState
from tests.house.source import ROOT
from units import lifecycle as unit_lifecycle
from units.model import Duty

README = ROOT / "README.md"
BEGIN, END = "<!-- states:begin -->", "<!-- states:end -->"
EACH = "each to each"

type Edges = set[tuple[str, str]]


class Machine:
    """One table with the names of its groups, outer before inner; each group is drawn as a box around its states.

    Mermaid knows no arrow inside one and the same box, so a box whose states all lead to each other says so in its label.
    """

    def __init__[S: StrEnum](
        self, title: str, first: S, table: Mapping[S, Collection[S]], groups: dict[str, Collection[S]]
    ) -> None:
        self.title = title
        self.first = first.value
        self.states = [state.value for state in type(first)]
        self.edges: Edges = {
            (source.value, target.value) for source, targets in table.items() for target in targets
        }
        self.groups = {
            name: [state.value for state in type(first) if state in set(members)]
            for name, members in groups.items()
        }
        self.free = {name for name, states in self.groups.items() if _inside(states) <= self.edges}

    def draw(self) -> str:
        """The diagram as Mermaid; an edge at a box stands for one at each of its states."""
        lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {self.first}"]
        lines += self._boxes(list(self.groups), 1)
        lines += [f"    {source} --> {target}" for source, target in self._bundled()]
        return "\n".join(lines)

    def _boxes(self, names: list[str], depth: int) -> list[str]:
        lines: list[str] = []
        left = list(names)
        while left:
            name = left.pop(0)
            inner = [other for other in left if set(self.groups[other]) < set(self.groups[name])]
            left = [other for other in left if other not in inner]
            boxed = {state for other in inner for state in self.groups[other]}
            pad = "    " * depth
            lines += [
                f'{pad}state "{name}, {EACH}" as {name} {{' if name in self.free else f"{pad}state {name} {{",
                *self._boxes(inner, depth + 1),
                *(f"{pad}    {state}" for state in self.groups[name] if state not in boxed),
                f"{pad}}}",
            ]
        return lines

    def _bundled(self) -> Iterator[tuple[str, str]]:
        ends = {**self.groups, **{state: [state] for state in self.states}}
        left = self.edges - {edge for name in self.free for edge in _inside(self.groups[name])}
        for (source, from_), (target, to) in product(ends.items(), ends.items()):
            bundle = set(product(from_, to))
            if not set(from_) & set(to) and bundle <= self.edges and bundle & left:
                left -= bundle
                yield source, target


def _inside(states: Collection[str]) -> Edges:
    return {(a, b) for a in states for b in states if a != b}


MACHINES = (
    Machine(
        "An incident", S.RECEIVED, incident_lifecycle.TRANSITIONS,
        {"open": OPEN, "responding": RESPONDING, "settling": SETTLING, "ended": ENDED},
    ),
    Machine(
        "An assignment", A.ORDERED, assignment_lifecycle.TRANSITIONS,
        {"standing": OPEN_ASSIGNMENT, "sent": OPEN_ASSIGNMENT - {A.UNABLE, A.EXPIRED}, "over": OVER},
    ),
    Machine("A telephone call", CallState.RINGING, call_lifecycle.TRANSITIONS, {"live": LIVE, "over": CALL_ENDED}),
    Machine(
        "A supervision order", SupervisionState.GIVEN, supervision_lifecycle.TRANSITIONS,
        {"standing": SUPERVISION_OPEN, "over": SUPERVISION_OVER},
    ),
    Machine(
        "A planned event", EventState.DRAFT, event_lifecycle.TRANSITIONS,
        {"prepared": EVENT_PREPARED, "over": EVENT_OVER},
    ),
    Machine(
        "A request to an agency", RequestState.SENT, agency_lifecycle.TRANSITIONS,
        {"standing": REQUEST_OPEN, "over": REQUEST_OVER},
    ),
    Machine(
        "A hand-over of a shift", handovers.H.DRAFTED, handovers.TRANSITIONS,
        {"open": handovers.OPEN, "over": handovers.OVER},
    ),
    Machine("A broadcast", BroadcastState.PROPOSED, broadcast_lifecycle.TRANSITIONS, {"over": BROADCAST_OVER}),
    Machine(
        "An after-action review", ReviewState.WAITING, review_lifecycle.TRANSITIONS,
        {"standing": REVIEW_STANDING, "over": REVIEW_ENDED},
    ),
    Machine(
        "An action of a review", ActionState.OPEN, review_actions.TRANSITIONS,
        {"standing": ACTION_STANDING, "over": ACTION_ENDED},
    ),
    Machine("A dispute about duty", DisputeState.RAISED, dispute_lifecycle.TRANSITIONS, {"over": DISPUTE_OVER}),
    Machine("A rostered shift", ShiftState.PLANNED, SHIFT_TRANSITIONS, {"over": SHIFT_OVER}),
    Machine("A standing fact of a place", FactState.PROPOSED, fact_lifecycle.TRANSITIONS, {"over": FACT_OVER}),
    Machine("The duty of a unit", Duty.OFF_DUTY, unit_lifecycle.TRANSITIONS, {"on_duty": set(Duty) - {Duty.OFF_DUTY}}),
    Machine("A plan on an incident", PlanState.PROPOSED, PLAN_TRANSITIONS, {}),
    Machine("A task", TaskState.PENDING, TASK_TRANSITIONS, {"standing": STANDING}),
)  # fmt: skip


def drawn() -> str:
    """All diagrams as they stand in the README between its two marks."""
    parts = [f"{machine.title}\n\n```mermaid\n{machine.draw()}\n```" for machine in MACHINES]
    return f"{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}"


def in_readme() -> str:
    """What stands there, with its marks. Raises ValueError when a mark is missing."""
    text = README.read_text(encoding="utf-8")
    return text[text.index(BEGIN) : text.index(END) + len(END)]


def read_back(diagram: str) -> Edges:
    """The edges a Mermaid diagram says, boxes taken apart again."""
    boxes: dict[str, set[str]] = {}
    free: set[str] = set()
    open_boxes: list[str] = []
    edges: Edges = set()
    for line in map(str.strip, diagram.splitlines()):
        if found := re.fullmatch(r'state (?:"\w+, (each to each)" as )?(\w+) \{', line):
            open_boxes.append(found[2])
            free |= {found[2]} if found[1] else set()
        elif line == "}":
            open_boxes.pop()
        elif open_boxes and re.fullmatch(r"\w+", line):
            for box in open_boxes:
                boxes.setdefault(box, set()).add(line)
        elif found := re.fullmatch(r"(\w+) --> (\w+)", line):
            edges |= set(product(boxes.get(found[1], {found[1]}), boxes.get(found[2], {found[2]})))
    return edges.union(*(_inside(boxes[box]) for box in free))


def write() -> None:
    """Draw them anew between the marks of the README."""
    text = README.read_text(encoding="utf-8")
    start, end = text.index(BEGIN), text.index(END) + len(END)
    README.write_text(text[:start] + drawn() + text[end:], encoding="utf-8")


if __name__ == "__main__":
    write()
