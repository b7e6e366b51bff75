"""Abandoned work leaves nothing open."""

import asyncio

import pytest

from whimbrel.dialects.deadlines import bounded


@pytest.mark.asyncio
@pytest.mark.parametrize("steps", range(1, 7))
async def test_a_connection_opened_for_a_caller_who_was_cancelled_is_left(steps: int) -> None:
    opened, left = list[str](), list[str]()

    async def open_one() -> str:
        await asyncio.sleep(0)
        opened.append("connection")
        return "connection"

    caller = asyncio.ensure_future(bounded(open_one(), 60, left.append))
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    used = [one for one in await asyncio.gather(caller, return_exceptions=True) if one == "connection"]
    await asyncio.sleep(0.01)
    assert used + left == opened
