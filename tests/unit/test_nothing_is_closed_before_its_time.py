"""What a client still has to do until an incident closes: forms, review and call-backs as its type demands, in order."""

from typing import Any

import pytest

from incidents.types import shipped_tree
from web.closing import closing_acts

TREE = shipped_tree()
THEFT, RESCUE, FAMILY_QUARREL = "100100", "500600", "200260"  # people and call-back; neither; both


def assignment(state: str = "cleared", **more: Any) -> dict[str, Any]:
    return {"id": "a1", "unit_id": "u1", "state": state, "result": "mediated", "feedback": []} | more


def incident(state: str = "handled", type_: str | None = RESCUE, **more: Any) -> dict[str, Any]:
    return {
        "id": "i1",
        "state": state,
        "type_reported": type_,
        "type_verified": None,
        "assignments": [assignment()],
        "alarms": [{"id": "m1", "called_back": None}],
    } | more


def acts(shown: dict[str, Any]) -> list[str]:
    return [act.path for act in closing_acts(shown, TREE, "handled", "satisfied")]


def test_a_form_for_each_unit_then_the_review_then_the_closing() -> None:
    assert acts(incident()) == ["/assignments/a1/feedback", "/incidents/i1/review", "/incidents/i1/close"]


def test_call_backs_and_people_where_the_type_demands_them() -> None:
    todo = closing_acts(incident(type_=FAMILY_QUARREL), TREE, "handled", "satisfied")
    assert [act.path for act in todo] == [
        "/assignments/a1/feedback", "/incidents/i1/review", "/alarms/m1/call-back", "/incidents/i1/close",
    ]  # fmt: skip
    assert todo[0].body == {"kind": "final", "result": "mediated", "people_count": 0}
    assert todo[2].body == {"outcome": "satisfied"}


def test_nobody_on_scene_is_handled_by_the_room_first() -> None:
    shown = incident("en_route", assignments=[assignment(result=None)])
    todo = closing_acts(shown, TREE, "handled", "satisfied")
    assert todo[0].path == "/incidents/i1/handle"
    assert todo[1].body["result"] == "handled"


def test_what_was_done_already_is_not_done_again() -> None:
    done = [{"kind": "final", "state": "accepted"}]
    shown = incident("reviewed", FAMILY_QUARREL, assignments=[assignment(feedback=done)])
    assert acts(shown) == ["/alarms/m1/call-back", "/incidents/i1/close"]
    shown["alarms"][0]["called_back"] = {"outcome": "satisfied"}
    assert acts(shown) == ["/incidents/i1/close"]


def test_a_returned_form_is_written_anew() -> None:
    returned = [{"kind": "final", "state": "returned"}, {"kind": "interim", "state": "submitted"}]
    assert acts(incident(assignments=[assignment(feedback=returned)]))[0] == "/assignments/a1/feedback"


@pytest.mark.parametrize("state", ["ordered", "accepted", "unable", "expired", "on_scene"])
def test_while_somebody_is_out_there_nothing_is_closed(state: str) -> None:
    assert acts(incident("on_scene", assignments=[assignment(), assignment(state)])) == []


@pytest.mark.parametrize("state", ["closed", "void", "merged", "advised", "transferred"])
def test_what_has_ended_is_left_alone(state: str) -> None:
    assert acts(incident(state)) == []


def test_tasks_nobody_works_at_are_left_with_the_reason() -> None:
    shown = incident("reviewed", tasks_standing=3)
    last = closing_acts(shown, TREE, "handled", "satisfied")[-1]
    assert last.body["despite_open"] is True
    assert last.body["reason"]
    assert closing_acts(incident("reviewed"), TREE, "handled", "satisfied")[-1].body == {}


def test_an_unknown_type_asks_for_no_more_than_the_forms() -> None:
    assert acts(incident(type_=None)) == acts(incident(type_=RESCUE))
