"""Connections to PostgreSQL through asyncpg: values, rows, and the meaning of its errors."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

from whimbrel.dialects.base import Connection, Dialect, Parameters, Row
from whimbrel.dialects.postgresql.answers import copied, numbered, read_lines, sort_out
from whimbrel.dialects.postgresql.driver import Driver
from whimbrel.dialects.postgresql.errors import FAILURES, find_offset, translated, words
from whimbrel.dialects.watched import keep_alive
from whimbrel.errors import ConfigurationError, DatabaseError, DatabaseUnreachable, ParameterError
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["PostgresqlConnection", "check_copy", "open_driver", "reach"]

# The time to wait for an unresponsive server after its rollback timed out. Both waits fit into a cancellation's five seconds.
_CLOSE_SECONDS = 1
# The time to wait for the end of a cancelled statement, and the interval at which to repeat the cancel request.
_CANCEL_SECONDS, _ASK_AGAIN_SECONDS = 1.5, 0.3


class PostgresqlConnection(Connection):
    """An asyncpg connection."""

    database = "postgresql"
    # The number of the server's process, if a query has returned it.
    process: int | None = None

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
            refused.offset = find_offset(refused, sql)
            raise refused from error
        # COMMIT of a transaction with a failed statement rolls back, without an error:
        # https://www.postgresql.org/docs/current/sql-commit.html
        if status == "ROLLBACK" and sql == "COMMIT":
            raise DatabaseError("nothing was committed: a statement of the transaction had failed before")

    async def send(self, statements: Sequence[str]) -> int:
        try:
            # The delimiter has a line of its own, because a statement may end in a comment.
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
        """Repeat the cancel request until the server has ended the statement; otherwise drop the connection.

        A server ignores a cancel request that arrives before the statement, and would then run the statement to its end:
        https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
        """
        # The driver itself sends one cancel request, and nothing more until the statement's answer arrives.
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

    async def fetch_lines(self, query: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> list[str]:
        """Run statements, a query for one column of JSON texts, and statements, in one message; return the query's texts."""
        output: list[bytes] = []

        async def take(data: bytes) -> None:
            output.append(data)

        try:
            with self.watched():
                await self.driver._copy_out("\n;\n".join([*before, copied(query), *after]), take, None)
            return read_lines(output)
        except asyncio.CancelledError:
            await asyncio.shield(self._see_it_end())
            raise
        except FAILURES as error:
            raise translated(error) from error

    async def fetch_together(
        self, queries: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> list[list[Row]]:
        if not queries:
            return await super().fetch_together(queries, before, after)
        return sort_out(await self.fetch_lines(numbered(queries), before, after), len(queries))

    async def copy(self, statement: Statement) -> None:
        """Run COPY ... FROM stdin with the data that follows it in the script."""
        data = io.BytesIO((statement.copy_data or "").encode())
        try:
            with self.watched():
                # The driver's copy_to_table() would rewrite the statement, without the options that it does not know.
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
        """Run a statement, and send its values separately from the text. The server refuses a text of several statements.

        The driver's own `fetch` also does this, but converts the values before it knows the parameters' types.
        """
        from whimbrel.dialects.postgresql.values import fitted, refused  # as in `check_copy`

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
                # The parameter types in the cache may predate a migration. The next call asks the server again.
                driver._drop_local_statement_cache()
                raise
            raise DatabaseError(f"the answer contains a value that Python cannot represent: {error}") from error

    def abort(self) -> None:
        protocol = self.driver._protocol
        self.driver.terminate()
        if protocol is not None:
            # If data of a COPY is still unsent, the driver would otherwise wait forever for permission to send more.
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
    """Raise ConfigurationError for a COPY from or to the client: no code would send, or take, its data."""
    # A start with nothing to do has a text without parameters alone, which is not checked.
    from whimbrel.parsing.copy_data import client_side
    from whimbrel.parsing.lexer import skip_blanks
    from whimbrel.parsing.lexer_rules import POSTGRESQL

    side = client_side(sql[skip_blanks(sql, POSTGRESQL, 0) :], POSTGRESQL)
    if side == "TO":
        raise ConfigurationError("COPY ... TO STDOUT has no reader for its data; use fetch_all with a SELECT")
    if side == "FROM":
        # The server would wait for data, and the driver for the server.
        raise ConfigurationError("COPY ... FROM STDIN has no data in a call; insert with execute_many, or use execute_script")


async def reach(url: DatabaseUrl, session: Mapping[str, str] | None = None) -> Any:
    """Open one connection. Errors are raised again here, so that no frame of their traceback holds the password."""
    # No statement cache: migrations change the schema. See https://github.com/MagicStack/asyncpg/issues/458.
    driver = await open_driver(asyncpg.connect, url, session, statement_cache_size=0)
    keep_alive(driver._transport)
    return driver


async def open_driver(open_: Any, url: DatabaseUrl, session: Mapping[str, str] | None = None, **settings: Any) -> Any:
    """Open a connection or a pool with the driver's function. `session` holds the initial settings of each session."""
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
        # Most runs never fail to connect.
        from whimbrel.dialects.postgresql.temporary import may_pass
        from whimbrel.dialects.watchdog import is_silence

        told = url.unreachable(words(error) or f"no answer within {url.connect_timeout:g} s", error)
        refused = DatabaseUnreachable(told, silent=is_silence(error), temporary=may_pass(error))
    raise refused
