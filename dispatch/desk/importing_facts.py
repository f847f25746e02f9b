"""Standing facts from a list of another system: put in whole or not at all, tried dry first; a list that is brought again amends.

What the list says no more is left alone: somebody withdraws it, or it runs out.
"""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from dispatch import acts
from dispatch.broadcasts.model import Area
from dispatch.desk import keeping_facts
from dispatch.desk.keeping_facts import Writing
from dispatch.desk.sealed import keep_new
from dispatch.errors import FactsRefused, Invalid
from dispatch.standing_facts import store
from dispatch.standing_facts.file import FactRow, Fault
from dispatch.standing_facts.model import F, StandingFact
from dispatch.texts import check_texts
from dispatch.unsealing import open_sealed
from dispatch.work import Work
from geo.errors import GeoError

SHOWN = 200
"""So many faults are said of one list."""
ROWS_A_TURN = 100
"""After so many rows of a long list others have their turn."""


class FactsPut(msgspec.Struct, frozen=True, kw_only=True):
    """What a list changes, or would: facts that are new, otherwise than before, as they were; refused: what is wrong with which row.

    ids: of those that were written.
    """

    written: int
    amended: int
    kept: int
    refused: tuple[Fault, ...] = ()
    dry_run: bool = False
    ids: tuple[UUID, ...] = ()


async def put_list(
    w: Work, source: str, read: tuple[Sequence[FactRow], Sequence[Fault]], dry_run: bool
) -> FactsPut:
    """Put in a list whole, or say what is wrong with it. Raises NotAllowed, Invalid, FactsRefused, DryRun."""
    acts.authorise(w.principal, "standing_fact", "write", {"room"} if w.principal.rooms else ())
    rows, unread = read
    if not source.strip():
        raise Invalid("Say in source what the list is called.", field="source")
    check_texts(source, "source")
    await store.take_turn(w.conn)
    change = await _change(w, source, rows)
    faults = sorted([*unread, *change.faults], key=lambda fault: fault.row)
    new = [one for one in change.fresh if one.version == 1]
    put = FactsPut(
        written=len(new), amended=len(change.fresh) - len(new), kept=change.kept, refused=tuple(faults[:SHOWN]),
        dry_run=dry_run, ids=() if dry_run else tuple(one.id for one in change.fresh),
    )  # fmt: skip
    if dry_run:
        raise DryRun(put)
    if faults:
        raise FactsRefused(
            f"{len(faults)} rows of this list can't be used, so nothing was changed. Row {faults[0].row}: {faults[0].said}",
            refused=[msgspec.to_builtins(fault) for fault in faults[:SHOWN]],
        )
    await store.save(w.conn, new)
    for n, one in enumerate(new):  # those that were amended have told it
        if n % ROWS_A_TURN == 0:
            await asyncio.sleep(0)
        await keeping_facts.tell_units(w, one)
    return put


class _Change(msgspec.Struct, frozen=True):
    """What a list makes of what stands. fresh: new or amended; kept: how many say what they said."""

    fresh: list[StandingFact]
    kept: int
    faults: list[Fault]


async def _change(w: Work, source: str, rows: Sequence[FactRow]) -> _Change:
    before = await store.of_list(w.conn, source, [row.ref for row in rows])
    words = [id_ for one in before.values() for id_ in (one.text_id, one.why_id)]
    said = (await open_sealed(w.conn, w.centre, words, [])).texts
    told, faults = _checked(rows, source)
    ids, sealed = await _seal(w, [writing for row, writing in told if row.ref not in before])
    fresh, kept = [], 0
    for n, (row, writing) in enumerate(told):
        if n % ROWS_A_TURN == 0:
            await asyncio.sleep(0)
        one = before.get(row.ref)
        try:
            if one is None:
                fresh.append(await _new(w, ids[row.ref], writing, sealed[row.ref]))
            elif _same(_own(w, one), writing, said):
                kept += 1
            else:
                fresh.append(await keeping_facts.amended(w, one, writing, looked=False))
        except (Invalid, GeoError) as wrong:
            faults.append(Fault(row.row, str(wrong)))
    return _Change(fresh, kept, faults)


def _checked(rows: Sequence[FactRow], source: str) -> tuple[list[tuple[FactRow, Writing]], list[Fault]]:
    """Those whose words and times can be used at all, and what is wrong with the others: nothing of these is sealed."""
    told, faults = [], []
    for row in rows:
        writing = _writing(row, source)
        try:
            keeping_facts.words(writing)
            told.append((row, writing))
        except Invalid as wrong:
            faults.append(Fault(row.row, str(wrong)))
    return told, faults


def _own(w: Work, one: StandingFact) -> StandingFact:
    """The same, when this seat may write for its room. Raises Invalid: two rooms may each have a list of one name."""
    if not keeping_facts.may_write(w, one.room_id):
        raise Invalid(
            f"Entry {one.ref} of the list {one.source} is another room's; give the list another name.",
            field="source",
        )
    return one


class DryRun(Exception):
    """What a list would change; raised so that nothing of it is kept."""

    def __init__(self, would: FactsPut) -> None:
        super().__init__("tried dry")
        self.would = would


async def _seal(w: Work, new: Sequence[Writing]) -> tuple[dict[str, UUID], dict[str, list[UUID]]]:
    """Put the words of all new ones away at once; an id for each and the ids of its words, by its name in the list."""
    ids: dict[str, UUID] = {str(one.ref): uuid7() for one in new}
    texts = [(ids[str(one.ref)], text) for one in new for text in keeping_facts.words(one)]
    kept = iter(await keep_new(w, texts) if texts else ())
    return ids, {ref: [next(kept), next(kept)] for ref in ids}


async def _new(w: Work, id_: UUID, writing: Writing, sealed: Sequence[UUID]) -> StandingFact:
    content, room_id = await keeping_facts.content_of(w, writing, sealed)
    if not keeping_facts.may_write(w, room_id):
        raise Invalid("The place lies in another room's area; that room puts it in.", field="lon")
    return keeping_facts.written(w, id_, content, room_id, F.STANDS)


def _writing(row: FactRow, source: str) -> Writing:
    told = {name: getattr(row, name) for name in FactRow.__struct_fields__ if name != "row"}
    return Writing(**told, source=source)


def _same(one: StandingFact, writing: Writing, texts: Mapping[UUID, str]) -> bool:
    """Whether the list says what it said before; a place by address, and what was left to the kind, count as they were."""
    ring = Area(lon=writing.lon, lat=writing.lat, radius_m=writing.radius_m or keeping_facts.RADIUS_M)
    there = (
        one.area == ring
        if writing.lon is not None
        else writing.geometry is None or one.area.geometry == writing.geometry
    )
    return (
        there
        and (one.kind, one.address, one.until, one.review_at)
        == (writing.kind, writing.address, writing.until, writing.review_at)
        and writing.severity in (None, one.severity)
        and writing.valid_from in (None, one.valid_from)
        and (texts.get(one.text_id), texts.get(one.why_id)) == (writing.text.strip(), writing.why.strip())
    )
