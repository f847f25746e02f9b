"""Whoever changes, removes or cuts history with a superuser's rights is found, and the first bad row is named."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from dispatch import anchors, journal
from dispatch.anchors import Anchor
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import LEASE_NAME, Relay
from dispatch.verify import Fold, Report, verify
from tests.harness.facts import fact

ONE, TWO = UUID(int=1), UUID(int=2)
FACTS = 40


class Point(msgspec.Struct, frozen=True):
    """A few columns of `call_point`; a state table whose rows need no other row."""

    id: UUID
    code: str
    name: str
    lon: float
    version: int


class Registered(msgspec.Struct, frozen=True, tag="registered", tag_field="fact"):
    name: str
    lon: float


class Renamed(msgspec.Struct, frozen=True, tag="renamed", tag_field="fact"):
    name: str


def evolve(point: Point | None, id_: UUID, told: Registered | Renamed) -> Point:
    match told:
        case Registered():
            return Point(id_, f"P{id_.int}", told.name, told.lon, 1)
        case Renamed() if point is None:
            raise ValueError("it was never registered")
        case Renamed():
            return msgspec.structs.replace(point, name=told.name, version=point.version + 1)


POINTS = Fold("call_point", "call_point", Point, Registered | Renamed, evolve)


def point_fact(id_: UUID, version: int, name: str) -> journal.JournalRow:
    said, body = ("registered", {"name": name, "lon": 116.4}) if version == 1 else ("renamed", {"name": name})
    return fact(id_, version, said, msgspec.json.encode(body).decode(), noun="call_point")


class History:
    """A sound history: two incidents, two call points with their rows, all in the ledger."""

    def __init__(self, conn: "asyncpg.Connection[Any]", relay: Relay, lease: Lease) -> None:
        self.conn = conn
        self._relay = relay
        self._lease = lease

    async def pass_on(self) -> None:
        assert self._lease.term is not None
        await self._relay.pass_on(self.conn, self._lease.term)

    async def verify(self, kept: list[Anchor] | None = None) -> Report:
        return await verify(self.conn, [POINTS], kept or [])

    async def head(self) -> Anchor:
        head = await journal.head(self.conn)
        return Anchor(head.seq, head.hash, datetime(2017, 1, 1, tzinfo=UTC))

    async def rewrite_chain(self) -> None:
        """What a patient forger does: all links anew."""
        link = journal.GENESIS
        for row in await journal.ledger_after(self.conn, 0, 1000):
            link = journal.chain(link, row)
            await self.conn.execute("UPDATE ledger SET hash = $2 WHERE seq = $1", row.seq, link)


@pytest.fixture
async def history(pool: Pool, database_url: str, nats_url: str) -> AsyncIterator[History]:
    lease = Lease(pool, LEASE_NAME, "here")
    await lease._step()
    conn = await asyncpg.connect(database_url)
    made = History(conn, Relay(pool, lease, Bus([nats_url])), lease)
    await journal.append(conn, [fact((ONE, TWO)[n % 2], n // 2 + 1) for n in range(FACTS - 4)])
    for id_ in (ONE, TWO):
        await journal.append(conn, [point_fact(id_, 1, "North gate"), point_fact(id_, 2, "South gate")])
        await conn.execute(
            "INSERT INTO call_point (id, code, name, lon, lat, version) VALUES ($1, $2, 'South gate', 116.4, 39.9, 2)",
            id_,
            f"P{id_.int}",
        )
    await made.pass_on()
    yield made
    await conn.close()


async def test_a_sound_history_is_sound(history: History) -> None:
    await journal.append(history.conn, [fact(ONE, FACTS)])
    report = await history.verify([await history.head()])
    assert report.broken == ()
    assert report.sound
    assert (report.facts, report.entities, report.head.seq) == (FACTS + 1, 2, FACTS)


CHANGED = [
    ("UPDATE journal SET fact = 'voided' WHERE position = $1", "Ledger row 7 does not match"),
    ("""UPDATE journal SET body = '{"priority": 4}' WHERE position = $1""", "Ledger row 7 does not match"),
    ("UPDATE journal SET who = 'nobody' WHERE position = $1", "Ledger row 7 does not match"),
    ("UPDATE journal SET why = '' WHERE position = $1", "Ledger row 7 does not match"),
    ("UPDATE journal SET claimed_at = recorded_at WHERE position = $1", "Ledger row 7 does not match"),
    ("UPDATE journal SET recorded_at = recorded_at - interval '1 microsecond' WHERE position = $1", "Ledger row 7 does not"),
    ("UPDATE ledger SET hash = sha256('forged') WHERE position = $1", "Ledger row 7 does not match"),
    ("DELETE FROM journal WHERE position = $1", "Journal row {position} is missing: ledger row 7"),
    ("DELETE FROM ledger WHERE position = $1", "Ledger row 7 is missing"),
    ("WITH j AS (DELETE FROM journal WHERE position = $1) DELETE FROM ledger WHERE position = $1", "Ledger row 7 is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("forgery", "sentence"), CHANGED)
async def test_a_changed_or_removed_row_is_named(history: History, forgery: str, sentence: str) -> None:
    position = await history.conn.fetchval("SELECT position FROM ledger WHERE seq = 7")
    await history.conn.execute(forgery, position)
    report = await history.verify()
    assert not report.sound
    assert sentence.format(position=position) in report.broken[0]


async def test_rows_exchanged_in_the_ledger_are_found(history: History) -> None:
    await history.conn.execute("UPDATE ledger SET position = -position WHERE seq IN (7, 8)")
    await history.conn.execute(
        "UPDATE ledger SET position = (SELECT min(position) FROM journal) - 1 + CASE seq WHEN 7 THEN 8 ELSE 7 END"
        " WHERE seq IN (7, 8)"
    )
    assert "Ledger row 7 does not match" in (await history.verify()).broken[0]


async def test_a_ledger_cut_short_leaves_its_journal_rows_homeless(history: History) -> None:
    await history.conn.execute("DELETE FROM ledger WHERE seq > $1", FACTS - 2)
    report = await history.verify()
    assert "(call_point) is in neither the ledger nor the outbox" in report.broken[0]


async def test_a_tail_cut_from_ledger_and_journal_shows_in_the_tables(history: History) -> None:
    await history.conn.execute(
        "WITH l AS (DELETE FROM ledger WHERE seq = $1 RETURNING position) DELETE FROM journal USING l"
        " WHERE journal.position = l.position",
        FACTS,
    )
    report = await history.verify()
    assert report.broken == (
        f"Version 2 of call_point {TWO} is missing from the journal; its table has version 2.",
    )


async def test_a_tail_cut_everywhere_shows_in_the_anchors(history: History) -> None:
    before = await history.head()
    await journal.append(history.conn, [fact(ONE, FACTS)])
    await history.pass_on()
    after = await history.head()
    await history.conn.execute("DELETE FROM ledger WHERE seq = $1", after.seq)
    await history.conn.execute("DELETE FROM journal WHERE version = $1", FACTS)
    assert (await history.verify()).sound
    assert (await history.verify([before])).sound
    assert "cut: row 41, which was its head at 2017" in (await history.verify([before, after])).broken[0]


async def test_a_ledger_rewritten_from_end_to_end_shows_in_the_anchors(history: History) -> None:
    kept = await history.head()
    await history.conn.execute("UPDATE journal SET who = 'nobody' WHERE noun = 'incident' AND version = 1")
    await history.rewrite_chain()
    assert (await history.verify()).sound
    assert "rewritten: row 40" in (await history.verify([kept])).broken[0]


async def test_a_fact_in_both_ledger_and_outbox_or_without_journal_row_is_found(history: History) -> None:
    position = await history.conn.fetchval("SELECT position FROM ledger WHERE seq = 7")
    await history.conn.execute("INSERT INTO outbox VALUES ($1)", position)
    assert f"Journal row {position} (incident) is in both" in (await history.verify()).broken[0]
    await history.conn.execute("UPDATE outbox SET position = 99999")
    assert "Journal row 99999 is missing: the outbox refers to it." in (await history.verify()).broken[0]


TABLES = [
    ("UPDATE call_point SET name = 'Nowhere' WHERE id = $1", "name is 'Nowhere' in its table and 'South gate' by its facts"),
    ("UPDATE call_point SET version = 3 WHERE id = $1", "Version 3 of call_point {id} is missing from the journal"),
    ("DELETE FROM call_point WHERE id = $1", "The row of call_point {id} is missing from its table"),
    ("UPDATE call_point SET id = gen_random_uuid() WHERE id = $1", "The row of call_point {id} is missing from its table"),
    ("DELETE FROM journal WHERE noun = 'call_point' AND id = $1 AND version = 1", "Version 1 of call_point {id} is missing"),
    ("DELETE FROM journal WHERE noun = 'call_point' AND id = $1", "The facts of call_point {id} are missing"),
    ("UPDATE journal SET fact = 'renamed' WHERE noun = 'call_point' AND id = $1", "it was never registered"),
]  # fmt: skip


@pytest.mark.parametrize("id_", [ONE, TWO])
@pytest.mark.parametrize(("forgery", "sentence"), TABLES)
async def test_a_table_that_its_facts_do_not_make_is_named(
    history: History, forgery: str, sentence: str, id_: UUID
) -> None:
    await history.conn.execute(forgery, id_)
    assert sentence.format(id=id_) in (await history.verify()).broken[-1]


async def test_an_alarm_named_by_its_key_and_gone_is_found(history: History) -> None:
    await history.conn.execute(
        "INSERT INTO idempotency VALUES ('device:9', 'POST /alarms', 'k', '', $1, cad_now())",
        f'{{"alarm": "{ONE}", "incident": "{TWO}"}}',
    )
    assert (await history.verify()).broken == (
        f"Alarm {ONE} was accepted, as its key on record says, and is missing.",
    )


async def test_anchors_read_back_as_written_and_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "anchors.log"
    kept = [Anchor(n, bytes([n]) * 32, datetime(2017, 1, 1, 0, 0, n, tzinfo=UTC)) for n in (1, 2, 3)]
    path.write_text("".join(map(anchors.line, kept))[:-10])
    assert list(anchors.read(path)) == kept[:2]
    path.write_text("1 zz 2017-01-01T00:00:00+00:00\n")
    with pytest.raises(anchors.AnchorsDamaged, match=r"Line 1 of .*anchors\.log is no anchor"):
        list(anchors.read(path))
