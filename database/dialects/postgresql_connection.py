"""Connections to PostgreSQL through asyncpg: values, rows, and what its errors say."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

from database.connection import keep_alive
from database.dialect import CONNECT_SECONDS, Connection, Dialect, Parameters, Row
from database.errors import ConnectionLost, ConstraintViolated, DatabaseBusy, DatabaseError, DatabaseUnreachable
from database.lexis import POSTGRESQL, tokens, unquoted
from database.places import find_defined, find_listed, find_spots
from database.url import DatabaseUrl

if TYPE_CHECKING:
    from database.statements import Statement

__all__ = ["FAILURES", "PostgresqlConnection", "open_driver", "reach", "translated"]

# A server that does not answer is left after the wait for its rollback and this: within the five seconds of a cancellation.
_CLOSE_SECONDS = 1
# How long the end of a cancelled statement is waited for, and how often it is asked for meanwhile.
_CANCEL_SECONDS, _ASK_AGAIN_SECONDS = 1.5, 0.3
# lock_timeout, and a deadlock that the server has ended.
_BUSY = ("55P03", "40P01")
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
        schema, table, columns = _copy_target(statement)
        data = io.BytesIO((statement.copy_data or "").encode())
        try:
            with self.watched():
                await self.driver.copy_to_table(table, schema_name=schema, columns=columns, source=data)
        except FAILURES as error:
            raise translated(error) from error

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        text, values = self.bind(sql, parameters)
        try:
            with self.watched():
                status: str = await self.driver.execute(text, *values)
        except FAILURES as error:
            raise translated(error) from error
        return _count(status)

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        bound = [self.bind(sql, row) for row in rows]
        try:
            with self.watched():
                await self.driver.executemany(bound[0][0], [values for _, values in bound])
        except FAILURES as error:
            raise translated(error) from error

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        text, values = self.bind(sql, parameters)
        try:
            with self.watched():
                return [dict(record) for record in await self.driver.fetch(text, *values)]
        except FAILURES as error:
            raise translated(error) from error

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


def _copy_target(statement: Statement) -> tuple[str | None, str, list[str] | None]:
    """Read schema, table and columns of COPY as pg_dump writes it. Raises DatabaseError for options, which it never writes."""
    found = list(tokens(statement.text, POSTGRESQL))[1:]
    names: list[str] = []
    columns: list[str] = []
    into = names
    for index, token in enumerate(found):
        if token.upper == "FROM" and [one.upper for one in found[index:]] == ["FROM", "STDIN"]:
            return names[0] if len(names) > 1 else None, names[-1], columns or None
        if token.text == "(":
            into = columns
        elif token.kind in ("word", "name"):
            into.append(unquoted(token, fold=str.lower))
        elif token.text not in (",", ".", ")"):
            break
    raise DatabaseError("COPY ... FROM stdin with options cannot be run from a migration; write it as pg_dump does")


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
            timeout=CONNECT_SECONDS,
            server_settings={"application_name": "whimbrel", "timezone": "UTC", **(session or {})},
            **settings,
        )
    except (TimeoutError, ValueError, *FAILURES) as error:
        from database.watchdog import is_silence  # no connection of most runs fails

        told = url.unreachable(str(error) or f"no answer within {CONNECT_SECONDS} s", error)
        refused = DatabaseUnreachable(told, silent=is_silence(error))
    raise refused


# The last is what the driver raises after a farewell that the server sent between two statements ("terminating connection").
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncpg.InternalClientError)


def translated(error: BaseException) -> DatabaseError:
    """Return what the driver raised as one of our errors."""
    code = getattr(error, "sqlstate", None) or ""
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(("08", "57P")):
        known = isinstance(error, asyncpg.DataError | asyncpg.InterfaceError) and "closed" not in str(error)
        return DatabaseError(str(error)) if known else ConnectionLost(str(error) or type(error).__name__, code=code)
    told = [str(getattr(error, "message", None) or error)]
    told += [f"{name}: {text}" for name in ("detail", "hint") if (text := getattr(error, name, None))]
    if code.startswith("23"):
        name = getattr(error, "column_name" if code == "23502" else "constraint_name", None) or ""
        return ConstraintViolated("; ".join(told), code=code, kind=_CONSTRAINTS.get(code, "other"), name=name)
    position = getattr(error, "position", None)
    kind = DatabaseBusy if code in _BUSY else DatabaseError
    return kind("; ".join(told), code=code, offset=int(position) - 1 if position else None)


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
