"""One connection to a database, and the pool of an application: half of what a database owes us, `dialect.py` has the rest."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from whimbrel.errors import ConfigurationError, ConnectionLost, DatabaseError
from whimbrel.parsing.parameters import Template, one_statement, parse_statement
from whimbrel.parsing.values import Value, check_value

if TYPE_CHECKING:
    from whimbrel.dialects.base import Dialect
    from whimbrel.dialects.watchdog import Answer
    from whimbrel.parsing.lexer_rules import LexerRules
    from whimbrel.url import DatabaseUrl

__all__ = ["ApplicationConnection", "Connection", "Pace", "Parameters", "Row", "keep_alive"]

# A server that does not answer must not keep a process from ending; it rolls back by itself when the connection is closed.
_ROLL_BACK_SECONDS = 2
Row = dict[str, Any]
Parameters = Mapping[str, object]
# An idle connection is probed after so many seconds, then so often, so many times: also to keep routers from forgetting it.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


class Pace(NamedTuple):
    """When a server that owes an answer is asked, over a second connection, whether it is there. All in seconds.

    It is asked `after` the answer has been awaited so long, and, as long as all is well, again after twice, four times as long,
    at most `longest`; with a `limit` on each time. Attempts at a silent server begin `attempt` apart, and what says that the
    session is lost is asked `again`.
    """

    after: float = 15.0
    longest: float = 60.0
    limit: float = 10.0
    attempt: float = 20.0
    again: float = 5.0


class Connection(ABC):
    """One connection in autocommit mode. Everything raises DatabaseError, or ConnectionLost, with the driver's as cause."""

    dialect: Dialect
    # The database that answers: "mariadb" also where the address said mysql://.
    database: str
    # Seconds that a statement waits for other connections, where the database itself refuses at once.
    patience: float = 30.0
    # Whether BEGIN may be sent with what follows it: it is never refused, and needs no question of its own.
    begins_at_once: bool = True
    # Where a second connection asks whether the server is there while this one waits for it. The connections of an application
    # have none: time limits end their statements.
    address: DatabaseUrl | None = None
    # Whether the database is not there, and this is an empty one that a question is asked in its place.
    stands_in: bool = False
    pace: Pace = Pace()

    @property
    def bare(self) -> Connection:
        """The driver's own connection, where this one is lent by a pool with its time limits."""
        return self

    @property
    def is_current(self) -> bool:
        """Whether it still leads to the database that the address names; a file can be replaced while it is open."""
        return True

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open, by what the server last said."""

    @abstractmethod
    async def run(self, sql: str) -> None:
        """Run one statement of a script, byte for byte: nothing in it is a parameter."""

    @abstractmethod
    async def send(self, statements: Sequence[str]) -> int:
        """Run several statements in one message, and return how many rows the last one changed or found.

        Which of them was refused, and where, is not told; those before it may have taken effect.
        """

    async def send_and_commit(self, statements: Sequence[str]) -> int:
        """Run statements as `send` does, and COMMIT; return how many rows the last of them changed or found."""
        count = await self.send(statements)
        await self.run("COMMIT")
        return count

    @abstractmethod
    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement with `:name` parameters and return how many rows it changed (matched, for an UPDATE)."""

    @abstractmethod
    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement once for each row of parameters; all are checked before. Not a transaction by itself."""

    @abstractmethod
    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Return every row as a dictionary by column name."""

    @abstractmethod
    async def close(self) -> None:
        """End the connection; what is not committed is rolled back by the server."""

    def watched(self) -> _Watched:
        """Wait for the server inside; raises ConnectionLost when it is clear that no answer will come."""
        return _Watched(self)

    async def look(self) -> Answer:
        """Ask, over a second connection, what the server knows of this session. Raises DatabaseUnreachable or DatabaseError."""
        answer: Answer = await import_module(f"whimbrel.dialects.{self.dialect.name}.watchdog").look(self)
        return answer

    @abstractmethod
    def abort(self) -> None:
        """Leave the server at once, without a word; it rolls back by itself. Whoever waits for an answer gets ConnectionLost."""

    def forget(self) -> None:
        """Forget what the catalog said: somebody else may have changed it since."""

    async def fetch_one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """Return the first row, or None."""
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.fetch_one(sql, parameters)
        return next(iter(row.values())) if row else None

    async def try_begin(self, begin: str = "") -> bool:
        """Begin a transaction that may write; at once False where another connection is the only one that may."""
        await self.run(begin or self.dialect.begin)
        return True

    @asynccontextmanager
    async def transaction(self, *, begun: bool = False) -> AsyncIterator[None]:
        """Commit what is done inside, or roll it back if anything is raised, cancellation included."""
        async with self.rollback_on_error():
            if not begun:
                await self.run(self.dialect.begin)
            yield
            await self.run("COMMIT")

    @asynccontextmanager
    async def rollback_on_error(self) -> AsyncIterator[None]:
        """Roll back if anything is raised inside, which begins and ends a transaction itself."""
        try:
            yield
        except BaseException:
            # Also when BEGIN or COMMIT was cancelled or failed: nobody must go on in a transaction that is half open.
            await asyncio.shield(self.roll_back())
            raise

    async def roll_back(self) -> None:
        """End a transaction, if there is one. Raises nothing: what went wrong before is what has to be told."""
        # The server may have rolled back by itself (a full disk on SQLite), or be gone. Neither must hide the first error, and
        # a connection in doubt is closed, so that nothing stays open.
        try:
            async with asyncio.timeout(_ROLL_BACK_SECONDS):
                await self.run("ROLLBACK")
        except (DatabaseError, TimeoutError):
            await self.close()

    def readings(self, sql: str) -> Sequence[LexerRules]:
        """Return how this session may read a text: in one way, but where that depends on settings that nobody tells us."""
        return (self.dialect.lexer_rules(portable=True, database=self.database),)

    def check(self, sql: str, parameters: Parameters | None) -> tuple[Template, list[Value]]:
        """Return a statement cut at its parameters, and their values. Raises ConfigurationError, or ParameterError for a value.

        Without parameters the text has none, and is only held to be one statement.
        """
        found: dict[tuple[tuple[str, ...], tuple[str, ...]], Template] = {}
        for rules in self.readings(sql):
            one = Template((one_statement(sql, rules),), ()) if parameters is None else parse_statement(sql, rules)
            found[one.texts, one.names] = one
        if len(found) > 1:
            raise ConfigurationError(
                "the statement has other parts under the sql_mode ANSI_QUOTES than without it; nothing was sent; take the "
                "backslash out from between the double quotes, or leave the sql_mode as the manager sets it"
            )
        (template,) = found.values()
        values = template.values({} if parameters is None else parameters)
        return template, [check_value(name, value) for name, value in zip(template.names, values, strict=True)]

    def bind(self, sql: str, parameters: Parameters | None) -> tuple[str, list[object]]:
        """Return text and values as this driver takes them."""
        return self.dialect.bind(*self.check(sql, parameters))


class _Watched:
    """The wait for one answer. It costs a timer, and nothing more unless the answer is long in coming."""

    __slots__ = ("_began", "_connection", "_timer", "_watch")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._watch: asyncio.Task[str] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if self._connection.address is not None:
            self._began = monotonic()
            self._timer = asyncio.get_running_loop().call_later(self._connection.pace.after, self._ask)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        watch = self._watch
        if watch is None:
            return
        if not watch.done():
            watch.cancel()
        elif isinstance(error, Exception) and not watch.cancelled() and watch.exception() is None:
            raise ConnectionLost(watch.result()) from error

    def _ask(self) -> None:
        from whimbrel.dialects.watchdog import watch  # few statements take so long

        self._watch = asyncio.ensure_future(watch(self._connection, self._began))
        self._watch.add_done_callback(self._leave)

    def _leave(self, watch: asyncio.Task[str]) -> None:
        if watch.cancelled():
            return
        if (error := watch.exception()) is None:
            self._connection.abort()
            return
        # A fault of ours says nothing of the server: it is reported, and the statement goes on.
        watch.get_loop().call_exception_handler({"message": "a statement is not watched any more", "exception": error})


def keep_alive(transport: asyncio.BaseTransport | None) -> None:
    """Have the system notice that the other end of a connection is gone, within two minutes, while nothing is sent.

    There is no TCP_USER_TIMEOUT: it also ends a connection whose server lives and takes no more data for a while, such as a COPY
    that waits for a lock: https://man7.org/linux/man-pages/man7/tcp.7.html
    """
    end = None if transport is None else transport.get_extra_info("socket")
    if end is None or end.family not in (socket.AF_INET, socket.AF_INET6):
        return
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if (option := getattr(socket, name, None)) is not None:
            end.setsockopt(socket.IPPROTO_TCP, option, value)


class ApplicationConnection(Connection):
    """A connection of an application's pool: portable session, the application's schema, lent to one borrower after the other.

    Cancelling a call ends its statement on the server. A statement that cannot be ended so leaves the connection unusable.
    """

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether the connection is open, by what this side knows; asks nothing."""

    @abstractmethod
    def changes_session(self, sql: str) -> bool:
        """Whether a statement of the application may change the session that the next borrower gets."""

    @abstractmethod
    async def refresh(self) -> None:
        """Make the session what that of a new connection is. Raises DatabaseError, and the connection is then not lent again."""

    async def still_in_transaction(self) -> bool:
        """Whether the transaction is still open after a statement in it was refused."""
        return self.in_transaction
