"""A connection that is cancelled in the moment in which the network answers is not opened."""

import asyncio

import pytest

from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.asyncio
async def test_a_cancellation_that_arrives_with_the_answer_is_not_forgotten(url: str, database: str) -> None:
    parsed = parse_url(url)
    task, begun = asyncio.create_task(find_dialect(parsed).open(parsed)), set[asyncio.Task[object]]()
    # The driver connects in a task of its own. When that has ended, nobody has noticed yet.
    while not any(one.done() for one in begun):
        begun |= asyncio.all_tasks() - {task, asyncio.current_task()}
        await asyncio.sleep(0)
    assert task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
