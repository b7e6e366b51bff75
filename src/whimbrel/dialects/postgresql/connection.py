"""Connections to PostgreSQL through asyncpg: values, rows, and what its errors say."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import asyncpg

from whimbrel.dialects.base import Connection, Dialect, Parameters, Row
from whimbrel.dialects.connection import keep_alive
from whimbrel.dialects.postgresql.driver import Driver
from whimbrel.dialects.postgresql.values import fitted, refused
from whimbrel.errors import (
    ConfigurationError,
    ConnectionLost,
    ConstraintViolated,
    DatabaseBusy,
    DatabaseError,
    DatabaseUnreachable,
    ParameterError,
)
from whimbrel.parsing.error_position import find_defined, find_listed, find_spots
from whimbrel.parsing.lexer import next_token, tokens
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["FAILURES", "PostgresqlConnection", "check_copy", "open_driver", "reach", "translated"]

# A server that does not answer is left after the wait for its rollback and this: within the five seconds of a cancellation.
_CLOSE_SECONDS = 1
# How long the end of a cancelled statement is waited for, and how often it is asked for meanwhile.
_CANCEL_SECONDS, _ASK_AGAIN_SECONDS = 1.5, 0.3
# lock_timeout, and a deadlock that the server has ended.
_BUSY = ("55P03", "40P01")
# A procedure that commits, a statement that no transaction takes, a value of an enum that is as new as the transaction.
_REFUSED_INSIDE = ("2D000", "25001", "55P04")
# https://www.postgresql.org/docs/current/errcodes-appendix.html, class 23
_CONSTRAINTS = {"23502": "not_null", "23503": "foreign_key", "23001": "foreign_key", "23505": "unique", "23514": "check"}


class PostgresqlConnection(Connection):
    """An asyncpg connection."""

    database = "postgresql"

    def __init__(self, dialect: Dialect, driver: Any, address: DatabaseUrl | None = None) -> None:
        self.dialect = dialect
        self.driver = driver
        self.address = address

    @property
    def in_transaction(self) -> bool:
        return bool(self.driver.is_in_transaction())

    async def run(self, sql: str) -> None:
        try:
            status = await self._sent(sql)
        except FAILURES as error:
            refused = translated(error)
            refused.offset = _find_offset(refused, sql)
            raise refused from error
        # A transaction in which a statement failed is ended so, without an error:
        # https://www.postgresql.org/docs/current/sql-commit.html
        if status == "ROLLBACK" and sql == "COMMIT":
            raise DatabaseError("nothing was committed: a statement of the transaction had failed before")

    async def send(self, statements: Sequence[str]) -> int:
        try:
            # The delimiter on a line of its own: a statement may end in a comment.
            return _count(await self._sent("\n;\n".join(statements)))
        except FAILURES as error:
            raise translated(error) from error

    async def _sent(self, text: str) -> str:
        try:
            with self.watched():
                return str(await self.driver.execute(text))
        except asyncio.CancelledError:
            await asyncio.shield(self._see_it_end())
            raise

    async def _see_it_end(self) -> None:
        """Ask again for the end of a cancelled statement until the server has ended it, or leave the server.

        A server that is asked before it has read the statement forgets it, and would run the statement to its end:
        https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
        """
        # The driver itself asks once, and sends nothing more before the answer to the statement is there.
        answered = asyncio.ensure_future(self.driver.execute(""))
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                while not (await asyncio.wait([answered], timeout=_ASK_AGAIN_SECONDS))[0]:
                    asked = asyncio.get_running_loop().create_future()
                    self.driver._cancel_current_command(asked)
                    await asked
        except TimeoutError:
            self.driver.terminate()
            answered.cancel()
        await asyncio.gather(answered, return_exceptions=True)

    async def copy(self, statement: Statement) -> None:
        """Run COPY ... FROM stdin with the data that follows it in the script."""
        data = io.BytesIO((statement.copy_data or "").encode())
        try:
            with self.watched():
                # The driver's copy_to_table() would word the statement anew, without the options that it does not know.
                await self.driver._copy_in(statement.text, data, None)
        except FAILURES as error:
            raise translated(error) from error

    def check(self, sql: str, parameters: Parameters | None) -> tuple[Template, list[Value]]:
        template, values = super().check(sql, parameters)
        check_copy(template.texts[0])
        return template, values

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        template, values = self.check(sql, parameters)
        _, status, _ = await self._bound(template, [values])
        return _count(status.decode())

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        checked = [self.check(sql, row) for row in rows]
        await self._bound(checked[0][0], [values for _, values in checked], many=True)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        template, values = self.check(sql, parameters)
        records, _, _ = await self._bound(template, [values])
        return [dict(record) for record in records]

    async def _bound(self, template: Template, rows: Sequence[Sequence[Value]], *, many: bool = False) -> Any:
        """Run a statement with its values apart from the text, which the server refuses if it is several.

        The driver's own `fetch` does this, but takes the values before it knows of which types the parameters are.
        """
        driver, (text, _) = self.driver, self.dialect.bind(template, rows[0])

        def run(statement: Any, timeout: float | None) -> Any:
            targets = statement._get_parameters()
            given = [fitted(template.names, values, targets) for values in rows]
            if many:
                return driver._protocol.bind_execute_many(statement, given, "", timeout, False)
            return driver._protocol.bind_execute(statement, given[0], "", 0, True, timeout)

        try:
            with self.watched(), driver._stmt_exclusive_section:
                return (await driver._do_execute(text, run, None))[0]
        except FAILURES as error:
            raise refused(error, template.names, rows[0]) or translated(error) from error
        except (ValueError, OverflowError, UnicodeError) as error:
            if isinstance(error, ParameterError):
                # The types that were asked for may be those of before a migration: the next call asks the server again.
                driver._drop_local_statement_cache()
                raise
            raise DatabaseError(f"the answer has a value that Python cannot hold: {error}") from error

    def abort(self) -> None:
        protocol = self.driver._protocol
        self.driver.terminate()
        if protocol is not None:
            # Data of a COPY that nobody took: the driver would wait for ever until it may send more of it.
            protocol.resume_writing()

    async def close(self) -> None:
        try:
            await self.driver.close(timeout=_CLOSE_SECONDS)
        except (TimeoutError, *FAILURES):
            self.driver.terminate()


def _count(status: str) -> int:
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


def check_copy(sql: str) -> None:
    """Raise ConfigurationError for a COPY from or to the client: nobody would send, or take, its data."""
    first = next_token(sql, POSTGRESQL, 0)
    if first is None or first.upper != "COPY":
        return
    # The server takes STDOUT for STDIN, and the other way round. What is read from may be a query that has a FROM.
    found = [pair for pair in pairwise(token.upper for token in tokens(sql, POSTGRESQL)) if pair[1] in ("STDIN", "STDOUT")]
    if any(first == "TO" for first, _ in found):
        raise ConfigurationError("COPY ... TO STDOUT has nobody who takes its data; use fetch_all with a SELECT")
    if any(first == "FROM" for first, _ in found) and "TO" not in (token.upper for token in tokens(sql, POSTGRESQL)):
        # The server would wait for data, and the driver for the server.
        raise ConfigurationError("COPY ... FROM STDIN has no data in a call; insert with execute_many, or use execute_script")


async def reach(url: DatabaseUrl, session: Mapping[str, str] | None = None) -> Any:
    """Open one connection. What goes wrong is raised anew, so that no frame with the password is told of it."""
    # No statement cache: the schema changes under our hands. See https://github.com/MagicStack/asyncpg/issues/458.
    driver = await open_driver(asyncpg.connect, url, session, statement_cache_size=0)
    keep_alive(driver._transport)
    return driver


async def open_driver(open_: Any, url: DatabaseUrl, session: Mapping[str, str] | None = None, **settings: Any) -> Any:
    """Open a connection or a pool with the driver's function. `session` is what each session begins with."""
    try:
        return await open_(
            host=url.socket or url.host,
            port=url.port or 5432,
            user=url.user or None,
            password=url.password.reveal() if url.password else None,
            database=url.database,
            ssl=url.ssl_context() or ("prefer" if url.ssl_mode == "prefer" else False),
            connection_class=Driver,
            timeout=url.connect_timeout,
            server_settings={"application_name": "whimbrel", **(session or {})},
            **settings,
        )
    except (TimeoutError, ValueError, *FAILURES) as error:
        from whimbrel.dialects.watchdog import is_silence  # no connection of most runs fails

        told = url.unreachable(_words(error) or f"no answer within {url.connect_timeout:g} s", error)
        refused = DatabaseUnreachable(told, silent=is_silence(error))
    raise refused


# The last is what the driver raises after a farewell that the server sent between two statements ("terminating connection").
# A message that is no UTF-8 the driver cannot read: it goes on with the next, and does not tell which it was.
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncpg.InternalClientError, UnicodeDecodeError)


def _words(error: BaseException) -> str:
    # Before the encodings are agreed on, a server speaks in that of its own messages.
    return error.object.decode("utf-8", "backslashreplace") if isinstance(error, UnicodeDecodeError) else str(error)


def translated(error: BaseException) -> DatabaseError:
    """Return what the driver raised as one of our errors."""
    if isinstance(error, UnicodeDecodeError):
        return ConnectionLost(f"the server sent a text that is no UTF-8: {_words(error)}; set client_encoding to UTF8")
    code = getattr(error, "sqlstate", None) or ""
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(("08", "57P")):
        known = isinstance(error, asyncpg.DataError | asyncpg.InterfaceError) and "closed" not in str(error)
        return DatabaseError(str(error)) if known else ConnectionLost(str(error) or type(error).__name__, code=code)
    told = [str(getattr(error, "message", None) or error)]
    told += [f"{name}: {text}" for name in ("detail", "hint", "context") if (text := getattr(error, name, None))]
    if code.startswith("23"):
        name = getattr(error, "column_name" if code == "23502" else "constraint_name", None) or ""
        return ConstraintViolated("; ".join(told), code=code, kind=_CONSTRAINTS.get(code, "other"), name=name)
    position = getattr(error, "position", None)
    kind = DatabaseBusy if code in _BUSY else DatabaseError
    refused = kind("; ".join(told), code=code, offset=int(position) - 1 if position else None)
    refused.wants_autocommit = code in _REFUSED_INSIDE and not told[0].startswith("SET TRANSACTION")
    return refused


_QUOTED = re.compile(r'"([^"]+)"')
_DUPLICATE_COLUMN, _UNDEFINED_COLUMN = "42701", "42703"


def _find_offset(error: DatabaseError, sql: str) -> int | None:
    """Find the place of an error: the server's, or that of a name in the message where it gives none."""
    # Of a column that a key names, the server tells only where the key begins.
    if error.offset is not None and (error.code != _UNDEFINED_COLUMN or "named in key" not in error.message):
        return error.offset
    for name in _QUOTED.findall(error.message.partition("; ")[0]):
        spots = [spot for spot in find_spots(sql, POSTGRESQL, name) if spot.start >= (error.offset or 0)]
        if spots and error.code == _DUPLICATE_COLUMN:
            return find_defined(spots).start
        if spots:
            return (find_listed(spots) if error.code == _UNDEFINED_COLUMN else spots[0]).start
    return error.offset
