"""Story: a fire that everybody sees. Forty callers at two rooms are one matter for all who take calls; it goes up, and many go out."""

import asyncio
from typing import Any

import pytest

from dispatch.folds import FOLDS
from dispatch.verify import verify
from tests.harness import town
from tests.harness.doors import Doors, Seat

FIRE = "400110"
CALLERS = 40


def call(n: int, **more: Any) -> dict[str, Any]:
    return {
        "source": "call", "type": FIRE, "text": f"三楼着火了，第{n}次报警", "caller": {"number": f"1380000{n:04}"},
        "place": {"lon": 114.02 + n / 1e6, "lat": 22.54, "address": "北街1号"},
    } | more  # fmt: skip


async def shown(seat: Seat, id_: str) -> Any:
    return (await seat.get(f"/incidents/{id_}")).json()


@pytest.mark.slow
async def test_many_callers_of_one_event_are_linked_told_upward_handed_out_and_all_asked_at_the_end(
    doors: Doors,
) -> None:
    city, south = await doors.seat("call_taker"), await doors.seat("call_taker", of=town.SOUTH)
    boss, leader = await doors.seat("dispatcher"), await doors.seat("dispatcher", "leader", "reviewer")

    # The first call, and a second that a hurried seat makes an incident of its own.
    fire = (await city.made("/alarms", call(0), 201))["incident"]
    path = f"/incidents/{fire['id']}"
    twin = (await city.made("/alarms", call(1), 201))["incident"]
    assert twin["id"] != fire["id"]
    assert (await south.get(path)).status_code == 404

    # More of them: at the fifth in three minutes it is pinned for everybody who takes calls, also where it is not theirs.
    await asyncio.gather(*(city.made("/alarms", call(n, attach_to=fire["id"]), 201) for n in range(2, 6)))
    pinned = (await south.get(path)).json()
    assert pinned["surge"]["count"] >= 5
    told = await asyncio.gather(
        *((city, south)[n % 2].made("/alarms", call(n, attach_to=fire["id"]), 201) for n in range(6, CALLERS))
    )
    assert {one["incident"]["id"] for one in told} == {fire["id"]}

    # The twin is linked to it: what it was, it stays, and its caller counts.
    await city.made(f"/incidents/{twin['id']}/merge", {"into": fire["id"]})
    one = await shown(leader, fire["id"])
    assert (one["alarms_total"], [absorbed["id"] for absorbed in one["absorbed"]]) == (CALLERS, [twin["id"]])
    assert (await shown(leader, twin["id"]))["state"] == "merged"

    # Handed out: two units at once and the neighbours' station, which names one of its own; the rooms above look on.
    orders = {"orders": [{"unit_id": str(town.N1)}, {"unit_id": str(town.N2)}, {"room_id": str(town.SOUTH)}]}
    jobs = (await boss.made(f"{path}/assignments", orders, 201))["items"]
    station = await doors.seat("dispatcher", of=town.SOUTH)
    asked = next(job for job in jobs if job["unit_id"] is None)
    await station.made(f"/assignments/{asked['id']}/accept")
    named = {"orders": [{"unit_id": str(town.S1), "parent_id": asked["id"]}]}
    [more] = (await station.made(f"{path}/assignments", named, 201))["items"]
    north = await doors.seat("dispatcher", of=town.NORTH)
    await north.made(f"{path}/raise", {"room_id": str(town.CITY), "mode": "monitor"})
    assert [drawn["room"] for drawn in (await shown(leader, fire["id"]))["raised"]] == [str(town.CITY)]

    # A caller who says something new is heard by everybody who is on it, and nobody else's words are repeated to them.
    note = call(CALLERS, attach_to=fire["id"], text="有一个孩子在四楼阳台")
    await south.made("/alarms", note, 201)
    one = await shown(leader, fire["id"])
    assert "有一个孩子在四楼阳台" in [said["text"] for said in one["notes"]]
    [urgent] = [said for said in one["notes"] if said["text"] == "有一个孩子在四楼阳台"]
    assert {lamp["unit_id"] for lamp in urgent["reads"]} == {str(town.N1), str(town.N2), str(town.S1)}

    # Out, and every caller can be asked; nothing of theirs is lost.
    units = {job["unit_id"]: job["id"] for job in [*jobs, more] if job["unit_id"]}
    for unit, job in units.items():
        crew = await doors.seat("unit", of=unit, kind="unit")
        for step in ("accept", "en-route", "on-scene"):
            await crew.made(f"/assignments/{job}/{step}")
        await crew.made(f"/assignments/{job}/clear", {"result": "handled"})
        await crew.made(
            f"/assignments/{job}/feedback",
            {"kind": "final", "result": "handled", "text": "火已扑灭", "people_count": 0},
        )
    one = await shown(leader, fire["id"])
    assert one["alarms_total"] == CALLERS + 1
    async with doors.runtime.pool.acquire() as conn:
        alarms = await conn.fetchval(
            "SELECT count(*) FROM alarm WHERE incident_id IN ($1, $2)", fire["id"], twin["id"]
        )
        found = await verify(conn, FOLDS)
    assert alarms == CALLERS + 1
    assert found.sound, found.broken
