"""Promise: a replica that is told to stop stops, whatever breaks in one of its loops in that very instant."""

import asyncio

import asyncpg
import pytest

from dispatch.runtime import bootstrap
from dispatch.runtime.trouble import survived


async def breaks_off() -> None:
    """As a connection does that is cancelled in the midst of an answer: an error of its own takes the place of the cancellation."""
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        raise asyncpg.InterfaceError("cannot perform operation: another operation is in progress") from None


async def loop_of_a_task() -> None:
    while True:
        try:
            await breaks_off()
        except Exception as error:  # noqa: BLE001  # as the loops of a replica do
            survived("test", error)


async def test_an_error_that_takes_the_place_of_the_cancellation_ends_the_loop() -> None:
    task = asyncio.create_task(loop_of_a_task())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_loop_goes_on_after_an_error_while_nobody_has_told_it_to_stop() -> None:
    survived("test", OSError("the line is cut"))


async def test_a_loop_that_missed_it_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "STOP_AGAIN_S", 0.01)
    missed = 0

    async def deaf() -> None:
        nonlocal missed
        while missed < 3:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                missed += 1

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await bootstrap._stop([task])
    assert (missed, task.done()) == (3, True)
