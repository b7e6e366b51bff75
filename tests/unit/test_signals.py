"""A signal that arrives while a run ends is not lost."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from whimbrel.signals import interruptible

pytestmark = pytest.mark.asyncio


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT])
def number(request: pytest.FixtureRequest) -> signal.Signals:
    signal_: signal.Signals = request.param
    return signal_


@pytest.fixture
def heard(number: signal.Signals) -> Iterator[list[int]]:
    """Yield the signals that reached the server's own handler."""
    numbers: list[int] = []
    before = signal.signal(number, lambda received, _: numbers.append(received))
    yield numbers
    signal.signal(number, before)


async def test_the_server_hears_a_signal_of_the_turn_in_which_the_block_ends(heard: list[int], number: signal.Signals) -> None:
    done = asyncio.create_task(asyncio.sleep(0))
    await done
    with interruptible(done, pass_on=True):
        os.kill(os.getpid(), number)
    assert heard == [number]
    # The handler before is in force again.
    os.kill(os.getpid(), number)
    assert heard == [number, number]


@pytest.mark.parametrize("pass_on", [False, True])
async def test_a_signal_cancels_the_work_that_waits(heard: list[int], number: signal.Signals, pass_on: bool) -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    with interruptible(task, pass_on=pass_on):
        asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), number)
        await asyncio.wait([task])
    assert task.cancelled()
    assert heard == ([number] if pass_on else [])
