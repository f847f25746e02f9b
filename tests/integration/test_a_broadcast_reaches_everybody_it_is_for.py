"""Broadcast promise: everybody it is for is told, once, and nobody else; who has read it shows, and it ends when it says."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch.acts import Principal
from dispatch.broadcasts.model import Area, Audience, Broadcast
from dispatch.broadcasts.views import broadcast_page, one_broadcast, recipients
from dispatch.desk import acknowledging, addressing, broadcasting, noticing, shift
from dispatch.desk.noticing import Seen
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.runtime.postgres import Pool
from dispatch.work import Work, ms
from tests.harness import town as t
from tests.harness.broadcasts import PLANTED, counted, everybody, now_of, parties, said, shown, sound, stand
from tests.harness.clock import Clock
from tests.harness.terminals import pass_time, reply, told
from tests.harness.timekeeping import all_due, firings, keeper_of
from tests.harness.town import CITY, N1, N2, NORTH, S1, S2, SOUTH, Town
from units import commands as uc

AUX = UUID(int=51)


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool, duty=(N1, N2, S1))


@pytest.fixture
def leader(town: Town) -> Principal:
    return town.somebody("leader")


async def auxiliary(town: Town) -> None:
    """A guard on duty in the north."""
    entry = uc.Register(
        handle=51, call_sign="志愿1", kind="foot", unit_class="auxiliary", room_id=NORTH, gateway="sim"
    )
    admin = Principal(id="admin", roles=frozenset({"admin"}), room_id=CITY, rooms=frozenset({CITY}))
    await town.do(admin, lambda w: shift.register(w, AUX, entry))
    await town.do(town.somebody("dispatcher"), lambda w: shift.log_on(w, AUX, ("v1",)))
    await town.followers.load()


async def second_gateway(town: Town, unit: UUID) -> None:
    async with town.pool.acquire() as conn:
        await conn.execute("UPDATE unit SET second_gateway = 'lte' WHERE id = $1", unit)


def on_every_page(found: list[Any]) -> set[UUID]:
    return {one.id for one in found}


async def test_a_room_speaks_to_itself_and_everything_below(town: Town, leader: Principal) -> None:
    b = await said(town, leader, everybody())
    assert (b.state, b.number[:1], b.recipients) == ("active", "B", 6)
    assert await parties(town, b) == {N1, N2, S1, CITY, NORTH, SOUTH}
    for unit in (N1, N2, S1):
        [message] = await told(town, unit, "broadcast")
        assert (message["kind"], message["about"], message["text"]) == ("broadcast", b.id, None)
    assert await told(town, S2, "broadcast") == []  # off duty
    await sound(town)


@pytest.mark.parametrize(
    ("audience", "reached"),
    [
        (Audience(rooms=(NORTH,)), {NORTH, N1, N2}),
        (Audience(rooms=(NORTH,), to_rooms=False), {N1, N2}),
        (Audience(rooms=(NORTH,), to_units=False), {NORTH}),
        (Audience(rooms=(NORTH,), kinds=("foot",)), {NORTH, N2}),
        (Audience(units=(S1,)), {S1}),
        (Audience(rooms=(NORTH,), units=(S1,), kinds=("foot",)), {NORTH, N2, S1}),
        (Audience(areas=(Area(lon=114.02, lat=22.54, radius_m=500),)), {N1}),
        (Audience(areas=(Area(lon=114.02, lat=22.54, radius_m=20_000, inner_m=1_000),)), {N2, S1}),
        (Audience(areas=(Area(geometry=t.box(114.0, 22.5, 114.05, 22.6)),)), {N1, N2}),
        (Audience(areas=(Area(geometry=t.box(114.0, 22.5, 114.05, 22.6)),), kinds=("foot",)), {N2}),
    ],
)
async def test_exactly_whom_it_means(
    town: Town, leader: Principal, audience: Audience, reached: set[UUID]
) -> None:
    where = {N1: (114.02, 22.54), N2: (114.04, 22.54), S1: (114.08, 22.54), S2: (114.02, 22.54)}
    stand(town.centre.live, ms(await now_of(town)), where)
    assert await parties(town, await said(town, leader, audience)) == reached


async def test_what_was_shown_is_what_is_sent(town: Town, leader: Principal) -> None:
    b = await said(town, leader, everybody(), recipients=((N1, S1), (NORTH,)))
    assert await parties(town, b) == {N1, S1, NORTH}
    with pytest.raises(Invalid, match="not within reach"):
        await said(
            town, town.somebody("leader", room=NORTH), Audience(rooms=(NORTH,)), recipients=((S1,), ())
        )


async def test_auxiliaries_receive_only_what_is_marked_for_them(town: Town, leader: Principal) -> None:
    await auxiliary(town)
    assert AUX not in await parties(town, await said(town, leader, everybody()))
    with pytest.raises(Invalid, match="auxiliary"):
        await said(town, leader, Audience(units=(AUX,)))
    with pytest.raises(Invalid, match="auxiliary"):
        await said(town, leader, everybody(), recipients=((AUX,), ()))
    open_to_them = Audience(rooms=(CITY,), auxiliaries=True)
    assert AUX in await parties(town, await said(town, leader, open_to_them))


async def test_the_whole_city_is_for_a_leader(town: Town) -> None:
    dispatcher = town.somebody("dispatcher")
    with pytest.raises(NotAllowed):
        await said(town, dispatcher, everybody())
    await said(town, dispatcher, Audience(rooms=(NORTH, SOUTH)))
    with pytest.raises(NotAllowed):
        await said(town, town.somebody("call_taker"), Audience(rooms=(NORTH,)))


async def test_neighbours_are_reached_through_the_room_over_both(town: Town, leader: Principal) -> None:
    north, south = town.somebody("dispatcher", room=NORTH), town.somebody("dispatcher", room=SOUTH)
    b = await said(town, north, Audience(rooms=(NORTH, SOUTH)))
    assert (b.state, b.scope_room_id) == ("proposed", CITY)
    assert await parties(town, b) == set()
    assert await told(town, S1, "broadcast") == []
    async with town.pool.acquire() as conn:
        assert await broadcast_page(conn, town.centre, south, (None, 10), True) == []
    for nobody in (north, south):
        with pytest.raises((NotAllowed, NotFound)):
            await town.do(nobody, lambda w: broadcasting.approve(w, b.id))
    sent = await town.do(town.somebody("dispatcher"), lambda w: broadcasting.approve(w, b.id))
    assert sent.state == "active"
    assert await parties(town, b) == {NORTH, SOUTH, N1, N2, S1}
    with pytest.raises(NotNow):
        await town.do(leader, lambda w: broadcasting.approve(w, b.id))
    await sound(town)


async def test_the_room_above_may_decline_and_says_why(town: Town, leader: Principal) -> None:
    b = await said(town, town.somebody("leader", room=NORTH), Audience(rooms=(SOUTH,)))
    with pytest.raises(Invalid):
        await town.do(leader, lambda w: broadcasting.decline(w, b.id, " "))
    over = await town.do(leader, lambda w: broadcasting.decline(w, b.id, PLANTED))
    assert (over.state, (await shown(town, over)).outcome) == ("declined", PLANTED)
    assert await told(town, S1, "broadcast") == []
    await sound(town)


async def test_lamps_turn_by_terminal_and_seat(town: Town, leader: Principal) -> None:
    b = await said(town, leader, everybody(), urgent=True)
    [first] = await told(town, N1, "broadcast")
    await reply(town, N1, "deliver", order_id=first["order_id"])
    assert await counted(town, b) == (6, 1, 0)
    await reply(town, N1, "read", order_id=first["order_id"])
    await reply(town, N1, "deliver", order_id=first["order_id"])
    [second] = await told(town, S1, "broadcast")
    await reply(town, S1, "read", order_id=second["order_id"])
    assert await counted(town, b) == (6, 2, 2)
    north = town.somebody("call_taker", room=NORTH)
    for seat in (north, town.somebody("dispatcher", room=NORTH), north):
        await town.do(seat, lambda w: acknowledging.acknowledge(w, b.id))
    assert await counted(town, b) == (6, 3, 3)
    [lamp] = [room for room in (await shown(town, b)).rooms if room.read_at is not None]
    assert (lamp.room_id, lamp.read_by) == (NORTH, north.id)
    async with town.pool.acquire() as conn:
        rows = await recipients(conn, town.centre, leader, b.id)
        with pytest.raises(NotFound):
            await recipients(conn, town.centre, north, b.id)
    assert [(one.name["zh"], one.reached) for one in rows if one.party == "unit"] == [
        ("119", "waiting"), ("118", "read"), ("218", "read"),
    ]  # fmt: skip
    await sound(town)


async def test_who_was_not_addressed_sees_nothing(town: Town) -> None:
    b = await said(town, town.somebody("leader"), Audience(rooms=(NORTH,)))
    outside = town.somebody("leader", room=SOUTH)
    async with town.pool.acquire() as conn:
        assert await broadcast_page(conn, town.centre, outside, (None, 10), True) == []
        assert await broadcast_page(conn, town.centre, town.unit(S1), (None, 10), True) == []
        for who in (outside, town.unit(S1)):
            with pytest.raises(NotFound):
                await one_broadcast(conn, town.centre, who, b.id)
        for who in (town.somebody("dispatcher", room=NORTH), town.unit(N1), town.somebody("leader")):
            assert on_every_page(await broadcast_page(conn, town.centre, who, (None, 10), False)) == {b.id}
    for who in (outside, town.unit(S1)):
        with pytest.raises(NotFound):
            await town.do(who, lambda w: acknowledging.acknowledge(w, b.id))
        with pytest.raises((NotFound, NotAllowed)):
            await town.do(who, lambda w: broadcasting.cancel(w, b.id, "算了"))


async def test_who_logs_on_later_is_told_what_holds_and_only_that(
    town: Town, leader: Principal, clock: Clock
) -> None:
    over = await said(town, leader, everybody(), within=timedelta(minutes=5))
    holds = await said(town, leader, Audience(rooms=(SOUTH,)))
    await pass_time(town, clock, 301)
    await town.do(town.somebody("dispatcher"), lambda w: shift.log_on(w, S2, ("0110",)))
    assert [message["about"] for message in await told(town, S2, "broadcast")] == [holds.id]
    assert S2 not in await parties(town, over)
    assert (await counted(town, holds))[0] == 3
    await town.do(town.somebody("dispatcher"), lambda w: shift.log_on(w, S2, ("0111",)))
    assert len(await told(town, S2, "broadcast")) == 1
    await sound(town)


async def test_who_comes_into_the_area_of_a_lookout_is_told_until_it_ends(
    town: Town, leader: Principal, clock: Clock
) -> None:
    live = town.centre.live
    stand(live, ms(await now_of(town)), {N1: (114.02, 22.54), S1: (114.08, 22.54)})
    near = Audience(areas=(Area(lon=114.02, lat=22.54, radius_m=1_000),))
    lookout = await said(town, leader, near, "lookout")
    call = await said(town, leader, near)
    assert await parties(town, lookout) == {N1}
    stand(live, ms(await now_of(town)) + 1_000, {S1: (114.021, 22.54)})
    await pass_time(town, clock, 11)
    assert await parties(town, lookout) == {N1, S1}
    assert [message["about"] for message in await told(town, S1, "broadcast")] == [lookout.id]
    assert await parties(town, call) == {N1}  # a call was for those who were there
    await town.do(leader, lambda w: broadcasting.cancel(w, lookout.id, "抓获"))
    stand(live, ms(await now_of(town)) + 2_000, {N2: (114.021, 22.54)})
    await pass_time(town, clock, 30)
    assert await told(town, N2, "broadcast") == []
    await sound(town)


async def test_it_expires_once_and_is_never_called_again(town: Town, leader: Principal, clock: Clock) -> None:
    b = await said(town, leader, everybody(), within=timedelta(minutes=10))
    keepers = keeper_of(town), keeper_of(town)
    await clock.forward(timedelta(minutes=10, seconds=1))
    await all_due(*keepers)
    await all_due(*keepers)
    over = await shown(town, b)
    assert (over.state, over.alerts) == ("expired", ())
    assert (await firings(town)).count("broadcast_expiry") == 1
    for act in (broadcasting.call_again, broadcasting.approve):
        with pytest.raises(NotNow):
            await town.do(leader, lambda w, act=act: act(w, b.id))  # type: ignore[misc]
    async with town.pool.acquire() as conn:
        assert await broadcast_page(conn, town.centre, leader, (None, 10), False) == []
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE noun = 'broadcast'") == 0
    await sound(town)


async def test_it_is_extended_within_limits(town: Town, leader: Principal, clock: Clock) -> None:
    b = await said(town, leader, everybody(), "lookout", within=timedelta(minutes=10))
    later = await now_of(town) + timedelta(hours=1)
    await town.do(leader, lambda w: broadcasting.extend(w, b.id, later))
    await pass_time(town, clock, 601)
    assert (await shown(town, b)).state == "active"
    for wrong in (timedelta(days=31), timedelta(seconds=10), timedelta(seconds=-1)):
        until = await now_of(town) + wrong
        with pytest.raises(Invalid):
            await town.do(leader, lambda w, until=until: broadcasting.extend(w, b.id, until))  # type: ignore[misc]
    await pass_time(town, clock, 3_000)
    assert (await shown(town, b)).state == "expired"
    with pytest.raises(NotNow):
        await town.do(leader, lambda w: broadcasting.extend(w, b.id, later + timedelta(hours=3)))


async def test_a_lookout_says_until_when(town: Town, leader: Principal) -> None:
    writing = broadcasting.Writing(kind="lookout", text="留意", audience=everybody())
    with pytest.raises(Invalid, match="until when"):
        await town.do(leader, lambda w: broadcasting.write(w, writing))


async def test_cancelling_tells_everybody_it_went_to(town: Town, leader: Principal) -> None:
    b = await said(town, leader, Audience(rooms=(NORTH,)))
    over = await town.do(leader, lambda w: broadcasting.cancel(w, b.id, PLANTED))
    assert over.state == "cancelled"
    assert [len(await told(town, unit, "broadcast")) for unit in (N1, N2, S1)] == [2, 2, 0]
    with pytest.raises(NotNow):
        await town.do(leader, lambda w: broadcasting.cancel(w, b.id, "再次"))
    await sound(town)


async def test_an_update_replaces_the_older_one(town: Town, leader: Principal) -> None:
    first = await said(town, leader, Audience(rooms=(NORTH, SOUTH)), "lookout")
    second = await said(town, leader, Audience(rooms=(NORTH,)), "lookout", replaces=first.id)
    older, newer = await shown(town, first), await shown(town, second)
    assert (older.state, older.replaced_by, newer.replaces) == ("superseded", second.id, first.id)
    assert newer.number == f"{older.number}/2"
    assert [len(await told(town, unit, "broadcast")) for unit in (N1, S1)] == [2, 2]  # S1: that it is over
    with pytest.raises(NotNow):
        await said(town, leader, Audience(rooms=(NORTH,)), "lookout", replaces=first.id)
    await sound(town)


async def test_who_has_it_not_is_told_by_the_second_bearer(
    town: Town, leader: Principal, clock: Clock
) -> None:
    await second_gateway(town, N1)
    await second_gateway(town, N2)
    b = await said(town, leader, everybody())
    [message] = await told(town, N2, "broadcast")
    await reply(town, N2, "deliver", order_id=message["order_id"])
    await pass_time(town, clock, 31)
    await pass_time(town, clock, 31)
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT handle, gateway FROM radio_message WHERE about = $1", b.id)
    assert sorted((row[0], row[1]) for row in rows) == [(11, "lte"), (11, "sim"), (12, "sim"), (21, "sim")]
    assert (await shown(town, b)).alerts == ()


async def test_urgent_and_unread_comes_back_to_the_sender_and_is_called_again(
    town: Town, leader: Principal, clock: Clock
) -> None:
    b = await said(town, leader, Audience(rooms=(NORTH,), to_rooms=False), urgent=True)
    [message] = await told(town, N1, "broadcast")
    await reply(town, N1, "read", order_id=message["order_id"])
    await pass_time(town, clock, 121)
    [alert] = (await shown(town, b)).alerts
    assert (alert.rule, alert.room) == ("broadcast_unread", CITY)
    assert "1/2" in alert.what
    other = town.somebody("dispatcher", name="wang")
    await town.do(other, lambda w: noticing.notice_broadcast(w, b.id, [Seen(alert.rule, alert.id)]))
    assert [one.noticed_by for one in (await shown(town, b)).alerts] == [("wang",)], "it stands for others"
    await town.do(leader, lambda w: broadcasting.call_again(w, b.id))
    assert (await shown(town, b)).alerts == ()
    assert [len(await told(town, unit, "broadcast")) for unit in (N1, N2)] == [1, 2]
    await pass_time(town, clock, 121)
    assert len((await shown(town, b)).alerts) == 1
    await reply(town, N2, "read", order_id=(await told(town, N2, "broadcast"))[-1]["order_id"])
    assert (await shown(town, b)).alerts == ()
    await sound(town)


async def test_a_call_that_is_not_urgent_raises_no_alarm(town: Town, leader: Principal, clock: Clock) -> None:
    b = await said(town, leader, everybody())
    await pass_time(town, clock, 300)
    assert (await shown(town, b)).alerts == ()


async def test_nobody_logging_on_while_it_is_sent_is_lost(
    town: Town, leader: Principal, clock: Clock
) -> None:
    """The log-on had not seen the broadcast, nor the broadcast the log-on: the next look finds who is missing."""
    b = await said(town, leader, everybody())
    async with town.pool.acquire() as conn:
        await conn.execute("UPDATE unit SET duty = 'available' WHERE id = $1", S2)
    await pass_time(town, clock, 11)
    assert S2 in await parties(town, b)
    assert len(await told(town, S2, "broadcast")) == 1


async def test_showing_whom_it_would_reach_sends_nothing(town: Town, leader: Principal) -> None:
    async def look(w: Work) -> addressing.Addressed:
        scope = await addressing.scope_of(w, everybody())
        return await addressing.addressed(w, everybody(), scope.room_id)

    to: Broadcast | addressing.Addressed = await town.do(leader, look)
    assert isinstance(to, addressing.Addressed)
    assert (set(to.units), set(to.rooms)) == ({N1, N2, S1}, {CITY, NORTH, SOUTH})
    assert await told(town, N1, "broadcast") == []
