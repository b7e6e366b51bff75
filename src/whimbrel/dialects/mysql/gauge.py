"""Run a statement on MySQL or MariaDB, and read from the server how it ran: its algorithm, and what other sessions could do.

A lock of these facts is the one that the statement holds while it works. Each change of a table's definition also needs the
exclusive lock for a moment, at its beginning and its end: https://dev.mysql.com/doc/refman/9.7/en/innodb-online-ddl-performance.html
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.dialects.gauge import Gauge, StatementFacts, TableLock, refusal
from whimbrel.dialects.mysql.altered import Passage, Seen, find_facts
from whimbrel.dialects.mysql.altering import Altering, read_altering
from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.dialects.mysql.lock_watch import LockWatch
from whimbrel.dialects.mysql.relations import Relations, read_relations
from whimbrel.dialects.mysql.row_locks import find_locked
from whimbrel.dialects.mysql.storage import instant_limit, read_storage
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.parsing.cursor import leading_words

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection
    from whimbrel.parsing.statement import Statement

__all__ = ["GAUGE", "MysqlGauge"]

# More tables than this are not watched: each needs three sessions.
_MOST_TABLES = 8
_MOST_NOTES = 5
_RUNS_OTHERS = "the statements that this one runs were not measured"
# A key that exists, or refers to nothing; NULL; out of range; cut; no such date, value or text; too long; not in any partition; a
# CHECK; no JSON; no geometry. https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
_OF_ROWS = frozenset(
    (
        *("1062", "1586", "1216", "1217", "1451", "1452", "1048", "1138", "1264", "1265", "1292", "1366", "1406", "1526", "1690"),
        *("1737", "3819", "4025", "3140", "3156", "1416", "3037"),
    )
)


class _Answer(NamedTuple):
    """The server's answer to a statement."""

    rows: int = 0
    notes: tuple[str, ...] = ()
    error: DatabaseError | None = None


class MysqlGauge(Gauge):
    def __init__(self, connection: MysqlConnection, schema: str, version: str) -> None:
        self._connection = connection
        self._schema = schema
        self._version = version
        self._watch = LockWatch(connection)
        # The tables whose every row an earlier statement of the transaction locked.
        self._locked: set[str] = set()

    @classmethod
    async def attach(cls, connection: Connection, schema: str) -> MysqlGauge:
        assert isinstance(connection, MysqlConnection), "a gauge is given connections of its own dialect"
        return cls(connection, schema, str(await connection.fetch_value("SELECT VERSION() AS version")))

    async def measure(self, statement: Statement, *, in_transaction: bool) -> StatementFacts:
        (rules, *_), dialect = self._connection.readings(statement.text), self._connection.dialect
        words = leading_words(statement.text, rules)
        inside = in_transaction or self._connection.in_transaction
        if not inside:
            self._locked = set()
        runs_others = words[:1] in (("CALL",), ("EXECUTE",)) or words[:3] == ("BEGIN", "NOT", "ATOMIC")
        if runs_others or dialect.controls_transaction(words) or dialect.sets_session(words):
            answer = await self._send(statement)
            notes = (*answer.notes, _RUNS_OTHERS) if runs_others else answer.notes
            return _refused(answer) or StatementFacts(rows=answer.rows, notes=notes)
        altering = read_altering(statement.text, rules)
        if dialect.shares_transaction(words):
            return await self._rows(statement, altering, inside=inside)
        return await self._definition(statement, altering)

    async def version(self) -> str:
        return self._version.partition("-")[0]

    def depends_on_rows(self, facts: StatementFacts) -> bool:
        return facts.refused in _OF_ROWS

    def literal(self, family: str, text: str) -> str | None:
        if family == "bits":
            return f"b'{text}'" if set(text) <= {"0", "1"} else None
        return f"ST_GeomFromText({self._connection.dialect.literal(text)})" if family == "geometry" else None

    async def checksums(self, tables: Sequence[str]) -> Sequence[int | None]:
        """Return the server's checksums: https://dev.mysql.com/doc/refman/9.7/en/checksum-table.html."""
        if not tables:
            return ()
        return [row["Checksum"] for row in await self._connection.fetch_all(f"CHECKSUM TABLE {', '.join(tables)}")]

    async def settle(self, tables: Sequence[str]) -> None:
        if tables:
            await self._connection.fetch_all(f"ANALYZE TABLE {', '.join(tables)}")

    async def close(self) -> None:
        await self._watch.close()

    async def _send(self, statement: Statement) -> _Answer:
        connection = self._connection
        try:
            if await connection.dialect.emulate(connection, statement):
                rows = int(await connection.fetch_value("SELECT ROW_COUNT() AS n"))
                return _Answer(max(rows, 0))
            rows = await connection.send_any(statement.text)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            return _Answer(error=error)
        warnings = await connection.fetch_all("SHOW WARNINGS")
        by_code = {row["Code"]: f"{row['Level']} {row['Code']}: {row['Message']}" for row in reversed(warnings)}
        return _Answer(rows, tuple(by_code.values())[:_MOST_NOTES])

    async def _rows(self, statement: Statement, altering: Altering, *, inside: bool) -> StatementFacts:
        """Measure an INSERT, UPDATE or DELETE, before its transaction ends."""
        connection = self._connection
        if inside:
            return await self._locking(statement, altering)
        async with connection.rollback_on_error():
            await connection.run(connection.dialect.begin)
            facts = await self._locking(statement, altering)
            await connection.run("ROLLBACK" if facts.refused else "COMMIT")
        return facts

    async def _locking(self, statement: Statement, altering: Altering) -> StatementFacts:
        side = await self._watch.side()
        if self._locked:
            # The transaction that locked them may have ended since.
            self._locked = await self._find_locked(side, self._locked)
        answer = await self._send(statement)
        if refused := _refused(answer):
            return refused
        found = await self._find_locked(side, (await read_relations(side, self._schema)).find(altering.named))
        locks = [TableLock(table, "every row", "writes", table in self._locked) for table in sorted(found | self._locked)]
        self._locked |= found
        return StatementFacts(rows=answer.rows, locks=tuple(locks), notes=answer.notes)

    async def _find_locked(self, side: MysqlConnection, tables: Collection[str]) -> set[str]:
        """Return those of the tables whose every row the transaction holds."""
        names, quote = sorted(tables), self._connection.dialect.quote
        whole = await find_locked(side, [f"{quote(self._schema)}.{quote(table)}" for table in names])
        return {table for table, is_locked in zip(names, whole, strict=True) if is_locked}

    async def _definition(self, statement: Statement, altering: Altering) -> StatementFacts:
        """Measure any other statement."""
        watch, side = self._watch, await self._watch.side()
        before = await read_storage(side, self._schema)
        relations = await read_relations(side, self._schema)
        near = sorted(relations.near(altering.named))
        table = await self._changed_table(altering, relations)
        notes: list[str] = []
        try:
            if len(near) > _MOST_TABLES or not await watch.hold(self._schema, near):
                notes.append(f"the locks on {', '.join(near)} were not watched")
            asks = watch.holds(table)
            instant = asks and altering.instant != "" and await watch.accepts(altering.instant)
            online = asks and not instant and await self._is_online(altering, table)
            answer = await watch.watch(lambda: self._send(statement))
        finally:
            passages = await watch.release()
        if refused := _refused(answer):
            return refused
        notes += [*answer.notes, *watch.notes]
        if online and table in passages and not passages[table].first_read:
            passages[table] = Passage(reads=True, writes=True)
        seen = Seen(answer.rows, passages, before, await read_storage(side, self._schema), instant, notes)
        return find_facts(altering, table, seen, instant_limit(self._version))

    async def _is_online(self, altering: Altering, table: str) -> bool:
        """Whether writes would pass the statement, if the table is empty now: MariaDB lets nobody pass where there is no work."""
        if not altering.online:
            return False
        quote, side = self._connection.dialect.quote, await self._watch.side()
        rows = await side.fetch_all(f"SELECT 1 FROM {quote(self._schema)}.{quote(table)} LIMIT 1")
        return not rows and await self._watch.accepts(altering.online)

    async def _changed_table(self, altering: Altering, relations: Relations) -> str:
        """Return the table that the statement changes; empty if it is another database's, or a temporary one of the session."""
        schema, name = altering.table or ("", "")
        found = next(iter(relations.find([name])), "") if schema in ("", self._schema) else ""
        if not found:
            return ""
        assert altering.table is not None, "the statement names a table"
        full = ".".join(map(self._connection.dialect.quote, filter(None, altering.table)))
        made = await self._connection.fetch_definition(f"SHOW CREATE TABLE {full}")
        return "" if str(made.get("Create Table", "")).startswith("CREATE TEMPORARY") else found


def _refused(answer: _Answer) -> StatementFacts | None:
    return None if answer.error is None else refusal(answer.error)


GAUGE = MysqlGauge
