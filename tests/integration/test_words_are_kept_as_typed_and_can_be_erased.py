"""People's words: kept as typed, sealed apart from every fact, and gone once their key is dropped; the chain still holds."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import journal, store, views
from dispatch.desk import closing, describing, going, hearing, ordering, reports, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import Invalid
from dispatch.folds import FOLDS
from dispatch.runtime.bus import Bus
from dispatch.runtime.lease import Lease
from dispatch.runtime.postgres import Pool
from dispatch.runtime.relay import LEASE_NAME, Relay
from dispatch.verify import verify
from dispatch.work import Work
from incidents import store as incident_store
from incidents.model import ExternalRef
from incidents.sealing import Caller
from tests.harness import town as t
from tests.harness.invariants import check_secrets
from tests.harness.town import N1, Town

NUMBER, NAME = "13800138000", "泄露某"
WORDS = [
    "\u202eرجل يحمل سكينا\u202c 在门口",
    "零\u200b宽\u200d字\ufeff符",
    "𠮷野家 𪚥 龘 門口",
    "👨‍👩‍👧 受伤 🚑",
    'two\nlines\tand \\u0000 typed out, "quotes", \'); DROP TABLE alarm; --',
    "<script>alert(1)</script> & &amp;",
]


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


def call(text: str = "泄露", **more: Any) -> ReportAlarm:
    """A report with a caller and a text."""
    given = {
        "source": "call", "type": "200100", "text": text, "place": PlaceIn(lon=114.02, lat=22.54, address="北门"),
        "caller": CallerIn(number=NUMBER, name=NAME),
    }  # fmt: skip
    return ReportAlarm(**(given | more))  # type: ignore[arg-type]


async def opened(town: Town, narrative_id: UUID | None) -> str | None:
    """A sealed text as somebody with the key reads it; None once it was erased."""
    assert narrative_id is not None
    async with town.pool.acquire() as conn:
        found = await incident_store.read_sealed(conn, narratives=[narrative_id])
    if narrative_id not in found:
        return None
    plain = town.centre.seal.open_or_none(*found[narrative_id])
    return None if plain is None else plain.decode()


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
async def test_words_are_kept_as_typed(town: Town, words: str) -> None:
    boss = town.somebody("dispatcher")
    made = await town.report(boss, call(words, place=PlaceIn(lon=114.02, lat=22.54, address=words)))
    assert await opened(town, made.alarm.narrative_id) == words
    assert made.alarm.place is not None
    assert made.alarm.place.address == words
    _, note_id = await town.do(
        boss, lambda w: describing.add_note(w, made.incident_id, "scene", words, urgent=True)
    )
    async with town.pool.acquire() as conn:
        [note] = await incident_store.notes_of(conn, [made.incident_id])
        found = await verify(conn, FOLDS)
    assert note["id"] == note_id
    assert await opened(town, note["narrative_id"]) == words
    assert found.sound, found.broken


NUL = "a\x00b"


def every_way_in(incident: UUID, alarm: UUID, a: UUID) -> dict[str, Callable[[Work], Awaitable[object]]]:
    """Every field of the desk by which a text comes in, each with a NUL."""
    form = {"kind": "final", "result": "handled"}

    async def radio(w: Work) -> object:
        unit = await hearing.unit_of(w, N1.int)
        assert unit is not None
        return await hearing.hear(w, unit, hearing.Reply(reply_id="r", act="message", at=w.now, text=NUL))

    async def report(command: ReportAlarm, w: Work) -> object:
        return reports.prepare(w.centre, command, w.actor)

    callers = {
        name: msgspec.convert({name: NUL}, CallerIn) for name in ("number", "name", "language", "safe_number")
    }
    places = {
        name: msgspec.convert({name: NUL}, PlaceIn)
        for name in ("address", "code", "floor", "direction", "source")
    }
    return {
        "report text": lambda w: report(call(NUL), w),
        "report call": lambda w: report(call(call_id=NUL), w),
        **{f"caller {n}": lambda w, c=c: report(call(caller=c), w) for n, c in callers.items()},  # type: ignore[misc]
        **{f"place {n}": lambda w, p=p: report(call(place=p), w) for n, p in places.items()},  # type: ignore[misc]
        **{
            f"amended {n}": lambda w, p=p: describing.amend(w, incident, None, describing.Changes(place=p))  # type: ignore[misc]
            for n, p in places.items()
        },
        "labels": lambda w: describing.amend(w, incident, None, describing.Changes(labels=("ok", NUL))),
        "note": lambda w: describing.add_note(w, incident, "scene", NUL, urgent=False),
        "form text": lambda w: closing.feed_back(w, a, closing.Form(text=NUL, **form)),  # type: ignore[arg-type]
        "form people": lambda w: closing.feed_back(w, a, closing.Form(people=(Caller(name=NUL),), **form)),  # type: ignore[arg-type]
        "form photos": lambda w: closing.feed_back(w, a, closing.Form(photos=(NUL,), **form)),  # type: ignore[arg-type]
        "result": lambda w: going.step(w, a, "clear", NUL),
        "handled": lambda w: closing.handle(w, incident, NUL),
        "call-back": lambda w: closing.call_back(w, alarm, "satisfied", NUL),
        "agency": lambda w: closing.end(w, incident, "transferred", ExternalRef(NUL, None)),
        "reference": lambda w: closing.end(w, incident, "transferred", ExternalRef("119", NUL)),
        "crew": lambda w: shift.log_on(w, N1, (NUL,)),
        "radio": radio,
    }


async def test_a_nul_is_refused_clearly_wherever_it_comes_in(town: Town) -> None:
    boss = town.somebody("dispatcher", "leader", "reviewer", "call_taker")
    made = await town.report(boss, call())
    [a] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: going.step(w, a.id, "accept"))
    idle = await town.report(boss, call())
    ways = every_way_in(made.incident_id, made.alarm.id, a.id)
    ways["handled"] = lambda w: closing.handle(w, idle.incident_id, NUL)
    done = await town.report(boss, call())
    await town.do(boss, lambda w: closing.handle(w, done.incident_id, "handled"))
    ways["call-back"] = lambda w: closing.call_back(w, done.alarm.id, "satisfied", NUL)
    for name, act in ways.items():
        with pytest.raises(Invalid) as refused:
            await town.do(boss, act, reason="按规定")
        assert "NUL" in str(refused.value) or "results" in str(refused.value), name
        assert "\x00" not in str(refused.value), name
    with pytest.raises(Invalid, match="reason contains a NUL"):
        await town.do(boss, lambda w: closing.end(w, made.incident_id, "void"), reason=NUL)
    with pytest.raises(Invalid, match="reason contains a NUL"):
        await town.report(boss, call(), reason=NUL)


async def test_half_a_character_is_refused_clearly(town: Town) -> None:
    with pytest.raises(Invalid, match=r"caller\.name contains half a character"):
        await town.report(town.somebody("call_taker"), call(caller=CallerIn(name="\ud83d")))


async def a_whole_story(town: Town) -> tuple[UUID, list[UUID]]:
    """An incident with a caller, texts, a note, a form naming people and a call-back; ids of its sealed texts."""
    boss = town.somebody("dispatcher", "leader", "reviewer")
    made = await town.report(boss, call())
    id_ = made.incident_id
    [a] = await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: describing.add_note(w, id_, "caller", "泄露的话", urgent=True))
    await town.do(boss, lambda w: going.step(w, a.id, "clear", "handled"))
    form = closing.Form(kind="final", result="handled", text="泄露", people=(Caller(NUMBER, NAME),))
    await town.do(boss, lambda w: closing.feed_back(w, a.id, form))
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    alarm = await town.do(boss, lambda w: closing.call_back(w, made.alarm.id, "satisfied", "泄露很满意"))
    async with town.pool.acquire() as conn:
        [note] = await incident_store.notes_of(conn, [id_])
        [kept] = await store.feedback_of(conn, [id_])
    assert alarm.called_back is not None
    texts = [alarm.narrative_id, alarm.called_back.narrative_id, note["narrative_id"], kept.narrative_id]
    return id_, [text for text in texts if text is not None]


async def test_no_fact_and_no_message_holds_a_name_a_number_or_a_text(town: Town) -> None:
    await a_whole_story(town)
    async with town.pool.acquire() as conn:
        await check_secrets(conn)
        assert await conn.fetchval("SELECT count(*) FROM person") == 2
        leaked = await conn.fetchval(
            "SELECT count(*) FROM person WHERE position($1::bytea IN body) > 0", NAME.encode()
        )
    assert leaked == 0


async def test_dropping_the_key_erases_the_words_and_nothing_else(town: Town, nats_url: str) -> None:
    id_, texts = await a_whole_story(town)
    other, other_texts = await a_whole_story(town)
    assert len(texts) == 4
    assert all([await opened(town, text) for text in texts])
    await relayed(town, nats_url)
    async with town.pool.acquire() as conn:
        before = await journal.head(conn)
        await conn.execute("DELETE FROM sealed_key WHERE id = $1", id_)
    assert [await opened(town, text) for text in texts] == [None] * 4
    assert all([await opened(town, text) for text in other_texts])
    async with town.pool.acquire() as conn:
        persons = [row[0] for row in await conn.fetch("SELECT id FROM person WHERE key_id = $1", id_)]
        assert await incident_store.read_sealed(conn, persons=persons) == {}
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken
    assert found.head == before
    assert other != id_


async def relayed(town: Town, nats_url: str) -> None:
    """Everything in the ledger."""
    lease = Lease(town.pool, LEASE_NAME, "test")
    relay = Relay(town.pool, lease, Bus([nats_url]))
    await lease._step()
    assert lease.term is not None
    async with town.pool.acquire() as conn:
        await relay.pass_on(conn, lease.term)


async def test_what_is_said_after_the_erasure_is_sealed_anew(town: Town) -> None:
    id_, texts = await a_whole_story(town)
    async with town.pool.acquire() as conn:
        await conn.execute("DELETE FROM sealed_key WHERE id = $1", id_)
    boss = town.somebody("dispatcher", "leader", "reviewer")
    again = await town.do(boss, lambda w: describing.add_note(w, id_, "scene", "泄露之后", urgent=False))
    async with town.pool.acquire() as conn:
        notes = {note["id"]: note["narrative_id"] for note in await incident_store.notes_of(conn, [id_])}
    assert await opened(town, notes[again[1]]) == "泄露之后"
    assert [await opened(town, text) for text in texts] == [None] * 4, "their salt is gone for ever"
    async with town.pool.acquire() as conn:
        [seen] = await views.incidents(conn, town.centre, [id_])
    assert seen.id == id_
