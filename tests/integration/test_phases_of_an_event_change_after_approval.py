"""Phase promise, with its database: whoever commands changes what lies ahead, posts follow, and all who must know are told."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch.desk import holding, manning_posts, preparing, rephasing
from dispatch.desk.manning_posts import PostPlan
from dispatch.desk.preparing import EventPlan
from dispatch.errors import Behind, Invalid, NotAllowed, NotNow, UnitPromised
from dispatch.folds import FOLDS
from dispatch.planned_events import store
from dispatch.planned_events.model import Phase, PlannedEvent
from dispatch.planned_events.phasing import as_read
from dispatch.planned_events.views import log_page, one_event
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness.clock import Clock
from tests.harness.timekeeping import all_due, keeper_of
from tests.harness.town import CITY, N1, N2, NORTH, SOUTH, Town, box, build

HOUR = timedelta(hours=1)
TOLD = "SELECT handle, body->>'text' AS text FROM radio_message WHERE kind = 'message' ORDER BY position"


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await build(pool)


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


async def now_of(town: Town) -> datetime:
    async with town.pool.acquire() as conn:
        at: datetime = await conn.fetchval("SELECT cad_now()")
    return at


def below(town: Town) -> Any:
    return town.somebody("dispatcher", "leader", room=NORTH)


async def planned(town: Town, name: str = "晚场足球赛", **more: Any) -> PlannedEvent:
    """From in an hour for four: 进场, 比赛 and 散场, of which 散场 has a post for 118 and 进场 one for 104."""
    starts = await now_of(town) + HOUR
    phases = tuple(
        Phase(name=called, starts_at=starts + first * HOUR, ends_at=starts + last * HOUR)
        for called, first, last in (("进场", 0, 1), ("比赛", 1, 3), ("散场", 3, 4))
    )
    plan = EventPlan(
        name=name, kind="sport", area=box(114.01, 22.53, 114.03, 22.55), starts_at=starts, ends_at=starts + 4 * HOUR,
        phases=phases, **more,
    )  # fmt: skip
    return await town.do(below(town), lambda w: preparing.draft(w, plan))


async def manned(
    town: Town, event: PlannedEvent, unit_id: UUID, name: str, of: int | None, **more: Any
) -> PlannedEvent:
    phase_id = event.phases[of].id if of is not None else None
    wanted = PostPlan(unit_id=unit_id, name=name, lon=114.02, lat=22.54, phase_id=phase_id, **more)
    return (await town.do(below(town), lambda w: manning_posts.dedicate(w, event.id, wanted)))[0]


async def approved(town: Town, **more: Any) -> PlannedEvent:
    event = await planned(town, **more)
    await manned(town, event, N1, "东门", 2)
    await manned(town, event, N2, "票口", 0)
    await town.do(below(town), lambda w: preparing.submit(w, event.id))
    boss = town.somebody("leader", name="boss")
    return await town.do(boss, lambda w: preparing.approve(w, event.id))


def shifted(phase: Phase, by: timedelta, **more: Any) -> Phase:
    return msgspec.structs.replace(
        phase, starts_at=phase.starts_at + by, ends_at=phase.ends_at + more.pop("ends", by), **more
    )


async def rephased(
    town: Town, event: PlannedEvent, *phases: Phase, who: Any = None, version: int | None = None
) -> PlannedEvent:
    at = event.version if version is None else version
    return await town.do(who or below(town), lambda w: rephasing.rephase(w, event.id, phases, at))


async def as_it_is(town: Town, event: PlannedEvent) -> PlannedEvent:
    async with town.pool.acquire() as conn:
        return (await store.read(conn, [event.id]))[0]


async def said_to(town: Town, unit_id: UUID) -> list[str]:
    async with town.pool.acquire() as conn:
        return [row["text"] for row in await conn.fetch(TOLD) if row["handle"] == unit_id.int]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


async def test_a_post_for_a_phase_has_its_times_and_follows_it(town: Town) -> None:
    event = await approved(town)
    assert [(one.name, one.starts_at, one.ends_at) for one in event.posts] == [
        ("东门", event.phases[2].starts_at, event.phases[2].ends_at), ("票口", event.phases[0].starts_at, event.phases[0].ends_at),
    ]  # fmt: skip
    first, play, out = event.phases
    half = timedelta(minutes=30)
    changed = await rephased(
        town, event, first, shifted(play, timedelta(0), ends=half), shifted(out, half, ends=timedelta(0))
    )
    assert changed.posts[0].starts_at == out.starts_at + half
    assert changed.posts[1] == event.posts[1]
    assert (await as_it_is(town, event)) == changed
    back = await rephased(town, changed, *event.phases)
    assert (back.phases, back.posts) == (event.phases, event.posts), "undone by another change"
    await sound(town)


async def test_all_its_units_hear_what_changes_and_whose_post_moves_hears_when(town: Town) -> None:
    event = await approved(town)
    first, play, out = event.phases
    before = {unit: len(await said_to(town, unit)) for unit in (N1, N2)}
    new = Phase(name="颁奖", starts_at=play.ends_at, ends_at=out.starts_at + HOUR / 2)
    renamed = shifted(out, HOUR / 2, name="疏散", ends=timedelta(0))
    await rephased(town, event, first, new, renamed)
    north, other = [(await said_to(town, unit))[before[unit] :] for unit in (N1, N2)]
    begins = town.centre.local(renamed.starts_at)
    assert len(other) == 1
    assert north[0] == other[0]
    for part in (
        "晚场足球赛阶段变更",
        "取消 dropped 比赛",
        "新增 new 颁奖",
        f"散场→疏散 {begins:%m-%d %H:%M}",
    ):
        assert part in other[0]
    assert len(north) == 2
    assert f"岗位东门，{begins:%m-%d %H:%M}" in north[1]


async def test_the_log_says_what_was_and_what_is_instead_and_whose_act_it_was(town: Town) -> None:
    event = await approved(town)
    first, play, out = event.phases
    who = town.somebody("dispatcher", name="wang", room=NORTH)
    await rephased(
        town, event, first, shifted(play, timedelta(0), name="上半场"), shifted(out, -HOUR / 2), who=who
    )
    async with town.pool.acquire() as conn:
        [row] = await log_page(conn, town.centre, below(town), event.id, (None, 1))
    assert (row.fact, row.by, row.posts) == ("rephased", "wang", ("东门",))
    told = [(one.was and one.was.name, one.now and one.now.name) for one in row.phases]
    assert told == [("比赛", "上半场"), ("散场", "散场")]
    was, now = row.phases[1].was, row.phases[1].now
    assert was is not None
    assert now is not None
    assert was.starts_at > now.starts_at


async def test_whoever_approves_is_told_until_it_is_over_and_the_approver_is_not_told_of_an_own_change(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    event = await approved(town)

    async def alerts() -> dict[str, UUID | None]:
        await all_due(keeper)
        async with town.pool.acquire() as conn:
            shown = await one_event(conn, town.centre, below(town), event.id)
        return {alert.rule: alert.room for alert in shown.alerts}

    assert "event_rephased" not in await alerts()
    changed = await rephased(town, event, *event.phases[:1], event.phases[2])
    assert (await alerts())["event_rephased"] == CITY, "the room above, which approved it"
    boss = town.somebody("dispatcher", "leader", name="boss")
    event_now = await as_it_is(town, changed)
    await rephased(town, event_now, *event.phases, who=boss)
    assert "event_rephased" not in await alerts()
    await sound(town)


async def test_a_phase_with_posts_is_not_taken_out_and_a_promised_unit_does_not_follow(town: Town) -> None:
    event = await approved(town)
    first, play, out = event.phases
    with pytest.raises(NotNow, match="东门 is manned for the phase 散场"):
        await rephased(town, event, first, play)
    other = await planned(town, "演唱会")
    begins = out.starts_at - HOUR
    await manned(town, other, N1, "后台", None, starts_at=begins, ends_at=begins + HOUR)
    with pytest.raises(UnitPromised, match="118 of 东门 stands at 后台 of 演唱会"):
        await rephased(town, event, first, play, shifted(out, -HOUR / 2))
    assert (await as_it_is(town, event)) == event, "nothing was changed"
    await sound(town)


async def test_what_is_sent_back_as_it_was_read_is_unchanged(
    town: Town, clock: Clock, keeper: Timekeeper
) -> None:
    event = await approved(town)
    await clock.forward(HOUR + timedelta(minutes=5))
    await all_due(keeper)
    event = await as_it_is(town, event)
    same = await rephased(town, event, *map(as_read, event.phases))
    assert same.version == event.version
    changed = await rephased(
        town,
        event,
        *map(as_read, event.phases[:2]),
        Phase(name="疏散", starts_at=event.phases[2].starts_at, ends_at=event.ends_at),
        event.phases[2],
    )
    assert changed.phases[0] == event.phases[0]


async def test_two_that_change_it_at_once_are_told_apart_by_what_they_read(town: Town) -> None:
    event = await approved(town)
    await rephased(town, event, event.phases[0], event.phases[2])
    with pytest.raises(Behind):
        await rephased(town, event, *event.phases)
    now = await as_it_is(town, event)
    same = await rephased(town, now, *now.phases)
    assert same.version == now.version, "nothing changes, nothing is told"


async def test_what_has_begun_stays_while_it_runs(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    event = await approved(town)
    await clock.forward(HOUR + timedelta(minutes=5))
    await all_due(keeper)
    event = await as_it_is(town, event)
    assert event.state == "running"
    first, play, out = event.phases
    with pytest.raises(NotNow, match="进场 has begun"):
        await rephased(town, event, shifted(first, timedelta(0), ends=HOUR / 2), play, out)
    with pytest.raises(Invalid, match="extend the event first"):
        await rephased(town, event, first, play, shifted(out, HOUR))
    changed = await rephased(town, event, first, shifted(play, HOUR / 4), out)
    ended = await town.do(below(town), lambda w: holding.end(w, event.id))
    with pytest.raises(NotNow, match="This event is ended"):
        await rephased(town, ended, *changed.phases)
    await sound(town)


async def test_it_is_changed_by_who_owns_or_commands_it_and_nobody_else(town: Town) -> None:
    event = await approved(town, command_room_id=SOUTH)
    south, call_taker = town.somebody("dispatcher", room=SOUTH), town.somebody("call_taker", room=NORTH)
    changed = await rephased(town, event, event.phases[0], event.phases[2], who=south)
    for nobody in (call_taker, town.unit(N1)):
        with pytest.raises(NotAllowed):
            await rephased(town, changed, *event.phases, who=nobody)


async def test_a_draft_that_is_postponed_after_its_day_frees_its_units_until_the_new_one(
    town: Town, clock: Clock
) -> None:
    event = await planned(town)
    event = await manned(town, event, N1, "东门", 2)
    await clock.forward(120 * HOUR)
    on = 720 * HOUR
    later = EventPlan(
        name=event.name, kind="sport", area=event.area, starts_at=event.starts_at + on, ends_at=event.ends_at + on,
        phases=tuple(shifted(one, on) for one in event.phases),
    )  # fmt: skip
    event = await town.do(below(town), lambda w: preparing.amend(w, event.id, later, event.version))
    [post] = event.posts
    assert (post.starts_at, post.ends_at) == (event.phases[2].starts_at, event.phases[2].ends_at)
    other = await planned(town, "演唱会")
    await manned(town, other, N1, "后台", 0)
    await sound(town)
