"""Write a schema of SQLite as SQL. Pure.

SQLite keeps each statement as it was written, so the statements are the best rendering: they load again to the same text.
"""

from __future__ import annotations

from whimbrel.errors import CannotRender
from whimbrel.schema.model import Schema, Table, View

__all__ = ["render"]


def render(schema: Schema) -> list[str]:
    """Return the statements of a schema: each table with its indexes, virtual tables, views, and then triggers.

    SQLite resolves the names in a foreign key, a view or the body of a trigger when it uses them. A trigger needs its own table.
    Raises CannotRender for a schema of another database.
    """
    if schema.database != "sqlite":
        raise CannotRender(f"a schema of {schema.database} cannot be written as statements of SQLite; render it there")
    found = list[str]()
    for table in schema.tables:
        found += [_whole(table.native, table.name), *(_whole(index.native, index.name) for index in table.indexes)]
    found += [_whole(one.native, one.name) for one in schema.opaques]
    found += [_whole(one.native, one.name) for one in schema.views]
    relations: tuple[Table | View, ...] = (*schema.tables, *schema.views)
    return found + [_whole(trigger.native, trigger.name) for one in relations for trigger in one.triggers]


def _whole(native: str, name: str) -> str:
    if not native:
        raise CannotRender(f"SQLite keeps no statement for {name}; create the object again")
    return native
