"""The transaction that each task is in, and its fate if another task ends it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from whimbrel.errors import ConfigurationError, TransactionEnded
from whimbrel.pool.lent import Lent

__all__ = ["Transaction", "Transactions", "current_task"]

Task = asyncio.Task[Any]


class Transaction:
    """One task's open transaction."""

    def __init__(self, lent: Lent, task: Task) -> None:
        self.lent = lent
        self.task = task
        # Whether another task left the block, whether it did so by closing a generator, and whether the block is over.
        self.left = self.left_by_generator = self.is_over = False
        self._savepoints: list[str] = []

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A nested block, whose work is kept or undone separately."""
        name = f"whimbrel_{len(self._savepoints) + 1}"
        async with self.lent.savepoint(name):
            self._savepoints.append(name)
            try:
                yield
            finally:
                innermost = self._savepoints.pop()
                if current_task() is not self.task or innermost != name:
                    # The task may have run statements in between. They must not be undone, or kept, together with this block.
                    self.lent.end(
                        "another task left one of its nested blocks, or an outer block ended before an inner one", incomplete=True
                    )


class Transactions:
    """The transactions of a manager's tasks.

    They are looked up by task, not by context variable. A variable set in an async generator is visible to the code that iterates
    over it, and on Python 3.11 asyncio.wait_for would hide a variable set inside of it.
    """

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Task, Transaction] = WeakKeyDictionary()
        # Child tasks inherit this. It serves messages only.
        self._around: ContextVar[Transaction | None] = ContextVar("transaction around", default=None)

    def find(self) -> Transaction | None:
        """Return the current task's transaction. Raises TransactionEnded if another task left it."""
        if not self._of:
            return None
        task = current_task()
        found = self._of.get(task)
        if found is not None and found.left:
            if found.left_by_generator:
                # This task did not begin the transaction. It gets the error once, and then continues outside of a transaction.
                del self._of[task]
            raise TransactionEnded(f"the transaction has ended, and nothing was sent: {found.lent.left}\n  next: {_NEXT}")
        return found

    @property
    def are_open(self) -> bool:
        """Whether the current task is in an open transaction."""
        found = self._of.get(current_task())
        return found is not None and not (found.lent.ended or found.left)

    def find_parent(self) -> Transaction | None:
        """Return the open transaction in which another task started the current task, which takes no part in it."""
        found = self._around.get()
        return None if found is None or found.is_over or found.task is current_task() else found

    @asynccontextmanager
    async def begun(self, lent: Lent) -> AsyncIterator[None]:
        """Register a connection's transaction for the current task during the block."""
        task = current_task()
        self._of[task] = transaction = Transaction(lent, task)
        self._around.set(transaction)
        error: BaseException | None = None
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            transaction.is_over = True
            if lent.forgotten or current_task() is task:
                self._of.pop(task, None)
            else:
                # The event loop closes a generator in a separate task:
                # https://docs.python.org/3/reference/expressions.html#asynchronous-generator-functions
                transaction.left, transaction.left_by_generator = True, isinstance(error, GeneratorExit)
                lent.leave(_LEFT_BY_GENERATOR if transaction.left_by_generator else _LEFT, dropped=error is not None)


_LEFT = "another task left its block"
_LEFT_BY_GENERATOR = (
    "the event loop closed a generator that held it and had been abandoned; use contextlib.aclosing to close it in its own task"
)
_NEXT = "run the work again from its beginning"


def current_task() -> Task:
    """Return the task for which the current one works: itself, or the task that waits for it in asyncio.wait_for."""
    task = asyncio.current_task()
    if task is None:
        raise ConfigurationError("a manager is used in a task of asyncio, such as asyncio.run starts")
    if sys.version_info < (3, 12):
        while (waiting := _waiting_for(task)) is not None:
            task = waiting
    return task


def _waiting_for(task: Task) -> Task | None:
    """Return the task that is suspended in asyncio.wait_for of this one.

    Up to Python 3.11, wait_for runs its coroutine in a separate task, although its caller only waits meanwhile. The caller waits
    for a future that the end of the separate task resolves, and for nothing else:
    https://github.com/python/cpython/blob/3.11/Lib/asyncio/tasks.py#L434
    """
    for callback, _ in getattr(task, "_callbacks", None) or ():
        if isinstance(callback, partial) and callback.func is getattr(asyncio.tasks, "_release_waiter", None):
            waiter = callback.args[0]
            for wakeup, _ in waiter._callbacks or ():
                if isinstance(waiting := getattr(wakeup, "__self__", None), asyncio.Task):
                    return waiting
            # The timeout has passed: the caller is about to wake up and cancel this task, which may still run before that.
            return next((one for one in asyncio.all_tasks() if getattr(one, "_fut_waiter", None) is waiter), None)
    return None
