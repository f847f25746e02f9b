"""Two replicas on one database and one NATS are one centre: what one accepts the other shows, and neither doubles a thing.

Replicas are real processes; the one that relays is frozen and thawed while reports come in on both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from tests.harness import town
from tests.harness.centre import Centre, Replica, figures, open_centre
from tests.harness.console import Console, console
from tests.harness.reporters import callers, nats_client
from tests.harness.waiting import sent
from units.frames import Frame
from units.gateways import columns, packed
from web.drive import Door, Refused

pytestmark = pytest.mark.slow

PLACE = {"lon": 114.02, "lat": 22.54}
RACES = 25
LOSSES = 2
HOLDER = "SELECT holder FROM lease WHERE name = 'relay' AND until > clock_timestamp()"


@pytest.fixture(scope="module")
async def centre() -> AsyncIterator[Centre]:
    async with open_centre(replicas=2) as opened:
        yield opened


def door(centre: Centre, name: str, role: str) -> Any:
    return Door.open(centre.replicas[name].url, centre.keys[role])


def seat(centre: Centre, name: str, role: str = "leader") -> Any:
    return console(centre.replicas[name].live_url, centre.keys[role], town.CITY)


def new_key() -> str:
    return str(uuid4())


async def test_what_one_replica_accepts_the_other_shows(centre: Centre) -> None:
    async with (
        door(centre, "a", "call_taker") as at_a,
        door(centre, "b", "call_taker") as at_b,
        seat(centre, "a") as on_a,
        seat(centre, "b") as on_b,
    ):
        for here, there in ((at_a, on_b), (at_b, on_a)) * 3:
            told = await here.post("/alarms", new_key(), {"source": "call", "place": PLACE})
            shown = await there.shows("incident", told["incident"]["id"])
            assert shown == told["incident"]


async def test_of_two_dispatchers_at_two_replicas_exactly_one_gets_the_unit(centre: Centre) -> None:
    unit = str(town.N1)
    async with door(centre, "a", "dispatcher") as at_a, door(centre, "b", "dispatcher") as at_b:

        async def order(at: Door, incident_id: str) -> Any:
            orders = {"orders": [{"unit_id": unit}]}
            try:
                return await at.post(f"/incidents/{incident_id}/assignments", new_key(), orders)
            except Refused as refused:
                return refused

        for _ in range(RACES):
            one, other = [
                (await at.post("/alarms", new_key(), {"source": "call", "place": PLACE}))["incident"]
                for at in (at_a, at_b)
            ]
            outcomes = await asyncio.gather(order(at_a, one["id"]), order(at_b, other["id"]))
            won = [outcome for outcome in outcomes if not isinstance(outcome, Refused)]
            lost = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
            assert (len(won), [refused.code for refused in lost]) == (1, ["unit_taken"])
            winner = won[0]["items"][0]
            said = str(lost[0])
            assert "118" in said
            held = one if winner["incident_id"] == one["id"] else other
            assert held["number"] in said
            await at_b.post(f"/assignments/{winner['id']}/recall", new_key(), {"reason": "另有警情"})


async def test_a_frozen_relay_is_followed_by_another_and_nothing_is_doubled(centre: Centre) -> None:
    key = centre.keys["call_taker"]
    async with (
        callers(centre.replicas["a"].url, key) as at_a,
        callers(centre.replicas["b"].url, key) as at_b,
        seat(centre, "a") as on_a,
        seat(centre, "b") as on_b,
    ):
        async with at_a.reporting(40), at_b.reporting(40):
            for _ in range(5):
                await freeze_the_relay(centre)
        for reporters in (at_a, at_b):
            told = dict(reporters.acknowledged)
            assert sorted(told) == sorted(reporters.keys)
            assert await reporters.send_all_again() == told
            rows = await centre.query(
                "SELECT call_id, id::text, incident_id::text FROM alarm WHERE call_id = ANY($1)",
                reporters.keys,
            )
            assert {call_id: (alarm, incident) for call_id, alarm, incident in rows} == told
            assert len(rows) == len(told)
        await history_is_sound(centre)
        await screens_agree(centre, on_a, on_b)


async def freeze_the_relay(centre: Centre) -> None:
    """Freeze whoever relays until another has taken over and passed facts on, then let it go on."""
    frozen = await relaying(centre)
    ((head,),) = await centre.query("SELECT max(seq) FROM ledger")
    frozen.freeze()
    began = time.monotonic()
    try:
        await centre.until(lambda: passed_on(centre, frozen, head + 20))
        figures.info("another relay passed facts on after %.2f s", time.monotonic() - began)
    finally:
        frozen.thaw()
    await frozen.ready()


async def relaying(centre: Centre) -> Replica:
    async def somebody() -> bool:
        return bool(await centre.query(HOLDER))

    await centre.until(somebody)
    pid = int((await centre.query(HOLDER))[0][0].split(":")[1])
    return next(replica for replica in centre.replicas.values() if replica.pid == pid)


async def passed_on(centre: Centre, frozen: Replica, seq: int) -> bool:
    ((head,),) = await centre.query("SELECT max(seq) FROM ledger")
    holder = await centre.query(HOLDER)
    return head >= seq and bool(holder) and f":{frozen.pid}:" not in holder[0][0]


async def history_is_sound(centre: Centre) -> None:
    await centre.settled()
    assert (await centre.proof()).broken == ()
    ((rows, last, facts),) = await centre.query(
        "SELECT count(*), max(seq), (SELECT count(*) FROM journal) FROM ledger"
    )
    assert rows == last == facts


async def screens_agree(centre: Centre, *screens: Console) -> None:
    """Every screen has been told everything without a gap and shows what the database holds."""
    ((head,),) = await centre.query("SELECT max(seq) FROM ledger")
    stored = await centre.query("SELECT id::text, version FROM incident")
    for screen in screens:
        await screen.reaches(head)
        assert screen.gaps == []
    async with door(centre, "a", "leader") as at_a:
        truth = {one["id"]: one async for one in at_a.each("/incidents")}
    assert {id_: one["version"] for id_, one in truth.items()} == {
        row["id"]: row["version"] for row in stored
    }
    for screen in screens:
        shown = screen.of("incident")
        assert shown == {id_: truth[id_] for id_ in shown}
        open_ones = {id_ for id_, one in truth.items() if one["state"] != "closed"}
        assert open_ones <= shown.keys()


def frame(t_ms: int, shift: float, handles: list[int]) -> Frame:
    """A fix for each of these handles, a little further each time."""
    rows = len(handles)
    some = np.arange(rows, dtype=np.float64)
    return Frame(
        np.array(handles, np.uint32),
        np.full(rows, t_ms, np.int64),
        114.01 + shift + some * 1e-4,
        22.53 + some * 1e-4,
        np.full(rows, 8.0, np.float32),
        np.full(rows, 90.0, np.float32),
        np.full(rows, 5.0, np.float32),
    )


async def fixes_at(at: Door) -> dict[int, tuple[Any, ...]]:
    """Where a replica believes every unit to be."""
    fixes = {unit["handle"]: unit["fix"] async for unit in at.each("/units")}
    return {
        handle: fix and tuple(fix[name] for name in ("lon", "lat", "at", "speed", "heading", "accuracy_m"))
        for handle, fix in fixes.items()
    }


async def test_a_late_replica_and_one_that_lost_nats_have_the_same_index(centre: Centre) -> None:
    handles = [unit.int for unit in town.UNITS]
    now_ms = round(time.time() * 1000)
    async with nats_client(centre.servers.nats_url) as gateway:
        await gateway.publish("cad.fix.sim", columns.encode(frame(now_ms - 4000, 0.001, handles)))
        await gateway.publish("cad.fixb.sim", packed.encode(frame(now_ms - 3000, 0.002, handles[:2])))
        await sent(gateway)
        await centre.start("c")
        try:
            await all_agree(centre, lambda fixes: all(fixes.values()))
            # One frame a unit while the replicas find their way back, each in its own time: some hear it, some don't.
            for round_ in range(1, LOSSES + 1):
                pid = centre.pid_of("nats") or 0
                await centre.kill("nats")
                await centre.back("nats", pid)
                for n, handle in enumerate(handles):
                    one = frame(now_ms + 1000 * round_, 0.002 * round_, [handle])
                    await gateway.publish("cad.fixb.sim", packed.encode(one))
                    await sent(gateway)
                    await asyncio.sleep(0.1 + 0.05 * n)
            await all_agree(centre, lambda fixes: all(fixes.values()))
        finally:
            await centre.stop("c")


async def all_agree(centre: Centre, enough: Callable[[dict[int, Any]], bool]) -> None:
    """Wait until every replica answers with the same fixes."""
    began = time.monotonic()

    async def agree() -> bool:
        seen = []
        for name in centre.replicas:
            async with door(centre, name, "leader") as at:
                seen.append(await fixes_at(at))
        return all(one == seen[0] for one in seen) and enough(seen[0])

    await centre.until(agree)
    figures.info("all replicas agree on every fix after %.2f s", time.monotonic() - began)
