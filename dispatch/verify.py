"""Verification: does the history still prove what the tables say? For `dispatch110 verify`, while serving or at rest.

Reads one snapshot of the database in streams, whatever its size, and says of each promise the first row that breaks it: the
ledger is dense and its chain holds, it agrees with the anchors, every journal row is in exactly one of ledger and outbox,
the facts of every entity fold to its row, and every kept key of an alarm names an alarm that is there.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import batched
from typing import Any
from uuid import UUID

import msgspec

from dispatch import journal
from dispatch.anchors import Anchor
from dispatch.journal import Connection, FeedRow, Head

ANCHORS_AT_ONCE = 1000


class Fold[S, F](msgspec.Struct, frozen=True):
    """How the facts of one noun make the row of its table.

    `state` has exactly the table's columns, among them `id` and `version`. `facts` is the union of the noun's facts, tagged
    by the field `fact`; `evolve` gives the next state from the last (None before the first), the id and the fact.
    """

    noun: str
    table: str
    state: type[S]
    facts: Any
    evolve: Callable[[S | None, UUID, F], S]

    def next(self, state: S | None, row: FeedRow) -> S:
        """The state after one more journal row."""
        body: dict[str, Any] = msgspec.json.decode(row.body)
        fact: F = msgspec.convert(body | {"fact": row.fact}, self.facts)
        return self.evolve(state, row.id, fact)


class Report(msgspec.Struct, frozen=True):
    """What was read and the first row that breaks each promise, one sentence each; sound when there is none."""

    facts: int
    head: Head
    entities: int
    broken: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether every promise holds."""
        return not self.broken


class _Broken(Exception):
    """One promise is broken; the text names the row."""


async def verify(
    conn: Connection, folds: Sequence[Fold[Any, Any]] = (), anchors: Iterable[Anchor] = ()
) -> Report:
    """Check everything in one read-only snapshot. `conn` must not be inside a transaction and needs no time limit."""
    broken: list[str] = []
    facts = entities = 0
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        head = await journal.head(conn)
        checks: tuple[Callable[[], Awaitable[int]], ...] = (
            lambda: _chain(conn),
            lambda: _anchored(conn, anchors),
            lambda: _placed(conn),
            lambda: _keys(conn),
        )
        for check in checks:
            try:
                facts += await check()
            except _Broken as found:
                broken.append(str(found))
        for fold in folds:
            try:
                entities += await _folded(conn, fold)
            except _Broken as found:
                broken.append(str(found))
    return Report(facts, head, entities, tuple(broken))


async def _chain(conn: Connection) -> int:
    prev = Head(0, journal.GENESIS)
    async for link in journal.links(conn):
        if link.seq != prev.seq + 1:
            raise _Broken(f"Ledger row {prev.seq + 1} is missing: row {link.seq} follows row {prev.seq}.")
        if link.row is None:
            raise _Broken(f"Journal row {link.position} is missing: ledger row {link.seq} refers to it.")
        if journal.chain(prev.hash, link.row) != link.hash:
            raise _Broken(f"Ledger row {link.seq} does not match its hash: {_named(link.row)} was changed.")
        prev = Head(link.seq, link.hash)
    return prev.seq


async def _anchored(conn: Connection, anchors: Iterable[Anchor]) -> int:
    for some in batched(anchors, ANCHORS_AT_ONCE):
        kept = await journal.hashes(conn, [anchor.seq for anchor in some])
        for anchor in some:
            found = kept.get(anchor.seq)
            said = f"row {anchor.seq}, which was its head at {anchor.at.isoformat(timespec='seconds')}"
            if found is None:
                raise _Broken(f"The ledger was cut: {said} by the anchors, is missing.")
            if found != anchor.hash:
                raise _Broken(f"The ledger was rewritten: {said} by the anchors, had another hash then.")
    return 0


async def _placed(conn: Connection) -> int:
    waiting, misplaced = await journal.misplaced(conn)
    if misplaced is not None:
        position, noun, in_ledger = misplaced
        if noun is None:
            raise _Broken(f"Journal row {position} is missing: the outbox refers to it.")
        where = "both the ledger and the outbox" if in_ledger else "neither the ledger nor the outbox"
        raise _Broken(f"Journal row {position} ({noun}) is in {where}.")
    return waiting


async def _keys(conn: Connection) -> int:
    lost = await journal.lost_alarm(conn)
    if lost is not None:
        raise _Broken(f"Alarm {lost} was accepted, as its key on record says, and is missing.")
    return 0


async def _folded[S, F](conn: Connection, fold: Fold[S, F]) -> int:
    """Merge the facts and the rows of one noun, both by id."""
    tables = _rows(conn, fold)
    row = await anext(tables, None)
    entities = 0
    async for folded in _histories(conn, fold):
        entities += 1
        id_: UUID = getattr(folded, "id")  # noqa: B009  # every state has it; S can't say so
        if row is not None and getattr(row, "id") < id_:  # noqa: B009
            raise _Broken(_without_facts(fold, row))
        if row is None or getattr(row, "id") != id_:  # noqa: B009
            raise _Broken(
                f"The row of {fold.noun} {id_} is missing from its table; the journal has its facts."
            )
        if row != folded:
            raise _Broken(_difference(fold, row, folded))
        row = await anext(tables, None)
    if row is not None:
        raise _Broken(_without_facts(fold, row))
    return entities


async def _rows[S, F](conn: Connection, fold: Fold[S, F]) -> AsyncIterator[S]:
    async for text in journal.table_rows(conn, fold.table):
        yield msgspec.json.decode(text, type=fold.state)


async def _histories[S, F](conn: Connection, fold: Fold[S, F]) -> AsyncIterator[S]:
    """The state of every entity by its facts, by id."""
    state: S | None = None
    last: FeedRow | None = None
    async for row in journal.facts_of(conn, fold.noun):
        if last is not None and last.id != row.id:
            assert state is not None
            yield state
            state, last = None, None
        expected = 1 if last is None else last.version + 1
        if row.version != expected:
            raise _Broken(f"Version {expected} of {fold.noun} {row.id} is missing from the journal.")
        state, last = _evolved(fold, state, row), row
    if state is not None:
        yield state


def _evolved[S, F](fold: Fold[S, F], state: S | None, row: FeedRow) -> S:
    try:
        return fold.next(state, row)
    except (
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        msgspec.MsgspecError,
    ) as error:
        raise _Broken(f"{_named(row)} can't follow the facts before it: {error}") from error


def _without_facts(fold: Fold[Any, Any], row: Any) -> str:
    return f"The facts of {fold.noun} {row.id} are missing from the journal; its table has the row."


def _difference(fold: Fold[Any, Any], row: Any, folded: Any) -> str:
    if row.version > folded.version:
        return (
            f"Version {folded.version + 1} of {fold.noun} {row.id} is missing from the journal; "
            f"its table has version {row.version}."
        )
    told, kept = msgspec.to_builtins(folded), msgspec.to_builtins(row)
    field = next((name for name in kept if kept[name] != told[name]), "version")
    return (
        f"The row of {fold.noun} {row.id} was changed: {field} is {kept[field]!r} in its table "
        f"and {told[field]!r} by its facts."
    )


def _named(row: FeedRow) -> str:
    return f"journal row {row.position} (version {row.version} of {row.noun} {row.id}, {row.fact})"
