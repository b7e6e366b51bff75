"""One connection to a database, for a run or an application: half of a database's contract. `base.py` has the rest."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from whimbrel.dialects.watched import Pace, Watched
from whimbrel.errors import ConfigurationError, DatabaseError

if TYPE_CHECKING:
    from whimbrel.dialects.base import Dialect
    from whimbrel.dialects.companion import Companion
    from whimbrel.dialects.watchdog import Answer
    from whimbrel.parsing.lexer_rules import LexerRules
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.values import Value
    from whimbrel.url import DatabaseUrl

__all__ = ["ApplicationConnection", "Connection", "Parameters", "Row"]

# An unresponsive server must not keep a process from ending. The server rolls back by itself when the connection closes.
_ROLL_BACK_SECONDS = 2
Row = dict[str, Any]
Parameters = Mapping[str, object]


class Connection(ABC):
    """One connection in autocommit mode. Methods raise DatabaseError or ConnectionLost, with the driver's error as cause."""

    dialect: Dialect
    # The database that answers: "mariadb" even if the address says mysql://.
    database: str
    # The number of seconds that a statement waits for other connections, if the database itself would refuse immediately.
    patience: float = 30.0
    # The error of a statement that the connection repeats until it succeeds or the patience ends. A time limit that ends the
    # statement earlier reports this error, since it names the cause.
    hindrance: DatabaseError | None = None
    # Whether BEGIN may travel in one message with the statements after it. It may where the server never refuses BEGIN.
    begins_at_once: bool = True
    # The address at which a second connection asks whether the server is alive while this one waits. An application's
    # connections have no such address: time limits end their statements.
    address: DatabaseUrl | None = None
    # The schemas in which the server looks up unqualified names of migrations after the schema that they work in.
    others: tuple[str, ...] = ()
    # The same schemas before `narrow` removed some; None if `narrow` was not called.
    whole_path: tuple[str, ...] | None = None
    # Whether the database does not exist, and a question gets this empty one instead.
    stands_in: bool = False
    pace: Pace = Pace()
    # The second connection that reads the progress of a long statement, and whether one was opened. The server may not allow a
    # third connection.
    companion: Companion | None = None
    accompanied: bool = False

    @property
    def bare(self) -> Connection:
        """The driver's own connection, if this one is lent by a pool with its time limits."""
        return self

    @property
    def is_current(self) -> bool:
        """Whether the connection still leads to the database in the address. A file can be replaced while it is open."""
        return True

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open, according to the server's last answer."""

    @abstractmethod
    async def run(self, sql: str) -> None:
        """Run one statement of a script, byte for byte. Nothing in it is a parameter."""

    @abstractmethod
    async def send(self, statements: Sequence[str]) -> int:
        """Run several statements in one message, and return how many rows the last one changed or found.

        The error does not say which statement failed, or where. The statements before it may have taken effect.
        """

    async def send_and_commit(self, statements: Sequence[str]) -> int:
        """Send the statements and COMMIT; return how many rows the last of them changed or found."""
        count = await self.send(statements)
        await self.run("COMMIT")
        return count

    @abstractmethod
    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run one statement with `:name` parameters, and return how many rows it changed (for an UPDATE: matched)."""

    @abstractmethod
    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement once for each row of parameters, after checking all rows. It opens no transaction."""

    @abstractmethod
    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Return every row as a dictionary by column name."""

    async def fetch_together(
        self, queries: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> list[list[Row]]:
        """Run statements, queries without parameters, and statements, in one message if possible; return each query's rows.

        A time may come as a text in ISO 8601. The queries may share one snapshot. The error does not say which statement failed.
        """
        if before:
            await self.send(before)
        answers = [await self.fetch_all(query) for query in queries]
        if after:
            await self.send(after)
        return answers

    @abstractmethod
    async def close(self) -> None:
        """Close the connection. The server rolls back uncommitted work."""

    def watched(self) -> Watched:
        """Watch the server during the block; raise ConnectionLost as soon as it is clear that no answer will come."""
        return Watched(self)

    async def look(self) -> Answer:
        """Ask the server, over a second connection, about this session. Raises DatabaseUnreachable or DatabaseError."""
        answer: Answer = await import_module(f"whimbrel.dialects.{self.dialect.name}.watchdog").look(self)
        return answer

    async def accompany(self) -> None:
        """Open `companion`, a second connection. Raises DatabaseUnreachable or DatabaseError."""
        self.accompanied = True
        self.companion = await import_module(f"whimbrel.dialects.{self.dialect.name}.companion").accompany(self)

    def drop_companion(self) -> None:
        """Close the second connection, if any, at once.

        A cancellation, which comes next, may need the server's last free connection.
        """
        companion, self.companion = self.companion, None
        if companion is not None:
            companion.abort()

    @abstractmethod
    def abort(self) -> None:
        """Drop the connection without notifying the server, which rolls back by itself. A waiting caller gets ConnectionLost."""

    def forget(self) -> None:
        """Discard cached catalog data: another session may have changed the catalog."""

    async def fetch_one(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """Return the first row, or None."""
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """Return the first column of the first row, or None."""
        row = await self.fetch_one(sql, parameters)
        return next(iter(row.values())) if row else None

    async def try_begin(self, begin: str = "") -> bool:
        """Begin a transaction that may write. Return False immediately if the database allows one writer and has one."""
        await self.run(begin or self.dialect.begin)
        return True

    @asynccontextmanager
    async def transaction(self, *, begun: bool = False) -> AsyncIterator[None]:
        """Commit the work of the block, or roll it back on any exception, including cancellation."""
        async with self.rollback_on_error():
            if not begun:
                await self.run(self.dialect.begin)
            yield
            await self.run("COMMIT")

    @asynccontextmanager
    async def rollback_on_error(self) -> AsyncIterator[None]:
        """Roll back if the block raises. The block itself begins and ends the transaction."""
        try:
            yield
        except BaseException:
            # This includes a cancelled or failed BEGIN or COMMIT: no caller may continue in a half-open transaction.
            await asyncio.shield(self.roll_back())
            raise

    async def roll_back(self) -> None:
        """End the open transaction, if any. Raises nothing, so that the caller reports the original error."""
        # The server may have rolled back by itself (SQLite does on a full disk), or be gone. Neither must hide the first error. A
        # connection in doubt is closed, so that no transaction stays open.
        try:
            async with asyncio.timeout(_ROLL_BACK_SECONDS):
                await self.run("ROLLBACK")
        except (DatabaseError, TimeoutError):
            await self.close()

    def readings(self, sql: str) -> Sequence[LexerRules]:
        """Return the lexer rules under which this session may read a text: several only if they depend on unknown settings."""
        return (self.dialect.lexer_rules(portable=True, database=self.database),)

    def check(self, sql: str, parameters: Parameters | None) -> tuple[Template, list[Value]]:
        """Return a statement split at its parameters, and their values. Raises ConfigurationError, or ParameterError for a value.

        If `parameters` is None, the text has no parameters and must only be a single statement.
        """
        # A run's own first query on most databases is a text without parameters.
        from whimbrel.parsing.parameters import Template, one_statement, parse_statement
        from whimbrel.parsing.values import check_value

        found: dict[tuple[tuple[str, ...], tuple[str, ...]], Template] = {}
        for rules in self.readings(sql):
            one = Template((one_statement(sql, rules),), ()) if parameters is None else parse_statement(sql, rules)
            found[one.texts, one.names] = one
        if len(found) > 1:
            raise ConfigurationError(
                "the sql_mode ANSI_QUOTES, which may be on or off, changes the meaning of this statement; nothing was sent; "
                "remove the backslash from between the double quotes, or leave the sql_mode as the manager sets it"
            )
        (template,) = found.values()
        values = template.values({} if parameters is None else parameters)
        return template, [check_value(name, value) for name, value in zip(template.names, values, strict=True)]

    def bind(self, sql: str, parameters: Parameters | None) -> tuple[str, list[object]]:
        """Return text and values in the form that this driver accepts."""
        return self.dialect.bind(*self.check(sql, parameters))


class ApplicationConnection(Connection):
    """A connection of an application's pool: portable session, the application's schema, lent to one borrower at a time.

    Cancelling a call ends its statement on the server. If the statement cannot be ended, the connection becomes unusable.
    """

    @property
    @abstractmethod
    def usable(self) -> bool:
        """Whether the connection is open, as far as the client knows. Sends nothing."""

    @abstractmethod
    def changes_session(self, sql: str) -> bool:
        """Whether a statement of the application may change the session that the next borrower gets."""

    @abstractmethod
    async def refresh(self) -> None:
        """Reset the session to that of a new connection. Raises DatabaseError; the pool then never lends the connection again."""

    async def still_in_transaction(self) -> bool:
        """Whether the transaction is still open after one of its statements failed."""
        return self.in_transaction
