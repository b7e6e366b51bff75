"""Run one judged file as a run would, statement by statement, and measure each.

Seeded rows may break a statement that is right, such as a new CHECK. The file then starts again with fewer rows: first without
those at the limits of types, at last without any. The facts of the statements before it stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from whimbrel.dialects.gauge import Gauge, StatementFacts, refusal
from whimbrel.errors import ConfigurationError, ConnectionLost, DatabaseError
from whimbrel.messages.printable import printable
from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.places import PlacedTable, Rows, add_row_facts, find_renamed, find_tables, read_rows, read_schema
from whimbrel.review.lint.seeding import Seeder
from whimbrel.review.lint.statement_text import read_statement
from whimbrel.schema.model import Column, Schema
from whimbrel.session.session import Session

__all__ = ["FileMeasurer"]

# A statement may sleep, loop, or wait for itself. Seeded tables have some hundreds of rows.
_MOST_SECONDS = 120.0
# Statements that begin with these words change no table's shape.
_KEEP_SHAPE = frozenset(
    (
        *("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "COPY", "TRUNCATE", "ANALYZE", "REINDEX"),
        *("SET", "RESET", "BEGIN", "START", "COMMIT", "END", "LOCK", "DECLARE", "FETCH"),
    )
)


class _RollBack(Exception):
    """A statement of a transaction was refused, or nothing of the file shall stay."""


class _State(NamedTuple):
    """The throw-away database as last seen. `fresh` are the tables that the judged files made."""

    schema: Schema | None = None
    tables: Sequence[PlacedTable] = ()
    rows: Rows = MappingProxyType({})
    fresh: frozenset[str] = frozenset()


class FileMeasurer:
    """Measures files one after the other in one throw-away database."""

    def __init__(self, session: Session, gauge: Gauge, version: str, *, keep: bool) -> None:
        self._session = session
        self._gauge = gauge
        self._version = version
        # Whether a transaction is committed at the end of its file.
        self._keep = keep
        self._seeder = Seeder(session.connection, gauge)
        self._state = _State()
        self._is_empty = False
        self._cases: list[Case] = []
        # The number of cases before the transaction that is open.
        self._begun = 0
        # The facts of statements that ran with more rows, and the reasons why there are fewer now, by number.
        self._kept: dict[int, StatementFacts] = {}
        self._notes: dict[int, list[str]] = {}
        # The temporary tables of the file, which no other session sees and no catalog of the schema has.
        self._temporary = frozenset[str]()

    def forget(self) -> None:
        """Forget the database: other files changed it, and the next ones find the tables that were made so far."""
        self._state = _State()

    def forget_fresh(self) -> None:
        """Forget which tables the files made so far."""
        self._state = self._state._replace(fresh=frozenset())

    async def measure(self, plan: Plan) -> list[Case]:
        """Run a file and return a case for each of its statements."""
        self._kept, self._notes, self._temporary = {}, {}, frozenset()
        await self._renew()
        if self._state.schema is None:
            await self._look()
        await self._fill()
        while True:
            start, self._cases, self._begun = self._state, [], 0
            stayed = await (self._run_in_transaction(plan) if plan.in_transaction else self._run_apart(plan))
            self._session.state = self._session.state.in_doubt()
            if not stayed:
                self._state = start
            if not (plan.in_transaction and self._is_of_rows()):
                break
            await self._renew()
            if not await self._take_rows_away(self._cases[-1].statement.number, self._facts_of_last()):
                break
        return self._cases + self._rest(plan)

    async def _fill(self) -> None:
        """Seed the tables that are empty."""
        self._is_empty = False
        self._state = self._state._replace(rows=await self._seeder.fill(self._state.tables, self._state.rows))

    async def _renew(self) -> None:
        session = self._session
        if session.state.left != "nothing":
            await session.renew()
        await session.enter(portable=True)

    async def _look(self) -> None:
        connection = self._session.connection
        try:
            schema = await read_schema(connection, self._session.schema)
            tables = await find_tables(connection, self._gauge, schema)
        except ConfigurationError:
            # The file has become a user who may not see the schema.
            return
        self._state = self._state._replace(schema=schema, tables=tables)

    async def _run_in_transaction(self, plan: Plan) -> bool:
        """Run a file in one transaction; return whether it was committed."""
        session = self._session
        begun = session.transaction(portable=plan.portable, directives=plan.migration.directives, begin=plan.begin)
        try:
            async with begun, session.foreign_keys_checked(unchecked=plan.keys_unchecked):
                for planned in plan.statements():
                    await self._one(plan, planned, in_transaction=True)
                    self._roll_back_if(bool(self._facts_of_last().refused))
                self._roll_back_if(not self._keep)
        except _RollBack:
            return False
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self._refuse_at_the_end(error)
            return False
        return True

    def _roll_back_if(self, condition: bool) -> None:
        if condition:
            raise _RollBack

    async def _run_apart(self, plan: Plan) -> bool:
        """Run a file whose statements are committed one by one; return True, since a part of it stays in any case."""
        session = self._session
        await session.enter(portable=plan.portable, directives=plan.migration.directives)
        try:
            async with session.foreign_keys_checked(unchecked=plan.keys_unchecked):
                for planned in plan.statements():
                    await self._one_apart(plan, planned)
                    if self._facts_of_last().refused:
                        break
                    if self._is_empty and not session.connection.in_transaction:
                        # A statement needed a table without rows; the next one does not.
                        await self._fill()
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self._refuse_at_the_end(error)
        if session.connection.in_transaction:
            await session.connection.roll_back()
            self.forget()
        return True

    async def _one_apart(self, plan: Plan, planned: PlannedStatement) -> None:
        """Run a statement that is committed by itself; with fewer rows, if these broke it."""
        session, dialect = self._session, self._session.dialect
        before = await dialect.snapshot_objects(session.connection, planned.statement)
        while True:
            inside = session.connection.in_transaction
            await self._one(plan, planned, in_transaction=inside)
            if inside or dialect.may_stop_halfway(planned.words) or not self._is_of_rows():
                return
            facts = self._facts_of_last()
            await dialect.clear_away(session.connection, planned.statement, before)
            if not await self._take_rows_away(planned.number, facts):
                return
            self._cases.pop()

    def _facts_of_last(self) -> StatementFacts:
        facts = self._cases[-1].facts if self._cases else None
        return facts or StatementFacts()

    def _is_of_rows(self) -> bool:
        facts = self._facts_of_last()
        return bool(facts.refused) and (self._seeder.has_edges or self._gauge.depends_on_rows(facts))

    async def _take_rows_away(self, number: int, facts: StatementFacts) -> bool:
        """Take away rows that broke a statement. Return False if there are none left."""
        if self._is_empty:
            return False
        which = "limits" if self._seeder.has_edges else "rows"
        self._notes.setdefault(number, []).append(f"{which}: {facts.refused}: {printable(facts.message)}")
        self._kept |= {one.statement.number: one.facts for one in self._cases if one.facts is not None and not one.facts.refused}
        if self._seeder.has_edges:
            await self._seeder.remove_edges(self._state.tables)
        else:
            await self._seeder.empty(self._state.tables)
            self._is_empty = True
        self._state = self._state._replace(rows=await read_rows(self._session.connection, self._state.tables))
        return True

    async def _one(self, plan: Plan, planned: PlannedStatement, *, in_transaction: bool) -> None:
        sums = await self._checksums()
        facts = await self._measure(plan, planned, in_transaction=in_transaction)
        before = self._state
        if not facts.refused:
            if planned.words[:1] and planned.words[0] not in _KEEP_SHAPE:
                await self._look()
            await self._read_rows(sums)
            self._follow_fresh(before.rows)
            facts = add_row_facts(facts, before.rows, self._state.rows)
        facts = self._kept.get(planned.number, facts)
        self._temporary |= {read_statement(planned.statement.text, plan.lexer_rules).temporary} - {""}
        case = Case(
            database=self._session.database,
            version=self._version,
            plan=plan,
            statement=planned,
            source="measured",
            facts=replace(facts, notes=(*facts.notes, *self._notes.get(planned.number, ()), *self._seed_notes(plan, planned))),
            before=before.schema,
            after=self._state.schema,
            fresh=before.fresh | self._state.fresh | self._temporary,
            earlier=tuple(replace(one, earlier=()) for one in self._cases[self._begun :]) if in_transaction else (),
        )
        self._cases.append(case)
        if not in_transaction:
            self._begun = len(self._cases)

    async def _checksums(self) -> Mapping[str, tuple[int, Sequence[Column]]]:
        """Return, by the name of each table, a value that stays the same as long as its rows and columns do."""
        tables = self._state.tables
        sums = await self._gauge.checksums([one.sql for one in tables])
        return {one.name: (found, one.table.columns) for one, found in zip(tables, sums, strict=True) if found is not None}

    async def _measure(self, plan: Plan, planned: PlannedStatement, *, in_transaction: bool) -> StatementFacts:
        try:
            # Cancelling here also cancels the statement on the server.
            async with asyncio.timeout(_MOST_SECONDS):
                return await self._gauge.measure(planned.statement, in_transaction=in_transaction)
        except TimeoutError:
            raise ConfigurationError(
                f"{plan.place(planned)}: the statement took longer than {_MOST_SECONDS:g} s on some hundreds of rows\n"
                "  next: mend the statement, which may wait for itself; or let the table decide, without --on"
            ) from None

    def _seed_notes(self, plan: Plan, planned: PlannedStatement) -> list[str]:
        if not self._seeder.notes:
            return []
        names = {
            unquoted(one).lower() for one in tokens(planned.statement.text, plan.lexer_rules) if one.kind in ("word", "name")
        }
        return [note for name, note in self._seeder.notes.items() if name.rpartition(".")[2].lower() in names]

    async def _read_rows(self, before: Mapping[str, object]) -> None:
        """Read the rows of the tables that a statement may have changed. `before` has the checksums before it."""
        touched, tables, rows, after = self._gauge.touched, self._state.tables, self._state.rows, await self._checksums()
        same = {name for name, one in after.items() if name in rows and before.get(name) == one}
        stale = [
            one for one in tables if one.name not in same and (touched is None or one.name in touched or one.name not in rows)
        ]
        known = {one.name: rows[one.name] for one in tables if one.name in rows}
        self._state = self._state._replace(rows=known | await read_rows(self._session.connection, stale))

    def _follow_fresh(self, rows: Rows) -> None:
        """Add the tables that a statement made. A table that it renamed stays what it was."""
        fresh, new = self._state.fresh, self._state.rows
        old = {then: name for name, then in find_renamed(rows, new).items()}
        found = frozenset(name for name in new if old.get(name, name) in fresh or (name not in rows and name not in old))
        self._state = self._state._replace(fresh=found)

    def _refuse_at_the_end(self, error: DatabaseError) -> None:
        """Attribute an error of the file's end, such as that of a deferred constraint, to its last statement."""
        if self._cases:
            facts = refusal(error, "at the end of the file")
            self._cases[-1] = replace(self._cases[-1], facts=facts)

    def _rest(self, plan: Plan) -> list[Case]:
        """Return the statements that did not run, after one that was refused."""
        last = self._cases[-1].statement.number if self._cases else 0
        why = (f"statement {last} of the file was refused, so this one did not run; mend that one first",)
        return [
            Case(database=self._session.database, version=self._version, plan=plan, statement=one, undecided=why)
            for one in plan.statements()
            if one.number > last
        ]
