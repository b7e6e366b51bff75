"""Which transaction a task is in, and what becomes of those that another task ends."""

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
    """An open transaction of one task."""

    def __init__(self, lent: Lent, task: Task, caller: FrameType) -> None:
        self.lent = lent
        self.task = task
        # The call of a function that began it, as long as that matters.
        self.caller: FrameType | None = caller
        # Whether its block is over, and was left by another task, of which its own task was told.
        self.left = self.is_over = self.is_told = False
        self._savepoints: list[str] = []

    @property
    def has_returned(self) -> bool:
        """Whether the function that began it has returned, as far as can be seen from here."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.caller:
            frame = frame.f_back
        # From a task that asyncio.wait_for has made for the transaction's own, that one's calls are not to be seen.
        return frame is None and asyncio.current_task() is self.task

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A block that is kept, or undone by itself."""
        name = f"whimbrel_{len(self._savepoints) + 1}"
        async with self.lent.savepoint(name):
            self._savepoints.append(name)
            try:
                yield
            finally:
                innermost = self._savepoints.pop()
                if current_task() is not self.task or innermost != name:
                    # Statements of the task may have come in between: they are not to be undone, or kept, with this block.
                    self.lent.end("a nested block in it was left by another task, or before one inside it", incomplete=True)


class Block(AsyncContextDecorator, Generic[T]):
    """What `async with manager.transaction()` enters and leaves, where another task may have left it before."""

    def __init__(self, open_: Callable[[], AbstractAsyncContextManager[T]], transactions: Transactions) -> None:
        self._open = open_
        self._inside = open_()
        self._transactions = transactions
        self._is_left = False

    def _recreate_cm(self) -> Block[T]:
        # For each call of a function that it decorates.
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

    They are found by task, not by context variable: what an async generator sets is seen by whoever iterates over it, and what is
    awaited through asyncio.wait_for would not be seen on Python 3.11.
    """

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Task, Transaction] = WeakKeyDictionary()
        # Inherited by tasks, for messages alone.
        self._around: ContextVar[Transaction | None] = ContextVar("transaction around", default=None)

    def find(self) -> Transaction | None:
        """Return the transaction that the current task is in.

        Raises TransactionEnded if another task left it, at least once, until its block is left here too, or the function that
        began it returns: until then the task may believe to be in it.
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
        """Have the current task be outside of a transaction that another task has left."""
        found = self._of.get(task := current_task())
        if found is not None and found.left:
            found.caller = None
            del self._of[task]

    @property
    def are_open(self) -> bool:
        """Whether the current task is in a transaction that goes on."""
        found = self._of.get(current_task())
        return found is not None and not (found.lent.ended or found.left)

    def find_parent(self) -> Transaction | None:
        """Return the open transaction inside which another task has started the current one; it takes no part in it."""
        found = self._around.get()
        return None if found is None or found.is_over or found.task is current_task() else found

    @asynccontextmanager
    async def begun(self, lent: Lent) -> AsyncIterator[None]:
        """Have the current task be in the transaction of a connection while the block lasts."""
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
                # The event loop closes a generator in a task of its own: https://docs.python.org/3/reference/expressions.html#asynchronous-generator-functions
                transaction.left = True
                lent.leave(_LEFT_BY_GENERATOR if isinstance(error, GeneratorExit) else _LEFT, dropped=error is not None)


_LEFT = "another task left its block"
_LEFT_BY_GENERATOR = (
    "a generator that held it was left early, and then closed by the event loop; contextlib.aclosing closes it where it is used"
)
_NEXT = "run the work again from its beginning"


def current_task() -> Task:
    """Return the task for which the current one works: itself, or the one that waits for it in asyncio.wait_for."""
    task = asyncio.current_task()
    if task is None:
        raise ConfigurationError("a manager is used in a task of asyncio, such as asyncio.run starts")
    if sys.version_info < (3, 12):
        while (waiting := _waiting_for(task)) is not None:
            task = waiting
    return task


def _waiting_for(task: Task) -> Task | None:
    """Return the task that is suspended in asyncio.wait_for of this one.

    Until Python 3.11 wait_for runs its coroutine in a task of its own, although nothing but the wait goes on meanwhile; since
    3.12 it does not. It waits for a future that the other task's end releases, and for nothing else:
    https://github.com/python/cpython/blob/3.11/Lib/asyncio/tasks.py#L434
    """
    for callback, _ in getattr(task, "_callbacks", None) or ():
        if isinstance(callback, partial) and callback.func is getattr(asyncio.tasks, "_release_waiter", None):
            waiter = callback.args[0]
            for wakeup, _ in waiter._callbacks or ():
                if isinstance(waiting := getattr(wakeup, "__self__", None), asyncio.Task):
                    return waiting
            # The time is over: it is about to wake up and to cancel this one, which may have its turn before.
            return next((one for one in asyncio.all_tasks() if getattr(one, "_fut_waiter", None) is waiter), None)
    return None
