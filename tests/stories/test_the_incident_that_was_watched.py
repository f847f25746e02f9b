"""Story: hostages are taken. Three tiers work one plan, the city watches by name, and nothing ends while a task or a look is owed."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from dispatch import places, views
from dispatch.desk import closing, commanding, going, noticing, ordering, planning, tasking
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.errors import StillOpen
from dispatch.plans import store
from dispatch.plans.file import shipped
from dispatch.plans.model import IncidentPlan, Task
from dispatch.rooms import Room
from dispatch.runtime.postgres import Pool
from tests.harness.clock import Clock
from tests.harness.telling import Night
from tests.harness.timekeeping import firings
from tests.harness.town import CITY, N1, N2, NORTH, ROOMS, S1, SOUTH, Town, build

DISTRICT = UUID(int=9)
HOSTAGE = "101110"
HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")
MOST_ROUNDS = 10
FORM = closing.Form(kind="final", result="handled", people_count=1)


@pytest.fixture
async def town(pool: Pool) -> Town:
    """A district stands between the city and its northern station."""
    town = await build(pool)
    district = Room(
        id=DISTRICT, code="district", name_zh="分局", name_en="District", tier="district", parent_id=CITY
    )
    under = [msgspec.structs.replace(r, parent_id=DISTRICT) if r.id == NORTH else r for r in ROOMS]
    await town.do(town.somebody("admin"), lambda w: places.put_rooms(w, (*under, district)))
    await town.followers.load()
    return town


async def tasks_of(town: Town, id_: UUID) -> dict[str, Task]:
    async with town.pool.acquire() as conn:
        _, _, tasks = await store.of_incidents(conn, [id_])
    return {task.step.key: task for task in tasks}


async def plans_of(town: Town, id_: UUID) -> list[IncidentPlan]:
    """Those that were taken up."""
    async with town.pool.acquire() as conn:
        _, plans, _ = await store.of_incidents(conn, [id_])
    return [plan for plan in plans if plan.state == "active"]


async def sees(town: Town, room: UUID, id_: UUID) -> bool:
    async with town.pool.acquire() as conn:
        return id_ in await views.seen(conn, town.somebody("dispatcher", room=room), [id_])


async def done(town: Town, task: Task) -> None:
    """By its room, in its role."""
    form = {field.key: "说了" for field in task.step.form}
    said = tasking.Said(state="done", form=form, text="已报" if task.step.kind == "report" else None)
    who = town.somebody(task.step.role, room=task.room_id)
    await town.do(who, lambda w: tasking.change(w, task.id, None, said))


async def test_three_tiers_work_one_plan_while_the_city_watches_by_name(town: Town, clock: Clock) -> None:
    command = ReportAlarm(source="sms", place=HERE, text="有人被劫持", type=HOSTAGE)
    night = Night(town, clock, (await town.report(town.somebody("call_taker"), command)).incident_id)
    id_ = night.incident_id
    city = town.somebody("dispatcher", "leader", name="市局")
    station = town.somebody("dispatcher", "leader", room=NORTH, name="北所")

    # The city orders the station's cars itself: the station and the district between see it with that, the neighbour does not.
    jobs = await town.do(city, lambda w: ordering.order(w, id_, [Order(unit_id=unit) for unit in (N1, N2)]))
    seen = {room: await sees(town, room, id_) for room in (CITY, DISTRICT, NORTH, SOUTH)}
    assert seen == {CITY: True, DISTRICT: True, NORTH: True, SOUTH: False}
    await night.later(0)
    assert (await night.row()).room == NORTH, "duty stays where it is"

    # A rule has drawn the district in, the station asks the city to watch. Nobody takes notice, and that is said until all have.
    await town.do(station, lambda w: commanding.raise_to(w, id_, CITY, "monitor"))
    await night.later(301)
    assert (await night.heard()).get("raised_unnoticed") == DISTRICT
    await town.do(town.somebody("leader", room=DISTRICT), lambda w: noticing.notice(w, id_))
    assert (await night.heard()).get("raised_unnoticed") == CITY
    await town.do(city, lambda w: commanding.follow(w, id_))
    assert "raised_unnoticed" not in await night.heard()
    [watched] = [one for one in (await night.row()).raised if one.room == CITY]
    assert watched.owner == "市局"
    assert (await night.row()).command.room == NORTH, "who watches does not command"

    # The plan goes to three tiers; what is done opens what comes after.
    if not await tasks_of(town, id_):
        await town.do(city, lambda w: planning.activate(w, id_, "hostage"))
    tasks = await tasks_of(town, id_)
    [active] = await plans_of(town, id_)
    written = next(plan for plan in shipped() if plan.code == "hostage")
    assert written.contacts
    assert written.resources
    assert (active.contacts, active.resources) == (written.contacts, written.resources), (
        "whom to ring, what to bring"
    )
    assert [tasks[key].room_id for key in ("command", "medical", "units")] == [CITY, DISTRICT, NORTH]
    assert tasks["evacuate"].state == "pending"
    jobs += await town.do(city, lambda w: ordering.order(w, id_, [Order(unit_id=S1)]))
    tasks = await tasks_of(town, id_)
    assert (tasks["units"].by_itself, tasks["evacuate"].state) == (True, "open"), "three units were sent"

    # The one who watches looks in, and forgets to once: that is said once, not each minute.
    await town.do(city, lambda w: commanding.check_in(w, id_, "谈判中"))
    await night.later(3600)
    assert (await night.heard())["check_in_due"] == CITY, "who follows it is reminded, not who works on it"
    await night.later(60)
    assert (await firings(town)).count("check_in_due") == 1
    await town.do(city, lambda w: commanding.check_in(w, id_, None))
    assert "check_in_due" not in await night.heard()

    await settled(town, id_, jobs)
    with pytest.raises(StillOpen):
        await town.do(city, lambda w: closing.close(w, id_))

    # Task by task, each by its tier, until none is left; only then it closes, and the watch with it.
    for _ in range(MOST_ROUNDS):
        for task in (await tasks_of(town, id_)).values():
            if task.state == "open":
                await done(town, task)
    assert not [task.step.key for task in (await tasks_of(town, id_)).values() if task.stands]
    assert (await town.do(city, lambda w: closing.close(w, id_))).state == "closed"
    await night.later(24 * 3600)
    assert await night.heard() == {}
    await night.is_sound()


async def settled(town: Town, id_: UUID, jobs: list[Any]) -> None:
    """All three units have been there; the first says how it ended, and its form is reviewed."""
    for job in jobs:
        for step in ("accept", "en_route", "on_scene"):
            await town.do(town.unit(job.unit_id), lambda w, j=job, s=step: going.step(w, j.id, s))  # type: ignore[misc]
    for job in reversed(jobs):
        await town.do(town.unit(job.unit_id), lambda w, j=job: going.step(w, j.id, "clear", "handled"))  # type: ignore[misc]
        await town.do(town.unit(job.unit_id), lambda w, j=job: closing.feed_back(w, j.id, FORM))  # type: ignore[misc]
    reviewer = town.somebody("reviewer", "leader", name="审核")
    await town.do(reviewer, lambda w: closing.review(w, id_, accept=True))
