"""What an incident still needs until it may be closed, read from what the centre itself shows of it.

For clients that play the people of the last hour (a replay, the demo's night shift): forms of the units, the review, the
call-backs its type demands, the closing. Pure: an incident in, the next acts out.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from incidents.types import Closure, TypeTree

RESPONDING = ("received", "dispatched", "accepted", "en_route", "on_scene")
_OVER = ("cleared", "recalled", "released", "preempted")

type Shown = dict[str, Any]
"""An incident as `GET /incidents/{id}` shows it, decoded from JSON."""


class ClosingAct(msgspec.Struct, frozen=True):
    """One POST: path below the base, body without the fields every act may carry, and a name for its key."""

    path: str
    body: dict[str, Any]
    name: str


def closing_acts(incident: Shown, tree: TypeTree, result: str, outcome: str) -> list[ClosingAct]:
    """All acts from where the incident stands to `closed`, in order; empty when it may not be closed yet.

    result: how it ended, where the forms and steps do not say; outcome: of a call-back the type demands.
    """
    if _still_working(incident) or incident["state"] not in (*RESPONDING, "handled", "fed_back", "reviewed"):
        return []
    return list(_acts(incident, _closure(incident, tree), result, outcome))


def _still_working(incident: Shown) -> bool:
    return any(one["state"] not in _OVER for one in incident["assignments"])


def _closure(incident: Shown, tree: TypeTree) -> Closure | None:
    code = incident["type_verified"] or incident["type_reported"]
    return None if code is None or code not in tree else tree.get(code).closure


def _acts(incident: Shown, closure: Closure | None, result: str, outcome: str) -> Iterator[ClosingAct]:
    path = f"/incidents/{incident['id']}"
    if incident["state"] in RESPONDING:
        yield ClosingAct(f"{path}/handle", {"result": result}, "handle")
    if incident["state"] != "reviewed":
        for assignment in incident["assignments"]:
            if (
                assignment["unit_id"] is not None
                and assignment["state"] == "cleared"
                and not _has_final(assignment)
            ):
                form: dict[str, Any] = {"kind": "final", "result": assignment["result"] or result}
                if closure is not None and closure.people:
                    form["people_count"] = 0
                yield ClosingAct(
                    f"/assignments/{assignment['id']}/feedback", form, f"feedback:{assignment['id']}"
                )
        yield ClosingAct(f"{path}/review", {"accept": True}, "review")
    if closure is not None and closure.call_back:
        for alarm in incident["alarms"]:
            if alarm["called_back"] is None:
                said = "satisfied" if alarm.get("unreached") else outcome  # nobody is out twice
                yield ClosingAct(
                    f"/alarms/{alarm['id']}/call-back", {"outcome": said}, f"call-back:{alarm['id']}"
                )
                if said == "not_reached":
                    return
    yield ClosingAct(f"{path}/close", _leaving(incident), "close")


def _leaving(incident: Shown) -> dict[str, Any]:
    """Nobody simulated works at the tasks of a plan; whoever closes says so."""
    if not incident.get("tasks_standing"):
        return {}
    return {
        "despite_open": True,
        "reason": "模拟席位结案，预案任务未逐项办理 closed by a simulated seat, its tasks left",
    }


def _has_final(assignment: Shown) -> bool:
    return any(
        form["kind"] == "final" and form["state"] in ("submitted", "accepted")
        for form in assignment["feedback"]
    )
