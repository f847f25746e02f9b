"""Promise: a room is drawn in, takes command and hands it back in the open; what is followed is looked in on, or said to be late."""

from datetime import timedelta
from typing import Any

from dispatch.desk import commanding
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.runtime.postgres import Pool
from tests.harness import town
from tests.harness.clock import Clock
from tests.harness.doors import Doors, Seat
from tests.harness.timekeeping import all_due, firings, keeper_of


async def story(seat: Seat, incident_id: str) -> list[str]:
    rows = (await seat.get(f"/incidents/{incident_id}/timeline", limit=500)).json()["items"]
    return [row["fact"] for row in rows]


async def test_command_goes_up_and_comes_back_and_duty_stays(doors: Doors) -> None:
    below = await doors.seat("dispatcher", of=town.NORTH)
    above = await doors.seat("leader")
    one = await doors.incident()
    path = f"/incidents/{one['id']}"
    assert one["command"] == {"room": str(town.NORTH), "seat": None}
    raised = await below.made(
        f"{path}/raise", {"room_id": str(town.CITY), "mode": "monitor", "reason": "涉敏感人员"}
    )
    assert [(row["room"], row["mode"], row["owner"]) for row in raised["raised"]] == [
        (str(town.CITY), "monitor", None)
    ]
    assert raised["command"]["room"] == str(town.NORTH)
    taken = await above.made(f"{path}/take")
    assert (taken["command"]["room"], taken["room"]) == (str(town.CITY), str(town.NORTH))
    assert taken["raised"][0]["owner"] == above.principal
    again = await above.made(f"{path}/take")
    assert again["version"] == taken["version"]
    back = await above.made(f"{path}/hand-back")
    assert (back["command"]["room"], back["room"]) == (str(town.NORTH), str(town.NORTH))
    assert [row["mode"] for row in back["raised"]] == ["monitor"]
    assert [fact for fact in await story(above, one["id"]) if fact in STORY] == [
        "raised", "raised", "command_taken", "command_handed_back",
    ]  # fmt: skip


STORY = {"raised", "command_taken", "command_handed_back", "followed", "checked_in", "following_ended"}


async def test_a_room_is_drawn_in_from_above_only(doors: Doors) -> None:
    below = await doors.seat("dispatcher", of=town.NORTH)
    one = await doors.incident()
    told = await below.post(f"/incidents/{one['id']}/raise", {"room_id": str(town.SOUTH), "mode": "take"})
    assert (told.status_code, told.json()["field"]) == (400, "room_id")
    told = await below.post(f"/incidents/{one['id']}/take")
    assert (told.status_code, told.json()["field"]) == (400, "room_id")
    stranger = await doors.seat("leader", of=town.SOUTH)
    assert (await stranger.post(f"/incidents/{one['id']}/take")).status_code == 404


async def test_a_room_below_takes_nothing_away_from_above(doors: Doors) -> None:
    below, above = await doors.seat("leader", of=town.NORTH), await doors.seat("leader")
    one = await doors.incident()
    path = f"/incidents/{one['id']}"
    await above.made(f"{path}/take")
    refused = [
        await below.post(f"{path}/hand-back"),
        await below.post(f"{path}/take"),
        await below.post(f"{path}/raise", {"room_id": str(town.CITY), "mode": "take"}),
    ]
    assert {(told.status_code, told.json()["code"]) for told in refused} == {(403, "not_allowed")}
    shared = await below.made(f"{path}/raise", {"room_id": str(town.CITY), "mode": "share"})
    assert (shared["command"]["room"], shared["raised"][0]["mode"]) == (str(town.CITY), "take")
    back = await above.made(f"{path}/hand-back")
    assert back["command"]["room"] == str(town.NORTH)
    given = await below.made(f"{path}/raise", {"room_id": str(town.CITY), "mode": "take"})
    assert given["command"]["room"] == str(town.CITY)


async def test_a_call_taker_draws_in_who_watches_never_who_commands(doors: Doors) -> None:
    taker = await doors.seat("call_taker", of=town.NORTH)
    one = await doors.incident()
    path = f"/incidents/{one['id']}/raise"
    told = await taker.post(path, {"room_id": str(town.CITY), "mode": "take"})
    assert (told.status_code, told.json()["code"]) == (403, "not_allowed")
    drawn = await taker.made(path, {"room_id": str(town.CITY), "mode": "share"})
    assert (drawn["raised"][0]["mode"], drawn["command"]["room"]) == ("share", str(town.NORTH))
    again = await taker.made(path, {"room_id": str(town.CITY), "mode": "monitor"})
    assert again["version"] == drawn["version"]  # who was asked along is not sent back to watching


async def test_what_is_followed_is_looked_in_on_by_name_and_let_go_with_a_reason(doors: Doors) -> None:
    above = await doors.seat("leader")
    one = await doors.incident()
    path = f"/incidents/{one['id']}"
    told = await above.post(f"{path}/check-in")
    assert (told.status_code, told.json()["code"]) == (409, "nobody_follows")
    followed = await above.made(f"{path}/follow")
    entry: dict[str, Any] = followed["raised"][0]
    assert entry["owner"] == above.principal
    assert entry["noticed_at"] == entry["checked_at"] is not None
    seen = await above.made(f"{path}/check-in", {"text": "家属情绪稳定"})
    assert seen["raised"][0]["checked_at"] >= entry["checked_at"]
    assert "家属情绪稳定" in [note["text"] for note in seen["notes"]]
    told = await above.post(f"{path}/let-go")
    assert (told.status_code, told.json()["field"]) == (400, "reason")
    assert (await above.made(f"{path}/let-go", {"reason": "已移交"}))["raised"] == []


async def test_duty_goes_on_under_the_same_command_where_that_lies_above_both(doors: Doors) -> None:
    above = await doors.seat("leader")
    one = await doors.incident()
    await above.made(f"/incidents/{one['id']}/take")
    told = await above.made(f"/incidents/{one['id']}/hand-over", {"room_id": str(town.SOUTH)})
    assert (told["room"], told["command"]["room"]) == (str(town.SOUTH), str(town.CITY))


async def test_a_room_that_gets_duty_follows_itself_no_longer(doors: Doors) -> None:
    above = await doors.seat("leader")
    one = await doors.incident()
    await above.made(f"/incidents/{one['id']}/take")
    told = await above.made(f"/incidents/{one['id']}/hand-over", {"room_id": str(town.CITY)})
    assert (told["room"], told["command"]["room"], told["raised"]) == (str(town.CITY), str(town.CITY), [])


async def test_letting_go_of_what_one_commands_gives_command_back(doors: Doors) -> None:
    above = await doors.seat("leader")
    one = await doors.incident()
    await above.made(f"/incidents/{one['id']}/take")
    told = await above.made(f"/incidents/{one['id']}/let-go", {"reason": "警情平稳"})
    assert told["command"]["room"] == str(town.NORTH)


async def test_raised_and_never_noticed_is_said_aloud_and_so_is_a_late_look(pool: Pool, clock: Clock) -> None:
    here = await town.build(pool)
    keeper, above = keeper_of(here), here.somebody("leader")
    command = ReportAlarm(source="call", type="200100", place=PlaceIn(lon=114.02, lat=22.54))
    id_ = (await here.report(here.somebody("call_taker"), command)).incident_id
    below = here.somebody("dispatcher", room=town.NORTH)
    raised = await here.do(below, lambda w: commanding.raise_to(w, id_, town.CITY, "monitor"))
    await clock.forward(timedelta(minutes=6))
    await all_due(keeper)
    assert "raised_unnoticed" in await firings(here)
    await here.do(above, lambda w: commanding.follow(w, id_))
    await clock.forward(timedelta(minutes=9 if raised.priority == 1 else 14))
    await all_due(keeper)
    assert "check_in_due" not in await firings(here)
    await here.do(above, lambda w: commanding.check_in(w, id_, None))
    await clock.forward(timedelta(minutes=61))
    await all_due(keeper)
    assert (await firings(here)).count("check_in_due") == 1


async def test_what_was_followed_and_commanded_from_above_stays_so_when_it_is_merged(doors: Doors) -> None:
    above, below = await doors.seat("leader"), await doors.seat("dispatcher", of=town.NORTH)
    one, other = await doors.incident(), await doors.incident(place={"lon": 114.08, "lat": 22.52})
    assert (one["room"], other["room"]) == (str(town.NORTH), str(town.SOUTH))
    await below.made(f"/incidents/{one['id']}/raise", {"room_id": str(town.CITY), "mode": "take"})
    followed = (await above.made(f"/incidents/{one['id']}/follow"))["raised"]
    await above.made(f"/incidents/{one['id']}/merge", {"into": other["id"]})
    told = (await above.get(f"/incidents/{other['id']}")).json()
    assert told["raised"] == followed
    assert (told["room"], told["command"]["room"]) == (str(town.SOUTH), str(town.CITY))
    assert [fact for fact in await story(above, other["id"]) if fact in STORY][-2:] == [
        "raised",
        "command_taken",
    ]
    back = await above.made(f"/incidents/{other['id']}/hand-back")
    assert back["command"]["room"] == str(town.SOUTH)


async def test_nobody_above_follows_what_is_merged_into_their_own(doors: Doors) -> None:
    """The survivor's duty lies with the city itself: it is not above itself."""
    above = await doors.seat("leader")
    one, other = await doors.incident(), await doors.incident()
    await above.made(f"/incidents/{other['id']}/hand-over", {"room_id": str(town.CITY)})
    await above.made(f"/incidents/{one['id']}/take")
    await above.made(f"/incidents/{one['id']}/merge", {"into": other["id"]})
    told = (await above.get(f"/incidents/{other['id']}")).json()
    assert (told["raised"], told["command"]["room"]) == ([], str(town.CITY))


async def test_what_fell_due_is_acknowledged_by_its_door_and_the_row_says_by_whom(
    doors: Doors,
) -> None:
    above, stranger = await doors.seat("leader"), await doors.seat("leader", of=town.SOUTH)
    one = await doors.incident(type="100200")
    path = f"/incidents/{one['id']}"
    raised = one
    while not raised["alerts"]:
        raised = (await above.get(path)).json()
    [alert] = [row for row in raised["alerts"] if row["rule"] == "serious"]
    assert (alert["room"], alert["noticed_by"]) == (str(town.CITY), [])
    assert (await stranger.post(f"{path}/notice")).status_code == 404
    seen = await above.made(f"{path}/notice", {"alerts": [{"rule": "serious", "id": alert["id"]}]})
    [alert] = [row for row in seen["alerts"] if row["rule"] == "serious"]
    assert alert["noticed_by"] == [above.principal]
    assert seen["raised"][0]["noticed_at"] is not None
    assert "alert_noticed" in await story(above, one["id"])
