"""Read what a statement drops: tables and columns, by its words or by its facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.dialects.gauge import StatementFacts
from whimbrel.review.lint.asking import added_columns, in_use, read_case, tables_in_use, worked, works
from whimbrel.review.lint.case import Case
from whimbrel.review.lint.statement_text import StatementText

__all__ = [
    "dropped_columns",
    "dropped_tables",
    "has_column",
    "has_values",
    "is_added",
    "is_there",
    "losses_without_name",
]

_SOFT = ("COLUMN",)
# The statements that name every table that they drop, or drop none.
_NAMING = ("DROP TABLE", "DROP TABLES", "DROP SCHEMA", "DROP DATABASE", "RENAME TABLE", "RENAME TABLES")
_NO_COLUMN = (
    ("CONSTRAINT",),
    ("INDEX",),
    ("KEY",),
    ("PRIMARY",),
    ("FOREIGN",),
    ("CHECK",),
    ("PARTITION",),
    ("SYSTEM",),
    ("PERIOD",),
)


def dropped_tables(reading: StatementText) -> Iterator[tuple[str, int]]:
    """Yield the tables that a DROP TABLE names, or a CREATE OR REPLACE TABLE replaces, each with its offset."""
    if reading.is_create and reading.whole.begins("CREATE", "OR", "REPLACE", "TABLE"):
        yield reading.table, reading.whole.start
    if reading.verb == "DROP TABLE":
        for part in reading.whole.after(reading.whole.behind_condition(2)).split():
            yield part.qualified(0)[0], part.start


def dropped_columns(reading: StatementText) -> Iterator[tuple[str, int]]:
    """Yield the columns that an ALTER TABLE drops, each with its offset."""
    for part in reading.parts if reading.is_alter else ():
        at = 1 + (part.words[1:2] == _SOFT)
        is_column = at == 2 or part.words[1:2] not in _NO_COLUMN
        if part.begins("DROP") and is_column and (name := part.name(part.behind_condition(at))):
            yield name, part.start


def is_there(case: Case, table: str) -> bool:
    """Whether the table may exist: DROP TABLE IF EXISTS of one that is missing does nothing, and OR REPLACE makes it."""
    reading = read_case(case)
    replaces, whole = reading.is_create, reading.whole
    if case.before is None:
        # The files before decide it. A recorded statement without any fact does nothing.
        return bool(worked(case).locks) if replaces else not (case.source == "recorded" and case.facts == StatementFacts())
    known = works(case) and (replaces or whole.has("IF", "EXISTS")) and not whole.has(".")
    return not known or any(one.name.lower() == table.lower() for one in case.before.tables)


def has_column(case: Case, table: str, column: str) -> bool:
    """Whether the table may have the column: DROP COLUMN IF EXISTS of one that is missing does nothing."""
    found = case.before.table(table) if case.before is not None and works(case) else None
    return found is None or any(one.name.lower() == column.lower() for one in found.columns)


def has_values(case: Case, table: str, column: str) -> bool:
    """Whether the column may have values of its own, which a computed one has not, and one that is missing."""
    found = case.before.table(table) if case.before is not None and works(case) else None
    known = next((one for one in found.columns if one.name.lower() == column.lower()), None) if found is not None else None
    return has_column(case, table, column) and (known is None or known.generated is None or known.generated.stored)


def losses_without_name(case: Case) -> tuple[list[str], list[str]]:
    """Return the tables and the columns with values that are gone, of a statement that need not name them."""
    reading, facts = read_case(case), worked(case)
    # MySQL and MariaDB may give a column another name and other values at once.
    if reading.verb in _NAMING or reading.is_create or (reading.is_alter and case.database != "postgresql"):
        return [], []
    copied = {note.split()[1] for note in facts.notes if note.startswith("copied: ") and note.split()[3] in case.fresh}
    tables = [one for one in tables_in_use(case, facts.gone) if one not in copied]
    columns = [one for one in facts.gone_columns if in_use(case, one.rpartition(".")[0]) and _is_stored(case, one)]
    return tables, columns


def _is_stored(case: Case, column: str) -> bool:
    table, _, name = column.rpartition(".")
    return has_values(case, table, name) and not is_added(case, table, name)


def is_added(case: Case, table: str, column: str) -> bool:
    """Whether the same file added the column, so that no other session uses it yet."""
    return column.lower() in added_columns(case, table, surely=True)
