"""Which statement of a set made an object: file and line of the last one that created or changed it. Pure but for the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.dialects.base import Dialect
from whimbrel.migrations.migration import MigrationSet
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.schema_changes import SchemaChange, read_changes

__all__ = ["Places", "find_places"]

# An object's name in lower case, as in "column users.email", and "file:line" of the statement that made it.
Places = dict[str, str]


def find_places(sets: Sequence[MigrationSet], dialect: Dialect, database: str, *, native: bool) -> Places:
    """Return the place of each table, view, column, index, trigger and routine that these sets make on a database."""
    places: Places = {}
    for file in (file for one in sets for file in one.for_database(database)):
        rules = dialect.lexer_rules(portable=not native and not file.database, database=database)
        for piece in statements_or_batches(file.text, rules):
            if isinstance(piece, InsertBatch):
                continue
            changes = [change for change in read_changes(piece.text, rules, dialect.catalog) if change.effect != "drop"]
            if changes:
                place = f"{file.path}:{piece.line}"
                places |= {name.lower(): place for change in changes for name in _names(change)}
    return places


def _names(change: SchemaChange) -> Iterator[str]:
    name = (change.new if change.effect == "rename" else change.name)[1]
    if change.kind == "relation":
        yield from (f"table {name}", f"view {name}")
        yield from (f"column {name}.{column}" for column in change.columns)
    elif change.kind == "routine":
        yield from (f"function {name}", f"procedure {name}")
    else:
        yield f"{change.kind} {change.table[1]}.{name}"
