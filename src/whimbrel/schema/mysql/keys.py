"""The keys, indexes, foreign keys and checks of a table, from the rows of information_schema. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

from whimbrel.dialects.mysql.rules import quote
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import MYSQL
from whimbrel.schema.model import Action, Check, ForeignKey, Index, IndexPart, Key
from whimbrel.schema.mysql.expressions import mysql_expression, quoted_text
from whimbrel.schema.mysql.questions import Facts

__all__ = ["OF_COLUMN", "key_text", "parts_text", "read_checks", "read_foreign_keys", "read_indexes"]

# The start of a check's text if the check belongs to a column of MariaDB and has no name of its own.
OF_COLUMN = "COLUMN "


def read_indexes(rows: Sequence[Facts], engine: str) -> tuple[Key | None, tuple[Key, ...], tuple[Index, ...]]:
    """Return the primary key, the unique constraints and the other indexes of one table.

    Both databases make no difference between a unique constraint and a unique index: an index is a constraint here if it covers
    whole columns in ascending order, and queries use it.
    """
    found: dict[str, list[Facts]] = defaultdict(list)
    for row in rows:
        found[str(row["index_name"])].append(row)
    primary, uniques, indexes = None, [], []
    for name in sorted(found):
        index = _read_index(sorted(found[name], key=_position), name)
        plain = all(part.column and not part.descending and part.prefix is None for part in index.parts)
        if name == "PRIMARY":
            primary = _key(index, engine)
        elif index.unique and plain and index.usable and index.method == "btree":
            uniques.append(_key(index, engine))
        else:
            indexes.append(index)
    return primary, tuple(uniques), tuple(indexes)


def _position(row: Facts) -> int:
    return int(row["seq_in_index"])


def _read_index(rows: Sequence[Facts], name: str) -> Index:
    first = rows[0]
    method = str(first["index_type"]).lower()
    return Index(
        name=name,
        parts=tuple(_part(row, method) for row in rows),
        unique=not int(first["non_unique"]),
        method=method,
        usable=first.get("is_visible") != "NO" and first.get("ignored") != "YES",
        comment=str(first["index_comment"]),
    )


def _part(row: Facts, method: str) -> IndexPart:
    return IndexPart(
        column=str(row["column_name"] or ""),
        expression=mysql_expression(row["expression"]) if row.get("expression") else "",
        descending=row["collation"] == "D",
        # Every spatial index has a prefix length.
        prefix=int(row["sub_part"]) if row["sub_part"] is not None and method != "spatial" else None,
    )


def _key(index: Index, engine: str) -> Key:
    columns = tuple(part.column for part in index.parts)
    primary = index.name == "PRIMARY"
    head = "PRIMARY KEY" if primary else "UNIQUE KEY"
    native = f"{head} ({parts_text(index.parts)}){key_text(index, engine)}"
    return Key(name=index.name, columns=columns, primary=primary, comment=index.comment, native=native)


def key_text(index: Index, engine: str) -> str:
    """Return the options of an index as SQL. Only the engine MEMORY has two methods, and its default is the other one."""
    usual = index.method in ("fulltext", "spatial", "rtree") or (index.method == "btree" and engine != "MEMORY")
    method = "" if usual else f" USING {index.method.upper()}"
    return method + (f" COMMENT {quoted_text(index.comment)}" if index.comment else "")


def parts_text(parts: Sequence[IndexPart]) -> str:
    """Return the parts of a key or an index as SQL, without the parentheses around them."""
    return ",".join(_part_text(part) for part in parts)


def _part_text(part: IndexPart) -> str:
    text = quote(part.column) if part.column else f"({part.expression})"
    length = "" if part.prefix is None else f"({part.prefix})"
    return text + length + (" DESC" if part.descending else "")


def read_foreign_keys(rows: Sequence[Facts], rules: dict[str, Facts], schema: str) -> Iterable[ForeignKey]:
    """Yield the foreign keys of one table, by name. `rules` holds their actions; MariaDB shows them to few users."""
    found: dict[str, list[Facts]] = defaultdict(list)
    for row in rows:
        found[str(row["constraint_name"])].append(row)
    for name in sorted(found):
        parts = sorted(found[name], key=lambda row: int(row["ordinal_position"]))
        place, rule = str(parts[0]["referenced_table_schema"]), rules.get(name)
        yield ForeignKey(
            name=name,
            columns=tuple(str(row["column_name"]) for row in parts),
            schema="" if place == schema else place,
            table=str(parts[0]["referenced_table_name"]),
            to_columns=tuple(str(row["referenced_column_name"]) for row in parts),
            on_update=_action(rule, "update_rule"),
            on_delete=_action(rule, "delete_rule"),
        )


def _action(rule: Facts | None, name: str) -> Action:
    return cast(Action, str(rule[name]).lower()) if rule else "no action"


def read_checks(rows: Sequence[Facts], enforced: dict[str, bool], database: str) -> Iterable[Check]:
    """Yield the checks of one table, by name. `enforced` says so by the name; MariaDB enforces all."""
    for row in sorted(rows, key=lambda row: (str(row["constraint_name"]), row.get("level") or "")):
        name, clause = str(row["constraint_name"]), str(row["check_clause"])
        expression = clause if database == "mariadb" else _without_parentheses(mysql_expression(clause))
        owner = OF_COLUMN if row.get("level") == "Column" else ""
        yield Check(name=name, expression=expression, enforced=enforced.get(name, True), native=f"{owner}CHECK ({expression})")


def _without_parentheses(text: str) -> str:
    """Return a condition without the parentheses around the whole of it."""
    if text[:1] != "(":
        return text
    found = [token for token in tokens(text, MYSQL) if token.text in ("(", ")")]
    depth = 0
    for token in found:
        depth += 1 if token.text == "(" else -1
        if depth == 0:
            return text[1:-1] if token.end == len(text) else text
    return text
