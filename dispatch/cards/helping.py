"""What would help where a run card is short: who of those that could fill the seat has another job, or stands with another room.

Said after each shortfall; nothing is ordered by it. Pure.
"""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import msgspec

from dispatch.response import fits_seat
from incidents.reasons import Catalogue, Reason
from incidents.types import Seat
from units.model import Unit

SENTENCES: Catalogue = {
    "help_busy": (
        "可救急：{call_sign}最近，正有任务，约{minutes}分钟可到",
        "what would help: {call_sign}, the nearest that could, has another job and is {minutes} min away",
    ),
    "help_lent": (
        "可救急：{call_sign}由其他指挥室调用，约{minutes}分钟可到，请借调",
        "what would help: {call_sign} is ordered by another room and {minutes} min away; ask to be lent it",
    ),
    "help_rest": (
        "可救急：{call_sign}休息或停用，约{minutes}分钟可到",
        "what would help: {call_sign} is on a break or out of service, {minutes} min away",
    ),
    "help_above": (
        "本室及下属没有能派的单位：请上级或邻室增援",
        "what would help: no unit of these rooms could go; ask the room above, or one beside, for it",
    ),
}
RESTING = frozenset({"busy", "break", "out_of_service"})


class Able(msgspec.Struct, frozen=True):
    """A unit on duty, what it is doing and how far it is."""

    unit: Unit
    state: str
    eta_s: float


def what_would_help(
    seats: Sequence[Seat],
    there: Sequence[Able],
    free: Collection[str],
    rooms: Collection[UUID],
    chosen: Collection[UUID],
) -> list[Reason]:
    """One sentence for each open seat, the same one once. there: the quickest first; free: states in which one may be ordered."""
    others = [one for one in there if one.unit.id not in chosen]
    return list(
        {str(help_): help_ for seat in seats for help_ in _of_seat(seat, others, free, rooms)}.values()
    )


def _of_seat(
    seat: Seat, there: Sequence[Able], free: Collection[str], rooms: Collection[UUID]
) -> Iterator[Reason]:
    could = [one for one in there if fits_seat(one.unit, seat)]
    best = next((one for one in could if one.state not in free or one.unit.ordered_by not in rooms), None)
    if best is None:
        yield Reason("help_above")
        return
    key = "help_busy"
    if best.unit.ordered_by not in rooms:
        key = "help_lent"
    elif best.state in RESTING:
        key = "help_rest"
    yield Reason(key, {"call_sign": best.unit.call_sign, "minutes": max(round(best.eta_s / 60), 1)})
