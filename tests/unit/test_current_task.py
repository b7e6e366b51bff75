"""Find the task for which a statement runs: asyncio.wait_for of Python 3.11 runs its work in a separate task."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from whimbrel.pool.transactions import current_task

pytestmark = pytest.mark.asyncio
_found: list[asyncio.Task[object]] = []


async def note() -> None:
    _found.append(current_task())


async def note_within() -> None:
    await asyncio.wait_for(asyncio.wait_for(note(), 60), 60)


@pytest.mark.parametrize("work", [note, note_within])
async def test_it_is_the_task_that_waits(work: Callable[[], Awaitable[None]]) -> None:
    _found.clear()
    await asyncio.wait_for(work(), 60)
    assert _found == [asyncio.current_task()]


async def test_a_task_of_its_own_works_for_itself() -> None:
    _found.clear()
    await asyncio.create_task(note())
    assert _found != [asyncio.current_task()]


async def test_it_is_the_task_that_waits_also_in_the_moment_in_which_the_time_is_over() -> None:
    _found.clear()
    loop = asyncio.get_running_loop()
    gate: asyncio.Future[None] = loop.create_future()

    async def late() -> None:
        await gate
        await note()

    # When the loop continues, both are due: first the gate opens, then the time is over.
    loop.call_later(0.01, gate.set_result, None)
    loop.call_soon(time.sleep, 0.1)
    with suppress(TimeoutError):
        await asyncio.wait_for(late(), 0.02)
    assert _found in ([asyncio.current_task()], [])
    # Python 3.12 has no such moment.
    assert _found or not hasattr(asyncio.tasks, "_release_waiter")
