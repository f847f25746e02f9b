"""The life of a call as data and pure functions: whatever order its tellings arrive in, it ends as the same call.

Every telling names its own time, so a call is folded from the set of its tellings: of each time the first or the last
counts, of each field the newest, and the state follows from the times.
"""

from collections.abc import Sequence
from typing import Any, assert_never
from uuid import UUID

import msgspec

from incidents.model import Place, RingBack
from incidents.telephone import events as e
from incidents.telephone.model import ENDED, LIVE, SPOKEN, Call, CallAct
from incidents.telephone.model import CallState as S

TALKING = LIVE - {S.RINGING}

# From each state, the states one fact may lead to. A late telling may show that somebody had spoken after all, or not.
TRANSITIONS: dict[S, frozenset[S]] = {
    S.RINGING: TALKING | ENDED,
    S.ANSWERED: (TALKING - {S.ANSWERED}) | {S.RELEASED},
    S.HELD: (TALKING - {S.HELD}) | {S.RELEASED},
    S.CONFERENCED: (TALKING - {S.CONFERENCED}) | {S.RELEASED},
    S.TRANSFERRED: (TALKING - {S.TRANSFERRED}) | ENDED,
    S.RELEASED: frozenset({S.ABANDONED}),
    S.ABANDONED: frozenset({S.RELEASED}),
}
ENDED_AGAIN_MS, LIVE_AGAIN_MS = 3_600_000, 86_400_000
"""A switchboard's name for a call, heard so long after that call, ended or never ended, is another call's."""
_ACTS: dict[type[e.Telling], CallAct] = {kind: act for act, kind in e.TELLINGS.items()}
_RANK = {act: rank for rank, act in enumerate(e.TELLINGS)}
_FIRST = frozenset({"ringing", "released", "abandoned"})
"""Of these the first time counts; of `answered` the first, and the last as `resumed`; of the others the last."""
_FIELDS = ("line", "seat", "recording_ref", "person_id", "place")


class Hear(msgspec.Struct, frozen=True, kw_only=True):
    """The command: a switchboard, or a person in its place, tells something of a call. at: ms since 1970, UTC."""

    act: CallAct
    at: int
    line: str | None = None
    seat: str | None = None
    recording_ref: str | None = None
    person_id: UUID | None = None
    place: Place | None = None
    flags: tuple[str, ...] = ()


def meant(calls: Sequence[Call], at: int) -> Call | None:
    """Which of the calls of one name, the newest first, a telling of that time (ms) is about; None: a new one.

    Small switchboards count anew after a restart or a wrap: a name heard again long after its call is another call, and
    to take its ring for that of the old one would lose it.
    """
    for call in calls:
        last, first = max(call.times.values(), default=at), min(call.times.values(), default=at)
        if at - last > (ENDED_AGAIN_MS if call.state in ENDED else LIVE_AGAIN_MS):
            return None
        if first - at <= ENDED_AGAIN_MS:
            return call
    return calls[-1] if calls else None


def hear(call: Call, told: Hear) -> list[e.CallFact]:
    """The fact a telling leads to; empty when it says nothing new: it came twice, or something newer is known."""
    fields = {name: getattr(told, name) for name in told.__struct_fields__ if name != "act"}
    fact = e.TELLINGS[told.act](**fields)
    return [] if _told(call, fact) == call else [fact]


def report(call: Call, alarm_id: UUID) -> list[e.CallFact]:
    """An alarm was made of it; the first one counts."""
    return [] if call.alarm_id is not None else [e.Reported(alarm_id=alarm_id)]


def ring_back(ring_back: RingBack) -> list[e.CallFact]:
    """Somebody rang the caller back."""
    return [e.RungBack(ring_back=ring_back)]


def redial(call: Call, later: Call) -> list[e.CallFact]:
    """The same caller was spoken with in a later call: nothing is owed to this one any more."""
    after = later.times.get("ringing", later.times.get("answered", 0)) >= call.times.get("ringing", 0)
    spoken = any(name in later.times for name in SPOKEN)
    if call.id == later.id or not after or not spoken or not call.owes_ring_back:
        return []
    return [e.Redialled(by=later.id)]


def evolve(call: Call | None, call_id: UUID, fact: e.CallFact) -> Call:
    """The call after one more fact; its version rises by one. Only `Registered` may start from None."""
    if isinstance(fact, e.Registered):
        return _registered(call_id, fact)
    if call is None:
        raise ValueError(f"the history of call {call_id} does not start with its registration")
    changed = msgspec.structs.replace(_changed(call, fact), version=call.version + 1)
    if changed.state != call.state and changed.state not in TRANSITIONS[call.state]:
        raise ValueError(f"call {call_id} cannot go from {call.state} to {changed.state}")
    return changed


def _registered(call_id: UUID, fact: e.Registered) -> Call:
    return Call(
        id=call_id,
        acd=fact.acd,
        line=fact.line,
        reference=fact.reference,
        nth=fact.nth,
        room_id=fact.room_id,
        state=S.RINGING,
        version=1,
        exercise=fact.exercise,
        opened_at=fact.opened_at,
    )


def _changed(call: Call, fact: e.CallFact) -> Call:
    match fact:
        case e.Registered():
            raise ValueError(f"call {call.id} is registered twice")
        case e.Reported(alarm_id=alarm_id):
            return msgspec.structs.replace(call, alarm_id=alarm_id)
        case e.RungBack(ring_back=ring_back):
            return msgspec.structs.replace(call, ring_backs=(*call.ring_backs, ring_back))
        case e.RuleFired():
            return call
        case e.Redialled(by=by):
            return msgspec.structs.replace(call, redialled_by=by)
        case (
            e.Rang()
            | e.Answered()
            | e.Held()
            | e.Conferenced()
            | e.Transferred()
            | e.Released()
            | e.Abandoned()
        ):
            return _told(call, fact)
        case _:
            assert_never(fact)


def _told(call: Call, fact: e.Telling) -> Call:
    act = _ACTS[type(fact)]
    times = _times(call.times, act, fact.at)
    changes: dict[str, Any] = {"times": times, "state": state_said(times)}
    stamps = dict(call.stamps)
    for name in _FIELDS:
        value, stamp = getattr(fact, name), (fact.at, _RANK[act])
        if value is not None and _newer(value, stamp, getattr(call, name), stamps.get(name)):
            changes[name], stamps[name] = value, stamp
    flags = tuple(sorted({*call.flags, *fact.flags}))
    return msgspec.structs.replace(call, stamps=stamps, flags=flags, **changes)


def _times(times: dict[str, int], act: CallAct, at: int) -> dict[str, int]:
    if act == "answered":
        known = [times[name] for name in ("answered", "resumed") if name in times] + [at]
        first, last = min(known), max(known)
        return times | {"answered": first} | ({"resumed": last} if last > first else {})
    chosen = min if act in _FIRST else max
    return times | {act: chosen(at, times.get(act, at))}


def _newer(value: object, stamp: tuple[int, int], known: object, kept: tuple[int, int] | None) -> bool:
    """Whether a value takes the place of the known one; told at the very same moment, the greater text does.

    Of two people told at the same moment the known one stays: their ids are ours and say nothing.
    """
    if kept is None or stamp != kept:
        return kept is None or stamp > kept
    return not isinstance(value, UUID) and msgspec.json.encode(value) > msgspec.json.encode(known)


def state_said(times: dict[str, int]) -> S:
    """What the times say: an end is an end, else the last of what was told; nothing but a ring is ringing.

    Given up means that nobody has spoken: where somebody has, the caller hanging up is the call's ordinary end.
    """
    spoken = any(name in times for name in SPOKEN)
    if "abandoned" in times and not spoken:
        return S.ABANDONED
    if "abandoned" in times or "released" in times:
        return S.RELEASED
    last = times | {"answered": times["resumed"]} if "resumed" in times else times
    talking = [(last[state], _RANK[state.value], state) for state in TALKING if state in last]
    return max(talking)[2] if talking else S.RINGING
