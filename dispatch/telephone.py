"""The telephone as seats see it: a call with its number masked, what it led to, who rang before; and how soon calls are answered.

A seat sees the calls of its rooms, and those of every incident it may see. What a call looks like is worked out here for
doors, lists and the live feed alike.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from dispatch import store as dispatch_store
from dispatch import timers
from dispatch.acts import Principal, authorise
from dispatch.centre import Centre
from dispatch.errors import NotFound
from dispatch.instants import Instant, instant
from dispatch.journal import Connection
from dispatch.showing import masked_number, place_shown, ring_back_shown
from dispatch.shown import Opened, PlaceShown, RingBackShown, TimerRow
from dispatch.unsealing import open_sealed
from incidents.telephone import store
from incidents.telephone.model import Call, CallState
from incidents.telephone.nuisance import NuisanceNumber
from incidents.telephone.store import CallFilter, Counts, EarlierCall, Linked

EARLIER_AT_MOST = 20
ANSWER_TARGETS_MS = (15_000, 20_000)
"""NENA-STA-020.1-2020: 90 % of calls answered within 15 s, 95 % within 20 s."""
ANSWER_SHARES = (0.90, 0.95)


class CallTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each thing was told to have happened; `resumed`: answered again."""

    ringing: Instant | None = None
    answered: Instant | None = None
    resumed: Instant | None = None
    held: Instant | None = None
    conferenced: Instant | None = None
    transferred: Instant | None = None
    released: Instant | None = None
    abandoned: Instant | None = None


class EarlierShown(msgspec.Struct, frozen=True):
    """A call of the same number before this one, with the incident it led to."""

    id: UUID
    opened_at: Instant | None
    state: CallState
    incident_id: UUID | None
    incident_number: str | None


class CallShown(msgspec.Struct, frozen=True, kw_only=True):
    """One telephone call. call_id: the switchboard's own name for it; answer_s: from first ring to first answer.

    owes_ring_back: given up before anybody spoke, and nobody has spoken since; ring_back_by: when it becomes an
    incident unless somebody rings back. earlier: newest first, at most 20, only
    where one call is read.
    """

    id: UUID
    call_id: str
    acd: str
    line: str
    room: UUID
    state: CallState
    version: int
    seat: str | None
    recording_ref: str | None
    number: str | None
    nuisance: bool
    position: PlaceShown | None
    times: CallTimes
    answer_s: float | None
    exercise: bool
    flags: tuple[str, ...]
    opened_at: Instant | None
    alarm_id: UUID | None
    incident_id: UUID | None
    incident_number: str | None
    ring_backs: tuple[RingBackShown, ...]
    redialled_by: UUID | None
    owes_ring_back: bool
    ring_back_by: Instant | None
    earlier: tuple[EarlierShown, ...] = ()


class WithinTarget(msgspec.Struct, frozen=True):
    """How many were answered within a target, of all answered and all who waited longer unanswered; share 0 to 1."""

    target_s: float
    wanted_share: float
    n: int
    share: float | None


class AnswerFigures(msgspec.Struct, frozen=True):
    """The answer interval, ringing to answered: n calls with both times, percentiles in seconds (nearest rank)."""

    n: int
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    within: tuple[WithinTarget, ...]


class CallFigures(msgspec.Struct, frozen=True):
    """Calls that began from `since` up to `until`; abandoned: given up before anybody spoke."""

    since: Instant | None
    until: Instant | None
    calls: int
    abandoned: int
    answer: AnswerFigures


class NuisanceShown(msgspec.Struct, frozen=True):
    """A labelled number, masked."""

    id: UUID
    number: str | None
    standing: bool
    version: int
    by: str
    recorded_at: Instant | None


class CallNow(msgspec.Struct, frozen=True):
    """A call for the live feed, and the rooms that may see it."""

    shown: CallShown
    rooms: frozenset[UUID]


async def calls_now(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> dict[UUID, CallNow]:
    """These calls, whoever asks, each with the rooms that may see it; unknown ids are absent."""
    found = await store.linked(conn, ids)
    opened = await _opened(conn, centre, [one.call for one in found.values()])
    owing = [one.call.id for one in found.values() if one.call.owes_ring_back]
    due = await timers.of_entities(conn, "call", owing) if owing else {}
    rooms = centre.reference.rooms.by_id
    return {
        id_: CallNow(
            call_shown(
                one, opened, _next_due(due.get(id_, [])), labelled=_labelled(centre, one.call, opened)
            ),
            frozenset([*rooms[one.call.room_id].lineage, *one.rooms]),
        )
        for id_, one in found.items()
    }


async def calls(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[CallShown]:
    """These calls in the order of `ids`, whoever asks; unknown ids are left out."""
    found = await calls_now(conn, centre, ids)
    return [found[id_].shown for id_ in ids if id_ in found]


async def call(conn: Connection, centre: Centre, principal: Principal, name: str) -> CallShown:
    """One call by our id or the switchboard's, with earlier calls of its number. Raises NotFound, also when unseen."""
    authorise(principal, "call", "read", {"room"})
    id_ = await store.named(conn, name, principal.rooms)
    found = await calls_now(conn, centre, [id_]) if id_ else {}
    if id_ is None or not found or not found[id_].rooms & principal.rooms:
        raise NotFound(f"There is no call {name[:200]!r}.", noun="call")
    row = (await store.read_calls(conn, [id_]))[id_]
    before = await store.earlier(conn, row, EARLIER_AT_MOST)
    return msgspec.structs.replace(found[id_].shown, earlier=tuple(_earlier_shown(one) for one in before))


async def page(
    conn: Connection, centre: Centre, principal: Principal, which: CallFilter, page: tuple[UUID | None, int]
) -> list[CallShown]:
    """The newest calls of the principal's rooms below `page[0]`, at most `page[1]`, newest first."""
    authorise(principal, "call", "read", {"room"})
    rooms = sorted(principal.rooms if which.rooms is None else principal.rooms & set(which.rooms))
    if which.incident_id is not None:  # whoever sees the incident sees the calls that led to it
        seen = await dispatch_store.audience_of(conn, [which.incident_id])
        rooms = list(centre.reference.rooms.by_id) if seen.get(which.incident_id, set()) & set(rooms) else []
    return await calls(conn, centre, await store.call_ids(conn, rooms, which, page))


async def open_ids(conn: Connection, principal: Principal) -> list[UUID]:
    """The calls before the principal's rooms: those that live, and those that are owed a ring-back."""
    return [call.id for call in await store.open_calls(conn, principal.rooms)]


async def figures(
    conn: Connection,
    principal: Principal,
    rooms: Iterable[UUID] | None,
    span: tuple[datetime, datetime],
    exercise: bool,
) -> CallFigures:
    """How soon the calls of these rooms (None: all of the principal's) were answered."""
    authorise(principal, "call", "read", {"room"})
    mine = principal.rooms if rooms is None else principal.rooms & set(rooms)
    counts = await store.figures(conn, span, sorted(mine), exercise, ANSWER_TARGETS_MS)
    return figures_shown(span, counts)


def figures_shown(span: tuple[datetime, datetime], counts: Counts) -> CallFigures:
    """Counts as they are read: never a mean, and who gave up after the target counts against it."""
    within = tuple(
        WithinTarget(target / 1000, wanted, n, round(n / (counts.answered + late), 4) if n + late else None)
        for target, wanted, n, late in zip(
            ANSWER_TARGETS_MS, ANSWER_SHARES, counts.within, counts.late, strict=True
        )
    )
    p50, p90, p95 = (
        (ms / 1000 for ms in counts.percentiles_ms)
        if counts.answered and counts.percentiles_ms
        else (None,) * 3
    )
    answer = AnswerFigures(counts.answered, p50, p90, p95, within)
    return CallFigures(instant(span[0]), instant(span[1]), counts.calls, counts.abandoned, answer)


def call_shown(linked: Linked, opened: Opened, due: datetime | None, *, labelled: bool) -> CallShown:
    """A call with its number masked. due: when a rule acts on it; labelled: as a nuisance number."""
    one = linked.call
    caller = opened.callers.get(one.person_id) if one.person_id else None
    return CallShown(
        id=one.id,
        call_id=one.reference,
        acd=one.acd,
        line=one.line,
        room=one.room_id,
        state=one.state,
        version=one.version,
        seat=one.seat,
        recording_ref=one.recording_ref,
        number=masked_number(caller.number) if caller else None,
        nuisance=labelled,
        position=place_shown(one.place),
        times=CallTimes(**{name: instant(at) for name, at in one.times.items()}),
        answer_s=None if one.answer_ms is None else one.answer_ms / 1000,
        exercise=one.exercise,
        flags=one.flags,
        opened_at=instant(one.opened_at),
        alarm_id=one.alarm_id,
        incident_id=linked.incident_id,
        incident_number=linked.number,
        ring_backs=tuple(ring_back_shown(back, opened) for back in one.ring_backs),
        redialled_by=one.redialled_by,
        owes_ring_back=one.owes_ring_back,
        ring_back_by=instant(due),
    )


def _next_due(rows: Iterable[TimerRow]) -> datetime | None:
    return min((row.due_at for row in rows if row.fired_at is None), default=None)


def _labelled(centre: Centre, one: Call, opened: Opened) -> bool:
    caller = opened.callers.get(one.person_id) if one.person_id else None
    return bool(caller and caller.number and centre.seal.number_index(caller.number) in centre.nuisance)


def _earlier_shown(one: EarlierCall) -> EarlierShown:
    return EarlierShown(one.id, instant(one.opened_at), CallState(one.state), one.incident_id, one.number)


async def _opened(conn: Connection, centre: Centre, found: Iterable[Call]) -> Opened:
    """The numbers and words of these calls, unsealed."""
    rows = list(found)
    texts = [back.narrative_id for one in rows for back in one.ring_backs if back.narrative_id]
    return await open_sealed(conn, centre, texts, [one.person_id for one in rows if one.person_id])


async def nuisance_by_id(conn: Connection, centre: Centre, ids: Sequence[UUID]) -> list[NuisanceShown]:
    """These entries, lifted ones too, masked."""
    return await nuisance_numbers(conn, centre, await store.read_nuisance(conn, ids))


async def nuisance_numbers(
    conn: Connection, centre: Centre, rows: Sequence[NuisanceNumber]
) -> list[NuisanceShown]:
    """These entries, masked."""
    opened = await open_sealed(conn, centre, [], [row.person_id for row in rows])
    return [_nuisance_shown(row, opened) for row in rows]


def _nuisance_shown(row: NuisanceNumber, opened: Opened) -> NuisanceShown:
    caller = opened.callers.get(row.person_id)
    return NuisanceShown(
        row.id,
        masked_number(caller.number) if caller else None,
        row.standing,
        row.version,
        row.by,
        instant(row.recorded_at),
    )


async def nuisance_page(
    conn: Connection, centre: Centre, principal: Principal, page: tuple[UUID | None, int]
) -> list[NuisanceShown]:
    """The numbers with a standing label, newest first."""
    authorise(principal, "nuisance_number", "read")
    return await nuisance_numbers(conn, centre, await store.nuisance_page(conn, page))
