"""Closure promise: a road closed at one replica counts in the next recommendation of all of them, for as long as was said."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import numpy as np
import pytest

from dispatch.driving import ByRoad
from dispatch.folds import FOLDS
from dispatch.runtime.embedded import Embedded
from dispatch.seeds.bundling import Commission, build
from dispatch.verify import verify
from tests.conftest import remove_streams
from tests.harness import town
from tests.harness.cities import silent
from tests.harness.clock import Clock
from tests.harness.databases import Databases
from tests.harness.doors import Doors, Seat, open_doors, open_replica
from tests.harness.drawn_town import DrawnTown, Place
from tests.harness.waiting import GUARD_S
from units.frames import Frame

STREETS: dict[str, dict[str, str]] = {
    "AB": {"name": "直街"},
    "BX": {"name": "东街"},
    "ACDB": {"name": "环街"},
}
TOWN = DrawnTown(
    """
A           B               X




C           D
""",
    STREETS,
)
GOAL = TOWN.between("B", "X", 0.1)
WHERE: dict[int, Place] = {town.N1.int: TOWN.between("A", "C", 0.1), town.S1.int: TOWN.at["X"]}
"""118 is nearer by the straight street, 218 once that is closed."""


def line(one: str, other: str) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(TOWN.at[one]), list(TOWN.at[other])]}


CLOSED = {"name": "涵洞积水", "geometry": line("A", "B")}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build(Commission(source=TOWN.write(folder / "town.osm.pbf"), out=folder / "bundle"), silent)
    return folder / "bundle"


class Two:
    """Two replicas of one centre, and its database's clock."""

    def __init__(self, here: Doors, there: Doors, clock: Clock, again: Any) -> None:
        self.here, self.there, self.clock, self.again = here, there, clock, again

    async def seat(self, *roles: str, at: Doors | None = None, **more: Any) -> Seat:
        return await (at or self.here).seat(*(roles or ("dispatcher",)), **more)


@pytest.fixture
async def two(databases: Databases, servers: Embedded, tmp_path: Path, city: Path) -> AsyncIterator[Two]:
    async with databases.copy() as url:
        async with (
            open_doors(url, servers.nats_url, tmp_path, city) as here,
            open_replica(url, servers.nats_url, tmp_path, city) as there,
        ):
            for doors in (here, there):
                await see(doors)
            yield Two(here, there, Clock(url), lambda: open_replica(url, servers.nats_url, tmp_path, city))
        await remove_streams(servers.nats_url)


async def see(doors: Doors) -> None:
    """Let the cars be where they are, now by the database's clock."""
    async with doors.runtime.pool.acquire() as conn:
        now = round((await conn.fetchval("SELECT cad_now()")).timestamp() * 1000)
    unknown = np.full(len(WHERE), np.nan, np.float32)
    frame = Frame(
        np.array(list(WHERE), np.uint32), np.full(len(WHERE), now, np.int64),
        np.array([lon for lon, _ in WHERE.values()]), np.array([lat for _, lat in WHERE.values()]),
        unknown, unknown, unknown,
    )  # fmt: skip
    doors.runtime.centre.live.apply(frame, now)


async def incident(two: Two, priority: int = 3) -> str:
    told = await two.here.incident(place={"lon": GOAL[0], "lat": GOAL[1]})
    if told["priority"] != priority:
        boss = await two.seat("leader")
        changed = await boss.patch(
            f"/incidents/{told['id']}", {"priority": priority, "reason": "test"}, told["version"]
        )
        assert changed.status_code == 200, changed.text
    return str(told["id"])


async def proposed(doors: Doors, incident_id: str) -> list[str]:
    """Who is proposed, the quickest by road first: what else counts beside the way is no matter of closures."""
    told = (
        await (await doors.seat("dispatcher")).get(f"/incidents/{incident_id}/recommendation", units=2)
    ).json()
    assert told["basis"] == "road"
    rows = sorted((row for wave in told["waves"] for row in wave), key=lambda row: row["eta_s"])
    return [row["call_sign"] for row in rows]


async def until_first(doors: Doors, incident_id: str, sign: str) -> None:
    async with asyncio.timeout(GUARD_S):
        while (await proposed(doors, incident_id))[0] != sign:
            await asyncio.sleep(0.02)


async def test_what_is_closed_at_one_replica_changes_the_next_recommendation_of_both(two: Two) -> None:
    one = await incident(two)
    assert await proposed(two.here, one) == await proposed(two.there, one) == ["118", "218"]
    boss = await two.seat()
    closure = await boss.made("/closures", CLOSED, 201)
    assert (closure["state"], closure["segments"], closure["streets"]) == ("in_force", 1, ["直街"])
    assert await proposed(two.here, one) == ["218", "118"], "in force before it was answered"
    await until_first(two.there, one, "218")
    other = await two.seat("leader", at=two.there)
    ended = await other.made(f"/closures/{closure['id']}/end")
    assert (ended["state"], ended["version"]) == ("over", 2)
    assert await proposed(two.there, one) == ["118", "218"]
    await until_first(two.here, one, "118")
    again = await other.post(f"/closures/{closure['id']}/end")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_this_state")


async def test_it_begins_and_ends_by_itself(two: Two) -> None:
    one = await incident(two)
    boss = await two.seat()
    now = datetime.now(UTC)
    times = {
        "valid_from": (now + timedelta(hours=1)).isoformat(), "until": (now + timedelta(hours=2)).isoformat(),
    }  # fmt: skip
    closure = await boss.made("/closures", CLOSED | times, 201)
    assert closure["state"] == "planned"
    assert await proposed(two.here, one) == ["118", "218"]
    for first, state in (("218", "in_force"), ("118", None)):
        await two.clock.forward(timedelta(minutes=65))
        for doors in (two.here, two.there):
            await see(doors)
            await until_first(doors, one, first)
            listed = (await (await doors.seat("dispatcher")).get("/closures")).json()["items"]
            assert [item["state"] for item in listed] == ([state] if state else [])
    everything = (await boss.get("/closures", all=1)).json()["items"]
    assert [(item["id"], item["state"]) for item in everything] == [(closure["id"], "over")]


async def test_a_replica_that_starts_later_and_a_city_put_in_anew_know_it_too(two: Two) -> None:
    one = await incident(two)
    await (await two.seat()).made("/closures", CLOSED, 201)
    async with two.again() as third:
        await see(third)
        assert (await proposed(third, one))[0] == "218"
        await third.runtime.roads.use(TOWN.roads)
        assert (await proposed(third, one))[0] == "218"
        await third.runtime.roads.use(None)
        seat = await third.seat("dispatcher")
        told = (await seat.get(f"/incidents/{one}/recommendation")).json()
        assert told["basis"] == "straight_line"


async def test_slowed_streets_and_those_only_for_blue_light(two: Two) -> None:
    calm, urgent = await incident(two, 3), await incident(two, 2)
    boss = await two.seat()
    mine = CLOSED | {"profiles": ["car", "motorcycle", "foot"]}
    closure = await boss.made("/closures", mine, 201)
    assert await proposed(two.here, calm) == ["218", "118"]
    assert await proposed(two.here, urgent) == ["118", "218"]
    await boss.made(f"/closures/{closure['id']}/end")
    await boss.made("/closures", CLOSED | {"kind": "slowed", "factor": 0.2}, 201)
    assert await proposed(two.here, urgent) == ["218", "118"]


async def test_the_way_round_is_the_one_that_is_drawn_and_promised(two: Two) -> None:
    one = await incident(two)
    boss = await two.seat()
    await boss.made("/closures", CLOSED, 201)
    told = (await boss.get(f"/incidents/{one}/recommendation", units=2)).json()
    [row] = [row for wave in told["waves"] for row in wave if row["call_sign"] == "118"]
    assert row["streets"] == ["环街", "东街"]
    [job] = (await boss.made(f"/incidents/{one}/assignments", {"orders": [{"unit_id": str(town.N1)}]}, 201))[
        "items"
    ]
    promised_s = datetime.fromisoformat(job["promised_at"]) - datetime.fromisoformat(job["times"]["ordered"])
    assert promised_s.total_seconds() == pytest.approx(row["eta_s"], abs=5)
    shown = (await boss.get(f"/incidents/{one}")).json()["assignments"][0]
    assert shown["promised_at"] == job["promised_at"]


@pytest.mark.parametrize("fault", ["too slow", "broken"])
async def test_a_search_that_is_too_slow_or_breaks_leaves_a_proposal_by_straight_line_that_says_so(
    two: Two, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    one = await incident(two)
    given_up = threading.Event()

    def faulty(*_: Any) -> ByRoad:
        if fault == "broken":
            raise RuntimeError("the roads are not what they were")
        given_up.wait(GUARD_S)
        raise AssertionError("nobody waits for this any more")

    seat = await two.here.seat("dispatcher")
    with monkeypatch.context() as patched:
        patched.setattr(ByRoad, "search", faulty)
        patched.setattr(two.here.runtime.roads, "patience_s", 0.2)
        told = (await seat.get(f"/incidents/{one}/recommendation", units=2)).json()
        given_up.set()
    rows = [row for wave in told["waves"] for row in wave]
    assert (told["basis"], len(rows)) == ("straight_line", 2)
    assert all(row["road_m"] is None and row["route"] is None for row in rows)
    assert all("straight_line" in [warning["key"] for warning in row["warnings"]] for row in rows)
    assert await proposed(two.here, one) == ["118", "218"], "the next question is answered by road again"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "  ", "geometry": line("A", "B")}, "name"),
        ({"name": "x", "geometry": {"type": "Point", "coordinates": [114.5, 22.0]}}, "geometry"),
        (CLOSED | {"factor": 0.5}, "factor"),
        (CLOSED | {"kind": "slowed"}, "factor"),
        (CLOSED | {"kind": "slowed", "factor": 0}, "factor"),
        (CLOSED | {"profiles": ["tank"]}, "profiles"),
        (CLOSED | {"until": "2020-01-01T00:00:00Z"}, "until"),
        (CLOSED | {"geometry": {"type": "LineString", "coordinates": [[114, 22.6]]}}, None),
        (CLOSED | {"geometry": {}}, None),
    ],
)
async def test_what_can_not_be_closed_is_refused_in_one_sentence(
    refusing: Doors, body: dict[str, Any], field: str | None
) -> None:
    told = await (await refusing.seat("dispatcher")).post("/closures", body)
    assert told.status_code == 400, told.text
    assert told.json().get("field") == field


@pytest.fixture(scope="module")
async def refusing(
    databases: Databases, servers: Embedded, tmp_path_factory: pytest.TempPathFactory, city: Path
) -> AsyncIterator[Doors]:
    async with databases.copy() as url:
        async with open_doors(url, servers.nats_url, tmp_path_factory.mktemp("doors"), city) as opened:
            yield opened
        await remove_streams(servers.nats_url)


async def test_without_a_city_what_is_no_shape_is_refused_too_and_the_rest_is_kept_for_when_there_is_one(
    doors: Doors,
) -> None:
    seat = await doors.seat("dispatcher")
    for wrong in (
        {},
        {"type": "LineString", "coordinates": [[114, 22.6]]},
        {"type": "Point", "coordinates": [0, 95]},
    ):
        told = await seat.post("/closures", CLOSED | {"geometry": wrong})
        assert (told.status_code, told.json()["code"]) == (400, "bad_area"), told.text
    kept = await seat.made("/closures", CLOSED, 201)
    assert (kept["state"], kept["segments"], kept["streets"]) == ("in_force", None, [])
    await seat.made(f"/closures/{kept['id']}/end")


async def test_stations_and_call_takers_close_nothing_and_may_look(refusing: Doors) -> None:
    for seat in (
        await refusing.seat("dispatcher", of=town.NORTH),
        await refusing.seat("call_taker"),
    ):
        told = await seat.post("/closures", CLOSED)
        assert (told.status_code, told.json()["code"]) == (403, "not_allowed")
        assert (await seat.get("/closures")).status_code == 200
    station = await refusing.seat("leader", of=town.NORTH)
    closure = await (await refusing.seat("leader")).made("/closures", CLOSED, 201)
    told = await station.post(f"/closures/{closure['id']}/end")
    assert told.status_code == 403
    assert (await station.post(f"/closures/{uuid4()}/end")).status_code == 404


async def test_the_same_key_closes_once_and_the_journal_tells_the_whole(refusing: Doors) -> None:
    seat = await refusing.seat("dispatcher")
    key = str(uuid4())
    one = await seat.made("/closures", CLOSED | {"reason": "暴雨"}, 201, key=key)
    again = await seat.made("/closures", CLOSED | {"reason": "暴雨"}, 201, key=key)
    assert one == again
    await seat.made(f"/closures/{one['id']}/end")
    url = refusing.runtime.settings.database_url
    conn: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        facts = await conn.fetch(
            "SELECT fact, why FROM journal WHERE noun = 'closure' AND id = $1", one["id"]
        )
        assert [tuple(fact) for fact in facts] == [("put_in", "暴雨"), ("ended", None)]
        assert (await verify(conn, FOLDS)).broken == ()
    finally:
        await conn.close()
