"""A schema of the model as the statements that make it anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.dialects.mysql.rules import quote
from whimbrel.schema.model import ForeignKey, Schema, Table
from whimbrel.schema.mysql.render_table import create_table, foreign_key

__all__ = ["rendered"]


def rendered(schema: Schema) -> list[str]:
    """Return the statements in an order in which they load."""
    return list(_tables(schema))


def _tables(schema: Schema) -> Iterator[str]:
    """Yield CREATE TABLE in the order of the foreign keys, then the foreign keys that form circles."""
    late: list[tuple[Table, ForeignKey]] = []
    made: set[str] = set()
    for table in in_order(schema.tables):
        made.add(table.name)
        ready = tuple(key for key in table.foreign_keys if key.schema or key.table in made)
        late += [(table, key) for key in table.foreign_keys if key not in ready]
        yield create_table(table, ready, schema.database)
    for table, key in late:
        yield f"ALTER TABLE {quote(table.name)} ADD CONSTRAINT {quote(key.name)} {foreign_key(key)}"


def in_order(tables: Sequence[Table]) -> list[Table]:
    """Return the tables so that each follows those it refers to; of a circle, the first by name comes first."""
    left = {table.name: {key.table for key in table.foreign_keys if not key.schema} - {table.name} for table in tables}
    by_name, ordered = {table.name: table for table in tables}, list[Table]()
    while left:
        free = [name for name, needed in left.items() if not needed & left.keys()] or [min(left)]
        ordered += [by_name[name] for name in free]
        for name in free:
            del left[name]
    return ordered
