"""Run a statement on PostgreSQL, and read its locks and its work from the catalog.

Where the server allows it, a statement runs in a transaction, whose locks are there until it ends. Every other statement is
watched from other sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.dialects.gauge import Gauge, StatementFacts, refusal
from whimbrel.dialects.postgresql.connection import PostgresqlConnection
from whimbrel.dialects.postgresql.lock_watch import LockWatch
from whimbrel.dialects.postgresql.relations import (
    Snapshot,
    find_facts,
    find_invalid,
    find_locks,
    find_touched,
    take_snapshot,
)
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import POSTGRESQL

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection
    from whimbrel.parsing.statement import Statement

__all__ = ["GAUGE"]

# The statement cannot run in a transaction, or code of it ends the transaction:
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_NOT_INSIDE = ("25001", "2D000")
# A setting of the transaction must come before its first query; others do nothing to a table.
# Only some forms of these cannot run in a transaction.
_PERHAPS_INSIDE = (("REINDEX",), ("CLUSTER",), ("DO",))
_SETTING = (("SET",), ("RESET",))
_BEGINNING = (("BEGIN",), ("START",))
_NEED_TRANSACTION = (("LOCK",), ("DECLARE",))
# Cardinality, data, integrity, and errors that code raises.
_OF_ROWS = ("21", "22", "23", "P0")
_SCHEMAS = """
    SELECT DISTINCT n.nspname AS name FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE c.relkind OPERATOR(pg_catalog.=) ANY (CAST('{r,p}' AS pg_catalog."char"[]))
          AND n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%' AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
    ORDER BY name"""
# The sequence of a column belongs to it, or is in its default.
_SEQUENCES = """
    SELECT CAST(s.oid AS BIGINT) AS sequence, n.nspname AS schema, c.relname AS name, a.attname AS column
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid OPERATOR(pg_catalog.=) d.objid
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.refobjid
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         JOIN pg_catalog.pg_attribute a
              ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.=) d.refobjsubid
    WHERE s.relkind OPERATOR(pg_catalog.=) 'S' AND d.deptype OPERATOR(pg_catalog.=) ANY (CAST('{a,i}' AS pg_catalog."char"[]))
          AND d.classid OPERATOR(pg_catalog.=) CAST('pg_catalog.pg_class' AS pg_catalog.regclass)
          AND d.refclassid OPERATOR(pg_catalog.=) CAST('pg_catalog.pg_class' AS pg_catalog.regclass)"""
# The server keeps the statistics of ended transactions for itself for up to a second:
# https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS
_FLUSH = "SELECT pg_catalog.pg_stat_force_next_flush()"
_FLUSH_SINCE = 15


class PostgresqlGauge(Gauge):
    # https://www.postgresql.org/docs/current/sql-insert.html
    overriding = " OVERRIDING SYSTEM VALUE"

    def __init__(self, connection: PostgresqlConnection, schema: str) -> None:
        self._connection = connection
        self._schema = schema
        self._others: list[Connection] = []
        self._watch: LockWatch | None = None
        # The relations that the open transaction made, which no other session sees.
        self._made = frozenset[int]()

    @classmethod
    async def attach(cls, connection: Connection, schema: str) -> PostgresqlGauge:
        assert isinstance(connection, PostgresqlConnection), "a gauge is given connections of its own dialect"
        return cls(connection, schema)

    async def measure(self, statement: Statement, *, in_transaction: bool) -> StatementFacts:
        words = leading_words(statement.text, POSTGRESQL)
        self.touched = None
        dialect, inside = self._connection.dialect, in_transaction or self._connection.in_transaction
        if dialect.controls_transaction(words) or words[:1] in _SETTING or (words[:1] in _NEED_TRANSACTION and not inside):
            # A question after BEGIN would come before the modes of the transaction.
            self.touched = () if words[:1] in (*_SETTING, *_BEGINNING) else None
            return await self._bare(statement)
        if inside:
            return await self._inside(statement, words)
        apart = dialect.needs_autocommit(words) and words[:1] not in _PERHAPS_INSIDE
        return await (self._apart(statement) if apart else self._wrapped(statement, words))

    async def _bare(self, statement: Statement) -> StatementFacts:
        try:
            return StatementFacts(rows=await self._send(statement))
        except ConnectionLost:
            raise
        except DatabaseError as error:
            return refusal(error)

    async def _send(self, statement: Statement) -> int:
        connection = self._connection
        if await connection.dialect.emulate(connection, statement):
            return (statement.copy_data or "").count("\n")
        return await connection.send([statement.text])

    async def _inside(self, statement: Statement, words: Sequence[str]) -> StatementFacts:
        before = await self._look(in_transaction=True)
        try:
            rows = await self._send(statement)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            return refusal(error)
        after = await self._look(in_transaction=True)
        self.touched = find_touched(after)
        # One that is locked no more was committed.
        made = self._made & {number for number, _ in before.locks}
        self._made = made | (after.relations.keys() - before.relations.keys())
        return find_facts(before, after, words[0] if words else "", rows, made=made)

    async def _look(self, *, in_transaction: bool) -> Snapshot:
        return await take_snapshot(self._connection, self._schema, in_transaction=in_transaction)

    async def _wrapped(self, statement: Statement, words: Sequence[str]) -> StatementFacts:
        """Run an autocommitted statement in a transaction of the gauge's own."""
        connection = self._connection
        async with connection.rollback_on_error():
            await connection.run("BEGIN")
            facts = await self._inside(statement, words)
            if not facts.refused:
                try:
                    await connection.run("COMMIT")
                except ConnectionLost:
                    raise
                except DatabaseError as error:
                    return refusal(error)
                return facts
            await connection.run("ROLLBACK")
        return await self._apart(statement) if facts.refused in _NOT_INSIDE else facts

    async def _apart(self, statement: Statement) -> StatementFacts:
        """Run a statement outside of any transaction, and watch it."""
        watch = await self._open_watch()
        before = await self._settled()
        tables = {
            number: ".".join(map(self._connection.dialect.quote, one.path))
            for number, one in before.relations.items()
            if one.kind in ("r", "p")
        }
        try:
            rows, seen = await watch.watch(self._send(statement), tables)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            after = await self._look(in_transaction=False)
            return refusal(error, invalid=find_invalid(after))
        after = await self._settled()
        # The index that a statement drops or replaces is out of use before it is locked.
        held = [(number, mode) for number, mode in seen if number in before.relations and before.relations[number].is_table]
        return replace(find_facts(before, after, "", rows), locks=find_locks(before, held))

    async def _settled(self) -> Snapshot:
        """Return a snapshot that has the statistics of all ended transactions."""
        if self._connection.driver.get_server_version().major >= _FLUSH_SINCE:
            await self._connection.fetch_all(_FLUSH)
        return await self._look(in_transaction=False)

    async def _open_watch(self) -> LockWatch:
        if self._watch is None:
            connection, address = self._connection, self._connection.address
            assert address is not None, "a connection of a run has an address"
            for _ in range(2):
                self._others.append(await connection.dialect.open(address))
            pid = await connection.fetch_value("SELECT pg_catalog.pg_backend_pid() AS pid")
            self._watch = LockWatch(self._others[0], self._others[1], pid)
        return self._watch

    async def version(self) -> str:
        told = await self._connection.fetch_value("SELECT pg_catalog.current_setting('server_version') AS version")
        return str(told).partition(" ")[0]

    def depends_on_rows(self, facts: StatementFacts) -> bool:
        # Rows without NULLs were there, so that the column would be a new one.
        return facts.refused[:2] in _OF_ROWS and facts.refused != "23502"

    async def find_schemas(self) -> Sequence[str]:
        return [row["name"] for row in await self._connection.fetch_all(_SCHEMAS) if row["name"] != self._schema]

    async def settle(self, tables: Sequence[str]) -> None:
        connection, quote = self._connection, self._connection.dialect.quote
        for row in await connection.fetch_all(_SEQUENCES):
            table = f"{quote(row['schema'])}.{quote(row['name'])}"
            if table in tables or quote(row["name"]) in tables:
                highest = f"(SELECT pg_catalog.max({quote(row['column'])}) FROM {table})"
                await connection.fetch_all(
                    f"SELECT pg_catalog.setval(CAST({row['sequence']} AS pg_catalog.oid), {highest}) AS at"
                )
        if tables:
            await connection.run(f"ANALYZE {', '.join(tables)}")

    async def close(self) -> None:
        others, self._others, self._watch = self._others, [], None
        for one in others:
            await one.close()


GAUGE = PostgresqlGauge
