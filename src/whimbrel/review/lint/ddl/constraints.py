"""Read a constraint or an index of a table from the text of a statement. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer import Token, unquoted
from whimbrel.review.lint.ddl.columns import ColumnText, expression, parenthesized

__all__ = ["ConstraintText", "of_column", "read_constraint", "read_index", "unnamed"]

_INDEXES = ("INDEX", "KEY", "FULLTEXT", "SPATIAL", "VECTOR")


class ConstraintText(NamedTuple):
    """A constraint or an index as it is written.

    `kind` is "primary key", "unique", "foreign key", "check", "exclude", "not null", "index", "fulltext index",
    "spatial index" or "vector index". `columns` are empty where it stands on an expression. `using` is the index of USING INDEX,
    `to_columns` are those that a foreign key names, `prefixed` the columns of which an index takes the beginning.
    `expression` has the words of a CHECK, or those in the expressions and the condition of an index.
    """

    kind: str
    name: str = ""
    columns: tuple[str, ...] = ()
    references: Name | None = None
    expression: str = ""
    using: str = ""
    not_valid: bool = False
    not_enforced: bool = False
    of_expression: bool = False
    to_columns: tuple[str, ...] = ()
    prefixed: tuple[str, ...] = ()
    on_delete: str = ""


def read_constraint(head: TokenCursor) -> ConstraintText | None:
    """Read a constraint up to the comma or the closing parenthesis behind it, which stay; None for an unknown form."""
    name = ""
    if head.take("CONSTRAINT"):
        head.condition(wanted=True)
        name = "" if head.peek() in ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK") else head.name() or ""
    found = _read(head, name)
    rest = [one.upper for one in expression(head)]
    if found is None:
        return None
    text = " ".join(rest)
    on_delete = next((one.lower() for one in ("CASCADE", "SET NULL", "SET DEFAULT") if f"ON DELETE {one}" in text), "")
    return found._replace(not_valid="NOT VALID" in text, not_enforced="NOT ENFORCED" in text, on_delete=on_delete)


def _read(head: TokenCursor, name: str) -> ConstraintText | None:
    if head.take("PRIMARY", "KEY"):
        return _keyed(head, "primary key", name)
    if head.take("UNIQUE"):
        _ = head.take("KEY") or head.take("INDEX")
        return _keyed(head, "unique", name)
    if head.take("FOREIGN", "KEY"):
        return _foreign(head, name)
    if head.take("CHECK"):
        head.take("(")
        inside = " ".join(one.upper or one.text for one in parenthesized(head))
        return ConstraintText("check", name, expression=inside)
    if head.take("EXCLUDE"):
        return _keyed(head, "exclude", name)
    if head.take("NOT", "NULL"):
        return ConstraintText("not null", name, (head.name() or "",))
    if head.peek() in _INDEXES:
        word = head.peek()
        head.skip()
        _ = head.take("INDEX") or head.take("KEY")
        return _keyed(head, "index" if word in ("INDEX", "KEY") else f"{word.lower()} index", name)
    return None


def _keyed(head: TokenCursor, kind: str, name: str) -> ConstraintText:
    """Read the rest of a key: [name] [USING method] (columns), or USING INDEX name."""
    head.condition(wanted=True)
    if head.take("USING", "INDEX"):
        return ConstraintText(kind, name, using=head.name() or "")
    if head.take("NULLS"):
        head.take("NOT")
        head.skip()
    if head.peek() not in ("(", "USING"):
        name = head.name() or name
    if head.take("USING"):
        head.skip()
    columns, of_expression, prefixed = _index_columns(head)
    return ConstraintText(kind, name, columns, of_expression=of_expression, prefixed=prefixed)


def _foreign(head: TokenCursor, name: str) -> ConstraintText:
    head.condition(wanted=True)
    if head.peek() != "(":
        name = name or head.name() or ""
    columns, *_ = _index_columns(head)
    references = head.relation() if head.take("REFERENCES") else None
    to_columns = _index_columns(head)[0] if head.peek() == "(" else ()
    return ConstraintText("foreign key", name, columns, references, to_columns=to_columns)


def _index_columns(head: TokenCursor) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """Read `(a, b DESC, c(20), lower(d))`; return the columns, whether one part is an expression, and columns with a length."""
    found: list[str] = []
    prefixed: list[str] = []
    of_expression = False
    more = head.take("(")
    while more:
        part = list(expression(head))
        if (len(part) > 1 and part[0].text == "(") or (len(part) > 1 and part[1].text == "(" and not _is_prefix(part)):
            of_expression = True
        elif part and part[0].kind in ("word", "name"):
            found.append(unquoted(part[0]))
            prefixed += found[-1:] if _is_prefix(part) else []
        more = head.skip_element()
    return tuple(found), of_expression, tuple(prefixed)


def _is_prefix(part: list[Token]) -> bool:
    """Whether a part is a column with a length: `name(20)`."""
    return len(part) >= 4 and part[2].kind == "number" and part[3].text == ")"


def read_index(head: TokenCursor, kind: str, name: str, database: str) -> ConstraintText:
    """Read the columns, the expressions and the condition of an index. `head` stands behind its table."""
    tokens = list(head.ahead(_rest))
    columns, of_expression, prefixed = _index_columns(head)
    words = [token.upper or token.text for token in tokens]
    words = words if of_expression else words[words.index("WHERE") :] if "WHERE" in words else []
    # SQLite drops no column that an expression or the condition of an index names.
    named = [unquoted(token).lower() for token in tokens if token.kind in ("word", "name")]
    return ConstraintText(
        kind.replace("unique index", "unique"),
        name,
        columns,
        of_expression=of_expression,
        prefixed=prefixed,
        expression=" ".join({"sqlite": named, "postgresql": words}.get(database, ())),
    )


def _rest(head: TokenCursor) -> Iterator[Token]:
    while (token := head.token()) is not None:
        yield token


def unnamed(database: str, table: str, one: ConstraintText) -> str:
    """Return the name that the database gives to a constraint or an index without one, as far as the text shows."""
    if database == "postgresql":
        ending = {
            "primary key": "pkey",
            "unique": "key",
            "foreign key": "fkey",
            "check": "check",
            "index": "idx",
            "exclude": "excl",
        }
        columns = one.columns if one.kind not in ("primary key",) else ()
        return "_".join((table, *columns, ending.get(one.kind, "idx")))
    if database == "sqlite":
        return f"sqlite_autoindex_{table}_1"
    return "PRIMARY" if one.kind == "primary key" else next(iter(one.columns), "")


def of_column(column: ColumnText) -> Iterator[ConstraintText]:
    """Yield the constraints that a column's definition declares."""
    if column.primary:
        yield ConstraintText("primary key", columns=(column.name,))
    if column.unique:
        yield ConstraintText("unique", columns=(column.name,))
    if column.check:
        yield ConstraintText("check", columns=(column.name,), expression=column.check)
    if column.references is not None:
        yield ConstraintText(
            "foreign key",
            columns=(column.name,),
            references=column.references,
            to_columns=column.to_columns,
            on_delete=column.on_delete,
        )
