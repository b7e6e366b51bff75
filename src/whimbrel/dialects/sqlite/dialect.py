"""SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING

from whimbrel.dialects.base import ApplicationConnection, Connection, Dialect, Row
from whimbrel.dialects.place import HISTORY_TABLE, TABLES, summary_query
from whimbrel.dialects.rules import BY_CATALOG, SessionEffect
from whimbrel.dialects.sqlite.connection import SqliteConnection, reach
from whimbrel.dialects.sqlite.file import OpenedFile, attach, check_file
from whimbrel.errors import ConfigurationError, DatabaseBusy, DatabaseError, LockTimeout
from whimbrel.parsing.lexer_rules import SQLITE, LexerRules
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.dialects.circumstances import Circumstances
    from whimbrel.dialects.inventory import Inventory
    from whimbrel.dialects.objects import Catalog
    from whimbrel.parsing.conditional_ddl import Conditional
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["DIALECT"]
# Settings of the whole process: https://sqlite.org/pragma.html
_OF_PROCESS = ("HARD_HEAP_LIMIT", "SOFT_HEAP_LIMIT", "TEMP_STORE_DIRECTORY", "DATA_STORE_DIRECTORY")


class Sqlite(Dialect):
    """The facts about SQLite."""

    name = "sqlite"
    codes_without_value = ("",)
    ddl_in_transactions = True
    # A transaction that reads first and writes later fails immediately, regardless of the timeout, if another process wrote in
    # between: https://sqlite.org/rescode.html#busy_snapshot
    begin = "BEGIN IMMEDIATE"
    timestamp_type = "TIMESTAMP"
    # This keeps Whimbrel's rows from changing the last_insert_rowid() that the next statement of a file sees.
    table_options = " WITHOUT ROWID"
    # A query without a table would not read the file, so it would succeed even while readers are locked out.
    ping = "SELECT COUNT(*) AS answer FROM sqlite_master"
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    @property
    def catalog(self) -> Catalog:
        from whimbrel.dialects.sqlite.objects import SqliteCatalog  # for files that were never applied alone

        return SqliteCatalog()

    @property
    def inventory(self) -> Inventory:
        from whimbrel.dialects.sqlite.inventory import SqliteInventory  # for comparisons of files and databases alone

        return SqliteInventory()

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        # Opening a missing file creates it. A question treats it as an empty database instead.
        missing = question and not Path(url.database).exists() and Path(url.database).absolute().parent.is_dir()
        opened = url._replace(database=":memory:") if missing else url
        connection = SqliteConnection(self, await reach(opened), opened)
        connection.opened = OpenedFile.missing(url) if missing else connection.opened
        connection.stands_in = missing
        return connection

    def application(self, url: DatabaseUrl, schema: str = "") -> Callable[[], Awaitable[ApplicationConnection]]:
        # The path is resolved once, since the process may change its working directory before the pool opens further
        # connections.
        file = url.database if url.in_memory else str(Path(url.database).absolute())
        from whimbrel.dialects.sqlite.pool import Opener  # a run has no pool

        return Opener(self, url._replace(database=file)).open

    def lexer_rules(self, *, portable: bool, database: str) -> LexerRules:
        return SQLITE

    def bind(self, template: Template, values: Sequence[Value]) -> tuple[str, list[object]]:
        return template.render(lambda _: "?"), [_stored(name, value) for name, value in zip(template.names, values, strict=True)]

    def literal(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    async def find_schema(self, connection: Connection, wanted: str) -> str:
        if wanted not in ("", "main"):
            raise ConfigurationError(f"there is no schema {wanted}: SQLite has no schemas; each tenant is a separate file")
        await check_file(connection)
        return "main"

    async def read_summary(self, connection: Connection, schema: str, sets: Collection[str]) -> list[Row]:
        made = f"SELECT 1 FROM main.sqlite_master WHERE name = {self.literal(HISTORY_TABLE)} AND type = 'table'"
        # A query without parameters needs no lexer.
        query = summary_query(f"main.{self.quote(HISTORY_TABLE)}", map(self.literal, sets), f" AND EXISTS ({made})")
        return (await connection.fetch_together([query]))[0]

    async def check_tables(self, connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
        """Refuse views and triggers.

        Any process that can write to the file may have made these. They run no foreign code here, but could falsify the
        history.
        """
        names = ", ".join(map(self.literal, TABLES))
        rows = await connection.fetch_all(
            "SELECT type, lower(tbl_name) AS name, sql LIKE 'CREATE VIRTUAL%' AS virtual FROM main.sqlite_master "
            f"WHERE lower(tbl_name) IN ({names}) AND type <> 'index'"
        )
        for row in rows:
            if row["type"] != "table" or row["virtual"]:
                fault = "it has triggers" if row["type"] == "trigger" else "it is not an ordinary table"
                raise ConfigurationError(
                    f"{row['name']} cannot be trusted: {fault}\n"
                    "  next: make it a plain table again, or drop objects that are not yours"
                )
        return frozenset(row["name"] for row in rows)

    async def read_circumstances(self, connection: Connection, schema: str) -> Circumstances:
        from whimbrel.dialects.sqlite.circumstances import read_circumstances  # for plans alone

        return await read_circumstances(connection)

    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        # Inside a transaction this has no effect, and is not needed either: https://sqlite.org/pragma.html#pragma_foreign_keys
        return [f"PRAGMA foreign_keys={'ON' if portable else 'OFF'}"]

    async def renew(self, connection: Connection) -> bool:
        """Reopen the file. A database in memory would be lost, so its session is kept."""
        assert isinstance(connection, SqliteConnection), "a dialect is given its own connections"
        await connection.reopen()
        return False

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        # This changes only last_insert_rowid() and changes(): https://sqlite.org/lang_corefunc.html#last_insert_rowid
        made = "CREATE TEMP TABLE IF NOT EXISTS whimbrel_new (id INTEGER PRIMARY KEY)"
        forgotten = [made, "REPLACE INTO temp.whimbrel_new VALUES (0)", "DELETE FROM temp.whimbrel_new WHERE 1 = 0"]
        return forgotten if left == "rows" else []

    def session_effect(self, words: Sequence[str]) -> SessionEffect:
        return "rows" if words[:1] in (("INSERT",), ("UPDATE",), ("DELETE",), ("REPLACE",)) else "anything"

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.message.startswith("no such table")

    def is_temporary(self, error: DatabaseError) -> bool:
        from whimbrel.dialects.sqlite.temporary import is_temporary  # only a wait needs it

        return is_temporary(error.code)

    def is_denied(self, error: DatabaseError) -> bool:
        return error.code.startswith("SQLITE_READONLY")

    # BEGIN IMMEDIATE is the lock. Each transaction takes and releases it; see session/.

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        return True

    async def unlock(self, connection: Connection, schema: str) -> None:
        """Do nothing: the end of the transaction released the lock."""

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        return True

    def lock_condition(self, schema: str) -> str:
        return "1 = 1"

    def elapsed(self, started: float, recorded: str = "") -> str:
        # SQLite uses this process's clock; julianday() counts days: https://sqlite.org/lang_datefunc.html
        began = f"julianday({recorded})" if recorded else f"{(time() - (monotonic() - started)) / 86400 + 2440587.5:.9f}"
        # 'now' is truncated to milliseconds, and the clock may be set back: https://sqlite.org/lang_datefunc.html
        return f"max(0, CAST(round((julianday('now') - {began}) * 86400000) AS INTEGER))"

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        return "another connection that writes to the file"

    @asynccontextmanager
    async def lock_kept(self, connection: Connection) -> AsyncIterator[None]:
        """Lock a second, empty database next to the file. The operating system releases it when the holding process ends.

        An exclusive locking_mode of the file itself does not work: waiting sessions keep its shared lock, so that two of them
        wait for each other. In WAL mode it also waits for every other connection to close.
        https://sqlite.org/pragma.html#pragma_locking_mode
        """
        # SQLite's own name for the file has symbolic links resolved, and is empty for a database in memory.
        file = await connection.fetch_value("SELECT file FROM pragma_database_list WHERE name = 'main'")
        if not file:
            yield
            return
        side = SqliteConnection(self, await reach(DatabaseUrl("sqlite", database=f"{file}-whimbrel")))
        side.patience = connection.patience
        try:
            try:
                await side.run(self.begin)
            except DatabaseBusy as error:
                raise LockTimeout(side.patience, "another process that runs a migration with a journal") from error
            yield
        finally:
            await asyncio.shield(side.close())

    def reaches_beyond(self, words: Sequence[str]) -> bool:
        of_process = words[:1] == ("PRAGMA",) and any(name in words for name in _OF_PROCESS)
        return of_process or words[:1] == ("ATTACH",) or (words[:1] == ("VACUUM",) and "INTO" in words)

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        # https://sqlite.org/lang_vacuum.html, https://sqlite.org/lang_attach.html and https://sqlite.org/pragma.html
        if words[:1] in (("VACUUM",), ("ATTACH",), ("DETACH",)):
            return True
        outside = ("FOREIGN_KEYS", "JOURNAL_MODE", "SYNCHRONOUS", "TEMP_STORE", "TEMP_STORE_DIRECTORY", "WAL_CHECKPOINT")
        return words[:1] == ("PRAGMA",) and any(name in words for name in outside)

    def find_fault(self, words: Sequence[str], statement: Statement, database: str) -> str:
        # https://sqlite.org/lang_altertable.html
        if words[:2] != ("ALTER", "TABLE") or "," not in statement.text:
            return ""
        from whimbrel.parsing.alter_list import lists_actions  # few statements need it

        several = lists_actions(statement.text, SQLITE)
        return "SQLite accepts one action in an ALTER TABLE; write a statement for each" if several else ""

    def find_syntax_error(self, words: Sequence[str], statement: Statement) -> str:
        from whimbrel.dialects.sqlite.syntax import find_syntax_error  # for files that no database judges

        conditional = _conditional(statement) if words[:1] == ("ALTER",) else None
        return find_syntax_error(tuple(words), statement.text if conditional is None else conditional.text)

    def switches_keys(self, words: Sequence[str], statement: Statement) -> bool | None:
        from whimbrel.dialects.sqlite.foreign_keys import switches_keys  # a start with nothing to do has no statements

        return switches_keys(statement) if words[:1] == ("PRAGMA",) else None

    async def broken_keys(self, connection: Connection) -> dict[str, int]:
        from whimbrel.dialects.sqlite.foreign_keys import broken_keys  # as above

        return await broken_keys(connection)

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return not self.needs_autocommit(words)

    def sets_session(self, words: Sequence[str]) -> bool:
        return words[:1] in (("PRAGMA",), ("ATTACH",))

    def can_batch(self, words: Sequence[str], statement: Statement) -> bool:
        # These are the statements that `emulate` handles.
        if words[:2] == ("DROP", "TABLE") or (words[:1] == ("ALTER",) and _conditional(statement) is not None):
            return False
        return not self.needs_autocommit(words) and super().can_batch(words, statement)

    def changed_form(self, words: Sequence[str], statement: Statement, database: str) -> str:
        if words[:1] == ("ATTACH",):
            return "attached only if no other part of the session has the file open"
        conditional = _conditional(statement) if words[:1] == ("ALTER",) else None
        return BY_CATALOG if conditional is not None and conditional.kind == "column" else ""

    def is_repeatable(self, words: Sequence[str]) -> bool:
        return words[:1] in (("VACUUM",), ("ATTACH",), ("DETACH",), ("PRAGMA",)) and "INTO" not in words

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        """Emulate IF [NOT] EXISTS for columns, which SQLite lacks: https://sqlite.org/lang_altertable.html.

        Also run ATTACH, which must not name a file that is open already.
        """
        from whimbrel.dialects.sqlite.foreign_keys import guard_drop  # as above
        from whimbrel.parsing.cursor import leading_words

        if leading_words(statement.text, SQLITE, 1) == ("ATTACH",):
            await attach(connection, statement.text)
            return True
        await guard_drop(connection, statement)
        conditional = _conditional(statement)
        if conditional is None or conditional.kind != "column":
            return False
        # This list includes generated columns. If the table is missing, the statement runs, so that SQLite reports it.
        rows = await connection.fetch_all("SELECT name FROM pragma_table_xinfo(:table)", {"table": conditional.table})
        if not rows or (conditional.name.lower() in {row["name"].lower() for row in rows}) != conditional.wanted:
            await connection.run(conditional.text)
        return True


def _conditional(statement: Statement) -> Conditional | None:
    from whimbrel.parsing.conditional_ddl import read_conditional  # a start with nothing to do does not need it

    return read_conditional(statement.text, SQLITE)


def _stored(name: str, value: Value) -> object:
    if type(value) is str:
        return value
    from whimbrel.dialects.sqlite.stored import stored  # a start sends texts alone

    return stored(name, value)


DIALECT = Sqlite()
