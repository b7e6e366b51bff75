"""The transaction that each task is in, and its fate if another task ends it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncContextDecorator, asynccontextmanager
from contextvars import ContextVar
from functools import partial
from types import FrameType
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from whimbrel.errors import ConfigurationError, TransactionEnded
from whimbrel.pool.holders import find_caller
from whimbrel.pool.lent import Lent

__all__ = ["Block", "Transaction", "Transactions", "current_task"]

Task = asyncio.Task[Any]
T = TypeVar("T")


class Transaction:
    """One task's open transaction."""

    def __init__(self, lent: Lent, task: Task, caller: FrameType) -> None:
        self.lent = lent
        self.task = task
        # The frame of the function that began the transaction, as long as it matters.
        self.caller: FrameType | None = caller
        # Whether another task left the block, whether the block is over, and whether its own task got the error.
        self.left = self.is_over = self.is_told = False
        self._savepoints: list[str] = []

    @property
    def has_returned(self) -> bool:
        """Whether the function that began the transaction has returned, as far as this task can see."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.caller:
            frame = frame.f_back
        # A task that asyncio.wait_for has started cannot see the calls of the transaction's own task.
        return frame is None and asyncio.current_task() is self.task

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


class Block(AsyncContextDecorator, Generic[T]):
    """The context manager behind `async with manager.transaction()`, whose block another task may already have left."""

    def __init__(self, open_: Callable[[], AbstractAsyncContextManager[T]], transactions: Transactions) -> None:
        self._open = open_
        self._inside = open_()
        self._transactions = transactions
        self._is_left = False

    def _recreate_cm(self) -> Block[T]:
        # A new one for each call of a decorated function.
        return Block(self._open, self._transactions)

    async def __aenter__(self) -> T:
        return await self._inside.__aenter__()

    async def __aexit__(self, *raised: Any) -> bool | None:
        if self._is_left:
            self._transactions.forget()
            return None
        self._is_left = True
        return await self._inside.__aexit__(*raised)


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
        """Return the current task's transaction.

        Raises TransactionEnded at least once if another task left it. It does so until this task leaves the block too, or the
        function that began it returns: until then the task may believe that it is in the transaction.
        """
        if not self._of:
            return None
        task = current_task()
        found = self._of.get(task)
        if found is None or not found.left:
            return found
        if found.is_told and found.has_returned:
            self.forget()
            return None
        found.is_told = True
        raise TransactionEnded(f"the transaction has ended, and nothing was sent: {found.lent.left}\n  next: {_NEXT}")

    def forget(self) -> None:
        """Put the current task outside of a transaction that another task has left."""
        found = self._of.get(task := current_task())
        if found is not None and found.left:
            found.caller = None
            del self._of[task]

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
        self._of[task] = transaction = Transaction(lent, task, find_caller())
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
                transaction.caller = None
            else:
                # The event loop closes a generator in a separate task:
                # https://docs.python.org/3/reference/expressions.html#asynchronous-generator-functions
                transaction.left = True
                lent.leave(_LEFT_BY_GENERATOR if isinstance(error, GeneratorExit) else _LEFT, dropped=error is not None)


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
