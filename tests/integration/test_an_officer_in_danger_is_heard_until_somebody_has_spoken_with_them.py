"""Emergency promise: it is refused to nobody, sounds where it must, says who can help, and ends by voice contact alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from dispatch import standings
from dispatch.acts import Principal
from dispatch.desk import endangered, escalating, shift
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.runtime.positions import now_ms
from dispatch.runtime.postgres import Pool
from dispatch.talk import store as talk_store
from dispatch.talk import views as talk_views
from dispatch.talk.model import Emergency
from dispatch.talk.shown import EmergencyShown
from dispatch.work import Work
from tests.harness import patrols
from tests.harness import town as t
from tests.harness.clock import Clock
from tests.harness.terminals import assert_sound, order, pass_time, reply, report, told
from tests.harness.town import CITY, N1, N2, NORTH, S1, S2, SOUTH, Town
from units import commands as uc


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await t.build(pool)


@pytest.fixture
def boss(town: Town) -> Principal:
    return town.somebody("dispatcher", "leader")


async def shown(town: Town, id_: object) -> EmergencyShown:
    async with town.pool.acquire() as conn:
        [one] = await talk_views.emergencies(conn, town.centre, [UUID(str(id_))])
    return one


def seen_at(town: Town, **lons: float) -> None:
    """Units by name at these longitudes, on the middle line of the town."""
    handles = [{"N1": N1, "N2": N2, "S1": S1, "S2": S2}[name].int for name in lons]
    where = list(lons.values()), [22.54] * len(lons)
    town.centre.live.apply(patrols.frame(handles, *where, now_ms()), now_ms())


async def press(town: Town, unit: UUID = N1) -> Emergency:
    return await town.do(town.unit(unit), lambda w: endangered.press(w, unit))


async def reset(town: Town, who: Principal, **how: object) -> Emergency:
    async def do(w: Work) -> Emergency:
        return await endangered.reset(w, N1, **({"voice_contact": True} | how))  # type: ignore[arg-type]

    return await town.do(who, do)


async def test_a_press_says_where_on_what_job_with_whom_and_who_is_nearest(
    town: Town, boss: Principal, pool: Pool
) -> None:
    seen_at(town, N1=114.02, N2=114.03, S1=114.06, S2=114.09)
    incident_id = await report(town, boss)
    [a] = await order(town, boss, incident_id, N1)
    await order(town, boss, await report(town, boss), N2)
    await town.followers.load()  # N2 has a job, S1 and S2 another room: they are proposed all the same
    made = await press(town)
    said = await shown(town, made.id)
    assert said.fix is not None
    assert (said.fix.lon, said.crew) == (114.02, ("0110",))
    assert (said.incident_id, said.assignment_id) == (incident_id, a.id)
    assert [helper.unit_id for helper in said.nearest] == [N2, S1, S2]
    assert said.nearest[0].state == "ordered"
    await assert_sound(pool)


async def test_it_sounds_in_the_units_room_above_it_and_where_the_officer_is(town: Town) -> None:
    assert set((await press(town)).rooms) == {NORTH, CITY}
    seen_at(town, N1=114.049)  # a few steps from the south's ground
    assert set((await press(town)).rooms) == {NORTH, CITY, SOUTH}


async def test_it_works_off_duty_without_job_and_without_position(town: Town, boss: Principal) -> None:
    await town.do(boss, lambda w: shift.log_off(w, N1))
    said = await shown(town, (await press(town)).id)
    assert (said.fix, said.incident_id, said.nearest, said.reset_at) == (None, None, (), None)


async def test_pressed_again_it_counts_and_sounds_again(town: Town, pool: Pool) -> None:
    first, second = await press(town), await press(town)
    assert (first.id, second.presses, second.version) == (second.id, 2, 2)
    seen_at(town, N1=114.02)
    third = await press(town)
    assert (third.lon, third.raised_at, third.presses) == (114.02, first.raised_at, 3)
    await assert_sound(pool)


async def test_what_a_later_press_does_not_know_stays_known(town: Town) -> None:
    await town.do(town.unit(N1), lambda w: endangered.press(w, N1, (114.03, 22.55), "三楼"))
    again = await press(town)
    assert (again.lon, again.lat, again.narrative_id is not None) == (114.03, 22.55, True)


async def test_no_time_ends_it(town: Town, clock: Clock) -> None:
    made = await press(town)
    await pass_time(town, clock, timedelta(days=3).total_seconds())
    assert (await shown(town, made.id)).reset_at is None


async def test_without_a_job_it_is_said_again_until_it_is_reset_and_each_press_counts(
    town: Town, clock: Clock, boss: Principal, pool: Pool
) -> None:
    made = await press(town)
    await pass_time(town, clock, 61)
    [first] = (await shown(town, made.id)).alerts
    assert (first.rule, first.zh) == ("emergency_alone", "118遇险未解除，请立即语音核实并派警增援")
    await pass_time(town, clock, 3600)
    assert [one.rule for one in (await shown(town, made.id)).alerts] == [
        "emergency_alone",
        "emergency_alone_still",
    ]
    await press(town)
    assert (await shown(town, made.id)).alerts == ()
    await pass_time(town, clock, 61)
    assert [one.rule for one in (await shown(town, made.id)).alerts] == ["emergency_alone"]
    await reset(town, boss)
    await pass_time(town, clock, 3600)
    assert (await shown(town, made.id)).alerts == ()
    await assert_sound(pool)


async def test_an_emergency_without_a_job_is_watched_by_rules_that_are_newer(
    town: Town, clock: Clock, pool: Pool
) -> None:
    made = await press(town)
    file = standings.shipped_rules().file

    async def put(w: Work) -> None:
        await escalating.put_rules(w, file)

    async with pool.acquire() as conn:
        await conn.execute("DELETE FROM timer WHERE noun = 'emergency'")
    await town.do(town.somebody("admin"), put)
    await pass_time(town, clock, 61)
    assert [one.rule for one in (await shown(town, made.id)).alerts] == ["emergency_alone"]


async def test_only_a_dispatcher_who_has_spoken_with_the_crew_ends_it(
    town: Town, boss: Principal, pool: Pool
) -> None:
    await press(town)
    with pytest.raises(Invalid, match="voice contact"):
        await reset(town, boss, voice_contact=False)
    for nobody in (town.unit(N1), town.somebody("call_taker"), town.somebody("supervisor")):
        with pytest.raises(NotAllowed):
            await reset(town, nobody)
    with pytest.raises(NotFound):
        await reset(town, town.somebody("dispatcher", room=SOUTH))
    over = await reset(town, boss)
    assert (over.reset_by, over.reset_at is not None) == (boss.id, True)
    with pytest.raises(NotNow, match="stands"):
        await reset(town, boss)
    assert (await press(town)).id != over.id  # a new one
    await assert_sound(pool)


async def test_a_press_that_the_dispatcher_does_not_know_of_is_not_reset(town: Town, boss: Principal) -> None:
    await press(town)
    await press(town)
    with pytest.raises(NotNow, match="pressed again, 2 times"):
        await reset(town, boss, presses=1)
    assert (await reset(town, boss, presses=2)).presses == 2


async def test_the_talk_group_is_asked_to_clear_the_air_once_and_told_when_it_is_free(
    town: Town, boss: Principal
) -> None:
    admin = Principal(id="admin", roles=frozenset({"admin"}), room_id=CITY, rooms=boss.rooms)

    async def join(w: Work) -> None:
        for unit in (N1, N2, S1):
            sign, kind, room = t.UNITS[unit]
            entry = uc.Register(
                handle=unit.int, call_sign=sign, kind=kind, unit_class="regular", room_id=room, gateway="sim", talk_group="T1"
            )  # fmt: skip
            await shift.register(w, unit, entry)

    await town.do(admin, join)
    await press(town)
    await press(town)
    for mate in (N2, S1):
        [said] = await told(town, mate, "clear_air")
        assert (said["kind"], "118" in said["text"]) == ("broadcast", True)
    assert await told(town, S2, "clear_air") == []
    assert await told(town, N1, "clear_air") == []
    assert len(await told(town, N1, "emergency_heard")) == 2
    await reset(town, boss)
    assert len(await told(town, N2, "air_free")) == 1


async def test_a_radio_may_say_anything_with_it_and_is_heard(town: Town) -> None:
    stranger = UUID(int=99)
    made = await reply(
        town, N1, "emergency", order_id=stranger, text="救\x00", lon=500.0, lat=1.0, late_s=9_000
    )
    said = await shown(town, made["emergency"])
    assert (said.text, said.fix, said.presses) == (None, None, 1)


async def test_a_stranger_cannot_press_for_others(town: Town) -> None:
    for nobody in (town.unit(N2), town.somebody("dispatcher", room=SOUTH)):
        with pytest.raises(NotFound):
            await town.do(nobody, lambda w: endangered.press(w, N1))


ENDED = """
INSERT INTO emergency (id, unit_id, raised_at, pressed_at, presses, by, crew, rooms, nearest, reset_at, reset_by, version)
SELECT gen_random_uuid(), $1, cad_now(), cad_now(), 1, 'x', '{}', $2, '[]', cad_now(), 'y', 2 FROM generate_series(1, 5000)
"""


async def test_what_has_ended_costs_no_snapshot_anything(town: Town, pool: Pool, boss: Principal) -> None:
    """However many have ended over the years, a seat that connects reads only the index of those that stand."""
    made = await press(town)
    async with pool.acquire() as conn:
        await conn.execute(ENDED, N2, [CITY, NORTH])
        await conn.execute("ANALYZE emergency")
        assert await talk_views.standing_emergencies(conn, boss) == [made.id]
        await conn.execute("SET plan_cache_mode = force_generic_plan")
        await conn.execute(f"PREPARE asked AS {talk_store.EMERGENCIES_STANDING}")
        plan = await conn.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF) EXECUTE asked(ARRAY[$${CITY}$$]::uuid[], NULL, NULL, 100)"
        )
    said = "\n".join(row[0] for row in plan)
    assert "emergency_standing" in said or "one_emergency_a_unit" in said, said
    assert "Seq Scan" not in said, said
    assert "Rows Removed by Filter" not in said, said
