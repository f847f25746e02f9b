"""Story: two stations say that it is the other's. The car goes all the same, who decides is chased, and what was decided holds or goes up."""

import pytest

from dispatch.desk import closing, disputing, giving_duty, going, ordering
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import NotAllowed, NotNow, StillOpen
from dispatch.runtime.postgres import Pool
from tests.harness import borderland as b
from tests.harness.clock import Clock
from tests.harness.telling import Night
from tests.harness.timekeeping import firings
from tests.harness.town import CITY, N1, NORTH, SOUTH, Town


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await b.build(pool)


async def test_from_the_first_statement_to_the_ruling_of_the_city_somebody_has_duty_and_the_car_goes_on(
    town: Town, clock: Clock
) -> None:
    lon, lat = b.IN_NORTH
    command = ReportAlarm(
        source="sms", type="200100", place=PlaceIn(lon=lon, lat=lat, address="界河桥"), priority=2
    )
    night = Night(town, clock, (await town.report(town.somebody("call_taker"), command)).incident_id)
    id_ = night.incident_id
    north, south = town.somebody("dispatcher", room=NORTH), town.somebody("dispatcher", room=SOUTH)
    west, city = town.somebody("leader", room=b.WEST), town.somebody("leader", "dispatcher", "reviewer")
    car = town.unit(N1)

    # The north sends its car first, then says whose it is. Nobody may pass it on behind anybody's back.
    [job] = await town.do(north, lambda w: ordering.order(w, id_, [Order(unit_id=N1)]))
    raised = await town.do(north, lambda w: disputing.dispute(w, id_, "桥南归南所", SOUTH))
    await night.later(0)
    assert (await night.heard())["dispute_raised"] == b.WEST
    await town.do(car, lambda w: going.step(w, job.id, "accept"))
    await town.do(car, lambda w: going.step(w, job.id, "en_route"))
    with pytest.raises(NotNow):
        await town.do(north, lambda w: giving_duty.hand_over(w, id_, SOUTH))
    await town.do(south, lambda w: disputing.state(w, raised.id, "报警人站在桥北"))

    # The district sleeps: it is chased, and the city hears of it as a room, each once.
    await night.later(121)
    assert (await night.heard())["dispute_undecided"] == b.WEST
    await night.later(120)
    assert (await night.heard())["dispute_undecided_above"] == CITY
    await town.do(car, lambda w: going.step(w, job.id, "on_scene"))
    row = await night.row()
    assert (row.state, row.room, row.command.room) == ("on_scene", NORTH, NORTH)

    # It rules for the south. The south will not have it: only who stands above that judge may look at the same facts again.
    await town.do(west, lambda w: disputing.decide(w, raised.id, SOUTH, "以桥中线为界"))
    assert not [rule for rule in await night.heard() if rule.startswith("dispute")]
    row = await night.row()
    assert (row.room, row.command.room, row.state) == (SOUTH, SOUTH, "on_scene")
    again = await town.do(south, lambda w: disputing.dispute(w, id_, "中线在桥北", NORTH))
    assert again.judge_room_id == CITY
    with pytest.raises(NotAllowed):
        await town.do(west, lambda w: disputing.decide(w, again.id, SOUTH, "照旧"))

    # The car has settled it before the city has ruled; nothing closes as long as it is disputed.
    await town.do(car, lambda w: going.step(w, job.id, "clear", "handled"))
    form = closing.Form(kind="final", result="handled", people_count=0)
    await town.do(car, lambda w: closing.feed_back(w, job.id, form))
    await town.do(city, lambda w: closing.review(w, id_, accept=True))
    assert await night.ends() == {"dispute"}
    with pytest.raises(StillOpen):
        await town.do(city, lambda w: closing.close(w, id_))
    await town.do(city, lambda w: disputing.decide(w, again.id, NORTH, "首接负责，由北所办结"))
    assert (await night.row()).room == NORTH
    with pytest.raises(NotNow, match="no room stands above"):
        await town.do(north, lambda w: disputing.dispute(w, id_, "还是南所", SOUTH))
    assert (await town.do(city, lambda w: closing.close(w, id_))).state == "closed"

    await night.later(24 * 3600)
    told = [rule for rule in await firings(town, upward=True) if rule.startswith("dispute_undecided")]
    assert sorted(told) == ["dispute_undecided", "dispute_undecided_above"], "the second was ruled in time"
    await night.is_sound()
