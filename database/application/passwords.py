"""Passwords, hashed with Argon2id beside the loop: it takes a processor and 64 MiB for a moment, on purpose."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["hash_password", "is_password"]

_hasher = PasswordHasher()
# Few at once, which bounds the memory; the others wait their turn.
_threads = ThreadPoolExecutor(2, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """Return the hash, with its salt and its costs in it."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def is_password(password: str, hashed: str | None) -> bool:
    """Whether this is the password; without a hash it is not, which takes as long to find out."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, hashed)


def _verify(password: str, hashed: str | None) -> bool:
    try:
        return _hasher.verify(hashed or _nobodys(), password) and hashed is not None
    except (InvalidHashError, VerificationError):
        return False


@lru_cache(1)
def _nobodys() -> str:
    return _hasher.hash("nobody's")
