"""Calling back a caller who is not reached 未接通: tried again with pauses between, never taken for a call-back that was made.

Only after so many attempts may a person end it, and says why. Pure; how many and how long apart says a rule.
"""

from collections.abc import Sequence

import msgspec

from incidents.model import Alarm, CallBack, Unreached


class Patience(msgspec.Struct, frozen=True):
    """attempts: so many before it may be ended; apart_ms: a new attempt counts so long after the last that counted."""

    attempts: int
    apart_ms: int


def is_made(back: CallBack | None) -> bool:
    """Whether the caller was asked, or a person ended it after enough attempts."""
    return back is not None and (back.outcome != "not_reached" or back.ended)


def counted(tried: Sequence[Unreached], patience: Patience) -> int:
    """How many attempts count: ringing five times within a minute is one."""
    counts: list[int] = []
    for one in sorted(tried, key=lambda one: one.at):
        if not counts or one.at - counts[-1] >= patience.apart_ms:
            counts.append(one.at)
    return len(counts)


def again_at(tried: Sequence[Unreached], patience: Patience) -> int | None:
    """When to try again (ms since 1970); None: nobody has tried yet."""
    return max(one.at for one in tried) + patience.apart_ms if tried else None


def may_end(alarm: Alarm, patience: Patience) -> bool:
    """Whether enough was tried that a person may leave it at that."""
    return counted(alarm.unreached, patience) >= patience.attempts
