"""Password hashing with Argon2id, in threads beside the event loop. By design it needs a processor and 64 MiB for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import HTTPException, Request

from application.deadlines import stopped
from application.errors import too_many

__all__ = ["hash_password", "is_password"]

T = TypeVar("T")
_hasher = PasswordHasher()
# There are few threads, to limit the memory. Other requests wait their turn.
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
_MOST_WAITING = 100
_waiting = 0


async def hash_password(password: str, request: Request) -> str:
    """Return the hash, which includes its salt and its costs. Raises HTTPException as `is_password` does."""
    return await _beside(request, lambda: _hasher.hash(password))


async def is_password(password: str, hashed: str | None, request: Request) -> bool:
    """Return whether this is the password. Without a hash, return False after the same amount of work.

    Raises HTTPException: 503 if too many requests are waiting already, 408 if the client of `request` disconnects before its
    turn.
    """
    return await _beside(request, lambda: _verify(password, hashed))


async def _beside(request: Request, work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= _MOST_WAITING:
        raise too_many("too many logins are running; try again")
    _waiting += 1
    gone = asyncio.ensure_future(_hang_up(request))
    try:
        # After one round of the event loop, it is known which clients have already disconnected.
        await asyncio.sleep(0)
        with stopped(request.scope):
            return await _unless(gone, work)
    finally:
        _waiting -= 1
        gone.cancel()


async def _unless(gone: asyncio.Future[Any], work: Callable[[], T]) -> T:
    """Return the result of `work`, unless the client disconnects before a thread has started it."""
    hashing: asyncio.Future[Any] | None = None
    if not gone.done():
        hashing = asyncio.get_running_loop().run_in_executor(_threads, work)
        try:
            await asyncio.wait({hashing, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # This removes it from the queue; it has no effect on work that is done.
            if not hashing.done():
                hashing.cancel()
    if hashing is None or hashing.cancelled():
        raise HTTPException(408, "the client has hung up")
    answer: T = hashing.result()
    return answer


async def _hang_up(request: Request) -> None:
    """Return when the client has disconnected. The body has been read, so no other message can arrive."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _verify(password: str, hashed: str | None) -> bool:
    try:
        return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
    except (InvalidHashError, VerificationError):
        return False


@lru_cache(1)
def _nobodys() -> str:
    return _hasher.hash("nobody's")
