"""Run a statement on SQLite, and read which pages it wrote. A transaction that writes locks the whole file for other writers."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from whimbrel.dialects.gauge import Gauge, StatementFacts, TableLock, refusal
from whimbrel.dialects.sqlite.connection import SqliteConnection
from whimbrel.dialects.sqlite.pages import Pages, find_written, take_pages
from whimbrel.errors import ConnectionLost, DatabaseError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import SQLITE

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection
    from whimbrel.parsing.statement import Statement

__all__ = ["GAUGE"]

# If a statement writes this part of a table's pages, it writes the rows anew.
_MOST = 0.5
_OF_ROWS = "SQLITE_CONSTRAINT"


class SqliteGauge(Gauge):
    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    @classmethod
    async def attach(cls, connection: Connection, schema: str) -> SqliteGauge:
        assert isinstance(connection, SqliteConnection), "a gauge is given connections of its own dialect"
        return cls(connection)

    async def version(self) -> str:
        return str(await self._connection.fetch_value("SELECT sqlite_version() AS version"))

    def depends_on_rows(self, facts: StatementFacts) -> bool:
        return facts.refused.startswith(_OF_ROWS)

    def literal(self, family: str, text: str) -> str | None:
        return f"X'{text.encode().hex()}'" if family == "bytes" else None

    async def measure(self, statement: Statement, *, in_transaction: bool) -> StatementFacts:
        words = leading_words(statement.text, SQLITE)
        dialect = self._connection.dialect
        if dialect.controls_transaction(words) or dialect.needs_autocommit(words):
            return await self._bare(statement, words)
        if in_transaction or self._connection.in_transaction:
            return await self._inside(statement, words)
        return await self._wrapped(statement, words)

    async def _send(self, statement: Statement) -> StatementFacts:
        connection = self._connection
        try:
            if await connection.dialect.emulate(connection, statement):
                return StatementFacts()
            return StatementFacts(rows=await connection.send([statement.text]))
        except ConnectionLost:
            raise
        except DatabaseError as error:
            return refusal(error)

    async def _bare(self, statement: Statement, words: Sequence[str]) -> StatementFacts:
        facts = await self._send(statement)
        if words[:1] != ("VACUUM",) or "INTO" in words or facts.refused:
            return facts
        after = await take_pages(self._connection)
        tables = sorted(set(after.owners.values()))
        return replace(facts, pages=after.number, rewritten=tuple(tables), locks=_locks(tables))

    async def _inside(self, statement: Statement, words: Sequence[str]) -> StatementFacts:
        before = await take_pages(self._connection)
        changes = await self._count_changes(words)
        facts = await self._send(statement)
        if facts.refused:
            return facts
        facts = replace(facts, rows=facts.rows or await self._count_changes(words) - changes)
        return _with_pages(facts, before, await take_pages(self._connection), words)

    async def _count_changes(self, words: Sequence[str]) -> int:
        """Return the rows that the session changed so far; 0 unless WITH comes first, where the driver counts none."""
        if words[:1] != ("WITH",):
            return 0
        return int(await self._connection.fetch_value("SELECT total_changes() AS n"))

    async def _wrapped(self, statement: Statement, words: Sequence[str]) -> StatementFacts:
        """Run an autocommitted statement in a transaction of the gauge's own, whose journal stays until it ends."""
        connection = self._connection
        async with connection.rollback_on_error():
            await connection.run(connection.dialect.begin)
            facts = await self._inside(statement, words)
            if facts.refused:
                await connection.roll_back()
                return facts
            try:
                await connection.run("COMMIT")
            except DatabaseError as error:
                await connection.roll_back()
                return refusal(error)
        return facts

    async def close(self) -> None:
        """Do nothing: a gauge of SQLite opens nothing."""


def _with_pages(facts: StatementFacts, before: Pages, after: Pages, words: Sequence[str]) -> StatementFacts:
    """Return the facts with the pages that a statement wrote, between two states of one transaction."""
    changed = find_written(before, after)
    if changed is None:
        return facts
    places = {place for page in changed for place in (before.places.get(page, ""), after.places.get(page, ""))}
    owners = {**after.owners, **before.owners}
    return replace(
        facts,
        pages=len(changed),
        locks=_locks(sorted({owners[place] for place in places if place in owners})),
        rewritten=_rewritten(before, changed) if words[:1] == ("ALTER",) else (),
        built=tuple(sorted(_built(before, after, changed, words))),
    )


def _locks(tables: Sequence[str]) -> tuple[TableLock, ...]:
    # https://sqlite.org/lockingv3.html
    return tuple(TableLock(table, "RESERVED", "writes") for table in tables)


def _rewritten(before: Pages, changed: AbstractSet[int]) -> tuple[str, ...]:
    tables = sorted(set(before.owners) - before.indexes)
    pages = {table: before.of(table) for table in tables}
    return tuple(one for one in tables if pages[one] and len(pages[one] & changed) >= len(pages[one]) * _MOST)


def _built(before: Pages, after: Pages, changed: AbstractSet[int], words: Sequence[str]) -> set[str]:
    """Return the new indexes of older tables, and those that a REINDEX wrote."""
    new = {one for one in after.indexes - before.indexes if after.owners[one] in before.owners}
    again = {before.places.get(page, "") for page in changed} & before.indexes if words[:1] == ("REINDEX",) else set()
    return new | again


GAUGE = SqliteGauge
