"""Wait in a test until a condition holds, with a deadline that even a loaded machine does not reach.

The wait ends at once when the condition holds, so the deadline costs time only in a test that fails.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

# Seconds. pytest's own limit for a test, in pyproject.toml, is longer, so that this one names what did not happen.
PATIENCE = 240.0


def wait_until(condition: Callable[[], bool], otherwise: Callable[[], str] = lambda: "it never held") -> None:
    """Return when the condition holds. Raises AssertionError, with the text of `otherwise`, at the deadline."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise())
        time.sleep(0.05)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> float:
    """Return the seconds until the condition held. Raises AssertionError at the deadline."""
    started = time.monotonic()
    while not await condition():
        assert time.monotonic() - started < seconds, f"not within {seconds:g} s"
        await asyncio.sleep(0.02)
    return time.monotonic() - started
