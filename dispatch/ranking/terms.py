"""What a unit's score leans on, gathered from the registry, its last fix and the cover, and each term in words.

Between the pure table of `weights` and the rows that a seat sees.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dispatch.coverage.snapshot import NOT_MISSED, Missed
from dispatch.leanings import Leaning
from dispatch.plain_times import speed_of
from dispatch.ranking.model import Question, said
from incidents.reasons import Param, Reason
from units.answers import Fix
from units.model import Duty, Unit

SAID_FROM_S = 5.0
"""What counts less is not worth a word."""
LAST = frozenset({"lost_fix", "doubtful_fix", "shift_ending", "over_time", "at_post", "committed", "chases"})
"""What puts a unit after all others is said before any term."""
ALREADY_SAID = {"busy": ("interrupts_busy",), "shift": ("shift_ending", "over_time")}  # fmt: skip


def leaning(question: Question, unit: Unit, eta_s: float, fix: Fix | None, now: datetime) -> Leaning:
    """What the score of a unit is worked out from."""
    left = unit.shift_left(now)
    return Leaning(
        eta_s=round(eta_s, 1), mps=speed_of(unit.kind), missed_s=round(_missed(question, unit).city_s, 2),
        neighbour=bool(question.own) and unit.ordered_by not in question.own,
        shift_left_s=None if left is None else round(left.total_seconds()), busy=unit.duty is Duty.BUSY,
        fix_age_s=None if fix is None else round(fix.age_s, 1),
        speed_mps=None if fix is None or fix.speed_mps is None else round(fix.speed_mps, 1),
        accuracy_m=None if fix is None or fix.accuracy_m is None else round(fix.accuracy_m),
    )  # fmt: skip


def with_effects(
    question: Question, unit: Unit, lean: Leaning, told: Mapping[str, float], warnings: Sequence[Reason]
) -> list[dict[str, object]]:
    """Warnings and terms as they are shown, each term with its seconds: what puts it last, then the largest effect, then the rest."""
    shown = [said(one) for one in warnings]
    for name, seconds in told.items():
        if seconds < SAID_FROM_S:
            continue
        known = next((one for one in shown if one["key"] in ALREADY_SAID.get(name, ())), None)
        if known is None:
            known = said(_term(name, question, unit, lean))
            shown.append(known)
        known["effect_s"] = seconds
    return sorted(shown, key=_weight)


def _weight(one: Mapping[str, object]) -> tuple[int, float]:
    if one["key"] in LAST:
        return 0, 0.0
    effect_s = one.get("effect_s")
    return (1, -effect_s) if isinstance(effect_s, float) else (2, 0.0)


def _missed(question: Question, unit: Unit) -> Missed:
    return NOT_MISSED if question.cover is None else question.cover.missed(unit.handle)


def _term(name: str, question: Question, unit: Unit, lean: Leaning) -> Reason:
    if name == "cover":
        return _bare(question, unit)
    if name == "neighbour":
        return Reason("neighbour_unit", _named(question.names.get(unit.ordered_by, ("", ""))))
    if name == "shift":
        return Reason("shift_soon", {"minutes": round((lean.shift_left_s or 0.0) / 60)})
    return Reason("interrupts_busy")


def _bare(question: Question, unit: Unit) -> Reason:
    missed = _missed(question, unit)
    name = None if missed.room_id is None else question.names.get(missed.room_id)
    if name is None:
        return Reason("leaves_city_bare", {"city_s": round(missed.city_s)})
    return Reason("leaves_bare", {**_named(name), "there_s": round(missed.there_s)})


def _named(name: tuple[str, str]) -> dict[str, Param]:
    return {"room_zh": name[0], "room_en": name[1]}
