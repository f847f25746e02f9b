"""Notes promise: an urgent note reaches every unit on its incident, also those ordered later, and is read or comes back."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from dispatch import views
from dispatch.acts import Principal
from dispatch.desk import describing, going, joining, reading
from dispatch.desk.reports import PlaceIn
from dispatch.errors import Invalid, NotFound
from dispatch.runtime.postgres import Pool
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.terminals import assert_sound, order, pass_time, reply, report, standing, told
from tests.harness.town import N1, N2, S1, Town


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


async def note(town: Town, boss: Principal, id_: UUID, text: str = "他有刀", urgent: bool = True) -> UUID:
    return (await town.do(boss, lambda w: describing.add_note(w, id_, "hazard", text, urgent)))[1]


async def lamps(town: Town, note_id: UUID) -> dict[UUID, bool]:
    """unit → whether it has read the note."""
    async with town.pool.acquire() as conn:
        rows = await conn.fetch("SELECT unit_id, read_at FROM note_read WHERE note_id = $1", note_id)
    return {row["unit_id"]: row["read_at"] is not None for row in rows}


async def alerts(town: Town, id_: UUID) -> list[tuple[str, str]]:
    """What stands against an incident, and on whom."""
    async with town.pool.acquire() as conn:
        [shown] = await views.incidents(conn, town.centre, [id_])
    return [(alert.rule, alert.on) for alert in shown.alerts]


async def test_every_unit_on_it_is_sent_the_note_and_each_has_its_own_lamp(
    town: Town, boss: Principal, pool: Pool
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1, N2)
    note_id = await note(town, boss, id_)
    assert await lamps(town, note_id) == {N1: False, N2: False}
    [sent] = await told(town, N1, "note")
    assert (sent["about"], sent["kind"], sent["n"]) == (note_id, "update", 2)
    await reply(town, N1, "read", order_id=sent["order_id"])
    assert await lamps(town, note_id) == {N1: True, N2: False}
    await reply(town, N1, "read", order_id=sent["order_id"])  # once more changes nothing
    await assert_sound(pool)


async def test_an_ordinary_note_is_nobodys_to_read(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    assert await lamps(town, await note(town, boss, id_, urgent=False)) == {}


async def test_a_unit_ordered_later_gets_the_notes_that_stand_after_its_order(
    town: Town, boss: Principal
) -> None:
    id_ = await report(town, boss)
    first, second = await note(town, boss, id_), await note(town, boss, id_, "后门")
    [a] = await order(town, boss, id_, N1)
    [ordered], sent = await told(town, N1, None), await told(town, N1, "note")
    assert [row["about"] for row in sent] == [first, second]
    assert [ordered["n"], *[row["n"] for row in sent]] == [1, 2, 3]
    assert {row["assignment_id"] for row in sent} == {a.id}


async def test_reading_the_order_reads_no_note_but_reading_all_does(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    note_id = await note(town, boss, id_)
    [a] = await order(town, boss, id_, N1)
    [ordered] = await told(town, N1, None)
    await reply(town, N1, "read", order_id=ordered["order_id"])
    assert await lamps(town, note_id) == {N1: False}
    await reply(town, N1, "read", assignment_id=a.id)
    assert await lamps(town, note_id) == {N1: True}


async def test_a_unit_ordered_anew_is_sent_again_what_it_never_read(town: Town, boss: Principal) -> None:
    id_ = await report(town, boss)
    unread, read = await note(town, boss, id_), await note(town, boss, id_)
    [a] = await order(town, boss, id_, N1)
    await town.do(town.unit(N1), lambda w: reading.read_note(w, read))
    await town.do(boss, lambda w: going.recall(w, a.id))
    await order(town, boss, id_, N1)
    assert [row["about"] for row in await told(town, N1, "note")] == [unread, read, unread]


async def test_incidents_that_become_one_share_their_notes(town: Town, boss: Principal, pool: Pool) -> None:
    one, other = await report(town, boss), await report(town, boss)
    await order(town, boss, one, N1)
    await order(town, boss, other, N2)
    first, second = await note(town, boss, one), await note(town, boss, other)
    await town.do(boss, lambda w: joining.merge(w, other, one))
    assert await lamps(town, first) == {N1: False, N2: False}
    assert await lamps(town, second) == {N1: False, N2: False}
    updates = [row["kind"] for row in await told(town, N2, None)]
    assert updates == ["order", "update"]  # the number it goes on under
    await reply(town, N2, "read")
    assert (await lamps(town, first))[N2]
    assert (await lamps(town, second))[N2]
    await assert_sound(pool)


async def test_a_note_unread_after_half_a_minute_comes_back_and_goes_when_it_is_read(
    town: Town, boss: Principal, clock: Clock
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1, N2)
    note_id = await note(town, boss, id_)
    await town.do(town.unit(N2), lambda w: reading.read_note(w, note_id))
    await pass_time(town, clock, 29)
    assert await standing(town, "note_unread", fired=False) == ["note_unread"]
    await pass_time(town, clock, 2)
    assert await standing(town, "note_unread", fired=True) == ["note_unread"]
    assert ("note_unread", "118") in await alerts(town, id_)  # it names who has not read it
    await town.do(boss, lambda w: reading.read_note(w, note_id, N1), via="voice")
    assert await standing(town, "note_unread", fired=True) == []


async def test_who_has_left_need_not_read_any_more(town: Town, boss: Principal, clock: Clock) -> None:
    id_ = await report(town, boss)
    [a] = await order(town, boss, id_, N1)
    await note(town, boss, id_)
    await pass_time(town, clock, 31)
    assert await standing(town, "note_unread", fired=True) == ["note_unread"]
    await town.do(boss, lambda w: going.recall(w, a.id))
    assert await standing(town, "note_unread", fired=True) == []


async def test_only_the_unit_its_gateway_or_its_rooms_say_that_it_was_read(
    town: Town, boss: Principal
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    note_id = await note(town, boss, id_)
    for stranger in (town.unit(N2), town.somebody("dispatcher", room=t.SOUTH)):
        with pytest.raises(NotFound):
            await town.do(stranger, lambda w: reading.read_note(w, note_id, N1))
    with pytest.raises(NotFound, match="not sent to 218"):
        await town.do(boss, lambda w: reading.read_note(w, note_id, S1))
    with pytest.raises(Invalid, match="which unit"):
        await town.do(boss, lambda w: reading.read_note(w, note_id))


async def test_what_a_note_says_stays_sealed_until_it_is_published(
    town: Town, boss: Principal, pool: Pool
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    await note(town, boss, id_, "张三在楼上")
    async with pool.acquire() as conn:
        everywhere = await conn.fetch(
            "SELECT body::text FROM journal UNION ALL SELECT body::text FROM radio_message"
        )
    assert not [row for row in everywhere if "张三" in row[0]]


async def test_a_type_or_place_known_better_reaches_the_terminal_numbered(
    town: Town, boss: Principal
) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    for changes in (
        describing.Changes(place=PlaceIn(lon=114.03, lat=22.54)),
        describing.Changes(type="200200"),
        describing.Changes(labels=("夜间",)),
    ):
        await town.do(boss, lambda w, c=changes: describing.amend(w, id_, None, c))  # type: ignore[misc]
    assert [(row["kind"], row["n"]) for row in await told(town, N1, None)] == [
        ("order", 1),
        ("update", 2),
        ("update", 3),
    ]


async def test_no_unit_has_two_lamps_for_one_note(town: Town, boss: Principal, pool: Pool) -> None:
    id_ = await report(town, boss)
    await order(town, boss, id_, N1)
    note_id = await note(town, boss, id_)
    async with pool.acquire() as conn:
        with pytest.raises(asyncpg.UniqueViolationError):
            await conn.execute(
                "INSERT INTO note_read (id, note_id, unit_id, sent_at, version) VALUES ($1, $2, $3, cad_now(), 1)",
                t.new_id(), note_id, N1,
            )  # fmt: skip


async def test_a_note_of_a_matter_it_was_parted_from_is_no_longer_waited_for(
    town: Town, boss: Principal, clock: Clock, pool: Pool
) -> None:
    first, second = await report(town, boss), await report(town, boss)
    await order(town, boss, first, N1)
    await order(town, boss, second, N2)
    await town.do(boss, lambda w: joining.merge(w, second, first))
    await note(town, boss, first)
    await pass_time(town, clock, 31)
    assert await standing(town, "note_unread", fired=True) == ["note_unread", "note_unread"]
    await town.do(boss, lambda w: joining.unmerge(w, second))
    assert [on for rule, on in await alerts(town, first) if rule == "note_unread"] == ["118"]
    assert await standing(town, "note_unread", fired=True) == ["note_unread"]
    await assert_sound(pool)


async def test_who_reads_takes_the_incident_before_its_lamps(town: Town, boss: Principal, pool: Pool) -> None:
    id_ = await report(town, boss)
    [a] = await order(town, boss, id_, N1)
    await town.do(town.unit(N1), lambda w: going.step(w, a.id, "on_scene"))
    await note(town, boss, id_)
    [sent] = await told(town, N1, "note")
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SELECT FROM incident WHERE id = $1 FOR UPDATE", id_)
        reading_it = asyncio.create_task(reply(town, N1, "read", order_id=sent["order_id"]))
        while not await conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.01)
        assert await conn.fetch("SELECT FROM note_read FOR UPDATE NOWAIT")
    await reading_it
    assert list((await lamps(town, sent["about"])).values()) == [True]
