"""Afterwards it is told who was quicker than those who were sent, or nearer in a straight line, as it was shown then."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dispatch.replaying.passed_over import Choice, choice

AT = datetime(2030, 1, 1, tzinfo=UTC)


def unit(n: int, eta_s: float, straight_m: float, **more: Any) -> dict[str, Any]:
    return {
        "unit_id": str(UUID(int=n)), "call_sign": str(n), "eta_s": eta_s, "straight_m": straight_m, "state": "available",
        **more,
    }  # fmt: skip


def why(key: str) -> dict[str, str]:
    return {"key": key, "zh": key, "en": key}


def told(*sent: int) -> Choice:
    """What is told when these went; 1, near, and 2, far, were proposed, and three were passed over."""
    passed = [
        unit(3, 50, 90, why_nots=[why("not_free")]),
        unit(4, 500, 800, why_nots=[why("nearer_straight")]),
        unit(5, 600, 900, why_nots=[why("never_seen")]),
    ]
    shown = {
        "basis": "road", "waves": [[unit(1, 60, 100, warnings=[]), unit(2, 400, 3000, warnings=[])]],
        "passed_over": passed, "shortfalls": [],
    }  # fmt: skip
    return choice(UUID(int=9), AT, {"shown": shown}, {UUID(int=n): str(n) for n in sent})


def test_who_was_nearer_in_a_straight_line_is_told_beside_who_was_quicker() -> None:
    assert [one.call_sign for one in told(1, 2).nearer] == ["3", "4"]


def test_who_was_farther_than_all_who_went_is_not() -> None:
    assert [one.call_sign for one in told(1).nearer] == ["3"]
