"""The state of a run's session, as one value. Pure."""

from __future__ import annotations

from math import inf

from whimbrel.dialects.rules import SessionEffect
from whimbrel.errors import ConfigurationError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import Directives

__all__ = ["Limits", "SessionState", "check_lock_wait"]


def check_lock_wait(seconds: float) -> None:
    """Raise ConfigurationError if a run cannot wait this long for locks."""
    if not 0 <= seconds < inf:
        raise ConfigurationError(f"lock_wait is {seconds:g}; it must be a number of seconds, 0 or more")


class Limits(NamedTuple):
    """Limits of a statement in seconds: its wait for locks of other sessions, and its duration. None means no limit."""

    lock_timeout: float | None = None
    statement_timeout: float | None = None


class SessionState(NamedTuple):
    """The state of a session, as far as this process knows it. A session replaces its state, and never changes one.

    `schema` is the schema of the history, in which every file starts. `native` says that the run's sets are for this database
    alone, so the server's own defaults stay as they are. `limits` are those of the whole run; a file's own directives override
    them. `lock_wait` is the limit, in seconds, of the wait for locks of other sessions.

    `portable` says whether the session is in the portable state between two files, without limits; it is None if that is not
    known. `statement_timeout` is the limit, in seconds, of each statement of the file that runs now. `left` is the session state
    that the last file left. `keeps_model` says that the run keeps the model of the schema beside the history, for `drift`.
    """

    schema: str
    native: bool = False
    limits: Limits = Limits()
    lock_wait: float = 0.0
    portable: bool | None = None
    statement_timeout: float | None = None
    left: SessionEffect = "nothing"
    keeps_model: bool = False

    def limits_of(self, directives: Directives | None) -> Limits:
        """Return the limits of a file: its own, or else those of the run. Between two files (None) there are none."""
        if directives is None:
            return Limits()
        own, run = directives, self.limits
        return Limits(
            run.lock_timeout if own.lock_timeout is None else own.lock_timeout,
            run.statement_timeout if own.statement_timeout is None else own.statement_timeout,
        )

    def is_timed(self, directives: Directives) -> bool:
        """Whether the client limits the duration of each statement of a file."""
        return self.limits_of(directives).statement_timeout is not None

    def is_limited(self, directives: Directives) -> bool:
        """Whether the run or the file sets any limit on the file's statements."""
        return self.limits_of(directives) != Limits()

    def entered(self, directives: Directives | None, *, portable: bool) -> SessionState:
        """Return the state at the start of a file with these directives; without directives, between two files."""
        return self._replace(portable=portable, statement_timeout=self.limits_of(directives).statement_timeout)

    def renewed(self) -> SessionState:
        """Return the state of the new session that `Dialect.renew` makes."""
        return self._replace(left="nothing", portable=None)

    def in_doubt(self) -> SessionState:
        """Return the state after a file that did not end: it may have left anything."""
        return self._replace(left="anything")
