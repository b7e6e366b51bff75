"""Integer keys that the application makes, because no way to have the server make them is portable.

A key is the time in microseconds since 1970. A double, and so JSON and JavaScript, represents it exactly until the year 2255.
If this process has used the number already, it takes the next number. If another process has used it, the database refuses it,
and this process tries the next number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import Lock
from time import monotonic, time_ns
from typing import TypeVar

from whimbrel import DatabaseBusy, DatabaseManager, RuleViolated

__all__ = ["again_while_taken", "new_key", "with_new_key"]

_ATTEMPTS = 10
_PATIENCE_SECONDS = 5
_lock = Lock()
_last = 0
T = TypeVar("T")


def new_key(after: int = 0) -> int:
    """Return a key greater than `after`, and greater than every earlier key of this process."""
    global _last
    with _lock:
        _last = max(time_ns() // 1000, _last + 1, after + 1)
        return _last


async def again_while_taken(db_manager: DatabaseManager, insert: Callable[[], Awaitable[T]]) -> T:
    """Call `insert`, in a transaction, until its key is not taken. Raises RuleViolated for other reasons."""
    started = monotonic()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with db_manager.transaction():
                return await insert()
        except RuleViolated as error:
            if error.rule != "unique" or attempt == _ATTEMPTS:
                raise
        except DatabaseBusy:
            # InnoDB aborts one of two transactions that wait for a taken key at once, and rolls it back completely:
            # https://dev.mysql.com/doc/refman/9.7/en/innodb-deadlocks.html. A task that has waited long must not wait again.
            if db_manager.in_transaction or attempt == _ATTEMPTS or monotonic() - started > _PATIENCE_SECONDS:
                raise
    raise AssertionError  # the last attempt returned or raised


async def with_new_key(db_manager: DatabaseManager, insert: Callable[[int], Awaitable[T]], after: int = 0) -> T:
    """Call `insert` with a key greater than `after`, in a transaction, until the key is not taken."""
    return await again_while_taken(db_manager, lambda: insert(new_key(after)))
