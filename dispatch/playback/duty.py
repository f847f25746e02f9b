"""When a unit was on duty, out of the facts of its journal: outside of that nothing of it is shown.

A moment that was claimed counts as claimed, but never before the fact that precedes it.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from units.model import Duty
from units.tracks.ways import Span


class Turn(NamedTuple):
    """A fact of a unit that changes its duty, at ms since 1970. duty: of `duty_changed`."""

    unit_id: UUID
    at_ms: int
    fact: str
    duty: str | None


class DutySpan(msgspec.Struct, frozen=True):
    """On duty from one moment to another, ms since 1970, and for what."""

    from_ms: int
    to_ms: int
    duty: Duty


def duty_spans(turns: Sequence[Turn], span: Span) -> list[DutySpan]:
    """Duty by duty within the span, what lies off duty left out. turns: of one unit, in order of its versions."""
    found: list[DutySpan] = []
    duty, since = Duty.OFF_DUTY, span.from_ms
    for turn in turns:
        at = max(since, min(turn.at_ms, span.to_ms))
        _add(found, duty, since, at)
        duty, since = _after(duty, turn), at
    _add(found, duty, since, span.to_ms)
    return found


def on_duty(spans: Sequence[DutySpan]) -> list[Span]:
    """The same whatever the duty: neighbours joined."""
    found: list[Span] = []
    for one in spans:
        if found and found[-1].to_ms == one.from_ms:
            found[-1] = Span(found[-1].from_ms, one.to_ms)
        else:
            found.append(Span(one.from_ms, one.to_ms))
    return found


def _after(duty: Duty, turn: Turn) -> Duty:
    if turn.fact == "logged_off":
        return Duty.OFF_DUTY
    if turn.fact == "logged_on":
        return Duty.AVAILABLE if duty is Duty.OFF_DUTY else duty
    return Duty(turn.duty or duty)


def _add(found: list[DutySpan], duty: Duty, start: int, end: int) -> None:
    if duty is Duty.OFF_DUTY or start >= end:
        return
    if found and found[-1].duty is duty and found[-1].to_ms == start:
        found[-1] = DutySpan(found[-1].from_ms, end, duty)
    else:
        found.append(DutySpan(start, end, duty))
