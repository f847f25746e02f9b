"""Promise: nobody overwrites what he has not seen; a change carries the version that was read, or is refused."""

from httpx import Response

from tests.harness.doors import Doors, Seat


async def test_without_a_version_nothing_changes(doors: Doors) -> None:
    incident, seat = await doors.incident(), await doors.seat("dispatcher")
    told = await seat.patch(f"/incidents/{incident['id']}", {"priority": 2})
    assert (told.status_code, told.json()["code"]) == (428, "if_match_missing")


async def test_with_an_old_version_it_is_behind(doors: Doors) -> None:
    incident, seat = await doors.incident(), await doors.seat("dispatcher")
    path = f"/incidents/{incident['id']}"
    first = await seat.patch(path, {"labels": ["学校附近"]}, incident["version"])
    assert first.status_code == 200, first.text
    assert first.headers["etag"] == f'"{first.json()["version"]}"'
    assert first.json()["labels"] == ["学校附近"]
    late = await seat.patch(path, {"labels": []}, incident["version"])
    assert (late.status_code, late.json()["code"]) == (412, "behind")
    assert (await seat.get(path)).json()["labels"] == ["学校附近"]


async def test_a_version_that_is_none_is_named(doors: Doors) -> None:
    incident, seat = await doors.incident(), await doors.seat("dispatcher")
    told = await seat.patch(f"/incidents/{incident['id']}", {"priority": 2}, "three")
    assert (told.status_code, told.json()["field"]) == (400, "If-Match")


async def test_a_new_place_proposes_a_room_and_owns_nothing_anew(doors: Doors) -> None:
    incident, seat = await doors.incident(), await doors.seat("dispatcher")
    told = await seat.patch(
        f"/incidents/{incident['id']}", {"place": {"lon": 114.08, "lat": 22.54}}, incident["version"]
    )
    changed = told.json()
    assert changed["room"] == incident["room"]
    assert changed["proposed_room"] not in (None, incident["room"])
    assert changed["cell"] != incident["cell"]


async def test_lowering_the_highest_priority_needs_a_leader(doors: Doors) -> None:
    incident, seat, leader = (
        await doors.incident(),
        await doors.seat("dispatcher"),
        await doors.seat("leader"),
    )
    path = f"/incidents/{incident['id']}"
    raised = (await seat.patch(path, {"priority": 1}, incident["version"])).json()
    assert raised["priority"] == 1
    told = await lowered(seat, path)
    assert told.status_code == 403, told.text
    assert (await lowered(leader, path)).json()["priority"] == 3


async def lowered(seat: Seat, path: str) -> Response:
    """Read and changed, again while something has come between: what is so urgent is raised above by itself meanwhile."""
    while True:
        read = (await seat.get(path)).json()
        told = await seat.patch(path, {"priority": 3}, read["version"])
        if told.status_code != 412:
            return told
