"""Standing facts from a list of another system: put in whole or not at all, tried dry first; a list that is brought again amends.

What the list says no more is left alone: somebody withdraws it, or it runs out.
"""

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
from dispatch.unsealing import open_sealed
from dispatch.work import Work
from geo.errors import GeoError

SHOWN = 200
"""So many faults are said of one list."""


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
    for one in new:  # those that were amended have told it
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
    ids, sealed = await _seal(w, [_writing(row, source) for row in rows if row.ref not in before])
    fresh, faults, kept = [], [], 0
    for row in rows:
        one, writing = before.get(row.ref), _writing(row, source)
        try:
            if one is None:
                fresh.append(await _new(w, ids[row.ref], writing, sealed[row.ref]))
            elif _same(one, writing, said):
                kept += 1
            else:
                fresh.append(await keeping_facts.amended(w, one, writing))
        except (Invalid, GeoError) as wrong:
            faults.append(Fault(row.row, str(wrong)))
    return _Change(fresh, kept, faults)


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
