"""Passwords, hashed with Argon2id beside the loop: it takes a processor and 64 MiB for a moment, on purpose."""

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
# Few at once, which bounds the memory; the others wait their turn.
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")
_MOST_WAITING = 100
_waiting = 0


async def hash_password(password: str, request: Request) -> str:
    """Return the hash, with its salt and its costs in it. Raises HTTPException as `is_password` does."""
    return await _beside(request, lambda: _hasher.hash(password))


async def is_password(password: str, hashed: str | None, request: Request) -> bool:
    """Return whether this is the password; without a hash it is not, which takes as long to find out.

    Raises HTTPException: 503 if too many wait already, 408 if the client of `request` hangs up before its turn.
    """
    return await _beside(request, lambda: _verify(password, hashed))


async def _beside(request: Request, work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= _MOST_WAITING:
        raise too_many("too many log in at once; try again")
    _waiting += 1
    gone = asyncio.ensure_future(_hang_up(request))
    try:
        # One round of the loop, after which is known who has hung up already.
        await asyncio.sleep(0)
        with stopped(request.scope):
            return await _unless(gone, work)
    finally:
        _waiting -= 1
        gone.cancel()


async def _unless(gone: asyncio.Future[Any], work: Callable[[], T]) -> T:
    """Return what `work` returns, unless the client hangs up before a thread has begun with it."""
    hashing: asyncio.Future[Any] | None = None
    if not gone.done():
        hashing = asyncio.get_running_loop().run_in_executor(_threads, work)
        try:
            await asyncio.wait({hashing, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Takes it out of the queue; nothing happens where it is done.
            if not hashing.done():
                hashing.cancel()
    if hashing is None or hashing.cancelled():
        raise HTTPException(408, "the client has hung up")
    answer: T = hashing.result()
    return answer


async def _hang_up(request: Request) -> None:
    """Return when the client has hung up. The body has been read, so that nothing else can come."""
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
