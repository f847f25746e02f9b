"""Promise: who was silent or cut off is rung back before anybody calls it nothing, and nobody is rung into danger."""

import asyncio
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import pytest

from dispatch import telephone, views
from dispatch.acts import Principal
from dispatch.desk import answering, closing, describing, nuisance, ringing_back
from dispatch.desk.answering import Said
from dispatch.desk.describing import Changes
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotNow
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.shown import IncidentShown
from dispatch.verify import verify
from dispatch.work import Actor, Work, work
from incidents.errors import RingBackBlocked, RingBackOwed
from incidents.model import Incident, RingBackOutcome
from incidents.telephone import store
from incidents.telephone.model import Call
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.town import CITY, Town
from tests.harness.waiting import GUARD_S

ACD = Principal(id="gateway:acd1", roles=frozenset({"gateway"}), gateway="acd1")
NUMBER = "13800138000"
PLACE = PlaceIn(lon=114.02, lat=22.54)


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


async def told(town: Town, reference: str, act: Any, number: str | None = None, **more: Any) -> Call:
    said = Said(acd="acd1", line="7", reference=reference, act=act, number=number, **more)
    return (await town.do(ACD, lambda w: answering.hear(w, said))).call


async def given_up(town: Town, reference: str = "c-1", number: str | None = NUMBER) -> Call:
    await told(town, reference, "ringing", number)
    return await told(town, reference, "abandoned")


async def now(town: Town, call: Call) -> Call:
    async with town.pool.acquire() as conn:
        return (await store.read_calls(conn, [call.id]))[call.id]


async def shown(town: Town, incident_id: UUID) -> IncidentShown:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [incident_id]))[0]


async def led_to(town: Town, call: Call) -> IncidentShown | None:
    """The incident a call has led to."""
    async with town.pool.acquire() as conn:
        linked = (await store.linked(conn, [call.id]))[call.id]
    return None if linked.incident_id is None else await shown(town, linked.incident_id)


async def a_minute_later(town: Town, clock: Clock) -> None:
    await clock.forward(timedelta(seconds=61))
    keeper = Timekeeper(town.pool, town.centre, lambda: None)
    while await keeper.fire_due():
        pass


async def void(town: Town, incident_id: UUID) -> Incident:
    boss = town.somebody("dispatcher")
    return await town.do(boss, lambda w: closing.end(w, incident_id, "void"), reason="误拨")


async def rung(town: Town, alarm_id: UUID, outcome: RingBackOutcome, who: Principal | None = None) -> None:
    taker = who or town.somebody("call_taker")
    await town.do(taker, lambda w: ringing_back.ring_back(w, alarm_id, outcome, "无人应答"))


async def silent(town: Town, caller: CallerIn | None = None, **more: Any) -> tuple[UUID, UUID]:
    """A silent report; ids of its incident and its alarm."""
    command = ReportAlarm(
        source="call", silent=True, place=PLACE, caller=caller or CallerIn(number=NUMBER), **more
    )
    made = await town.report(town.somebody("call_taker"), command)
    return made.incident_id, made.alarm.id


async def test_a_call_given_up_during_an_outage_is_told_late_and_not_forgotten(
    town: Town, clock: Clock
) -> None:
    async with town.pool.acquire() as conn:
        long_ago = await conn.fetchval("SELECT cad_now()") - timedelta(minutes=25)
    said = Said(acd="acd1", line="7", reference="c-1", act="abandoned", number=NUMBER)
    taken = await town.do(ACD, lambda w: answering.hear(w, said), via="gateway", claimed_at=long_ago)
    await a_minute_later(town, clock)
    assert await led_to(town, taken.call) is not None


async def test_a_call_given_up_and_not_rung_back_becomes_an_incident_after_a_minute_once(
    town: Town, clock: Clock
) -> None:
    call = await given_up(town)
    assert call.owes_ring_back
    async with town.pool.acquire() as conn:
        before = (await telephone.calls(conn, town.centre, [call.id]))[0]
    assert before.ring_back_by is not None
    assert before.ring_back_by > (before.times.abandoned or "")
    assert await led_to(town, call) is None
    await a_minute_later(town, clock)
    incident = await led_to(town, call)
    assert incident is not None
    assert (incident.state, incident.priority, incident.place, incident.room) == ("received", 2, None, CITY)
    assert {"abandoned", "unverified", "no_place"} <= set(incident.labels)
    [alarm] = incident.alarms
    assert alarm.caller is not None
    assert (alarm.source, alarm.caller.number) == ("call", "138****8000")
    assert not (await now(town, call)).owes_ring_back
    await a_minute_later(town, clock)
    assert await led_to(town, call) == await shown(town, incident.id)
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM alarm") == 1


@pytest.mark.parametrize("settled_by", ["ring_back", "redial", "report", "answer_told_late"])
async def test_a_call_that_was_seen_to_within_the_minute_becomes_none(
    town: Town, clock: Clock, settled_by: str
) -> None:
    call = await given_up(town)
    if settled_by == "ring_back":
        taker = town.somebody("call_taker")
        await town.do(taker, lambda w: ringing_back.ring_back_call(w, call.id, "spoken"))
    elif settled_by == "redial":
        await told(town, "c-2", "answered", NUMBER)
    elif settled_by == "report":
        await town.report(town.somebody("call_taker"), ReportAlarm(source="call", call_id="c-1"))
    else:
        await told(town, "c-1", "answered")
    await a_minute_later(town, clock)
    async with town.pool.acquire() as conn:
        opened = await conn.fetchval("SELECT count(*) FROM incident")
    assert opened == (1 if settled_by == "report" else 0)


BLOCKED = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.mark.parametrize("first", ["abandoned", "answered"])
async def test_a_redial_told_in_the_same_instant_leaves_nothing_behind(
    town: Town, clock: Clock, first: Literal["abandoned", "answered"]
) -> None:
    """Neither act sees what the other has not yet committed: the one that ends later must."""
    call = await told(town, "c-1", "ringing", NUMBER)
    await told(town, "c-2", "ringing", NUMBER)
    acts = {
        "abandoned": Said(acd="acd1", line="7", reference="c-1", act="abandoned"),
        "answered": Said(acd="acd1", line="7", reference="c-2", act="answered"),
    }
    async with work(town.pool, town.centre, Actor(principal=ACD, via="gateway")) as w:
        await answering.hear(w, acts.pop(first))
        [other] = acts.values()
        twin = asyncio.create_task(town.do(ACD, lambda w: answering.hear(w, other)))
        async with asyncio.timeout(GUARD_S), town.pool.acquire() as conn:
            while not twin.done() and not await conn.fetchval(BLOCKED):
                await asyncio.sleep(0.01)
    await twin
    settled = await now(town, call)
    assert (settled.redialled_by is not None, settled.owes_ring_back) == (True, False)
    await a_minute_later(town, clock)
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM incident") == 0


async def test_many_who_give_up_at_once_wait_for_nobody(town: Town) -> None:
    """One caller's calls given up are told by two acts side by side; only who is spoken with takes turns."""
    for reference in ("c-1", "c-2"):
        await told(town, reference, "ringing", NUMBER)
    said = [Said(acd="acd1", line="7", reference=one, act="abandoned") for one in ("c-1", "c-2")]
    async with work(town.pool, town.centre, Actor(principal=ACD, via="gateway")) as w:
        await answering.hear(w, said[0])
        async with asyncio.timeout(GUARD_S):
            taken = await town.do(ACD, lambda w: answering.hear(w, said[1]))
    assert taken.call.owes_ring_back


async def test_a_redial_that_no_act_has_seen_is_found_before_an_incident_is_made_of_the_call(
    town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody had the given-up call under his hands when its caller was spoken with: it is looked for again at the end."""
    call = await given_up(town)

    async def none(*_: object) -> list[Call]:
        return []

    with monkeypatch.context() as patched:
        patched.setattr(store, "lock_given_up", none)
        await told(town, "c-2", "answered", NUMBER)
    assert (await now(town, call)).owes_ring_back
    await a_minute_later(town, clock)
    assert await led_to(town, call) is None
    assert not (await now(town, call)).owes_ring_back
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM incident") == 0
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE noun = 'call'") == 0
        assert (await verify(conn, FOLDS)).sound


async def test_while_a_caller_is_being_answered_no_incident_is_made_of_the_call_they_gave_up(
    town: Town, clock: Clock
) -> None:
    call = await given_up(town)
    await clock.forward(timedelta(seconds=61))
    keeper = Timekeeper(town.pool, town.centre, lambda: None)
    said = Said(acd="acd1", line="7", reference="c-2", act="answered", number=NUMBER)
    async with town.pool.acquire() as other, other.transaction():
        digest = await store.digest_of(other, call.person_id) if call.person_id else None
        assert digest is not None
        await store.lock_caller(other, digest, spoken=True)  # an act that has just found them spoken with
        await keeper.fire_due()
        assert await led_to(town, call) is None
    await town.do(ACD, lambda w: answering.hear(w, said))
    await a_minute_later(town, clock)
    assert await led_to(town, call) is None


async def test_who_needs_help_when_rung_back_is_not_settled_by_that(town: Town, clock: Clock) -> None:
    call, taker = await given_up(town), town.somebody("call_taker")
    await town.do(taker, lambda w: ringing_back.ring_back_call(w, call.id, "needs_help", "门外有人"))
    await a_minute_later(town, clock)
    incident = await led_to(town, call)
    assert incident is not None
    with pytest.raises(RingBackOwed, match="asked for help"):
        await void(town, incident.id)


async def test_an_incident_of_a_call_given_up_is_void_only_after_a_ring_back(
    town: Town, clock: Clock
) -> None:
    call = await given_up(town)
    await a_minute_later(town, clock)
    incident = await led_to(town, call)
    assert incident is not None
    with pytest.raises(RingBackOwed, match=incident.number):
        await void(town, incident.id)
    await rung(town, incident.alarms[0].id, "no_answer")
    assert (await void(town, incident.id)).state == "void"


async def test_a_ring_back_before_the_alarm_counts_for_it(town: Town) -> None:
    call, taker = await given_up(town), town.somebody("call_taker")
    await town.do(taker, lambda w: ringing_back.ring_back_call(w, call.id, "no_answer"))
    made = await town.report(taker, ReportAlarm(source="call", call_id=str(call.id)))
    assert (await void(town, made.incident_id)).state == "void"


async def test_a_silent_call_is_void_only_after_a_ring_back(town: Town) -> None:
    incident_id, alarm_id = await silent(town)
    before = await shown(town, incident_id)
    assert {"silent", "unverified"} <= set(before.labels)
    assert before.alarms[0].flags == ("silent",)
    with pytest.raises(RingBackOwed):
        await void(town, incident_id)
    await rung(town, alarm_id, "spoken")
    after = await shown(town, incident_id)
    assert "unverified" not in after.labels
    assert after.version > before.version
    [back] = after.alarms[0].ring_backs
    assert (back.outcome, back.to, back.text) == ("spoken", "number", "无人应答")
    assert (await void(town, incident_id)).state == "void"


async def standing_rules(town: Town, incident_id: UUID) -> set[str]:
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT rule FROM timer WHERE incident_id = $1", incident_id)
    return {row[0] for row in rows}


async def test_a_silent_incident_waits_for_its_ring_back_until_there_is_one(town: Town, clock: Clock) -> None:
    incident_id, alarm_id = await silent(town)
    await a_minute_later(town, clock)
    told = await shown(town, incident_id)
    assert "not_rung_back" in {alert.rule for alert in told.alerts}
    await rung(town, alarm_id, "no_answer")
    assert "not_rung_back" not in await standing_rules(town, incident_id)
    other, _ = await silent(town, CallerIn(number=NUMBER, cannot_talk=True))
    await a_minute_later(town, clock)
    assert "not_rung_back" not in await standing_rules(town, other), "who can't talk is not waited for"


async def test_a_call_that_was_found_silent_later_is_owed_a_ring_back_too(town: Town) -> None:
    made = await town.report(
        town.somebody("call_taker"),
        ReportAlarm(source="call", place=PLACE, caller=CallerIn(number=NUMBER)),
    )
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: describing.amend(w, made.incident_id, None, Changes(labels=("silent",))))
    with pytest.raises(RingBackOwed):
        await void(town, made.incident_id)
    await rung(town, made.alarm.id, "busy")
    await void(town, made.incident_id)


@pytest.mark.parametrize(
    ("caller", "why"),
    [
        (CallerIn(number=NUMBER, cannot_talk=True), "cannot_talk"),
        (CallerIn(number=NUMBER, cannot_talk=True, safe_number="13900139000"), "cannot_talk"),
        (CallerIn(number=NUMBER, do_not_contact=True), "do_not_contact"),
    ],
)
async def test_nobody_is_rung_into_danger(town: Town, caller: CallerIn, why: str) -> None:
    incident_id, alarm_id = await silent(town, caller)
    with pytest.raises(RingBackBlocked) as refused:
        await rung(town, alarm_id, "no_answer")
    assert refused.value.details["why"] == why
    assert "Send a unit" in str(refused.value)
    with pytest.raises(RingBackOwed):
        await void(town, incident_id)
    assert (await shown(town, incident_id)).alarms[0].ring_backs == ()


async def test_who_can_not_talk_is_as_urgent_as_an_unknown_danger(town: Town) -> None:
    incident_id, _ = await silent(town, CallerIn(number=NUMBER, cannot_talk=True))
    incident = await shown(town, incident_id)
    assert incident.priority == 2
    assert "cannot_talk" in incident.labels


async def test_a_safe_number_is_rung_instead_of_the_callers(town: Town) -> None:
    caller = CallerIn(number=NUMBER, do_not_contact=True, safe_number="13900139000")
    incident_id, alarm_id = await silent(town, caller)
    await rung(town, alarm_id, "spoken")
    [back] = (await shown(town, incident_id)).alarms[0].ring_backs
    assert back.to == "safe_number"


async def test_who_hides_the_number_is_recorded_as_such(town: Town, clock: Clock) -> None:
    call = await given_up(town, number=None)
    await a_minute_later(town, clock)
    incident = await led_to(town, call)
    assert incident is not None
    with pytest.raises(Invalid, match="No number is known"):
        await rung(town, incident.alarms[0].id, "no_answer")
    await rung(town, incident.alarms[0].id, "no_number")
    await void(town, incident.id)
    _, alarm_id = await silent(town)
    with pytest.raises(Invalid, match="A number is known"):
        await rung(town, alarm_id, "no_number")


async def test_a_living_call_is_not_rung_back(town: Town) -> None:
    call = await told(town, "c-1", "ringing", NUMBER)
    with pytest.raises(NotNow):
        await town.do(town.somebody("call_taker"), lambda w: ringing_back.ring_back_call(w, call.id, "busy"))


async def label(town: Town, number: str | None = None, alarm_id: UUID | None = None) -> UUID:
    async def do(w: Work) -> UUID:
        return (await nuisance.label(w, number, alarm_id, None)).id

    made = await town.do(town.somebody("leader"), do, reason="一月内骚扰三十次")
    await town.followers.load()
    return made


async def test_a_nuisance_number_is_labelled_and_never_queued_lower(town: Town) -> None:
    plain = await town.report(
        town.somebody("call_taker"),
        ReportAlarm(source="call", place=PLACE, type="200100", caller=CallerIn(number=NUMBER)),
    )
    entry = await label(town, alarm_id=plain.alarm.id)
    assert await label(town, "138-0013-8000") == entry, "it is one number"
    again = await town.report(
        town.somebody("call_taker"),
        ReportAlarm(source="call", place=PLACE, type="200100", caller=CallerIn(number=NUMBER)),
    )
    first, second = await shown(town, plain.incident_id), await shown(town, again.incident_id)
    assert second.priority == first.priority
    assert "nuisance" not in first.labels
    assert "nuisance" in second.labels
    assert second.alarms[0].flags == ("nuisance",)
    await town.do(town.somebody("leader"), lambda w: nuisance.lift(w, entry))
    await town.followers.load()
    third = await town.report(
        town.somebody("call_taker"),
        ReportAlarm(source="call", place=PLACE, caller=CallerIn(number=NUMBER)),
    )
    assert "nuisance" not in (await shown(town, third.incident_id)).labels


async def test_a_nuisance_number_that_only_its_call_knows_is_labelled_too(town: Town) -> None:
    await label(town, NUMBER)
    await told(town, "c-1", "ringing", NUMBER)
    made = await town.report(town.somebody("call_taker"), ReportAlarm(source="call", call_id="c-1"))
    assert "nuisance" in (await shown(town, made.incident_id)).labels


async def test_a_label_needs_a_reason_and_a_number(town: Town) -> None:
    boss = town.somebody("dispatcher")
    with pytest.raises(Invalid, match="reason"):
        await town.do(boss, lambda w: nuisance.label(w, NUMBER, None, None))
    with pytest.raises(Invalid, match="Give a number"):
        await town.do(boss, lambda w: nuisance.label(w, None, t.new_id(), None), reason="骚扰")


async def test_a_drill_call_and_real_life_are_never_one_matter(town: Town, clock: Clock) -> None:
    await told(town, "c-1", "ringing", NUMBER, exercise=True)
    drill = await told(town, "c-1", "abandoned", exercise=True)
    real = await town.report(town.somebody("call_taker"), ReportAlarm(source="call", call_id="c-1"))
    assert real.alarm.person_id is None
    await told(town, "c-2", "answered", NUMBER)
    assert (await now(town, drill)).owes_ring_back
    await a_minute_later(town, clock)
    incident = await led_to(town, drill)
    assert incident is not None
    assert incident.exercise


async def test_the_journal_tells_it_all_again_without_a_number(town: Town, clock: Clock) -> None:
    await given_up(town)
    await a_minute_later(town, clock)
    await label(town, NUMBER)
    async with town.pool.acquire() as conn:
        report = await verify(conn, FOLDS)
        leaks = await conn.fetch("SELECT fact, body::text FROM journal WHERE body::text LIKE '%138%'")
        rules = await conn.fetch("SELECT noun FROM journal WHERE fact = 'rule_fired'")
    assert [row for row in leaks if NUMBER in row[1]] == []
    assert [broken for broken in report.broken if "nuisance" in broken or "call" in broken] == []
    assert [row[0] for row in rules] == ["call"]
