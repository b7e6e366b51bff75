"""The contract of a second connection that reads the progress of a long statement and the sessions that block it.

`dialects/NAME/companion.py` fulfils it with a function `accompany(connection)`, where there is a server to ask. A companion never
writes, and nothing that it does or fails to do changes the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from whimbrel.messages.progress import ServerView

__all__ = ["Companion", "described"]


class Companion(ABC):
    """A second connection beside the one of a run."""

    @abstractmethod
    async def look(self, schema: str) -> ServerView:
        """Return the server's figures about the statement that the run's connection is running. Raises DatabaseError.

        `schema` is that of the run's migration lock. Figures that this user may not see are left out, with a note.
        """

    @abstractmethod
    def abort(self) -> None:
        """Drop the connection at once, without notifying the server."""


def described(session: str, facts: list[object], query: object) -> str:
    """Return the description of a blocking session: `session` names it, empty `facts` are left out."""
    known = ", ".join(str(fact) for fact in facts if fact)
    doing = f": {' '.join(str(query).split())}" if query else ""
    return f"{session}{f' ({known})' if known else ''}{doing}"
