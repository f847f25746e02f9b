"""Agency promise: help asked of another agency reaches it or somebody is told, is chased while nothing comes, and ends."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.acts import Principal
from dispatch.agencies.model import AgencyRequest
from dispatch.bearers import store as outward
from dispatch.bearers.store import BEARERS, TRIES, OutwardMessage
from dispatch.desk import closing, going, joining, ordering, requesting
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow, StillOpen
from dispatch.folds import FOLDS
from dispatch.runtime.outward import NotTaken, Outward
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from dispatch.views import incidents
from incidents.model import ExternalRef
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import N1, NORTH, SOUTH, Town, build
from tests.integration.test_what_goes_outward_arrives_once_or_somebody_is_told import Held, Port

PLANTED = "泄露：三楼有孕妇"
FIRE = Principal(id="gateway:119", roles=frozenset({"gateway"}), gateway="119")


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def opened(town: Town, **more: Any) -> UUID:
    place = PlaceIn(lon=114.02, lat=22.54, address="北街1号")
    command = ReportAlarm(source="sms", type="500600", place=place, **more)
    return (await town.report(town.somebody("call_taker"), command)).incident_id


async def asked(town: Town, id_: UUID, agency: Any = "119", **more: Any) -> AgencyRequest:
    who = town.somebody("dispatcher")
    return await town.do(who, lambda w: requesting.request(w, id_, agency, PLANTED, more.get("name")))


async def said(town: Town, request: AgencyRequest) -> list[outward.Said]:
    async with town.pool.acquire() as conn:
        return await outward.said_of_request(conn, request.id)


async def shown(town: Town, id_: UUID) -> Any:
    async with town.pool.acquire() as conn:
        return (await incidents(conn, town.centre, [id_]))[0]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
        leaked = await conn.fetchval(
            "SELECT count(*) FROM (SELECT body::text AS t FROM journal UNION ALL SELECT to_jsonb(o)::text FROM "
            "outward_message o) x WHERE t ~ $1",
            PLANTED,
        )
    assert found.sound, found.broken
    assert leaked == 0, "somebody's words lie open"


def outward_of(town: Town, provider: Port) -> Outward:
    providers = dict.fromkeys(BEARERS, provider)
    return Outward(town.pool, Held(town.pool), town.centre, lambda: None, providers)


async def test_it_is_sent_taken_arrives_and_tells_its_result(town: Town) -> None:
    id_ = await opened(town)
    request = await asked(town, id_)
    provider = Port()
    assert await outward_of(town, provider).hand_over() == 1
    assert provider.asked == ["119"]
    [message] = await said(town, request)
    assert message.body is not None
    assert message.body["zh"].startswith("市局请求119消防联动：警情")
    assert "北街1号" in message.body["en"]
    taken = await town.do(FIRE, lambda w: requesting.step(w, request.id, "taken", reference="F-77"))
    assert (taken.state, taken.reference) == ("taken", "F-77")
    await town.do(town.somebody("call_taker"), lambda w: requesting.step(w, request.id, "arrived"))
    over = await town.do(FIRE, lambda w: requesting.step(w, request.id, "result", PLANTED))
    assert list(over.times) == ["sent", "taken", "arrived", "result"]
    [told] = (await shown(town, id_)).agency_requests
    assert (told.text, told.outcome, told.name["en"]) == (PLANTED, PLANTED, "119 fire service")
    with pytest.raises(NotNow):
        await town.do(FIRE, lambda w: requesting.step(w, request.id, "taken"))
    with pytest.raises(NotNow):
        await town.do(town.somebody("dispatcher"), lambda w: requesting.chase(w, request.id))
    await sound(town)


async def test_the_words_of_who_asks_are_opened_for_the_port_alone(town: Town) -> None:
    await asked(town, await opened(town))
    heard: list[str | None] = []

    class Listening(Port):
        async def send(self, message: OutwardMessage) -> str:
            heard.append(message.text)
            return await super().send(message)

    assert await outward_of(town, Listening()).hand_over() == 1
    assert heard == [PLANTED]
    await sound(town)


async def test_a_late_step_fills_its_time_and_moves_nothing_back(town: Town) -> None:
    request = await asked(town, await opened(town))
    desk = town.somebody("dispatcher")
    await town.do(desk, lambda w: requesting.step(w, request.id, "arrived"))
    late = await town.do(desk, lambda w: requesting.step(w, request.id, "taken"))
    assert late.state == "arrived"
    assert late.times["taken"] <= late.times["arrived"]
    again = await town.do(desk, lambda w: requesting.step(w, request.id, "taken"))
    assert again.version == late.version


async def test_nobody_taking_it_is_said_after_two_minutes_and_again_after_each_chase(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    id_ = await opened(town)
    request = await asked(town, id_)
    assert "agency_not_taken" in await rules_of(town, fired=False)
    for n in range(1, 4):
        await clock.forward(timedelta(seconds=119))
        await all_due(keeper)
        assert (await firings(town)).count("agency_not_taken") == n - 1
        await clock.forward(timedelta(seconds=2))
        await all_due(keeper, keeper)
        assert (await firings(town)).count("agency_not_taken") == n
        [alert] = [a for a in (await shown(town, id_)).alerts if a.rule == "agency_not_taken"]
        assert (alert.on, alert.said["zh"].what) == ("119消防", "等119消防接联动单")
        assert "北街1号" in (alert.said["zh"].say or "")
        chased = await town.do(town.somebody("dispatcher"), lambda w: requesting.chase(w, request.id))
        assert chased.chased == n
        assert "agency_not_taken" not in [a.rule for a in (await shown(town, id_)).alerts]
    assert [one.kind for one in await said(town, request)] == ["request", "chase", "chase", "chase"]
    await town.do(FIRE, lambda w: requesting.step(w, request.id, "taken"))
    assert {"agency_not_arrived", "agency_no_result"} <= await rules_of(town, fired=False)
    await clock.forward(timedelta(minutes=61))
    await all_due(keeper)
    assert {"agency_not_arrived", "agency_no_result"} <= await rules_of(town, fired=True)
    await town.do(FIRE, lambda w: requesting.step(w, request.id, "result"))
    assert not {one for one in await rules_of(town, fired=True) if one.startswith("agency")}
    await sound(town)


async def test_what_no_port_takes_is_said_to_a_person(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    id_ = await opened(town)
    request = await asked(town, id_)
    provider = Port(lambda _: NotTaken("no line"))
    out = outward_of(town, provider)
    for _ in range(TRIES + 2):
        await out.hand_over()
        await clock.forward(timedelta(minutes=2))
    await all_due(keeper)
    assert len(provider.asked) == TRIES
    assert [one.failure for one in await said(town, request)] == ["no line"]
    [alert] = [a for a in (await shown(town, id_)).alerts if a.rule == "agency_unreached"]
    assert alert.said["zh"].what == "联动单未能送达119消防，请电话联系"
    await town.do(town.somebody("call_taker"), lambda w: requesting.step(w, request.id, "taken"))
    assert "agency_unreached" not in await rules_of(town, fired=True)
    await sound(town)


async def test_what_is_withdrawn_is_not_sent_any_more_and_the_agency_is_told(town: Town) -> None:
    request = await asked(town, await opened(town))
    desk = town.somebody("dispatcher")
    with pytest.raises(Invalid, match="reason"):
        await town.do(desk, lambda w: requesting.withdraw(w, request.id))
    await town.do(desk, lambda w: requesting.withdraw(w, request.id), reason="误报")
    assert await outward_of(town, Port()).hand_over() == 1
    assert [(one.kind, one.failure) for one in await said(town, request)] == [
        ("request", "overtaken"),
        ("withdraw", None),
    ]


async def test_a_drill_never_reaches_a_real_agency(town: Town) -> None:
    request = await asked(town, await opened(town, exercise=True))
    provider = Port()
    assert await outward_of(town, provider).hand_over() == 1
    assert provider.asked == []
    assert [one.by for one in await said(town, request)] == ["recorded"]


async def test_one_agency_is_asked_once_and_others_beside_it(town: Town) -> None:
    id_ = await opened(town)
    first = await asked(town, id_)
    with pytest.raises(NotNow, match="already asked") as refused:
        await asked(town, id_)
    assert refused.value.details["request_id"] == str(first.id)
    await asked(town, id_, "120")
    await asked(town, id_, "other", name="红十字会")
    await asked(town, id_, "other", name="物业")
    for agency, name in (("other", None), ("119", "消防")):
        with pytest.raises(Invalid):
            await asked(town, id_, agency, name=name)


async def test_only_who_has_the_incident_and_the_agency_itself_act_on_it(town: Town) -> None:
    id_ = await opened(town)
    request = await asked(town, id_)
    ambulance = Principal(id="gateway:120", roles=frozenset({"gateway"}), gateway="120")
    for stranger in (ambulance, town.somebody("dispatcher", room=SOUTH)):
        with pytest.raises(NotFound):
            await town.do(stranger, lambda w: requesting.step(w, request.id, "taken"))
    with pytest.raises(NotAllowed):
        await town.do(FIRE, lambda w: requesting.chase(w, request.id))
    with pytest.raises(NotAllowed):
        await town.do(town.somebody("reviewer"), lambda w: requesting.request(w, id_, "122"))
    taken = await town.do(
        town.somebody("dispatcher", room=NORTH), lambda w: requesting.step(w, request.id, "taken")
    )
    assert taken.state == "taken"


async def test_the_units_on_scene_learn_who_else_comes(town: Town) -> None:
    id_ = await opened(town)
    desk = town.somebody("dispatcher")
    [job] = await town.do(desk, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    request = await asked(town, id_)
    for name in ("taken", "arrived"):
        await town.do(FIRE, lambda w, name=name: requesting.step(w, request.id, name))  # type: ignore[misc]
    async with town.pool.acquire() as conn:
        told = await conn.fetch(
            "SELECT body->>'text' FROM radio_message WHERE assignment_id = $1 AND kind = 'update' ORDER BY n",
            job.id,
        )
    assert [row[0] for row in told] == [
        "119消防已接单 The 119 fire service is on its way.",
        "119消防已到场 The 119 fire service has arrived.",
    ]
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "accept"))


async def test_nothing_closes_while_an_agency_is_still_asked(town: Town) -> None:
    id_ = await opened(town)
    boss = town.somebody("dispatcher", "leader", "reviewer")
    request = await asked(town, id_)
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))
    await town.do(boss, lambda w: closing.review(w, id_, accept=True))
    assert [end.noun for end in (await shown(town, id_)).open_ends] == ["agency_request"]
    with pytest.raises(StillOpen, match="the request to the 119 fire service"):
        await town.do(boss, lambda w: closing.close(w, id_))
    await town.do(boss, lambda w: requesting.step(w, request.id, "decline"))
    assert (await town.do(boss, lambda w: closing.close(w, id_))).state == "closed"
    await sound(town)


async def test_an_exception_leaves_it_open_and_waits_for_nobody_until_it_is_reopened(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    id_ = await opened(town)
    request = await asked(town, id_)
    boss = town.somebody("dispatcher", "leader")
    await town.do(boss, lambda w: closing.end(w, id_, "advised", despite_open=True), reason="消防自行处理")
    await sound(town)
    await clock.forward(timedelta(minutes=5))
    await all_due(keeper)
    assert not [rule for rule in await firings(town) if rule.startswith("agency")]
    await town.do(boss, lambda w: closing.reopen(w, id_, "received"), reason="又起火")
    assert "agency_not_taken" in await rules_of(town, fired=False)
    assert (await town.do(FIRE, lambda w: requesting.step(w, request.id, "taken"))).state == "taken"
    await sound(town)


async def test_the_agency_that_takes_the_matter_over_owes_nothing_more(town: Town) -> None:
    id_ = await opened(town)
    request = await asked(town, id_, "120")
    other = await asked(town, id_, "119")
    boss = town.somebody("dispatcher")
    with pytest.raises(StillOpen, match="119 fire service"):
        await town.do(boss, lambda w: closing.end(w, id_, "transferred", ExternalRef("120", "A-1")))
    await town.do(boss, lambda w: requesting.withdraw(w, other.id), reason="不需要")
    await town.do(boss, lambda w: closing.end(w, id_, "transferred", ExternalRef("120", "A-1")))
    states = {one.id: one.state for one in (await shown(town, id_)).agency_requests}
    assert states[request.id] == "result"
    await sound(town)


async def test_merged_incidents_keep_what_was_asked_for_each(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    one, into = await opened(town), await opened(town)
    await asked(town, one)
    await asked(town, into)
    boss = town.somebody("dispatcher", "leader", "call_taker")
    await town.do(boss, lambda w: joining.merge(w, one, into))
    assert len((await shown(town, into)).agency_requests) == 2
    await clock.forward(timedelta(seconds=121))
    await all_due(keeper)
    assert (await firings(town)).count("agency_not_taken") == 2
    with pytest.raises(StillOpen):
        await town.do(boss, lambda w: closing.end(w, into, "void"), reason="误报")
    await sound(town)
