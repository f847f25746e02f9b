"""Times of the city's week, such as those at which a fixed position is manned or a beat is walked. Pure.

What goes on just now is worked out from the times and the city's clock, never kept.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated

import msgspec

Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM on the city's clock")
]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7, description="1 is Monday, 7 is Sunday")]
Days = Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=7)]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when to when on these days. An end that is not after its start lies on the next day."""

    days: Days
    starts: Clock
    ends: Clock


def ends(hours: Hours, now: datetime, zone: tzinfo) -> datetime | None:
    """When what goes on now ends; None when nothing does. Yesterday's may last past midnight."""
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if day.isoweekday() in hours.days:
            begun, over = _on(hours, day, zone)
            # as moments: clocks are put forward and back
            if begun.timestamp() <= now.timestamp() < over.timestamp():
                return over
    return None


def next_start(many: Iterable[Hours], now: datetime, zone: tzinfo) -> datetime | None:
    """When one of them begins next, within a week; None when there are none."""
    today = now.astimezone(zone).date()
    ahead = (
        begun
        for hours in many
        for day in (today + timedelta(days=n) for n in range(8))
        if day.isoweekday() in hours.days
        and (begun := _on(hours, day, zone)[0]).timestamp() > now.timestamp()
    )
    return min(ahead, default=None, key=datetime.timestamp)


def _on(hours: Hours, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    starts, over = time.fromisoformat(hours.starts), time.fromisoformat(hours.ends)
    last = day if over > starts else day + timedelta(days=1)
    return datetime.combine(day, starts, zone), datetime.combine(last, over, zone)
