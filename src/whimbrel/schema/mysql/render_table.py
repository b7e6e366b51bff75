"""A table of the model as CREATE TABLE. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.dialects.mysql.rules import quote
from whimbrel.schema.column import Column
from whimbrel.schema.model import Check, ForeignKey, Index, Table
from whimbrel.schema.mysql.expressions import quoted_text
from whimbrel.schema.mysql.keys import OF_COLUMN, key_text, parts_text

__all__ = ["create_table", "foreign_key"]

# The option with which each database stops using an index.
_UNUSED = {"mysql": " INVISIBLE", "mariadb": " IGNORED"}


def create_table(table: Table, keys: tuple[ForeignKey, ...], database: str) -> str:
    """Return CREATE TABLE with some of its foreign keys; the others are added when their tables exist."""
    own = {check.name: check for check in table.checks if check.native.startswith(OF_COLUMN)}
    lines = [_column(column, table, own.get(column.name)) for column in table.columns]
    lines += [table.primary_key.native] if table.primary_key else []
    for key in table.uniques:
        lines.append(key.native.replace("UNIQUE KEY", f"UNIQUE KEY {quote(key.name)}", 1))
    lines += [_index(index, table, database) for index in table.indexes]
    lines += [f"CONSTRAINT {quote(key.name)} {foreign_key(key)}" for key in keys]
    lines += [f"CONSTRAINT {quote(check.name)} {_check(check)}" for check in table.checks if check not in own.values()]
    head = f"CREATE TABLE {quote(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"
    comment = [f"COMMENT={quoted_text(table.comment)}"] if table.comment else []
    versioning = [option for option in table.options if option.startswith("WITH ")]
    options = [option for option in table.options if option not in versioning]
    partitioning = [f"\nPARTITION BY {table.partitioning}"] if table.partitioning else []
    return " ".join([head, *options, *comment, *versioning, *partitioning])


def _column(column: Column, table: Table, check: Check | None) -> str:
    parts = [quote(column.name), column.type.native, *_collation(column, table)]
    row = column.generated.native if column.generated else ""
    if row in ("ROW START", "ROW END"):
        parts.append(f"GENERATED ALWAYS AS {row}")
    elif column.generated:
        parts.append(f"GENERATED ALWAYS AS ({row}) {'STORED' if column.generated.stored else 'VIRTUAL'}")
    parts += _nullability(column)
    parts += [f"DEFAULT {column.default.native}"] if column.default else []
    parts += ["AUTO_INCREMENT"] if column.identity else []
    parts += column.options
    parts += [f"COMMENT {quoted_text(column.comment)}"] if column.comment else []
    parts += [check.native.removeprefix(OF_COLUMN)] if check else []
    return " ".join(parts)


def _collation(column: Column, table: Table) -> Iterator[str]:
    """Yield the collation if it differs from the table's."""
    collation = column.collation
    if collation is not None and f"DEFAULT CHARSET={charset_of(collation.name)} COLLATE={collation.name}" not in table.options:
        yield f"CHARACTER SET {charset_of(collation.name)} COLLATE {collation.name}"


def charset_of(collation: str) -> str:
    """Return the character set of a collation: the first part of its name."""
    return collation.partition("_")[0]


def _nullability(column: Column) -> Iterator[str]:
    generated = column.generated
    if not column.nullable and (generated is None or not generated.native.startswith("ROW ")):
        # MariaDB accepts no NOT NULL for a generated column.
        yield "NOT NULL"
    elif column.type.native.startswith("timestamp") and generated is None:
        # Without explicit_defaults_for_timestamp it would be NOT NULL.
        yield "NULL"


def _index(index: Index, table: Table, database: str) -> str:
    kind = {"fulltext": "FULLTEXT ", "spatial": "SPATIAL "}.get(index.method, "UNIQUE " if index.unique else "")
    unused = "" if index.usable else _UNUSED[database]
    engine = "MEMORY" if "ENGINE=MEMORY" in table.options else ""
    return f"{kind}KEY {quote(index.name)} ({parts_text(index.parts)}){key_text(index, engine)}{unused}"


def _check(check: Check) -> str:
    return check.native + ("" if check.enforced else " NOT ENFORCED")


def foreign_key(key: ForeignKey) -> str:
    """Return a foreign key without its name."""
    columns = ", ".join(map(quote, key.columns))
    place = f"{quote(key.schema)}." if key.schema else ""
    text = f"FOREIGN KEY ({columns}) REFERENCES {place}{quote(key.table)} ({', '.join(map(quote, key.to_columns))})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        text += f" ON {event} {action.upper()}"
    return text
