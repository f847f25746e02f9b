"""Video patrol promise: who watches which camera is a fact from log-on to log-off, a look is known, and what was seen is an incident."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import store, views
from dispatch.desk import closing, describing, going, ordering, shift, viewing, watching
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm, prepare
from dispatch.desk.watching import OutOfOrderIn, SeenOnCamera
from dispatch.errors import Invalid, NotAllowed, NotFound, NotNow
from dispatch.folds import FOLDS
from dispatch.runtime.postgres import Pool
from dispatch.shown import IncidentShown
from dispatch.verify import verify
from dispatch.work import Actor
from incidents.model import IncidentState
from tests.harness import town as t
from tests.harness import video as v
from tests.harness.clock import Clock
from tests.harness.rostered import BEATS
from tests.harness.terminals import order, report, told
from tests.harness.town import N1, NORTH, SOUTH, Town
from tests.harness.video import FAR, MARKET, NEAR, SOUTHERN, V1, V2, V3
from units import commands as uc
from units.model import Duty


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with its video patrols off duty but the first."""
    built = await t.build(pool)
    built.centre.beats = BEATS
    await v.equip(built, V1)
    return built


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        assert (await verify(conn, FOLDS)).broken == ()


async def watch(town: Town, unit: UUID, *take: UUID, leave: tuple[UUID, ...] = (), who: Any = None) -> None:
    await town.do(who or town.unit(unit), lambda w: watching.watch(w, unit, take, leave))


async def look(town: Town, unit: UUID, cameras: Any = None, **faults: Any) -> None:
    wrong = [OutOfOrderIn(camera_id=NEAR, fault=fault) for fault in faults.values()]
    await town.do(town.unit(unit), lambda w: watching.look(w, unit, cameras, wrong))


async def raised(town: Town, unit: UUID = V1, camera: UUID = NEAR, **more: Any) -> IncidentShown:
    made = await town.do(
        town.unit(unit), lambda w: watching.raise_at(w, unit, SeenOnCamera(camera_id=camera, **more))
    )
    return await shown(town, made.incident_id)


async def shown(town: Town, id_: UUID) -> IncidentShown:
    async with town.pool.acquire() as conn:
        return (await views.incidents(conn, town.centre, [id_]))[0]


async def test_what_nobody_watches_comes_first_and_of_it_the_more_important(town: Town) -> None:
    room = town.somebody("dispatcher")
    assert [one.state for one in (await v.seen(town, room)).values()] == ["unwatched"] * 4
    assert list(await v.seen(town, room)) == [NEAR, SOUTHERN, MARKET, FAR]
    await watch(town, V1, NEAR, FAR)
    listed = await v.seen(town, room)
    assert list(listed) == [SOUTHERN, MARKET, NEAR, FAR]
    [watcher] = listed[NEAR].watchers
    assert (watcher.call_sign, watcher.how, listed[NEAR].due_at) == ("视01", "taken", watcher.since)
    assert list(await v.seen(town, town.somebody("dispatcher", room=SOUTH))) == [SOUTHERN]
    assert set(await v.seen(town, town.unit(V1))) == {NEAR, MARKET, FAR}
    await sound(town)


async def test_a_patrol_that_was_entered_a_moment_ago_is_answered_and_named(town: Town) -> None:
    town.centre.units.pop(V1)  # as at a replica that has not heard of it yet
    await watch(town, V1, NEAR)
    for who in (town.unit(V1), town.somebody("dispatcher")):
        [watcher] = (await v.seen(town, who))[NEAR].watchers
        assert watcher.call_sign == "视01"


async def test_several_patrols_may_watch_one_camera_and_a_break_leaves_it_unwatched(town: Town) -> None:
    await v.log_on(town, V2)
    await watch(town, V1, NEAR)
    await watch(town, V2, NEAR, who=town.somebody("dispatcher", room=NORTH))
    room = town.somebody("dispatcher")
    assert [(one.call_sign, one.how) for one in (await v.seen(town, room))[NEAR].watchers] == [
        ("视01", "taken"), ("视02", "assigned"),
    ]  # fmt: skip
    for unit in (V1, V2):
        await town.do(town.unit(unit), lambda w, unit=unit: shift.change_duty(w, unit, Duty.BREAK))  # type: ignore[misc]
        await town.followers.load()
    assert (await v.seen(town, room))[NEAR].state == "away"


async def test_only_a_video_patrol_on_duty_watches_and_only_cameras_of_its_rooms(town: Town) -> None:
    with pytest.raises(NotNow, match="no video patrol"):
        await watch(town, N1, NEAR)
    with pytest.raises(NotNow):
        await watch(town, V2, NEAR)  # off duty
    with pytest.raises(NotFound, match="no camera"):
        await watch(town, V1, SOUTHERN)
    with pytest.raises(NotAllowed):
        await watch(town, V1, NEAR, who=town.unit(V3))
    with pytest.raises(Invalid):
        await watch(town, V1)
    await watch(town, V1, SOUTHERN, who=town.somebody("leader"))  # the city's room says so
    await sound(town)


async def test_who_logs_on_to_a_beat_watches_its_cameras_until_another_beat_or_the_end(town: Town) -> None:
    room = town.somebody("dispatcher")
    await v.log_on(town, V1, beat="N-01")
    listed = await v.seen(town, room)
    assert {id_ for id_, one in listed.items() if one.watchers} == {MARKET, FAR}
    assert listed[FAR].watchers[0].how == "beat"
    await v.log_on(town, V1, beat=None)
    assert not any(one.watchers for one in (await v.seen(town, room)).values())
    await v.log_on(town, V1, beat="N-01")
    await town.do(town.unit(V1), lambda w: shift.log_off(w, V1))
    await town.followers.load()
    listed = await v.seen(town, room)
    assert not any(one.watchers for one in listed.values())
    assert listed[FAR].unwatched_since is not None
    await sound(town)


async def test_a_list_is_handed_over_to_the_patrol_that_relieves(town: Town) -> None:
    await v.log_on(town, V2)
    await watch(town, V1, NEAR, FAR)
    await town.do(town.unit(V1), lambda w: shift.log_off(w, V1, V2))
    await town.followers.load()
    listed = await v.seen(town, town.somebody("dispatcher"))
    assert [(one.call_sign, one.how) for one in listed[NEAR].watchers] == [("视02", "handed_over")]
    assert listed[NEAR].unwatched_since is None
    await sound(town)


async def test_who_is_no_video_patrol_any_more_watches_nothing_once_its_shift_is_over(town: Town) -> None:
    await watch(town, V1, NEAR)
    car = uc.Register(
        handle=V1.int, call_sign="视01", kind="car", unit_class="regular", room_id=NORTH, gateway="sim"
    )
    await town.do(town.somebody("admin"), lambda w: shift.register(w, V1, car))
    await town.do(town.unit(V1), lambda w: shift.log_off(w, V1))
    assert (await v.seen(town, town.somebody("dispatcher")))[NEAR].state == "unwatched"
    await sound(town)


async def test_a_clock_that_is_fast_hides_no_fault(town: Town) -> None:
    await watch(town, V1, NEAR)
    async with town.pool.acquire() as conn:
        ahead = await store.now(conn) + timedelta(seconds=8)
    await town.do(town.unit(V1), lambda w: watching.look(w, V1, [NEAR]), claimed_at=ahead)
    await look(town, V1, fault="dark")
    assert (await v.seen(town, town.somebody("dispatcher")))[NEAR].fault == "dark"


async def test_a_look_over_the_list_is_known_and_due_again(town: Town, clock: Clock) -> None:
    room = town.somebody("dispatcher")
    with pytest.raises(NotNow, match="watches no camera"):
        await look(town, V1)
    await watch(town, V1, NEAR, MARKET)
    await clock.forward(timedelta(minutes=10))
    await look(town, V1, fault="no_picture")
    listed = await v.seen(town, room)
    assert (listed[NEAR].state, listed[NEAR].fault, listed[NEAR].due_at) == (
        "out_of_order",
        "no_picture",
        None,
    )
    assert (listed[MARKET].looked_by, listed[NEAR].looked_at) == ("视01", None)
    before = listed[MARKET].looked_at
    await clock.forward(timedelta(minutes=5))
    await look(town, V1)
    listed = await v.seen(town, room)
    assert listed[MARKET].looked_at > before  # type: ignore[operator]
    assert listed[NEAR].state == "out_of_order"  # nobody said that it works again
    await look(town, V1, [NEAR])
    assert (await v.seen(town, room))[NEAR].state == "watched"
    await sound(town)


async def test_what_was_seen_becomes_a_located_incident_that_names_its_camera(town: Town) -> None:
    await watch(town, V1, NEAR)
    seen = await raised(town, type="200100", text="两人推搡")
    assert (seen.state, seen.assignments, seen.room) == (IncidentState.RECEIVED, (), NORTH)
    assert seen.place is not None
    assert (seen.place.lon, seen.place.lat, seen.place.code) == (114.021, 22.54, "SP-1")
    assert seen.alarms[0].source == "officer"
    [camera] = seen.cameras
    assert (camera.name, camera.link) == ("北门东侧", "https://video.example/1")
    assert (await v.seen(town, town.unit(V1)))[NEAR].looked_by == "视01"
    boss = town.somebody("dispatcher")
    [sent] = await order(town, boss, seen.id, N1)
    assert sent.unit_id == N1
    _, note = await town.do(
        town.unit(V1), lambda w: describing.add_note(w, seen.id, "scene", "往东走了", False)
    )
    assert [one.id for one in (await shown(town, seen.id)).notes] == [note]
    with pytest.raises((NotFound, NotAllowed)):
        await town.do(town.unit(V3), lambda w: describing.add_note(w, seen.id, "scene", "别人的", False))
    with pytest.raises(NotFound):
        await raised(town, camera=SOUTHERN)
    await sound(town)


async def test_a_patrol_is_never_on_scene(town: Town) -> None:
    actor = Actor(principal=town.unit(V1))
    told_of = prepare(town.centre, ReportAlarm(source="officer", place=PlaceIn(lon=114.02, lat=22.54)), actor)
    with pytest.raises(NotNow, match="seen-on-camera"):
        await town.do(town.unit(V1), lambda w: viewing.on_view(w, V1, told_of))
    id_ = await report(town, town.somebody("call_taker"))
    [asked] = await order(town, town.somebody("dispatcher"), id_, V1)
    for step in ("en_route", "on_scene"):
        with pytest.raises(NotNow, match="goes nowhere"):
            await town.do(town.unit(V1), lambda w, step=step: going.step(w, asked.id, step))  # type: ignore[misc]


async def test_who_is_asked_to_look_says_nothing_of_how_far_the_incident_is(town: Town) -> None:
    boss = town.somebody("dispatcher")
    id_ = await report(town, town.somebody("call_taker"))
    [asked] = await order(town, boss, id_, V1)
    assert asked.flags == ("watches",)
    [words] = [one["text"] for one in await told(town, V1, None) if one["kind"] == "update"]
    assert words.startswith("查看摄像机：北门东侧 103 m、菜市场 206 m / look through:")
    await town.do(town.unit(V1), lambda w: going.step(w, asked.id, "accept"))
    waiting = await shown(town, id_)
    assert (waiting.state, waiting.primary_id, waiting.times.accepted) == (IncidentState.RECEIVED, None, None)
    [car] = await order(town, boss, id_, N1)
    for step in ("accept", "on_scene"):
        await town.do(town.unit(N1), lambda w, step=step: going.step(w, car.id, step))  # type: ignore[misc]
    now = await shown(town, id_)
    assert (now.state, now.primary_id) == (IncidentState.ON_SCENE, car.id)
    await town.do(town.unit(N1), lambda w: going.step(w, car.id, "clear", "handled"))
    done = await shown(town, id_)
    assert done.state is IncidentState.HANDLED
    assert {a.id: a.state for a in done.assignments}[
        asked.id
    ] == "recalled"  # there is nothing to look for any more
    assert [one["kind"] for one in await told(town, V1, None)][-1] == "recall"
    with pytest.raises(NotNow, match="a video patrol looks while somebody responds"):
        await order(town, boss, id_, V1)
    await sound(town)


async def test_what_only_a_camera_was_looked_at_for_is_handled_without_a_unit(town: Town) -> None:
    boss = town.somebody("dispatcher")
    id_ = await report(town, town.somebody("call_taker"))
    [asked] = await order(town, boss, id_, V1)
    await town.do(boss, lambda w: closing.handle(w, id_, "handled"))
    settled = await shown(town, id_)
    assert settled.state in (IncidentState.HANDLED, IncidentState.FED_BACK)
    assert {a.id: a.state for a in settled.assignments} == {asked.id: "recalled"}
    await town.do(boss, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    await sound(town)


async def test_a_station_that_has_its_cameras_looked_through_still_owes_a_unit(town: Town) -> None:
    id_ = await report(town, town.somebody("call_taker"))
    [of_room] = await town.do(
        town.somebody("dispatcher"), lambda w: ordering.order(w, id_, [Order(room_id=NORTH)])
    )
    station = town.somebody("dispatcher", room=NORTH)
    with pytest.raises(Invalid, match="goes nowhere"):
        await town.do(station, lambda w: ordering.order(w, id_, [Order(unit_id=V1, parent_id=of_room.id)]))
    await order(town, station, id_, V1)
    states = {a.id: a.state for a in (await shown(town, id_)).assignments}
    assert states[of_room.id] == "ordered"
    [car] = await order(town, station, id_, N1)
    assert {a.id: a.state for a in (await shown(town, id_)).assignments}[of_room.id] == "cleared"
    assert car.parent_id == of_room.id
    await sound(town)
