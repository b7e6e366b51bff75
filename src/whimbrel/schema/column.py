"""A column of a table as data: its type, collation and default. Pure; `model.py` has the rest of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Collation", "Column", "Default", "Family", "Generated", "Type"]

Family = Literal[
    "array", "bits", "boolean", "bytes", "date", "decimal", "enum", "float", "geometry", "integer", "interval", "json", "network",
    "other", "range", "set", "text", "time", "timestamp", "uuid", "year",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """The type of a column or a domain.

    `native` is its full text without collation: "character varying(36)", "int unsigned". `bits` is the width of an integer or a
    float (8 to 64). `length` counts characters of text, bytes of binary data, or bits of bit strings; None means no limit.
    `precision` and `scale` belong to decimals; None means any. `fraction` is the number of digits of a second. `fixed` text is
    padded to its length. `values` are those of an enum or a set, in order. `enforced` is False where the database stores values
    that do not fit the declared type, as SQLite does outside of STRICT tables.
    """

    family: Family
    native: str
    bits: int | None = None
    unsigned: bool = False
    length: int | None = None
    fixed: bool = False
    precision: int | None = None
    scale: int | None = None
    fraction: int | None = None
    zoned: bool = False
    values: tuple[str, ...] = ()
    enforced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Collation:
    """The collation of a text column, which decides which texts are equal.

    `name` is the database's name for it; a `padded` collation ignores trailing blanks.

    A fact is None if the catalog does not show it.
    """

    name: str
    case_sensitive: bool | None = True
    accent_sensitive: bool | None = True
    padded: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """The default of a column.

    `value` is the text of a literal, without quotes ("t" and "1" of a boolean are "true"); "now" has the empty value. `native` is
    the SQL expression in the database's own words.
    """

    kind: Literal["literal", "now", "null", "sequence", "expression"]
    native: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The expression of a generated column, in the database's own words."""

    native: str
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `nullable` says whether the database actually stores NULL, regardless of the declaration.

    `identity` says how the database numbers the rows: "always" and "by default" as in the SQL standard, "auto_increment" on
    MySQL, "rowid" and "autoincrement" on SQLite. `options` are complete clauses that only this database has: "ON UPDATE
    CURRENT_TIMESTAMP". `not_null` is the text of a NOT NULL constraint that has a name of its own or an option, or "domain" if
    only the type refuses NULL. An `inherited` column comes from a parent table, as in PostgreSQL's INHERITS.
    """

    name: str
    type: Type
    nullable: bool
    default: Default | None = None
    generated: Generated | None = None
    identity: Literal["", "always", "by default", "auto_increment", "rowid", "autoincrement"] = ""
    collation: Collation | None = None
    comment: str = ""
    options: tuple[str, ...] = ()
    not_null: str = ""
    inherited: bool = False
