"""The whole story on a real database, told through the desk: reported, ordered, gone, fed back, closed."""

import pytest

from dispatch.desk import closing, describing, going, joining, ordering, viewing
from dispatch.desk.ordering import Order
from dispatch.desk.reports import CallerIn, PlaceIn, ReportAlarm, prepare
from dispatch.errors import AssignmentOver, NotAllowed, NotFound, NotNow, UnitTaken, UnitUnavailable
from dispatch.model import AssignmentState as A
from dispatch.runtime.postgres import Pool
from dispatch.work import Actor
from incidents.errors import NotYetComplete
from incidents.model import IncidentState as S
from incidents.sealing import Caller
from tests.harness import town as t
from tests.harness.town import N1, N2, NORTH, POINT_N, S1, SOUTH, Town

ON_THE_WAY: tuple[tuple[going.StepName, A], ...] = (
    ("deliver", A.DELIVERED),
    ("accept", A.ACCEPTED),
    ("en_route", A.EN_ROUTE),
    ("on_scene", A.ON_SCENE),
)


@pytest.fixture
async def town(pool: Pool) -> Town:
    """The town with all units on duty."""
    return await t.build(pool)


def fight(lon: float = 114.02, lat: float = 22.54, **more: object) -> ReportAlarm:
    """A brawl in the north, reported by telephone."""
    return ReportAlarm(
        source="call",
        type="200100",
        text="门口有人打架",
        place=PlaceIn(lon=lon, lat=lat, address="北门广场3号"),
        caller=CallerIn(number="13800001234", name="王某"),
        **more,  # type: ignore[arg-type]
    )


async def test_the_whole_story(town: Town) -> None:
    taker, dispatcher = town.somebody("call_taker"), town.somebody("dispatcher", "leader", "reviewer")
    made = await town.report(taker, fight())
    assert made.number is not None
    assert made.number.startswith("J")
    assert made.room_id == NORTH
    [order] = await town.do(dispatcher, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    assert (order.state, order.role) == (A.ORDERED, "reinforcement")
    stepped = order
    for name, state in ON_THE_WAY:
        stepped = await town.do(town.unit(N1), lambda w, name=name: going.step(w, order.id, name))  # type: ignore[misc]
        assert stepped.state is state
    assert stepped.role == "primary"
    await town.do(town.unit(N1), lambda w: going.step(w, order.id, "clear", "mediated"))
    form = closing.Form(kind="final", result="mediated", text="双方和解", people=(Caller(name="李某"),))
    incident, _ = await town.do(town.unit(N1), lambda w: closing.feed_back(w, order.id, form))
    assert incident.state is S.FED_BACK
    incident = await town.do(dispatcher, lambda w: closing.review(w, incident.id, accept=True))
    assert incident.state is S.REVIEWED
    with pytest.raises(NotYetComplete, match="call_back"):
        await town.do(dispatcher, lambda w: closing.close(w, incident.id))
    await town.do(dispatcher, lambda w: closing.call_back(w, made.alarm.id, "satisfied"))
    incident = await town.do(dispatcher, lambda w: closing.close(w, incident.id))
    assert incident.state is S.CLOSED
    assert incident.times["closed"] >= incident.times["handled"]
    reopened = await town.do(
        dispatcher, lambda w: closing.reopen(w, incident.id, "received"), reason="又打起来了"
    )
    assert (reopened.state, reopened.round, reopened.primary_id) == (S.RECEIVED, 2, None)


async def test_one_unit_one_job_and_the_other_learns_who(town: Town) -> None:
    dispatcher = town.somebody("dispatcher")
    first, second = [await town.report(dispatcher, fight()) for _ in range(2)]
    await town.do(dispatcher, lambda w: ordering.order(w, first.incident_id, [Order(unit_id=N1)]))
    with pytest.raises(UnitTaken, match=f"118 is ordered for incident {first.number} since"):
        await town.do(
            dispatcher,
            lambda w: ordering.order(w, second.incident_id, [Order(unit_id=N2), Order(unit_id=N1)]),
        )
    [free] = await town.do(dispatcher, lambda w: ordering.order(w, second.incident_id, [Order(unit_id=N2)]))
    assert free.state is A.ORDERED  # all or nothing: the refused order left nothing behind


async def test_when_the_last_unit_leaves_the_incident_sounds_again(town: Town) -> None:
    dispatcher = town.somebody("dispatcher")
    made = await town.report(dispatcher, fight())
    [order] = await town.do(dispatcher, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(town.unit(N1), lambda w: going.unable(w, order.id))
    with pytest.raises(UnitTaken):  # the order stands until the ordering room releases it
        await town.do(dispatcher, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(dispatcher, lambda w: going.release(w, order.id))
    incident = await town.do(
        dispatcher, lambda w: describing.amend(w, made.incident_id, None, describing.Changes(priority=2))
    )
    assert incident.state is S.RECEIVED
    with pytest.raises(AssignmentOver):
        await town.do(town.unit(N1), lambda w: going.step(w, order.id, "accept"))


async def test_a_room_is_ordered_and_names_its_unit(town: Town) -> None:
    dispatcher, station = town.somebody("dispatcher"), town.somebody("dispatcher", room=NORTH)
    made = await town.report(dispatcher, fight())
    [to_room] = await town.do(
        dispatcher, lambda w: ordering.order(w, made.incident_id, [Order(room_id=NORTH)])
    )
    signed = await town.do(station, lambda w: going.step(w, to_room.id, "accept"))
    assert signed.state is A.ACCEPTED
    [named] = await town.do(
        station, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1, parent_id=to_room.id)])
    )
    assert (named.parent_id, named.state) == (to_room.id, A.ORDERED)
    incident = await town.do(
        dispatcher, lambda w: describing.amend(w, made.incident_id, None, describing.Changes())
    )
    assert incident.state is S.DISPATCHED
    assert "room_accepted" in incident.times


async def test_merging_moves_no_row_and_can_be_undone(town: Town) -> None:
    dispatcher = town.somebody("dispatcher")
    first, second, third = [await town.report(dispatcher, fight()) for _ in range(3)]
    [order] = await town.do(dispatcher, lambda w: ordering.order(w, second.incident_id, [Order(unit_id=N1)]))
    await town.do(dispatcher, lambda w: joining.merge(w, third.incident_id, second.incident_id))
    ended = await town.do(dispatcher, lambda w: joining.merge(w, second.incident_id, first.incident_id))
    assert (ended.state, ended.merged_into) == (S.MERGED, first.incident_id)
    stepped = await town.do(town.unit(N1), lambda w: going.step(w, order.id, "on_scene"))
    assert stepped.incident_id == second.incident_id
    same = describing.Changes()
    survivor = await town.do(dispatcher, lambda w: describing.amend(w, first.incident_id, None, same))
    assert survivor.state is S.ON_SCENE
    assert {a.id for a in survivor.absorbed} == {second.incident_id, third.incident_id}  # the chain is flat
    alive = await town.do(dispatcher, lambda w: joining.unmerge(w, second.incident_id))
    assert alive.state is S.ON_SCENE
    survivor = await town.do(dispatcher, lambda w: describing.amend(w, first.incident_id, None, same))
    assert survivor.state is S.RECEIVED
    assert {a.id for a in survivor.absorbed} == {third.incident_id}


async def test_a_press_joins_its_call_point_until_the_incident_is_handled(town: Town) -> None:
    gate = town.somebody("gateway")
    press = ReportAlarm(source="call_point", call_point_id="CP-N")
    first, second = await town.report(gate, press), await town.report(gate, press)
    assert first.incident_id == second.incident_id
    boss = town.somebody("dispatcher")
    await town.do(boss, lambda w: closing.handle(w, first.incident_id, "handled"))
    third = await town.report(gate, ReportAlarm(source="call_point", call_point_id=str(POINT_N)))
    assert third.incident_id != first.incident_id
    assert third.opened is not None
    assert third.opened.follows == first.incident_id


async def test_an_alarm_detached_lives_alone_and_attached_leaves_nothing_behind(town: Town) -> None:
    boss = town.somebody("dispatcher")
    first = await town.report(boss, fight())
    second = await town.report(boss, fight(attach_to=first.incident_id))
    assert second.incident_id == first.incident_id
    own = await town.do(boss, lambda w: joining.detach(w, first.incident_id, second.alarm.id))
    assert own.id != first.incident_id
    back = await town.do(boss, lambda w: joining.attach(w, first.incident_id, second.alarm.id))
    assert own.id in {a.id for a in back.absorbed}


async def test_an_officer_reports_from_the_scene_in_one_act(town: Town) -> None:
    terminal = town.unit(S1)
    report = prepare(
        town.centre,
        ReportAlarm(source="officer", type="200100", place=PlaceIn(lon=114.08, lat=22.54)),
        Actor(principal=terminal),
    )
    incident, assignment = await town.do(terminal, lambda w: viewing.on_view(w, S1, report))
    assert (incident.state, incident.room_id, assignment.state) == (S.ON_SCENE, SOUTH, A.ON_SCENE)


async def test_void_recalls_the_units_and_wants_a_reason(town: Town) -> None:
    taker, boss = town.somebody("call_taker"), town.somebody("dispatcher")
    made = await town.report(taker, fight())
    [order] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    with pytest.raises(NotNow):  # after an order it is no longer the call-taker's
        await town.do(taker, lambda w: closing.end(w, made.incident_id, "void"), reason="误报")
    incident = await town.do(boss, lambda w: closing.end(w, made.incident_id, "void"), reason="误报")
    assert incident.state is S.VOID
    with pytest.raises(AssignmentOver):
        await town.do(boss, lambda w: going.step(w, order.id, "accept"))


async def test_a_station_neither_sees_nor_commands_the_other(town: Town) -> None:
    boss, south = town.somebody("dispatcher"), town.somebody("dispatcher", room=SOUTH)
    made = await town.report(boss, fight())
    with pytest.raises(NotFound):
        await town.do(south, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=S1)]))
    own = await town.report(south, fight(lon=114.08))
    with pytest.raises(NotAllowed, match="118 belongs to a room outside yours"):
        await town.do(south, lambda w: ordering.order(w, own.incident_id, [Order(unit_id=N1)]))


async def test_a_new_order_takes_up_what_was_handled(town: Town) -> None:
    boss = town.somebody("dispatcher")
    made = await town.report(boss, fight())
    same = describing.Changes()
    [first] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N1)]))
    await town.do(boss, lambda w: going.step(w, first.id, "accept"))
    await town.do(boss, lambda w: going.step(w, first.id, "clear", "handled"))
    [again] = await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N2)]))
    incident = await town.do(boss, lambda w: describing.amend(w, made.incident_id, None, same))
    assert incident.state is S.DISPATCHED
    await town.do(boss, lambda w: going.recall(w, again.id))
    incident = await town.do(boss, lambda w: describing.amend(w, made.incident_id, None, same))
    assert (incident.state, incident.primary_id) == (S.HANDLED, first.id)


async def test_an_auxiliary_or_absent_unit_is_not_ordered(town: Town) -> None:
    boss = town.somebody("dispatcher")
    made = await town.report(boss, fight())
    from dispatch.desk import shift

    await town.do(boss, lambda w: shift.log_off(w, N2))
    with pytest.raises(UnitUnavailable, match="119 is off_duty"):
        await town.do(boss, lambda w: ordering.order(w, made.incident_id, [Order(unit_id=N2)]))
