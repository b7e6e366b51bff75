"""The types and collations of columns as files write them, as the model of a schema has them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from whimbrel.review.lint.ddl.alter import AlterAction
from whimbrel.review.lint.ddl.columns import ColumnText, TypeText
from whimbrel.review.lint.ddl.tables import TableText
from whimbrel.schema.column import Collation, Type

__all__ = ["charset_of", "collation_of", "convert_collation", "find_type"]

# The catalog's names for the common ones of the files: https://www.postgresql.org/docs/current/datatype.html
_NATIVE = {
    "varchar": "character varying",
    "char": "character",
    "varbit": "bit varying",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
    "time": "time{} without time zone",
    "timetz": "time{} with time zone",
    **dict.fromkeys(("bigserial", "serial8"), "bigint"),
    **dict.fromkeys(("serial", "serial4"), "integer"),
    **dict.fromkeys(("smallserial", "serial2"), "smallint"),
}
# The numbers of a type without any: https://dev.mysql.com/doc/refman/9.7/en/data-types.html
_WITHOUT_NUMBERS = {"char": (1,), "binary": (1,), "bit": (1,), "decimal": (10, 0)}
_OF_POSTGRESQL = {"char": (1,), "bit": (1,)}
# https://dev.mysql.com/doc/refman/9.7/en/charset-charsets.html, https://mariadb.com/kb/en/supported-character-sets-and-collations/
_COLLATIONS = {
    "latin1": "latin1_swedish_ci",
    "ascii": "ascii_general_ci",
    "utf8mb3": "utf8mb3_general_ci",
    "utf8": "utf8mb3_general_ci",
}
_UTF8MB4 = {"mysql": "utf8mb4_0900_ai_ci", "mariadb": "utf8mb4_general_ci"}


def find_type(database: str, one: TypeText) -> Type:
    """Return a type of the model; its family is "other" if the text names none of the server's own."""
    numbers = one.numbers or (_OF_POSTGRESQL if database == "postgresql" else _WITHOUT_NUMBERS).get(one.base, ())
    inside = f"({','.join(one.values or map(str, numbers))})" if numbers or one.values else ""
    base = _NATIVE.get(one.base, one.base) if database == "postgresql" else one.base
    native = base.format(inside) if "{}" in base else base + inside
    if database == "sqlite":
        read = import_module("whimbrel.schema.sqlite.types").read_type
        sqlite: Type = read(native or "blob", strict=False)
        return sqlite
    name = "postgresql" if database == "postgresql" else "mysql"
    reader: Callable[[str], Type] = import_module(f"whimbrel.schema.{name}.types").read_type
    return reader(f"{native or 'other'}{' unsigned' * one.unsigned}{'[]' * one.array}")


def charset_of(column: ColumnText, table: TableText) -> str:
    """Return the character set of a column; empty if no file names one."""
    return column.charset or column.collation.partition("_")[0] or table.charset


def collation_of(column: ColumnText, table: TableText, database: str) -> Collation | None:
    """Return the collation of a column on MySQL or MariaDB; None if no file names one."""
    name = column.collation or _default(column.charset, database) or table.collation or _default(table.charset, database)
    return _read(name)


def convert_collation(action: AlterAction, database: str) -> Collation | None:
    """Return the collation that CONVERT TO CHARACTER SET gives to every text; None if it is not known."""
    return _read(action.collation or _default(action.new, database))


def _default(charset: str, database: str) -> str:
    return _UTF8MB4[database] if charset == "utf8mb4" else _COLLATIONS.get(charset, "")


def _read(name: str) -> Collation | None:
    found: Collation | None = import_module("whimbrel.schema.mysql.types").read_collation(name) if name else None
    return found
