"""Who should go: every unit considered, the nearest suitable ones first, in waves, with reasons and why-nots.

Straight-line distances for now, and every row says so; the seconds are distance times a detour factor over a plain
speed by kind, good for order of magnitude only.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from dispatch.response import SENTENCES as CARD_SENTENCES
from dispatch.response import Requirement, compose, shortfalls, suitable
from incidents.reasons import Catalogue, Reason, sentence
from incidents.types import TypeTree
from units.live import LiveUnits, Near
from units.model import Unit
from units.roll import Filter

# Mean ratio of road to straight distance in cities is 1.3 to 1.4 (Ballou, Rahardja, Sakai 2002, Transp. Res. A 36).
DETOUR = 1.35
SPEED_MPS = {
    "car": 9.0,
    "motorcycle": 10.0,
    "foot": 1.5,
    "boat": 8.0,
    "drone": 15.0,
    "video": 9.0,
    "other": 6.0,
}
STALE_S = 60.0

SENTENCES: Catalogue = {
    **CARD_SENTENCES,
    "nearest": ("直线{distance_m}米", "{distance_m} m straight line"),
    "own_area": ("本辖区", "own jurisdiction"),
    "straight_line": ("按直线估算，非道路时间", "estimated by straight line, not by road"),
    "stale_fix": ("定位已{age_s}秒未更新", "position is {age_s} s old"),
    "poor_fix": ("定位可疑（{quality}）", "doubtful position ({quality})"),
    "interrupts_busy": ("正忙，仅一二级警情可派", "busy, may be ordered for P1-P2 only"),
    "interrupts_break": ("休息中，一级警情可打断", "on a break that a P1 interrupts"),
    "not_free": ("不可派：{state}", "not free: {state}"),
    "no_place": ("警情尚无位置，无法排序", "the incident has no place yet, nothing can be ranked"),
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One recommended unit as it is shown. Distances in metres, times in seconds; road_m null without roads."""

    unit_id: UUID
    handle: int
    call_sign: str
    eta_s: float
    road_m: float | None
    straight_m: float
    fix_age_s: float | None
    state: str
    skills: tuple[str, ...]
    reasons: tuple[dict[str, object], ...]
    warnings: tuple[dict[str, object], ...]


class PassedOver(msgspec.Struct, frozen=True, kw_only=True):
    """A nearer unit that is not proposed, and why not."""

    unit_id: UUID
    call_sign: str
    straight_m: float
    state: str
    why_nots: tuple[dict[str, object], ...]


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown: waves of units, nearer ones passed over, what is missing."""

    waves: tuple[tuple[Row, ...], ...]
    passed_over: tuple[PassedOver, ...]
    shortfalls: tuple[dict[str, object], ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """For whom to rank: the incident's point, priority and room, the run card, which rooms' units may be ordered."""

    lon: float
    lat: float
    priority: int
    room_id: UUID
    needed: Requirement
    rooms: frozenset[UUID]
    units: int | None = None
    waves: int = 2


def said(reason: Reason) -> dict[str, object]:
    """A reason with its key, parameters and both sentences."""
    return {
        "key": reason.key, "params": reason.params,
        "zh": sentence(reason, SENTENCES, "zh"), "en": sentence(reason, SENTENCES, "en"),
    }  # fmt: skip


def eligible(priority: int) -> frozenset[str]:
    """Duties a unit may be ordered from: busy for P1-P2, a break for P1."""
    states = {"available"} | ({"busy"} if priority <= 2 else set()) | ({"break"} if priority == 1 else set())
    return frozenset(states)


def rank(
    tree: TypeTree, live: LiveUnits, known: Callable[[UUID], Unit | None], question: Question, now_ms: int
) -> Ranking:
    """The nearest suitable free units in waves. Looks as far as it must until the waves are full or no unit is left."""
    wanted = max(question.needed.count, question.units or 0, 1) * question.waves
    free = Filter(states=eligible(question.priority), rooms=question.rooms, classes=frozenset({"regular"}))
    k = 4 * wanted + 16
    while True:
        near = live.nearest(question.lon, question.lat, k, free)
        units = [(n, unit) for n in near if (unit := known(n.entry.unit_id)) is not None]
        fitting = [(n, u) for n, u in units if suitable(tree, question.needed, u).fits]
        waves = _waves(question, fitting)
        full = len(waves) >= question.waves and all(len(w) >= (question.needed.count or 1) for w in waves)
        if full or len(near) < k:
            break
        k *= 4
    first = [unit for _, unit in waves[0]] if waves else []
    reach = waves[0][-1][0].distance_m if waves else float("inf")
    return Ranking(
        waves=tuple(tuple(_row(tree, live, question, n, u, now_ms) for n, u in wave) for wave in waves),
        passed_over=_passed_over(
            tree, live, known, question, reach, {u.id for wave in waves for _, u in wave}
        ),
        shortfalls=tuple(said(reason) for reason in shortfalls(tree, question.needed, first)),
    )


def _waves(question: Question, fitting: list[tuple[Near, Unit]]) -> list[list[tuple[Near, Unit]]]:
    """Wave by wave the units that fill the run card best; what `units` asks beyond it is the next nearest."""
    left, waves = list(fitting), []
    for _ in range(question.waves):
        chosen = compose(question.needed, [unit for _, unit in left]) if question.needed.seats else []
        size = question.units or question.needed.count or 1
        more = [i for i in range(len(left)) if i not in set(chosen)][: max(size - len(chosen), 0)]
        picked = sorted([*chosen, *more])
        if not picked:
            break
        waves.append([left[i] for i in picked])
        left = [pair for i, pair in enumerate(left) if i not in set(picked)]
    return waves


def _row(tree: TypeTree, live: LiveUnits, question: Question, near: Near, unit: Unit, now_ms: int) -> Row:
    fix = live.fix(near.entry.handle, now_ms)
    reasons = [Reason("nearest", {"distance_m": round(near.distance_m)})]
    reasons += suitable(tree, question.needed, unit).reasons
    if unit.room_id == question.room_id:
        reasons.append(Reason("own_area"))
    warnings = [Reason("straight_line")]
    if near.entry.state in ("busy", "break"):
        warnings.append(Reason(f"interrupts_{near.entry.state}"))
    if fix is not None and fix.age_s > STALE_S:
        warnings.append(Reason("stale_fix", {"age_s": round(fix.age_s)}))
    if fix is not None and fix.quality != "good":
        warnings.append(Reason("poor_fix", {"quality": fix.quality}))
    return Row(
        unit_id=unit.id, handle=unit.handle, call_sign=unit.call_sign,
        eta_s=round(near.distance_m * DETOUR / SPEED_MPS[unit.kind], 1), road_m=None,
        straight_m=round(near.distance_m, 1), fix_age_s=round(fix.age_s, 1) if fix else None,
        state=near.entry.state, skills=unit.skills,
        reasons=tuple(said(r) for r in reasons), warnings=tuple(said(r) for r in warnings),
    )  # fmt: skip


def _passed_over(
    tree: TypeTree, live: LiveUnits, known: Callable[[UUID], Unit | None], question: Question, reach_m: float,
    chosen: set[UUID],
) -> tuple[PassedOver, ...]:  # fmt: skip
    """Up to ten nearer units that are not proposed, nearest first."""
    passed: list[PassedOver] = []
    for near in live.nearest(question.lon, question.lat, 10 + len(chosen), Filter(rooms=question.rooms)):
        unit = known(near.entry.unit_id)
        if unit is None or unit.id in chosen or near.distance_m > reach_m or not unit.on_duty:
            continue
        why_nots: Sequence[Reason] = suitable(tree, question.needed, unit).why_nots
        if near.entry.state not in eligible(question.priority):
            why_nots = [Reason("not_free", {"state": near.entry.state}), *why_nots]
        passed.append(
            PassedOver(
                unit_id=unit.id, call_sign=unit.call_sign, straight_m=round(near.distance_m, 1),
                state=near.entry.state, why_nots=tuple(said(r) for r in why_nots),
            )
        )  # fmt: skip
    return tuple(passed[:10])
