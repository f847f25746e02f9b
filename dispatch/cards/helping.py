"""What would help where a run card is short: who of those that could fill the seat is kept elsewhere: by a job, an event, another room.

Said after each shortfall; nothing is ordered by it. Pure.
"""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import msgspec

from dispatch.response import fits_seat
from incidents.reasons import Catalogue, Param, Reason
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
    "help_event": (
        "可救急：{call_sign}属安保任务“{event}”，约{minutes}分钟可到，可先解除其岗位",
        "what would help: {call_sign} belongs to event {event} and is {minutes} min away; it could be freed from it",
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
    """A unit on duty, what it is doing and how far it is. event: the one that keeps it out."""

    unit: Unit
    state: str
    eta_s: float
    event: str | None = None


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
    best = next((one for one in could if _is_kept(one, free, rooms)), None)
    if best is None:
        yield Reason("help_above")
        return
    told: dict[str, Param] = {
        "call_sign": best.unit.call_sign,
        "minutes": max(round(best.eta_s / 60), 1),
    }
    key = "help_busy"
    if best.unit.ordered_by not in rooms:
        key = "help_lent"
    elif best.state in RESTING:
        key = "help_rest"
    elif best.state in free and best.event is not None:
        key, told["event"] = "help_event", best.event
    yield Reason(key, told)


def _is_kept(one: Able, free: Collection[str], rooms: Collection[UUID]) -> bool:
    """Whether something keeps it from being ordered that somebody could change."""
    return one.state not in free or one.unit.ordered_by not in rooms or one.event is not None
