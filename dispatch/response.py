"""Run cards applied: what the seats of a card ask for at this priority, who fits, what is short.

Stands between the card (`cards.matching`) and ranking: ranking orders the units by time, this says which of them may fill
which seat, and tells the dispatcher in words what the set on the screen still lacks. Orders are never refused for a shortfall.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from incidents.reasons import Catalogue, Param, Reason
from incidents.triage import is_armed
from incidents.types import Seat, Term, TypeTree

SENTENCES: Catalogue = {
    "fits_kind": ("{kind_zh}可用", "right kind of unit: {kind_en}"),
    "has_skills": ("具备{skills_zh}", "has {skills_en}"),
    "nothing_asked": ("该类型无派警要求", "this type asks for no unit"),
    "wrong_kind": ("需要{kinds_zh}，实为{kind_zh}", "needs {kinds_en}, is {kind_en}"),
    "lacks_skills": ("缺少{skills_zh}", "lacks {skills_en}"),
    "auxiliary_notified": ("群防群治力量：只通知，不派警", "auxiliary: is notified, not ordered"),
    "auxiliary_excluded": ("群防群治力量不得参与此警情", "auxiliaries may not go to this incident"),
    "auxiliary_alone": ("不得只有群防群治力量到场", "auxiliaries may not be there alone"),
    "seat_short": ("缺{missing}组{kinds_zh}", "{missing} short: {kinds_en}"),
    "seat_short_skills": (
        "缺{missing}组{kinds_zh}（{skills_zh}）",
        "{missing} short: {kinds_en} with {skills_en}",
    ),
    "card_short": (
        "派警卡“{card_zh}”：{kinds_zh}{have}/{count}组，缺{missing}组",
        "card {card_en}: {have} of {count}, {missing} short: {kinds_en}",
    ),
    "card_short_skills": (
        "派警卡“{card_zh}”：{kinds_zh}（{skills_zh}）{have}/{count}组，缺{missing}组",
        "card {card_en}: {have} of {count}, {missing} short: {kinds_en} with {skills_en}",
    ),
}


class Capable(Protocol):
    """What of a unit counts here; `units.model.Unit` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def unit_class(self) -> str: ...
    @property
    def abilities(self) -> frozenset[str]: ...


class Requirement(msgspec.Struct, frozen=True):
    """The seats to be filled, each by its `count` of units of one of its kinds with all of its skills.

    `auxiliary`: whether auxiliaries may be notified; they fill no seat, never stand alone and never go to weapons.
    """

    seats: tuple[Seat, ...]
    auxiliary: bool

    @property
    def count(self) -> int:
        """How many units it takes in all."""
        return sum(seat.count for seat in self.seats)


class Suitability(msgspec.Struct, frozen=True):
    """Whether a unit may fill a seat, whether it may be notified, and why or why not."""

    fits: bool
    notify: bool
    reasons: tuple[Reason, ...] = ()
    why_nots: tuple[Reason, ...] = ()


def requirement(
    tree: TypeTree, seats: tuple[Seat, ...], type_code: str | None, priority: int, labels: Iterable[str] = ()
) -> Requirement:
    """What these seats of a run card ask for at a priority. Raises UnknownType.

    `labels` that speak of weapons keep auxiliaries away, as does not knowing what it is.
    """
    armed = is_armed(tree, labels)
    auxiliary = type_code is not None and tree.get(type_code).auxiliary and not armed
    return Requirement(_asked(seats, priority), auxiliary=auxiliary)


def suitable(tree: TypeTree, needed: Requirement, unit: Capable) -> Suitability:
    """Whether this unit may fill one of the seats, with reasons; where none, what keeps it from the closest one."""
    if unit.unit_class == "auxiliary":
        key = "auxiliary_notified" if needed.auxiliary else "auxiliary_excluded"
        return Suitability(fits=False, notify=needed.auxiliary, why_nots=(Reason(key),))
    if not needed.seats:
        return Suitability(fits=True, notify=False, reasons=(Reason("nothing_asked"),))
    fitting = [seat for seat in needed.seats if _fits(unit, seat)]
    if fitting:
        seat = max(fitting, key=lambda seat: len(seat.skills))
        reasons = [Reason("fits_kind", _named("kind", (unit.kind,), tree.kinds))]
        if seat.skills:
            reasons.append(Reason("has_skills", _named("skills", seat.skills, tree.skills)))
        return Suitability(fits=True, notify=False, reasons=tuple(reasons))
    why_nots = min((_why_nots(tree, seat, unit) for seat in needed.seats), key=len)
    return Suitability(fits=False, notify=False, why_nots=why_nots)


def compose(needed: Requirement, ranked: Sequence[Capable]) -> list[int]:
    """Places in `ranked` (best first) of the units that together fill the most seats, each as good as can be.

    Seats and units form a transversal matroid, for which taking each next unit that still fits in is the best choice
    (J. Edmonds, D. R. Fulkerson 1965): no other set of as many seats has a better first, second, ... unit.
    """
    filling = _Filling(needed)
    return [place for place, unit in enumerate(ranked) if filling.take(unit)]


def left_open(needed: Requirement, chosen: Sequence[Capable]) -> list[tuple[Seat, int]]:
    """The seats that the chosen units leave open, best seated, each with how many are missing."""
    filling = _Filling(needed)
    for unit in chosen:
        filling.take(unit)
    return [(seat, missing) for seat, missing in filling.open_seats() if missing]


def shortfalls(
    tree: TypeTree, needed: Requirement, chosen: Sequence[Capable], card: tuple[str, str] | None = None
) -> list[Reason]:
    """What the chosen units leave open: per seat how many are missing, then what breaks a rule. card: how it is called, zh and en."""
    short = [_short(tree, seat, missing, card) for seat, missing in left_open(needed, chosen)]
    classes = {unit.unit_class for unit in chosen}
    if "auxiliary" in classes:
        if not needed.auxiliary:
            short.append(Reason("auxiliary_excluded"))
        elif len(classes) == 1:
            short.append(Reason("auxiliary_alone"))
    return short


class _Filling:
    """Units in seats; takes one more by moving others where that makes room (H. W. Kuhn's augmenting paths)."""

    def __init__(self, needed: Requirement) -> None:
        self._chairs = [seat for seat in needed.seats for _ in range(seat.count)]
        self._seats = needed.seats
        self._sitting: dict[int, Capable] = {}
        # Whom there was no room for, there never will be (the matroid's closure), nor for another just like it.
        self._no_room: set[tuple[str, frozenset[str]]] = set()

    def take(self, unit: Capable) -> bool:
        """Seat the unit; False when it fits nowhere without sending another away."""
        if unit.unit_class == "auxiliary" or len(self._sitting) == len(self._chairs):
            return False
        like = (unit.kind, unit.abilities)
        if like in self._no_room:
            return False
        seated = self._seat(unit, set())
        if not seated:
            self._no_room.add(like)
        return seated

    def open_seats(self) -> list[tuple[Seat, int]]:
        """Each seat with the number of units it still lacks."""
        missing, first = [], 0
        for seat in self._seats:
            filled = sum(chair in self._sitting for chair in range(first, first + seat.count))
            missing.append((seat, seat.count - filled))
            first += seat.count
        return missing

    def _seat(self, unit: Capable, tried: set[int]) -> bool:
        for chair, seat in enumerate(self._chairs):
            if chair in tried or not _fits(unit, seat):
                continue
            tried.add(chair)
            if chair not in self._sitting or self._seat(self._sitting[chair], tried):
                self._sitting[chair] = unit
                return True
        return False


def _asked(seats: tuple[Seat, ...], priority: int) -> tuple[Seat, ...]:
    return tuple(seat for seat in seats if priority <= seat.upto_priority)


def fits_seat(unit: Capable, seat: Seat) -> bool:
    """Whether a unit may fill a seat."""
    return unit.unit_class != "auxiliary" and _fits(unit, seat)


def _fits(unit: Capable, seat: Seat) -> bool:
    return unit.kind in seat.kinds and unit.abilities.issuperset(seat.skills)


def _why_nots(tree: TypeTree, seat: Seat, unit: Capable) -> tuple[Reason, ...]:
    why_nots = []
    if unit.kind not in seat.kinds:
        both = {**_named("kinds", seat.kinds, tree.kinds), **_named("kind", (unit.kind,), tree.kinds)}
        why_nots.append(Reason("wrong_kind", both))
    lacking = tuple(skill for skill in seat.skills if skill not in unit.abilities)
    if lacking:
        why_nots.append(Reason("lacks_skills", _named("skills", lacking, tree.skills)))
    return tuple(why_nots)


def _short(tree: TypeTree, seat: Seat, missing: int, card: tuple[str, str] | None) -> Reason:
    params: dict[str, Param] = {"missing": missing, **_named("kinds", seat.kinds, tree.kinds)}
    key = "seat_short"
    if card is not None:
        key = "card_short"
        params |= {"count": seat.count, "have": seat.count - missing, "card_zh": card[0], "card_en": card[1]}
    if not seat.skills:
        return Reason(key, params)
    return Reason(f"{key}_skills", {**params, **_named("skills", seat.skills, tree.skills)})


def _named(name: str, codes: tuple[str, ...], terms: Mapping[str, Term]) -> dict[str, Param]:
    """The codes under `name`, and what they are called under `name_zh` and `name_en`."""
    joint_zh, joint_en = ("或", " or ") if name == "kinds" else ("、", " and ")
    return {
        name: codes,
        f"{name}_zh": joint_zh.join(terms[code].zh if code in terms else code for code in codes),
        f"{name}_en": joint_en.join(terms[code].en if code in terms else code for code in codes),
    }
