"""Nothing that was acknowledged is ever lost or doubled, whatever is killed while reports come in.

Callers post over HTTP and panels send over NATS, each with its one key until it is acknowledged, while the server,
PostgreSQL and nats-server are killed and come back by themselves. Guards are far beyond the targets.
"""

import os
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from tests.harness import town
from tests.harness.centre import Centre, figures, open_centre
from tests.harness.radio_log import sent_orders
from tests.harness.reporters import AT_ONCE, Reporters, callers, nats_client, panels
from tests.harness.switchboard import evening
from web.drive import Door
from web.telephone import Connected

pytestmark = pytest.mark.slow

ORDERS_A_UNIT = 3
WAITING_FOR_NATS = (
    "SELECT handle, order_id::text FROM radio_message WHERE published_at IS NULL ORDER BY position"
)
CALLS = "SELECT reference, state, times ? 'ringing' FROM call WHERE reference = ANY($1)"
COUNTS = "SELECT (SELECT count(*) FROM ledger), (SELECT max(seq) FROM ledger), (SELECT count(*) FROM journal)"
KEYS_OF_ALARMS = "SELECT call_id, id::text, incident_id::text FROM alarm WHERE call_id = ANY($1)"


@pytest.fixture(scope="module")
async def centre() -> AsyncIterator[Centre]:
    async with open_centre() as opened:
        yield opened


async def kill_while_reporting(centre: Centre, victims: list[str], a_second: float) -> None:
    """Kill each victim in turn under load; then everybody has been answered, and every key is sent once more."""
    chance = random.Random(110)
    async with (
        callers(centre.server.url, centre.keys["call_taker"]) as over_http,
        panels(centre.servers.nats_url) as over_nats,
    ):
        async with over_http.reporting(0.9 * a_second), over_nats.reporting(0.1 * a_second):
            for victim in victims:
                await over_http.more(chance.randint(1, round(a_second / 2)))
                if victim != "a":
                    # A server that is killed as soon as it answers HTTP never comes to the panels.
                    await over_nats.more(AT_ONCE // 2)
                await kill_and_wait(centre, victim)
            await over_http.more(round(a_second / 2))
        figures.info("%d + %d reports", len(over_http.keys), len(over_nats.keys))
        for reporters in (over_http, over_nats):
            await everything_is_there_once(centre, reporters)


async def kill_and_wait(centre: Centre, victim: str) -> None:
    """Until everything takes work again, by itself."""
    pid, began = centre.pid_of(victim), time.monotonic()
    await centre.kill(victim)
    await centre.back(victim, pid or 0)
    figures.info("%s killed: taking work again after %.2f s", victim, time.monotonic() - began)


async def everything_is_there_once(centre: Centre, reporters: Reporters) -> None:
    """As acknowledged, when sent again, and in the database."""
    told = dict(reporters.acknowledged)
    assert sorted(told) == sorted(reporters.keys)
    assert await reporters.send_all_again() == told
    rows = await centre.query(KEYS_OF_ALARMS, reporters.keys)
    assert len(rows) == len(reporters.keys)
    assert {call_id: (alarm, incident) for call_id, alarm, incident in rows} == told


async def history_is_sound(centre: Centre) -> None:
    """The ledger is dense, chained and agrees with the tables; every accepted alarm is there."""
    await centre.settled()
    proof = await centre.proof()
    assert proof.broken == ()

    async def nothing_is_missing() -> bool:
        # Timers go on firing: what they have just written has no place in the ledger yet.
        ((rows, last, facts),) = await centre.query(COUNTS)
        assert rows == last
        return bool(rows == facts)

    await centre.until(nothing_is_missing)


@pytest.mark.shared
async def test_the_server_the_database_and_nats_are_killed_under_two_hundred_reports_a_second(
    centre: Centre, share: Callable[[int], int]
) -> None:
    await kill_while_reporting(centre, ["a", "postgres", "nats"] * share(2), a_second=200)
    await history_is_sound(centre)


@pytest.mark.shared
async def test_twenty_kills_of_the_server_and_five_of_the_database_lose_and_double_nothing(
    centre: Centre, share: Callable[[int], int]
) -> None:
    # Of the smallest share too the server is killed four times and the database once.
    await kill_while_reporting(centre, ["a", "a", "postgres", "a", "a"] * share(5), a_second=100)
    await history_is_sound(centre)


@pytest.mark.parametrize("end", ["killed", "thawed"])
async def test_orders_wait_for_nats_and_go_out_once_while_intake_goes_on(centre: Centre, end: str) -> None:
    async with (
        callers(centre.server.url, centre.keys["call_taker"]) as over_http,
        Door.open(centre.server.url, centre.keys["dispatcher"]) as dispatcher,
        nats_client(centre.servers.nats_url) as client,
    ):
        before = await sent_orders(client)
        pid = centre.pid_of("nats") or 0
        os.kill(pid, signal.SIGSTOP)
        async with over_http.reporting(100):
            await over_http.more(100)
            await order_and_recall(dispatcher)
            await over_http.more(100)
            waiting = await centre.query(WAITING_FOR_NATS)
            assert len(waiting) == 4 * ORDERS_A_UNIT * 2
            if end == "killed":
                await centre.kill("nats")
                await centre.back("nats", pid)
            else:
                os.kill(pid, signal.SIGCONT)
            began = time.monotonic()
            await centre.until(lambda: nothing_waits(centre))
            figures.info("NATS %s: every order had gone out after %.2f s", end, time.monotonic() - began)
            await over_http.more(50)
        await everything_is_there_once(centre, over_http)
        sent = (await sent_orders(client))[len(before) :]
    if end == "killed":
        assert len(sent) == len(waiting)
    # What a frozen server had already read it keeps when it thaws: terminals know the second one by its id.
    heard = list(dict.fromkeys((one.handle, one.order_id) for one in sent))
    for handle in {handle for handle, _ in waiting}:
        assert [one for one in heard if one[0] == handle] == [
            tuple(one) for one in waiting if one[0] == handle
        ]
    await history_is_sound(centre)


async def every_call_came_to_its_end_once(centre: Centre, calls: list[Connected]) -> None:
    """Each as it was played, with its ring, however often its tellings were taken."""
    wanted = {one.call_id: "released" if one.answered else "abandoned" for one in calls}
    assert len(wanted) >= 15
    found: dict[str, str] = {}

    async def all_ended() -> bool:
        rows = await centre.query(CALLS, list(wanted))
        assert len(rows) == len({row[0] for row in rows}), "a call stands there twice"
        found.update({row[0]: row[1] for row in rows if row[2]})
        return found == wanted

    await centre.until(all_ended)


async def test_calls_come_to_their_end_whatever_is_killed_while_they_ring(centre: Centre) -> None:
    async with evening(centre.servers.nats_url) as calls:
        for victim in ("a", "nats", "postgres"):
            enough = len(calls) + 5

            async def rung(enough: int = enough) -> bool:
                return len(calls) >= enough

            await centre.until(rung)
            await kill_and_wait(centre, victim)
    await every_call_came_to_its_end_once(centre, calls)
    await history_is_sound(centre)


async def order_and_recall(dispatcher: Door) -> None:
    """Every unit of the town is ordered and recalled, again and again."""
    place = {"lon": 114.02, "lat": 22.54}
    told = await dispatcher.post("/alarms", new_key(), {"source": "call", "place": place})
    for _ in range(ORDERS_A_UNIT):
        orders = {"orders": [{"unit_id": str(unit)} for unit in town.UNITS]}
        ordered = await dispatcher.post(f"/incidents/{told['incident']['id']}/assignments", new_key(), orders)
        for assignment in ordered["items"]:
            await dispatcher.post(
                f"/assignments/{assignment['id']}/recall", new_key(), {"reason": "另有警情"}
            )


def new_key() -> str:
    return str(uuid4())


async def nothing_waits(centre: Centre) -> bool:
    return not await centre.query(WAITING_FOR_NATS)


@pytest.mark.soak
async def test_two_hundred_kills_of_the_server_and_forty_of_the_database_lose_and_double_nothing(
    centre: Centre, share: Callable[[int], int]
) -> None:
    for _ in range(share(10)):
        await kill_while_reporting(centre, ["a", "a", "postgres", "a", "a", "a", "nats"] * 4, a_second=100)
    await history_is_sound(centre)
