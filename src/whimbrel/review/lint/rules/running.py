"""C01: statements that break the version of the application that is still running. Pure.

Without the application's queries, the form of the statement decides. `queries.py` tries the queries themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.review.lint.asking import MYSQL, in_use, is_rebuilt, is_skipped, listed, read_case, refused, worked, works
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.rule import Evidence, Rule
from whimbrel.review.lint.rules.dropping import (
    dropped_columns,
    dropped_tables,
    has_column,
    is_added,
    is_there,
    losses_without_name,
)
from whimbrel.review.lint.statement_text import Part, StatementText

__all__ = ["RULES"]

_PARTS = ("INDEX", "KEY", "CONSTRAINT")


def _breaks(case: Case) -> Iterator[Evidence]:
    reading = read_case(case)
    if refused(case) or is_skipped(case):
        return
    yield from _gone(case, reading)
    if not in_use(case, reading.table):
        return
    for part in reading.parts if reading.is_alter else ():
        yield from _renamed(reading, part)
        yield from _needed(case, reading, part)
        yield from _unique(reading, part)
    for column in reading.columns() if reading.is_alter else ():
        given = any(column.has(word) for word in ("DEFAULT", "AUTO_INCREMENT", "GENERATED", "AS"))
        serial = column.type_name.endswith("SERIAL")
        if column.added and column.has("NOT", "NULL") and not given and not serial:
            yield Evidence(f"an INSERT that leaves {column.name} out fails", {"column": column.name}, column.start)
    if reading.whole.begins("CREATE", "UNIQUE", "INDEX"):
        yield Evidence(f"an INSERT of a value that {reading.table} has already fails", {"table": reading.table})


def _gone(case: Case, reading: StatementText) -> Iterator[Evidence]:
    for table, start in dropped_tables(reading):
        if in_use(case, table) and not is_rebuilt(case, table) and is_there(case, table):
            yield Evidence(f"a query that uses {table} fails", {"table": table}, start)
    for column, start in dropped_columns(reading):
        known = has_column(case, reading.table, column) and not is_added(case, reading.table, column)
        if in_use(case, reading.table) and known:
            yield Evidence(f"a query that uses {reading.table}.{column} fails", {"column": column}, start)
    tables, columns = losses_without_name(case) if not reading.is_alter else ([], [])
    for name in (*tables, *columns):
        yield Evidence(f"a query that uses {name} fails", {"name": name})
    if reading.verb in ("RENAME TABLE", "RENAME TABLES"):
        olds = [part.qualified(0)[0] for part in reading.whole.after(2).split()]
        for old in olds:
            if in_use(case, old):
                yield Evidence(f"a query that uses {old} fails", {"table": old})


def _renamed(reading: StatementText, part: Part) -> Iterator[Evidence]:
    if part.begins("RENAME") and part.words[1:2] and part.words[1] not in _PARTS:
        at = 1 + (part.words[1] == "COLUMN")
        if part.words[1] in ("TO", "AS"):
            yield Evidence(f"a query that uses {reading.table} fails", {"table": reading.table}, part.start)
        elif part.words[at + 1 : at + 2] == ("TO",):
            column = part.name(at)
            yield Evidence(f"a query that uses {reading.table}.{column} fails", {"column": column}, part.start)
        elif len(part.words) == 2:
            yield Evidence(f"a query that uses {reading.table} fails", {"table": reading.table}, part.start)
    at = 1 + (part.words[1:2] == ("COLUMN",))
    if part.begins("CHANGE") and part.name(at).lower() != part.name(at + 1).lower():
        yield Evidence(f"a query that uses {reading.table}.{part.name(at)} fails", {"column": part.name(at)}, part.start)


def _needed(case: Case, reading: StatementText, part: Part) -> Iterator[Evidence]:
    """Find a column that takes no NULL any more. A scan that PostgreSQL saves proves that it took none before."""
    if part.has("SET", "NOT", "NULL"):
        proven = case.source != "text" and works(case) and reading.table not in worked(case).scanned
        at = 1 + (part.words[1:2] == ("COLUMN",))
        if not proven:
            yield Evidence(f"an INSERT of NULL into {part.name(at)} fails", {"column": part.name(at)}, part.start)
    elif part.words[:1] in (("MODIFY",), ("CHANGE",)) and case.database in MYSQL:
        before = case.before.table(reading.table) if case.before else None
        after = case.after.table(reading.table) if case.after else None
        changed = [
            one.name
            for one in (before.columns if before is not None and after is not None else ())
            if one.nullable and (new := after.column(one.name) if after is not None else None) is not None and not new.nullable
        ]
        if changed:
            yield Evidence(f"an INSERT of NULL into {listed(changed)} fails", {"columns": changed}, part.start)


def _unique(reading: StatementText, part: Part) -> Iterator[Evidence]:
    # UNIQUE USING INDEX: the index refuses such rows already.
    if part.begins("ADD") and any(part.has("UNIQUE", word) for word in ("(", "KEY", "INDEX", "NULLS")):
        yield Evidence(f"an INSERT of a value that {reading.table} has already fails", {"table": reading.table}, part.start)


RULES = (
    Rule(
        "C01",
        "The version that is still running may fail",
        "warning",
        "While the new version starts, the old one still sends its queries; they meet the new schema.",
        "Change in steps: add the new form, deploy a version that uses it, and remove the old one in a later file.",
        _breaks,
    ),
)
