"""Ask the probes on several databases at once, each in a transaction that is rolled back, and compare the outcomes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, NoReturn

from whimbrel.errors import ConnectionLost, ConstraintViolated, DatabaseBusy, DatabaseError, ParameterError, StatementTimeout
from whimbrel.manager import DatabaseManager
from whimbrel.review.conditions import Condition, trials
from whimbrel.review.findings import Finding
from whimbrel.review.probes import Delete, Insert, ParityProbe, Read, Row, Step, Update, base_row, probes_of, tables_in_order
from whimbrel.schema.model import Schema, Table

__all__ = ["Bench", "Outcome", "probe_schemas"]

_DAY = timedelta(days=1)
_SHOWN = 30


class Outcome(NamedTuple):
    """The answer of one database to a probe, in words. `check` is the name of the condition that refused the row, if one did."""

    told: str
    accepted: bool = True
    check: str = ""


class _RollBack(Exception):
    """The outcome of a probe."""


class Bench:
    """The databases to ask, each with the same set applied and without rows."""

    def __init__(self, managers: Mapping[str, DatabaseManager]) -> None:
        self._managers = managers

    async def ask(self, before: Sequence[Step], steps: Sequence[Step]) -> dict[str, Outcome]:
        """Run the steps on each database, and roll back. `before` are rows that must be there."""
        outcomes = await asyncio.gather(*(self._ask(one, [*before, *steps]) for one in self._managers.values()))
        return dict(zip(self._managers, outcomes, strict=True))

    async def _ask(self, manager: DatabaseManager, steps: Sequence[Step]) -> Outcome:
        told = Outcome("accepted")
        try:
            async with manager.transaction():
                for step in steps:
                    told = Outcome(await _run(manager, step))
                _roll_back()
        except _RollBack:
            pass
        except ConstraintViolated as error:
            return Outcome("refused", accepted=False, check=error.name if error.kind == "check" else "")
        except (ConnectionLost, DatabaseBusy, StatementTimeout):
            raise  # The database has not evaluated the row.
        except (DatabaseError, ParameterError):
            return Outcome("refused", accepted=False)
        return told


def _roll_back() -> NoReturn:
    raise _RollBack


async def _run(manager: DatabaseManager, step: Step) -> str:
    table = manager.quote(step.table)
    if isinstance(step, Delete):
        await manager.execute(f"DELETE FROM {table}")
    elif isinstance(step, Read):
        rows = await manager.fetch_all(f"SELECT {', '.join(map(manager.quote, step.columns))} FROM {table}")
        return ", ".join(sorted(" ".join(map(_told, row.values())) for row in rows)) or "no row"
    else:
        names = {name: f"p{number}" for number, name in enumerate(step.row)}
        values = {names[name]: value for name, value in step.row.items()}
        if isinstance(step, Update):
            changes = ", ".join(f"{manager.quote(name)} = :{names[name]}" for name in names)
            await manager.execute(f"UPDATE {table} SET {changes}", values)
        else:
            columns = ", ".join(map(manager.quote, names))
            await manager.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{one}' for one in values)})", values)
    return "accepted"


def _told(value: object) -> str:
    if isinstance(value, str):
        return f"{len(value)} characters" if len(value) > _SHOWN else repr(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return "the current time" if abs(aware - datetime.now(UTC)) < _DAY else aware.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bytes):
        return value.hex() if len(value) <= _SHOWN else f"{len(value)} bytes"
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return str(value)


async def probe_schemas(
    bench: Bench, schemas: Sequence[Schema], conditions: Mapping[str, Sequence[Condition]]
) -> AsyncIterator[Finding]:
    """Yield a finding for each probe whose outcome differs between the databases. `conditions` are those of each table."""
    bases, before, tried = dict[str, Row](), dict[str, list[Insert]](), set[tuple[str, ...]]()
    for table in tables_in_order([one for one in schemas[0].tables if one.name in conditions]):
        parents = dict.fromkeys(key.table for key in table.foreign_keys if key.table in before)
        rows = list({id(step): step for parent in parents for step in before[parent]}.values())
        known = conditions[table.name]
        base = await _accepted(bench, table, rows, base_row(table, 0, bases), known)
        if isinstance(base, Finding):
            yield base
            continue
        bases[table.name], before[table.name] = base, [*rows, Insert(table.name, base)]
        second = {**base_row(table, 1, bases), **_fixed(table, base, known)}
        for probe in probes_of(table, base, second, known, _untried(table, schemas, tried)):
            if finding := _compare(probe, await bench.ask(rows, probe.steps)):
                yield finding


def _untried(table: Table, schemas: Sequence[Schema], tried: set[tuple[str, ...]]) -> set[str]:
    """Return the columns whose combination of types on the databases was not tried before. A reference has its parent's type."""
    columns = set[str]()
    referring = {name for key in table.foreign_keys for name in key.columns}
    for name in (one.name for one in table.columns if one.name not in referring):
        found = [other.column(name) for one in schemas if (other := one.table(table.name)) is not None]
        kinds = tuple(f"{one.type.native} {one.collation and one.collation.name}" for one in found if one is not None)
        if kinds not in tried:
            tried.add(kinds)
            columns.add(name)
    return columns


def _fixed(table: Table, base: Row, conditions: Sequence[Condition]) -> Row:
    """Return the values that another row must share: those of the conditions and of the foreign keys."""
    names = {name for one in conditions for name in one.columns} | {name for key in table.foreign_keys for name in key.columns}
    return {name: base[name] for name in names if name in base}


async def _accepted(
    bench: Bench, table: Table, before: Sequence[Step], row: Row, conditions: Sequence[Condition]
) -> Row | Finding:
    """Return a row that every database accepts: this row, with other values in the columns of conditions that refuse it."""
    outcomes = await bench.ask(before, [Insert(table.name, row)])
    for condition in conditions:
        start = row
        for trial in trials(condition, table, start):
            if _all_accept(outcomes):
                return row
            tried = await bench.ask(before, [Insert(table.name, {**start, **trial.values})])
            if _is_better(tried, outcomes, condition):
                row, outcomes = {**start, **trial.values}, tried
    if _all_accept(outcomes):
        return row
    told = {database: one.told for database, one in outcomes.items()}
    note = not any(one.accepted for one in outcomes.values())
    code = "N09" if note else "P05"
    return Finding(code=code, object=f"table {table.name}", fact="rows", values=told, table=table.name, note=note)


def _all_accept(outcomes: Mapping[str, Outcome]) -> bool:
    return all(one.accepted for one in outcomes.values())


def _is_better(tried: Mapping[str, Outcome], before: Mapping[str, Outcome], condition: Condition) -> bool:
    """Whether more databases accept the row than before, or this condition no longer refuses it (another one may)."""
    if sum(one.accepted for one in tried.values()) > sum(one.accepted for one in before.values()):
        return True
    names = ({one.check.lower() for one in outcomes.values()} for outcomes in (before, tried))
    refused, refuses = (bool(one & condition.names) for one in names)
    return refused and not refuses


def _compare(probe: ParityProbe, outcomes: Mapping[str, Outcome]) -> Finding | None:
    told = {database: one.told for database, one in outcomes.items()}
    if len(set(told.values())) < 2:
        return None
    values = {database: f"{probe.question}: {one}" for database, one in told.items()}
    code, note = probe.code, probe.own
    # https://mariadb.com/kb/en/timestamp/#automatic-values
    others = {one for database, one in told.items() if database != "mariadb"}
    if probe.fact == "nullable" and told.get("mariadb") == "the current time" and others == {"refused"}:
        code, note = "N10", True
    return Finding(code=code, object=probe.object, fact=probe.fact, values=values, table=probe.steps[0].table, note=note)
