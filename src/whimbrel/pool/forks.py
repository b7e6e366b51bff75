"""Protect the parent's connections after a fork: the child must not touch them, not even when it exits."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["forget_in_children"]


class Forgettable(Protocol):
    """An object that has connections."""

    def forget(self) -> None:
        """Stop using the connections, and do not close them."""
        ...


_OPEN: WeakSet[Forgettable] = WeakSet()


def forget_in_children(owner: Forgettable) -> None:
    """Call `owner.forget()` in every child of this process, and never destroy the owner or its connections there."""
    _OPEN.add(owner)


def _forget_all() -> None:
    from ctypes import py_object, pythonapi  # only a forked child needs it

    for owner in list(_OPEN):
        owner.forget()
        # A destructor would remove the parent's sockets from the event loop's selector, which both processes share. SQLite's
        # would roll back the parent's transaction: https://sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork_
        pythonapi.Py_IncRef(py_object(owner))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
