"""The borrowers of a pool's connections, for the message of an exhausted pool."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any, NamedTuple

from whimbrel.errors import PoolTimeout

__all__ = ["Holder", "exhausted", "find_caller", "find_place"]

_OURS = f"{Path(__file__).parents[1]}{os.sep}"


class Holder(NamedTuple):
    """A borrower: its task, since when it has the connection (monotonic seconds), and the file and line that asked for it."""

    task: asyncio.Task[Any] | None
    since: float
    place: str

    def __str__(self) -> str:
        name = self.task.get_name() if self.task else "no task"
        return f"{name} for {monotonic() - self.since:.1f} s, since {self.place}"


def _is_between(file: str) -> bool:
    return file.startswith(_OURS) or file.endswith("contextlib.py")


def find_caller() -> FrameType:
    """Return the first frame outside of Whimbrel."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_between(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def find_place() -> str:
    """Return the file and line that asked for a connection."""
    frame = find_caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def exhausted(holders: Iterable[Holder], size: int, limit: float, *, cleaning: int) -> PoolTimeout:
    """Return the error of a pool that had no free connection for `limit` seconds. The pool is resetting `cleaning` of them."""
    held = sorted(holders, key=lambda holder: holder.since)
    more = f", {cleaning} are being reset" if cleaning else ""
    lines = [
        f"no connection became free within {limit:g} s, the acquire_timeout: {len(held)} of {size} connections are lent{more}",
        *(f"  held by {holder}" for holder in held),
        "  next: hold connections and transactions for a shorter time, or give the manager a larger pool_size",
    ]
    return PoolTimeout("\n".join(lines), size=size, holders=[str(holder) for holder in held])
