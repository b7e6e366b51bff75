"""A process that forks: what is open to databases is the parent's, and the child must not touch it, not even at its end."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["forget_in_children"]


class Forgettable(Protocol):
    """What has connections."""

    def forget(self) -> None:
        """Use the connections no more, and do not close them."""
        ...


_OPEN: WeakSet[Forgettable] = WeakSet()


def forget_in_children(owner: Forgettable) -> None:
    """Call `owner.forget()` in every child of this process, where neither it nor its connections are ever destroyed."""
    _OPEN.add(owner)


def _forget_all() -> None:
    from ctypes import py_object, pythonapi  # in a forked child alone

    for owner in list(_OPEN):
        owner.forget()
        # A destructor would take the parent's sockets off the event loop's selector, which both processes share, and SQLite's
        # would roll the parent's transaction back: https://sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork_
        pythonapi.Py_IncRef(py_object(owner))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
