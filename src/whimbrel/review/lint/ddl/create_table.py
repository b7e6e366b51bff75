"""Read CREATE TABLE into the model of the tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer import Token
from whimbrel.review.lint.ddl.columns import expression, read_column
from whimbrel.review.lint.ddl.constraints import ConstraintText, of_column, read_constraint
from whimbrel.review.lint.ddl.tables import TableText, TextSchema

__all__ = ["read_table"]


# With these words behind the parentheses, a table has other columns, too.
_INHERITING = frozenset(("INHERITS", "SELECT", "LIKE"))


def read_table(head: TokenCursor, name: Name, schema: TextSchema) -> TableText:
    """Read the rest of CREATE TABLE behind the table's name."""
    table = TableText(name)
    parts: Sequence[ConstraintText] = ()
    if head.take("PARTITION", "OF"):
        table.parent = head.relation()
    if head.take("("):
        parts = list(_elements(head, table, schema))
    table.options = " ".join(one.upper or one.text for one in _rest(head))
    table.complete = table.complete and not _INHERITING & set(table.options.split())
    table.partitioned = "PARTITION BY" in table.options
    schema.make(table)
    for one in parts:
        schema.add_part(name, one)
    return table


def _elements(head: TokenCursor, table: TableText, schema: TextSchema) -> Iterator[ConstraintText]:
    """Yield the constraints in the parentheses of CREATE TABLE, and add the columns to the table."""
    table.complete = head.peek() not in ("SELECT", "WITH", "VALUES", "TABLE", "LIKE", "(")
    more = not head.take(")")
    while more:
        if head.peek() in (*schema.catalog.not_columns, "EXCLUDE"):
            table.complete = table.complete and head.peek() != "LIKE"
            if (found := read_constraint(head)) is not None:
                yield found
        elif (column := read_column(head, schema.database)) is not None:
            table.columns[schema.column_key(column.name)] = column
            yield from of_column(column)
        more = head.skip_element()


def _rest(head: TokenCursor) -> Iterator[Token]:
    while not head.ended():
        yield from expression(head)
        head.skip()
