"""Outward promise: an SMS or call is tried again with patience whatever fails, never twice once taken, and never just lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch import views
from dispatch.bearers import store as outward
from dispatch.bearers.store import BEARERS, TRIES, OutwardMessage
from dispatch.desk import going, ordering, shift
from dispatch.desk.ordering import Order
from dispatch.desk.reports import PlaceIn, ReportAlarm
from dispatch.folds import FOLDS
from dispatch.model import Assignment
from dispatch.runtime import outward as port
from dispatch.runtime.lease import Lease
from dispatch.runtime.outward import NotTaken, Outward
from dispatch.runtime.postgres import Pool
from dispatch.runtime.timekeeper import Timekeeper
from dispatch.verify import verify
from tests.harness.clock import Clock
from tests.harness.replica import running
from tests.harness.timekeeping import all_due, check_timers, firings, keeper_of, rules_of
from tests.harness.town import N1, S1, UNITS, Town, build
from tests.harness.waiting import GUARD_S
from units import commands as uc

HERE = PlaceIn(lon=114.02, lat=22.54, address="北街1号")

type Answer = Callable[[OutwardMessage], Any]


class Port:
    """A provider that answers as it is told; `asked`: whose messages it was handed, by duty phone."""

    name = "port"

    def __init__(self, answer: Answer = lambda message: str(message.id)) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def send(self, message: OutwardMessage) -> str:
        self.asked.append(message.address)
        answer = self.answer(message)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        return str(answer)


class Held(Lease):
    """A lease that this replica holds, or has just lost."""

    def __init__(self, pool: Pool, *, held: bool = True) -> None:
        super().__init__(pool, "relay", "test")
        self.is_mine = held

    @property
    def held(self) -> bool:
        return self.is_mine

    async def wait_held(self) -> int:
        return 1


@pytest.fixture
async def town(pool: Pool) -> Town:
    """With a duty phone for two units."""
    made = await build(pool)
    for id_ in (N1, S1):
        sign, kind, room = UNITS[id_]
        entry = uc.Register(
            handle=id_.int, call_sign=sign, kind=kind, unit_class="regular", room_id=room, gateway="sim",
            duty_phone=f"95{id_.int}",
        )  # fmt: skip
        await made.do(made.somebody("admin"), lambda w, id_=id_, entry=entry: shift.register(w, id_, entry))  # type: ignore[misc]
    await made.followers.load()
    return made


@pytest.fixture
async def keeper(town: Town) -> Timekeeper:
    return keeper_of(town)


def outward_of(town: Town, provider: Port, *, held: bool = True) -> Outward:
    return Outward(
        town.pool, Held(town.pool, held=held), town.centre, lambda: None, dict.fromkeys(BEARERS, provider)
    )


async def ordered(town: Town, unit: Any = N1, *, exercise: bool = False) -> Assignment:
    boss = town.somebody("dispatcher")
    command = ReportAlarm(source="sms", place=HERE, exercise=exercise)
    incident_id = (await town.report(boss, command)).incident_id
    [job] = await town.do(boss, lambda w: ordering.order(w, incident_id, [Order(unit_id=unit)]))
    return job


async def written(town: Town, keeper: Timekeeper, clock: Clock, *units: Any) -> list[Assignment]:
    """Orders that nobody's terminal has taken for half a minute: an SMS waits for each."""
    jobs = [await ordered(town, unit) for unit in units or (N1,)]
    await clock.forward(timedelta(seconds=31))
    await all_due(keeper)
    return jobs


async def message(town: Town, job: Assignment) -> outward.Said:
    async with town.pool.acquire() as conn:
        [found] = [one for one in await outward.said_of(conn, job.id) if one.bearer != "radio"]
    return found


async def attempts(town: Town) -> list[int]:
    async with town.pool.acquire() as conn:
        return [row[0] for row in await conn.fetch("SELECT attempts FROM outward_message ORDER BY position")]


async def sound(town: Town) -> None:
    async with town.pool.acquire() as conn:
        await check_timers(conn)
        found = await verify(conn, FOLDS)
    assert found.sound, found.broken


@pytest.mark.parametrize(
    "failure",
    [
        NotTaken("no credit"),
        TimeoutError(),
        ConnectionResetError("line cut"),
        KeyError("reference"),
        ValueError("\0" + "x" * 10_000),
        asyncio.CancelledError(),
        ExceptionGroup("several", [OSError("away")]),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_whatever_fails_is_one_attempt_and_the_next_one_is_made(
    town: Town, keeper: Timekeeper, clock: Clock, failure: BaseException
) -> None:
    [job] = await written(town, keeper, clock)
    provider = Port(lambda _: failure)
    out = outward_of(town, provider)
    assert await out.hand_over() == 0
    assert await out.hand_over() == 0
    assert (len(provider.asked), await attempts(town)) == (1, [1]), "it waits before it tries again"
    provider.answer = lambda _: "ref-1"
    await clock.forward(timedelta(seconds=6))
    assert await out.hand_over() == 1
    assert (await message(town, job)).sent_at is not None


async def test_pauses_grow_and_attempts_end(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    [job] = await written(town, keeper, clock)
    provider = Port(lambda _: NotTaken("no credit"))
    out = outward_of(town, provider)
    for pause in (0, 5, 10, 20, 40):
        await clock.forward(timedelta(seconds=max(pause - 2, 0)))
        if pause:
            await out.hand_over()
            assert len(provider.asked) == [0, 5, 10, 20, 40].index(pause), f"{pause} s have not passed"
        await clock.forward(timedelta(seconds=3))
        await out.hand_over()
    for _ in range(3):
        await clock.forward(timedelta(hours=1))
        await out.hand_over()
    assert len(provider.asked) == TRIES
    assert (await message(town, job)).failure == "no credit"


async def test_what_is_given_up_is_said_to_a_person_until_the_order_is_taken(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    [job] = await written(town, keeper, clock)
    out = outward_of(town, Port(lambda _: ConnectionRefusedError("port closed")))
    for _ in range(TRIES + 2):
        await out.hand_over()
        await clock.forward(timedelta(minutes=2))
    await all_due(keeper)
    assert (await firings(town)).count("unreached") == 1
    async with town.pool.acquire() as conn:
        [row] = await views.incidents(conn, town.centre, [job.incident_id])
    [alert] = [one for one in row.alerts if one.rule == "unreached"]
    assert "118" in alert.said["zh"].what
    assert "北街1号" in (alert.said["zh"].say or "")
    await sound(town)
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "accept"))
    assert "unreached" not in await rules_of(town, fired=True)
    await sound(town)


async def test_a_stuck_port_holds_up_nobody_else(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "PATIENCE_S", GUARD_S * 2)
    [_, other] = await written(town, keeper, clock, N1, S1)
    never = asyncio.Event()
    provider = Port(lambda m: never if m.address == f"95{N1.int}" else "ref")
    async with running(outward_of(town, provider).run()), asyncio.timeout(GUARD_S):
        while (await message(town, other)).sent_at is None:
            await asyncio.sleep(0.02)
    assert sorted(provider.asked) == sorted([f"95{N1.int}", f"95{S1.int}"])


async def test_a_port_that_does_not_even_stop_is_left_to_itself(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "PATIENCE_S", 0.05)
    [job] = await written(town, keeper, clock)
    let_go = asyncio.Event()

    class Deaf(Port):
        async def send(self, message: OutwardMessage) -> str:
            self.asked.append(message.address)
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue
            return "late"

    out = outward_of(town, Deaf())
    async with asyncio.timeout(GUARD_S):
        assert await out.hand_over() == 0
    assert (await message(town, job)).sent_at is None
    assert await attempts(town) == [1]
    let_go.set()
    await asyncio.sleep(0)


async def test_once_it_is_recorded_as_taken_it_is_never_sent_again(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    await written(town, keeper, clock)
    provider = Port()
    first, second = outward_of(town, provider), outward_of(town, provider)
    await asyncio.gather(first.hand_over(), second.hand_over())
    for _ in range(3):
        await clock.forward(timedelta(minutes=10))
        await asyncio.gather(first.hand_over(), second.hand_over())
    assert len(provider.asked) == 1


async def test_a_success_that_could_not_be_recorded_is_recorded_later_and_not_sent_again(
    town: Town, keeper: Timekeeper, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    [job] = await written(town, keeper, clock)
    provider = Port(lambda _: "ref-7")
    out = outward_of(town, provider)

    async def away(*_: object) -> None:
        raise ConnectionResetError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(outward, "sent", away)
        assert await out.hand_over() == 0
    await clock.forward(timedelta(minutes=1))
    assert await out.hand_over() == 1
    assert (len(provider.asked), (await message(town, job)).by) == (1, "port")


async def test_who_dies_in_an_attempt_has_made_it_and_another_goes_on(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    [job] = await written(town, keeper, clock)
    async with town.pool.acquire() as conn:
        assert len(await outward.claim(conn, "sms", 10)) == 1  # and then it was killed
    provider = Port()
    out = outward_of(town, provider)
    assert await out.hand_over() == 0, "it may be under way"
    await clock.forward(timedelta(seconds=20))
    assert await out.hand_over() == 1
    assert (await attempts(town), len(provider.asked)) == ([2], 1)
    assert (await message(town, job)).sent_at is not None


async def test_a_replica_that_stood_still_sends_nothing(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    await written(town, keeper, clock)
    provider = Port()
    assert await outward_of(town, provider, held=False).hand_over() == 0
    assert provider.asked == []


async def test_what_was_done_meanwhile_is_not_asked_for_by_sms(
    town: Town, keeper: Timekeeper, clock: Clock
) -> None:
    [job] = await written(town, keeper, clock)
    provider = Port(lambda _: NotTaken("busy"))
    out = outward_of(town, provider)
    await out.hand_over()
    await town.do(town.unit(N1), lambda w: going.step(w, job.id, "accept"))
    provider.answer = lambda _: "ref"
    await clock.forward(timedelta(minutes=1))
    await out.hand_over()
    assert len(provider.asked) == 1
    assert (await message(town, job)).failure == "overtaken"
    await all_due(keeper)
    assert "unreached" not in await firings(town)


async def test_an_exercise_never_reaches_a_real_port(town: Town, keeper: Timekeeper, clock: Clock) -> None:
    job = await ordered(town, exercise=True)
    await clock.forward(timedelta(seconds=31))
    await all_due(keeper)
    provider = Port()
    assert await outward_of(town, provider).hand_over() == 1
    assert provider.asked == []
    assert (await message(town, job)).by == "recorded"
