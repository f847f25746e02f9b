"""Promise: paging through a list shows each thing once, whatever arrives meanwhile, and filters mean what they say."""

from typing import Any

import pytest

from tests.harness import town
from tests.harness.doors import Doors, Seat


async def pages(seat: Seat, path: str, limit: int, **params: Any) -> list[list[dict[str, Any]]]:
    found, after = [], None
    while True:
        more: dict[str, Any] = {"after": after} if after else {}
        told = (await seat.get(path, limit=limit, **params, **more)).json()
        found.append(told["items"])
        after = told["next"]
        if after is None:
            return found


async def test_every_incident_is_on_one_page(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    made = [(await doors.incident())["id"] for _ in range(7)]
    found = await pages(seat, "/incidents", 3)
    ids = [one["id"] for page in found for one in page]
    assert len(ids) == len(set(ids))
    assert [id_ for id_ in ids if id_ in made] == made[::-1]
    assert all(len(page) == 3 for page in found[:-1])


async def test_what_arrives_meanwhile_repeats_nothing(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    for _ in range(4):
        await doors.incident()
    first = (await seat.get("/incidents", limit=2)).json()
    await doors.incident()
    second = (await seat.get("/incidents", limit=2, after=first["next"])).json()
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in second["items"]}


async def test_filters_mean_what_they_say(doors: Doors) -> None:
    seat = await doors.seat("dispatcher", "leader")
    south = await doors.incident(place={"lon": 114.08, "lat": 22.55, "address": "莲花山公园"})
    typed = await doors.incident(type="100000")
    caller = await doors.incident(caller={"number": "13999990000"})
    ended = await doors.incident()
    await seat.made(f"/incidents/{ended['id']}/void", {"reason": "误拨"})

    async def ids(**params: Any) -> set[str]:
        return {one["id"] for page in await pages(seat, "/incidents", 500, **params) for one in page}

    everything = await ids()
    assert {south["id"], typed["id"], caller["id"], ended["id"]} <= everything
    assert await ids(room=str(town.SOUTH)) == {south["id"]}
    assert everything == await ids(room=str(town.CITY))
    assert ended["id"] in await ids(state="void")
    assert ended["id"] not in await ids(state="open")
    assert await ids(state="open") | await ids(state="void") == everything
    assert await ids(state=["open", "void"]) == everything
    assert await ids(state="received,void") == everything
    assert await ids(type="100000") == {typed["id"]}
    assert await ids(q="莲花山") == {south["id"]}
    assert await ids(q="13999990000") == {caller["id"]}
    assert await ids(q=south["number"].lower()) == {south["id"]}
    assert await ids(cell=south["cell"]) == {south["id"]}
    assert await ids(since=south["opened_at"]) >= {south["id"], ended["id"]}
    assert await ids(since="2199-01-01T00:00:00Z") == set()
    assert await ids(priority=str(typed["priority"]), type="100000") == {typed["id"]}


async def test_units_page_by_handle(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    found = await pages(seat, "/units", 3)
    assert [len(page) for page in found] == [3, 1]
    handles = [unit["handle"] for page in found for unit in page]
    assert handles == sorted(handles)


async def test_the_timeline_is_the_journal_in_its_order(doors: Doors) -> None:
    seat = await doors.seat("dispatcher")
    incident = await doors.incident()
    path = f"/incidents/{incident['id']}"
    await seat.made(f"{path}/notes", {"kind": "scene", "text": "二楼冒烟"}, 201)
    await seat.made(f"{path}/assignments", {"orders": [{"unit_id": str(town.S1)}]}, 201)
    rows = [row for page in await pages(seat, f"{path}/timeline", 2) for row in page]
    positions = [row["position"] for row in rows]
    assert positions == sorted(set(positions))
    facts = [(row["noun"], row["fact"]) for row in rows]
    for fact in (
        ("incident", "opened"),
        ("alarm", "received"),
        ("incident", "noted"),
        ("assignment", "placed"),
    ):
        assert fact in facts
    assert next(row["text"] for row in rows if row["fact"] == "noted") == "二楼冒烟"
    assert {row["who"] for row in rows if row["noun"] == "assignment"} == {seat.principal}
    assert all("body" in row for row in rows)


@pytest.mark.parametrize("path", ["/incidents", "/units"])
async def test_a_list_is_never_longer_than_was_asked(doors: Doors, path: str) -> None:
    seat = await doors.seat("dispatcher")
    await doors.incident()
    assert len((await seat.get(path, limit=1)).json()["items"]) == 1
